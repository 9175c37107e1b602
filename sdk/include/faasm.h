// The Faasm host interface in C and C++: the reference manual for programs that run as functions.
//
// Compile with `faasm cc` or `faasm c++`; nothing needs to be linked by hand. The rest of a
// program's world is ordinary C: main(), stdio (captured in the call's log), files through WASI.
// Programs written for the original Faasm use faasm/faasm.h instead; both can be mixed.
//
//     #include <faasm.h>
//     #include <stdlib.h>
//
//     int main(void) {
//         size_t size = get_call_input_size();
//         char *input = malloc(size);
//         read_call_input(input, size);
//         write_call_output(input, size);
//         return 0;                          // the call's exit code
//     }
//
// Life of a function. When it is first used the host runs the program's constructors and, where
// there is one, its zygote (FAASM_ZYGOTE below), once, and takes a snapshot. Every call starts from
// that snapshot in memory of its own, runs main() and is discarded: nothing that a call writes to
// its memory is seen by another call. Constructors and the zygote have no input, output or calls to
// chain, and what they read from outside (environment variables, the time, random numbers) is part
// of the snapshot, the same for all calls. Command line arguments are read anew by every call.
//
// Names. A call by name reaches a function of the same user. Strings are NUL-terminated.
//
// Errors. A bad pointer (memory that the guest does not have) and a misuse (awaiting an id that is
// unknown or was awaited already, chaining a function that does not exist) trap: the call ends, and
// its status carries a message that says why.
//
// Memory. Linear memory never shrinks within a call. What the host places in the guest's memory
// (see await_call_output) lies in pages that the host adds at its end; malloc never hands them out,
// free() must not be called on them, and they last until the call ends.
#ifndef FAASM_H
#define FAASM_H

#include "faasm/host_interface.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A call id. Never 0.
typedef unsigned int call_id;

// An entry point for chain_ptr: its return value is the exit code of the call.
#ifdef __cplusplus
typedef int (*call_function)();
#else
typedef int (*call_function)(void);
#endif

// ---- Input and output ---------------------------------------------------------------------------

// The size of this call's input in bytes; 0 where there is none.
static inline size_t get_call_input_size(void) {
    return (size_t)__faasm_read_input(NULL, 0);
}

// Copies the first bytes of this call's input, at most `capacity`, to `buffer`. Returns how many
// were copied. The input can be read any number of times.
static inline size_t read_call_input(void *buffer, size_t capacity) {
    return capacity == 0 ? 0 : (size_t)__faasm_read_input((unsigned char *)buffer, (long)capacity);
}

// Makes `length` bytes the output of this call, in place of what was written before. The bytes are
// copied.
static inline void write_call_output(const void *data, size_t length) {
    __faasm_write_output((const char *)data, (long)length);
}

// ---- Chaining -----------------------------------------------------------------------------------

// Queues a call of the function `name` of the same user with a copy of the input, and returns its
// id at once. The call may run on another thread at the same time, or when it is awaited.
static inline call_id chain_call(const char *name, const void *input, size_t length) {
    return __faasm_chain_name(name, (const unsigned char *)input, (long)length);
}

// As chain_call, for `function` of this same program instead of main(). The new call starts from
// the snapshot as all calls do: it sees what constructors and the zygote left, nothing that this
// call wrote since. Pass data as input.
static inline call_id chain_ptr(call_function function, const void *input, size_t length) {
    return __faasm_chain_ptr(function, (const unsigned char *)input, (long)length);
}

// Waits until a call that this call chained has ended and returns its exit code: what its main() or
// entry function returned, or gave to exit(). Where the call trapped or was stopped the result is
// not 0. Each call can be awaited once, by either function.
static inline int await_call(call_id call) {
    return __faasm_await_call(call);
}

// As await_call, and places the call's output in this call's memory: `*output` and `*length`
// receive its address and its size. An empty output gives length 0, and an address that must not be
// read.
//
// The output lies in pages that the host adds to the linear memory, at least one page of 64 KiB for
// an output that is not empty. It is the caller's to read and write; it is never reused, and must
// not be given to free() or realloc().
static inline int await_call_output(call_id call, void **output, size_t *length) {
    char *data = NULL;
    int size = 0;
    int code = __faasm_await_call_output(call, &data, &size);
    *output = data;
    *length = (size_t)size;
    return code;
}

// ---- The zygote ---------------------------------------------------------------------------------

// Defines the function that runs once, after the constructors and before the snapshot: the place
// for work that all calls can share, such as building tables or loading a model.
//
//     FAASM_ZYGOTE() {
//         build_tables();
//         return 0;
//     }
//
// A result other than 0 means that the function cannot be used: it fails to load.
#ifndef FAASM_ZYGOTE
#define FAASM_ZYGOTE() int _faasm_zygote(void)
int __attribute__((weak)) _faasm_zygote(void);
#endif

// ---- State --------------------------------------------------------------------------------------
//
// State is values under keys, which belong to a user: all of a user's functions see the same ones,
// and no other's. A key is a string of 1 to 512 bytes, a value has at most 4 GiB - 1.
//
// A value has two copies. The local tier is memory of the host, shared by all calls there without
// copying; the global tier is behind all hosts, and durable. Reading pulls what is absent from the
// local tier, in pieces of 64 KiB; writing changes the local tier; nothing reaches the global tier,
// nor is refreshed from it, until it is pushed or pulled.
//
// Dirty bytes are those that were set or marked, and those written through a pointer: the host
// finds the latter by itself, in units of 8 aligned bytes, so that forgetting to mark loses
// nothing. (Two hosts that write through pointers into the same 8 bytes at the same time need a
// lock.)
//
// There are no locks but those taken explicitly. What a call still holds when it ends, however it
// ends, is released. Locking what could only deadlock ends the call with a message that says so, as
// far as calls of one host are concerned.
//
// The `total` that many functions take is the least size of the value: a value that is shorter, or
// does not exist, is made so long with zeros. It never makes a value shorter. A size of 0 stands
// for the value as it is.
//
// Failures (the global tier cannot be reached, a limit is exceeded, a range is past the end of a
// value) end the call with a message that names the function and the key.

// The size of the value in bytes, 0 where there is none.
static inline size_t get_state_size(const char *key) {
    return (size_t)__faasm_read_state(key, NULL, 0);
}

// Maps the value into this call's memory and returns its address. All calls on the host share these
// very bytes. It lies in pages at the end of the linear memory, which grows by it and must have
// room for it (`faasm cc` sets no maximum); free() must not be called on it.
//
// The same key gives the same address for as long as the call lasts and no larger size is asked
// for. Where a value has grown, asking for the larger size gives a new address; the old one stays
// valid and shows the same first bytes.
static inline void *get_state(const char *key, size_t total) {
    return __faasm_read_state_ptr(key, (long)total);
}

// As get_state for `length` bytes at `offset` of a value of `total` bytes: only those are pulled,
// and the result points at the first of them.
static inline void *get_state_offset(const char *key, size_t total, size_t offset, size_t length) {
    return __faasm_read_state_offset_ptr(key, (long)total, (long)offset, (long)length);
}

// Copies the value to `buffer`, at most `capacity` bytes; returns how many.
static inline size_t read_state(const char *key, void *buffer, size_t capacity) {
    return capacity == 0 ? 0
                         : (size_t)__faasm_read_state(key, (unsigned char *)buffer, (long)capacity);
}

// Copies `length` bytes at `offset` of a value of `total` bytes, pulling only those.
static inline void read_state_offset(const char *key, size_t total, size_t offset, void *buffer,
                                     size_t length) {
    __faasm_read_state_offset(key, (long)total, (long)offset, (unsigned char *)buffer,
                              (long)length);
}

// Makes the bytes the local value, and all of it dirty. The value may get shorter by this.
static inline void set_state(const char *key, const void *data, size_t length) {
    __faasm_write_state(key, (const unsigned char *)data, (long)length);
}

// Sets a part of a value of `total` bytes and marks that part dirty.
static inline void set_state_offset(const char *key, size_t total, size_t offset, const void *data,
                                    size_t length) {
    __faasm_write_state_offset(key, (long)total, (long)offset, (const unsigned char *)data,
                               (long)length);
}

// Sets the local value from a file that the call can open; returns the size. The call ends where it
// cannot.
static inline size_t set_state_from_file(const char *key, const char *path) {
    return __faasm_write_state_from_file(key, path);
}

// Marks what was written through a pointer of get_state or get_state_offset.
static inline void mark_state_dirty(const char *key, size_t total) {
    __faasm_flag_state_dirty(key, (long)total);
}

static inline void mark_state_offset_dirty(const char *key, size_t total, size_t offset,
                                           size_t length) {
    __faasm_flag_state_offset_dirty(key, (long)total, (long)offset, (long)length);
}

// Sends the whole local value to the global tier, as far as it is here. A call that holds the
// global write lock of the key pushes only while it still has it: where its lease has expired (the
// host was cut off from the global tier for so long) the push fails, here and below.
static inline void push_state(const char *key) {
    __faasm_push_state(key);
}

// Sends the dirty parts only.
static inline void push_state_partial(const char *key) {
    __faasm_push_state_partial(key);
}

// Sends those dirty bytes whose byte in the value of `mask_key` is not 0; the others stay dirty.
// The mask is at least as long as the value.
static inline void push_state_partial_mask(const char *key, const char *mask_key) {
    __faasm_push_state_partial_mask(key, mask_key);
}

// Replaces the first `length` bytes of the local value, and its size, with those of the global
// tier. What was dirty is lost; what is behind is pulled when it is asked for.
static inline void pull_state(const char *key, size_t length) {
    __faasm_pull_state(key, (long)length);
}

// Appends to the list of elements under the key in the global tier, atomically.
static inline void append_state(const char *key, const void *data, size_t length) {
    __faasm_append_state(key, (const unsigned char *)data, (long)length);
}

// Copies the first `count` appended elements, one behind the other, to `buffer` of `length` bytes.
// More bytes than that are a failure; fewer elements are not.
static inline void read_appended_state(const char *key, void *buffer, size_t length, size_t count) {
    __faasm_read_appended_state(key, (unsigned char *)buffer, (long)length, (long)count);
}

static inline void clear_appended_state(const char *key) {
    __faasm_clear_appended_state(key);
}

// Locks of a key between the calls of one host: many readers or one writer, first come first
// served. Locks are advisory. Unlocking what the call has not locked is a failure.
static inline void lock_state_read(const char *key) {
    __faasm_lock_state_read(key);
}

static inline void unlock_state_read(const char *key) {
    __faasm_unlock_state_read(key);
}

static inline void lock_state_write(const char *key) {
    __faasm_lock_state_write(key);
}

static inline void unlock_state_write(const char *key) {
    __faasm_unlock_state_write(key);
}

// The same across all hosts. These are leases that the host renews while it lives; another host
// gets the lock of one that died when its lease has expired.
static inline void lock_state_global_read(const char *key) {
    __faasm_lock_state_global_read(key);
}

static inline void unlock_state_global_read(const char *key) {
    __faasm_unlock_state_global_read(key);
}

static inline void lock_state_global_write(const char *key) {
    __faasm_lock_state_global_write(key);
}

static inline void unlock_state_global_write(const char *key) {
    __faasm_unlock_state_global_write(key);
}

#ifdef __cplusplus
}
#endif

#endif
