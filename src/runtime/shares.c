#include "runtime/shares.h"

#include "base/clock.h"
#include "base/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_NANOSECONDS = 10000000 };

// A worker as it was seen last.
struct shares_seat {
    pid_t thread; // 0: none was
    struct cgroup *group;
};

bool shares_create(struct shares *shares, struct scheduler *scheduler, unsigned seats,
                   struct cgroups *groups, struct error *error) {
    *shares = (struct shares){.scheduler = scheduler, .groups = groups, .seat_count = seats};
    pthread_mutex_init(&shares->mutex, NULL);
    shares->seats = calloc(seats, sizeof *shares->seats);
    shares->views = calloc(seats, sizeof *shares->views);
    return (shares->seats != NULL && shares->views != NULL) ||
           error_set(error, ERROR_MEMORY, "shares of users");
}

void shares_destroy(struct shares *shares) {
    if (shares->started) {
        atomic_store(&shares->ending, true);
        park_wake(&shares->park);
        pthread_join(shares->thread, NULL);
    }
    free(shares->seats);
    free(shares->views);
    pthread_mutex_destroy(&shares->mutex);
}

void shares_guest_begins(struct shares *shares, struct shares_guest *guest, const char *user) {
    if (shares->groups == NULL) {
        return;
    }
    guest->thread = gettid();
    guest->group = NULL;
    snprintf(guest->user, sizeof guest->user, "%s", user);
    pthread_mutex_lock(&shares->mutex);
    guest->next = shares->guests;
    guest->link = &shares->guests;
    if (guest->next != NULL) {
        guest->next->link = &guest->next;
    }
    shares->guests = guest;
    pthread_mutex_unlock(&shares->mutex);
}

void shares_guest_ends(struct shares *shares, struct shares_guest *guest) {
    if (shares->groups == NULL) {
        return;
    }
    pthread_mutex_lock(&shares->mutex);
    *guest->link = guest->next;
    if (guest->next != NULL) {
        guest->next->link = guest->link;
    }
    cgroup_forget(guest->group);
    pthread_mutex_unlock(&shares->mutex);
}

// ---- The thread ---------------------------------------------------------------------------------

static bool move(struct shares *shares, struct shares_seat *seat, const struct scheduler_seat *view,
                 struct error *error) {
    struct cgroup *group = cgroups_of(shares->groups, view->user, error);
    if (group == NULL) {
        return false;
    }
    if (seat->thread == view->thread && seat->group == group) {
        return true;
    }
    // Another thread has the seat: it began in whatever group its maker was in.
    struct cgroup *from = seat->group;
    bool done = cgroup_move(group, from, view->thread, error);
    if (done) {
        *seat = (struct shares_seat){view->thread, group};
    }
    return done;
}

static bool move_guest(struct shares *shares, struct shares_guest *guest, struct error *error) {
    if (guest->group != NULL) {
        return true;
    }
    struct cgroup *group = cgroups_of(shares->groups, guest->user, error);
    bool done = group != NULL && cgroup_move(group, NULL, guest->thread, error);
    guest->group = done ? group : NULL;
    return done;
}

static void move_guests(struct shares *shares) {
    struct error error;
    for (struct shares_guest *guest = shares->guests; guest != NULL; guest = guest->next) {
        if (!move_guest(shares, guest, &error) && !shares->told) {
            log_warn("CPU shares of users do not hold for guest threads: %s", error.message);
            shares->told = true;
        }
    }
}

static void move_all(struct shares *shares, unsigned count) {
    struct error error;
    for (unsigned i = 0; i < count; i++) {
        const struct scheduler_seat *view = &shares->views[i];
        if (!move(shares, &shares->seats[view->number], view, &error) && !shares->told) {
            log_warn("CPU shares of users do not hold: %s", error.message);
            shares->told = true;
        }
    }
}

static void *shares_main(void *argument) {
    struct shares *shares = argument;
    while (!atomic_load(&shares->ending)) {
        unsigned count;
        bool go_on = scheduler_look(shares->scheduler, shares->views, &count);
        if (shares->groups != NULL) {
            pthread_mutex_lock(&shares->mutex);
            move_all(shares, count);
            move_guests(shares);
            pthread_mutex_unlock(&shares->mutex);
        }
        park_wait(&shares->park, NULL, go_on ? clock_monotonic() + LOOK_NANOSECONDS : PARK_FOREVER);
    }
    return NULL;
}

void shares_wake(struct shares *shares) {
    if (shares->started) {
        park_wake(&shares->park);
        return;
    }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int number = pthread_create(&shares->thread, NULL, shares_main, shares);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    shares->started = number == 0;
    if (number != 0) {
        log_warn("the thread that shares the processor between users: %s", strerror(number));
    }
}
