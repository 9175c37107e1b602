// What the tests of this room share: a guest with four pages of memory and nothing else, a call
// with files, and the host functions by their names.
#ifndef FAASM_TESTS_HOST_FIXTURE_H
#define FAASM_TESTS_HOST_FIXTURE_H

#include "base/file.h"
#include "faaslet/faaslet.h"
#include "faaslet/guest.h"
#include "host/files.h"
#include "host/host.h"
#include "host/wasi.h"
#include "runtime/compile.h"
#include "runtime/record.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct object_instance *instance_pointer;
typedef uint32_t u32;
typedef uint64_t u64;

// X(name, parameters)
#define FIXTURE_FUNCTIONS(X)                                                                       \
    X(args_get, (instance_pointer, u32, u32))                                                      \
    X(args_sizes_get, (instance_pointer, u32, u32))                                                \
    X(environ_get, (instance_pointer, u32, u32))                                                   \
    X(environ_sizes_get, (instance_pointer, u32, u32))                                             \
    X(random_get, (instance_pointer, u32, u32))                                                    \
    X(clock_res_get, (instance_pointer, u32, u32))                                                 \
    X(clock_time_get, (instance_pointer, u32, u64, u32))                                           \
    X(poll_oneoff, (instance_pointer, u32, u32, u32, u32))                                         \
    X(fd_advise, (instance_pointer, u32, u64, u64, u32))                                           \
    X(fd_allocate, (instance_pointer, u32, u64, u64))                                              \
    X(fd_close, (instance_pointer, u32))                                                           \
    X(fd_datasync, (instance_pointer, u32))                                                        \
    X(fd_fdstat_get, (instance_pointer, u32, u32))                                                 \
    X(fd_fdstat_set_flags, (instance_pointer, u32, u32))                                           \
    X(fd_fdstat_set_rights, (instance_pointer, u32, u64, u64))                                     \
    X(fd_filestat_get, (instance_pointer, u32, u32))                                               \
    X(fd_filestat_set_size, (instance_pointer, u32, u64))                                          \
    X(fd_filestat_set_times, (instance_pointer, u32, u64, u64, u32))                               \
    X(fd_pread, (instance_pointer, u32, u32, u32, u64, u32))                                       \
    X(fd_prestat_get, (instance_pointer, u32, u32))                                                \
    X(fd_prestat_dir_name, (instance_pointer, u32, u32, u32))                                      \
    X(fd_pwrite, (instance_pointer, u32, u32, u32, u64, u32))                                      \
    X(fd_read, (instance_pointer, u32, u32, u32, u32))                                             \
    X(fd_readdir, (instance_pointer, u32, u32, u32, u64, u32))                                     \
    X(fd_renumber, (instance_pointer, u32, u32))                                                   \
    X(fd_seek, (instance_pointer, u32, int64_t, u32, u32))                                         \
    X(fd_sync, (instance_pointer, u32))                                                            \
    X(fd_tell, (instance_pointer, u32, u32))                                                       \
    X(fd_write, (instance_pointer, u32, u32, u32, u32))                                            \
    X(path_create_directory, (instance_pointer, u32, u32, u32))                                    \
    X(path_filestat_get, (instance_pointer, u32, u32, u32, u32, u32))                              \
    X(path_filestat_set_times, (instance_pointer, u32, u32, u32, u32, u64, u64, u32))              \
    X(path_link, (instance_pointer, u32, u32, u32, u32, u32, u32, u32))                            \
    X(path_open, (instance_pointer, u32, u32, u32, u32, u32, u64, u64, u32, u32))                  \
    X(path_readlink, (instance_pointer, u32, u32, u32, u32, u32, u32))                             \
    X(path_remove_directory, (instance_pointer, u32, u32, u32))                                    \
    X(path_rename, (instance_pointer, u32, u32, u32, u32, u32, u32))                               \
    X(path_symlink, (instance_pointer, u32, u32, u32, u32, u32))                                   \
    X(path_unlink_file, (instance_pointer, u32, u32, u32))                                         \
    X(sock_accept, (instance_pointer, u32, u32, u32))                                              \
    X(sock_recv, (instance_pointer, u32, u32, u32, u32, u32, u32))                                 \
    X(sock_send, (instance_pointer, u32, u32, u32, u32, u32))                                      \
    X(sock_shutdown, (instance_pointer, u32, u32))

struct wasi {
#define X(name, parameters) u32(*name) parameters;
    FIXTURE_FUNCTIONS(X)
#undef X
};

enum {
    MEMORY_BYTES = 4 * OBJECT_PAGE_SIZE,
    ROOT = 3, // the descriptor of `folder`
    // Where the helpers below put things in guest memory.
    PATH_AT = 1024,
    SECOND_PATH_AT = 8192,
    RESULT_AT = 16384,
    VECTORS_AT = 16640,
    DATA_AT = 65536,
};

static struct wasi wasi;
static struct faaslet_linker *linker;
static struct faaslet *faaslet;
static struct object_instance *guest;
static struct call *call;
static struct call_environment environment;
static char folder[64]; // that the guest has as /, with a folder "outside" beside it
static char outside[64];
static char base[64];

static inline void (*fixture_find(const char *name))(void) {
    const struct faaslet_host_function *row =
        faaslet_linker_find(linker, (struct object_name){WASI_MODULE, (u32)strlen(WASI_MODULE)},
                            (struct object_name){name, (u32)strlen(name)});
    assert_non_null(row);
    return row->code;
}

static inline void fixture_instantiate(void) {
    // (module (memory 4))
    static const uint8_t module[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 5, 3, 1, 0, 4};
    char wasm[96], object[96];
    struct error error = {0};
    snprintf(wasm, sizeof wasm, "%s/m.wasm", base);
    snprintf(object, sizeof object, "%s/m.so", base);
    const struct compile_config config = {
        .program = FAASM_BUILD_DIR "/bin/faasm-codegen",
        .opt_level = -1,
    };
    assert_true(file_write_atomic(wasm, (struct bytes){module, sizeof module}, 0600, &error));
    if (!compile_module(&config, wasm, object, &error)) {
        fail_msg("%s", error.message);
    }
    struct faaslet_object *loaded = faaslet_object_load(object, &error);
    assert_non_null(loaded);
    faaslet = faaslet_new(&(struct faaslet_config){.memories = 1}, &error);
    assert_non_null(faaslet);
    guest = faaslet_instantiate(faaslet, loaded, linker, NULL, NULL, &error);
    assert_non_null(guest);
    faaslet_object_release(loaded);
    unlink(wasm);
    unlink(object);
}

static inline int fixture_start(void **state) {
    (void)state;
    struct error error = {0};
    snprintf(base, sizeof base, "/tmp/faasm-unit-XXXXXX");
    assert_non_null(mkdtemp(base));
    linker = faaslet_linker_new(&error);
    assert_true(host_register(linker, &error));
    assert_true(faaslet_initialize(&error));
#define X(name, parameters) wasi.name = (u32(*) parameters)fixture_find(#name);
    FIXTURE_FUNCTIONS(X)
#undef X
    fixture_instantiate();
    return 0;
}

static inline int fixture_remove_one(const char *path, const struct stat *status, int flag,
                                     struct FTW *walk) {
    (void)status, (void)flag, (void)walk;
    return remove(path);
}

static inline int fixture_stop(void **state) {
    (void)state;
    faaslet_delete(faaslet);
    faaslet_linker_delete(linker);
    return nftw(base, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

// For each test: fresh folders, a fresh call.
static inline int fixture_setup(void **state) {
    (void)state;
    static char *arguments[] = {"program", "-x", "", NULL};
    static char *variables[] = {"A=1", "LONGER=value", NULL};
    static struct call_folder folders[1];
    struct error error = {0};
    snprintf(folder, sizeof folder, "%s/folder", base);
    snprintf(outside, sizeof outside, "%s/outside", base);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(mkdir(outside, 0700), 0);
    folders[0] = (struct call_folder){.guest = "/", .host = folder};
    environment = (struct call_environment){
        .arguments = arguments,
        .variables = variables,
        .folders = folders,
        .folder_count = 1,
        .standard_input = -1,
        .standard_output = -1,
        .standard_error = -1,
    };
    struct buffer input = {0};
    const struct call_limits limits = {.log_bytes = 1 << 16, .output_bytes = 1 << 16};
    call = call_new(NULL, "user", "function", &input, &limits, &error);
    assert_non_null(call);
    call->environment = &environment;
    faaslet_set_context(faaslet, call);
    memset(guest_range(guest, 0, MEMORY_BYTES), 0, MEMORY_BYTES);
    return 0;
}

static inline int fixture_teardown(void **state) {
    (void)state;
    call_destroy_slots(call);
    call_release(call);
    return nftw(folder, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS) |
           nftw(outside, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

// ---- Guest memory -------------------------------------------------------------------------------

static inline u32 put(u32 address, const char *text) {
    assert_true(guest_write(guest, address, text, strlen(text)));
    return (u32)strlen(text);
}

static inline u32 u32_at(u32 address) {
    u32 value = 0;
    assert_true(guest_read(guest, address, &value, sizeof value));
    return value;
}

static inline u64 u64_at(u32 address) {
    u64 value = 0;
    assert_true(guest_read(guest, address, &value, sizeof value));
    return value;
}

// One vector for what is at DATA_AT.
static inline void put_vector(u32 length) {
    const struct wasi_iovec vector = {DATA_AT, length};
    assert_true(guest_write(guest, VECTORS_AT, &vector, sizeof vector));
}

// ---- Calls --------------------------------------------------------------------------------------

#define ALL_FILE   ((u64)WASI_RIGHTS_FILE)
#define ALL_FOLDER ((u64)WASI_RIGHTS_FOLDER)

// path_open from the root, with the rights of O_RDWR, or of O_RDONLY without `write`.
static inline u32 open_at(u32 number, const char *path, u32 oflags, bool write, u32 *opened) {
    u64 rights = ALL_FILE | ALL_FOLDER;
    if (!write) {
        rights &= ~(u64)(WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_DATASYNC | WASI_RIGHT_FD_ALLOCATE |
                         WASI_RIGHT_FD_FILESTAT_SET_SIZE);
    }
    u32 length = put(PATH_AT, path);
    u32 failure = wasi.path_open(guest, number, WASI_LOOKUP_SYMLINK_FOLLOW, PATH_AT, length, oflags,
                                 rights, ALL_FILE | ALL_FOLDER, 0, RESULT_AT);
    *opened = u32_at(RESULT_AT);
    return failure;
}

static inline u32 write_text(u32 number, const char *text) {
    put_vector(put(DATA_AT, text));
    return wasi.fd_write(guest, number, VECTORS_AT, 1, RESULT_AT);
}

// A file of the host: below `folder` or `outside`.
static inline void host_write(const char *where, const char *name, const char *text) {
    char path[512];
    struct error error;
    snprintf(path, sizeof path, "%s/%s", where, name);
    assert_true(
        file_write_atomic(path, (struct bytes){(const uint8_t *)text, strlen(text)}, 0600, &error));
}

static inline const char *host_path(const char *where, const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", where, name);
    return path;
}

static inline bool host_exists(const char *where, const char *name) {
    struct stat status;
    return lstat(host_path(where, name), &status) == 0;
}

#define HOST_TEST(function)                                                                        \
    cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

#endif
