// Times a command beside a peer, in turn, so that a machine that drifts drifts for both:
//
//   compare NAME PEER RUNS COMMAND... --vs COMMAND...
//
// prints one JSON object as build/bench.json holds them: medians in milliseconds of wall time from
// start to exit, and the median of the ratios pair by pair. Both must exit 0. Their standard output
// is dropped.
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int compare_doubles(const void *left, const void *right) {
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare_doubles);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

// Milliseconds from start to exit, or a negative number after saying what failed.
static double run_once(char **command) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    uint64_t begin = clock_monotonic();
    pid_t child;
    int failure = posix_spawnp(&child, command[0], &actions, NULL, command, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) {
        fprintf(stderr, "compare: %s: %s\n", command[0], strerror(failure));
        return -1;
    }
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            perror("compare: waitpid");
            return -1;
        }
    }
    double elapsed = (double)(clock_monotonic() - begin) / 1e6;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "compare: %s ended with status 0x%x\n", command[0], (unsigned)status);
        return -1;
    }
    return elapsed;
}

static bool measure(char **command, char **peer, size_t runs, double *own, double *other,
                    double *ratios) {
    for (size_t i = 0; i <= runs; i++) { // the first pair warms up and is overwritten
        size_t slot = i == 0 ? 0 : i - 1;
        own[slot] = run_once(command);
        other[slot] = own[slot] < 0 ? -1 : run_once(peer);
        if (other[slot] < 0) {
            return false;
        }
        ratios[slot] = own[slot] / other[slot];
    }
    return true;
}

int main(int argc, char **argv) {
    int split = 0;
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], "--vs") == 0) {
            split = i;
        }
    }
    long runs = argc > 4 ? strtol(argv[3], NULL, 10) : 0;
    if (split <= 4 || split == argc - 1 || runs < 1 || runs > 100000) {
        fprintf(stderr, "usage: compare NAME PEER RUNS COMMAND... --vs COMMAND...\n");
        return 2;
    }
    argv[split] = NULL;
    size_t count = (size_t)runs;
    double *values = calloc(3 * count, sizeof *values);
    if (values == NULL ||
        !measure(argv + 4, argv + split + 1, count, values, values + count, values + 2 * count)) {
        free(values);
        return 1;
    }
    printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"ms\",\"peer\":\"%s\",\"peer_value\":%.3f,"
           "\"ratio\":%.3f}\n",
           argv[1], median(values, count), argv[2], median(values + count, count),
           median(values + 2 * count, count));
    free(values);
    return 0;
}
