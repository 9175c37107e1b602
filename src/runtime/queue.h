// The calls that nobody has begun, in the order in which they are to run: users take turns, the
// functions of a user take turns, the calls of a function go first come, first served. So the calls
// of one user wait for at most one call of each other user at a time, however many those have.
//
// It also keeps the limits of calls that wait and that run, of each function and each user.
// Not thread-safe: the scheduler guards it.
#ifndef FAASM_RUNTIME_QUEUE_H
#define FAASM_RUNTIME_QUEUE_H

#include "base/error.h"
#include "runtime/record.h"

struct queue_user;
struct queue_lane; // the calls of one function

// Zero-initialise. Holds no references: who pushes a call keeps it alive.
struct call_queue {
    struct queue_lane *lanes; // hash by user and function
    struct queue_user *users; // hash by name
    struct queue_user *turn;  // ring of users with calls that may run; the one that is next
    unsigned users_running;   // that have calls that run
    size_t count;             // calls
    size_t bytes;             // of their inputs
};

void call_queue_destroy(struct call_queue *queue); // which is empty

// ERROR_BUSY where as many calls of the function or the user wait as may, ERROR_MEMORY.
bool call_queue_push(struct call_queue *queue, struct call *call, struct error *error);

// Whether there is a call that may run.
static inline bool call_queue_ready(const struct call_queue *queue) {
    return queue->turn != NULL;
}

// Takes the call whose turn it is, which counts as running until call_queue_done. NULL where none
// may run.
struct call *call_queue_pop(struct call_queue *queue);
void call_queue_done(struct call_queue *queue, struct queue_lane *lane); // the lane of the call

// The same for users that have fewer than `running` calls that run.
bool call_queue_ready_below(const struct call_queue *queue, unsigned running);
struct call *call_queue_pop_below(struct call_queue *queue, unsigned running);
const struct call *call_queue_next_below(const struct call_queue *queue, unsigned running);

// Whether the limits of the lane and its user let one more call run.
bool queue_lane_ready(const struct queue_lane *lane);
const char *queue_lane_user(const struct queue_lane *lane);

// Takes any call out of the queue, NULL where it is empty; it does not count as running.
struct call *call_queue_drain(struct call_queue *queue);

// Takes one call out of the queue, which must be in it; it does not count as running.
void call_queue_remove(struct call_queue *queue, struct call *call);

#endif
