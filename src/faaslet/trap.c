#include "faaslet/trap.h"

#include "faaslet/loader.h"

#include <stddef.h>

const char *faaslet_trap_name(enum faaslet_trap_kind kind) {
    static const char *const names[FAASLET_TRAP_COUNT] = {
#define X(identifier, name) name,
        OBJECT_TRAPS(X) FAASLET_STOPS(X)
#undef X
    };
    return (unsigned)kind < FAASLET_TRAP_COUNT ? names[kind] : "unknown trap";
}

// Names come from the guest: what would garble a terminal or forge a log line is replaced.
static bool append_name(struct buffer *text, struct object_name name, struct error *error) {
    if (!buffer_append(text, name.data, name.length, error)) {
        return false;
    }
    uint8_t *copy = text->data + text->length - name.length;
    for (uint32_t i = 0; i < name.length; i++) {
        if (copy[i] < 0x20 || copy[i] == 0x7f) {
            copy[i] = (uint8_t)'?';
        }
    }
    return name.length == 0 || buffer_append(text, " ", 1, error);
}

static bool append_frame(struct buffer *text, unsigned number, const struct object_module *module,
                         uint32_t function, struct error *error) {
    return buffer_printf(text, error, "  #%u ", number) &&
           append_name(text, module->functions[function].name, error) &&
           buffer_printf(text, error, "(function %u)\n", function);
}

bool faaslet_result_backtrace(const struct faaslet_result *result, struct buffer *text,
                              struct error *error) {
    unsigned number = 0;
    for (uint32_t i = 0; i < result->frame_count; i++) {
        uint32_t function;
        const struct object_module *module = faaslet_object_at(result->frames[i], &function);
        if (module == NULL || function == UINT32_MAX) {
            continue;
        }
        if (!append_frame(text, number++, module, function, error)) {
            return false;
        }
    }
    return true;
}
