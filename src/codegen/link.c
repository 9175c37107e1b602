#include "codegen/link.h"

#include "codegen/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
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

// In the child: standard output becomes the shared object. More arguments, of which there are none,
// come from a file that is the pipe: it reads them before anything else, up to the pipe's end.
static void run_linker(const char *linker, const int *object_fds, unsigned count, int shared_fd,
                       int gate) {
    char inputs[LINK_OBJECTS_MAXIMUM][32], more[32];
    const char *arguments[32 + LINK_OBJECTS_MAXIMUM] = {
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
    };
    unsigned argument = 0;
    while (arguments[argument] != NULL) {
        argument++;
    }
    snprintf(more, sizeof more, "@/proc/self/fd/%d", gate);
    arguments[argument++] = more;
    bool ready = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && fcntl(gate, F_SETFD, 0) == 0;
    for (unsigned i = 0; i < count; i++) {
        snprintf(inputs[i], sizeof inputs[i], "/proc/self/fd/%d", object_fds[i]);
        arguments[argument + i] = inputs[i];
        ready = ready && fcntl(object_fds[i], F_SETFD, 0) == 0;
    }
    struct error error;
    ready = ready && sandbox_fence_linker(linker, &error);
    if (ready && dup2(shared_fd, STDOUT_FILENO) >= 0) {
        char *const environment[] = {NULL};
        execve(linker, (char *const *)arguments, environment);
    }
    fprintf(stderr, "faasm-codegen: io: %s cannot be run\n", linker);
    _exit(2);
}

bool link_start(struct link *link, const char *linker, const int *object_fds, unsigned count,
                int shared_fd, struct error *error) {
    if (linker == NULL && (linker = find_linker()) == NULL) {
        return error_set(error, ERROR_NOT_FOUND, "ld.lld of LLVM 19 is not installed");
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_set_errno(error, errno, "pipe");
    }
    pid_t child = fork();
    if (child == 0) {
        run_linker(linker, object_fds, count, shared_fd, ends[0]);
    }
    close(ends[0]);
    if (child < 0) {
        close(ends[1]);
        return error_set_errno(error, errno, "fork");
    }
    *link = (struct link){.process = child, .gate = ends[1]};
    return true;
}

bool link_finish(struct link *link, struct error *error) {
    close(link->gate);
    return sandbox_wait(link->process, "the linker", error);
}

void link_abandon(struct link *link) {
    struct error ignored;
    (void)kill(link->process, SIGKILL);
    (void)sandbox_wait(link->process, "the linker", &ignored);
    close(link->gate); // not before: it would begin
}
