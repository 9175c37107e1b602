#include "runtime/call_table.h"

#include <sodium.h>

// ---- Lists of finished records ------------------------------------------------------------------

static void list_append(struct call_list *list, struct call *call) {
    struct call_private *private = call->private;
    private->kept_in = list;
    private->kept_links = (struct call_links){.previous = list->last};
    if (list->last != NULL) {
        list->last->private->kept_links.next = call;
    } else {
        list->first = call;
    }
    list->last = call;
    list->count++;
}

static void list_remove(struct call_list *list, struct call *call) {
    struct call_private *private = call->private;
    struct call *next = private->kept_links.next;
    struct call *previous = private->kept_links.previous;
    if (next != NULL) {
        next->private->kept_links.previous = previous;
    } else {
        list->last = previous;
    }
    if (previous != NULL) {
        previous->private->kept_links.next = next;
    } else {
        list->first = next;
    }
    list->count--;
    private->kept_in = NULL;
}

// ---- The table ----------------------------------------------------------------------------------

void call_table_create(struct call_table *table, size_t limit_calls, size_t limit_bytes) {
    *table = (struct call_table){
        // Ids of an earlier process are unlikely to mean a call of this one.
        .next_id = 1 + randombytes_uniform(INT32_MAX),
        .limit_calls = limit_calls,
        .limit_bytes = limit_bytes,
    };
    pthread_mutex_init(&table->mutex, NULL);
}

void call_table_destroy(struct call_table *table) {
    struct call_private *private, *next;
    HASH_ITER(hash, table->calls, private, next) {
        HASH_DELETE(hash, table->calls, private);
        call_release(private->call);
    }
    pthread_mutex_destroy(&table->mutex);
}

static struct call_private *find(struct call_table *table, uint32_t id) {
    struct call_private *private;
    HASH_FIND(hash, table->calls, &id, sizeof id, private);
    return private;
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

void call_table_add(struct call_table *table, struct call *call) {
    struct call_private *private = call->private;
    call_acquire(call);
    pthread_mutex_lock(&table->mutex);
    call->id = private->id = new_id(table);
    HASH_ADD(hash, table->calls, id, sizeof private->id, private);
    pthread_mutex_unlock(&table->mutex);
}

struct call *call_table_find(struct call_table *table, uint32_t id) {
    pthread_mutex_lock(&table->mutex);
    struct call_private *private = find(table, id);
    struct call *call = private != NULL ? call_acquire(private->call) : NULL;
    pthread_mutex_unlock(&table->mutex);
    return call;
}

void call_table_remove(struct call_table *table, struct call *call) {
    pthread_mutex_lock(&table->mutex);
    HASH_DELETE(hash, table->calls, call->private);
    pthread_mutex_unlock(&table->mutex);
    call_release(call);
}

static size_t bytes_of(const struct call *call) {
    return sizeof(struct call) + sizeof(struct call_private) + call->output.capacity +
           call->log.capacity + call->trace.capacity;
}

static void keep(struct call_table *table, struct call *call) {
    list_append(&table->finished, call);
    table->finished_bytes += call->private->bytes;
}

static void unpin(struct call_table *table, struct call_list *children, struct call *call) {
    list_remove(children, call);
    table->pinned_bytes -= call->private->bytes;
    keep(table, call);
}

// Takes what is over the limits out of the table and returns it, linked by `next`.
static struct call *drop_oldest(struct call_table *table) {
    struct call *dropped = NULL;
    struct call *call;
    while ((call = table->finished.first) != NULL &&
           (table->finished.count > table->limit_calls ||
            (table->finished_bytes > table->limit_bytes && table->finished.count > 1))) {
        list_remove(&table->finished, call);
        table->finished_bytes -= call->private->bytes;
        // What is in the list is in the table, which clang-tidy cannot see.
        HASH_DELETE(hash, table->calls, call->private); // NOLINT(clang-analyzer-*)
        call->private->kept_links.next = dropped;
        dropped = call;
    }
    return dropped;
}

static void release_all(struct call *dropped) {
    while (dropped != NULL) {
        struct call *next = dropped->private->kept_links.next;
        call_release(dropped);
        dropped = next;
    }
}

void call_table_finished(struct call_table *table, struct call *call) {
    struct call_private *private = call->private;
    pthread_mutex_lock(&table->mutex);
    private->closed = true;
    private->bytes = bytes_of(call);
    while (private->children.first != NULL) {
        unpin(table, &private->children, private->children.first);
    }
    struct call_private *parent = call->parent != 0 ? find(table, call->parent) : NULL;
    if (parent != NULL && !parent->closed && !atomic_load(&call->awaited) &&
        table->pinned_bytes + private->bytes <= table->limit_bytes) {
        list_append(&parent->children, call);
        table->pinned_bytes += private->bytes;
    } else {
        keep(table, call);
    }
    struct call *dropped = drop_oldest(table);
    pthread_mutex_unlock(&table->mutex);
    release_all(dropped);
}

void call_table_awaited(struct call_table *table, struct call *call) {
    pthread_mutex_lock(&table->mutex);
    struct call_list *list = call->private->kept_in;
    if (list != NULL && list != &table->finished) {
        unpin(table, list, call);
    }
    struct call *dropped = drop_oldest(table);
    pthread_mutex_unlock(&table->mutex);
    release_all(dropped);
}
