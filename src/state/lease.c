#include "state/lease.h"

#include "base/clock.h"
#include "base/log.h"
#include "state/leases.h"
#include "state/private.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Between tries of one that waits.
enum { FIRST_PAUSE = 500000, LONGEST_PAUSE = 20000000 };

struct lease {
    struct lease *next;
    struct state_name name; // points to `key`
    char owner[STATE_OWNER_MAX + 1];
    bool exclusive;
    bool lost;    // guarded by the mutex
    bool renewed; // in this round
    uint64_t token;
    char key[];
};

struct leases {
    struct state *state;
    pthread_mutex_t mutex; // guards what follows
    pthread_cond_t changed;
    pthread_mutex_t renewing; // held while the thread talks about a lease it found in the list
    struct lease *held;
    char host[17]; // of this process, in hexadecimal
    bool started, stopping;
    pthread_t thread;
};

struct leases *leases_new(struct state *state, struct error *error) {
    struct leases *leases = calloc(1, sizeof *leases);
    if (leases == NULL || sodium_init() < 0) {
        free(leases);
        error_set(error, ERROR_MEMORY, "global locks");
        return NULL;
    }
    leases->state = state;
    pthread_mutex_init(&leases->mutex, NULL);
    pthread_mutex_init(&leases->renewing, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&leases->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    uint8_t host[8];
    randombytes_buf(host, sizeof host);
    sodium_bin2hex(leases->host, sizeof leases->host, host, sizeof host);
    return leases;
}

void leases_delete(struct leases *leases) {
    if (leases == NULL) {
        return;
    }
    pthread_mutex_lock(&leases->mutex);
    leases->stopping = true;
    pthread_cond_signal(&leases->changed);
    pthread_mutex_unlock(&leases->mutex);
    if (leases->started) {
        pthread_join(leases->thread, NULL);
    }
    pthread_cond_destroy(&leases->changed);
    pthread_mutex_destroy(&leases->renewing);
    pthread_mutex_destroy(&leases->mutex);
    free(leases);
}

// ---- Renewing -----------------------------------------------------------------------------------

static struct state_lock_request request_of(const struct leases *leases,
                                            const struct lease *lease) {
    return (struct state_lock_request){
        .owner = lease->owner,
        .exclusive = lease->exclusive,
        .lease = leases->state->config.lease,
    };
}

// One of this round that was not renewed yet; NULL when all were.
static struct lease *next_to_renew(const struct leases *leases) {
    struct lease *lease = leases->held;
    while (lease != NULL && (lease->renewed || lease->lost)) {
        lease = lease->next;
    }
    return lease;
}

// Where the global tier cannot be reached the lease may live on: the next round tries again, and
// who pushes is told the truth by the fence.
static void renew(struct leases *leases, struct lease *lease) {
    const struct state_driver *driver = &leases->state->driver;
    const struct state_lock_request request = request_of(leases, lease);
    struct error error;
    bool done = driver->renew(driver->state, &lease->name, &request, &error);
    bool lost = !done && error.code == ERROR_CONFLICT;
    if (!done) {
        log_warn("%s", error.message);
    }
    pthread_mutex_lock(&leases->mutex);
    lease->lost = lost;
    lease->renewed = true;
    pthread_mutex_unlock(&leases->mutex);
}

static void renew_all(struct leases *leases) {
    pthread_mutex_lock(&leases->mutex);
    for (struct lease *lease = leases->held; lease != NULL; lease = lease->next) {
        lease->renewed = false;
    }
    pthread_mutex_unlock(&leases->mutex);
    for (;;) {
        pthread_mutex_lock(&leases->renewing);
        pthread_mutex_lock(&leases->mutex);
        struct lease *lease = leases->stopping ? NULL : next_to_renew(leases);
        pthread_mutex_unlock(&leases->mutex);
        if (lease != NULL) {
            renew(leases, lease);
        }
        pthread_mutex_unlock(&leases->renewing);
        if (lease == NULL) {
            return;
        }
    }
}

// Three times in the time of a lease.
static void *run(void *argument) {
    struct leases *leases = argument;
    uint64_t interval = leases->state->config.lease / 3;
    pthread_mutex_lock(&leases->mutex);
    while (!leases->stopping) {
        uint64_t next = clock_monotonic() + interval;
        const struct timespec until = {(time_t)(next / 1000000000u), (long)(next % 1000000000u)};
        if (leases->held == NULL) {
            pthread_cond_wait(&leases->changed, &leases->mutex);
        } else if (pthread_cond_timedwait(&leases->changed, &leases->mutex, &until) == ETIMEDOUT) {
            pthread_mutex_unlock(&leases->mutex);
            renew_all(leases);
            pthread_mutex_lock(&leases->mutex);
        }
    }
    pthread_mutex_unlock(&leases->mutex);
    return NULL;
}

// ---- Taking -------------------------------------------------------------------------------------

static struct lease *lease_new(const struct leases *leases, const struct state_name *name,
                               uint32_t id, bool exclusive) {
    size_t user = strlen(name->user) + 1;
    struct lease *lease = calloc(1, sizeof *lease + user + name->key.length);
    if (lease != NULL) {
        memcpy(lease->key, name->user, user);
        memcpy(lease->key + user, name->key.data, name->key.length);
        lease->name =
            (struct state_name){lease->key, {(const uint8_t *)lease->key + user, name->key.length}};
        snprintf(lease->owner, sizeof lease->owner, "%s:%u", leases->host, id);
        lease->exclusive = exclusive;
    }
    return lease;
}

// Tries until it is granted.
static bool try_until_granted(struct leases *leases, struct lease *lease,
                              const struct lease_waiter *waiter, struct error *error) {
    const struct state_driver *driver = &leases->state->driver;
    const struct state_lock_request request = request_of(leases, lease);
    uint64_t longest = leases->state->config.lease / 4;
    longest = longest < LONGEST_PAUSE ? longest : LONGEST_PAUSE;
    uint64_t pause = FIRST_PAUSE;
    for (;;) {
        enum state_lock_outcome outcome;
        if (!driver->lock(driver->state, &lease->name, &request, &outcome, &lease->token, error)) {
            return false;
        }
        if (outcome == STATE_LOCK_GRANTED) {
            return true;
        }
        if (!waiter->pause(waiter->context, pause)) {
            char label[STATE_LABEL_MAX];
            struct error ignored; // the place in the queue is lost with its lease otherwise
            driver->unlock(driver->state, &lease->name, lease->owner, &ignored);
            return error_set(error, ERROR_CANCELLED,
                             "the wait for the global lock of %s was interrupted",
                             state_label(&lease->name, label));
        }
        pause = 2 * pause < longest ? 2 * pause : longest;
    }
}

static bool keep(struct leases *leases, struct lease *lease, struct error *error) {
    pthread_mutex_lock(&leases->mutex);
    bool done = leases->started;
    if (!done) {
        int number = pthread_create(&leases->thread, NULL, run, leases);
        done = leases->started = number == 0;
        if (!done) {
            error_set_errno(error, number, "thread that renews locks");
        }
    }
    if (done) {
        lease->next = leases->held;
        leases->held = lease;
        pthread_cond_signal(&leases->changed);
    }
    pthread_mutex_unlock(&leases->mutex);
    return done;
}

struct lease *lease_take(struct state *state, const struct state_name *name, uint32_t id,
                         bool exclusive, const struct lease_waiter *waiter, struct error *error) {
    struct leases *leases = state->leases;
    struct lease *lease = lease_new(leases, name, id, exclusive);
    if (lease == NULL) {
        error_set(error, ERROR_MEMORY, "global lock");
        return NULL;
    }
    if (!try_until_granted(leases, lease, waiter, error)) {
        free(lease);
        return NULL;
    }
    if (!keep(leases, lease, error)) {
        struct error ignored; // it expires
        state->driver.unlock(state->driver.state, &lease->name, lease->owner, &ignored);
        free(lease);
        return NULL;
    }
    return lease;
}

bool lease_give(struct state *state, struct lease *lease, struct error *error) {
    struct leases *leases = state->leases;
    pthread_mutex_lock(&leases->renewing);
    pthread_mutex_lock(&leases->mutex);
    struct lease **link = &leases->held;
    while (*link != lease) {
        link = &(*link)->next;
    }
    *link = lease->next;
    pthread_mutex_unlock(&leases->mutex);
    pthread_mutex_unlock(&leases->renewing);
    bool done = state->driver.unlock(state->driver.state, &lease->name, lease->owner, error);
    free(lease);
    return done;
}

struct state_fence lease_fence(const struct lease *lease) {
    return (struct state_fence){lease->owner, lease->token};
}
