// The second tier. A large module is ready to run after a quick compile (level 0); its optimised
// code is made in the background, by niced children, and then takes over for calls that begin.
//
// What is left to do when the process ends is found again in the store: functions with an object of
// the quick compiler and none of the optimising one.
#ifndef FAASM_RUNTIME_OPTIMISE_H
#define FAASM_RUNTIME_OPTIMISE_H

#include "runtime/function.h"

#include <pthread.h>

enum { OPTIMISER_THREADS_MAX = 16 };

struct optimiser {
    struct runtime *runtime;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct function *first, **last; // that wait, by next_to_optimise; each a reference
    pthread_t threads[OPTIMISER_THREADS_MAX];
    unsigned thread_count, threads_max;
    unsigned idle; // threads that wait for work
    bool stopping;
    int stop; // an eventfd that ends the children; -1 until the first thread starts
};

void optimiser_create(struct optimiser *optimiser, struct runtime *runtime, unsigned threads_max);

// Ends the children and the threads. What they were about is found by optimiser_resume.
void optimiser_destroy(struct optimiser *optimiser);

// The function has code of that level: queues it where the optimised code is of another one.
void optimiser_add(struct optimiser *optimiser, struct function *function, int opt_level);

// Queues the functions of the store whose optimised code was not finished.
bool optimiser_resume(struct optimiser *optimiser, struct error *error);

// The level to begin with where code of `opt_level` is wanted in the end: that level where its
// object is there or the module is small enough to be compiled at once, else 0.
int optimise_first_level(struct runtime *runtime, const char *digest, uint64_t wasm_bytes,
                         int opt_level);

#endif
