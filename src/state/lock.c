#include "state/lock.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum {
    AWAITS_MAX = 4096,       // steps of one chain of awaits that are looked at
    SPIN_NANOSECONDS = 5000, // what sleeping and being woken takes
    SPIN_LOOKS = 64,         // between two looks at the clock
};

struct lock_hold {
    struct lock *lock;
    struct lock_owner *owner;
    struct lock_hold *next_of_lock, *next_of_owner;
    bool exclusive;
    uint32_t count;
};

struct lock {
    UT_hash_handle hh;
    uint32_t references; // of lock_open, holders and waiters
    struct lock_hold *holds;
    struct lock_owner *first, *last; // that wait
    size_t length;
    char key[]; // space, user, NUL, key
};

struct lock_table {
    pthread_mutex_t mutex; // guards everything
    struct lock *locks;
    struct lock_owner *owners;
    uint32_t last_id; // given to an owner
    uint32_t (*awaits)(void *context, uint32_t id);
    void *context;
    uint64_t visit;           // number of the search
    struct lock_owner *found; // that it has still to look at
    struct lock_hold *spare;
    _Atomic uint32_t waiting;
};

enum { KEY_BYTES_MAX = 1 + STATE_USER_MAX + 1 + STATE_KEY_MAX };

struct lock_table *lock_table_new(uint32_t (*awaits)(void *context, uint32_t id), void *context,
                                  struct error *error) {
    struct lock_table *table = calloc(1, sizeof *table);
    if (table == NULL) {
        error_set(error, ERROR_MEMORY, "locks of state");
        return NULL;
    }
    pthread_mutexattr_t adaptive;
    pthread_mutexattr_init(&adaptive);
    pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(&table->mutex, &adaptive);
    pthread_mutexattr_destroy(&adaptive);
    table->awaits = awaits;
    table->context = context;
    return table;
}

void lock_table_delete(struct lock_table *table) {
    if (table == NULL) {
        return;
    }
    while (table->spare != NULL) {
        struct lock_hold *hold = table->spare;
        table->spare = hold->next_of_lock;
        free(hold);
    }
    pthread_mutex_destroy(&table->mutex);
    free(table);
}

// ---- Locks --------------------------------------------------------------------------------------

static void release(struct lock_table *table, struct lock *lock) {
    if (--lock->references == 0) {
        HASH_DEL(table->locks, lock);
        free(lock);
    }
}

struct lock *lock_open(struct lock_table *table, enum lock_space space,
                       const struct state_name *name, struct error *error) {
    char key[KEY_BYTES_MAX];
    size_t user = strlen(name->user) + 1;
    size_t length = 1 + user + name->key.length;
    if (user > STATE_USER_MAX + 1 || name->key.length == 0 || name->key.length > STATE_KEY_MAX) {
        error_set(error, ERROR_ARGUMENT, "a key of state has 1 to %d bytes, not %zu", STATE_KEY_MAX,
                  name->key.length);
        return NULL;
    }
    key[0] = (char)space;
    memcpy(key + 1, name->user, user);
    memcpy(key + 1 + user, name->key.data, name->key.length);
    pthread_mutex_lock(&table->mutex);
    struct lock *lock;
    HASH_FIND(hh, table->locks, key, length, lock);
    if (lock == NULL) {
        lock = calloc(1, sizeof *lock + length);
        if (lock == NULL) {
            error_set(error, ERROR_MEMORY, "lock of state");
        } else {
            memcpy(lock->key, key, length);
            lock->length = length;
            HASH_ADD_KEYPTR(hh, table->locks, lock->key, length, lock);
        }
    }
    if (lock != NULL) {
        lock->references++;
    }
    pthread_mutex_unlock(&table->mutex);
    return lock;
}

void lock_close(struct lock_table *table, struct lock *lock) {
    pthread_mutex_lock(&table->mutex);
    release(table, lock);
    pthread_mutex_unlock(&table->mutex);
}

static const char *label(const struct lock *lock, char text[STATE_LABEL_MAX]) {
    size_t user = strlen(lock->key + 1) + 1;
    const struct state_name name = {
        lock->key + 1, {(const uint8_t *)lock->key + 1 + user, lock->length - 1 - user}};
    return state_label(&name, text);
}

// ---- Holds --------------------------------------------------------------------------------------

static struct lock_hold *find_hold(const struct lock *lock, const struct lock_owner *owner) {
    struct lock_hold *hold = lock->holds;
    while (hold != NULL && hold->owner != owner) {
        hold = hold->next_of_lock;
    }
    return hold;
}

// Those who hold it let one more in.
static bool compatible(const struct lock *lock, bool exclusive) {
    return lock->holds == NULL || (!exclusive && !lock->holds->exclusive);
}

static struct lock_hold *take_spare(struct lock_table *table) {
    struct lock_hold *hold = table->spare;
    if (hold != NULL) {
        table->spare = hold->next_of_lock;
        return hold;
    }
    return malloc(sizeof *hold);
}

static void add_hold(struct lock *lock, struct lock_owner *owner, bool exclusive,
                     struct lock_hold *hold) {
    *hold = (struct lock_hold){
        .lock = lock,
        .owner = owner,
        .exclusive = exclusive,
        .count = 1,
        .next_of_lock = lock->holds,
        .next_of_owner = owner->holds,
    };
    lock->holds = hold;
    owner->holds = hold;
    lock->references++;
}

// Whoever waits first and may have it gets it. A hold is kept ready for each who waits.
static void grant(struct lock_table *table, struct lock *lock) {
    while (lock->first != NULL && compatible(lock, lock->first->waits_exclusive)) {
        struct lock_owner *owner = lock->first;
        lock->first = owner->behind;
        if (lock->first == NULL) {
            lock->last = NULL;
        }
        owner->behind = NULL;
        owner->waits_for = NULL;
        add_hold(lock, owner, owner->waits_exclusive, take_spare(table));
        lock->references--; // as one that waits
        atomic_fetch_sub(&table->waiting, 1);
        atomic_store_explicit(&owner->granted, true, memory_order_release);
        if (owner->sleeps) {
            owner->wake(owner->context);
        }
    }
}

static void drop_hold(struct lock_table *table, struct lock_hold *hold) {
    struct lock *lock = hold->lock;
    struct lock_hold **link = &lock->holds;
    while (*link != hold) {
        link = &(*link)->next_of_lock;
    }
    *link = hold->next_of_lock;
    link = &hold->owner->holds;
    while (*link != hold) {
        link = &(*link)->next_of_owner;
    }
    *link = hold->next_of_owner;
    hold->next_of_lock = table->spare;
    table->spare = hold;
    grant(table, lock);
    release(table, lock);
}

// ---- Deadlocks ----------------------------------------------------------------------------------

static struct lock_owner *find_owner(const struct lock_table *table, uint32_t id) {
    struct lock_owner *owner = table->owners;
    while (owner != NULL && owner->id != id) {
        owner = owner->next;
    }
    return owner;
}

// A search goes through all owners that somebody waits for, each once, without recursion: it runs
// on stacks of guests.
static void add_to_search(struct lock_table *table, struct lock_owner *owner) {
    if (owner->visited != table->visit) {
        owner->visited = table->visit;
        owner->next_found = table->found;
        table->found = owner;
    }
}

// Whom a waiter of the lock waits for: those who hold it, and those who wait before `until` (NULL:
// all who wait).
static void add_lock(struct lock_table *table, const struct lock *lock,
                     const struct lock_owner *until) {
    for (const struct lock_hold *hold = lock->holds; hold != NULL; hold = hold->next_of_lock) {
        add_to_search(table, hold->owner);
    }
    for (struct lock_owner *owner = lock->first; owner != until && owner != NULL;
         owner = owner->behind) {
        add_to_search(table, owner);
    }
}

// Follows what calls await, up to one that waits for a lock. True when it comes to `id`.
static bool add_awaited(struct lock_table *table, uint32_t from, uint32_t id) {
    for (int step = 0; table->awaits != NULL && step < AWAITS_MAX; step++) {
        from = table->awaits(table->context, from);
        if (from == 0 || from == id) {
            return from == id;
        }
        struct lock_owner *owner = find_owner(table, from);
        if (owner != NULL && owner->waits_for != NULL) {
            add_to_search(table, owner);
            return false;
        }
    }
    return false;
}

static void begin_search(struct lock_table *table) {
    table->visit++;
    table->found = NULL;
}

// Whether one of those found, or one for whom they wait, is the owner with the id.
static bool search(struct lock_table *table, uint32_t id) {
    while (table->found != NULL) {
        struct lock_owner *owner = table->found;
        table->found = owner->next_found;
        if (owner->id == id) {
            return true;
        }
        if (owner->waits_for != NULL) {
            add_lock(table, owner->waits_for, owner);
        } else if (add_awaited(table, owner->id, id)) {
            return true;
        }
    }
    return false;
}

bool lock_check_wait(struct lock_table *table, uint32_t id, struct error *error) {
    if (atomic_load(&table->waiting) == 0) {
        return true;
    }
    pthread_mutex_lock(&table->mutex);
    begin_search(table);
    bool endless = add_awaited(table, id, id) || search(table, id);
    pthread_mutex_unlock(&table->mutex);
    return !endless || error_set(error, ERROR_CONFLICT,
                                 "deadlock: what call %u would wait for waits, maybe through "
                                 "others, for a lock that it has",
                                 id);
}

// ---- Owners -------------------------------------------------------------------------------------

void lock_register(struct lock_table *table, struct lock_owner *owner) {
    pthread_mutex_lock(&table->mutex);
    while (owner->id == 0) {
        uint32_t id = (uint32_t)INT32_MAX + 1 + (table->last_id++ & (uint32_t)INT32_MAX);
        owner->id = find_owner(table, id) == NULL ? id : 0;
    }
    owner->next = table->owners;
    table->owners = owner;
    pthread_mutex_unlock(&table->mutex);
}

void lock_unregister(struct lock_table *table, struct lock_owner *owner) {
    pthread_mutex_lock(&table->mutex);
    while (owner->holds != NULL) {
        drop_hold(table, owner->holds);
    }
    struct lock_owner **link = &table->owners;
    while (*link != owner) {
        link = &(*link)->next;
    }
    *link = owner->next;
    pthread_mutex_unlock(&table->mutex);
}

// ---- Taking -------------------------------------------------------------------------------------

// Puts the owner at the end of the queue. With a spare hold for when its turn comes.
static bool enqueue(struct lock_table *table, struct lock *lock, struct lock_owner *owner,
                    bool exclusive) {
    struct lock_hold *ready = malloc(sizeof *ready);
    if (ready == NULL) {
        return false;
    }
    ready->next_of_lock = table->spare;
    table->spare = ready;
    owner->waits_for = lock;
    owner->waits_exclusive = exclusive;
    atomic_store_explicit(&owner->granted, false, memory_order_relaxed);
    owner->behind = NULL;
    *(lock->last == NULL ? &lock->first : &lock->last->behind) = owner;
    lock->last = owner;
    lock->references++;
    atomic_fetch_add(&table->waiting, 1);
    return true;
}

// Out of the queue, unless its turn came just now.
static void give_up(struct lock_table *table, struct lock_owner *owner) {
    struct lock *lock = owner->waits_for;
    struct lock_owner *before = NULL;
    for (struct lock_owner *other = lock->first; other != owner; other = other->behind) {
        before = other;
    }
    *(before == NULL ? &lock->first : &before->behind) = owner->behind;
    if (lock->last == owner) {
        lock->last = before;
    }
    owner->waits_for = NULL;
    owner->behind = NULL;
    atomic_fetch_sub(&table->waiting, 1);
    grant(table, lock);
    release(table, lock);
}

static bool would_wait_for_itself(const struct lock *lock, const struct lock_hold *own,
                                  struct error *error) {
    char text[STATE_LABEL_MAX];
    return error_set(error, ERROR_CONFLICT,
                     "deadlock: this call has the lock of %s already, for %s", label(lock, text),
                     own->exclusive ? "writing" : "reading");
}

// Most holders are on a processor and soon done: before the waiter slept, its turn has come.
static void spin_for_turn(const struct lock_owner *owner) {
    uint64_t end = clock_monotonic() + SPIN_NANOSECONDS;
    do {
        for (int i = 0; i < SPIN_LOOKS; i++) {
            if (atomic_load_explicit(&owner->granted, memory_order_acquire)) {
                return;
            }
            __builtin_ia32_pause();
        }
    } while (clock_monotonic() < end);
}

// Until its turn has come. With the mutex held, which it gives up meanwhile.
static bool wait_for_turn(struct lock_table *table, struct lock *lock, struct lock_owner *owner,
                          struct error *error) {
    char text[STATE_LABEL_MAX];
    pthread_mutex_unlock(&table->mutex);
    spin_for_turn(owner);
    pthread_mutex_lock(&table->mutex);
    while (!owner->granted) {
        owner->sleeps = true;
        pthread_mutex_unlock(&table->mutex);
        bool woken = owner->wait(owner->context);
        pthread_mutex_lock(&table->mutex);
        owner->sleeps = false;
        if (!woken && !owner->granted) {
            give_up(table, owner);
            return error_set(error, ERROR_CANCELLED, "the wait for the lock of %s was interrupted",
                             label(lock, text));
        }
    }
    return true;
}

static bool wait_in_queue(struct lock_table *table, struct lock *lock, struct lock_owner *owner,
                          bool exclusive, struct error *error) {
    begin_search(table);
    add_lock(table, lock, NULL);
    if (search(table, owner->id)) {
        char text[STATE_LABEL_MAX];
        return error_set(error, ERROR_CONFLICT,
                         "deadlock: who has the lock of %s waits, maybe through others, for this "
                         "call",
                         label(lock, text));
    }
    if (!enqueue(table, lock, owner, exclusive)) {
        return error_set(error, ERROR_MEMORY, "lock of state");
    }
    return wait_for_turn(table, lock, owner, error);
}

bool lock_take(struct lock_table *table, struct lock *lock, struct lock_owner *owner,
               bool exclusive, struct error *error) {
    bool done = true;
    pthread_mutex_lock(&table->mutex);
    struct lock_hold *own = find_hold(lock, owner);
    if (own != NULL && !exclusive && !own->exclusive) {
        own->count++;
    } else if (own != NULL) {
        done = would_wait_for_itself(lock, own, error);
    } else if (lock->first == NULL && compatible(lock, exclusive)) {
        struct lock_hold *hold = take_spare(table);
        if (hold != NULL) {
            add_hold(lock, owner, exclusive, hold);
        } else {
            done = error_set(error, ERROR_MEMORY, "lock of state");
        }
    } else {
        done = wait_in_queue(table, lock, owner, exclusive, error);
    }
    pthread_mutex_unlock(&table->mutex);
    return done;
}

bool lock_give(struct lock_table *table, struct lock *lock, struct lock_owner *owner,
               bool exclusive, struct error *error) {
    pthread_mutex_lock(&table->mutex);
    struct lock_hold *own = find_hold(lock, owner);
    bool has = own != NULL && own->exclusive == exclusive;
    if (has && --own->count == 0) {
        drop_hold(table, own);
    }
    char text[STATE_LABEL_MAX];
    bool done = has || error_set(error, ERROR_CONFLICT, "this call does not have the %s lock of %s",
                                 exclusive ? "write" : "read", label(lock, text));
    pthread_mutex_unlock(&table->mutex);
    return done;
}

bool lock_has_any(struct lock_table *table, const struct lock_owner *owner) {
    pthread_mutex_lock(&table->mutex);
    bool has = owner->holds != NULL;
    pthread_mutex_unlock(&table->mutex);
    return has;
}

bool lock_has(struct lock_table *table, const struct lock *lock, const struct lock_owner *owner) {
    pthread_mutex_lock(&table->mutex);
    const struct lock_hold *own = find_hold(lock, owner);
    bool has = own != NULL && own->exclusive;
    pthread_mutex_unlock(&table->mutex);
    return has;
}
