#include "spec/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define F32_QUIET_BIT 0x400000u
#define F32_EXPONENT  0x7f800000u
#define F64_QUIET_BIT 0x8000000000000ull
#define F64_EXPONENT  0x7ff0000000000000ull

static const char *type_of(const json_t *json) {
    const char *type = json_string_value(json_object_get(json, "type"));
    return type == NULL ? "" : type;
}

static bool is_narrow(const char *type) {
    return strcmp(type, "i32") == 0 || strcmp(type, "f32") == 0;
}

// A host reference n is the opaque number n + 1, null is 0.
bool value_parse(const json_t *json, uint64_t *value) {
    const char *type = type_of(json);
    const char *text = json_string_value(json_object_get(json, "value"));
    if (text == NULL) {
        return false;
    }
    if (strcmp(type, "externref") == 0 || strcmp(type, "funcref") == 0) {
        *value = strcmp(text, "null") == 0 ? 0 : strtoull(text, NULL, 10) + 1;
        return true;
    }
    if (strcmp(type, "v128") == 0) {
        return false;
    }
    *value = strtoull(text, NULL, 10);
    return true;
}

// Canonical: only the quiet bit of the payload is set; arithmetic: at least that one.
static bool is_nan_of(uint64_t value, uint64_t exponent, uint64_t quiet, bool canonical) {
    uint64_t payload = value & (2 * quiet - 1);
    return (value & exponent) == exponent && (canonical ? payload == quiet : payload & quiet);
}

bool value_matches(const json_t *expected, uint64_t value) {
    const char *type = type_of(expected);
    const char *text = json_string_value(json_object_get(expected, "value"));
    if (text == NULL) {
        return value != 0; // any reference that is not null
    }
    if (strncmp(text, "nan:", 4) == 0) {
        bool canonical = strcmp(text, "nan:canonical") == 0;
        return strcmp(type, "f32") == 0 ? is_nan_of(value, F32_EXPONENT, F32_QUIET_BIT, canonical)
                                        : is_nan_of(value, F64_EXPONENT, F64_QUIET_BIT, canonical);
    }
    uint64_t wanted;
    return value_parse(expected, &wanted) &&
           (is_narrow(type) ? (uint32_t)wanted == value : wanted == value);
}

void value_describe(const json_t *expected, char *text, size_t capacity) {
    const char *value = json_string_value(json_object_get(expected, "value"));
    snprintf(text, capacity, "%s:%s", type_of(expected), value == NULL ? "any" : value);
}
