// Calls through pointers: to a function of a side module as dlsym gave it, and to one of the
// program. Prints the figure as a line of JSON: the medians of interleaved rounds.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 41, CALLS = 2000000 };

typedef int step(int);

int step_of_program(int x);

int step_of_program(int x) {
    return x * 3 + 1;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static volatile int sink;

// Each call needs what the one before returned. The pointer is read each time.
static double measure(step *volatile *function) {
    int x = sink;
    double begin = now();
    for (int i = 0; i < CALLS; i++) {
        x = (*function)(x);
    }
    double end = now();
    sink = x;
    return (end - begin) / CALLS;
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

int main(void) {
    void *module = dlopen("libdlsym.so", RTLD_NOW);
    step *volatile of_module = module ? (step *)dlsym(module, "step_of_module") : NULL;
    step *volatile of_program = step_of_program;
    if (!of_module) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    double ours[ROUNDS], theirs[ROUNDS], ratios[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        ours[i] = measure(&of_module);
        theirs[i] = measure(&of_program);
        ratios[i] = ours[i] / theirs[i];
    }
    qsort(ours, ROUNDS, sizeof *ours, compare);
    qsort(theirs, ROUNDS, sizeof *theirs, compare);
    qsort(ratios, ROUNDS, sizeof *ratios, compare);
    printf(
        "{\"name\":\"dlsym_call\",\"value\":%.3f,\"unit\":\"ns\",\"peer\":\"call_indirect in the "
        "program\",\"peer_value\":%.3f,\"ratio\":%.3f}\n",
        ours[ROUNDS / 2], theirs[ROUNDS / 2], ratios[ROUNDS / 2]);
    return 0;
}
