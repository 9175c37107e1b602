// Chaining: a call makes other calls and awaits them.
//
// A refusal ends the call with a trap that names what was refused. References to calls are given
// back before that, since nothing after it runs.
#include "faaslet/faaslet.h"
#include "faaslet/guest.h"
#include "host/sections.h"
#include "runtime/call.h"
#include "runtime/runtime.h"

static struct bytes input_of(struct object_instance *instance, const char *import, uint32_t input,
                             uint32_t length) {
    const void *bytes = guest_range(instance, input, length);
    if (bytes == NULL) {
        faaslet_raise(instance, FAASLET_TRAP_MEMORY_BOUNDS, "%s: %u bytes at 0x%x", import, length,
                      input);
    }
    return (struct bytes){bytes, length};
}

// Submits for the running call; its id.
static uint32_t submit(struct object_instance *instance, const char *import,
                       struct call_request *request) {
    struct call *parent = call_of(instance);
    request->user = parent->user;
    request->parent = parent;
    struct error error;
    struct call *call = runtime_submit(parent->runtime, request, &error);
    if (call == NULL) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "%s: %s", import, error.message);
    }
    uint32_t id = call->id;
    call_release(call);
    return id;
}

static uint32_t chain_name(struct object_instance *instance, uint32_t name, uint32_t input,
                           uint32_t length) {
    static const char import[] = "__faasm_chain_name";
    char function[STORE_NAME_MAX + 1];
    if (!guest_read_string(instance, name, function, sizeof function)) {
        faaslet_raise(instance, FAASLET_TRAP_HOST,
                      "%s: the name at 0x%x is out of bounds or longer than %d bytes", import, name,
                      STORE_NAME_MAX);
    }
    struct call_request request = {
        .function = function,
        .input = input_of(instance, import, input, length),
    };
    return submit(instance, import, &request);
}

// The element is looked up again in the Faaslet that runs the call: only its type is checked here,
// so that a bad pointer fails where it is used.
static uint32_t chain_ptr(struct object_instance *instance, uint32_t element, uint32_t input,
                          uint32_t length) {
    static const char import[] = "__faasm_chain_ptr";
    struct faaslet_function function;
    if (!faaslet_find_element(instance, element, &function)) {
        faaslet_raise(instance, FAASLET_TRAP_UNDEFINED_ELEMENT, "%s: function pointer %u", import,
                      element);
    }
    if (function.type->parameter_count != 0 || function.type->result_count != 1 ||
        function.type->results[0] != OBJECT_I32) {
        faaslet_raise(instance, FAASLET_TRAP_SIGNATURE_MISMATCH,
                      "%s: function pointer %u is not an int (*)(void)", import, element);
    }
    struct call_request request = {
        .function = call_of(instance)->function,
        .input = input_of(instance, import, input, length),
        .by_pointer = true,
        .element = element,
    };
    return submit(instance, import, &request);
}

// Waits for a call; NULL when the running call is to stop, which the host function then lets happen
// by returning.
static struct call *await(struct object_instance *instance, const char *import, uint32_t id) {
    struct call *waiter = call_of(instance);
    struct error error;
    struct call *call = runtime_await(waiter->runtime, waiter, id, &error);
    if (call == NULL && error.code != ERROR_CANCELLED) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "%s: call %u: %s", import, id, error.message);
    }
    return call;
}

static uint32_t await_call(struct object_instance *instance, uint32_t id) {
    struct call *call = await(instance, "__faasm_await_call", id);
    if (call == NULL) {
        return 0;
    }
    int exit_code = call->exit_code;
    call_release(call);
    return (uint32_t)exit_code;
}

// A copy in memory that the guest gets for it; 0 where it is empty. False when memory is at its
// limit.
static bool place_output(struct object_instance *instance, struct bytes output, uint32_t *address) {
    *address = 0;
    if (output.length == 0) {
        return true;
    }
    if (output.length > UINT32_MAX) {
        return false;
    }
    *address = guest_allocate(instance, (uint32_t)output.length);
    return *address != 0 && guest_write(instance, *address, output.data, output.length);
}

static uint32_t await_call_output(struct object_instance *instance, uint32_t id,
                                  uint32_t address_result, uint32_t length_result) {
    static const char import[] = "__faasm_await_call_output";
    if (guest_range(instance, address_result, sizeof(uint32_t)) == NULL ||
        guest_range(instance, length_result, sizeof(uint32_t)) == NULL) {
        faaslet_raise(instance, FAASLET_TRAP_MEMORY_BOUNDS, "%s: results at 0x%x and 0x%x", import,
                      address_result, length_result);
    }
    struct call *call = await(instance, import, id);
    if (call == NULL) {
        return 0;
    }
    uint32_t address;
    size_t length = call->output.length;
    int exit_code = call->exit_code;
    bool placed = place_output(instance, buffer_bytes(&call->output), &address);
    call_release(call);
    if (!placed) {
        faaslet_raise(instance, FAASLET_TRAP_HOST,
                      "%s: call %u: no memory left for an output of %zu bytes", import, id, length);
    }
    // Both were in bounds before, and memory does not shrink.
    guest_write_u32(instance, address_result, address);
    guest_write_u32(instance, length_result, (uint32_t)length);
    return (uint32_t)exit_code;
}

static uint32_t chain_py(struct object_instance *instance, uint32_t name, uint32_t input,
                         uint32_t length) {
    (void)name, (void)input, (void)length;
    faaslet_raise(instance, FAASLET_TRAP_HOST, "no Python function runs");
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION("env", "__faasm_chain_name", "iii:i", chain_name),
    HOST_FUNCTION("env", "__faasm_chain_ptr", "iii:i", chain_ptr),
    HOST_FUNCTION("env", "__faasm_chain_py", "iii:i", chain_py),
    HOST_FUNCTION("env", "__faasm_await_call", "i:i", await_call),
    HOST_FUNCTION("env", "__faasm_await_call_output", "iii:i", await_call_output),
};

const struct host_section host_chain = {
    .name = "chain",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
