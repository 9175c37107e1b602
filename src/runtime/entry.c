#include "runtime/entry.h"

static bool all_i32(const uint8_t *types, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (types[i] != OBJECT_I32) {
            return false;
        }
    }
    return true;
}

bool entry_has_type(const struct faaslet_function *function, uint32_t parameters,
                    uint32_t results) {
    const struct object_type *type = function->type;
    return type->parameter_count == parameters && type->result_count == results &&
           all_i32(type->parameters, parameters) && all_i32(type->results, results);
}

static bool find_start(struct object_instance *instance, struct entry *entry, struct error *error) {
    if (!faaslet_find_export(instance, "_start", &entry->function)) {
        return error_set(error, ERROR_INVALID,
                         "the module has no entry point: it exports no function _start");
    }
    if (!entry_has_type(&entry->function, 0, 0)) {
        return error_set(error, ERROR_INVALID, "the type of _start is not () -> ()");
    }
    entry->returns_exit_code = false;
    return true;
}

static bool find_pointer(struct object_instance *instance, uint32_t element, struct entry *entry,
                         struct error *error) {
    if (!faaslet_find_element(instance, element, &entry->function)) {
        return error_set(error, ERROR_ARGUMENT, "there is no function at pointer %u", element);
    }
    if (!entry_has_type(&entry->function, 0, 1)) {
        return error_set(error, ERROR_ARGUMENT, "the function at pointer %u is not int (void)",
                         element);
    }
    entry->returns_exit_code = true;
    struct faaslet_function wrapper;
    if (faaslet_find_export(instance, "_faasm_call_pointer", &wrapper) &&
        entry_has_type(&wrapper, 1, 0)) {
        entry->function = wrapper;
        entry->values[0] = element;
        entry->returns_exit_code = false;
    }
    return true;
}

bool entry_find(struct object_instance *instance, const struct call *call, struct entry *entry,
                struct error *error) {
    *entry = (struct entry){0};
    return call->by_pointer ? find_pointer(instance, call->element, entry, error)
                            : find_start(instance, entry, error);
}
