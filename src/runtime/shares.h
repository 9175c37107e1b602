// Users share the processor by time, not only by turns: one thread that looks at the workers every
// 10 ms while more than one user wants them, and sleeps otherwise.
//
// - A call that has run for long no longer keeps a call of another user waiting: the scheduler lets
//   that one start beside it (scheduler_look). The kernel then shares the cores between both.
// - Where there are groups (cgroup.h), it moves workers into the group of the user that they are
//   seen to work for, so that the weights of users hold. Calls pay nothing for that: a worker stays
//   where it is between two looks, whoever its calls are of. A user with much work in short calls
//   is seen as often as it uses the workers, so that what is charged to a group is in the long run
//   what its user used.
#ifndef FAASM_RUNTIME_SHARES_H
#define FAASM_RUNTIME_SHARES_H

#include "faaslet/park.h"
#include "runtime/cgroup.h"
#include "runtime/scheduler.h"

#include <pthread.h>

struct shares_seat;

// A guest thread of a call (faaslet/thread.h). It begins in the group of the thread that started
// it, whoever's that is, and is moved to its user's like a worker.
struct shares_guest {
    struct shares_guest *next, **link;
    pid_t thread;
    struct cgroup *group;
    char user[STORE_NAME_MAX + 1];
};

struct shares {
    struct scheduler *scheduler;
    struct cgroups *groups; // or NULL
    struct shares_seat *seats;
    struct scheduler_seat *views;
    unsigned seat_count;
    pthread_mutex_t mutex; // guards the groups and
    struct shares_guest *guests;
    struct park park;
    _Atomic bool ending;
    bool told; // of a failure
    // Guarded by the scheduler's mutex, which holds while shares_wake is called.
    bool started;
    pthread_t thread;
};

// `groups` may be NULL and must outlive it. `seats` is scheduler_seats.
bool shares_create(struct shares *shares, struct scheduler *scheduler, unsigned seats,
                   struct cgroups *groups, struct error *error);
void shares_destroy(struct shares *shares); // after the scheduler has stopped, before its delete

// The calling thread, a guest thread of the user, begins or ends. Any thread; nothing is done where
// there are no groups. `guest` is zero before, and the caller's.
void shares_guest_begins(struct shares *shares, struct shares_guest *guest, const char *user);
void shares_guest_ends(struct shares *shares, struct shares_guest *guest);

// scheduler_config.crowded: users compete from now on.
void shares_wake(struct shares *shares);

#endif
