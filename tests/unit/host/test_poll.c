// poll_oneoff over descriptors, and sock_*: a rule of preview1 each.
#include "base/clock.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "fixture.h"

enum { EVENTS_AT = DATA_AT + 32768, FLAGS_AT = RESULT_AT + 64, MILLISECOND = 1000000 };

static void subscribe(u32 index, u32 type, u32 descriptor) {
    const struct wasi_subscription subscription = {
        .userdata = 100 + index,
        .type = (uint8_t)type,
        .descriptor = descriptor,
    };
    assert_true(guest_write(guest, DATA_AT + index * (u32)sizeof subscription, &subscription,
                            sizeof subscription));
}

static void subscribe_timeout(u32 index, u64 timeout) {
    const struct wasi_subscription subscription = {
        .userdata = 100 + index,
        .type = WASI_EVENT_CLOCK,
        .clock = WASI_CLOCK_MONOTONIC,
        .timeout = timeout,
    };
    assert_true(guest_write(guest, DATA_AT + index * (u32)sizeof subscription, &subscription,
                            sizeof subscription));
}

static struct wasi_event event_at(u32 index) {
    struct wasi_event event;
    assert_true(guest_read(guest, EVENTS_AT + index * (u32)sizeof event, &event, sizeof event));
    return event;
}

// How many events there were.
static u32 poll_all(u32 count) {
    assert_int_equal(wasi.poll_oneoff(guest, DATA_AT, EVENTS_AT, count, RESULT_AT), WASI_SUCCESS);
    return u32_at(RESULT_AT);
}

static void test_files_are_ready(void **state) {
    (void)state;
    u32 number;
    assert_int_equal(open_at(ROOT, "file", WASI_OFLAG_CREAT, true, &number), WASI_SUCCESS);
    assert_int_equal(write_text(number, "0123456789"), WASI_SUCCESS);
    assert_int_equal(wasi.fd_seek(guest, number, 3, WASI_WHENCE_SET, RESULT_AT), WASI_SUCCESS);
    subscribe(0, WASI_EVENT_FD_READ, number);
    subscribe(1, WASI_EVENT_FD_WRITE, number);
    subscribe_timeout(2, 3600000ull * MILLISECOND);
    assert_int_equal(poll_all(3), 2);
    assert_int_equal(event_at(0).userdata, 100);
    assert_int_equal(event_at(0).type, WASI_EVENT_FD_READ);
    assert_int_equal(event_at(0).error, WASI_SUCCESS);
    assert_int_equal(event_at(0).bytes, 7);
    assert_int_equal(event_at(1).userdata, 101);
    assert_int_equal(event_at(1).type, WASI_EVENT_FD_WRITE);
    assert_true(event_at(1).bytes > 0);
}

static void test_log_and_empty_input_are_ready(void **state) {
    (void)state;
    subscribe(0, WASI_EVENT_FD_READ, 0);
    subscribe(1, WASI_EVENT_FD_WRITE, 1);
    subscribe(2, WASI_EVENT_FD_WRITE, 2);
    assert_int_equal(poll_all(3), 3);
    for (u32 i = 0; i < 3; i++) {
        assert_int_equal(event_at(i).error, WASI_SUCCESS);
    }
    assert_int_equal(event_at(0).bytes, 0);
}

static void test_pipe(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    environment.standard_input = ends[0];
    // Nothing there: the timeout comes first.
    subscribe(0, WASI_EVENT_FD_READ, 0);
    subscribe_timeout(1, 20 * MILLISECOND);
    u64 before = clock_monotonic();
    assert_int_equal(poll_all(2), 1);
    assert_int_equal(event_at(0).userdata, 101);
    assert_in_range(clock_monotonic() - before, 20 * MILLISECOND, 5000ull * MILLISECOND);
    // Something there: no timeout.
    assert_int_equal(write(ends[1], "abc", 3), 3);
    subscribe_timeout(1, 3600000ull * MILLISECOND);
    assert_int_equal(poll_all(2), 1);
    assert_int_equal(event_at(0).userdata, 100);
    assert_int_equal(event_at(0).bytes, 3);
    assert_int_equal(event_at(0).flags, 0);
    // The other end is gone.
    close(ends[1]);
    assert_int_equal(poll_all(1), 1);
    assert_int_equal(event_at(0).flags, WASI_EVENT_HANGUP);
    close(ends[0]);
}

static void test_errors_are_events(void **state) {
    (void)state;
    u32 number;
    assert_int_equal(open_at(ROOT, "file", WASI_OFLAG_CREAT, true, &number), WASI_SUCCESS);
    assert_int_equal(
        wasi.fd_fdstat_set_rights(guest, number, WASI_RIGHT_FD_READ | WASI_RIGHT_FD_WRITE, 0),
        WASI_SUCCESS);
    subscribe(0, WASI_EVENT_FD_READ, 99);
    subscribe(1, WASI_EVENT_FD_READ, number); // no right to poll
    subscribe(2, WASI_EVENT_FD_READ, ROOT);   // a folder
    subscribe(3, 3, 0);                       // no such type
    subscribe(4, WASI_EVENT_FD_WRITE, UINT32_MAX);
    assert_int_equal(poll_all(5), 5);
    assert_int_equal(event_at(0).error, WASI_EBADF);
    assert_true(event_at(1).error == WASI_ENOTCAPABLE || event_at(1).error == WASI_EBADF);
    assert_true(event_at(2).error == WASI_ENOTCAPABLE || event_at(2).error == WASI_EBADF);
    assert_int_equal(event_at(3).error, WASI_EINVAL);
    assert_int_equal(event_at(4).error, WASI_EBADF);
    for (u32 i = 0; i < 5; i++) {
        assert_int_equal(event_at(i).userdata, 100 + i);
    }
}

// ---- Sockets ------------------------------------------------------------------------------------

static void test_no_sockets(void **state) {
    (void)state;
    u32 number;
    assert_int_equal(open_at(ROOT, "file", WASI_OFLAG_CREAT, true, &number), WASI_SUCCESS);
    const u32 others[] = {0, 1, ROOT, number};
    put_vector(4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(wasi.sock_shutdown(guest, others[i], 1), WASI_ENOTSOCK);
        assert_int_equal(wasi.sock_accept(guest, others[i], 0, RESULT_AT), WASI_ENOTSOCK);
        assert_int_equal(wasi.sock_send(guest, others[i], VECTORS_AT, 1, 0, RESULT_AT),
                         WASI_ENOTSOCK);
        assert_int_equal(wasi.sock_recv(guest, others[i], VECTORS_AT, 1, 0, RESULT_AT, FLAGS_AT),
                         WASI_ENOTSOCK);
    }
    assert_int_equal(wasi.sock_shutdown(guest, 77, 1), WASI_EBADF);
    assert_int_equal(wasi.sock_accept(guest, 77, 0, RESULT_AT), WASI_EBADF);
    assert_int_equal(wasi.sock_send(guest, 77, VECTORS_AT, 1, 0, RESULT_AT), WASI_EBADF);
    assert_int_equal(wasi.sock_recv(guest, 77, VECTORS_AT, 1, 0, RESULT_AT, FLAGS_AT), WASI_EBADF);
}

static void test_stream(void **state) {
    (void)state;
    int ends[2];
    char got[16] = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    environment.standard_input = ends[0];
    assert_int_equal(wasi.fd_fdstat_get(guest, 0, RESULT_AT), WASI_SUCCESS);
    const struct wasi_fdstat *stat = guest_range(guest, RESULT_AT, sizeof *stat);
    assert_int_equal(stat->filetype, WASI_FILETYPE_SOCKET_STREAM);
    assert_int_equal(stat->rights_base & WASI_RIGHT_SOCK_SHUTDOWN, WASI_RIGHT_SOCK_SHUTDOWN);

    put_vector(put(DATA_AT, "ping"));
    assert_int_equal(wasi.sock_send(guest, 0, VECTORS_AT, 1, 0, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 4);
    assert_int_equal(read(ends[1], got, sizeof got), 4);
    assert_string_equal(got, "ping");
    assert_int_equal(wasi.sock_send(guest, 0, VECTORS_AT, 1, 1, RESULT_AT), WASI_EINVAL);

    assert_int_equal(write(ends[1], "reply", 5), 5);
    put_vector(16);
    enum { PEEK = 1, WAITALL = 2 };
    assert_int_equal(wasi.sock_recv(guest, 0, VECTORS_AT, 1, PEEK, RESULT_AT, FLAGS_AT),
                     WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 5);
    put_vector(5);
    assert_int_equal(wasi.sock_recv(guest, 0, VECTORS_AT, 1, WAITALL, RESULT_AT, FLAGS_AT),
                     WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 5);
    assert_int_equal(u32_at(FLAGS_AT) & 0xffff, 0);
    assert_memory_equal(guest_range(guest, DATA_AT, 5), "reply", 5);
    assert_int_equal(wasi.sock_recv(guest, 0, VECTORS_AT, 1, 4, RESULT_AT, FLAGS_AT), WASI_EINVAL);

    assert_int_equal(wasi.fd_fdstat_set_flags(guest, 0, WASI_FDFLAG_NONBLOCK), WASI_SUCCESS);
    assert_int_equal(wasi.sock_recv(guest, 0, VECTORS_AT, 1, 0, RESULT_AT, FLAGS_AT), WASI_EAGAIN);

    assert_int_equal(wasi.sock_shutdown(guest, 0, 0), WASI_EINVAL);
    assert_int_equal(wasi.sock_shutdown(guest, 0, 4), WASI_EINVAL);
    assert_int_equal(wasi.sock_shutdown(guest, 0, 2), WASI_SUCCESS);
    assert_int_equal(read(ends[1], got, sizeof got), 0);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(wasi.sock_send(guest, 0, VECTORS_AT, 1, 0, RESULT_AT), WASI_EPIPE);
    close(ends[0]);
    close(ends[1]);
}

static void test_datagram_is_cut(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
    environment.standard_input = ends[0];
    assert_int_equal(write(ends[1], "0123456789", 10), 10);
    put_vector(4);
    assert_int_equal(wasi.sock_recv(guest, 0, VECTORS_AT, 1, 0, RESULT_AT, FLAGS_AT), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 4);
    assert_int_equal(u32_at(FLAGS_AT) & 0xffff, 1);
    assert_int_equal(wasi.fd_fdstat_get(guest, 0, RESULT_AT), WASI_SUCCESS);
    const struct wasi_fdstat *stat = guest_range(guest, RESULT_AT, sizeof *stat);
    assert_int_equal(stat->filetype, WASI_FILETYPE_SOCKET_DGRAM);
    close(ends[0]);
    close(ends[1]);
}

static int listen_at(struct sockaddr_un *address) {
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path, sizeof address->sun_path, "%s/socket", outside);
    assert_int_equal(bind(listener, (const struct sockaddr *)address, sizeof *address), 0);
    assert_int_equal(listen(listener, 4), 0);
    return listener;
}

static void test_accept(void **state) {
    (void)state;
    struct sockaddr_un address = {0};
    environment.standard_input = listen_at(&address);
    assert_int_equal(wasi.fd_fdstat_set_flags(guest, 0, WASI_FDFLAG_NONBLOCK), WASI_SUCCESS);
    assert_int_equal(wasi.sock_accept(guest, 0, 0, RESULT_AT), WASI_EAGAIN);
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (const struct sockaddr *)&address, sizeof address), 0);
    subscribe(0, WASI_EVENT_FD_READ, 0);
    assert_int_equal(poll_all(1), 1);
    assert_int_equal(wasi.sock_accept(guest, 0, WASI_FDFLAG_APPEND, RESULT_AT), WASI_EINVAL);
    assert_int_equal(wasi.sock_accept(guest, 0, WASI_FDFLAG_NONBLOCK, RESULT_AT), WASI_SUCCESS);
    u32 accepted = u32_at(RESULT_AT);
    put_vector(8);
    assert_int_equal(wasi.sock_recv(guest, accepted, VECTORS_AT, 1, 0, RESULT_AT, FLAGS_AT),
                     WASI_EAGAIN);
    assert_int_equal(write(client, "hello", 5), 5);
    assert_int_equal(wasi.fd_read(guest, accepted, VECTORS_AT, 1, RESULT_AT), WASI_SUCCESS);
    assert_int_equal(u32_at(RESULT_AT), 5);
    subscribe(0, WASI_EVENT_FD_WRITE, accepted);
    assert_int_equal(poll_all(1), 1);
    assert_int_equal(wasi.fd_seek(guest, accepted, 1, WASI_WHENCE_SET, RESULT_AT),
                     WASI_ENOTCAPABLE);
    assert_int_equal(wasi.fd_close(guest, accepted), WASI_SUCCESS);
    char byte;
    assert_int_equal(read(client, &byte, 1), 0);
    close(client);
    close(environment.standard_input);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        HOST_TEST(test_files_are_ready),
        HOST_TEST(test_log_and_empty_input_are_ready),
        HOST_TEST(test_pipe),
        HOST_TEST(test_errors_are_events),
        HOST_TEST(test_no_sockets),
        HOST_TEST(test_stream),
        HOST_TEST(test_datagram_is_cut),
        HOST_TEST(test_accept),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
