#include "faaslet/registry.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

enum { REGISTRY_BLOCK_SLOTS = 128 };

// Readers may be signal handlers, so nothing they can see is ever freed: blocks of slots are only
// appended, and a slot of an unloaded object is used again. `version` is odd while a slot changes;
// a reader that sees it odd or changed skips the slot, which is right because nobody can be
// executing code of an object that is being added or removed.
struct registry_slot {
    _Atomic uint32_t version;
    _Atomic(const char *) begin;
    _Atomic(const char *) end;
    _Atomic(const struct registry_range *) range;
};

struct registry_block {
    struct registry_slot slots[REGISTRY_BLOCK_SLOTS];
    _Atomic(struct registry_block *) next;
};

// Process-wide because a signal handler gets no context of ours.
static struct registry_block first_block;
static _Atomic uint64_t generation = 1;
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;

static void slot_set(struct registry_slot *slot, const struct registry_range *range) {
    atomic_fetch_add(&slot->version, 1);
    atomic_store(&slot->begin, range == NULL ? NULL : range->begin);
    atomic_store(&slot->end, range == NULL ? NULL : range->end);
    atomic_store(&slot->range, range);
    atomic_fetch_add(&slot->version, 1);
}

// The first slot that holds `range`; with `range` NULL the first free one. A new block is appended
// when there is none and `grow` is set.
static struct registry_slot *slot_search(const struct registry_range *range, bool grow) {
    struct registry_block *block = &first_block;
    for (;;) {
        for (int i = 0; i < REGISTRY_BLOCK_SLOTS; i++) {
            if (atomic_load(&block->slots[i].range) == range) {
                return &block->slots[i];
            }
        }
        struct registry_block *next = atomic_load(&block->next);
        if (next == NULL) {
            if (!grow || (next = calloc(1, sizeof *next)) == NULL) {
                return NULL;
            }
            atomic_store(&block->next, next);
        }
        block = next;
    }
}

bool registry_add(const struct registry_range *range, struct error *error) {
    pthread_mutex_lock(&registry_lock);
    struct registry_slot *slot = slot_search(NULL, true);
    if (slot != NULL) {
        slot_set(slot, range);
    }
    pthread_mutex_unlock(&registry_lock);
    return slot != NULL || error_set(error, ERROR_MEMORY, "registry of loaded objects");
}

void registry_remove(const struct registry_range *range) {
    pthread_mutex_lock(&registry_lock);
    struct registry_slot *slot = slot_search(range, false);
    if (slot != NULL) {
        slot_set(slot, NULL);
    }
    atomic_fetch_add(&generation, 1);
    pthread_mutex_unlock(&registry_lock);
}

uint64_t registry_generation(void) {
    return atomic_load_explicit(&generation, memory_order_acquire);
}

const struct registry_range *registry_find(const void *address) {
    const char *at = address;
    for (struct registry_block *block = &first_block; block != NULL;
         block = atomic_load_explicit(&block->next, memory_order_acquire)) {
        for (int i = 0; i < REGISTRY_BLOCK_SLOTS; i++) {
            struct registry_slot *slot = &block->slots[i];
            uint32_t version = atomic_load_explicit(&slot->version, memory_order_acquire);
            const char *begin = atomic_load_explicit(&slot->begin, memory_order_acquire);
            const char *end = atomic_load_explicit(&slot->end, memory_order_acquire);
            if (at < begin || at >= end) {
                continue;
            }
            const struct registry_range *range =
                atomic_load_explicit(&slot->range, memory_order_acquire);
            if (version % 2 == 0 && atomic_load(&slot->version) == version) {
                return range;
            }
        }
    }
    return NULL;
}
