// Raising, and finding the handler that takes an exception: level I, and the personality.
#include "abi.h"

enum { TAG_CPP_EXCEPTION = 0 };

// Between a landing pad and _Unwind_CallPersonality; clang knows this layout.
_Thread_local struct {
    uintptr_t index; // of the landing pad in the function's table
    const uint8_t *table;
    uintptr_t selector; // the number of the type that is caught, 0 where none is
} __wasm_lpad_context;

int _Unwind_CallPersonality(struct unwind_exception *exception);
void _Unwind_DeleteException(struct unwind_exception *exception);
_Noreturn void _Unwind_Resume(struct unwind_exception *exception);

_Noreturn void _Unwind_RaiseException(struct unwind_exception *exception) {
    __builtin_wasm_throw(TAG_CPP_EXCEPTION, exception);
}

_Noreturn void _Unwind_Resume(struct unwind_exception *exception) {
    _Unwind_RaiseException(exception);
}

void _Unwind_DeleteException(struct unwind_exception *exception) {
    if (exception->cleanup != NULL) {
        exception->cleanup(1, exception);
    }
}

bool type_can_catch(const struct type_info *wanted, const struct type_info *thrown, void **object) {
    enum { CAN_CATCH = 4 };
    bool (*can_catch)(const struct type_info *, const struct type_info *, void **);
    can_catch = (bool (*)(const struct type_info *, const struct type_info *,
                          void **))wanted->functions[CAN_CATCH];
    return can_catch(wanted, thrown, object);
}

// ---- The table of a function --------------------------------------------------------------------

static uintptr_t read_unsigned(const uint8_t **at) {
    uintptr_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = *(*at)++;
        value |= (uintptr_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    return value;
}

static intptr_t read_signed(const uint8_t **at) {
    uintptr_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = *(*at)++;
        value |= (uintptr_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (byte & 0x40 && shift < 8 * sizeof value) {
        value |= UINTPTR_MAX << shift;
    }
    return (intptr_t)value;
}

struct table {
    const struct type_info *const *types; // numbered backwards from here, from 1 on
    const uint8_t *actions;
    uintptr_t action; // of the landing pad at hand: its place among the actions + 1; 0: cleanup
};

static struct table read_table(const uint8_t *at, uintptr_t index) {
    enum { OMITTED = 0xff };
    struct table table = {0};
    at++; // where landing pads begin: omitted
    if (*at++ != OMITTED) {
        uintptr_t offset = read_unsigned(&at);
        table.types = (const struct type_info *const *)(const void *)(at + offset);
    }
    at++; // how the table is encoded: as LEB128
    uintptr_t length = read_unsigned(&at);
    table.actions = at + length;
    while (at < table.actions) {
        uintptr_t pad = read_unsigned(&at);
        uintptr_t action = read_unsigned(&at);
        if (pad == index) {
            table.action = action;
            break;
        }
    }
    return table;
}

// An action is the number of a type and the way to the next one. Number 0 is a cleanup; negative
// ones are exception specifications, which WebAssembly has none of.
static void find_handler(const struct table *table, struct cxx_exception *exception) {
    const uint8_t *at = table->actions + table->action - 1;
    for (;;) {
        intptr_t number = read_signed(&at);
        const uint8_t *from = at;
        intptr_t next = read_signed(&at);
        if (number > 0) {
            const struct type_info *type = *(table->types - number);
            void *object = cxx_object_of(exception);
            if (type == NULL || type_can_catch(type, exception->type, &object)) {
                exception->adjusted = object;
                __wasm_lpad_context.selector = (uintptr_t)number;
                return;
            }
        }
        if (next == 0) {
            return;
        }
        at = from + next;
    }
}

// Of exceptions of other languages only catch (...) knows what to do.
static void find_catch_all(const struct table *table) {
    const uint8_t *at = table->actions + table->action - 1;
    for (;;) {
        intptr_t number = read_signed(&at);
        const uint8_t *from = at;
        intptr_t next = read_signed(&at);
        if (number > 0 && *(table->types - number) == NULL) {
            __wasm_lpad_context.selector = (uintptr_t)number;
            return;
        }
        if (next == 0) {
            return;
        }
        at = from + next;
    }
}

int _Unwind_CallPersonality(struct unwind_exception *exception) {
    enum { CONTINUE_UNWIND = 8, INSTALL_CONTEXT = 7 };
    __wasm_lpad_context.selector = 0;
    if (__wasm_lpad_context.table == NULL) {
        return CONTINUE_UNWIND;
    }
    struct table table = read_table(__wasm_lpad_context.table, __wasm_lpad_context.index);
    if (table.action != 0 && cxx_is_native(exception)) {
        find_handler(&table, cxx_exception_of(exception));
    } else if (table.action != 0) {
        find_catch_all(&table);
    }
    return __wasm_lpad_context.selector != 0 ? INSTALL_CONTEXT : CONTINUE_UNWIND;
}
