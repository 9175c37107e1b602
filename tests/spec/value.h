// Values as wast2json writes them.
#ifndef FAASM_TESTS_SPEC_VALUE_H
#define FAASM_TESTS_SPEC_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The slot of an argument ({"type": "i32", "value": "42"}); false for types not handled here.
bool value_parse(const json_t *json, uint64_t *value);

// Does a result slot match what is expected, NaN patterns and "any reference" included?
bool value_matches(const json_t *expected, uint64_t value);

// "i32:42" and the like for messages.
void value_describe(const json_t *expected, char *text, size_t capacity);

#endif
