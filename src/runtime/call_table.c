#include "runtime/call_table.h"

#include "base/clock.h"

#include <sodium.h>
#include <stdlib.h>

enum { BUCKETS_MIN = 1024, SPARE_MAX = 16384 };

// ---- Lists of finished records ------------------------------------------------------------------

static void list_append(struct call_list *list, struct call *call) {
    call->private->kept_in = list;
    call_list_append(list, call, offsetof(struct call_private, kept_links));
}

static void list_remove(struct call_list *list, struct call *call) {
    call_list_remove(list, call, offsetof(struct call_private, kept_links));
    call->private->kept_in = NULL;
}

// ---- Who chained whom ---------------------------------------------------------------------------

enum { LIVE_LINKS = offsetof(struct call_private, live_links) };

static void put_below(struct call *ancestor, struct call *call) {
    call->private->ancestor = ancestor;
    if (ancestor != NULL) {
        call_list_append(&ancestor->private->live, call, LIVE_LINKS);
    }
}

// What is below it goes on below the next one above.
static void leave_tree(struct call *call) {
    struct call_private *private = call->private;
    struct call *ancestor = private->ancestor;
    if (ancestor != NULL) {
        call_list_remove(&ancestor->private->live, call, LIVE_LINKS);
    }
    struct call *below;
    while ((below = private->live.first) != NULL) {
        call_list_remove(&private->live, below, LIVE_LINKS);
        put_below(ancestor, below);
    }
    private->ancestor = NULL;
}

// ---- The table ----------------------------------------------------------------------------------

bool call_table_create(struct call_table *table, size_t limit_calls, size_t limit_bytes,
                       struct error *error) {
    *table = (struct call_table){
        // Ids of an earlier process are unlikely to mean a call of this one.
        .next_id = 1 + randombytes_uniform(INT32_MAX),
        .limit_calls = limit_calls,
        .limit_bytes = limit_bytes,
        .bucket_count = BUCKETS_MIN,
    };
    pthread_mutexattr_t adaptive;
    pthread_mutexattr_init(&adaptive);
    pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(&table->mutex, &adaptive);
    pthread_mutex_init(&table->spare_mutex, &adaptive);
    pthread_mutexattr_destroy(&adaptive);
    table->buckets = calloc(table->bucket_count, sizeof *table->buckets);
    return table->buckets != NULL || error_set(error, ERROR_MEMORY, "table of calls");
}

void call_table_destroy(struct call_table *table) {
    for (size_t i = 0; table->buckets != NULL && i < table->bucket_count; i++) {
        struct call *call;
        while ((call = table->buckets[i]) != NULL) {
            table->buckets[i] = call->private->next_in_bucket;
            call_release(call);
        }
    }
    free(table->buckets);
    call_table_drop_spare(table);
    pthread_mutex_destroy(&table->spare_mutex);
    pthread_mutex_destroy(&table->mutex);
}

static struct call **bucket_of(struct call_table *table, uint32_t id) {
    return &table->buckets[id & (table->bucket_count - 1)];
}

static struct call *find(struct call_table *table, uint32_t id) {
    struct call *call = *bucket_of(table, id);
    while (call != NULL && call->id != id) {
        call = call->private->next_in_bucket;
    }
    return call;
}

static void insert(struct call_table *table, struct call *call) {
    struct call **bucket = bucket_of(table, call->id);
    call->private->next_in_bucket = *bucket;
    *bucket = call;
    table->count++;
}

static void take_out(struct call_table *table, struct call *call) {
    struct call **link = bucket_of(table, call->id);
    while (*link != call) {
        link = &(*link)->private->next_in_bucket;
    }
    *link = call->private->next_in_bucket;
    table->count--;
}

// Where memory is out the buckets there are do, more slowly.
static void grow(struct call_table *table) {
    size_t count = table->bucket_count;
    struct call **old = table->buckets, **larger = calloc(2 * count, sizeof *larger);
    if (larger == NULL) {
        return;
    }
    table->buckets = larger;
    table->bucket_count = 2 * count;
    table->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct call *next;
        for (struct call *call = old[i]; call != NULL; call = next) {
            next = call->private->next_in_bucket;
            insert(table, call);
        }
    }
    free(old);
}

static uint32_t new_id(struct call_table *table) {
    uint32_t id;
    do {
        id = table->next_id;
        table->next_id = id == INT32_MAX ? 1 : id + 1;
    } while (find(table, id) != NULL);
    return id;
}

uint32_t call_table_new_id(struct call_table *table) {
    pthread_mutex_lock(&table->mutex);
    uint32_t id = new_id(table);
    pthread_mutex_unlock(&table->mutex);
    return id;
}

bool call_table_add(struct call_table *table, struct call *call, struct call *parent,
                    struct error *error) {
    pthread_mutex_lock(&table->mutex);
    bool done = parent == NULL || atomic_load(&parent->private->stop) == 0;
    if (done) {
        if (table->count >= table->bucket_count) {
            grow(table);
        }
        call->id = call->id != 0 ? call->id : new_id(table);
        insert(table, call);
        put_below(parent, call);
        call_acquire(call);
    }
    pthread_mutex_unlock(&table->mutex);
    return done || error_set(error, ERROR_CANCELLED, "the call that chains it is to stop");
}

struct call *call_table_find(struct call_table *table, uint32_t id) {
    pthread_mutex_lock(&table->mutex);
    struct call *call = find(table, id);
    if (call != NULL) {
        call_acquire(call);
    }
    pthread_mutex_unlock(&table->mutex);
    return call;
}

void call_table_remove(struct call_table *table, struct call *call) {
    pthread_mutex_lock(&table->mutex);
    leave_tree(call);
    take_out(table, call);
    pthread_mutex_unlock(&table->mutex);
    call_release(call);
}

static size_t bytes_of(const struct call *call) {
    return sizeof(struct call) + sizeof(struct call_private) + call->output.capacity +
           call->log.capacity + call->trace.capacity;
}

static void keep(struct call_table *table, struct call *call) {
    call->private->kept_since = clock_monotonic();
    list_append(&table->finished, call);
    table->finished_bytes += call->private->bytes;
}

static void unpin(struct call_table *table, struct call_list *children, struct call *call) {
    list_remove(children, call);
    table->pinned_bytes -= call->private->bytes;
    keep(table, call);
}

static bool over_limits(const struct call_table *table) {
    return table->finished.count > table->limit_calls ||
           (table->finished_bytes > table->limit_bytes && table->finished.count > 1);
}

// Takes what is over the limits, or was kept since before a time, out of the table and returns it,
// linked by `next`.
static struct call *drop_oldest(struct call_table *table, uint64_t before) {
    struct call *dropped = NULL;
    struct call *call;
    while ((call = table->finished.first) != NULL &&
           (over_limits(table) || call->private->kept_since < before)) {
        list_remove(&table->finished, call);
        table->finished_bytes -= call->private->bytes;
        take_out(table, call);
        call->private->kept_links.next = dropped;
        dropped = call;
    }
    return dropped;
}

static void release_all(struct call_table *table, struct call *dropped) {
    while (dropped != NULL) {
        // The analyser takes the next one for the one that was freed.
        struct call *next = dropped->private->kept_links.next; // NOLINT(clang-analyzer-unix.Malloc)
        if (call_release_contents(dropped) && !call_table_give_spare(table, dropped)) {
            free(dropped);
        }
        dropped = next;
    }
}

void call_table_finished(struct call_table *table, struct call *call) {
    struct call_private *private = call->private;
    pthread_mutex_lock(&table->mutex);
    private->closed = true;
    leave_tree(call);
    private->bytes = bytes_of(call);
    while (private->children.first != NULL) {
        unpin(table, &private->children, private->children.first);
    }
    struct call *parent = call->parent != 0 ? find(table, call->parent) : NULL;
    if (parent != NULL && !parent->private->closed && !atomic_load(&call->awaited) &&
        table->pinned_bytes + private->bytes <= table->limit_bytes) {
        list_append(&parent->private->children, call);
        table->pinned_bytes += private->bytes;
    } else {
        keep(table, call);
    }
    struct call *dropped = drop_oldest(table, 0);
    pthread_mutex_unlock(&table->mutex);
    release_all(table, dropped);
}

void call_table_awaited(struct call_table *table, struct call *call) {
    pthread_mutex_lock(&table->mutex);
    struct call_list *list = call->private->kept_in;
    if (list != NULL && list != &table->finished) {
        unpin(table, list, call);
    }
    struct call *dropped = drop_oldest(table, 0);
    pthread_mutex_unlock(&table->mutex);
    release_all(table, dropped);
}

static bool mark_stopped(struct call *call, enum faaslet_trap_kind kind) {
    uint32_t none = 0;
    return atomic_compare_exchange_strong(&call->private->stop, &none, kind);
}

// Breadth first, with the list of those marked as the queue. What another one has marked, that one
// stops with all that is below it.
struct call *call_table_mark_stopped(struct call_table *table, struct call *call,
                                     enum faaslet_trap_kind kind) {
    pthread_mutex_lock(&table->mutex);
    struct call *first = NULL;
    if (!call->private->closed && mark_stopped(call, kind)) {
        first = call_acquire(call);
        first->private->next_to_stop = NULL;
    }
    struct call *last = first;
    for (struct call *marked = first; marked != NULL; marked = marked->private->next_to_stop) {
        for (struct call *below = marked->private->live.first; below != NULL;
             below = below->private->live_links.next) {
            if (mark_stopped(below, FAASLET_TRAP_CANCELLED)) {
                last->private->next_to_stop = call_acquire(below);
                last = below;
                last->private->next_to_stop = NULL;
            }
        }
    }
    pthread_mutex_unlock(&table->mutex);
    return first;
}

struct call *call_table_mark_all_stopped(struct call_table *table, enum faaslet_trap_kind kind) {
    struct call *first = NULL;
    pthread_mutex_lock(&table->mutex);
    for (size_t i = 0; i < table->bucket_count; i++) {
        for (struct call *call = table->buckets[i]; call != NULL;
             call = call->private->next_in_bucket) {
            if (!call->private->closed && mark_stopped(call, kind)) {
                call->private->next_to_stop = first;
                first = call_acquire(call);
            }
        }
    }
    pthread_mutex_unlock(&table->mutex);
    return first;
}

uint64_t call_table_expire(struct call_table *table, uint64_t before) {
    pthread_mutex_lock(&table->mutex);
    struct call *dropped = drop_oldest(table, before);
    const struct call *oldest = table->finished.first;
    uint64_t since = oldest != NULL ? oldest->private->kept_since : UINT64_MAX;
    pthread_mutex_unlock(&table->mutex);
    release_all(table, dropped);
    return since;
}

// ---- Records to be used again -------------------------------------------------------------------

struct call *call_table_take_spare(struct call_table *table) {
    pthread_mutex_lock(&table->spare_mutex);
    struct call *call = table->spare;
    if (call != NULL) {
        table->spare = call->private->next_in_bucket;
        table->spare_count--;
    }
    pthread_mutex_unlock(&table->spare_mutex);
    return call;
}

bool call_table_give_spare(struct call_table *table, struct call *call) {
    pthread_mutex_lock(&table->spare_mutex);
    bool taken = table->spare_count < SPARE_MAX;
    if (taken) {
        call->private->next_in_bucket = table->spare;
        table->spare = call;
        table->spare_count++;
    }
    pthread_mutex_unlock(&table->spare_mutex);
    return taken;
}

void call_table_drop_spare(struct call_table *table) {
    struct call *call;
    while ((call = call_table_take_spare(table)) != NULL) {
        free(call);
    }
}
