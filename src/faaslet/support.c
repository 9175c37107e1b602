// What generated code calls: growing memories and tables, bulk operations on tables, segments
// (spec 4.4.6, 4.4.7).
#include "faaslet/support.h"

#include "faaslet/atomic_wait.h"
#include "faaslet/exception.h"
#include "faaslet/exclusive.h"
#include "faaslet/instance.h"
#include "faaslet/opening.h"
#include "faaslet/run.h"
#include "faaslet/space.h"

#include <stdlib.h>
#include <string.h>

// ---- Constant expressions -----------------------------------------------------------------------

static uint64_t function_reference(const struct object_instance *instance, uint64_t function) {
    uint32_t number = instance->object->functions[function].reference;
    return instance->area_offset + instance->object->layout.function_references +
           number * sizeof(struct object_function_reference);
}

static uint64_t apply(uint64_t code, uint64_t left, uint64_t right) {
    switch (code) {
    case OBJECT_EXPRESSION_I32_ADD:
        return (uint32_t)(left + right);
    case OBJECT_EXPRESSION_I32_SUB:
        return (uint32_t)(left - right);
    case OBJECT_EXPRESSION_I32_MUL:
        return (uint32_t)(left * right);
    case OBJECT_EXPRESSION_I64_ADD:
        return left + right;
    case OBJECT_EXPRESSION_I64_SUB:
        return left - right;
    default:
        return left * right;
    }
}

// The loader has checked depth and operands (check.c); `stack` has room for every operation.
static uint64_t evaluate(const struct object_instance *instance,
                         const struct object_expression *expression, uint64_t *stack) {
    uint32_t depth = 0;
    for (uint32_t i = 0; i < expression->count; i++) {
        const struct object_expression_op *op = &expression->ops[i];
        switch (op->code) {
        case OBJECT_EXPRESSION_CONST:
            stack[depth++] = op->value;
            break;
        case OBJECT_EXPRESSION_GLOBAL_GET:
            stack[depth++] = *instance_global(instance, (uint32_t)op->value);
            break;
        case OBJECT_EXPRESSION_REF_FUNC:
            stack[depth++] = function_reference(instance, op->value);
            break;
        default:
            depth--;
            stack[depth - 1] = apply(op->code, stack[depth - 1], stack[depth]);
        }
    }
    return stack[0];
}

bool support_evaluate(const struct object_instance *instance,
                      const struct object_expression *expression, uint64_t value[2]) {
    const struct object_expression_op *first = &expression->ops[0];
    if (first->code == OBJECT_EXPRESSION_V128) {
        value[0] = first->value;
        value[1] = first[1].value;
        return true;
    }
    if (expression->count == 1 && first->code == OBJECT_EXPRESSION_GLOBAL_GET) {
        memcpy(value, instance_global(instance, (uint32_t)first->value), 2 * sizeof *value);
        return true;
    }
    uint64_t few[16] = {0};
    uint64_t *stack = expression->count <= sizeof few / sizeof *few
                          ? few
                          : calloc(expression->count, sizeof *stack);
    if (stack == NULL) {
        return false;
    }
    value[0] = evaluate(instance, expression, stack);
    value[1] = 0;
    if (stack != few) {
        free(stack);
    }
    return true;
}

// ---- Tables -------------------------------------------------------------------------------------

// For writing: the Faaslet remembers that elements were written (snapshot.c).
static struct object_table_element *elements_of(const struct object_instance *instance,
                                                const struct object_table *table) {
    struct faaslet *faaslet = faaslet_of(instance);
    if (instance_area(instance) == faaslet->area) { // that of a thread is gone when it ends
        __atomic_store_n(&faaslet->elements_written, true, __ATOMIC_RELAXED);
    }
    return (struct object_table_element *)(void *)(instance_area(instance) +
                                                   table->elements_area_offset);
}

// What tells the instance that defines the table whose function it is.
static uint64_t element_marks(const struct object_instance *instance,
                              const struct object_table *table,
                              const struct object_function_reference *function) {
    if (function->instance_area_offset == table->home_area_offset) {
        return 0;
    }
    const char *area = instance_area(instance);
    const struct object_instance *home = (const void *)(area + table->home_area_offset);
    const struct object_instance *owner = (const void *)(area + function->instance_area_offset);
    bool same = owner->object->memory_count == 0 ||
                instance_at(owner, owner->base_delta) == instance_at(home, home->base_delta);
    return same ? OBJECT_FOREIGN : OBJECT_MARKS;
}

static struct object_table_element element_of(const struct object_instance *instance,
                                              const struct object_table *table,
                                              uint64_t reference) {
    struct object_table_element element = {.reference = reference};
    if (table->element_type == OBJECT_FUNCREF && reference != 0) {
        const struct object_function_reference *function =
            (const void *)(instance_area(instance) + reference);
        element.code = function->code;
        element.type = function->type | element_marks(instance, table, function);
        element.instance_area_offset = function->instance_area_offset;
    }
    return element;
}

static bool in_bounds(uint32_t start, uint32_t count, uint64_t size) {
    return (uint64_t)start + count <= size;
}

static void fill_elements(struct object_instance *instance, const struct object_table *table,
                          uint32_t index, uint64_t reference, uint32_t count) {
    struct object_table_element *elements = elements_of(instance, table);
    const struct object_table_element element = element_of(instance, table, reference);
    for (uint32_t i = 0; i < count; i++) {
        elements[index + i] = element;
    }
}

void support_set_function(struct object_instance *instance, uint32_t function,
                          const struct object_table *table, uint32_t element) {
    fill_elements(instance, table, element, function_reference(instance, function), 1);
}

static void table_set(struct object_instance *instance, uint32_t table, uint32_t index,
                      uint64_t reference) {
    struct object_table *target = instance_table(instance, table);
    if (index >= target->size) {
        run_trap(instance, FAASLET_TRAP_TABLE_BOUNDS);
    }
    fill_elements(instance, target, index, reference, 1);
}

static uint32_t table_grow(struct object_instance *instance, uint32_t table, uint64_t reference,
                           uint32_t count) {
    HOST_EXCLUSIVE(instance); // dlsym of another thread may make it larger
    struct object_table *target = instance_table(instance, table);
    uint32_t size = target->size;
    uint32_t limit = target->capacity < target->maximum ? target->capacity : target->maximum;
    if (size > limit || count > limit - size) {
        return UINT32_MAX;
    }
    // New elements are zero already, as null is.
    if (reference != 0) {
        fill_elements(instance, target, size, reference, count);
    }
    __atomic_store_n(&target->size, size + count, __ATOMIC_RELEASE);
    run_check_stop(instance);
    return size;
}

static void table_fill(struct object_instance *instance, uint32_t table, uint32_t index,
                       uint64_t reference, uint32_t count) {
    struct object_table *target = instance_table(instance, table);
    if (!in_bounds(index, count, target->size)) {
        run_trap(instance, FAASLET_TRAP_TABLE_BOUNDS);
    }
    fill_elements(instance, target, index, reference, count);
    run_check_stop(instance);
}

static void table_copy(struct object_instance *instance, uint32_t destination_table,
                       uint32_t source_table, uint32_t destination, uint32_t source,
                       uint32_t count) {
    struct object_table *to = instance_table(instance, destination_table);
    struct object_table *from = instance_table(instance, source_table);
    if (!in_bounds(source, count, from->size) || !in_bounds(destination, count, to->size)) {
        run_trap(instance, FAASLET_TRAP_TABLE_BOUNDS);
    }
    struct object_table_element *elements = elements_of(instance, to) + destination;
    memmove(elements, elements_of(instance, from) + source, count * sizeof *elements);
    if (to->home_area_offset != from->home_area_offset) {
        for (uint32_t i = 0; i < count; i++) {
            elements[i] = element_of(instance, to, elements[i].reference);
        }
    }
    run_check_stop(instance);
}

// The reference at an index of a segment. Expressions of segments are a constant, a function or an
// immutable global, so that they can be evaluated any time.
static uint64_t segment_reference(const struct object_instance *instance,
                                  const struct object_element_segment *segment, uint32_t index) {
    if (segment->functions != NULL) {
        return function_reference(instance, segment->functions[index]);
    }
    uint64_t value[2];
    return support_evaluate(instance, &segment->expressions[index], value) ? value[0] : 0;
}

bool support_table_init(struct object_instance *instance, uint32_t table, uint32_t segment,
                        uint32_t destination, uint32_t source, uint32_t count) {
    const struct object_element_segment *from = &instance->object->element_segments[segment];
    struct object_table *to = instance_table(instance, table);
    uint32_t length = instance_dropped_elements(instance)[segment] ? 0 : from->count;
    if (!in_bounds(source, count, length) || !in_bounds(destination, count, to->size)) {
        return false;
    }
    struct object_table_element *elements = elements_of(instance, to) + destination;
    for (uint32_t i = 0; i < count; i++) {
        elements[i] = element_of(instance, to, segment_reference(instance, from, source + i));
    }
    return true;
}

static void table_init(struct object_instance *instance, uint32_t table, uint32_t segment,
                       uint32_t destination, uint32_t source, uint32_t count) {
    if (!support_table_init(instance, table, segment, destination, source, count)) {
        run_trap(instance, FAASLET_TRAP_TABLE_BOUNDS);
    }
    run_check_stop(instance);
}

static void element_drop(struct object_instance *instance, uint32_t segment) {
    instance_dropped_elements(instance)[segment] = 1;
}

// ---- Memories -----------------------------------------------------------------------------------

uint32_t support_memory_grow(struct object_instance *instance, uint32_t memory, uint32_t pages) {
    const struct object_memory *record =
        instance_at(instance, instance_memory(instance, memory)->memory_delta);
    struct faaslet *faaslet = faaslet_of(instance);
    bool shared = record->shared != 0; // threads may grow it at the same time
    if (shared) {
        pthread_mutex_lock(&faaslet->lock);
    }
    uint64_t before = record->pages;
    bool grown = space_grow_memory(faaslet, record->number, pages);
    if (shared) {
        pthread_mutex_unlock(&faaslet->lock);
    }
    return grown ? (uint32_t)before : UINT32_MAX;
}

static uint32_t memory_grow(struct object_instance *instance, uint32_t memory, uint32_t pages) {
    uint32_t before = support_memory_grow(instance, memory, pages);
    run_check_stop(instance);
    return before;
}

bool support_memory_init(struct object_instance *instance, uint32_t memory, uint32_t segment,
                         uint32_t destination, uint32_t source, uint32_t length) {
    const struct object_data_segment *from = &instance->object->data_segments[segment];
    const struct object_memory_slot *slot = instance_memory(instance, memory);
    const struct object_memory *record = instance_at(instance, slot->memory_delta);
    uint32_t available = instance_dropped_data(instance)[segment] ? 0 : from->length;
    if (!in_bounds(source, length, available) ||
        !in_bounds(destination, length, space_pages(record) * OBJECT_PAGE_SIZE) ||
        !opening_cover(faaslet_of(instance), record->number, (uint64_t)destination + length)) {
        return false;
    }
    if (length > 0) {
        memcpy((char *)instance_at(instance, slot->base_delta) + destination, from->data + source,
               length);
    }
    return true;
}

static void memory_init(struct object_instance *instance, uint32_t memory, uint32_t segment,
                        uint32_t destination, uint32_t source, uint32_t length) {
    if (!support_memory_init(instance, memory, segment, destination, source, length)) {
        run_trap(instance, FAASLET_TRAP_MEMORY_BOUNDS);
    }
    run_check_stop(instance);
}

static void data_drop(struct object_instance *instance, uint32_t segment) {
    instance_dropped_data(instance)[segment] = 1;
}

// ---- Interrupts ---------------------------------------------------------------------------------

__attribute__((noreturn)) static void interrupted(struct object_instance *instance) {
    run_check_stop(instance);
    faaslet_raise(instance, FAASLET_TRAP_HOST, "interrupted for no reason");
}

// ---- Tail calls ---------------------------------------------------------------------------------

static void *overflow(struct object_instance *instance) {
    (void)instance;
    return run_thread.overflow;
}

const struct object_support support_table = {
    .memory_grow = memory_grow,
    .memory_init = memory_init,
    .data_drop = data_drop,
    .table_set = table_set,
    .table_grow = table_grow,
    .table_fill = table_fill,
    .table_copy = table_copy,
    .table_init = table_init,
    .element_drop = element_drop,
    .interrupted = interrupted,
    .overflow = overflow,
    .atomic_wait32 = atomic_wait32,
    .atomic_wait64 = atomic_wait64,
    .atomic_notify = atomic_notify,
    .throw_exception = throw_exception,
    .throw_again = throw_again,
    .keep_exception = exception_keep,
};
