// fd_*: descriptors, reading and writing, rights, limits.
#include <sys/resource.h>

#include "fixture.h"

static u32 new_file(const char *text) {
    u32 number;
    assert_int_equal(open_at(ROOT, "file", WASI_OFLAG_CREAT, true, &number), WASI_SUCCESS);
    assert_int_equal(write_text(number, text), WASI_SUCCESS);
    return number;
}

static void test_preopened(void **state) {
    (void)state;
    assert_int_equal(wasi.fd_prestat_get(guest, ROOT, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 0);
    assert_int_equal(u32_at(RESULT_AT + 4), 1);
    assert_int_equal(wasi.fd_prestat_dir_name(guest, ROOT, DATA_AT, 1), WASI_SUCCESS);
    assert_memory_equal(guest_range(guest, DATA_AT, 1), "/", 1);
    assert_int_equal(wasi.fd_prestat_dir_name(guest, ROOT, DATA_AT, 0), WASI_ENAMETOOLONG);
    assert_int_equal(wasi.fd_prestat_get(guest, ROOT + 1, RESULT_AT), WASI_EBADF);
    assert_int_equal(wasi.fd_prestat_get(guest, 1, RESULT_AT), WASI_EBADF);
    assert_int_equal(wasi.fd_prestat_get(guest, UINT32_MAX, RESULT_AT), WASI_EBADF);
    // A file opened later is not a preopened one, whatever its number.
    u32 number = new_file("x");
    assert_int_equal(wasi.fd_prestat_get(guest, number, RESULT_AT), WASI_EBADF);
}

static void test_standard_streams(void **state) {
    (void)state;
    assert_int_equal(write_text(1, "to the log\n"), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 11);
    assert_int_equal(write_text(2, "and errors\n"), WASI_SUCCESS);
    assert_int_equal(call->log.length, 22);
    assert_memory_equal(call->log.data, "to the log\nand errors\n", 22);
    put_vector(10);
    assert_int_equal(wasi.fd_read(guest, 0, VECTORS_AT, 1, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 0);
    assert_int_equal(wasi.fd_read(guest, 1, VECTORS_AT, 1, RESULT_AT), WASI_EBADF);
    assert_int_equal(wasi.fd_seek(guest, 1, 0, WASI_WHENCE_SET, RESULT_AT), WASI_ESPIPE);
    assert_int_equal(wasi.fd_fdstat_get(guest, 1, RESULT_AT), WASI_SUCCESS);
    const struct wasi_fdstat *stat = guest_range(guest, RESULT_AT, sizeof *stat);
    assert_int_equal(stat->filetype, WASI_FILETYPE_CHARACTER_DEVICE);
    assert_int_equal(stat->rights_base & (WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_TELL), 0);
    assert_int_equal(wasi.fd_close(guest, 1), WASI_SUCCESS);
    assert_int_equal(write_text(1, "x"), WASI_EBADF);
}

static void test_passed_through(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    environment.standard_input = ends[0];
    environment.standard_output = ends[1];
    assert_int_equal(write_text(1, "through"), WASI_SUCCESS);
    memset(guest_range(guest, DATA_AT, 16), 0, 16);
    put_vector(16);
    assert_int_equal(wasi.fd_read(guest, 0, VECTORS_AT, 1, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 7);
    assert_memory_equal(guest_range(guest, DATA_AT, 7), "through", 7);
    // The flags of the open file belong to others too: NONBLOCK is kept here.
    assert_int_equal(wasi.fd_fdstat_set_flags(guest, 0, WASI_FDFLAG_NONBLOCK), WASI_SUCCESS);
    assert_int_equal(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(wasi.fd_read(guest, 0, VECTORS_AT, 1, RESULT_AT), WASI_EAGAIN);
    assert_int_equal(wasi.fd_close(guest, 0), WASI_SUCCESS);
    assert_int_equal(wasi.fd_close(guest, 1), WASI_SUCCESS);
    assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC); // not ours to close
    close(ends[0]);
    close(ends[1]);
}

static void test_vectors(void **state) {
    (void)state;
    u32 number = new_file("0123456789");
    const struct wasi_iovec vectors[3] = {{DATA_AT, 3}, {0, 0}, {DATA_AT + 100, 20}};
    assert_true(guest_write(guest, VECTORS_AT, vectors, sizeof vectors));
    assert_int_equal(wasi.fd_seek(guest, number, 1, WASI_WHENCE_SET, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(wasi.fd_read(guest, number, VECTORS_AT, 3, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 9);
    assert_memory_equal(guest_range(guest, DATA_AT, 3), "123", 3);
    assert_memory_equal(guest_range(guest, DATA_AT + 100, 6), "456789", 6);
    assert_int_equal(wasi.fd_write(guest, number, VECTORS_AT, 0, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 0);
    assert_int_equal(wasi.fd_write(guest, number, VECTORS_AT, 1025, RESULT_AT), WASI_EINVAL);
}

// Every pointer out of bounds, or a range that wraps around: EFAULT, and nothing is touched.
static void test_bad_pointers(void **state) {
    (void)state;
    u32 number = new_file("0123456789");
    assert_int_equal(wasi.fd_write(guest, number, MEMORY_BYTES - 4, 1, RESULT_AT), WASI_EFAULT);
    assert_int_equal(wasi.fd_write(guest, number, UINT32_MAX - 3, 1, RESULT_AT), WASI_EFAULT);
    static const struct wasi_iovec bad[] = {
        {MEMORY_BYTES - 1, 2}, {UINT32_MAX, 2}, {0, UINT32_MAX}, {MEMORY_BYTES + 1, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_true(guest_write(guest, VECTORS_AT, &bad[i], sizeof bad[i]));
        assert_int_equal(wasi.fd_write(guest, number, VECTORS_AT, 1, RESULT_AT), WASI_EFAULT);
        assert_int_equal(wasi.fd_read(guest, number, VECTORS_AT, 1, RESULT_AT), WASI_EFAULT);
        assert_int_equal(wasi.fd_pread(guest, number, VECTORS_AT, 1, 0, RESULT_AT), WASI_EFAULT);
        assert_int_equal(wasi.fd_pwrite(guest, number, VECTORS_AT, 1, 0, RESULT_AT), WASI_EFAULT);
    }
    assert_int_equal(wasi.fd_seek(guest, number, 5, WASI_WHENCE_SET, MEMORY_BYTES - 7),
                     WASI_EFAULT);
    assert_int_equal(wasi.fd_tell(guest, number, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u64_at(RESULT_AT), 10);
    assert_int_equal(wasi.fd_fdstat_get(guest, number, MEMORY_BYTES - 23), WASI_EFAULT);
    assert_int_equal(wasi.fd_filestat_get(guest, number, MEMORY_BYTES - 63), WASI_EFAULT);
    assert_int_equal(wasi.fd_prestat_get(guest, ROOT, MEMORY_BYTES - 7), WASI_EFAULT);
    assert_int_equal(wasi.fd_prestat_dir_name(guest, ROOT, MEMORY_BYTES, 1), WASI_EFAULT);
    assert_int_equal(wasi.fd_readdir(guest, ROOT, DATA_AT, MEMORY_BYTES, 0, RESULT_AT),
                     WASI_EFAULT);
    assert_int_equal(wasi.fd_readdir(guest, ROOT, DATA_AT, 100, 0, MEMORY_BYTES), WASI_EFAULT);
    assert_int_equal(wasi.random_get(guest, MEMORY_BYTES - 1, 2), WASI_EFAULT);
    assert_int_equal(wasi.args_get(guest, MEMORY_BYTES - 4, DATA_AT), WASI_EFAULT);
    assert_int_equal(wasi.args_get(guest, DATA_AT, MEMORY_BYTES - 4), WASI_EFAULT);
    assert_int_equal(wasi.environ_sizes_get(guest, MEMORY_BYTES, DATA_AT), WASI_EFAULT);
    assert_int_equal(wasi.path_open(guest, ROOT, 0, MEMORY_BYTES - 1, 2, 0, 0, 0, 0, RESULT_AT),
                     WASI_EFAULT);
}

static void test_offsets(void **state) {
    (void)state;
    u32 number = new_file("0123456789");
    put_vector(4);
    assert_int_equal(wasi.fd_pread(guest, number, VECTORS_AT, 1, 7, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 3);
    assert_int_equal(wasi.fd_pread(guest, number, VECTORS_AT, 1, UINT64_MAX, RESULT_AT),
                     WASI_EINVAL);
    assert_int_equal(wasi.fd_pwrite(guest, number, VECTORS_AT, 1, 1ull << 63, RESULT_AT),
                     WASI_EINVAL);
    assert_int_equal(wasi.fd_seek(guest, number, -11, WASI_WHENCE_END, RESULT_AT), WASI_EINVAL);
    assert_int_equal(wasi.fd_seek(guest, number, -3, WASI_WHENCE_END, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u64_at(RESULT_AT), 7);
    assert_int_equal(wasi.fd_seek(guest, number, 0, 3, RESULT_AT), WASI_EINVAL);
    assert_int_equal(wasi.fd_filestat_set_size(guest, number, UINT64_MAX), WASI_EINVAL);
    assert_int_equal(wasi.fd_filestat_set_size(guest, number, 4), WASI_SUCCESS);
    assert_int_equal(wasi.fd_allocate(guest, number, 0, UINT64_MAX), WASI_EINVAL);
    assert_int_equal(wasi.fd_allocate(guest, number, 0, 100), WASI_SUCCESS);
    assert_int_equal(wasi.fd_filestat_get(guest, number, RESULT_AT), WASI_SUCCESS);
    const struct wasi_filestat *stat = guest_range(guest, RESULT_AT, sizeof *stat);
    assert_int_equal(stat->size, 100);
    assert_int_equal(stat->filetype, WASI_FILETYPE_REGULAR_FILE);
    assert_int_equal(wasi.fd_advise(guest, number, 0, 0, 1), WASI_SUCCESS);
    assert_int_equal(wasi.fd_advise(guest, number, 0, 0, 6), WASI_EINVAL);
    assert_int_equal(wasi.fd_sync(guest, number), WASI_SUCCESS);
    assert_int_equal(wasi.fd_datasync(guest, number), WASI_SUCCESS);
    assert_int_equal(wasi.fd_filestat_set_times(guest, number, 0, 0, 3), WASI_EINVAL);
    assert_int_equal(wasi.fd_filestat_set_times(guest, number, 5, 6000000007, 5), WASI_SUCCESS);
    assert_int_equal(wasi.fd_filestat_get(guest, number, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(stat->accessed, 5);
    assert_int_equal(stat->modified, 6000000007);
}

static void test_rights(void **state) {
    (void)state;
    u32 number = new_file("text");
    u64 few = WASI_RIGHT_FD_READ | WASI_RIGHT_FD_TELL;
    assert_int_equal(wasi.fd_fdstat_set_rights(guest, number, few, 0), WASI_SUCCESS);
    assert_int_equal(wasi.fd_fdstat_set_rights(guest, number, few | WASI_RIGHT_FD_WRITE, 0),
                     WASI_ENOTCAPABLE);
    assert_int_equal(write_text(number, "x"), WASI_EBADF);
    assert_int_equal(wasi.fd_seek(guest, number, 0, WASI_WHENCE_SET, RESULT_AT), WASI_ENOTCAPABLE);
    assert_int_equal(wasi.fd_seek(guest, number, 0, WASI_WHENCE_CUR, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(wasi.fd_filestat_set_size(guest, number, 0), WASI_ENOTCAPABLE);
    assert_int_equal(wasi.fd_sync(guest, number), WASI_ENOTCAPABLE);
    // What a folder does not let its files inherit cannot be opened for.
    assert_int_equal(
        wasi.fd_fdstat_set_rights(guest, ROOT, ALL_FOLDER, ALL_FILE & ~(u64)WASI_RIGHT_FD_WRITE),
        WASI_SUCCESS);
    assert_int_equal(open_at(ROOT, "file", 0, true, &number), WASI_ENOTCAPABLE);
    assert_int_equal(
        wasi.fd_fdstat_set_rights(guest, ROOT, ALL_FOLDER & ~(u64)WASI_RIGHT_PATH_CREATE_FILE, 0),
        WASI_SUCCESS);
    u32 length = put(PATH_AT, "another");
    assert_int_equal(
        wasi.path_open(guest, ROOT, 0, PATH_AT, length, WASI_OFLAG_CREAT, 0, 0, 0, RESULT_AT),
        WASI_ENOTCAPABLE);
    assert_false(host_exists(folder, "another"));
}

static void test_folder_is_no_file(void **state) {
    (void)state;
    put_vector(4);
    assert_int_equal(wasi.fd_read(guest, ROOT, VECTORS_AT, 1, RESULT_AT), WASI_EISDIR);
    assert_int_equal(wasi.fd_pread(guest, ROOT, VECTORS_AT, 1, 0, RESULT_AT), WASI_EISDIR);
    assert_int_equal(wasi.fd_write(guest, ROOT, VECTORS_AT, 1, RESULT_AT), WASI_EBADF);
    assert_int_equal(wasi.fd_seek(guest, ROOT, 0, WASI_WHENCE_SET, RESULT_AT), WASI_EBADF);
    assert_int_equal(wasi.fd_allocate(guest, ROOT, 0, 1), WASI_EBADF);
    assert_int_equal(wasi.fd_filestat_set_size(guest, ROOT, 0), WASI_EBADF);
    assert_int_equal(wasi.fd_sync(guest, ROOT), WASI_SUCCESS);
    u32 number = new_file("x");
    assert_int_equal(wasi.fd_readdir(guest, number, DATA_AT, 100, 0, RESULT_AT), WASI_ENOTDIR);
    u32 length = put(PATH_AT, "below");
    assert_int_equal(wasi.path_create_directory(guest, number, PATH_AT, length), WASI_ENOTDIR);
}

static void test_flags(void **state) {
    (void)state;
    u32 number = new_file("text");
    assert_int_equal(wasi.fd_fdstat_set_flags(guest, number, WASI_FDFLAG_APPEND), WASI_SUCCESS);
    assert_int_equal(wasi.fd_seek(guest, number, 0, WASI_WHENCE_SET, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(write_text(number, "+"), WASI_SUCCESS);
    assert_int_equal(wasi.fd_tell(guest, number, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u64_at(RESULT_AT), 5);
    assert_int_equal(wasi.fd_fdstat_get(guest, number, RESULT_AT), WASI_SUCCESS);
    const struct wasi_fdstat *stat = guest_range(guest, RESULT_AT, sizeof *stat);
    assert_int_equal(stat->flags, WASI_FDFLAG_APPEND);
    assert_int_equal(stat->filetype, WASI_FILETYPE_REGULAR_FILE);
    assert_int_equal(wasi.fd_fdstat_set_flags(guest, number, WASI_FDFLAG_SYNC), WASI_ENOTSUP);
    assert_int_equal(wasi.fd_fdstat_set_flags(guest, number, 32), WASI_EINVAL);
}

static void test_renumber(void **state) {
    (void)state;
    u32 first = new_file("first");
    u32 second;
    assert_int_equal(open_at(ROOT, "second", WASI_OFLAG_CREAT, true, &second), WASI_SUCCESS);
    assert_int_equal(wasi.fd_renumber(guest, first, 500), WASI_EBADF);
    assert_int_equal(wasi.fd_renumber(guest, first, first), WASI_SUCCESS);
    assert_int_equal(wasi.fd_renumber(guest, first, second), WASI_SUCCESS);
    assert_int_equal(wasi.fd_tell(guest, first, RESULT_AT), WASI_EBADF);
    assert_int_equal(wasi.fd_tell(guest, second, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u64_at(RESULT_AT), 5);
    // As dup2(file, 1) is done: what is printed then goes to the file.
    assert_int_equal(wasi.fd_renumber(guest, second, 1), WASI_SUCCESS);
    assert_int_equal(write_text(1, " printed"), WASI_SUCCESS);
    assert_int_equal(call->log.length, 0);
    u32 number;
    assert_int_equal(open_at(ROOT, "third", WASI_OFLAG_CREAT, true, &number), WASI_SUCCESS);
    assert_int_equal(number, first); // the lowest that is free
}

static int open_descriptors(void) {
    int count = 0;
    for (int fd = 0; fd < 4096; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static void test_limit(void **state) {
    (void)state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur < 2048) {
        limit.rlim_cur = 2048;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    }
    int before = open_descriptors();
    u32 number;
    u32 opened = 0;
    u32 failure;
    while ((failure = open_at(ROOT, "file", WASI_OFLAG_CREAT, true, &number)) == WASI_SUCCESS) {
        opened++;
        assert_true(opened < 2000);
    }
    assert_int_equal(failure, WASI_EMFILE);
    assert_int_equal(opened, FILES_MAX - ROOT - 1);
    assert_int_equal(wasi.fd_close(guest, 100), WASI_SUCCESS);
    assert_int_equal(open_at(ROOT, "file", 0, false, &number), WASI_SUCCESS);
    assert_int_equal(number, 100);
    // The end of the call closes all.
    call_destroy_slots(call);
    assert_int_equal(open_descriptors(), before);
}

static void test_all_are_there(void **state) {
    (void)state;
    static const char *const names[] = {"sock_accept", "sock_recv", "sock_send",  "sock_shutdown",
                                        "proc_raise",  "proc_exit", "sched_yield"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_non_null(fixture_find(names[i]));
    }
    size_t count = 0;
    for (const struct host_section *const *section = host_sections; *section != NULL; section++) {
        for (size_t i = 0; i < (*section)->count; i++) {
            count += strcmp((*section)->functions[i].module, WASI_MODULE) == 0;
        }
    }
    assert_int_equal(count, 46); // all of preview1
}

int main(void) {
    const struct CMUnitTest tests[] = {
        HOST_TEST(test_preopened),      HOST_TEST(test_standard_streams),
        HOST_TEST(test_passed_through), HOST_TEST(test_vectors),
        HOST_TEST(test_bad_pointers),   HOST_TEST(test_offsets),
        HOST_TEST(test_rights),         HOST_TEST(test_folder_is_no_file),
        HOST_TEST(test_flags),          HOST_TEST(test_renumber),
        HOST_TEST(test_limit),          HOST_TEST(test_all_are_there),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
