// Who has calls that wait or run, now. Of the room only.
#ifndef FAASM_SERVER_ACTIVITY_H
#define FAASM_SERVER_ACTIVITY_H

#include "runtime/runtime.h"

#include <uthash.h>

#define ACTIVITY_OTHERS "-others-" // no name of a user

enum { ACTIVITY_USERS = 100, ACTIVITY_CALLS = 100 };

struct activity_user {
    char name[STORE_NAME_MAX + 1];
    uint64_t queued, running;
    UT_hash_handle hash;
};

struct activity_call {
    uint32_t id, parent;
    char user[STORE_NAME_MAX + 1], function[STORE_NAME_MAX + 1];
    uint64_t queued; // clock_realtime()
    uint64_t cpu_nanoseconds;
};

struct activity {
    struct activity_user users[ACTIVITY_USERS]; // those with the longest queues first
    size_t user_count;
    struct activity_user others;                // all users beyond them together
    struct activity_user *table;                // while it is read
    struct activity_call calls[ACTIVITY_CALLS]; // some of those that run
    size_t call_count;
};

// To be freed; NULL when memory is out.
struct activity *activity_read(struct runtime *runtime);

#endif
