#include "runtime/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum {
    QUEUE_LINKS = offsetof(struct call_private, queue_links),
    LANES_KEPT = 4096, // idle ones are dropped when there are more
};

struct queue_user {
    char name[STORE_NAME_MAX + 1];
    uint64_t running, waiting;          // calls
    uint64_t running_max, waiting_max;  // 0: no limit
    struct queue_lane *turn;            // ring of lanes with calls that may run
    struct queue_user *next, *previous; // in the ring of users, or NULL
    UT_hash_handle hash;
};

struct queue_lane {
    struct queue_user *user;
    struct call_list calls;
    uint64_t running;
    uint64_t running_max, waiting_max;
    struct queue_lane *next, *previous; // in the ring of the user, or NULL
    UT_hash_handle hash;
    char key[2 * STORE_NAME_MAX + 2]; // "user/function"
};

// ---- Rings --------------------------------------------------------------------------------------

// Whoever enters a ring is the last one in turn.
#define RING_ENTER(turn, item)                                                                     \
    do {                                                                                           \
        if ((turn) == NULL) {                                                                      \
            (turn) = (item)->next = (item)->previous = (item);                                     \
        } else {                                                                                   \
            (item)->next = (turn);                                                                 \
            (item)->previous = (turn)->previous;                                                   \
            (turn)->previous->next = (item);                                                       \
            (turn)->previous = (item);                                                             \
        }                                                                                          \
    } while (0)

#define RING_LEAVE(turn, item)                                                                     \
    do {                                                                                           \
        (item)->next->previous = (item)->previous;                                                 \
        (item)->previous->next = (item)->next;                                                     \
        if ((turn) == (item)) {                                                                    \
            (turn) = (item)->next == (item) ? NULL : (item)->next;                                 \
        }                                                                                          \
        (item)->next = (item)->previous = NULL;                                                    \
    } while (0)

#define RING_SET(turn, item, inside)                                                               \
    do {                                                                                           \
        if ((inside) && (item)->next == NULL) {                                                    \
            RING_ENTER(turn, item);                                                                \
        } else if (!(inside) && (item)->next != NULL) {                                            \
            RING_LEAVE(turn, item);                                                                \
        }                                                                                          \
    } while (0)

static bool below(uint64_t count, uint64_t limit) {
    return limit == 0 || count < limit;
}

// After any change of a lane: whether it and its user may have a turn.
static void set_turns(struct call_queue *queue, struct queue_lane *lane) {
    struct queue_user *user = lane->user;
    bool lane_ready = lane->calls.count > 0 && below(lane->running, lane->running_max);
    RING_SET(user->turn, lane, lane_ready);
    bool user_ready = user->turn != NULL && below(user->running, user->running_max);
    RING_SET(queue->turn, user, user_ready);
}

// ---- Lanes --------------------------------------------------------------------------------------

static void delete_lane(struct call_queue *queue, struct queue_lane *lane) {
    HASH_DELETE(hash, queue->lanes, lane);
    free(lane);
}

static void drop_idle(struct call_queue *queue) {
    struct queue_lane *lane, *next;
    HASH_ITER(hash, queue->lanes, lane, next) {
        // cppcheck-suppress uninitvar ; HASH_ITER sets it
        if (lane->calls.count == 0 && lane->running == 0) {
            delete_lane(queue, lane);
        } else {
            lane->user->waiting_max = UINT64_MAX; // marks those that are needed; set again by push
        }
    }
    struct queue_user *user, *next_user;
    HASH_ITER(hash, queue->users, user, next_user) {
        // cppcheck-suppress uninitvar ; HASH_ITER sets it
        if (user->waiting_max != UINT64_MAX) {
            // The analyser loses track of the list that uthash keeps.
            HASH_DELETE(hash, queue->users, user); // NOLINT(clang-analyzer-unix.Malloc)
            free(user);
        }
    }
}

void call_queue_destroy(struct call_queue *queue) {
    drop_idle(queue);
}

static struct queue_user *find_user(struct call_queue *queue, const char *name) {
    struct queue_user *user;
    HASH_FIND(hash, queue->users, name, strlen(name), user);
    if (user == NULL && (user = calloc(1, sizeof *user)) != NULL) {
        snprintf(user->name, sizeof user->name, "%s", name);
        HASH_ADD_KEYPTR(hash, queue->users, user->name, strlen(user->name), user);
    }
    return user;
}

static struct queue_lane *find_lane(struct call_queue *queue, const struct call *call) {
    char key[2 * STORE_NAME_MAX + 2];
    size_t user_length = strlen(call->user);
    size_t length = strlen(call->function);
    memcpy(key, call->user, user_length);
    key[user_length] = '/';
    memcpy(key + user_length + 1, call->function, length);
    length += user_length + 1;
    struct queue_lane *lane;
    HASH_FIND(hash, queue->lanes, key, length, lane);
    if (lane != NULL) {
        return lane;
    }
    if (HASH_CNT(hash, queue->lanes) >= LANES_KEPT) {
        drop_idle(queue);
    }
    lane = calloc(1, sizeof *lane);
    struct queue_user *user = lane != NULL ? find_user(queue, call->user) : NULL;
    if (user == NULL) {
        free(lane);
        return NULL;
    }
    lane->user = user;
    memcpy(lane->key, key, length);
    HASH_ADD_KEYPTR(hash, queue->lanes, lane->key, length, lane);
    return lane;
}

// ---- Calls --------------------------------------------------------------------------------------

static void take_limits(struct queue_lane *lane, const struct call_private *private) {
    lane->running_max = private->limits.concurrent_calls;
    lane->waiting_max = private->limits.queued_calls;
    const struct call_limits *of_user = private->user_limits;
    lane->user->running_max = of_user != NULL ? of_user->concurrent_calls : 0;
    lane->user->waiting_max = of_user != NULL ? of_user->queued_calls : 0;
}

bool call_queue_push(struct call_queue *queue, struct call *call, struct error *error) {
    struct queue_lane *lane = find_lane(queue, call);
    if (lane == NULL) {
        return error_set(error, ERROR_MEMORY, "queue of calls");
    }
    take_limits(lane, call->private);
    if (!below(lane->calls.count, lane->waiting_max)) {
        return error_set(error, ERROR_BUSY, "%zu calls of %s are queued already", lane->calls.count,
                         lane->key);
    }
    if (!below(lane->user->waiting, lane->user->waiting_max)) {
        return error_set(error, ERROR_BUSY, "%llu calls of user %s are queued already",
                         (unsigned long long)lane->user->waiting, call->user);
    }
    call->private->in_queue = true;
    call->private->lane = lane;
    call_list_append(&lane->calls, call, QUEUE_LINKS);
    lane->user->waiting++;
    queue->count++;
    queue->bytes += call->input.length;
    set_turns(queue, lane);
    return true;
}

static void take_out(struct call_queue *queue, struct call *call) {
    struct queue_lane *lane = call->private->lane;
    call_list_remove(&lane->calls, call, QUEUE_LINKS);
    lane->user->waiting--;
    queue->count--;
    queue->bytes -= call->input.length;
    call->private->in_queue = false;
}

void call_queue_remove(struct call_queue *queue, struct call *call) {
    take_out(queue, call);
    set_turns(queue, call->private->lane);
}

static struct call *pop_of(struct call_queue *queue, struct queue_user *user) {
    struct queue_lane *lane = user->turn;
    struct call *call = lane->calls.first;
    queue->turn = user->next;
    user->turn = lane->next;
    take_out(queue, call);
    lane->running++;
    queue->users_running += user->running++ == 0;
    set_turns(queue, lane);
    return call;
}

struct call *call_queue_pop(struct call_queue *queue) {
    return queue->turn != NULL ? pop_of(queue, queue->turn) : NULL;
}

// The next user in turn with fewer than `running` calls that run.
static struct queue_user *user_below(const struct call_queue *queue, unsigned running) {
    struct queue_user *user = queue->turn;
    while (user != NULL && user->running >= running) {
        user = user->next != queue->turn ? user->next : NULL;
    }
    return user;
}

const struct call *call_queue_next_below(const struct call_queue *queue, unsigned running) {
    const struct queue_user *user = user_below(queue, running);
    return user != NULL ? user->turn->calls.first : NULL;
}

bool call_queue_ready_below(const struct call_queue *queue, unsigned running) {
    return user_below(queue, running) != NULL;
}

struct call *call_queue_pop_below(struct call_queue *queue, unsigned running) {
    struct queue_user *user = user_below(queue, running);
    return user != NULL ? pop_of(queue, user) : NULL;
}

bool queue_lane_ready(const struct queue_lane *lane) {
    return below(lane->running, lane->running_max) &&
           below(lane->user->running, lane->user->running_max);
}

const char *queue_lane_user(const struct queue_lane *lane) {
    return lane->user->name;
}

void call_queue_done(struct call_queue *queue, struct queue_lane *lane) {
    lane->running--;
    queue->users_running -= --lane->user->running == 0;
    set_turns(queue, lane);
}

struct call *call_queue_drain(struct call_queue *queue) {
    for (struct queue_lane *lane = queue->lanes; lane != NULL; lane = lane->hash.next) {
        struct call *call = lane->calls.first;
        if (call != NULL) {
            call_queue_remove(queue, call);
            return call;
        }
    }
    return NULL;
}
