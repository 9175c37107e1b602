#include "faaslet/library_list.h"

#include "faaslet/guest.h"

#include <stdlib.h>
#include <string.h>

static bool out_of_memory(struct error *error) {
    return error_set(error, ERROR_MEMORY, "out of memory for side modules");
}

// ---- Lists --------------------------------------------------------------------------------------

static void list_delete(struct library_list *list) {
    for (uint32_t i = 0; i < list->count; i++) {
        free(list->libraries[i].name);
        free(list->libraries[i].requested);
        free(list->libraries[i].needed);
    }
    free(list->libraries);
    free(list->elements);
    free(list);
}

static struct library_list *empty_list(struct error *error) {
    struct library_list *list = calloc(1, sizeof *list);
    if (list == NULL) {
        out_of_memory(error);
        return NULL;
    }
    atomic_init(&list->references, 1);
    return list;
}

struct library_list *library_list_new(struct error *error) {
    struct library_list *list = empty_list(error);
    uint32_t program = 0;
    if (list != NULL && !library_list_add(list, "", "", &program, error)) {
        list_delete(list);
        return NULL;
    }
    if (list != NULL) {
        struct library *library = &list->libraries[program];
        library->open = library->global = library->kept = library->linked = true;
    }
    return list;
}

static bool copy_library(struct library *to, const struct library *from) {
    *to = *from;
    to->name = strdup(from->name);
    to->requested = strdup(from->requested);
    to->needed = calloc((size_t)from->needed_count + 1, sizeof *to->needed);
    if (to->needed != NULL && from->needed_count > 0) {
        memcpy(to->needed, from->needed, from->needed_count * sizeof *to->needed);
    }
    return to->name != NULL && to->requested != NULL && to->needed != NULL;
}

struct library_list *library_list_copy(const struct library_list *list, struct error *error) {
    struct library_list *copy = empty_list(error);
    if (copy == NULL) {
        return NULL;
    }
    copy->free_begin = list->free_begin;
    copy->free_end = list->free_end;
    copy->text = list->text;
    copy->table_size = list->table_size;
    copy->element_count = list->element_count;
    copy->elements = calloc((size_t)list->element_count + 1, sizeof *copy->elements);
    copy->libraries = calloc((size_t)list->count + 1, sizeof *copy->libraries);
    bool whole = copy->libraries != NULL && copy->elements != NULL;
    if (whole && list->element_count > 0) {
        memcpy(copy->elements, list->elements, list->element_count * sizeof *copy->elements);
    }
    while (whole && copy->count < list->count) {
        uint32_t number = copy->count++;
        whole = copy_library(&copy->libraries[number], &list->libraries[number]);
    }
    if (!whole) {
        list_delete(copy);
        out_of_memory(error);
        return NULL;
    }
    return copy;
}

struct library_list *library_list_acquire(struct library_list *list) {
    if (list != NULL) {
        atomic_fetch_add_explicit(&list->references, 1, memory_order_relaxed);
    }
    return list;
}

void library_list_release(struct library_list *list) {
    if (list != NULL &&
        atomic_fetch_sub_explicit(&list->references, 1, memory_order_acq_rel) == 1) {
        list_delete(list);
    }
}

struct library_list *library_list_of(struct faaslet *faaslet, struct error *error) {
    return faaslet->libraries == NULL ? library_list_new(error)
                                      : library_list_copy(faaslet->libraries, error);
}

void library_list_use(struct faaslet *faaslet, struct library_list *list) {
    library_list_release(faaslet->libraries);
    faaslet->libraries = list;
}

// ---- Entries ------------------------------------------------------------------------------------

bool library_list_add(struct library_list *list, const char *name, const char *requested,
                      uint32_t *number, struct error *error) {
    if (list->count >= LIBRARY_COUNT_MAX) {
        return error_set(error, ERROR_TOO_LARGE, "more than %d side modules", LIBRARY_COUNT_MAX);
    }
    struct library *larger =
        realloc(list->libraries, ((size_t)list->count + 1) * sizeof *list->libraries);
    if (larger == NULL) {
        return out_of_memory(error);
    }
    list->libraries = larger;
    struct library fresh = {.name = strdup(name), .requested = strdup(requested)};
    if (fresh.name == NULL || fresh.requested == NULL) {
        free(fresh.name);
        free(fresh.requested);
        return out_of_memory(error);
    }
    *number = list->count++;
    list->libraries[*number] = fresh;
    return true;
}

bool library_list_need(struct library_list *list, uint32_t number, uint32_t needed,
                       struct error *error) {
    struct library *library = &list->libraries[number];
    for (uint32_t i = 0; i < library->needed_count; i++) {
        if (library->needed[i] == needed) {
            return true;
        }
    }
    uint32_t *larger =
        realloc(library->needed, ((size_t)library->needed_count + 1) * sizeof *larger);
    if (larger == NULL) {
        return out_of_memory(error);
    }
    library->needed = larger;
    library->needed[library->needed_count++] = needed;
    return true;
}

bool library_list_note_element(struct library_list *list, const struct library_element *element,
                               struct error *error) {
    struct library_element *larger =
        realloc(list->elements, ((size_t)list->element_count + 1) * sizeof *larger);
    if (larger == NULL) {
        return out_of_memory(error);
    }
    list->elements = larger;
    list->elements[list->element_count++] = *element;
    return true;
}

// ---- Memory -------------------------------------------------------------------------------------

static uint64_t align_up(uint64_t value, uint32_t alignment) {
    return (value + alignment - 1) & ~(uint64_t)(alignment - 1);
}

bool library_list_allocate(struct faaslet *faaslet, struct library_list *list, uint32_t bytes,
                           uint32_t alignment, uint32_t *address, struct error *error) {
    uint64_t begin = align_up(list->free_begin, alignment);
    if (begin == 0 || begin + bytes > list->free_end) {
        // What is left of the last piece is given up, where it does not go on in the new one.
        uint32_t fresh = guest_allocate(faaslet_main_instance(faaslet), bytes > 0 ? bytes : 1);
        if (fresh == 0) {
            return error_set(error, ERROR_MEMORY,
                             "the limit of memory does not allow %u bytes for a side module",
                             bytes);
        }
        uint64_t end = align_up((uint64_t)fresh + (bytes > 0 ? bytes : 1), OBJECT_PAGE_SIZE);
        list->free_begin = fresh;
        list->free_end = end > UINT32_MAX ? UINT32_MAX : (uint32_t)end;
        begin = fresh; // alignments are at most a page's
    }
    *address = (uint32_t)begin;
    list->free_begin = (uint32_t)(begin + bytes);
    return true;
}

void library_list_put_back_cells(struct faaslet *faaslet, const char *image) {
    const struct library_list *list = faaslet->libraries;
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        const struct library *library = &list->libraries[i];
        memcpy(faaslet->area + library->cells, image + library->cells,
               (size_t)library->cell_count * LIBRARY_CELL_BYTES);
    }
}
