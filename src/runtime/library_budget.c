#include "runtime/library_budget.h"

#include "base/clock.h"
#include "runtime/compile.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define SECOND 1000000000u

struct library_user {
    char user[STORE_NAME_MAX + 1];
    int64_t rest;   // nanoseconds; below 0 after one that took longer than was there
    uint64_t since; // clock_monotonic() of `rest`
    bool compiles;
    UT_hash_handle hh;
};

void library_budget_create(struct library_budget *budget, uint64_t most) {
    pthread_condattr_t attributes;
    *budget = (struct library_budget){.most = most};
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&budget->mutex, NULL);
    pthread_cond_init(&budget->left, &attributes);
    pthread_condattr_destroy(&attributes);
}

void library_budget_destroy(struct library_budget *budget) {
    struct library_user *user, *next;
    HASH_ITER(hh, budget->users, user, next) {
        HASH_DEL(budget->users, user); // NOLINT(clang-analyzer-unix.Malloc)
        free(user);
    }
    pthread_cond_destroy(&budget->left);
    pthread_mutex_destroy(&budget->mutex);
}

// With the mutex held. NULL: memory is out.
static struct library_user *find_user(struct library_budget *budget, const char *name) {
    struct library_user *user;
    HASH_FIND_STR(budget->users, name, user);
    if (user == NULL && (user = calloc(1, sizeof *user)) != NULL) {
        snprintf(user->user, sizeof user->user, "%s", name);
        user->rest = (int64_t)budget->most;
        user->since = clock_monotonic();
        HASH_ADD_STR(budget->users, user, user);
    }
    return user;
}

static void save_up(const struct library_budget *budget, struct library_user *user) {
    uint64_t now = clock_monotonic();
    double share = (double)(now - user->since) / ((double)LIBRARY_BUDGET_SECONDS * SECOND);
    double rest = (double)user->rest + share * (double)budget->most;
    user->rest = rest < (double)budget->most ? (int64_t)rest : (int64_t)budget->most;
    user->since = now;
}

// How long until there is a second again, or all that there can be.
static uint64_t seconds_until(const struct library_budget *budget,
                              const struct library_user *user) {
    double wanted = budget->most < SECOND ? (double)budget->most : (double)SECOND;
    return (uint64_t)((wanted - (double)user->rest) / (double)budget->most *
                      (double)LIBRARY_BUDGET_SECONDS) +
           1;
}

static void wait_a_little(struct library_budget *budget) {
    uint64_t until = clock_monotonic() + COMPILE_LOOK_NANOSECONDS;
    const struct timespec time = {.tv_sec = (time_t)(until / SECOND),
                                  .tv_nsec = (long)(until % SECOND)};
    pthread_cond_timedwait(&budget->left, &budget->mutex, &time);
}

static bool enter(struct library_budget *budget, struct library_user *user,
                  const _Atomic uint32_t *given_up, uint32_t *seconds, struct error *error) {
    while (user->compiles) {
        wait_a_little(budget);
        if (given_up != NULL && atomic_load(given_up) != 0) {
            return error_set(error, ERROR_CANCELLED, "nobody waits for it any more");
        }
    }
    save_up(budget, user);
    if (user->rest <= 0) {
        return error_set(error, ERROR_BUSY,
                         "the modules that %s has as files were compiled for too long: again in "
                         "%llu s",
                         user->user, (unsigned long long)seconds_until(budget, user));
    }
    *seconds = (uint32_t)((uint64_t)user->rest / SECOND) + 1;
    user->compiles = true;
    return true;
}

bool library_budget_enter(struct library_budget *budget, const char *name,
                          const _Atomic uint32_t *given_up, uint32_t *seconds,
                          struct error *error) {
    *seconds = 0;
    if (budget->most == 0) {
        return true;
    }
    pthread_mutex_lock(&budget->mutex);
    struct library_user *user = find_user(budget, name);
    bool done = user != NULL ? enter(budget, user, given_up, seconds, error)
                             : error_set(error, ERROR_MEMORY, "side modules of a user");
    pthread_mutex_unlock(&budget->mutex);
    return done;
}

void library_budget_leave(struct library_budget *budget, const char *name, uint64_t nanoseconds) {
    if (budget->most == 0) {
        return;
    }
    pthread_mutex_lock(&budget->mutex);
    struct library_user *user = find_user(budget, name);
    if (user != NULL) { // it is: it was there when this began
        user->rest -= (int64_t)nanoseconds;
        user->compiles = false;
        pthread_cond_broadcast(&budget->left);
    }
    pthread_mutex_unlock(&budget->mutex);
}
