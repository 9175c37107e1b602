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

static bool is_vector(const json_t *json) {
    return strcmp(type_of(json), "v128") == 0;
}

size_t value_slots(const json_t *json) {
    return is_vector(json) ? 2 : 1;
}

// Bytes of a lane of the type "i8" to "f64", 0 for any other text.
static size_t lane_bytes(const char *type) {
    static const struct {
        const char *type;
        size_t bytes;
    } lanes[] = {{"i8", 1}, {"i16", 2}, {"i32", 4}, {"i64", 8}, {"f32", 4}, {"f64", 8}};
    for (size_t i = 0; i < sizeof lanes / sizeof *lanes; i++) {
        if (strcmp(lanes[i].type, type) == 0) {
            return lanes[i].bytes;
        }
    }
    return 0;
}

// {"type": "v128", "lane_type": "i16", "value": ["1", ...]}, lane 0 first. The type and the bytes
// of a lane; false when there are not as many lanes as there should be.
static bool vector_lanes(const json_t *json, const char **type, size_t *bytes) {
    *type = json_string_value(json_object_get(json, "lane_type"));
    *bytes = *type == NULL ? 0 : lane_bytes(*type);
    return *bytes > 0 && json_array_size(json_object_get(json, "value")) == 16 / *bytes;
}

static const char *lane_text(const json_t *json, size_t lane) {
    const char *text = json_string_value(json_array_get(json_object_get(json, "value"), lane));
    return text == NULL ? "" : text;
}

static bool parse_vector(const json_t *json, uint64_t slots[2]) {
    const char *type;
    size_t bytes;
    if (!vector_lanes(json, &type, &bytes)) {
        return false;
    }
    for (size_t i = 0; i < 16 / bytes; i++) {
        uint64_t lane = strtoull(lane_text(json, i), NULL, 10);
        memcpy((char *)slots + i * bytes, &lane, bytes);
    }
    return true;
}

// A host reference n is the opaque number n + 1, null is 0.
bool value_parse(const json_t *json, uint64_t slots[VALUE_SLOTS_MAXIMUM]) {
    const char *type = type_of(json);
    const char *text = json_string_value(json_object_get(json, "value"));
    if (is_vector(json)) {
        return parse_vector(json, slots);
    }
    if (text == NULL) {
        return false;
    }
    if (strcmp(type, "externref") == 0 || strcmp(type, "funcref") == 0) {
        slots[0] = strcmp(text, "null") == 0 ? 0 : strtoull(text, NULL, 10) + 1;
        return true;
    }
    slots[0] = strtoull(text, NULL, 10);
    return true;
}

// Canonical: only the quiet bit of the payload is set; arithmetic: at least that one.
static bool is_nan_of(uint64_t value, uint64_t exponent, uint64_t quiet, bool canonical) {
    uint64_t payload = value & (2 * quiet - 1);
    return (value & exponent) == exponent && (canonical ? payload == quiet : payload & quiet);
}

static bool is_nan_text(const char *text) {
    return strncmp(text, "nan:", 4) == 0;
}

static bool matches_nan(const char *type, const char *text, uint64_t value) {
    bool canonical = strcmp(text, "nan:canonical") == 0;
    return strcmp(type, "f32") == 0 ? is_nan_of(value, F32_EXPONENT, F32_QUIET_BIT, canonical)
                                    : is_nan_of(value, F64_EXPONENT, F64_QUIET_BIT, canonical);
}

static bool vector_matches(const json_t *expected, const uint64_t slots[2]) {
    const char *type;
    size_t bytes;
    uint64_t wanted[2];
    if (!vector_lanes(expected, &type, &bytes) || !parse_vector(expected, wanted)) {
        return false;
    }
    for (size_t i = 0; i < 16 / bytes; i++) {
        const char *text = lane_text(expected, i);
        uint64_t lane = 0;
        memcpy(&lane, (const char *)slots + i * bytes, bytes);
        if (is_nan_text(text) ? !matches_nan(type, text, lane)
                              : memcmp(&lane, (const char *)wanted + i * bytes, bytes) != 0) {
            return false;
        }
    }
    return true;
}

bool value_matches(const json_t *expected, const uint64_t slots[VALUE_SLOTS_MAXIMUM]) {
    const char *type = type_of(expected);
    const char *text = json_string_value(json_object_get(expected, "value"));
    uint64_t wanted[VALUE_SLOTS_MAXIMUM] = {0};
    if (is_vector(expected)) {
        return vector_matches(expected, slots);
    }
    if (text == NULL) {
        return slots[0] != 0; // any reference that is not null
    }
    if (is_nan_text(text)) {
        return matches_nan(type, text, slots[0]);
    }
    return value_parse(expected, wanted) &&
           (is_narrow(type) ? (uint32_t)wanted[0] == slots[0] : wanted[0] == slots[0]);
}

void value_describe(const json_t *expected, char *text, size_t capacity) {
    const char *value = json_string_value(json_object_get(expected, "value"));
    if (!is_vector(expected)) {
        snprintf(text, capacity, "%s:%s", type_of(expected), value == NULL ? "any" : value);
        return;
    }
    const char *type;
    size_t bytes;
    if (!vector_lanes(expected, &type, &bytes)) {
        snprintf(text, capacity, "v128 of unknown lanes");
        return;
    }
    size_t length = (size_t)snprintf(text, capacity, "v128:%s", type);
    for (size_t i = 0; i < 16 / bytes && length < capacity; i++) {
        length += (size_t)snprintf(text + length, capacity - length, " %s", lane_text(expected, i));
    }
}
