// A Redis server for the tests of this room. redis_server is 0 where there is none on this machine.
#ifndef FAASM_TESTS_STORE_REDIS_FIXTURE_H
#define FAASM_TESTS_STORE_REDIS_FIXTURE_H

#include "../redis_server.h"
#include "store/redis.h"

#include <errno.h>
#include <fcntl.h>
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

static char redis_folder[64];

// Runs a command, as typed to redis-cli; the first line of its reply.
static void ask_redis(const char *arguments, char *reply, int capacity) {
    char command[4096];
    snprintf(command, sizeof command, "redis-cli -p %d -n 1 %s", redis_port, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    if (fgets(reply, capacity, pipe) == NULL) {
        reply[0] = '\0';
    }
    reply[strcspn(reply, "\n")] = '\0';
    assert_int_equal(pclose(pipe), 0);
}

// False where there is none to start.
static bool start_redis(void) {
    if (!redis_start(redis_folder, "")) {
        return false;
    }
    char reply[64] = "";
    for (int i = 0; i < 600 && strcmp(reply, "PONG") != 0; i++) { // first it loads what it had
        usleep(i > 0 ? 50000 : 0);
        ask_redis("PING", reply, sizeof reply);
    }
    return true;
}

static void open_redis(uint64_t wait, uint64_t timeout, struct file_driver *opened) {
    char url[96];
    struct error error;
    snprintf(url, sizeof url, "redis://127.0.0.1:%d/1", redis_port);
    const struct file_redis_config config = {.url = url, .wait = wait, .timeout = timeout};
    assert_done(file_driver_redis(&config, opened, &error), error);
}

static void tell_redis(const char *arguments) {
    char reply[256];
    ask_redis(arguments, reply, sizeof reply);
    if (strncmp(reply, "ERR", 3) == 0) {
        fail_msg("%s", reply);
    }
}

static int count_keys(const char *pattern) {
    char command[256];
    char reply[64];
    snprintf(command, sizeof command, "EVAL \"return #redis.call('KEYS', '%s')\" 0", pattern);
    ask_redis(command, reply, sizeof reply);
    return atoi(reply);
}

static void empty_redis(void) {
    tell_redis("FLUSHDB");
}

static int start_group(void **state) {
    (void)state;
    snprintf(redis_folder, sizeof redis_folder, "/tmp/faasm-unit-XXXXXX");
    if (mkdtemp(redis_folder) == NULL) {
        return -1;
    }
    if (!start_redis()) {
        print_message("no redis-server: its tests are skipped\n");
    }
    return 0;
}

static int stop_group(void **state) {
    (void)state;
    char command[96];
    redis_stop(SIGKILL);
    snprintf(command, sizeof command, "rm -rf %s", redis_folder);
    return system(command) == 0 ? 0 : -1;
}

#endif
