// Inside of the room: the stacks that guest code runs on.
//
// From low to high addresses: red zone | yellow zone | deep zone | shallow zone. Only the shallow
// zone is accessible to begin with. The first touch of the deep zone opens it (so that what a deep
// recursion has used can be given back without looking for it). Generated code that reaches the
// yellow zone has used up its stack; a host function that reaches it gets it opened, so that it
// can finish before the call ends. Nothing ever opens the red zone.
#ifndef FAASM_FAASLET_STACK_H
#define FAASM_FAASLET_STACK_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct faaslet_stack {
    struct faaslet_stack *next; // in the pool
    char *base;                 // of the red zone
    char *yellow;
    char *deep;
    char *shallow;
    char *top;
    size_t bytes; // deep and shallow zone together, as asked for
    bool yellow_open;
    bool deep_open;
};

enum stack_zone { STACK_OUTSIDE, STACK_RED, STACK_YELLOW, STACK_DEEP, STACK_SHALLOW };

// From the pool of the process, or new. NULL when there is no memory.
struct faaslet_stack *stack_take(size_t bytes, struct error *error);

// Closes the zones that were opened, dropping what is in them.
void stack_close(struct faaslet_stack *stack);

// Back to the pool (closed). NULL is allowed.
void stack_give(struct faaslet_stack *stack);

// Signal-safe.
enum stack_zone stack_zone_of(const struct faaslet_stack *stack, const void *address);
bool stack_open_yellow(struct faaslet_stack *stack);
bool stack_open_deep(struct faaslet_stack *stack);

#endif
