#include "host/state_call.h"

#include "base/clock.h"
#include "base/log.h"
#include "faaslet/guest.h"
#include "faaslet/thread.h"
#include "runtime/runtime.h"

#include <stdlib.h>
#include <string.h>

void state_call_refuse(struct object_instance *instance, const char *import,
                       const struct error *error) {
    if (error->code != ERROR_CANCELLED) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "%s: %s", import, error->message);
    }
}

static void give_up_lease(struct state_call *state_call, struct state_entry *entry) {
    struct error error;
    if (entry->lease != NULL && !lease_give(state_call->state, entry->lease, &error)) {
        log_warn("call %u: %s", state_call->call->id, error.message);
    }
    entry->lease = NULL;
}

static void delete_entry(struct state_call *state_call, struct state_entry *entry) {
    for (int space = 0; space < 2; space++) {
        if (entry->locks[space] != NULL) {
            lock_close(state_locks(state_call->state), entry->locks[space]);
        }
    }
    state_release(entry->value);
    free(entry);
}

static void forget_thread(struct state_call *state_call, struct state_thread *thread) {
    struct state_thread **link = &state_call->threads;
    while (*link != thread) {
        link = &(*link)->next;
    }
    *link = thread->next;
    lock_unregister(state_locks(state_call->state), &thread->owner);
    free(thread);
}

static void state_call_delete(void *data) {
    struct state_call *state_call = data;
    for (int i = 0; i < STATE_BUCKETS; i++) {
        for (struct state_entry *entry = state_call->buckets[i]; entry != NULL;
             entry = entry->next) {
            give_up_lease(state_call, entry);
        }
    }
    if (state_call->main.registered) {
        lock_unregister(state_locks(state_call->state), &state_call->main.owner);
    }
    while (state_call->threads != NULL) {
        forget_thread(state_call, state_call->threads);
    }
    for (int i = 0; i < STATE_BUCKETS; i++) {
        struct state_entry *entry;
        while ((entry = state_call->buckets[i]) != NULL) {
            state_call->buckets[i] = entry->next;
            delete_entry(state_call, entry);
        }
    }
    free(state_call);
}

void state_call_start(void) {
    call_slot_register(CALL_SLOT_STATE, state_call_delete);
}

static struct state_call *make(struct object_instance *instance, const char *import) {
    struct call *call = call_of(instance);
    struct error error;
    if (call->initializing) {
        faaslet_raise(instance, FAASLET_TRAP_HOST,
                      "%s: a function cannot use state while it is initialised", import);
    }
    struct state *state = runtime_state(call->runtime, &error);
    if (state == NULL) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "%s: %s", import, error.message);
    }
    struct state_call *state_call = calloc(1, sizeof *state_call);
    if (state_call == NULL) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "%s: out of memory", import);
    }
    state_call->call = call;
    state_call->state = state;
    state_call->mapped_from = UINT32_MAX;
    call->slots[CALL_SLOT_STATE] = state_call;
    return state_call;
}

struct state_call *state_call_of(struct object_instance *instance, const char *import) {
    struct state_call *state_call = call_of(instance)->slots[CALL_SLOT_STATE];
    return state_call != NULL ? state_call : make(instance, import);
}

// ---- Entries ------------------------------------------------------------------------------------

// FNV-1a.
static uint32_t hash_of(const char *key, size_t length) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)key[i]) * 16777619u;
    }
    return hash;
}

static struct state_entry *add_entry(struct object_instance *instance, const char *import,
                                     struct state_call *state_call, const char *key, size_t length,
                                     uint32_t hash) {
    struct error error;
    const struct state_name name = {state_call->call->user, {(const uint8_t *)key, length}};
    struct state_value *value = state_open(state_call->state, &name, &error);
    if (value == NULL) {
        state_call_refuse(instance, import, &error);
    }
    struct state_entry *entry = calloc(1, sizeof *entry + length);
    if (entry == NULL) {
        state_release(value);
        faaslet_raise(instance, FAASLET_TRAP_HOST, "%s: out of memory", import);
    }
    entry->value = value;
    entry->hash = hash;
    entry->key_length = (uint32_t)length;
    memcpy(entry->key, key, length);
    entry->next = state_call->buckets[hash % STATE_BUCKETS];
    state_call->buckets[hash % STATE_BUCKETS] = entry;
    return entry;
}

struct state_entry *state_call_entry(struct object_instance *instance, const char *import,
                                     uint32_t key) {
    struct state_call *state_call = state_call_of(instance, import);
    char text[STATE_KEY_MAX + 1];
    if (!guest_read_string(instance, key, text, sizeof text)) {
        faaslet_raise(instance, FAASLET_TRAP_HOST,
                      "%s: the key at 0x%x is out of bounds or longer than %d bytes", import, key,
                      STATE_KEY_MAX);
    }
    size_t length = strlen(text);
    uint32_t hash = hash_of(text, length);
    struct state_entry *entry = state_call->buckets[hash % STATE_BUCKETS];
    while (entry != NULL && (entry->hash != hash || entry->key_length != length ||
                             memcmp(entry->key, text, length) != 0)) {
        entry = entry->next;
    }
    return entry != NULL ? entry : add_entry(instance, import, state_call, text, length, hash);
}

// ---- Locks --------------------------------------------------------------------------------------

static bool wait_for_lock(void *context) {
    struct state_thread *thread = context;
    return park_wait(&thread->park, thread->state_call->call->faaslet, PARK_FOREVER) == PARK_WOKEN;
}

static void wake_waiter(void *context) {
    park_wake(&((struct state_thread *)context)->park);
}

static bool pause_between_tries(void *context, uint64_t nanoseconds) {
    struct state_call *state_call = context;
    struct park park = {0};
    return park_wait(&park, state_call->call->faaslet, clock_monotonic() + nanoseconds) !=
           PARK_INTERRUPTED;
}

// Guest threads exclude each other, so each is an owner. NULL: it has none, and memory is out.
static struct state_thread *find_thread(struct state_call *state_call) {
    uint32_t id = faaslet_thread_id();
    struct state_thread *thread = id == 0 ? &state_call->main : state_call->threads;
    while (thread != NULL && thread->id != id) {
        thread = thread->next;
    }
    if (thread == NULL) {
        thread = calloc(1, sizeof *thread);
        if (thread == NULL) {
            return NULL;
        }
        thread->id = id;
        thread->next = state_call->threads;
        state_call->threads = thread;
    }
    return thread;
}

static struct lock_owner *need_owner(struct state_call *state_call, struct error *error) {
    struct state_thread *thread = find_thread(state_call);
    if (thread == NULL) {
        error_set(error, ERROR_MEMORY, "lock of state");
        return NULL;
    }
    if (!thread->registered) {
        thread->state_call = state_call;
        thread->owner = (struct lock_owner){
            .id = thread->id == 0 ? state_call->call->id : 0,
            .wait = wait_for_lock,
            .wake = wake_waiter,
            .context = thread,
        };
        lock_register(state_locks(state_call->state), &thread->owner);
        thread->registered = true;
    }
    return &thread->owner;
}

// There may be any number of threads, one after the other.
static void forget_idle_owner(struct state_call *state_call, const struct lock_owner *owner) {
    if (owner != NULL && owner != &state_call->main.owner &&
        !lock_has_any(state_locks(state_call->state), owner)) {
        forget_thread(state_call, owner->context);
    }
}

static struct lock_owner *open_lock(struct state_call *state_call, struct state_entry *entry,
                                    enum lock_space space, struct error *error) {
    if (entry->locks[space] == NULL) {
        const struct state_name name = {state_call->call->user,
                                        {(const uint8_t *)entry->key, entry->key_length}};
        entry->locks[space] = lock_open(state_locks(state_call->state), space, &name, error);
        if (entry->locks[space] == NULL) {
            return NULL;
        }
    }
    return need_owner(state_call, error);
}

// Another thread of the call is at it, and will not be for long.
static bool wait_for_leasing(struct state_call *state_call, const struct state_entry *entry,
                             struct error *error) {
    enum { PAUSE = 1000000 };
    while (entry->leasing) {
        if (!pause_between_tries(state_call, PAUSE)) {
            return error_set(error, ERROR_CANCELLED, "the wait for a lock was interrupted");
        }
    }
    return true;
}

// The lock of all hosts, once the call has that of this host.
static bool take_lease(struct state_call *state_call, struct state_entry *entry, bool exclusive,
                       struct error *error) {
    if (!wait_for_leasing(state_call, entry, error)) {
        return false;
    }
    if (entry->lease != NULL) {
        entry->lease_count++;
        return true;
    }
    entry->leasing = true;
    const struct state_name name = {state_call->call->user,
                                    {(const uint8_t *)entry->key, entry->key_length}};
    const struct lease_waiter waiter = {pause_between_tries, state_call};
    park_block_begin();
    entry->lease =
        lease_take(state_call->state, &name, state_call->call->id, exclusive, &waiter, error);
    park_block_end();
    entry->leasing = false;
    entry->lease_exclusive = exclusive;
    entry->lease_count = 1;
    return entry->lease != NULL;
}

static bool give_lease(struct state_call *state_call, struct state_entry *entry,
                       struct error *error) {
    if (--entry->lease_count > 0) {
        return true;
    }
    struct lease *lease = entry->lease;
    entry->lease = NULL;
    park_block_begin();
    bool done = lease_give(state_call->state, lease, error);
    park_block_end();
    return done;
}

bool state_call_lock(struct object_instance *instance, const char *import, uint32_t key,
                     enum lock_space space, bool exclusive) {
    struct state_entry *entry = state_call_entry(instance, import, key);
    struct state_call *state_call = state_call_of(instance, import);
    struct lock_table *table = state_locks(state_call->state);
    struct error error;
    struct lock_owner *owner = open_lock(state_call, entry, space, &error);
    bool done = owner != NULL && lock_take(table, entry->locks[space], owner, exclusive, &error);
    if (done && space == LOCK_GLOBAL && !take_lease(state_call, entry, exclusive, &error)) {
        struct error ignored;
        lock_give(table, entry->locks[space], owner, exclusive, &ignored);
        done = false;
    }
    forget_idle_owner(state_call, owner);
    if (!done) {
        state_call_refuse(instance, import, &error);
    }
    return done;
}

void state_call_unlock(struct object_instance *instance, const char *import, uint32_t key,
                       enum lock_space space, bool exclusive) {
    struct state_entry *entry = state_call_entry(instance, import, key);
    struct state_call *state_call = state_call_of(instance, import);
    struct error error;
    struct lock_owner *owner = open_lock(state_call, entry, space, &error);
    bool done = owner != NULL;
    bool leased = entry->lease != NULL && entry->lease_exclusive == exclusive;
    if (done && space == LOCK_GLOBAL && leased) {
        done = give_lease(state_call, entry, &error);
    }
    struct error not_held;
    if (done) {
        done = lock_give(state_locks(state_call->state), entry->locks[space], owner, exclusive,
                         &error);
    } else if (owner != NULL) {
        lock_give(state_locks(state_call->state), entry->locks[space], owner, exclusive, &not_held);
    }
    forget_idle_owner(state_call, owner);
    if (!done) {
        state_call_refuse(instance, import, &error);
    }
}
