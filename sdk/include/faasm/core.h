// The C names of the original Faasm, as thin wrappers (libfaasm) over the raw imports. What each
// does is written at its counterpart in faasm.h, the reference manual, which the comments here
// name.
//
// Where Faasm's own versions differ in whether bytes are `char` or `uint8_t`, the parameters are
// `const void *`, so that either kind of program compiles.
#ifndef FAASM_CORE_H
#define FAASM_CORE_H

#include "faasm/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define BYTES(pointer) reinterpret_cast<uint8_t *>(pointer)
extern "C" {
typedef int (*FaasmFuncPtr)();
#else
#define BYTES(pointer) ((uint8_t *)(pointer))
typedef int (*FaasmFuncPtr)(void);
#endif

// ---- Calls and chaining -------------------------------------------------------------------------

long faasmGetInputSize(void);                       // get_call_input_size
void faasmGetInput(uint8_t *buffer, long length);   // read_call_input
void faasmSetOutput(const void *data, long length); // write_call_output

unsigned int faasmChainNamed(const char *name, const void *input, long length); // chain_call
unsigned int faasmChain(FaasmFuncPtr function, const void *input, long length); // chain_ptr
unsigned int faasmAwaitCall(unsigned int call);                                 // await_call
unsigned int faasmAwaitCallOutput(unsigned int call, char **output,
                                  int *length); // await_call_output

// Chains `function` `count` times, each with the string as input, and awaits all. 0 where every
// call gave 0, else 1.
unsigned int faasmChainBatch(FaasmFuncPtr function, const char *input, int count);

// Names of the running Python function, as NUL-terminated strings that the caller owns (free); NULL
// when memory is out.
char *faasmGetPythonUser(void);
char *faasmGetPythonFunc(void);
char *faasmGetPythonEntry(void);

unsigned int getConfFlag(const char *key); // 1 where a flag of the runtime is on, else 0
void faasmBacktrace(const int depth);      // prints the guest's stack to the call's log

// Defines the zygote; see faasm.h.
#ifndef FAASM_ZYGOTE
#define FAASM_ZYGOTE() int _faasm_zygote(void)
int __attribute__((weak)) _faasm_zygote(void);
#endif

// ---- State ------------------------------------------------------------------------------------

size_t faasmReadStateSize(const char *key);                         // get_state_size
long faasmReadState(const char *key, uint8_t *buffer, long length); // read_state
uint8_t *faasmReadStatePtr(const char *key, long total);            // get_state
void faasmReadStateOffset(const char *key, long total, long offset, uint8_t *buffer, long length);
uint8_t *faasmReadStateOffsetPtr(const char *key, long total, long offset, long length);
void faasmWriteState(const char *key, const uint8_t *data, long length); // set_state
void faasmWriteStateOffset(const char *key, long total, long offset, const uint8_t *data,
                           long length);
unsigned long faasmWriteStateFromFile(const char *key, const char *path); // set_state_from_file
void faasmFlagStateDirty(const char *key, long total);                    // mark_state_dirty
void faasmFlagStateOffsetDirty(const char *key, long total, long offset, long length);
void faasmPushState(const char *key);
void faasmPushStatePartial(const char *key);
void faasmPushStatePartialMask(const char *key, const char *mask_key);
void faasmPullState(const char *key, long length);
void faasmAppendState(const char *key, const uint8_t *data, long length);
void faasmReadAppendedState(const char *key, uint8_t *buffer, long length, long count);
void faasmClearAppendedState(const char *key);
void faasmLockStateRead(const char *key);
void faasmUnlockStateRead(const char *key);
void faasmLockStateWrite(const char *key);
void faasmUnlockStateWrite(const char *key);
void faasmLockStateGlobal(const char *key);   // lock_state_global_write
void faasmUnlockStateGlobal(const char *key); // unlock_state_global_write
void faasmLockStateGlobalRead(const char *key);
void faasmUnlockStateGlobalRead(const char *key);
void faasmLockStateGlobalWrite(const char *key);
void faasmUnlockStateGlobalWrite(const char *key);

// The form of faasmAwaitCallOutput that copies: at most `length` bytes of the output to `buffer`.
unsigned int faasm_await_call_output_copy(unsigned int call, void *buffer, long length);

#ifdef __cplusplus
}

// Older programs pass a buffer to be filled.
inline unsigned int faasmAwaitCallOutput(unsigned int call, uint8_t *buffer, long length) {
    return faasm_await_call_output_copy(call, buffer, length);
}
#endif

#endif
