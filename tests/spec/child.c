#include "spec/child.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void read_output(int fd, char output[CHILD_OUTPUT_BYTES]) {
    size_t length = 0;
    char rest[512];
    for (;;) {
        bool full = length == CHILD_OUTPUT_BYTES - 1;
        ssize_t count = full ? read(fd, rest, sizeof rest)
                             : read(fd, output + length, CHILD_OUTPUT_BYTES - 1 - length);
        if (count == 0 || (count < 0 && errno != EINTR)) {
            break;
        }
        length += full || count < 0 ? 0 : (size_t)count;
    }
    output[length] = '\0';
}

bool child_run(const char *const argv[], struct child_result *result) {
    int ends[2];
    pid_t pid;
    posix_spawn_file_actions_t actions;
    memset(result, 0, sizeof *result);
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return false;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    int failure = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(void *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failure == 0) {
        read_output(ends[0], result->output);
        while (waitpid(pid, &result->status, 0) < 0 && errno == EINTR) {
        }
    } else {
        snprintf(result->output, sizeof result->output, "%s: %s", argv[0], strerror(failure));
    }
    close(ends[0]);
    return failure == 0;
}

bool child_succeeded(const struct child_result *result) {
    return WIFEXITED(result->status) && WEXITSTATUS(result->status) == 0;
}

void child_first_line(const struct child_result *result, char *line, size_t capacity) {
    snprintf(line, capacity, "%.*s", (int)strcspn(result->output, "\n"), result->output);
}
