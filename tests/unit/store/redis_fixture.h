// A Redis server for the tests of this room. redis_server is 0 where there is none on this machine.
#ifndef FAASM_TESTS_STORE_REDIS_FIXTURE_H
#define FAASM_TESTS_STORE_REDIS_FIXTURE_H

#include "store/redis.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char redis_folder[64];
static pid_t redis_server;
static int redis_port;

#define assert_done(condition, error)                                                              \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail_msg("%s: %s", #condition, (error).message);                                       \
        }                                                                                          \
    } while (0)

static int free_port(void) {
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    assert_int_equal(bind(descriptor, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(descriptor, (struct sockaddr *)&address, &length), 0);
    close(descriptor);
    return ntohs(address.sin_port);
}

static bool reachable(int port) {
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool connected = connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0;
    close(descriptor);
    return connected;
}

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
    char port[16];
    if (redis_port == 0) {
        redis_port = free_port();
    }
    snprintf(port, sizeof port, "%d", redis_port);
    redis_server = fork();
    if (redis_server == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--dir",
               redis_folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always",
               (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 600 && !reachable(redis_port); i++) {
        if (waitpid(redis_server, NULL, WNOHANG) == redis_server) {
            redis_server = 0;
            return false;
        }
        usleep(50000);
    }
    char reply[64] = "";
    for (int i = 0; i < 600 && strcmp(reply, "PONG") != 0; i++) { // first it loads what it had
        usleep(i > 0 ? 50000 : 0);
        ask_redis("PING", reply, sizeof reply);
    }
    return true;
}

static void stop_redis(int number) {
    if (redis_server > 0) {
        kill(redis_server, number);
        waitpid(redis_server, NULL, 0);
        redis_server = 0;
    }
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
    stop_redis(SIGKILL);
    snprintf(command, sizeof command, "rm -rf %s", redis_folder);
    return system(command) == 0 ? 0 : -1;
}

#endif
