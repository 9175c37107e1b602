// Inside of the room: what an instance consists of, by the layout its object gives.
#ifndef FAASM_FAASLET_INSTANCE_H
#define FAASM_FAASLET_INSTANCE_H

#include "base/object.h"

#include <stdint.h>

static inline void *instance_at(const struct object_instance *instance, int64_t delta) {
    return (char *)(uintptr_t)instance + delta;
}

static inline int64_t instance_delta(const struct object_instance *instance, const void *target) {
    return (int64_t)((intptr_t)target - (intptr_t)instance);
}

static inline struct object_import_slot *instance_import(const struct object_instance *instance,
                                                         uint32_t function) {
    struct object_import_slot *slots = instance_at(instance, instance->object->layout.import_slots);
    return &slots[function];
}

static inline struct object_memory_slot *instance_memory(const struct object_instance *instance,
                                                         uint32_t memory) {
    struct object_memory_slot *slots = instance_at(instance, instance->object->layout.memory_slots);
    return &slots[memory];
}

static inline int64_t *instance_table_delta(const struct object_instance *instance,
                                            uint32_t table) {
    int64_t *deltas = instance_at(instance, instance->object->layout.table_deltas);
    return &deltas[table];
}

static inline struct object_table *instance_table(const struct object_instance *instance,
                                                  uint32_t table) {
    return instance_at(instance, *instance_table_delta(instance, table));
}

static inline int64_t *instance_global_delta(const struct object_instance *instance,
                                             uint32_t imported_global) {
    int64_t *deltas = instance_at(instance, instance->object->layout.global_deltas);
    return &deltas[imported_global];
}

// The cell of a global, imported or not: 16 bytes, of which a v128 uses all, i32 and f32 four.
static inline uint64_t *instance_global(const struct object_instance *instance, uint32_t global) {
    uint32_t imported = instance->object->imported_global_count;
    if (global < imported) {
        return instance_at(instance, *instance_global_delta(instance, global));
    }
    return instance_at(instance, (int64_t)instance->object->layout.globals +
                                     16 * (int64_t)(global - imported));
}

static inline struct object_function_reference *
instance_reference(const struct object_instance *instance, uint32_t number) {
    struct object_function_reference *references =
        instance_at(instance, instance->object->layout.function_references);
    return &references[number];
}

static inline uint8_t *instance_dropped_elements(const struct object_instance *instance) {
    return instance_at(instance, instance->object->layout.dropped_elements);
}

static inline uint8_t *instance_dropped_data(const struct object_instance *instance) {
    return instance_at(instance, instance->object->layout.dropped_data);
}

// The identities of tags, imported or not.
static inline uint64_t *instance_tags(const struct object_instance *instance) {
    return instance_at(instance, instance->object->layout.tags);
}

// The start of the area that the instance lies in.
static inline char *instance_area(const struct object_instance *instance) {
    return instance_at(instance, -(int64_t)instance->area_offset);
}

#endif
