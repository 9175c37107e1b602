// Helpers over state. The functions of state themselves (faasmReadState, faasmWriteState, …) are in
// faasm/core.h, which this includes.
#ifndef FAASM_STATE_H
#define FAASM_STATE_H

#include "faasm/core.h"

#define BIT_MASK_8  0xffu
#define BIT_MASK_32 0xffffffffu

#ifdef __cplusplus
extern "C" {
#endif

// Sets the bits of the double with index `index` in a mask for faasmPushStatePartialMask.
void faasm_mask_double(unsigned int *mask, unsigned long index);

// Sets a value of `length` zero bytes and pushes it. False when memory is out.
bool faasm_zero_state(const char *key, size_t length);

#ifdef __cplusplus
}

namespace faasm {

inline void maskDouble(unsigned int *mask, unsigned long index) {
    faasm_mask_double(mask, index);
}

inline void zeroState(const char *key, size_t length) {
    faasm_zero_state(key, length);
}

} // namespace faasm
#endif

#endif
