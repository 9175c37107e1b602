#include "faaslet/library.h"

#include "faaslet/guest.h"
#include "faaslet/instance.h"
#include "faaslet/library_link.h"
#include "faaslet/library_symbol.h"
#include "faaslet/thread_libraries.h"

#include <stdlib.h>
#include <string.h>

// ---- Handles ------------------------------------------------------------------------------------

// The number of a module and one more.
static uint32_t handle_of(uint32_t number) {
    return number + 1;
}

static bool number_of(const struct library_list *list, uint32_t handle, uint32_t *number,
                      struct error *error) {
    *number = handle - 1;
    bool known = handle != 0 && *number < list->count && list->libraries[*number].open &&
                 (*number == 0 || list->libraries[*number].opened > 0);
    return known ||
           error_set(error, ERROR_ARGUMENT, "0x%x is not the handle of an open module", handle);
}

// ---- Opening ------------------------------------------------------------------------------------

// The module and all that it needs become global, or are to stay.
static void mark(struct library_list *list, uint32_t number, uint32_t flags) {
    struct library *library = &list->libraries[number];
    bool global = (flags & FAASLET_LIBRARY_GLOBAL) != 0 && !library->global;
    bool kept = (flags & FAASLET_LIBRARY_NODELETE) != 0 && !library->kept;
    library->global = library->global || global;
    library->kept = library->kept || kept;
    for (uint32_t i = 0; (global || kept) && i < library->needed_count; i++) {
        mark(list, library->needed[i], flags);
    }
}

static bool is_open(const struct library_list *list, const char *name, uint32_t *number) {
    for (uint32_t i = 1; i < list->count; i++) {
        const struct library *library = &list->libraries[i];
        if (library->open &&
            (strcmp(library->name, name) == 0 || strcmp(library->requested, name) == 0)) {
            *number = i;
            return true;
        }
    }
    return false;
}

// What is open already: the list alone changes.
static void open_again(struct faaslet *faaslet, struct library_list *list, uint32_t number,
                       uint32_t flags) {
    list->libraries[number].opened++;
    mark(list, number, flags);
    library_list_use(faaslet, list);
}

static bool open_group(struct library_group *group, const char *name, uint32_t flags,
                       uint32_t *number) {
    if (!library_group_find(group, name, number)) {
        return false;
    }
    if (group->count == 0) {
        open_again(group->faaslet, group->list, *number, flags);
        group->list = NULL;
        return true;
    }
    group->list->libraries[*number].opened++;
    if (!library_group_link(group)) {
        return false;
    }
    mark(group->faaslet->libraries, *number, flags);
    return library_group_run(group);
}

// Each thread would need an instance of the module, while it runs. Lets others in: what the list
// says may be another thing after.
static bool check_alone(struct faaslet *faaslet, const char *name, struct error *error) {
    return threads_none(faaslet) ||
           error_set(error, ERROR_UNSUPPORTED,
                     "%.1000s is not loaded, and cannot be while the call has threads", name);
}

bool faaslet_library_open(struct faaslet *faaslet, const char *name, uint32_t flags,
                          const struct faaslet_library_source *source, uint32_t *handle,
                          struct faaslet_result *result, struct error *error) {
    uint32_t number = 0;
    if ((flags & ~(uint32_t)FAASLET_LIBRARY_FLAGS) != 0 ||
        (flags & (FAASLET_LIBRARY_LAZY | FAASLET_LIBRARY_NOW)) == 0) {
        return error_set(error, ERROR_ARGUMENT, "invalid flags 0x%x", flags);
    }
    bool loads = name != NULL && (flags & FAASLET_LIBRARY_NOLOAD) == 0 &&
                 (faaslet->libraries == NULL || !is_open(faaslet->libraries, name, &number));
    if (loads && !check_alone(faaslet, name, error)) {
        return false;
    }
    struct library_group group = {.faaslet = faaslet,
                                  .source = source,
                                  .list = library_list_of(faaslet, error),
                                  .result = result,
                                  .error = error};
    if (group.list == NULL) {
        return false;
    }
    bool done = true;
    if (name == NULL || is_open(group.list, name, &number)) {
        number = name == NULL ? 0 : number;
        open_again(faaslet, group.list, number, flags);
        group.list = NULL;
    } else if ((flags & FAASLET_LIBRARY_NOLOAD) != 0) {
        done = error_set(error, ERROR_NOT_FOUND, "%.1000s is not loaded", name);
    } else {
        done = open_group(&group, name, flags, &number);
    }
    library_group_destroy(&group);
    if (done) {
        *handle = handle_of(number);
    }
    return done;
}

struct object_instance *faaslet_instantiate_program(struct faaslet *faaslet,
                                                    struct faaslet_object *object,
                                                    const struct faaslet_library_source *source,
                                                    struct faaslet_result *result,
                                                    struct error *error) {
    if (!faaslet_object_module(object)->dylink.present) {
        return faaslet_instantiate(faaslet, object, source->linker, NULL, result, error);
    }
    uint32_t program = 0;
    struct library_group group = {.faaslet = faaslet,
                                  .source = source,
                                  .list = library_list_of(faaslet, error),
                                  .result = result,
                                  .error = error};
    bool done = group.list != NULL && library_group_add_program(&group, object) &&
                library_group_find(&group, NULL, &program) && library_group_link(&group);
    if (done) {
        mark(faaslet->libraries, program, FAASLET_LIBRARY_GLOBAL | FAASLET_LIBRARY_NODELETE);
        done = library_group_run(&group);
    }
    library_group_destroy(&group);
    return done ? faaslet_main_instance(faaslet) : NULL;
}

// ---- Symbols ------------------------------------------------------------------------------------

struct search {
    const struct faaslet *faaslet;
    const struct library_list *list;
    struct object_name name;
    bool *seen; // by number
    uint32_t *queue;
    uint32_t queued;
    uint32_t found; // number
};

static void enqueue(struct search *search, uint32_t number) {
    if (!search->seen[number]) {
        search->seen[number] = true;
        search->queue[search->queued++] = number;
    }
}

// Breadth first from what is queued.
static const struct object_export *search_queue(struct search *search) {
    for (uint32_t i = 0; i < search->queued; i++) {
        const struct library *library = &search->list->libraries[search->queue[i]];
        const struct object_export *export =
            library_symbol_in(library_object(search->faaslet, library), search->name);
        if (export != NULL) {
            search->found = search->queue[i];
            return export;
        }
        for (uint32_t k = 0; k < library->needed_count; k++) {
            enqueue(search, library->needed[k]);
        }
    }
    return NULL;
}

static void enqueue_global(struct search *search) {
    for (uint32_t i = 0; i < search->list->count; i++) {
        if (search->list->libraries[i].open && search->list->libraries[i].global) {
            enqueue(search, i);
        }
    }
}

static const struct object_export *search_from(struct search *search, uint32_t handle,
                                               struct error *error) {
    uint32_t number = 0;
    if (handle != 0 && !number_of(search->list, handle, &number, error)) {
        return NULL;
    }
    search->seen = calloc((size_t)search->list->count + 1, sizeof *search->seen);
    search->queue = calloc((size_t)search->list->count + 1, sizeof *search->queue);
    if (search->seen == NULL || search->queue == NULL) {
        error_set(error, ERROR_MEMORY, "out of memory for side modules");
        return NULL;
    }
    if (number == 0) {
        enqueue_global(search);
    } else {
        enqueue(search, number);
    }
    const struct object_export *export = search_queue(search);
    if (export == NULL) {
        error_set(error, ERROR_NOT_FOUND, "undefined symbol: %.*s", (int)search->name.length,
                  search->name.data);
    }
    return export;
}

static bool symbol_of_program(struct faaslet *faaslet, struct error *error) {
    if (faaslet->libraries == NULL) {
        struct library_list *list = library_list_of(faaslet, error);
        if (list == NULL) {
            return false;
        }
        library_list_use(faaslet, list);
    }
    return true;
}

// An element for the function in the tables of all threads.
static bool add_element(struct faaslet *faaslet, uint32_t number,
                        const struct object_export *export, uint32_t *value, struct error *error) {
    struct object_table none = {0};
    struct object_table *table =
        library_table(space_instance(faaslet, 0), library_program(faaslet));
    struct library_list *list = library_list_of(faaslet, error);
    if (list == NULL) {
        return false;
    }
    table = table != NULL ? table : &none; // which cannot grow
    bool done =
        thread_tables_fit(faaslet, error) &&
        library_symbol_append(faaslet, list, table, &list->libraries[number], export, value, error);
    if (!done) {
        library_list_release(list);
        return false;
    }
    thread_tables_append(faaslet, &list->elements[list->element_count - 1]);
    list->table_size = table->size;
    library_list_use(faaslet, list);
    return true;
}

static bool element_of(struct faaslet *faaslet, uint32_t number, const struct object_export *export,
                       uint32_t *value, struct error *error) {
    const struct library *library = &faaslet->libraries->libraries[number];
    const struct object_instance *program = thread_instance(faaslet, 0);
    const struct object_instance *instance = thread_instance(faaslet, library->instance);
    const struct object_table *table = library_table(program, library_program(faaslet));
    return (table != NULL && library_symbol_find(program, table, instance, export->index, value)) ||
           add_element(faaslet, number, export, value, error);
}

bool faaslet_library_symbol(struct faaslet *faaslet, uint32_t handle, struct object_name name,
                            uint32_t *value, struct error *error) {
    if (!symbol_of_program(faaslet, error)) {
        return false;
    }
    struct search search = {.faaslet = faaslet, .list = faaslet->libraries, .name = name};
    const struct object_export *export = search_from(&search, handle, error);
    bool done = export != NULL;
    if (done && export->kind == OBJECT_GLOBAL) {
        *value = library_symbol_address(faaslet, &search.list->libraries[search.found],
                                        thread_data_address(faaslet, search.found), export);
    } else if (done) {
        done = element_of(faaslet, search.found, export, value, error);
    }
    free(search.seen);
    free(search.queue);
    return done;
}

// ---- Closing ------------------------------------------------------------------------------------

static void keep(const struct library_list *list, uint32_t number, bool *kept) {
    if (!kept[number]) {
        kept[number] = true;
        for (uint32_t i = 0; i < list->libraries[number].needed_count; i++) {
            keep(list, list->libraries[number].needed[i], kept);
        }
    }
}

// The open ones that nobody needs any more, the latest first. Those are closed then.
static bool close_unneeded(const struct faaslet *faaslet, struct library_list *list,
                           struct object_instance ***closed, uint32_t *count, struct error *error) {
    bool *kept = calloc((size_t)list->count + 1, sizeof *kept);
    *closed = calloc((size_t)list->count + 1, sizeof **closed);
    if (kept == NULL || *closed == NULL) {
        free(kept);
        return error_set(error, ERROR_MEMORY, "out of memory for side modules");
    }
    for (uint32_t i = 0; i < list->count; i++) {
        const struct library *library = &list->libraries[i];
        if (library->open && (library->kept || library->opened > 0)) {
            keep(list, i, kept);
        }
    }
    *count = 0;
    for (uint32_t i = list->count; i-- > 1;) {
        struct library *library = &list->libraries[i];
        if (library->open && !kept[i]) {
            library->open = library->global = false;
            library->needed_count = 0;
            (*closed)[(*count)++] = library_instance(faaslet, library);
        }
    }
    free(kept);
    return true;
}

// Code of destructors may open and close modules itself, and others meanwhile.
static bool run_destructors(struct faaslet *faaslet, struct object_instance **closed,
                            uint32_t count, struct faaslet_result *result, struct error *error) {
    bool done = true;
    bool lent = library_lend(faaslet);
    for (uint32_t i = 0; i < count && done; i++) {
        done = library_call(faaslet, closed[i], "__faasm_library_exit", NULL, result, error);
    }
    library_take_back(lent);
    return done;
}

bool faaslet_library_close(struct faaslet *faaslet, uint32_t handle, struct faaslet_result *result,
                           struct error *error) {
    uint32_t number, count = 0;
    struct object_instance **closed = NULL;
    bool closes = faaslet->libraries != NULL &&
                  number_of(faaslet->libraries, handle, &number, error) &&
                  faaslet->libraries->libraries[number].opened == 1;
    // Other threads may be in its code: it stays then.
    bool alone = closes && threads_none(faaslet);
    struct library_list *list = library_list_of(faaslet, error);
    if (list == NULL) {
        return false;
    }
    if (!number_of(list, handle, &number, error)) {
        library_list_release(list);
        return false;
    }
    struct library *library = &list->libraries[number];
    library->opened -= library->opened > 0;
    bool done = !alone || close_unneeded(faaslet, list, &closed, &count, error);
    if (done) {
        library_list_use(faaslet, list);
        done = run_destructors(faaslet, closed, count, result, error);
    } else {
        library_list_release(list);
    }
    free(closed);
    return done;
}

// ---- Texts --------------------------------------------------------------------------------------

uint32_t faaslet_library_text(struct faaslet *faaslet, const char *text) {
    struct error error;
    uint32_t address = faaslet->libraries != NULL ? faaslet->libraries->text : 0;
    if (address == 0) {
        struct library_list *list = library_list_of(faaslet, &error);
        if (list == NULL) {
            return 0;
        }
        if (!library_list_allocate(faaslet, list, LIBRARY_TEXT_BYTES, 1, &list->text, &error)) {
            library_list_release(list);
            return 0;
        }
        address = list->text;
        library_list_use(faaslet, list);
    }
    char *to = guest_range(faaslet_main_instance(faaslet), address, LIBRARY_TEXT_BYTES);
    if (to == NULL) {
        return 0;
    }
    size_t length = strnlen(text, LIBRARY_TEXT_BYTES - 1);
    memcpy(to, text, length);
    to[length] = '\0';
    return address;
}
