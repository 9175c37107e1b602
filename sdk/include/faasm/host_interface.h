// The raw imports: what a Faasm host gives to a guest, exactly as the host links it.
//
// This is the bottom of the SDK. faasm.h (the host interface's own names) and faasm/core.h (the
// Faasm C names) are both thin layers over it; programs use one of those. Every function here is an
// import of the WebAssembly module `env` with the name shown, so a module that calls one can be
// loaded only where the host offers it: uploading a module with an import that the host lacks fails
// and names the import.
//
// Sizes are `long` as in Faasm: 32 bits in wasm32.
#ifndef FAASM_HOST_INTERFACE_H
#define FAASM_HOST_INTERFACE_H

#include <stdint.h>

#ifdef __wasm__
#define FAASM_IMPORT(name) __attribute__((import_module("env"), import_name(#name)))
#else
#define FAASM_IMPORT(name)
#endif

#ifdef __cplusplus
extern "C" {
#define FAASM_NO_PARAMETERS
#else
#define FAASM_NO_PARAMETERS void
#endif

typedef void (*FaasmMigrateEntryPoint)(int);

// ---- Calls and chaining -------------------------------------------------------------------------

FAASM_IMPORT(__faasm_read_input) long __faasm_read_input(unsigned char *buffer, long length);
FAASM_IMPORT(__faasm_write_output) void __faasm_write_output(const char *data, long length);
FAASM_IMPORT(__faasm_chain_name)
unsigned int __faasm_chain_name(const char *name, const unsigned char *input, long length);
FAASM_IMPORT(__faasm_chain_ptr)
unsigned int __faasm_chain_ptr(int (*function)(FAASM_NO_PARAMETERS), const unsigned char *input,
                               long length);
FAASM_IMPORT(__faasm_await_call) int __faasm_await_call(unsigned int call);
FAASM_IMPORT(__faasm_await_call_output)
int __faasm_await_call_output(unsigned int call, char **output, int *length);
FAASM_IMPORT(__faasm_chain_py)
unsigned int __faasm_chain_py(const char *name, const unsigned char *input, long length);
FAASM_IMPORT(__faasm_get_py_user) void __faasm_get_py_user(unsigned char *buffer, long length);
FAASM_IMPORT(__faasm_get_py_func) void __faasm_get_py_func(unsigned char *buffer, long length);
FAASM_IMPORT(__faasm_get_py_entry) void __faasm_get_py_entry(unsigned char *buffer, long length);
FAASM_IMPORT(__faasm_conf_flag) unsigned int __faasm_conf_flag(const char *key);
FAASM_IMPORT(__faasm_backtrace) void __faasm_backtrace(const int depth);
FAASM_IMPORT(__faasm_migrate_point)
void __faasm_migrate_point(FaasmMigrateEntryPoint function, int argument);

// ---- State --------------------------------------------------------------------------------------

FAASM_IMPORT(__faasm_read_state)
long __faasm_read_state(const char *key, unsigned char *buffer, long length);
FAASM_IMPORT(__faasm_read_state_ptr)
unsigned char *__faasm_read_state_ptr(const char *key, long total);
FAASM_IMPORT(__faasm_read_state_offset)
void __faasm_read_state_offset(const char *key, long total, long offset, unsigned char *buffer,
                               long length);
FAASM_IMPORT(__faasm_read_state_offset_ptr)
unsigned char *__faasm_read_state_offset_ptr(const char *key, long total, long offset, long length);
FAASM_IMPORT(__faasm_write_state)
void __faasm_write_state(const char *key, const unsigned char *data, long length);
FAASM_IMPORT(__faasm_write_state_offset)
void __faasm_write_state_offset(const char *key, long total, long offset, const unsigned char *data,
                                long length);
FAASM_IMPORT(__faasm_write_state_from_file)
unsigned int __faasm_write_state_from_file(const char *key, const char *path);
FAASM_IMPORT(__faasm_flag_state_dirty) void __faasm_flag_state_dirty(const char *key, long total);
FAASM_IMPORT(__faasm_flag_state_offset_dirty)
void __faasm_flag_state_offset_dirty(const char *key, long total, long offset, long length);
FAASM_IMPORT(__faasm_push_state) void __faasm_push_state(const char *key);
FAASM_IMPORT(__faasm_push_state_partial) void __faasm_push_state_partial(const char *key);
FAASM_IMPORT(__faasm_push_state_partial_mask)
void __faasm_push_state_partial_mask(const char *key, const char *mask_key);
FAASM_IMPORT(__faasm_pull_state) void __faasm_pull_state(const char *key, long length);
FAASM_IMPORT(__faasm_append_state)
void __faasm_append_state(const char *key, const unsigned char *data, long length);
FAASM_IMPORT(__faasm_read_appended_state)
void __faasm_read_appended_state(const char *key, unsigned char *buffer, long length, long count);
FAASM_IMPORT(__faasm_clear_appended_state) void __faasm_clear_appended_state(const char *key);
FAASM_IMPORT(__faasm_lock_state_read) void __faasm_lock_state_read(const char *key);
FAASM_IMPORT(__faasm_unlock_state_read) void __faasm_unlock_state_read(const char *key);
FAASM_IMPORT(__faasm_lock_state_write) void __faasm_lock_state_write(const char *key);
FAASM_IMPORT(__faasm_unlock_state_write) void __faasm_unlock_state_write(const char *key);
FAASM_IMPORT(__faasm_lock_state_global_read) void __faasm_lock_state_global_read(const char *key);
FAASM_IMPORT(__faasm_unlock_state_global_read)
void __faasm_unlock_state_global_read(const char *key);
FAASM_IMPORT(__faasm_lock_state_global_write) void __faasm_lock_state_global_write(const char *key);
FAASM_IMPORT(__faasm_unlock_state_global_write)
void __faasm_unlock_state_global_write(const char *key);

// ---- Shared memory hints ------------------------------------------------------------------------

FAASM_IMPORT(__faasm_sm_reduce)
void __faasm_sm_reduce(void *variable, int type, int operation, int current_batch);
FAASM_IMPORT(__faasm_sm_critical_local) void __faasm_sm_critical_local(FAASM_NO_PARAMETERS);
FAASM_IMPORT(__faasm_sm_critical_local_end) void __faasm_sm_critical_local_end(FAASM_NO_PARAMETERS);

// ---- S3 -----------------------------------------------------------------------------------------
// Where the host fills a `void *` it writes an array of pointers (or one pointer) into it.

FAASM_IMPORT(__faasm_s3_get_num_buckets) int __faasm_s3_get_num_buckets(FAASM_NO_PARAMETERS);
FAASM_IMPORT(__faasm_s3_list_buckets) void __faasm_s3_list_buckets(void *buckets, int *lengths);
FAASM_IMPORT(__faasm_s3_get_num_keys) int __faasm_s3_get_num_keys(const char *bucket);
FAASM_IMPORT(__faasm_s3_get_num_keys_with_prefix)
int __faasm_s3_get_num_keys_with_prefix(const char *bucket, const char *prefix);
FAASM_IMPORT(__faasm_s3_list_keys)
void __faasm_s3_list_keys(const char *bucket, void *keys, int *lengths);
FAASM_IMPORT(__faasm_s3_list_keys_with_prefix)
void __faasm_s3_list_keys_with_prefix(const char *bucket, const char *prefix, void *keys,
                                      int *lengths);
FAASM_IMPORT(__faasm_s3_add_key_bytes)
int __faasm_s3_add_key_bytes(const char *bucket, const char *key, void *data, int length,
                             int overwrite);
FAASM_IMPORT(__faasm_s3_get_key_bytes)
int __faasm_s3_get_key_bytes(const char *bucket, const char *key, void *data, int *length,
                             int tolerate_missing);

#undef FAASM_NO_PARAMETERS
#ifdef __cplusplus
}
#endif

#endif
