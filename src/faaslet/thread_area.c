#include "faaslet/thread_area.h"

#include "faaslet/instance.h"
#include "faaslet/instantiate.h"
#include "faaslet/library_list.h"
#include "faaslet/library_symbol.h"
#include "faaslet/space.h"
#include "faaslet/support.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

// ---- What a program must be like ----------------------------------------------------------------

static bool has_entry(struct object_instance *program) {
    static const uint8_t parameters[] = {OBJECT_I32, OBJECT_I32};
    struct faaslet_function entry;
    return faaslet_find_export(program, "wasi_thread_start", &entry) &&
           object_type_identity(parameters, 2, NULL, 0) ==
               object_type_identity(entry.type->parameters, entry.type->parameter_count,
                                    entry.type->results, entry.type->result_count);
}

static bool memories_are_shared(const struct object_instance *instance, bool wanted) {
    uint32_t count = instance->object->memory_count;
    for (uint32_t i = 0; i < count; i++) {
        const struct object_memory *memory =
            instance_at(instance, instance_memory(instance, i)->memory_delta);
        if (memory->shared == 0) {
            return false;
        }
    }
    return !wanted || count > 0;
}

bool thread_area_check(const struct faaslet *faaslet, struct error *error) {
    struct object_instance *program = space_instance(faaslet, 0);
    for (uint32_t i = 0; i < faaslet->contents.instance_count; i++) {
        if (!memories_are_shared(space_instance(faaslet, i), i == 0)) {
            return error_set(error, ERROR_UNSUPPORTED, "the memory of the module is not shared");
        }
    }
    return has_entry(program) ||
           error_set(error, ERROR_UNSUPPORTED,
                     "the module does not export wasi_thread_start of type (i32, i32) -> ()");
}

struct object_instance *thread_area_instance(const struct thread_area *area,
                                             const struct faaslet *faaslet, uint32_t number) {
    return (struct object_instance *)(void *)(area->slot + SPACE_CONTROL +
                                              faaslet->contents.instances[number].area_offset);
}

// ---- Filling it ---------------------------------------------------------------------------------

// What lies in the area has the same deltas as in the Faaslet's; what does not, the memories and
// their records, stays where it is.
static void keep_memories(struct object_instance *instance, const struct object_instance *from) {
    int64_t between = instance_delta(instance, from);
    instance->base_delta += instance->object->memory_count > 0 ? between : 0;
    for (uint32_t i = 0; i < instance->object->memory_count; i++) {
        struct object_memory_slot *slot = instance_memory(instance, i);
        slot->base_delta += between;
        slot->memory_delta += between;
    }
}

static void make_tables(struct object_instance *instance, const struct object_instance *original) {
    const struct object_module *object = instance->object;
    for (uint32_t i = object->imported_table_count; i < object->table_count; i++) {
        const struct object_table *from = instance_table(original, i);
        struct object_table *table = instance_table(instance, i);
        table->elements_area_offset = from->elements_area_offset;
        table->home_area_offset = from->home_area_offset;
        table->capacity = from->capacity;
        table->maximum = from->maximum;
        table->element_type = from->element_type;
        table->size = object->tables[i - object->imported_table_count].limits.minimum;
    }
}

// As instantiation leaves them: active ones are dropped.
static void reset_segments(struct object_instance *instance) {
    const struct object_module *object = instance->object;
    memset(instance_dropped_elements(instance), 0, object->element_segment_count);
    for (uint32_t i = 0; i < object->data_segment_count; i++) {
        instance_dropped_data(instance)[i] = object->data_segments[i].mode == OBJECT_ACTIVE;
    }
}

// The instance it is made after may be running: only what never changes is taken from it, and the
// rest written anew. Its area offset is the same.
static void copy_instance(struct object_instance *instance, const struct object_instance *from) {
    const struct object_layout *layout = &from->object->layout;
    instance->area_offset = from->area_offset;
    instance->object = from->object;
    instance->number = from->number;
    instance->base_delta = from->base_delta;
    memcpy((char *)instance + sizeof *instance, (const char *)from + sizeof *from,
           layout->memories - sizeof *from);
    memcpy((char *)instance + layout->function_references,
           (const char *)from + layout->function_references,
           layout->dropped_elements - layout->function_references);
    memcpy((char *)instance + layout->tags, (const char *)from + layout->tags,
           layout->size - layout->tags);
    keep_memories(instance, from);
    make_tables(instance, from);
    reset_segments(instance);
}

// Globals and elements, once the instances and what the linker has defined are there.
static bool fill_instance(struct thread_area *area, struct faaslet *faaslet, uint32_t number,
                          struct error *error) {
    struct faaslet_result result = {0};
    struct instantiation work = {
        .faaslet = faaslet,
        .instance = thread_area_instance(area, faaslet, number),
        .object = thread_area_instance(area, faaslet, number)->object,
        .result = &result,
        .error = error,
    };
    return instantiate_globals(&work) && instantiate_elements(&work);
}

// Elements that the linker has made; cells of its globals.
static void copy_linked(struct thread_area *area, const struct faaslet *faaslet) {
    const struct library_list *list = faaslet->libraries;
    struct object_table *table =
        list->table_size == 0 ? NULL : library_table(area->instance, library_program(faaslet));
    if (table != NULL) {
        table->size = list->table_size;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        const struct library *library = &list->libraries[i];
        memcpy(area->slot + SPACE_CONTROL + library->cells, faaslet->area + library->cells,
               (size_t)library->cell_count * LIBRARY_CELL_BYTES);
    }
}

static void append_linked(struct thread_area *area, const struct faaslet *faaslet) {
    const struct library_list *list = faaslet->libraries;
    struct object_table *table = library_table(area->instance, library_program(faaslet));
    for (uint32_t i = 0; table != NULL && i < list->element_count; i++) {
        const struct library_element *element = &list->elements[i];
        const struct library *library = &list->libraries[element->library];
        support_set_function(thread_area_instance(area, faaslet, library->instance),
                             element->function, table, element->element);
    }
}

// One whose linking has failed is in no list: it stays empty, nobody has a pointer to it.
static bool is_linked(const struct faaslet *faaslet, uint32_t number) {
    const struct library_list *list = faaslet->libraries;
    for (uint32_t i = 0; list != NULL && number > 0 && i < list->count; i++) {
        if (list->libraries[i].linked && list->libraries[i].instance == number) {
            return true;
        }
    }
    return list == NULL || number == 0;
}

static bool fill(struct thread_area *area, struct faaslet *faaslet, struct error *error) {
    uint32_t count = faaslet->contents.instance_count;
    for (uint32_t i = 0; i < count; i++) {
        if (is_linked(faaslet, i)) {
            copy_instance(thread_area_instance(area, faaslet, i), space_instance(faaslet, i));
        }
    }
    if (faaslet->libraries != NULL) {
        copy_linked(area, faaslet);
    }
    for (uint32_t i = 0; i < count; i++) {
        bool copied = thread_area_instance(area, faaslet, i)->object != NULL;
        if (copied && !fill_instance(area, faaslet, i, error)) {
            return false;
        }
    }
    if (faaslet->libraries != NULL) {
        append_linked(area, faaslet);
    }
    return true;
}

bool thread_area_create(struct thread_area *area, struct faaslet *faaslet, struct error *error) {
    area->bytes = SPACE_CONTROL + faaslet->contents.area_used;
    area->slot = mmap(NULL, area->bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area->slot == MAP_FAILED) {
        return error_set_errno(error, errno, "instance area of a thread");
    }
    *(struct faaslet **)(void *)area->slot = faaslet;
    area->instance = thread_area_instance(area, faaslet, 0);
    if (!fill(area, faaslet, error)) {
        thread_area_destroy(area);
        return false;
    }
    return true;
}

void thread_area_destroy(struct thread_area *area) {
    munmap(area->slot, area->bytes);
}
