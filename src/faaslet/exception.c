#include "faaslet/exception.h"

#include "faaslet/instance.h"
#include "faaslet/registry.h"
#include "faaslet/run.h"
#include "faaslet/space.h"

#include <stdlib.h>
#include <string.h>

// ---- Rows found before --------------------------------------------------------------------------

// Of a thread, so that nothing is shared. Rows of an object that was unloaded are dropped with all
// the others: another one may be loaded to the same addresses.
struct exception_rows {
    uint64_t generation; // of the registry
    struct unwind_row rows[512];
};

static struct unwind_row *kept_row(uintptr_t address) {
    struct exception_rows *rows = run_thread.exception_rows;
    if (rows == NULL) {
        rows = run_thread.exception_rows = calloc(1, sizeof *rows);
    }
    if (rows == NULL) {
        return NULL;
    }
    uint64_t generation = registry_generation();
    if (rows->generation != generation) {
        memset(rows, 0, sizeof *rows);
        rows->generation = generation;
    }
    return &rows->rows[(address ^ address >> 9) % (sizeof rows->rows / sizeof rows->rows[0])];
}

// The row of a place in generated code, in `own` or among the kept ones; NULL for other code.
static const struct unwind_row *find_row(uintptr_t address, struct unwind_row *own) {
    struct unwind_row *kept = kept_row(address);
    if (kept != NULL && kept->address == address) {
        return kept;
    }
    const struct registry_range *range = registry_find((const char *)(address - 1));
    if (range == NULL || !unwind_table_find(&range->unwind, address, own)) {
        return NULL;
    }
    if (kept != NULL) {
        *kept = *own;
    }
    return own;
}

// ---- The walk -----------------------------------------------------------------------------------

static uint64_t load(uintptr_t address) {
    uint64_t value;
    memcpy(&value, (const void *)address, sizeof value); // NOLINT(performance-no-int-to-ptr)
    return value;
}

// From a frame to its caller's. The stack only gets shorter, and ends where the run's does.
static bool step(const struct faaslet_run *run, const struct unwind_row *row,
                 struct exception_registers *registers) {
    uint64_t base =
        row->from_frame_pointer ? registers->saved[UNWIND_RBP] : registers->stack_pointer;
    uint64_t end = base + (uint64_t)row->frame_end;
    if (end <= registers->stack_pointer || end > (uintptr_t)run->stack->top) {
        return false;
    }
    for (unsigned i = 0; i < UNWIND_SAVED; i++) {
        uint64_t place = end + (uint64_t)(int64_t)row->saved[i];
        if (row->saved[i] != 0 && place >= registers->stack_pointer) {
            registers->saved[i] = load(place);
        }
    }
    registers->address = load(end - sizeof(uint64_t));
    registers->stack_pointer = end;
    return true;
}

// True when there is a landing pad, which `registers` are then for.
static bool find_landing(const struct faaslet_run *run, struct exception_registers *registers) {
    struct unwind_row own;
    const struct unwind_row *row;
    while ((row = find_row(registers->address, &own)) != NULL) {
        if (row->landing != 0) {
            registers->address = row->landing;
            return true;
        }
        if (!step(run, row, registers)) {
            return false;
        }
    }
    return false;
}

// ---- Throwing -----------------------------------------------------------------------------------

static void copy_values(uint64_t *to, const uint64_t *from, uint32_t slots) {
    if (from != NULL && slots > 0) {
        memcpy(to, from, slots * sizeof *to);
    }
}

static struct object_exception *land(struct object_instance *instance,
                                     struct exception_registers *registers) {
    struct object_exception *exception = (struct object_exception *)(void *)run_thread.exception;
    if (!find_landing(run_thread.run, registers)) {
        exception_uncaught(instance, exception);
    }
    // A guest that throws and catches all the time comes by nothing else that would stop it.
    run_check_stop(instance);
    return exception;
}

static uint32_t slots_of(const struct object_type *type) {
    uint32_t slots = type->parameter_count;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        slots += type->parameters[i] == OBJECT_V128;
    }
    return slots;
}

struct object_exception *exception_throw(struct object_instance *instance, uint32_t tag,
                                         const uint64_t *values,
                                         struct exception_registers *registers) {
    const struct object_module *module = instance->object;
    struct object_exception *exception = (struct object_exception *)(void *)run_thread.exception;
    exception->tag = instance_tags(instance)[tag];
    exception->slots = slots_of(&module->types[module->tags[tag].type]);
    exception->elsewhere = 0;
    copy_values(exception->values, values, exception->slots);
    return land(instance, registers);
}

// ---- Keeping ------------------------------------------------------------------------------------

// Values that do not fit into the frame of a handler: those of another module's tag. In a list of
// the run, each with the address of the frame's memory that it is for.
struct exception_values {
    struct exception_values *next;
    const struct object_exception *kept;
    uint64_t values[];
};

static struct exception_values **find_values(struct faaslet_run *run,
                                             const struct object_exception *kept) {
    struct exception_values **place = &run->exception_values;
    while (*place != NULL && (*place)->kept != kept) {
        place = &(*place)->next;
    }
    return place;
}

// What belongs to frames that are gone, which lie below this one, and to the one at hand.
static void drop_dead_values(struct faaslet_run *run, const struct object_exception *kept) {
    const char *frame = __builtin_frame_address(0);
    struct exception_values **place = &run->exception_values;
    while (*place != NULL) {
        struct exception_values *values = *place;
        if ((const char *)values->kept < frame || values->kept == kept) {
            *place = values->next;
            free(values);
        } else {
            place = &values->next;
        }
    }
}

void exception_free_kept(struct faaslet_run *run) {
    while (run->exception_values != NULL) {
        struct exception_values *next = run->exception_values->next;
        free(run->exception_values);
        run->exception_values = next;
    }
}

static void keep_elsewhere(struct object_instance *instance, struct object_exception *kept,
                           const struct object_exception *exception) {
    struct faaslet_run *run = run_thread.run;
    drop_dead_values(run, kept);
    size_t bytes = exception->slots * sizeof(uint64_t);
    struct exception_values *values = malloc(sizeof *values + bytes);
    if (values == NULL) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "no memory for the values of an exception");
    }
    memcpy(values->values, exception->values, bytes);
    values->kept = kept;
    values->next = run->exception_values;
    run->exception_values = values;
    kept->elsewhere = 1;
}

void exception_keep(struct object_instance *instance, struct object_exception *kept,
                    uint32_t slots) {
    const struct object_exception *exception =
        (const struct object_exception *)(const void *)run_thread.exception;
    kept->tag = exception->tag;
    kept->slots = exception->slots;
    kept->elsewhere = 0;
    if (exception->slots <= slots) {
        copy_values(kept->values, exception->values, exception->slots);
    } else {
        keep_elsewhere(instance, kept, exception);
    }
}

struct object_exception *exception_throw_again(struct object_instance *instance,
                                               const struct object_exception *kept,
                                               struct exception_registers *registers) {
    struct object_exception *exception = (struct object_exception *)(void *)run_thread.exception;
    if (kept != exception) {
        const uint64_t *values =
            kept->elsewhere ? (*find_values(run_thread.run, kept))->values : kept->values;
        exception->tag = kept->tag;
        exception->slots = kept->slots;
        copy_values(exception->values, values, kept->slots);
    }
    return land(instance, registers);
}
