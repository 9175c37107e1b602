// What a call was given and what it gives back; flags; its stack. The imports and their meanings
// are those of Faasm's host interface.
#include "runtime/call.h"

#include "base/file.h"
#include "faaslet/exclusive.h"
#include "faaslet/faaslet.h"
#include "faaslet/guest.h"
#include "host/sections.h"

#include <string.h>

static uint32_t read_input(struct object_instance *instance, uint32_t buffer, uint32_t length) {
    const struct buffer *input = &call_of(instance)->input;
    if (length == 0) {
        return (uint32_t)input->length;
    }
    size_t count = input->length < length ? input->length : length;
    if (!guest_write(instance, buffer, input->data, count)) {
        faaslet_raise(instance, FAASLET_TRAP_MEMORY_BOUNDS, "__faasm_read_input: %zu bytes at 0x%x",
                      count, buffer);
    }
    return (uint32_t)count;
}

static void write_output(struct object_instance *instance, uint32_t data, uint32_t length) {
    HOST_EXCLUSIVE(instance);
    const void *bytes = guest_range(instance, data, length);
    if (bytes == NULL) {
        faaslet_raise(instance, FAASLET_TRAP_MEMORY_BOUNDS,
                      "__faasm_write_output: %u bytes at 0x%x", length, data);
    }
    struct error error;
    if (!call_set_output(call_of(instance), (struct bytes){bytes, length}, &error)) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "__faasm_write_output: %s", error.message);
    }
}

// A flag is a variable of the function's environment: KEY=on or KEY=1.
static bool flag_is_on(char *const *variables, const char *key) {
    size_t length = strlen(key);
    for (; variables != NULL && *variables != NULL; variables++) {
        if (strncmp(*variables, key, length) == 0 && (*variables)[length] == '=') {
            const char *value = *variables + length + 1;
            return strcmp(value, "on") == 0 || strcmp(value, "1") == 0;
        }
    }
    return false;
}

static uint32_t conf_flag(struct object_instance *instance, uint32_t key) {
    char name[256];
    if (!guest_read_string(instance, key, name, sizeof name)) {
        faaslet_raise(instance, FAASLET_TRAP_HOST,
                      "__faasm_conf_flag: the name at 0x%x is out of bounds or too long", key);
    }
    return flag_is_on(call_of(instance)->environment->variables, name);
}

// To where the guest's standard error goes.
static void print_to_guest_log(struct call *call, struct bytes text) {
    int fd = call->environment->standard_error;
    if (fd < 0) {
        call_log(call, text);
        return;
    }
    // A log that cannot be written has nowhere else to go.
    struct error ignored;
    (void)file_write_all(fd, text, &ignored);
}

// The innermost `depth` frames; all where it is not positive.
static void backtrace(struct object_instance *instance, int32_t depth) {
    struct faaslet_result result = {0};
    faaslet_backtrace(instance, &result);
    if (depth > 0 && (uint32_t)depth < result.frame_count) {
        result.frame_count = (uint32_t)depth;
    }
    struct buffer text = {0};
    struct error error;
    if (faaslet_result_backtrace(&result, &text, &error)) {
        print_to_guest_log(call_of(instance), buffer_bytes(&text));
    }
    buffer_destroy(&text);
}

// The names of the running Python function.
static void python_name(struct object_instance *instance, uint32_t buffer, uint32_t length) {
    (void)buffer, (void)length;
    faaslet_raise(instance, FAASLET_TRAP_HOST, "no Python function runs");
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION("env", "__faasm_read_input", "ii:i", read_input),
    HOST_FUNCTION("env", "__faasm_write_output", "ii:", write_output),
    HOST_FUNCTION("env", "__faasm_conf_flag", "i:i", conf_flag),
    HOST_FUNCTION("env", "__faasm_backtrace", "i:", backtrace),
    HOST_FUNCTION("env", "__faasm_get_py_user", "ii:", python_name),
    HOST_FUNCTION("env", "__faasm_get_py_func", "ii:", python_name),
    HOST_FUNCTION("env", "__faasm_get_py_entry", "ii:", python_name),
};

const struct host_section host_call = {
    .name = "call",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
