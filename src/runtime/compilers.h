// Who may compile: the children of this process that compile, whatever for, are bounded in number
// and in the memory they may take together. Each has what it may take at most set aside before it
// starts; where nothing is left they wait, in the order in which they came.
//
// Those in the background are not counted in the number, but in the memory, of which they leave
// enough for one other, so that no upload waits for them. Only where there is no room for two do
// all take turns.
#ifndef FAASM_RUNTIME_COMPILERS_H
#define FAASM_RUNTIME_COMPILERS_H

#include "base/error.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct compiler_wait;

struct compilers {
    unsigned most;           // that are not in the background at a time
    uint64_t most_megabytes; // that all may take together
    uint64_t each_megabytes; // that one may take; at most most_megabytes
    pthread_mutex_t mutex;   // guards all below
    pthread_cond_t changed;
    unsigned running[2]; // in the foreground, in the background
    struct compiler_wait *first, **last;
    unsigned waiting;
};

void compilers_create(struct compilers *compilers, unsigned most, uint64_t most_megabytes,
                      uint64_t each_megabytes);
void compilers_destroy(struct compilers *compilers); // none runs or waits

// Half of the machine's memory, but what two compilers may take at least.
uint64_t compilers_default_megabytes(uint64_t each_megabytes);

// Waits until one more may start. False (ERROR_CANCELLED), and nothing is set aside, once
// `*given_up` is not 0 or the descriptor `*stop` is readable; both may be NULL. Thread-safe.
bool compilers_enter(struct compilers *compilers, bool background, const _Atomic uint32_t *given_up,
                     const int *stop, struct error *error);

// After that, when the child has ended.
void compilers_leave(struct compilers *compilers, bool background);

struct compilers_counts {
    unsigned running, waiting;
    uint64_t megabytes; // set aside
};
void compilers_count(struct compilers *compilers, struct compilers_counts *counts);

#endif
