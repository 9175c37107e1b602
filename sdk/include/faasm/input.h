// Input and output as strings and plain values. C++ programs find the functions in namespace faasm,
// C programs under their prefixed names.
#ifndef FAASM_INPUT_H
#define FAASM_INPUT_H

#include "faasm/core.h"

#ifdef __cplusplus
extern "C" {
#endif

// The input as a NUL-terminated string that the caller owns (free), or `default_value` itself where
// the input is empty. NULL when memory is out.
const char *faasm_get_string_input(const char *default_value);

// Makes the string, without its NUL, the output.
void faasm_set_string_output(const char *value);

// Reads `count` decimal integers separated by spaces into an array that the caller owns (free).
// Where the string has fewer, the rest are 0. NULL when memory is out.
int *faasm_parse_int_array(const char *text, int count);

#ifdef __cplusplus
}

namespace faasm {

// The first bytes of the input as a T, or `default_value` where the input is empty. Where the input
// is shorter than a T the remaining bytes are those of `default_value`.
template <typename T> T getTypedInput(T default_value) {
    T value = default_value;
    if (faasmGetInputSize() != 0) {
        faasmGetInput(BYTES(&value), sizeof(T));
    }
    return value;
}

inline const char *getStringInput(const char *default_value) {
    return faasm_get_string_input(default_value);
}

inline void setStringOutput(const char *value) {
    faasm_set_string_output(value);
}

inline int *parseStringToIntArray(const char *text, int expected) {
    return faasm_parse_int_array(text, expected);
}

} // namespace faasm
#endif

#endif
