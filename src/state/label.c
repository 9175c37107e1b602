#include "state/driver.h"

#include <stdio.h>

const char *state_label(const struct state_name *name, char label[STATE_LABEL_MAX]) {
    enum { ROOM = STATE_LABEL_MAX - 8 }; // for an escape, dots, a quote and a NUL
    size_t length = (size_t)snprintf(label, STATE_LABEL_MAX, "state '");
    size_t i = 0;
    for (; i < name->key.length && length < ROOM; i++) {
        uint8_t byte = name->key.data[i];
        bool plain = byte >= ' ' && byte < 127 && byte != '\'' && byte != '\\';
        length += (size_t)snprintf(label + length, STATE_LABEL_MAX - length,
                                   plain ? "%c" : "\\x%02x", byte);
    }
    snprintf(label + length, STATE_LABEL_MAX - length, "%s'", i < name->key.length ? "..." : "");
    return label;
}
