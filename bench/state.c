// Figures of state beside their peers, in turn: state FIGURE [PORT of a Redis on loopback]. Prints
// a JSON object as build/bench.json holds them, or for `getppid` and `mutex` the nanoseconds of a
// yardstick.
//
// The peer of pull and push is what one would write in plain C with hiredis: pipelined GETRANGE and
// SETRANGE of chunks of the same size, on one value.
#include "state/state.h"

#include "base/clock.h"
#include "state/lease.h"
#include "state/redis.h"

#include <hiredis/hiredis.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BYTES = 64 << 20, CHUNKS = BYTES / STATE_CHUNK, PAIRS = 9, WINDOW = 32, HAND_OVERS = 2000 };

static int port;
static struct state_driver driver;
static struct state *host;
static struct state_value *value;
static uint8_t *bytes;
static redisContext *peer;
static const struct state_name name = {"bench", {(const uint8_t *)"value", 5}};

__attribute__((noreturn)) static void die(const char *what, const struct error *error) {
    fprintf(stderr, "state: %s: %s\n", what, error != NULL ? error->message : "failed");
    exit(1);
}

static int compare(const void *a, const void *b) {
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static double median(double *values) {
    qsort(values, PAIRS, sizeof *values, compare);
    return values[PAIRS / 2];
}

// ---- Yardsticks ---------------------------------------------------------------------------------

static double time_getppid(void) {
    enum { ROUNDS = 200000 };
    uint64_t begin = clock_monotonic();
    for (int i = 0; i < ROUNDS; i++) {
        syscall(SYS_getppid);
    }
    return (double)(clock_monotonic() - begin) / (double)ROUNDS;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile uint32_t counter;

static void *pass(void *odd) {
    for (uint32_t count = 0; count < HAND_OVERS;) {
        pthread_mutex_lock(&mutex);
        count = counter;
        if (count < HAND_OVERS && count % 2 == (odd != NULL)) {
            counter = count + 1;
        }
        pthread_mutex_unlock(&mutex);
        sched_yield();
    }
    return NULL;
}

static double time_mutex(void) {
    pthread_t threads[2];
    counter = 0;
    uint64_t begin = clock_monotonic();
    for (size_t i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, pass, i == 0 ? NULL : &mutex) != 0) {
            die("pthread_create", NULL);
        }
    }
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return (double)(clock_monotonic() - begin) / (double)HAND_OVERS;
}

// ---- Pull and push ------------------------------------------------------------------------------

static void expect(int type) {
    redisReply *reply;
    if (redisGetReply(peer, (void **)&reply) != REDIS_OK || reply->type != type) {
        die("the peer's reply", NULL);
    }
    freeReplyObject(reply);
}

static double peer_push(void) {
    uint64_t begin = clock_monotonic();
    for (int i = 0; i < CHUNKS + WINDOW; i++) {
        if (i < CHUNKS) {
            redisAppendCommand(peer, "SETRANGE peer %d %b", i * STATE_CHUNK,
                               bytes + (size_t)i * STATE_CHUNK, (size_t)STATE_CHUNK);
        }
        if (i >= WINDOW) {
            expect(REDIS_REPLY_INTEGER);
        }
    }
    return (double)(clock_monotonic() - begin);
}

static double peer_pull(void) {
    uint64_t begin = clock_monotonic();
    for (int i = 0; i < CHUNKS + WINDOW; i++) {
        if (i < CHUNKS) {
            redisAppendCommand(peer, "GETRANGE peer %d %d", i * STATE_CHUNK,
                               (i + 1) * STATE_CHUNK - 1);
        }
        if (i >= WINDOW) {
            redisReply *reply;
            if (redisGetReply(peer, (void **)&reply) != REDIS_OK || reply->len != STATE_CHUNK) {
                die("the peer's reply", NULL);
            }
            memcpy(bytes + (size_t)(i - WINDOW) * STATE_CHUNK, reply->str, STATE_CHUNK);
            freeReplyObject(reply);
        }
    }
    return (double)(clock_monotonic() - begin);
}

static double own_push(void) {
    struct error error;
    uint64_t begin = clock_monotonic();
    if (!state_push(value, NULL, &error)) {
        die("push", &error);
    }
    return (double)(clock_monotonic() - begin);
}

static double own_pull(void) {
    struct error error;
    uint64_t begin = clock_monotonic();
    if (!state_pull(value, BYTES, &error)) {
        die("pull", &error);
    }
    return (double)(clock_monotonic() - begin);
}

static void connect_both(void) {
    struct error error;
    char url[64];
    snprintf(url, sizeof url, "redis://127.0.0.1:%d", port);
    const struct state_redis_config config = {.url = url};
    const struct state_config none = {0};
    if (!state_redis_open(&config, &driver, &error)) {
        die("Redis", &error);
    }
    host = state_new(&none, &driver, &error);
    value = host == NULL ? NULL : state_open(host, &name, &error);
    peer = redisConnect("127.0.0.1", port);
    bytes = malloc(BYTES);
    if (value == NULL || peer == NULL || peer->err != 0 || bytes == NULL) {
        die("start", &error);
    }
    for (size_t i = 0; i < BYTES; i++) {
        bytes[i] = (uint8_t)(i * 2654435761u >> 24);
    }
    if (!state_set(value, (struct bytes){bytes, BYTES}, &error)) {
        die("set", &error);
    }
    own_push();
    peer_push();
}

// Megabytes (1000000 bytes) a second.
static void compare_throughput(const char *figure, const char *command, double (*own)(void),
                               double (*other)(void)) {
    double owns[PAIRS], others[PAIRS], ratios[PAIRS];
    own();
    other();
    for (int i = 0; i < PAIRS; i++) {
        owns[i] = (double)BYTES / own() * 1e3;
        others[i] = (double)BYTES / other() * 1e3;
        ratios[i] = owns[i] / others[i];
    }
    printf("{\"name\":\"%s\",\"value\":%.0f,\"unit\":\"MB/s\",\"peer\":\"hiredis, pipelined %s\","
           "\"peer_value\":%.0f,\"ratio\":%.3f}\n",
           figure, median(owns), command, median(others), median(ratios));
}

// Every hundredth page changes by all its bytes.
static void push_sparse(void) {
    enum { PAGE = 4096 };
    struct error error;
    struct state_redis_traffic before, after;
    static uint8_t page[PAGE];
    for (size_t at = 0; at < BYTES; at += 100 * (size_t)PAGE) {
        if (!state_set_range(value, 0, at, (struct bytes){page, PAGE}, &error)) {
            die("set", &error);
        }
    }
    state_redis_traffic(&driver, &before);
    if (!state_push_dirty(value, NULL, &error)) {
        die("push", &error);
    }
    state_redis_traffic(&driver, &after);
    double sent = (double)(after.sent - before.sent);
    printf("{\"name\":\"state_push_sparse\",\"value\":%.0f,\"unit\":\"B\",\"peer\":\"the value\","
           "\"peer_value\":%d,\"ratio\":%.4f}\n",
           sent, BYTES, sent / (double)BYTES);
}

static bool never(void *context, uint64_t nanoseconds) {
    (void)context, (void)nanoseconds;
    return false;
}

static void lock_global(void) {
    enum { ROUNDS = 1000 };
    struct error error;
    struct state_redis_traffic before, after;
    const struct lease_waiter waiter = {never, NULL};
    state_redis_traffic(&driver, &before);
    uint64_t begin = clock_monotonic();
    for (int i = 0; i < ROUNDS; i++) {
        struct lease *lease = lease_take(host, &name, 1, true, &waiter, &error);
        if (lease == NULL || !lease_give(host, lease, &error)) {
            die("lock", &error);
        }
    }
    double time = (double)(clock_monotonic() - begin) / (double)ROUNDS / 1e3;
    state_redis_traffic(&driver, &after);
    double trips = (double)(after.round_trips - before.round_trips) / (double)ROUNDS;
    printf("{\"name\":\"lock_global\",\"value\":%.1f,\"unit\":\"us\",\"peer\":\"round trips\","
           "\"peer_value\":%.2f,\"ratio\":%.2f}\n",
           time, trips, trips);
}

int main(int argc, char **argv) {
    const char *figure = argc > 1 ? argv[1] : "";
    port = argc > 2 ? atoi(argv[2]) : 0;
    if (strcmp(figure, "getppid") == 0 || strcmp(figure, "mutex") == 0) {
        printf("%.1f\n", figure[0] == 'g' ? time_getppid() : time_mutex());
        return 0;
    }
    connect_both();
    if (strcmp(figure, "state_pull_64m") == 0) {
        compare_throughput(figure, "GETRANGE", own_pull, peer_pull);
    } else if (strcmp(figure, "state_push_64m") == 0) {
        compare_throughput(figure, "SETRANGE", own_push, peer_push);
    } else if (strcmp(figure, "state_push_sparse") == 0) {
        push_sparse();
    } else if (strcmp(figure, "lock_global") == 0) {
        lock_global();
    } else {
        die(figure, NULL);
    }
    redisFree(peer);
    state_release(value);
    state_delete(host);
    free(bytes);
    return 0;
}
