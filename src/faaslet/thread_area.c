#include "faaslet/thread_area.h"

#include "faaslet/instance.h"
#include "faaslet/instantiate.h"
#include "faaslet/space.h"

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

static bool memories_are_shared(const struct object_instance *program) {
    uint32_t count = program->object->memory_count;
    for (uint32_t i = 0; i < count; i++) {
        const struct object_memory *memory =
            instance_at(program, instance_memory(program, i)->memory_delta);
        if (memory->shared == 0) {
            return false;
        }
    }
    return count > 0;
}

bool thread_area_check(const struct faaslet *faaslet, struct error *error) {
    struct object_instance *program = space_instance(faaslet, 0);
    if (faaslet->contents.instance_count > 1 || program->object->dylink.present) {
        return error_set(error, ERROR_UNSUPPORTED,
                         "threads of a program that has side modules are not supported");
    }
    if (!memories_are_shared(program)) {
        return error_set(error, ERROR_UNSUPPORTED, "the memory of the module is not shared");
    }
    return has_entry(program) ||
           error_set(error, ERROR_UNSUPPORTED,
                     "the module does not export wasi_thread_start of type (i32, i32) -> ()");
}

// ---- Filling it ---------------------------------------------------------------------------------

// What lies in the area has the same deltas as in the Faaslet's; what does not, the memories and
// their records, stays where it is.
static void keep_memories(struct object_instance *instance, const struct object_instance *program) {
    int64_t between = instance_delta(instance, program);
    for (uint32_t i = 0; i < instance->object->memory_count; i++) {
        struct object_memory_slot *slot = instance_memory(instance, i);
        slot->base_delta += between;
        slot->memory_delta += between;
    }
}

static void make_tables(struct object_instance *instance, const struct object_instance *program) {
    const struct object_module *object = instance->object;
    for (uint32_t i = object->imported_table_count; i < object->table_count; i++) {
        const struct object_table *from = instance_table(program, i);
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

// The instance of the program may be running: only what never changes is taken from it, and the
// rest written anew.
static bool fill(struct object_instance *instance, struct faaslet *faaslet, struct error *error) {
    const struct object_instance *program = space_instance(faaslet, 0);
    const struct object_layout *layout = &program->object->layout;
    struct faaslet_result result = {0};
    struct instantiation work = {
        .faaslet = faaslet,
        .object = program->object,
        .instance = instance,
        .result = &result,
        .error = error,
    };
    instance->area_offset = program->area_offset;
    instance->object = program->object;
    instance->number = program->number;
    memcpy((char *)instance + sizeof *instance, (const char *)program + sizeof *program,
           layout->memories - sizeof *program);
    memcpy((char *)instance + layout->function_references,
           (const char *)program + layout->function_references,
           layout->dropped_elements - layout->function_references);
    memcpy((char *)instance + layout->tags, (const char *)program + layout->tags,
           layout->size - layout->tags);
    keep_memories(instance, program);
    make_tables(instance, program);
    reset_segments(instance);
    return instantiate_globals(&work) && instantiate_elements(&work);
}

bool thread_area_create(struct thread_area *area, struct faaslet *faaslet, struct error *error) {
    area->bytes = SPACE_CONTROL + faaslet->contents.area_used;
    area->slot = mmap(NULL, area->bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area->slot == MAP_FAILED) {
        return error_set_errno(error, errno, "instance area of a thread");
    }
    *(struct faaslet **)(void *)area->slot = faaslet;
    area->instance = (struct object_instance *)(void *)(area->slot + SPACE_CONTROL +
                                                        space_instance(faaslet, 0)->area_offset);
    if (!fill(area->instance, faaslet, error)) {
        thread_area_destroy(area);
        return false;
    }
    return true;
}

void thread_area_destroy(struct thread_area *area) {
    munmap(area->slot, area->bytes);
}
