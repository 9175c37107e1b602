// A Redis server of a test's own, on a free port of loopback. redis_server is 0 where there is none
// on this machine.
#ifndef FAASM_TESTS_REDIS_SERVER_H
#define FAASM_TESTS_REDIS_SERVER_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

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

// With its data in the folder, on the port that it had before; `password` may be empty. False where
// there is none to start.
static bool redis_start(const char *folder, const char *password) {
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
               folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always",
               "--requirepass", password, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 600 && !reachable(redis_port); i++) {
        if (waitpid(redis_server, NULL, WNOHANG) == redis_server) {
            redis_server = 0;
            return false;
        }
        usleep(50000);
    }
    return true;
}

static void redis_stop(int number) {
    if (redis_server > 0) {
        kill(redis_server, number);
        waitpid(redis_server, NULL, 0);
        redis_server = 0;
    }
}

#endif
