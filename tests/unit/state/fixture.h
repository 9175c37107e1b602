// What the tests of this room share: both drivers, and a Redis server of their own.
//
// EACH_DRIVER(test) makes two tests of a function, with the driver in `driver`. Without a
// redis-server on this machine the second one is skipped.
#ifndef FAASM_TESTS_STATE_FIXTURE_H
#define FAASM_TESTS_STATE_FIXTURE_H

#include "../redis_server.h"
#include "base/clock.h"
#include "state/lease.h"
#include "state/lock.h"
#include "state/redis.h"
#include "state/state.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

// Not every test uses all of this.
#pragma clang diagnostic ignored "-Wunused-function"
#pragma clang diagnostic ignored "-Wunused-variable"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static struct state_driver driver; // of the test that runs
static char folder[64];

static bool start_redis(void) {
    return redis_start(folder, "a secret");
}

static bool open_redis(uint64_t wait, struct state_driver *opened) {
    char url[96];
    struct error error;
    snprintf(url, sizeof url, "redis://:a%%20secret@127.0.0.1:%d/1", redis_port);
    const struct state_redis_config config = {.url = url, .wait = wait};
    assert_done(state_redis_open(&config, opened, &error), error);
    return true;
}

static int start_group(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/faasm-unit-XXXXXX");
    assert_non_null(mkdtemp(folder));
    start_redis();
    return 0;
}

static int stop_group(void **state) {
    (void)state;
    char command[96];
    redis_stop(SIGKILL);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? 0 : -1;
}

static int use_lmdb(void **state) {
    (void)state;
    static int number;
    char path[96];
    struct error error;
    snprintf(path, sizeof path, "%s/state%d.mdb", folder, number++);
    assert_done(state_lmdb_open(path, &driver, &error), error);
    return 0;
}

static int use_redis(void **state) {
    (void)state;
    if (redis_server <= 0) {
        driver = (struct state_driver){0};
        return 0;
    }
    open_redis(0, &driver);
    return 0;
}

static int close_driver(void **state) {
    (void)state;
    if (driver.state != NULL) {
        driver.close(driver.state);
    }
    driver = (struct state_driver){0};
    return 0;
}

#define NEED_DRIVER()                                                                              \
    if (driver.state == NULL) {                                                                    \
        skip();                                                                                    \
    }

#define EACH_DRIVER(test)                                                                          \
    {#test " (LMDB)", test, use_lmdb, close_driver, NULL}, {                                       \
#test " (Redis)", test, use_redis, close_driver, NULL                                      \
    }

// Each test has names of its own, since all share one Redis.
static struct state_name name_of(const char *key) {
    return (struct state_name){"ada", {(const uint8_t *)key, strlen(key)}};
}

static void keep_open(void *state) {
    (void)state;
}

// A host of its own on the test's driver.
static struct state *new_host(const struct state_config *config) {
    struct error error;
    struct state_driver shared = driver;
    shared.close = keep_open;
    const struct state_config none = {0};
    struct state *host = state_new(config != NULL ? config : &none, &shared, &error);
    assert_done(host != NULL, error);
    return host;
}

static struct state_value *open_value(struct state *host, const char *key) {
    struct error error;
    const struct state_name name = name_of(key);
    struct state_value *value = state_open(host, &name, &error);
    assert_done(value != NULL, error);
    return value;
}

static uint8_t *pattern(size_t length, unsigned seed) {
    uint8_t *bytes = malloc(length + 1);
    for (size_t i = 0; i < length; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> 24);
    }
    return bytes;
}

#endif
