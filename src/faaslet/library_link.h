// Inside of the room: linking a group of modules that were asked for together.
#ifndef FAASM_FAASLET_LIBRARY_LINK_H
#define FAASM_FAASLET_LIBRARY_LINK_H

#include "faaslet/instantiate.h"
#include "faaslet/library.h"
#include "faaslet/library_list.h"

// A global of GOT.mem or GOT.func, to be filled once all modules have their places.
struct library_slot {
    uint64_t *cell;
    uint32_t library;
    const struct object_export *export; // NULL: a weak symbol that is nowhere
};

// A module of the group. Of one that is used again, `work.instance` is there from the beginning.
struct library_member {
    uint32_t number;              // in the list
    struct faaslet_object *owner; // a reference
    struct instantiation work;
    uint64_t *cells;
    uint32_t cell_count;
    uint32_t thread_base; // once it is linked
    bool again;
};

struct library_group {
    struct faaslet *faaslet;
    struct library_list *list; // work in progress
    const struct faaslet_library_source *source;
    struct library_member *members; // in the order in which symbols are looked for
    uint32_t count;
    struct library_slot *slots;
    uint32_t slot_count;
    uint32_t *scope; // numbers: the modules in which symbols are looked for
    uint32_t scope_count;
    struct faaslet_result *result;
    struct error *error;
};

// Finds the module and all that it needs: `number` in the list; those that are not open are
// members. The program as a member: library_group_add_program first.
bool library_group_find(struct library_group *group, const char *name, uint32_t *number);
bool library_group_add_program(struct library_group *group, struct faaslet_object *program);

// Resolves, places and fills the members, whose list becomes the Faaslet's (group->list is NULL
// then, whatever follows fails). No guest code runs before library_group_run, which runs theirs.
bool library_group_link(struct library_group *group);
bool library_group_run(struct library_group *group);

void library_group_destroy(struct library_group *group);

// Around guest code that a host function runs: its own host functions may want HOST_EXCLUSIVE, too.
bool library_lend(const struct faaslet *faaslet);
void library_take_back(bool lent);

// Calls an export of type () -> () or, with an argument, (i32) -> (), where there is one.
bool library_call(struct faaslet *faaslet, struct object_instance *instance, const char *name,
                  const uint32_t *argument, struct faaslet_result *result, struct error *error);

#endif
