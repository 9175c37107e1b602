// Values as wast2json writes them.
#ifndef FAASM_TESTS_SPEC_VALUE_H
#define FAASM_TESTS_SPEC_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VALUE_SLOTS_MAXIMUM = 2 };

// Slots that the value takes: two for a v128, else one.
size_t value_slots(const json_t *json);

// The slots of an argument ({"type": "i32", "value": "42"}); false when it cannot be read.
bool value_parse(const json_t *json, uint64_t slots[VALUE_SLOTS_MAXIMUM]);

// Do result slots match what is expected, NaN patterns and "any reference" included?
bool value_matches(const json_t *expected, const uint64_t slots[VALUE_SLOTS_MAXIMUM]);

// "i32:42" and the like for messages.
void value_describe(const json_t *expected, char *text, size_t capacity);

#endif
