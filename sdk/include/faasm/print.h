// Printing arrays (C++): [1, 2, 3] on standard output.
#ifndef FAASM_PRINT_H
#define FAASM_PRINT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus

namespace faasm {

inline void printElement(int value) {
    printf("%i", value);
}

inline void printElement(double value) {
    printf("%f", value);
}

template <typename T> void printArray(T *data, size_t size) {
    printf("[");
    for (size_t i = 0; i < size; i++) {
        if (i != 0) {
            printf(", ");
        }
        printElement(data[i]);
    }
    printf("]");
}

} // namespace faasm

#endif

#endif
