// What runs of the modules of a group once they are linked.
#include "faaslet/exclusive.h"
#include "faaslet/library_link.h"
#include "faaslet/run.h"

#include <stdlib.h>

static bool has_type(const struct object_type *type, uint32_t parameters) {
    return type->result_count == 0 && type->parameter_count == parameters &&
           (parameters == 0 || type->parameters[0] == OBJECT_I32);
}

bool library_call(struct faaslet *faaslet, struct object_instance *instance, const char *name,
                  const uint32_t *argument, struct faaslet_result *result, struct error *error) {
    struct faaslet_function function;
    if (!faaslet_find_export(instance, name, &function)) {
        return true;
    }
    if (!has_type(function.type, argument != NULL)) {
        return error_set(error, ERROR_INVALID, "the export %s is of another type than %s", name,
                         argument != NULL ? "(i32) -> ()" : "() -> ()");
    }
    uint64_t values[1] = {argument != NULL ? *argument : 0};
    faaslet_call(faaslet, &function, values, result);
    switch (result->outcome) {
    case FAASLET_RETURNED:
        return true;
    case FAASLET_EXITED:
        return error_set(error, ERROR_TRAP, "%s exited with code %d", name, result->exit_code);
    default:
        return error_set(error, ERROR_TRAP, "%s: %s%s%s", name, faaslet_trap_name(result->trap),
                         result->message[0] == '\0' ? "" : ": ", result->message);
    }
}

bool library_lend(const struct faaslet *faaslet) {
    bool lent = run_current(faaslet) != NULL; // not where a program is instantiated
    if (lent) {
        exclusive_lend();
    }
    return lent;
}

void library_take_back(bool lent) {
    if (lent) {
        exclusive_take_back();
    }
}

// ---- The order ----------------------------------------------------------------------------------

struct ordering {
    const struct library_group *group;
    uint32_t *order; // members, those that others need first
    uint32_t count;
    bool *seen; // by member
};

static void visit(struct ordering *ordering, uint32_t member) {
    const struct library_group *group = ordering->group;
    if (ordering->seen[member]) {
        return;
    }
    ordering->seen[member] = true;
    const struct library *library =
        &group->faaslet->libraries->libraries[group->members[member].number];
    for (uint32_t i = 0; i < library->needed_count; i++) {
        for (uint32_t k = 0; k < group->count; k++) {
            if (group->members[k].number == library->needed[i]) {
                visit(ordering, k);
            }
        }
    }
    ordering->order[ordering->count++] = member;
}

// ---- Running ------------------------------------------------------------------------------------

static bool construct(struct library_group *group, const struct library_member *member) {
    uint32_t base = member->thread_base;
    return member->number == 0 ||
           ((base == 0 || library_call(group->faaslet, member->work.instance, "__wasm_init_tls",
                                       &base, group->result, group->error)) &&
            library_call(group->faaslet, member->work.instance, "__wasm_call_ctors", NULL,
                         group->result, group->error));
}

static bool run_all(struct library_group *group, const uint32_t *order) {
    for (uint32_t i = 0; i < group->count; i++) {
        if (!instantiate_start(&group->members[i].work)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < group->count; i++) {
        if (!library_call(group->faaslet, group->members[i].work.instance,
                          "__wasm_apply_data_relocs", NULL, group->result, group->error)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < group->count; i++) {
        if (!construct(group, &group->members[order[i]])) {
            return false;
        }
    }
    return true;
}

bool library_group_run(struct library_group *group) {
    struct ordering ordering = {
        .group = group,
        .order = calloc((size_t)group->count + 1, sizeof *ordering.order),
        .seen = calloc((size_t)group->count + 1, sizeof *ordering.seen),
    };
    bool done = false;
    if (ordering.order == NULL || ordering.seen == NULL) {
        error_set(group->error, ERROR_MEMORY, "out of memory for side modules");
        goto cleanup;
    }
    for (uint32_t i = 0; i < group->count; i++) {
        visit(&ordering, i);
    }
    bool lent = library_lend(group->faaslet);
    done = run_all(group, ordering.order);
    library_take_back(lent);
cleanup:
    free(ordering.order);
    free(ordering.seen);
    return done;
}
