#include "faaslet/library_link.h"

#include "faaslet/guest.h"
#include "faaslet/instance.h"
#include "faaslet/library_symbol.h"
#include "faaslet/match.h"

#include <stdlib.h>
#include <string.h>

enum { CELL_WORDS = 2 };

static bool out_of_memory(struct error *error) {
    return error_set(error, ERROR_MEMORY, "out of memory for side modules");
}

static struct library *library_of(const struct library_group *group, uint32_t number) {
    return &group->list->libraries[number];
}

static bool name_is(struct object_name name, const char *text) {
    return name.length == strlen(text) && memcmp(name.data, text, name.length) == 0;
}

// ---- Which modules ------------------------------------------------------------------------------

static bool add_member(struct library_group *group, uint32_t number, struct faaslet_object *owner,
                       bool again) {
    struct library_member *larger =
        realloc(group->members, ((size_t)group->count + 1) * sizeof *larger);
    if (larger == NULL) {
        return out_of_memory(group->error);
    }
    group->members = larger;
    group->members[group->count++] = (struct library_member){
        .number = number,
        .owner = owner,
        .again = again,
        .work = {.faaslet = group->faaslet,
                 .owner = owner,
                 .object = faaslet_object_module(owner),
                 .result = group->result,
                 .error = group->error},
    };
    return true;
}

bool library_group_add_program(struct library_group *group, struct faaslet_object *program) {
    faaslet_object_acquire(program);
    if (add_member(group, 0, program, false)) {
        return true;
    }
    faaslet_object_release(program);
    return false;
}

static bool is_member(const struct library_group *group, uint32_t number) {
    for (uint32_t i = 0; i < group->count; i++) {
        if (group->members[i].number == number) {
            return true;
        }
    }
    return false;
}

// What is open, or about to be, under a name that it was found or asked for by.
static bool find_open(const struct library_group *group, const char *name, bool found,
                      uint32_t *number) {
    for (uint32_t i = 1; i < group->list->count; i++) {
        const struct library *library = library_of(group, i);
        if ((library->open || is_member(group, i)) &&
            (strcmp(library->name, name) == 0 ||
             (!found && strcmp(library->requested, name) == 0))) {
            *number = i;
            return true;
        }
    }
    return false;
}

// A closed one of the same name and object is used again. Memories and tables of its own would have
// to be emptied.
static bool find_closed(const struct library_group *group, const char *found,
                        const struct faaslet_object *owner, uint32_t *number) {
    const struct object_module *module = faaslet_object_module(owner);
    for (uint32_t i = 1; i < group->list->count; i++) {
        const struct library *library = library_of(group, i);
        if (!library->open && library->linked && strcmp(library->name, found) == 0 &&
            library_object(group->faaslet, library) == owner &&
            module->memory_count == module->imported_memory_count &&
            module->table_count == module->imported_table_count) {
            *number = i;
            return true;
        }
    }
    return false;
}

static bool take_found(struct library_group *group, const char *name, const char *found,
                       struct faaslet_object *owner, uint32_t *number) {
    if (!faaslet_object_module(owner)->dylink.present) {
        return error_set(group->error, ERROR_INVALID,
                         "%s is not a side module: it has no section dylink.0", name);
    }
    if (find_open(group, found, true, number)) {
        faaslet_object_release(owner);
        return true;
    }
    if (find_closed(group, found, owner, number)) {
        return add_member(group, *number, owner, true);
    }
    return library_list_add(group->list, found, name, number, group->error) &&
           add_member(group, *number, owner, false);
}

static bool find_one(struct library_group *group, const char *name, const char *requester,
                     uint32_t *number) {
    if (find_open(group, name, false, number)) {
        return true;
    }
    char found[FAASLET_LIBRARY_NAME_MAX];
    struct faaslet_object *owner =
        group->source->find(group->source->context, name, requester, found, group->error);
    if (owner == NULL) {
        return false;
    }
    if (take_found(group, name, found, owner, number)) {
        return true;
    }
    faaslet_object_release(owner);
    return false;
}

static bool find_needed(struct library_group *group, uint32_t member, uint32_t index) {
    const struct library_member *requester = &group->members[member];
    const struct object_name needed = requester->work.object->dylink.needed[index];
    uint32_t from = requester->number;
    char name[FAASLET_LIBRARY_NAME_MAX];
    uint32_t number = 0;
    if (needed.length >= sizeof name) {
        return error_set(group->error, ERROR_INVALID, "the name of a needed module is too long");
    }
    memcpy(name, needed.data, needed.length);
    name[needed.length] = '\0';
    if (!find_one(group, name, library_of(group, from)->name, &number)) {
        const char *requested = library_of(group, from)->requested;
        return requested[0] == '\0' || group->error->code == ERROR_TRAP
                   ? false
                   : error_prefix(group->error, "needed by %.200s", requested);
    }
    return library_list_need(group->list, from, number, group->error);
}

// Breadth first: the members are the queue.
bool library_group_find(struct library_group *group, const char *name, uint32_t *number) {
    uint32_t next = group->count;
    if (name == NULL) {
        *number = 0;
        next = 0;
    } else if (!find_one(group, name, "", number)) {
        return false;
    }
    for (; next < group->count; next++) {
        uint32_t count = group->members[next].work.object->dylink.needed_count;
        for (uint32_t i = 0; i < count; i++) {
            if (!find_needed(group, next, i)) {
                return false;
            }
        }
    }
    return true;
}

// ---- Where symbols are looked for ---------------------------------------------------------------

static bool in_scope(const struct library_group *group, uint32_t number) {
    for (uint32_t i = 0; i < group->scope_count; i++) {
        if (group->scope[i] == number) {
            return true;
        }
    }
    return false;
}

static void add_to_scope(struct library_group *group, uint32_t number) {
    if (!in_scope(group, number)) {
        group->scope[group->scope_count++] = number;
    }
}

// The program and global modules, the members, and what these need that was open.
static bool make_scope(struct library_group *group) {
    group->scope = calloc((size_t)group->list->count + 1, sizeof *group->scope);
    if (group->scope == NULL) {
        return out_of_memory(group->error);
    }
    for (uint32_t i = 0; i < group->list->count; i++) {
        const struct library *library = library_of(group, i);
        if (library->open && library->global) {
            add_to_scope(group, i);
        }
    }
    uint32_t first = group->scope_count;
    for (uint32_t i = 0; i < group->count; i++) {
        add_to_scope(group, group->members[i].number);
    }
    for (uint32_t i = first; i < group->scope_count; i++) {
        const struct library *library = library_of(group, group->scope[i]);
        for (uint32_t k = 0; k < library->needed_count; k++) {
            add_to_scope(group, library->needed[k]);
        }
    }
    return true;
}

// The object and instance of one in scope: of members that are not in the list's order yet.
static struct library_member *member_of(const struct library_group *group, uint32_t number) {
    for (uint32_t i = 0; i < group->count; i++) {
        if (group->members[i].number == number) {
            return &group->members[i];
        }
    }
    return NULL;
}

static struct faaslet_object *object_in_scope(const struct library_group *group, uint32_t number,
                                              struct object_instance **instance) {
    const struct library_member *member = member_of(group, number);
    if (member != NULL) {
        *instance = member->work.instance;
        return member->owner;
    }
    const struct library *library = library_of(group, number);
    *instance = library_instance(group->faaslet, library);
    return library_object(group->faaslet, library);
}

static bool find_symbol(const struct library_group *group, struct object_name name, uint8_t kind,
                        struct library_symbol *symbol, struct object_instance **instance) {
    for (uint32_t i = 0; i < group->scope_count; i++) {
        struct faaslet_object *object = object_in_scope(group, group->scope[i], instance);
        const struct object_export *export = library_symbol_in(object, name);
        if (export != NULL && export->kind == kind) {
            *symbol = (struct library_symbol){group->scope[i], export};
            return true;
        }
    }
    return false;
}

// ---- Imports ------------------------------------------------------------------------------------

static bool undefined(const struct library_group *group, const struct library_member *member,
                      struct object_name name) {
    return member->number == 0
               ? error_set(group->error, ERROR_UNLINKABLE, "unknown import env.%.*s",
                           (int)name.length, name.data)
               : error_set(group->error, ERROR_UNLINKABLE, "%s: undefined symbol: %.*s",
                           library_of(group, member->number)->requested, (int)name.length,
                           name.data);
}

// Where the module depends on the one that defines it, that one stays as long.
static bool note_use(struct library_group *group, uint32_t user, uint32_t used) {
    return user == used || used == 0 || library_list_need(group->list, user, used, group->error);
}

static uint64_t *take_cell(struct library_member *member) {
    return member->cells + (size_t)member->cell_count++ * CELL_WORDS;
}

static bool is_i32_global(const struct object_import *import, bool mutable) {
    return import->kind == OBJECT_GLOBAL && import->value_type == OBJECT_I32 &&
           import->mutable == mutable;
}

static bool resolve_slot(struct library_group *group, struct library_member *member,
                         uint32_t number, uint8_t kind) {
    const struct object_import *import = &member->work.object->imports[number];
    struct library_slot *slot = &group->slots[group->slot_count++];
    struct library_symbol symbol = {0};
    struct object_instance *instance;
    if (!is_i32_global(import, true)) {
        return error_set(group->error, ERROR_UNLINKABLE, "%s: %.*s.%.*s is not a mutable i32",
                         library_of(group, member->number)->requested, (int)import->module.length,
                         import->module.data, (int)import->name.length, import->name.data);
    }
    if (!find_symbol(group, import->name, kind, &symbol, &instance) && !import->weak) {
        return undefined(group, member, import->name);
    }
    slot->cell = take_cell(member);
    slot->library = symbol.library;
    slot->export = symbol.export;
    member->work.imports[number] = (struct instantiate_import){.cell = slot->cell};
    return symbol.export == NULL || note_use(group, member->number, symbol.library);
}

static bool resolve_function(struct library_group *group, struct library_member *member,
                             uint32_t number) {
    const struct object_import *import = &member->work.object->imports[number];
    struct library_symbol symbol;
    struct faaslet_definition definition;
    if (find_symbol(group, import->name, OBJECT_FUNCTION, &symbol, &definition.instance)) {
        definition.export = symbol.export;
        return note_use(group, member->number, symbol.library) &&
               instantiate_use_definition(&member->work, number, &definition);
    }
    if (faaslet_linker_find(group->source->linker, import->module, import->name) != NULL) {
        return instantiate_use_linker(&member->work, number, group->source->linker);
    }
    if (import->weak) {
        member->work.imports[number] = (struct instantiate_import){.missing = true};
        return true;
    }
    return undefined(group, member, import->name);
}

// Memory, table, globals other than addresses: what the program exports, by kind and name; a memory
// by any.
static bool resolve_of_program(struct library_group *group, struct library_member *member,
                               uint32_t number) {
    const struct object_import *import = &member->work.object->imports[number];
    struct faaslet_definition definition = {0};
    struct faaslet_object *program = object_in_scope(group, 0, &definition.instance);
    const struct object_module *module = faaslet_object_module(program);
    for (uint32_t i = 0; i < module->export_count && definition.export == NULL; i++) {
        const struct object_export *export = &module->exports[i];
        bool named = export->name.length == import->name.length &&
                     memcmp(export->name.data, import->name.data, import->name.length) == 0;
        if (export->kind == import->kind &&
            (named || (import->kind == OBJECT_MEMORY && export->index == 0))) {
            definition.export = export;
        }
    }
    bool own = member->number == 0 || definition.export == NULL ||
               (definition.export->kind == OBJECT_GLOBAL &&
                definition.export->index < module->imported_global_count);
    return own ? undefined(group, member, import->name)
               : instantiate_use_definition(&member->work, number, &definition);
}

static bool resolve_import(struct library_group *group, struct library_member *member,
                           uint32_t number) {
    const struct object_import *import = &member->work.object->imports[number];
    if (name_is(import->module, "GOT.mem")) {
        return resolve_slot(group, member, number, OBJECT_GLOBAL);
    }
    if (name_is(import->module, "GOT.func")) {
        return resolve_slot(group, member, number, OBJECT_FUNCTION);
    }
    if (!name_is(import->module, "env")) {
        return instantiate_use_linker(&member->work, number, group->source->linker);
    }
    if (import->kind == OBJECT_FUNCTION) {
        return resolve_function(group, member, number);
    }
    if (is_i32_global(import, false) &&
        (name_is(import->name, "__memory_base") || name_is(import->name, "__table_base"))) {
        member->work.imports[number] = (struct instantiate_import){.cell = take_cell(member)};
        return true;
    }
    return resolve_of_program(group, member, number);
}

static bool resolve_member(struct library_group *group, struct library_member *member) {
    for (uint32_t i = 0; i < member->work.object->import_count; i++) {
        if (!resolve_import(group, member, i)) {
            return false;
        }
    }
    return true;
}

// ---- Places -------------------------------------------------------------------------------------

// As many cells as there are imported globals: enough.
static bool allocate_member(struct library_group *group, struct library_member *member,
                            uint32_t number) {
    const struct object_module *module = member->work.object;
    struct library *library = library_of(group, member->number);
    if (member->again) {
        member->work.instance = library_instance(group->faaslet, library);
        member->work.imports =
            calloc((size_t)module->import_count + 1, sizeof *member->work.imports);
        if (member->work.imports == NULL) {
            return out_of_memory(group->error);
        }
    } else {
        uint64_t cells;
        if (!instantiate_allocate(&member->work, number) ||
            !space_allocate(group->faaslet,
                            (size_t)module->imported_global_count * LIBRARY_CELL_BYTES, &cells,
                            group->error)) {
            return false;
        }
        library->cells = cells;
        library->cell_count = module->imported_global_count;
        library->instance = number;
    }
    member->cells = (uint64_t *)(void *)(group->faaslet->area + library->cells);
    return true;
}

static bool allocate_members(struct library_group *group) {
    uint32_t number = group->faaslet->contents.instance_count;
    size_t slots = 0;
    for (uint32_t i = 0; i < group->count; i++) {
        struct library_member *member = &group->members[i];
        if (!allocate_member(group, member, number)) {
            return false;
        }
        number += !member->again;
        slots += member->work.object->imported_global_count;
    }
    group->slots = calloc(slots + 1, sizeof *group->slots);
    return group->slots != NULL || out_of_memory(group->error);
}

static struct object_table *table_of(const struct library_group *group) {
    struct object_instance *instance;
    struct faaslet_object *program = object_in_scope(group, 0, &instance);
    return library_table(instance, program);
}

// A table of no elements stands for one that the program does not export: it cannot grow.
static struct object_table *table_or(const struct library_group *group, struct object_table *none) {
    struct object_table *table = table_of(group);
    *none = (struct object_table){0};
    return table != NULL ? table : none;
}

// The program has its own data and elements where they are, one that is used again where they were.
static bool is_placed(const struct library_member *member) {
    return member->again || member->number == 0;
}

static bool place_elements(struct library_group *group, struct library_member *member,
                           struct object_table *table) {
    const struct object_dylink *dylink = &member->work.object->dylink;
    if (is_placed(member) || dylink->table_elements == 0) {
        return true;
    }
    uint64_t mask = (1ull << dylink->table_alignment) - 1;
    uint64_t base = (table->size + mask) & ~mask;
    library_of(group, member->number)->table_base = (uint32_t)base;
    return library_table_grow(table, base + dylink->table_elements - table->size, group->error);
}

static bool place_data(struct library_group *group, struct library_member *member) {
    const struct object_dylink *dylink = &member->work.object->dylink;
    return is_placed(member) || dylink->memory_bytes == 0 ||
           library_list_allocate(group->faaslet, group->list, dylink->memory_bytes,
                                 1u << dylink->memory_alignment,
                                 &library_of(group, member->number)->memory_base, group->error);
}

static bool place_all_elements(struct library_group *group) {
    struct object_table none;
    struct object_table *table = table_or(group, &none);
    for (uint32_t i = 0; i < group->count; i++) {
        if (!place_elements(group, &group->members[i], table)) {
            return error_prefix(group->error, "%.200s",
                                library_of(group, group->members[i].number)->requested);
        }
    }
    return true;
}

static bool place_all_data(struct library_group *group) {
    for (uint32_t i = 0; i < group->count; i++) {
        if (!place_data(group, &group->members[i])) {
            return error_prefix(group->error, "%.200s",
                                library_of(group, group->members[i].number)->requested);
        }
    }
    return true;
}

// A stop that was asked for meanwhile holds for new instances, too.
static void take_over_interrupt(struct faaslet *faaslet, struct object_instance *instance) {
    pthread_mutex_lock(&faaslet->lock);
    instance->interrupt = space_instance(faaslet, 0)->interrupt;
    pthread_mutex_unlock(&faaslet->lock);
}

static bool connect_members(struct library_group *group) {
    for (uint32_t i = 0; i < group->count; i++) {
        instantiate_connect(&group->members[i].work);
    }
    for (uint32_t i = 0; i < group->count; i++) {
        struct library_member *member = &group->members[i];
        if (!member->again && !instantiate_add(&member->work)) {
            return false;
        }
        take_over_interrupt(group->faaslet, member->work.instance);
    }
    return true;
}

// ---- Contents -----------------------------------------------------------------------------------

// Of one that is used again: as it was made.
static void clear_member(struct library_group *group, struct library_member *member) {
    const struct object_layout *layout = &member->work.object->layout;
    const struct library *library = library_of(group, member->number);
    uint32_t bytes = member->work.object->dylink.memory_bytes;
    char *instance = (char *)member->work.instance;
    memset(instance + layout->dropped_elements, 0, layout->size - layout->dropped_elements);
    void *memory = guest_range(space_instance(group->faaslet, 0), library->memory_base, bytes);
    if (memory != NULL && bytes > 0) {
        memset(memory, 0, bytes);
    }
    // Parts of the instance that no call changes were written: all of the area is put back.
    group->faaslet->elements_written = true;
}

static void fill_bases(struct library_group *group, struct library_member *member) {
    const struct library *library = library_of(group, member->number);
    for (uint32_t i = 0; i < member->work.object->import_count; i++) {
        const struct object_import *import = &member->work.object->imports[i];
        uint64_t *cell = member->work.imports[i].cell;
        if (cell != NULL && name_is(import->module, "env")) {
            *cell =
                name_is(import->name, "__memory_base") ? library->memory_base : library->table_base;
        }
    }
}

static bool fill_slots(struct library_group *group) {
    struct object_table none;
    struct object_table *table = table_or(group, &none);
    for (uint32_t i = 0; i < group->slot_count; i++) {
        const struct library_slot *slot = &group->slots[i];
        const struct library *library = library_of(group, slot->library);
        uint32_t value = 0;
        if (slot->export == NULL) {
            value = 0;
        } else if (slot->export->kind == OBJECT_GLOBAL) {
            value =
                library_symbol_address(group->faaslet, library, library->thread_base, slot->export);
        } else if (!library_symbol_element(group->faaslet, group->list, table, library,
                                           slot->export, &value, group->error)) {
            return false;
        }
        *slot->cell = value;
    }
    return true;
}

// The block for its thread-local data; __wasm_init_tls fills it.
static bool place_thread_data(struct library_group *group, const struct library_member *member) {
    struct library *library = library_of(group, member->number);
    uint32_t bytes, alignment;
    if (member->number == 0 || library->thread_base != 0) {
        return true;
    }
    if (!library_thread_data(member->owner, member->work.instance, &bytes, &alignment,
                             group->error)) {
        return false;
    }
    return bytes == 0 || library_list_allocate(group->faaslet, group->list, bytes, alignment,
                                               &library->thread_base, group->error);
}

static bool fill_segments(struct library_group *group, struct library_member *member) {
    if (instantiate_segments(&member->work)) {
        return true;
    }
    // Not a trap of code that ran.
    struct error reason = *group->error;
    return reason.code == ERROR_TRAP
               ? error_set(group->error, ERROR_INVALID, "%s: its segments: %s",
                           library_of(group, member->number)->requested, reason.message)
               : false;
}

static bool fill_members(struct library_group *group, uint32_t first) {
    for (uint32_t i = first; i < group->count; i++) {
        struct library_member *member = &group->members[i];
        if (member->again) {
            clear_member(group, member);
        }
        fill_bases(group, member);
        if (!instantiate_globals(&member->work) || !place_thread_data(group, member)) {
            return false;
        }
    }
    for (uint32_t i = first; i < group->count; i++) {
        if (!fill_segments(group, &group->members[i])) {
            return false;
        }
    }
    return fill_slots(group);
}

// ---- All of it ----------------------------------------------------------------------------------

static bool resolve_all(struct library_group *group) {
    for (uint32_t i = 0; i < group->count; i++) {
        struct library_member *member = &group->members[i];
        if (!resolve_member(group, member) ||
            (member->number != 0 && !member->again && !instantiate_make_memories(&member->work))) {
            return false;
        }
    }
    return true;
}

// What the memory has to be for the modules, whose types were not checked for that.
static bool check_memory(const struct library_group *group) {
    for (uint32_t i = 1; i < group->count; i++) {
        const struct object_module *module = group->members[i].work.object;
        for (uint32_t k = 0; k < module->import_count; k++) {
            const struct object_import *import = &module->imports[k];
            if (import->kind == OBJECT_MEMORY &&
                import->limits.minimum > space_memory_record(group->faaslet, 0)->pages) {
                return error_set(group->error, ERROR_UNLINKABLE,
                                 "%s wants a memory of %u pages, more than it has data",
                                 library_of(group, group->members[i].number)->requested,
                                 import->limits.minimum);
            }
        }
    }
    return true;
}

// The first member is the program. Its heap begins at the end of its memory, wherever that is when
// it first asks for memory, and that must be before modules are placed there (sdk/lib/crt1.c). All
// members are connected before any code runs.
static bool link_program(struct library_group *group) {
    struct library_member *program = &group->members[0];
    for (uint32_t i = 0; i < group->count; i++) {
        group->members[i].work.memory_grows = true;
    }
    return allocate_members(group) && instantiate_make_memories(&program->work) &&
           place_all_elements(group) && resolve_all(group) && connect_members(group) &&
           instantiate_globals(&program->work) && instantiate_segments(&program->work) &&
           library_call(group->faaslet, program->work.instance, "_faasm_claim_heap", NULL,
                        group->result, group->error) &&
           place_all_data(group) && check_memory(group) && fill_members(group, 1);
}

static bool link_modules(struct library_group *group) {
    size_t used = group->faaslet->contents.area_used;
    struct object_table none;
    struct object_table *table = table_or(group, &none);
    uint32_t size = table->size;
    if (!allocate_members(group) || !place_all_elements(group) || !place_all_data(group) ||
        !resolve_all(group)) {
        table->size = size;
        space_release(group->faaslet, used);
        return false;
    }
    return connect_members(group) && fill_members(group, 0);
}

bool library_group_link(struct library_group *group) {
    struct object_table none;
    bool program = group->count > 0 && group->members[0].number == 0;
    if (!make_scope(group) || !(program ? link_program(group) : link_modules(group))) {
        return false;
    }
    for (uint32_t i = 0; i < group->count; i++) {
        struct library *library = library_of(group, group->members[i].number);
        library->open = library->linked = true;
        group->members[i].thread_base = library->thread_base;
    }
    group->list->table_size = table_or(group, &none)->size;
    library_list_use(group->faaslet, group->list);
    group->list = NULL;
    return true;
}

void library_group_destroy(struct library_group *group) {
    for (uint32_t i = 0; i < group->count; i++) {
        free(group->members[i].work.imports);
        faaslet_object_release(group->members[i].owner);
    }
    free(group->members);
    free(group->slots);
    free(group->scope);
    library_list_release(group->list);
    group->list = NULL;
}
