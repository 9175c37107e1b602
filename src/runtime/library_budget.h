// Inside of the room: how long the side modules that guests have as files may be compiled, so that
// no user keeps the compiler to itself. Each user has time saved up, at most all of the budget,
// which comes back within LIBRARY_BUDGET_SECONDS; and one module of it is compiled at a time.
#ifndef FAASM_RUNTIME_LIBRARY_BUDGET_H
#define FAASM_RUNTIME_LIBRARY_BUDGET_H

#include "base/error.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { LIBRARY_BUDGET_SECONDS = 600 };

struct library_user;

struct library_budget {
    uint64_t most; // nanoseconds; 0: no limit
    pthread_mutex_t mutex;
    pthread_cond_t left;
    struct library_user *users;
};

void library_budget_create(struct library_budget *budget, uint64_t most);
void library_budget_destroy(struct library_budget *budget);

// Waits until no other module of the user is compiled. `seconds` is how much time it then has, at
// least 1; 0: no limit. ERROR_BUSY where it has none, ERROR_CANCELLED once `given_up` is not 0.
bool library_budget_enter(struct library_budget *budget, const char *user,
                          const _Atomic uint32_t *given_up, uint32_t *seconds, struct error *error);

// After that: how long it took.
void library_budget_leave(struct library_budget *budget, const char *user, uint64_t nanoseconds);

#endif
