#include "codegen/link.h"

#include "codegen/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const usual_places[] = {
    "/usr/bin/ld.lld-19",
    "/usr/lib/llvm-19/bin/ld.lld",
    "/usr/local/bin/ld.lld-19",
    "/usr/bin/ld.lld",
};

static const char *find_linker(void) {
    for (size_t i = 0; i < sizeof usual_places / sizeof usual_places[0]; i++) {
        if (access(usual_places[i], X_OK) == 0) {
            return usual_places[i];
        }
    }
    return NULL;
}

// In the child: standard output becomes the shared object.
static void run_linker(const char *linker, int object_fd, int shared_fd) {
    char input[32];
    snprintf(input, sizeof input, "/proc/self/fd/%d", object_fd);
    const char *const arguments[] = {
        "ld.lld",
        "-shared",
        "-z",
        "now",
        "-z",
        "relro",
        "-z",
        "noexecstack",
        "-z",
        "separate-code",
        "--build-id=none",
        "--hash-style=gnu",
        "--eh-frame-hdr",
        "--threads=1",
        "--no-color-diagnostics",
        "-o",
        "-",
        input,
        NULL,
    };
    if (fcntl(object_fd, F_SETFD, 0) == 0 && dup2(shared_fd, STDOUT_FILENO) >= 0) {
        char *const environment[] = {NULL};
        execve(linker, (char *const *)arguments, environment);
    }
    fprintf(stderr, "faasm-codegen: io: %s cannot be run\n", linker);
    _exit(2);
}

bool link_shared_object(const char *linker, int object_fd, int shared_fd, struct error *error) {
    if (linker == NULL && (linker = find_linker()) == NULL) {
        return error_set(error, ERROR_NOT_FOUND, "ld.lld of LLVM 19 is not installed");
    }
    pid_t child = fork();
    if (child < 0) {
        return error_set_errno(error, errno, "fork");
    }
    if (child == 0) {
        run_linker(linker, object_fd, shared_fd);
    }
    return sandbox_wait(child, "the linker", error);
}
