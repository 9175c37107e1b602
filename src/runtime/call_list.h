// Doubly linked lists of calls. A call can be in several at a time, each through links of its own
// in struct call_private, whose offset the functions take. Each list says what guards it.
#ifndef FAASM_RUNTIME_CALL_LIST_H
#define FAASM_RUNTIME_CALL_LIST_H

#include "runtime/call.h"

#include <stddef.h>

struct call_links {
    struct call *next, *previous;
};

// Zero-initialise.
struct call_list {
    struct call *first, *last;
    size_t count;
};

static inline struct call_links *call_links_at(struct call *call, size_t offset) {
    return (struct call_links *)(void *)((char *)call->private + offset);
}

static inline void call_list_append(struct call_list *list, struct call *call, size_t offset) {
    *call_links_at(call, offset) = (struct call_links){.previous = list->last};
    if (list->last != NULL) {
        call_links_at(list->last, offset)->next = call;
    } else {
        list->first = call;
    }
    list->last = call;
    list->count++;
}

static inline void call_list_remove(struct call_list *list, struct call *call, size_t offset) {
    const struct call_links *links = call_links_at(call, offset);
    if (links->next != NULL) {
        call_links_at(links->next, offset)->previous = links->previous;
    } else {
        list->last = links->previous;
    }
    if (links->previous != NULL) {
        call_links_at(links->previous, offset)->next = links->next;
    } else {
        list->first = links->next;
    }
    list->count--;
}

#endif
