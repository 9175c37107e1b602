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
static const char echoes[] = "(module" IMPORTS "(func (export \"_start\") (call $echo)))";

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

static size_t format_head(char *text, size_t size, const char *function, const char *query,
                          size_t body) {
    int length = snprintf(text, size,
                          "POST /v1/functions/ada/%s/invoke%s HTTP/1.1\r\nHost: t\r\n"
                          "Content-Length: %zu\r\n\r\n",
                          function, query, body);
    assert_true(length > 0 && (size_t)length < size);
    return (size_t)length;
}

static size_t format_invocation(char *text, size_t size, const char *function, enum mode mode,
                                const char *query) {
    size_t length = format_head(text, size, function, query, 4);
    assert_true(length + 4 <= size);
    const uint8_t input[4] = {(uint8_t)mode};
    memcpy(text + length, input, 4);
    return length + 4;
}

static void send_invocation_of(int fd, const char *function, enum mode mode) {
    char text[512];
    send_bytes(fd, text, format_invocation(text, sizeof text, function, mode, ""));
}

static void send_invocation(int fd, enum mode mode) {
    send_invocation_of(fd, "mixed", mode);
}

// Reads one answer; its status, 0 when the connection ended. The body goes to `body`.
static unsigned read_answer_body(int fd, struct buffer *body) {
    char head[4096] = "";
    size_t length = 0;
    // One byte at a time up to the body, so that nothing of the next answer is read.
    while (length < 4 || memcmp(head + length - 4, "\r\n\r\n", 4) != 0) {
        assert_true(length + 1 < sizeof head);
        if (recv(fd, head + length, 1, 0) <= 0) {
            return 0;
        }
        head[++length] = '\0';
    }
    const char *header = strcasestr(head, "content-length:");
    size_t wanted = header != NULL ? strtoul(header + 15, NULL, 10) : 0;
    body->length = 0;
    assert_true(buffer_reserve(body, wanted + 1, NULL));
    while (body->length < wanted) {
        ssize_t got = recv(fd, body->data + body->length, wanted - body->length, 0);
        if (got <= 0) {
            return 0;
        }
        body->length += (size_t)got;
    }
    body->data[wanted] = '\0';
    return (unsigned)strtoul(head + 9, NULL, 10);
}

// The body's first bytes go to `*value`.
static unsigned read_answer(int fd, int32_t *value) {
    struct buffer body = {0};
    unsigned status = read_answer_body(fd, &body);
    *value = -1;
    if (status != 0 && body.length >= sizeof *value) {
        memcpy(value, body.data, sizeof *value);
    }
    buffer_destroy(&body);
    return status;
}

static void expect_answer(int fd, unsigned status, enum mode mode) {
    int32_t value;
    assert_int_equal(read_answer(fd, &value), status);
    if (status == 200) {
        assert_int_equal(value, 1000 + mode);
    }
}

static void expect_quick_of(int fd, const char *function) {
    send_invocation_of(fd, function, QUICK);
    expect_answer(fd, 200, QUICK);
}

static void expect_quick(int fd) {
    expect_quick_of(fd, "mixed");
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
static void train_on(int fd, const char *function) {
    struct loops_counts before = counts();
    for (int i = 0; i < 500 && counts().calls < before.calls + 3; i++) {
        expect_quick_of(fd, function);
    }
    assert_true(counts().calls >= before.calls + 3);
}

static void train(int fd) {
    train_on(fd, "mixed");
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
        length += format_invocation(text + length, sizeof text - length, "mixed", QUICK, "");
    }
    send_bytes(fd, text, length);
    for (int i = 0; i < REQUESTS; i++) {
        expect_answer(fd, 200, QUICK);
    }
    close(fd);
}

// A call that was thought to be brief runs, waits or holds the thread: others are served.
// False where the call was not on the loop's thread: on a busy machine a trained function may look
// long.
static bool others_are_served(enum mode mode) {
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
    bool was_taken = counts().taken > taken;
    expect_quick(fd);
    close(fd);
    close(other);
    return was_taken;
}

static void expect_others_served(enum mode mode) {
    for (int attempt = 0; attempt < 20; attempt++) {
        if (others_are_served(mode)) {
            return;
        }
    }
    fail_msg("no call was taken from a loop");
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
    send_bytes(fd, text, format_invocation(text, sizeof text, "mixed", QUICK, "?wait_ms=60000"));
    expect_answer(fd, 200, QUICK);
    send_bytes(fd, text, format_invocation(text, sizeof text, "mixed", WAITS, "?wait_ms=20"));
    assert_int_equal(read_answer(fd, &ignored), 202);
    struct ids ids = wait_for_calls(1);
    cancel_by_http(fd, ids.ids[0]);
    wait_for_calls(0);
    close(fd);
}

// A call that was thought to be brief comes to its limit of time while it has the loop's thread.
// False as for others_are_served.
static bool limit_holds(const char *function, enum mode mode, const char *code) {
    int fd = connect_client(), other = connect_client();
    struct buffer body = {0};
    train_on(fd, function);
    struct loops_counts before = counts();
    send_invocation_of(fd, function, mode);
    for (int i = 0; i < 5; i++) {
        expect_health(other);
    }
    assert_int_equal(read_answer_body(fd, &body), 504);
    assert_non_null(strstr((char *)body.data, code));
    struct loops_counts after = counts();
    buffer_destroy(&body);
    expect_quick_of(fd, function);
    wait_for_calls(0);
    close(fd);
    close(other);
    return after.calls > before.calls && after.taken > before.taken;
}

static void expect_limit(const char *function, enum mode mode, const char *code) {
    for (int attempt = 0; attempt < 20; attempt++) {
        if (limit_holds(function, mode, code)) {
            return;
        }
    }
    fail_msg("no call was taken from a loop");
}

static void test_deadline(void **state) {
    (void)state;
    // So long that the calls before it, however slow the machine, end in time.
    const struct store_options options = {.limits = {.wall_nanoseconds = 300000000}};
    upload_with("ada", "timed", mixed, &options);
    expect_limit("timed", SPINS, "\"deadline\"");
    expect_limit("timed", WAITS, "\"deadline\"");
    expect_limit("timed", AWAITS, "\"deadline\"");
}

static void test_cpu_limit(void **state) {
    (void)state;
    const struct store_options options = {.limits = {.cpu_nanoseconds = 50000000}};
    upload_with("ada", "metered", mixed, &options);
    expect_limit("metered", SPINS, "\"cpu_limit\"");
}

// ---- Bodies that the calls take over ------------------------------------------------------------

static void send_body(int fd, const char *function, const char *query, const uint8_t *body,
                      size_t length) {
    char head[512];
    send_bytes(fd, head, format_head(head, sizeof head, function, query, length));
    while (length > 0) {
        ssize_t sent = send(fd, body, length, MSG_NOSIGNAL);
        assert_true(sent > 0);
        body += sent;
        length -= (size_t)sent;
    }
}

static void expect_echo(int fd, const char *query, const uint8_t *body, size_t length) {
    struct buffer answer = {0};
    send_body(fd, "echo", query, body, length);
    assert_int_equal(read_answer_body(fd, &answer), 200);
    assert_int_equal(answer.length, length);
    assert_memory_equal(answer.data, body, length);
    buffer_destroy(&answer);
}

static void expect_no_bodies(void) {
    uint64_t deadline = clock_monotonic() + 60000000000u;
    while (atomic_load(&server->body_bytes) != 0) {
        assert_true(clock_monotonic() < deadline);
        usleep(1000);
    }
}

enum { BODY_BYTES = 1 << 20 }; // what start_server allows

static uint8_t *make_body(void) {
    uint8_t *body = malloc(BODY_BYTES);
    assert_non_null(body);
    for (uint32_t i = 0, random = 1; i < BODY_BYTES; i++) {
        random = random * 1664525u + 1013904223u;
        body[i] = (uint8_t)(random >> 24);
    }
    return body;
}

static void test_bodies(void **state) {
    (void)state;
    static const size_t lengths[] = {
        0, 1, REQUEST_INLINE_BODY - 1, REQUEST_INLINE_BODY, 2049, 4096, 65537, BODY_BYTES};
    upload("ada", "echo", echoes);
    int fd = connect_client();
    uint8_t *body = make_body();
    struct loops_counts before = counts();
    for (int i = 0; i < 500 && counts().calls < before.calls + 3; i++) {
        expect_echo(fd, "", body, 1); // until it is known as brief
    }
#ifndef SANITIZED // checked code may never be brief
    assert_true(counts().calls >= before.calls + 3);
#endif
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        expect_echo(fd, "", body, lengths[i]);
        expect_echo(fd, "?wait_ms=60000", body + BODY_BYTES - lengths[i], lengths[i]);
    }
    expect_no_bodies();
    free(body);
    close(fd);
}

static void expect_refusal(int fd, const char *function, const uint8_t *body, unsigned status) {
    static const char *const queries[] = {"", "?wait_ms=1000", "?async=1"};
    int32_t ignored;
    uint64_t left = counts().calls;
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        send_body(fd, function, queries[i], body, 100000);
        assert_int_equal(read_answer(fd, &ignored), status);
    }
    assert_int_equal(counts().calls, left); // none for the loop's thread to run
    expect_quick(fd);
    expect_no_bodies();
}

// The runtime refuses the call after the whole body has come: too large for the function, too many
// calls, no such function.
static void test_refused_bodies(void **state) {
    (void)state;
    const struct store_options few_bytes = {.limits = {.input_bytes = 99999}};
    const struct store_options few_calls = {.limits = {.concurrent_calls = 1, .queued_calls = 1}};
    upload_with("ada", "narrow", mixed, &few_bytes);
    upload_with("ada", "single", mixed, &few_calls);
    int fd = connect_client(), first = connect_client(), second = connect_client();
    uint8_t *body = make_body();
    train_on(fd, "narrow");
    train_on(fd, "single");
    train(fd);
    expect_refusal(fd, "narrow", body, 413);
    expect_refusal(fd, "missing", body, 404);
    send_invocation_of(first, "single", WAITS);
    wait_for_calls(1);
    send_invocation_of(second, "single", WAITS);
    struct ids ids = wait_for_calls(2);
    expect_refusal(fd, "single", body, 429);
    // Taken over by a call that is stopped before it runs.
    for (size_t i = ids.count; i-- > 0;) {
        cancel_by_http(fd, ids.ids[i]);
    }
    expect_answer(first, 409, WAITS);
    expect_answer(second, 409, WAITS);
    wait_for_calls(0);
    expect_no_bodies();
    free(body);
    close(fd);
    close(first);
    close(second);
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
            send_bytes(fd, text,
                       format_invocation(text, sizeof text, "mixed", QUICK, "?wait_ms=60000"));
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
        SERVER_TEST(test_deadline),      SERVER_TEST(test_cpu_limit),
        SERVER_TEST(test_bodies),        SERVER_TEST(test_refused_bodies),
    };
    return cmocka_run_group_tests(tests, initialize, finish);
}
