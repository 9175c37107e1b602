// Calls that run on the threads that serve connections: those must not be held up, whatever such a
// call does. One loop, so that all connections depend on each other.
#include "../runtime/fixture.h"
#include "runtime/inspect.h"
#include "server/request.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

// The thread sanitizer holds signals back until the thread makes a call that it knows.
#if defined(__has_feature) && __has_feature(thread_sanitizer)
#define SPIN "(loop (call $hold (i32.const 1)) (br 0))"
#else
#define SPIN "(loop (br 0))"
#endif

// What a call does is the first byte of its input.
enum mode { QUICK, WAITS, SPINS, HOLDS, AWAITS, MODES };

// Brief as a rule, so that its calls are run by the threads of connections.
static const char mixed[] =
    "(module" IMPORTS "(data (i32.const 0) \"waits\\00\")"
    "(func (export \"_start\") (local $mode i32) (local.set $mode (call $input))"
    "  (if (i32.eq (local.get $mode) (i32.const 1)) (then (call $wait)))"
    "  (if (i32.eq (local.get $mode) (i32.const 2)) (then " SPIN "))"
    "  (if (i32.eq (local.get $mode) (i32.const 3)) (then (call $hold (i32.const 100))))"
    "  (if (i32.eq (local.get $mode) (i32.const 4)) (then"
    "    (drop (call $await (call $chain (i32.const 0) (i32.const 0)))) " SPIN "))"
    "  (call $output (i32.add (local.get $mode) (i32.const 1000)))))";
static const char waits[] = "(module" IMPORTS "(func (export \"_start\") (call $wait)))";

static struct server *server;
static uint16_t port;

// ---- A client -----------------------------------------------------------------------------------

static int connect_client(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    const struct timeval limit = {.tv_sec = 60}; // when it is clear that nothing comes
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void send_bytes(int fd, const char *bytes, size_t length) {
    assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

static size_t format_invocation(char *text, size_t size, enum mode mode, const char *query) {
    int length = snprintf(text, size,
                          "POST /v1/functions/ada/mixed/invoke%s HTTP/1.1\r\nHost: t\r\n"
                          "Content-Length: 4\r\n\r\n",
                          query);
    assert_true(length > 0 && (size_t)length + 4 <= size);
    const uint8_t input[4] = {(uint8_t)mode};
    memcpy(text + length, input, 4);
    return (size_t)length + 4;
}

static void send_invocation(int fd, enum mode mode) {
    char text[512];
    send_bytes(fd, text, format_invocation(text, sizeof text, mode, ""));
}

// Reads one answer; its status, 0 when the connection ended. The body's first bytes go to `*value`.
static unsigned read_answer(int fd, int32_t *value) {
    char text[8192];
    size_t length = 0, head = 0, body = 0;
    *value = -1;
    while (head == 0 || length < head + body) {
        // One byte at a time up to the body, so that nothing of the next answer is read.
        size_t want = head == 0 ? 1 : head + body - length;
        assert_true(length + want < sizeof text);
        ssize_t got = recv(fd, text + length, want, 0);
        if (got <= 0) {
            return 0;
        }
        length += (size_t)got;
        text[length] = '\0';
        if (head == 0 && length >= 4 && memcmp(text + length - 4, "\r\n\r\n", 4) == 0) {
            head = length;
            const char *header = strcasestr(text, "content-length:");
            body = header != NULL ? strtoul(header + 15, NULL, 10) : 0;
        }
    }
    if (body >= sizeof *value) {
        memcpy(value, text + head, sizeof *value);
    }
    return (unsigned)strtoul(text + 9, NULL, 10);
}

static void expect_answer(int fd, unsigned status, enum mode mode) {
    int32_t value;
    assert_int_equal(read_answer(fd, &value), status);
    if (status == 200) {
        assert_int_equal(value, 1000 + mode);
    }
}

static void expect_quick(int fd) {
    send_invocation(fd, QUICK);
    expect_answer(fd, 200, QUICK);
}

static void expect_health(int fd) {
    static const char text[] = "GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n";
    int32_t ignored;
    send_bytes(fd, text, strlen(text));
    assert_int_equal(read_answer(fd, &ignored), 200);
}

// ---- What it meets ------------------------------------------------------------------------------

static struct loops_counts counts(void) {
    struct loops_counts counts;
    loops_counts(server->loops, &counts);
    return counts;
}

static void start_server(unsigned workers, unsigned connections) {
    open_runtime_with((struct runtime_config){.workers = workers, .extra_workers = 64});
    upload("ada", "waits", waits);
    upload("ada", "mixed", mixed);
    const struct server_config config = {
        .listen = "127.0.0.1",
        .http_threads = 1,
        .connections = connections,
        .idle_seconds = 60,
        .compile_threads = 1,
        .compile_queue = 4,
        .wasm_bytes = 1 << 20,
        .input_bytes = 1 << 20,
        .body_bytes = 16 << 20,
    };
    struct error error;
    char url[SERVER_URL_MAX];
    server = server_start(&config, runtime, &error);
    assert_non_null(server);
    assert_true(server_url(server, url, &error));
    port = (uint16_t)strtoul(strrchr(url, ':') + 1, NULL, 10);
}

static int set_up_server(void **state) {
    snprintf(folder, sizeof folder, "/tmp/faasm-loops-XXXXXX");
    assert_non_null(mkdtemp(folder));
    start_server(3, 300);
    (void)state;
    return 0;
}

static void wait_until_idle(void) {
    uint64_t deadline = clock_monotonic() + 60000000000u;
    while (!server_idle(server)) {
        assert_true(clock_monotonic() < deadline);
        usleep(1000);
    }
}

static int tear_down_server(void **state) {
    server_drain(server);
    wait_until_idle();
    server_close(server);
    runtime_delete(runtime);
    server_delete(server);
    server = NULL;
    runtime = NULL;
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

// Until the function is known as brief, so that its next call is left to the loop's thread.
static void train(int fd) {
    struct loops_counts before = counts();
    for (int i = 0; i < 500 && counts().calls < before.calls + 3; i++) {
        expect_quick(fd);
    }
    assert_true(counts().calls >= before.calls + 3);
}

struct ids {
    uint32_t ids[64];
    size_t count;
};

static bool note_id(void *context, const struct call *call) {
    struct ids *ids = context;
    if (ids->count < sizeof ids->ids / sizeof *ids->ids && call->parent == 0) {
        ids->ids[ids->count++] = call->id;
    }
    return true;
}

static struct ids wait_for_calls(size_t wanted) {
    uint64_t deadline = clock_monotonic() + 60000000000u;
    struct ids ids;
    do {
        assert_true(clock_monotonic() < deadline);
        usleep(1000);
        ids = (struct ids){0};
        inspect_calls(runtime, note_id, &ids);
    } while (ids.count != wanted);
    return ids;
}

// By HTTP, which needs the loop.
static void cancel_by_http(int fd, uint32_t id) {
    char text[128];
    int32_t ignored;
    snprintf(text, sizeof text, "DELETE /v1/calls/%u HTTP/1.1\r\nHost: t\r\n\r\n", id);
    send_bytes(fd, text, strlen(text));
    unsigned status = read_answer(fd, &ignored);
    assert_true(status == 200 || status == 202 || status == 204);
}

// ---- Tests --------------------------------------------------------------------------------------

static void test_quick(void **state) {
    (void)state;
    int fd = connect_client();
    train(fd);
    struct loops_counts before = counts();
    for (int i = 0; i < 100; i++) {
        expect_quick(fd);
    }
    assert_true(counts().calls > before.calls);
    close(fd);
}

static void test_pipelined(void **state) {
    (void)state;
    enum { REQUESTS = 50 };
    int fd = connect_client();
    train(fd);
    char text[REQUESTS * 128];
    size_t length = 0;
    for (int i = 0; i < REQUESTS; i++) {
        length += format_invocation(text + length, sizeof text - length, QUICK, "");
    }
    send_bytes(fd, text, length);
    for (int i = 0; i < REQUESTS; i++) {
        expect_answer(fd, 200, QUICK);
    }
    close(fd);
}

// A call that was thought to be brief runs, waits or holds the thread: others are served.
static void expect_others_served(enum mode mode) {
    int fd = connect_client(), other = connect_client();
    train(fd);
    expect_health(other);
    uint64_t taken = counts().taken;
    send_invocation(fd, mode);
    struct ids ids = wait_for_calls(1);
    for (int i = 0; i < 20; i++) {
        expect_health(other);
        expect_quick(other);
    }
    if (mode != HOLDS) {
        cancel_by_http(other, ids.ids[0]);
        expect_answer(fd, 409, mode);
    } else {
        expect_answer(fd, 200, mode);
    }
    assert_true(counts().taken > taken);
    expect_quick(fd);
    close(fd);
    close(other);
}

static void test_waits(void **state) {
    (void)state;
    expect_others_served(WAITS);
}

static void test_spins(void **state) {
    (void)state;
    expect_others_served(SPINS);
}

static void test_holds(void **state) {
    (void)state;
    expect_others_served(HOLDS);
}

static void test_awaits(void **state) {
    (void)state;
    expect_others_served(AWAITS);
}

// More calls that wait than there are threads to take the loop: the others are left to workers.
static void test_many_wait(void **state) {
    (void)state;
    enum { CALLS = 60 };
    int other = connect_client(), fds[CALLS];
    train(other);
    for (int i = 0; i < CALLS; i++) {
        fds[i] = connect_client();
        send_invocation(fds[i], WAITS);
    }
    expect_quick(other);
    struct ids ids = wait_for_calls(CALLS);
    for (int i = 0; i < 20; i++) {
        expect_quick(other);
    }
    for (size_t i = 0; i < ids.count; i++) {
        cancel_by_http(other, ids.ids[i]);
    }
    for (int i = 0; i < CALLS; i++) {
        expect_answer(fds[i], 409, WAITS);
        expect_quick(fds[i]);
        close(fds[i]);
    }
    assert_true(counts().taken > 0);
    assert_true(counts().threads <= 2 + 64);
    close(other);
}

// A limited wait for a call that was thought to be brief.
static void test_wait_ms(void **state) {
    (void)state;
    int fd = connect_client();
    int32_t ignored;
    char text[512];
    train(fd);
    send_bytes(fd, text, format_invocation(text, sizeof text, QUICK, "?wait_ms=60000"));
    expect_answer(fd, 200, QUICK);
    send_bytes(fd, text, format_invocation(text, sizeof text, WAITS, "?wait_ms=20"));
    assert_int_equal(read_answer(fd, &ignored), 202);
    struct ids ids = wait_for_calls(1);
    cancel_by_http(fd, ids.ids[0]);
    wait_for_calls(0);
    close(fd);
}

// The client is gone before its call ends.
static void test_client_leaves(void **state) {
    (void)state;
    static const struct linger reset = {.l_onoff = 1};
    int other = connect_client();
    train(other);
    for (int i = 0; i < 40; i++) {
        int fd = connect_client();
        send_invocation(fd, i % 8 == 0 ? HOLDS : QUICK);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
        expect_quick(other);
    }
    wait_for_calls(0);
    expect_quick(other);
    close(other);
    wait_until_idle();
}

// The process ends while such calls run: their clients hear of it.
static void test_stop(void **state) {
    (void)state;
    int fds[4], other = connect_client();
    const enum mode modes[] = {WAITS, SPINS, AWAITS, WAITS};
    train(other);
    for (int i = 0; i < 4; i++) {
        fds[i] = connect_client();
        send_invocation(fds[i], modes[i]);
        wait_for_calls((size_t)i + 1);
    }
    server_drain(server);
    int32_t ignored;
    send_invocation(other, QUICK);
    assert_int_equal(read_answer(other, &ignored), 503);
    assert_false(runtime_stop(runtime, 1));
    for (int i = 0; i < 4; i++) {
        expect_answer(fds[i], 409, modes[i]);
        close(fds[i]);
    }
    close(other);
    wait_until_idle();
    server_close(server);
    runtime_delete(runtime);
    server_delete(server);
    start_server(1, 300); // for the tear-down
}

// With as many connections as may be, the next one is accepted when one of them ends.
static void test_limit_of_connections(void **state) {
    tear_down_server(state);
    snprintf(folder, sizeof folder, "/tmp/faasm-loops-XXXXXX");
    assert_non_null(mkdtemp(folder));
    start_server(1, 1);
    int fd = connect_client();
    for (int i = 0; i < 10; i++) {
        int next = connect_client();
        expect_quick(fd);
        expect_health(fd);
        close(fd);
        expect_quick(next);
        fd = next;
    }
    close(fd);
}

// ---- Many at once -------------------------------------------------------------------------------

#ifdef SANITIZED
enum { CLIENTS = 6, ROUNDS = 60 };
#else
enum { CLIENTS = 12, ROUNDS = 400 };
#endif

static void *mix(void *argument) {
    uint32_t random = *(uint32_t *)argument;
    int fd = connect_client();
    for (int i = 0; i < ROUNDS; i++) {
        random = random * 1664525u + 1013904223u;
        bool holds = random >> 24 < 3;
        if (random >> 8 & 1) {
            send_invocation(fd, holds ? HOLDS : QUICK);
            expect_answer(fd, 200, holds ? HOLDS : QUICK);
        } else {
            char text[512];
            send_bytes(fd, text, format_invocation(text, sizeof text, QUICK, "?wait_ms=60000"));
            expect_answer(fd, 200, QUICK);
        }
    }
    close(fd);
    return NULL;
}

static void test_many_at_once(void **state) {
    (void)state;
    pthread_t threads[CLIENTS];
    uint32_t seeds[CLIENTS];
    for (uint32_t i = 0; i < CLIENTS; i++) {
        seeds[i] = i * 7919;
        assert_int_equal(pthread_create(&threads[i], NULL, mix, &seeds[i]), 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
    }
    wait_for_calls(0);
}

#define SERVER_TEST(function)                                                                      \
    {                                                                                              \
#function, run_with_trap_handlers, set_up_server, tear_down_server, &(struct test) {       \
            function                                                                               \
        }                                                                                          \
    }

int main(void) {
    const struct CMUnitTest tests[] = {
        SERVER_TEST(test_quick),         SERVER_TEST(test_pipelined),
        SERVER_TEST(test_waits),         SERVER_TEST(test_spins),
        SERVER_TEST(test_holds),         SERVER_TEST(test_awaits),
        SERVER_TEST(test_many_wait),     SERVER_TEST(test_wait_ms),
        SERVER_TEST(test_client_leaves), SERVER_TEST(test_stop),
        SERVER_TEST(test_many_at_once),  SERVER_TEST(test_limit_of_connections),
    };
    return cmocka_run_group_tests(tests, initialize, finish);
}
