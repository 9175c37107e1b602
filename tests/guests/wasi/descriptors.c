// Descriptors, preopened folders, standard streams, waiting, and what is not of files.
#include <unistd.h>

#include "rules.h"

RULE(directory_operations_that_fail) {
    char text[8];
    size_t count;
    __wasi_filestat_t stat;
    GIVES(0, __wasi_fd_filestat_get(folder, &stat));
    CHECK(stat.filetype == __WASI_FILETYPE_DIRECTORY);
    GIVES_EITHER(EISDIR, EBADF, get(folder, text, 8, &count));
    GIVES_EITHER(EISDIR, EBADF, get_at(folder, text, 8, 0, &count));
    GIVES_EITHER(EISDIR, EBADF, put(folder, text, 8, &count));
    GIVES_EITHER(EISDIR, EBADF, put_at(folder, text, 8, 0, &count));
    for (int whence = 0; whence < 3; whence++) {
        GIVES_EITHER(EISDIR, EBADF, seek(folder, 0, whence, NULL));
    }
    uint64_t at;
    GIVES_EITHER(EISDIR, EBADF, __wasi_fd_tell(folder, &at));
    GIVES_EITHER(EISDIR, EBADF, __wasi_fd_allocate(folder, 0, 1));
    GIVES_EITHER(EISDIR, EBADF, __wasi_fd_filestat_set_size(folder, 0));
}

RULE(directory_has_no_right_to_seek) {
    int fd;
    GIVES(0, make_folder(folder, "dir"));
    GIVES(0, open_path(folder, STAY, "dir", DIRECTORY, SEEK, &fd));
    GIVES_EITHER(EBADF, ENOTCAPABLE, seek(fd, 0, __WASI_WHENCE_CUR, NULL));
    CHECK(fdstat_of(fd).fs_filetype == __WASI_FILETYPE_DIRECTORY);
    CHECK((fdstat_of(fd).fs_rights_base & SEEK) == 0);
}

RULE(prestat) {
    __wasi_prestat_t stat;
    uint8_t name[8] = {0};
    GIVES(0, __wasi_fd_prestat_get(3, &stat));
    CHECK(stat.tag == __WASI_PREOPENTYPE_DIR && stat.u.dir.pr_name_len == 1);
    GIVES(0, __wasi_fd_prestat_dir_name(3, name, 1));
    CHECK(name[0] == '/');
    GIVES(0, __wasi_fd_prestat_dir_name(3, name, 2)); // room to spare
    GIVES_EITHER(ENAMETOOLONG, EINVAL, __wasi_fd_prestat_dir_name(3, name, 0));
    GIVES(EBADF, __wasi_fd_prestat_get((__wasi_fd_t)folder, &stat)); // open, but not preopened
    GIVES(EBADF, __wasi_fd_prestat_get(0, &stat));
    GIVES(EBADF, __wasi_fd_prestat_get(1000, &stat));
}

RULE(close_preopen) {
    __wasi_fdstat_t stat;
    __wasi_prestat_t prestat;
    GIVES(0, __wasi_fd_close(3));
    CHECK(fdstat_of(folder).fs_filetype == __WASI_FILETYPE_DIRECTORY);
    GIVES(EBADF, __wasi_fd_fdstat_get(3, &stat));
    GIVES(EBADF, __wasi_fd_prestat_get(3, &prestat));
    GIVES(EBADF, __wasi_fd_close(3));
    int fd;
    GIVES(0, open_path(folder, STAY, "file", CREATE, 0, &fd));
    CHECK(fd == 3); // the lowest free number, which is no preopened folder now
    GIVES(EBADF, __wasi_fd_prestat_get(3, &prestat));
}

RULE(overwrite_preopen) {
    __wasi_filestat_t before, after;
    __wasi_fdstat_t stat;
    GIVES(0, __wasi_fd_filestat_get(folder, &before));
    GIVES(0, __wasi_fd_renumber(folder, 3));
    GIVES(0, __wasi_fd_filestat_get(3, &after));
    CHECK(before.dev == after.dev && before.ino == after.ino);
    GIVES(EBADF, __wasi_fd_fdstat_get(folder, &stat));
}

RULE(renumber) {
    int from, to;
    __wasi_fdstat_t stat;
    GIVES(0, open_path(folder, STAY, "file1", CREATE, READ | WRITE, &from));
    GIVES(0, open_path(folder, STAY, "file2", CREATE, READ | WRITE, &to));
    __wasi_fdstat_t before = fdstat_of(from);
    GIVES(0, __wasi_fd_renumber(from, to));
    GIVES(EBADF, __wasi_fd_close(from));
    stat = fdstat_of(to);
    CHECK(before.fs_filetype == stat.fs_filetype && before.fs_flags == stat.fs_flags);
    CHECK(before.fs_rights_base == stat.fs_rights_base);
    CHECK(before.fs_rights_inheriting == stat.fs_rights_inheriting);
    GIVES(EBADF, __wasi_fd_renumber(to, from));
    GIVES(EBADF, __wasi_fd_renumber(from, to));
    GIVES(0, __wasi_fd_renumber(to, to));
    put_text(to, "into the first");
    __wasi_filestat_t file;
    GIVES(0, stat_path(folder, STAY, "file1", &file));
    CHECK(file.size == 14);
    GIVES(0, __wasi_fd_close(to));
}

RULE(renumber_standard_streams) {
    __wasi_fdstat_t stat;
    for (int from = 0; from < 3; from++) {
        int to;
        GIVES(0, open_path(folder, STAY, "file", CREATE, 0, &to));
        GIVES(0, __wasi_fd_renumber(from, to));
        GIVES(0, __wasi_fd_fdstat_get(to, &stat));
        GIVES(EBADF, __wasi_fd_fdstat_get(from, &stat));
        GIVES(0, remove_file(folder, "file"));
    }
}

RULE(close) {
    __wasi_fdstat_t stat;
    int fd = open_file(folder, "file", CREATE);
    GIVES(0, __wasi_fd_close(fd));
    GIVES(EBADF, __wasi_fd_close(fd));
    GIVES(EBADF, __wasi_fd_fdstat_get(fd, &stat));
    GIVES(EBADF, __wasi_fd_close((__wasi_fd_t)-1));
}

RULE(bad_descriptors) {
    char text[4] = "abc";
    size_t count;
    __wasi_filestat_t stat;
    const int bad[] = {100, -31337, INT32_MAX};
    for (int i = 0; i < 3; i++) {
        GIVES(EBADF, put(bad[i], text, 3, &count));
        GIVES(EBADF, __wasi_fd_write(bad[i], NULL, 0, &count));
        GIVES(EBADF, get(bad[i], text, 3, &count));
        GIVES(EBADF, seek(bad[i], 0, 0, NULL));
        GIVES(EBADF, __wasi_fd_filestat_get(bad[i], &stat));
        GIVES(EBADF, __wasi_fd_filestat_set_size(bad[i], 0));
        GIVES(EBADF, stat_path(bad[i], STAY, "x", &stat));
        GIVES(EBADF, make_folder(bad[i], "x"));
    }
}

RULE(isatty_of_a_file) {
    int fd;
    GIVES(0, open_path(folder, STAY, "file", CREATE, 0, &fd));
    CHECK(!isatty(fd) && errno == ENOTTY);
    CHECK(!isatty(folder));
    CHECK(!isatty(100) && errno == EBADF);
}

// ---- Waiting ------------------------------------------------------------------------------------

static __wasi_subscription_t clock_in(uint64_t nanoseconds, uint64_t userdata) {
    __wasi_subscription_t subscription = {.userdata = userdata};
    subscription.u.tag = __WASI_EVENTTYPE_CLOCK;
    subscription.u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
    subscription.u.u.clock.timeout = nanoseconds;
    return subscription;
}

static __wasi_subscription_t ready(int fd, int type, uint64_t userdata) {
    __wasi_subscription_t subscription = {.userdata = userdata};
    subscription.u.tag = (uint8_t)type;
    subscription.u.u.fd_read.file_descriptor = (__wasi_fd_t)fd;
    return subscription;
}

RULE(poll_clock) {
    __wasi_event_t events[3];
    size_t count = 0;
    uint64_t before, after;
    const __wasi_subscription_t subscriptions[] = {clock_in(30000000, 1), clock_in(60000000000, 2)};
    GIVES(0, __wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &before));
    GIVES(0, __wasi_poll_oneoff(subscriptions, events, 2, &count));
    GIVES(0, __wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &after));
    CHECK(count == 1 && events[0].userdata == 1 && events[0].error == 0);
    CHECK(events[0].type == __WASI_EVENTTYPE_CLOCK && after - before >= 30000000);
    // At a time: one that was is now.
    __wasi_subscription_t absolute = clock_in(after, 3);
    absolute.u.u.clock.flags = __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME;
    GIVES(0, __wasi_poll_oneoff(&absolute, events, 1, &count));
    CHECK(count == 1 && events[0].userdata == 3);
    absolute.u.u.clock.id = __WASI_CLOCKID_REALTIME;
    GIVES(0, __wasi_poll_oneoff(&absolute, events, 1, &count));
    CHECK(count == 1 && events[0].error == 0);
    GIVES(EINVAL, __wasi_poll_oneoff(subscriptions, events, 0, &count));
}

RULE(poll_files) {
    __wasi_event_t events[3];
    size_t count = 0;
    int fd = open_file(folder, "file", CREATE);
    put_text(fd, "0123456789");
    GIVES(0, seek(fd, 4, __WASI_WHENCE_SET, NULL));
    const __wasi_subscription_t subscriptions[] = {
        ready(fd, __WASI_EVENTTYPE_FD_READ, 1),
        ready(fd, __WASI_EVENTTYPE_FD_WRITE, 2),
        clock_in(60000000000, 3),
    };
    GIVES(0, __wasi_poll_oneoff(subscriptions, events, 3, &count));
    CHECK(count == 2 && events[0].error == 0 && events[1].error == 0);
    CHECK(events[0].type == __WASI_EVENTTYPE_FD_READ && events[0].userdata == 1);
    CHECK(events[0].fd_readwrite.nbytes == 6);
    CHECK(events[1].type == __WASI_EVENTTYPE_FD_WRITE && events[1].userdata == 2);
}

RULE(poll_errors_are_events) {
    __wasi_event_t events[2];
    size_t count = 0;
    int fd;
    __wasi_subscription_t subscription = ready(100, __WASI_EVENTTYPE_FD_READ, 5);
    GIVES(0, __wasi_poll_oneoff(&subscription, events, 1, &count));
    CHECK(count == 1 && events[0].error == EBADF && events[0].userdata == 5);
    subscription = clock_in(0, 6);
    subscription.u.u.clock.id = 99;
    GIVES(0, __wasi_poll_oneoff(&subscription, events, 1, &count));
    CHECK(count == 1 && events[0].error == EINVAL && events[0].userdata == 6);
    GIVES(0, open_path(folder, STAY, "file", CREATE, READ, &fd)); // without the right to wait
    subscription = ready(fd, __WASI_EVENTTYPE_FD_READ, 7);
    GIVES(0, __wasi_poll_oneoff(&subscription, events, 1, &count));
    CHECK(count == 1 && events[0].error == ENOTCAPABLE && events[0].userdata == 7);
}

RULE(poll_standard_streams) {
    __wasi_event_t events[2];
    size_t count = 0;
    const __wasi_subscription_t input[] = {clock_in(200000000, 1),
                                           ready(0, __WASI_EVENTTYPE_FD_READ, 2)};
    GIVES(0, __wasi_poll_oneoff(input, events, 2, &count));
    CHECK(count >= 1);
    for (size_t i = 0; i < count; i++) {
        CHECK(events[i].error == 0);
        CHECK(events[i].userdata == (events[i].type == __WASI_EVENTTYPE_CLOCK ? 1 : 2));
    }
    for (int fd = 1; fd <= 2; fd++) {
        const __wasi_subscription_t output[] = {ready(fd, __WASI_EVENTTYPE_FD_WRITE, 3),
                                                clock_in(20000000000, 4)};
        GIVES(0, __wasi_poll_oneoff(output, events, 2, &count));
        CHECK(count == 1 && events[0].error == 0 && events[0].userdata == 3);
    }
}

// ---- Sockets ------------------------------------------------------------------------------------

RULE(sockets_are_wanted) {
    uint8_t byte = 0;
    size_t count;
    __wasi_roflags_t flags;
    __wasi_fd_t fd;
    const __wasi_iovec_t to = {&byte, 1};
    const __wasi_ciovec_t from = {&byte, 1};
    int file = open_file(folder, "file", CREATE);
    const int others[] = {1, 2, file};
    for (int i = 0; i < 3; i++) {
        GIVES(ENOTSOCK, __wasi_sock_shutdown(others[i], __WASI_SDFLAGS_RD));
        GIVES(ENOTSOCK, __wasi_sock_recv(others[i], &to, 1, 0, &count, &flags));
        GIVES(ENOTSOCK, __wasi_sock_send(others[i], &from, 1, 0, &count));
        GIVES(ENOTSOCK, __wasi_sock_accept(others[i], 0, &fd));
    }
    GIVES(EBADF, __wasi_sock_shutdown(100, __WASI_SDFLAGS_RD));
    GIVES(EBADF, __wasi_sock_recv(100, &to, 1, 0, &count, &flags));
    GIVES(EBADF, __wasi_sock_send(100, &from, 1, 0, &count));
    GIVES(EBADF, __wasi_sock_accept(100, 0, &fd));
}

// ---- Clocks, random bytes, the process
// -------------------------------------------------------------

RULE(clocks) {
    uint64_t one, two;
    for (uint32_t clock = __WASI_CLOCKID_REALTIME; clock <= __WASI_CLOCKID_THREAD_CPUTIME_ID;
         clock++) {
        GIVES(0, __wasi_clock_res_get(clock, &one));
        CHECK(one > 0);
        GIVES(0, __wasi_clock_time_get(clock, 1, &one));
        GIVES(0, __wasi_clock_time_get(clock, 0, &two));
        CHECK(clock == __WASI_CLOCKID_REALTIME || two >= one);
    }
    GIVES(EINVAL, __wasi_clock_res_get(4, &one));
    GIVES(EINVAL, __wasi_clock_time_get(4, 0, &one));
    GIVES(0, __wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 0, &one));
    CHECK(one > 1600000000000000000u);
}

RULE(random_bytes) {
    uint8_t bytes[1024] = {0};
    int sum = 0;
    GIVES(0, __wasi_random_get(bytes, sizeof bytes));
    for (size_t i = 0; i < sizeof bytes; i++) {
        sum += bytes[i];
    }
    CHECK(sum != 0);
    GIVES(0, __wasi_random_get(bytes, 0));
    GIVES(0, __wasi_random_get(NULL, 0));
}

RULE(yield) {
    GIVES(0, __wasi_sched_yield());
}
