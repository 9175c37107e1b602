// Dynamic linking as C programs know it: dlopen, dlsym, dlclose, dlerror (POSIX; flags are musl's).
#include "faaslet/exclusive.h"
#include "faaslet/guest.h"
#include "faaslet/library.h"
#include "host/library_files.h"
#include "host/sections.h"
#include "runtime/call.h"
#include "runtime/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOL_BYTES_MAX = 4096 };
#define HANDLE_NEXT UINT32_MAX // RTLD_NEXT

// The message of the last failure, until dlerror has told it. Malloc'd, in the call's slot.
static void set_message(struct object_instance *instance, const char *message) {
    struct call *call = call_of(instance);
    free(call->slots[CALL_SLOT_LIBRARIES]);
    call->slots[CALL_SLOT_LIBRARIES] = strdup(message);
}

// Code of a module ended otherwise than by returning: so does the call.
__attribute__((noreturn)) static void hand_on(struct object_instance *instance,
                                              const struct faaslet_result *result) {
    if (result->outcome == FAASLET_EXITED) {
        faaslet_exit(instance, result->exit_code);
    }
    faaslet_raise(instance, result->trap, "%s", result->message);
}

// What failed: `true` where it ran no code that has ended the call.
static void fail(struct object_instance *instance, const struct faaslet_result *result,
                 const struct error *error) {
    if (error->code == ERROR_TRAP) {
        hand_on(instance, result);
    }
    set_message(instance, error->message);
}

static uint32_t host_dlopen(struct object_instance *instance, uint32_t path, uint32_t flags) {
    HOST_EXCLUSIVE(instance);
    char name[FAASLET_LIBRARY_NAME_MAX];
    struct faaslet_result result = {0};
    struct error error = {0};
    uint32_t handle = 0;
    if (path != 0 && !guest_read_string(instance, path, name, sizeof name)) {
        set_message(instance, "the name of the module is out of bounds or too long");
        return 0;
    }
    struct runtime_library_source source;
    runtime_library_source(&source, call_of(instance), library_files_read);
    if (!faaslet_library_open(faaslet_of(instance), path == 0 ? NULL : name, flags, &source.source,
                              &handle, &result, &error)) {
        fail(instance, &result, &error);
        return 0;
    }
    return handle;
}

static uint32_t host_dlsym(struct object_instance *instance, uint32_t handle, uint32_t name) {
    HOST_EXCLUSIVE(instance);
    char text[SYMBOL_BYTES_MAX];
    struct error error = {0};
    uint32_t value = 0;
    if (handle == HANDLE_NEXT) {
        set_message(instance, "RTLD_NEXT is not supported");
        return 0;
    }
    if (!guest_read_string(instance, name, text, sizeof text)) {
        set_message(instance, "the name of the symbol is out of bounds or too long");
        return 0;
    }
    struct object_name symbol = {text, (uint32_t)strlen(text)};
    if (!faaslet_library_symbol(faaslet_of(instance), handle, symbol, &value, &error)) {
        set_message(instance, error.message);
        return 0;
    }
    return value;
}

static uint32_t host_dlclose(struct object_instance *instance, uint32_t handle) {
    HOST_EXCLUSIVE(instance);
    struct faaslet_result result = {0};
    struct error error = {0};
    if (faaslet_library_close(faaslet_of(instance), handle, &result, &error)) {
        return 0;
    }
    fail(instance, &result, &error);
    return UINT32_MAX; // -1
}

static uint32_t host_dlerror(struct object_instance *instance) {
    HOST_EXCLUSIVE(instance);
    struct call *call = call_of(instance);
    char *message = call->slots[CALL_SLOT_LIBRARIES];
    if (message == NULL) {
        return 0;
    }
    uint32_t address = faaslet_library_text(faaslet_of(instance), message);
    free(message);
    call->slots[CALL_SLOT_LIBRARIES] = NULL;
    return address;
}

static void start(void) {
    call_slot_register(CALL_SLOT_LIBRARIES, free);
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION("env", "dlopen", "ii:i", host_dlopen),
    HOST_FUNCTION("env", "dlsym", "ii:i", host_dlsym),
    HOST_FUNCTION("env", "dlclose", "i:i", host_dlclose),
    HOST_FUNCTION("env", "dlerror", ":i", host_dlerror),
};

const struct host_section host_dynlink = {
    .name = "dynlink",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
    .start = start,
};
