// Inside of the room: the side modules of a Faaslet and what is known of them beside their
// instances. A list is shared between a Proto-Faaslet and its Faaslets; who changes one makes it
// its own before.
#ifndef FAASM_FAASLET_LIBRARY_LIST_H
#define FAASM_FAASLET_LIBRARY_LIST_H

#include "faaslet/space.h"

// A side module, or the program itself, which is number 0. Once added it stays in its place: a
// closed one keeps its instance and memory, and is used again when the same is opened again,
// because pointers to its functions may be anywhere.
struct library {
    char *name;      // what the finder calls it; "" for the program
    char *requested; // by which name it was asked for first
    uint32_t instance;
    uint32_t memory_base; // guest address
    uint32_t table_base;
    uint32_t thread_base; // of its thread-local data; 0 where there is none
    uint64_t cells; // area offset of LIBRARY_CELL_BYTES for each global that the linker defines
    uint32_t cell_count;
    uint32_t opened; // how often, by faaslet_library_open
    bool open;
    bool global;      // others see its symbols
    bool kept;        // stays open without being asked for
    bool linked;      // its instance is whole
    uint32_t *needed; // numbers of those that it needs or has taken symbols of
    uint32_t needed_count;
};

// An element that the linker has added to the table for a function, beside those of segments.
struct library_element {
    uint32_t element;
    uint32_t library; // number
    uint32_t function;
};

struct library_list {
    _Atomic uint32_t references;
    struct library *libraries;
    uint32_t count;
    uint32_t free_begin; // guest memory that the linker has and nothing uses
    uint32_t free_end;
    uint32_t text; // guest memory for the message of the last error; 0 before it is needed
    // What the tables of threads are like, too.
    struct library_element *elements;
    uint32_t element_count;
    uint32_t table_size; // 0: no more than the program declares
};

enum { LIBRARY_COUNT_MAX = 1024, LIBRARY_TEXT_BYTES = 1024, LIBRARY_CELL_BYTES = 16 };

// A list with the program in it, and a copy. NULL where memory is out.
struct library_list *library_list_new(struct error *error);
struct library_list *library_list_copy(const struct library_list *list, struct error *error);

// NULL is allowed.
struct library_list *library_list_acquire(struct library_list *list);
void library_list_release(struct library_list *list);

// A list that nobody else sees, with what the Faaslet's says, as work in progress: it becomes the
// Faaslet's by library_list_use, or is released.
struct library_list *library_list_of(struct faaslet *faaslet, struct error *error);
void library_list_use(struct faaslet *faaslet, struct library_list *list);

// Appends an empty entry; false at LIBRARY_COUNT_MAX and where memory is out.
bool library_list_add(struct library_list *list, const char *name, const char *requested,
                      uint32_t *number, struct error *error);

// Notes that one needs another; once is enough.
bool library_list_need(struct library_list *list, uint32_t number, uint32_t needed,
                       struct error *error);

bool library_list_note_element(struct library_list *list, const struct library_element *element,
                               struct error *error);

// Guest memory for the linker; grows memory 0 where it has to.
bool library_list_allocate(struct faaslet *faaslet, struct library_list *list, uint32_t bytes,
                           uint32_t alignment, uint32_t *address, struct error *error);

// Puts the cells of a Faaslet's list back to what an image of the area says.
void library_list_put_back_cells(struct faaslet *faaslet, const char *image);

static inline struct object_instance *library_instance(const struct faaslet *faaslet,
                                                       const struct library *library) {
    return space_instance(faaslet, library->instance);
}

static inline struct faaslet_object *library_object(const struct faaslet *faaslet,
                                                    const struct library *library) {
    return faaslet->contents.instances[library->instance].object;
}

#endif
