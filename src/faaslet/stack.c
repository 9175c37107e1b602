#include "faaslet/stack.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    STACK_RED_BYTES = 256 << 10,
    STACK_YELLOW_BYTES = 256 << 10,
    STACK_SHALLOW_BYTES = 256 << 10,
    STACK_POOL_LIMIT = 64,
};

// Process-wide: any thread can use any stack.
static struct {
    pthread_mutex_t lock;
    struct faaslet_stack *free;
    unsigned count;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void stack_delete(struct faaslet_stack *stack) {
    munmap(stack->base, (size_t)(stack->top - stack->base));
    free(stack);
}

static struct faaslet_stack *stack_new(size_t bytes, struct error *error) {
    size_t usable = (bytes + 4095) / 4096 * 4096;
    if (usable < STACK_SHALLOW_BYTES) {
        usable = STACK_SHALLOW_BYTES;
    }
    size_t total = STACK_RED_BYTES + STACK_YELLOW_BYTES + usable;
    struct faaslet_stack *stack = calloc(1, sizeof *stack);
    if (stack == NULL) {
        error_set(error, ERROR_MEMORY, "guest stack");
        return NULL;
    }
    stack->base = mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack->base == MAP_FAILED) {
        error_set_errno(error, errno, "guest stack of %zu bytes", bytes);
        free(stack);
        return NULL;
    }
    stack->yellow = stack->base + STACK_RED_BYTES;
    stack->deep = stack->yellow + STACK_YELLOW_BYTES;
    stack->top = stack->base + total;
    stack->shallow = stack->top - STACK_SHALLOW_BYTES;
    stack->bytes = bytes;
    if (mprotect(stack->shallow, STACK_SHALLOW_BYTES, PROT_READ | PROT_WRITE) < 0) {
        error_set_errno(error, errno, "guest stack of %zu bytes", bytes);
        stack_delete(stack);
        return NULL;
    }
    return stack;
}

struct faaslet_stack *stack_take(size_t bytes, struct error *error) {
    pthread_mutex_lock(&pool.lock);
    struct faaslet_stack **link = &pool.free;
    while (*link != NULL && (*link)->bytes != bytes) {
        link = &(*link)->next;
    }
    struct faaslet_stack *stack = *link;
    if (stack != NULL) {
        *link = stack->next;
        pool.count--;
    }
    pthread_mutex_unlock(&pool.lock);
    return stack != NULL ? stack : stack_new(bytes, error);
}

static void close_zone(char *begin, char *end) {
    // A zone that stays open costs memory, not safety: the next call's overflow is then only
    // noticed in the zone below.
    if (madvise(begin, (size_t)(end - begin), MADV_DONTNEED) < 0 ||
        mprotect(begin, (size_t)(end - begin), PROT_NONE) < 0) {
        return;
    }
}

void stack_close(struct faaslet_stack *stack) {
    if (stack->yellow_open) {
        close_zone(stack->yellow, stack->deep);
        stack->yellow_open = false;
    }
    if (stack->deep_open) {
        close_zone(stack->deep, stack->shallow);
        stack->deep_open = false;
    }
}

void stack_give(struct faaslet_stack *stack) {
    if (stack == NULL) {
        return;
    }
    pthread_mutex_lock(&pool.lock);
    bool keep = pool.count < STACK_POOL_LIMIT;
    if (keep) {
        stack->next = pool.free;
        pool.free = stack;
        pool.count++;
    }
    pthread_mutex_unlock(&pool.lock);
    if (!keep) {
        stack_delete(stack);
    }
}

enum stack_zone stack_zone_of(const struct faaslet_stack *stack, const void *address) {
    const char *at = address;
    if (at < stack->base || at >= stack->top) {
        return STACK_OUTSIDE;
    }
    return at < stack->yellow    ? STACK_RED
           : at < stack->deep    ? STACK_YELLOW
           : at < stack->shallow ? STACK_DEEP
                                 : STACK_SHALLOW;
}

bool stack_open_yellow(struct faaslet_stack *stack) {
    stack->yellow_open = true;
    return mprotect(stack->yellow, (size_t)(stack->deep - stack->yellow), PROT_READ | PROT_WRITE) ==
           0;
}

bool stack_open_deep(struct faaslet_stack *stack) {
    stack->deep_open = true;
    return stack->shallow > stack->deep &&
           mprotect(stack->deep, (size_t)(stack->shallow - stack->deep), PROT_READ | PROT_WRITE) ==
               0;
}
