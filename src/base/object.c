#include "base/object.h"

#include <stdio.h>
#include <string.h>

const char *object_value_type_name(uint8_t type) {
    switch (type) {
    case OBJECT_I32:
        return "i32";
    case OBJECT_I64:
        return "i64";
    case OBJECT_F32:
        return "f32";
    case OBJECT_F64:
        return "f64";
    case OBJECT_V128:
        return "v128";
    case OBJECT_FUNCREF:
        return "funcref";
    case OBJECT_EXTERNREF:
        return "externref";
    default:
        return "unknown type";
    }
}

void object_append_text(char *text, size_t size, const char *more) {
    size_t length = strlen(text);
    snprintf(text + length, size - length, "%s", more);
}

void object_append_value_types(char *text, size_t size, const uint8_t *types, uint32_t count) {
    object_append_text(text, size, "(");
    for (uint32_t i = 0; i < count && strlen(text) + 1 < size; i++) {
        object_append_text(text, size, i > 0 ? ", " : "");
        object_append_text(text, size, object_value_type_name(types[i]));
    }
    object_append_text(text, size, ")");
}
