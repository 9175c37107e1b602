#include "cli/sockets.h"

#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 128 };

// A decimal number and nothing else.
static bool parse(const char *text, uint32_t most, uint32_t *value) {
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    *value = (uint32_t)number;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && number <= most;
}

// Binds and listens; ERROR_IO with what the kernel said.
static bool listen_at(const struct sockaddr *address, socklen_t length, int *fd,
                      struct error *error) {
    const int on = 1;
    *fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0) {
        return error_set_errno(error, errno, "socket");
    }
    if (address->sa_family != AF_UNIX) {
        setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); // a help, not a need
    }
    if (bind(*fd, address, length) == 0 && listen(*fd, BACKLOG) == 0) {
        return true;
    }
    error_set_errno(error, errno, "listen");
    close(*fd);
    return false;
}

static bool listen_unix(const char *path, int *fd, struct error *error) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path[0] == '\0' || strlen(path) >= sizeof address.sun_path) {
        return error_set(error, ERROR_ARGUMENT, "a path of 1 to %zu bytes is wanted",
                         sizeof address.sun_path - 1);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    return listen_at((const struct sockaddr *)&address, sizeof address, fd, error);
}

static bool listen_on(const char *host, const char *port, int *fd, struct error *error) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *addresses = NULL;
    int number = getaddrinfo(host, port, &hints, &addresses);
    if (number != 0) {
        return error_set(error, ERROR_ARGUMENT, "%s", gai_strerror(number));
    }
    bool done = false;
    for (const struct addrinfo *a = addresses; a != NULL && !done; a = a->ai_next) {
        done = listen_at(a->ai_addr, a->ai_addrlen, fd, error);
    }
    freeaddrinfo(addresses);
    return done;
}

static bool listen_internet(const char *text, int *fd, struct error *error) {
    char host[256];
    const char *colon = strrchr(text, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - text);
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    uint32_t port;
    if (length == 0 || length >= sizeof host || !parse(colon + 1, UINT16_MAX, &port)) {
        return error_set(error, ERROR_ARGUMENT, "HOST:PORT or unix:PATH is wanted");
    }
    memcpy(host, text, length);
    host[length] = '\0';
    return listen_on(host, colon + 1, fd, error);
}

static void announce(int fd) {
    char host[256], port[32];
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) == 0 &&
        getnameinfo((const struct sockaddr *)&address, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
        bool six = address.ss_family == AF_INET6;
        fprintf(stderr, "faasm: listening on %s%s%s:%s\n", six ? "[" : "", host, six ? "]" : "",
                port);
    }
}

bool sockets_listen(const char *address, int *fd, struct error *error) {
    static const char prefix[] = "unix:";
    if (strncmp(address, prefix, sizeof prefix - 1) == 0) {
        return listen_unix(address + sizeof prefix - 1, fd, error);
    }
    if (!listen_internet(address, fd, error)) {
        return false;
    }
    announce(*fd);
    return true;
}

bool sockets_inherit(const char *number, int *fd, struct error *error) {
    uint32_t value;
    struct stat status;
    if (!parse(number, INT32_MAX, &value)) {
        return error_set(error, ERROR_ARGUMENT, "the number of a descriptor is wanted");
    }
    if (fstat((int)value, &status) != 0) {
        return error_set_errno(error, errno, "fstat");
    }
    if (!S_ISSOCK(status.st_mode)) {
        return error_set(error, ERROR_ARGUMENT, "not a socket");
    }
    *fd = (int)value;
    return true;
}
