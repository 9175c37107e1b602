// Linking and instantiation (spec 4.5.4).
#include "faaslet/instantiate.h"

#include "faaslet/instance.h"
#include "faaslet/match.h"
#include "faaslet/space.h"
#include "faaslet/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_ELEMENTS_RESERVED = 1 << 20 }; // of a table that may grow, where there is room

// ---- Imports ------------------------------------------------------------------------------------

// The import that defines the number-th thing of a kind.
static const struct object_import *import_of(const struct object_module *object,
                                             enum object_kind kind, uint32_t number) {
    for (uint32_t i = 0; i < object->import_count; i++) {
        if (object->imports[i].kind == kind && number-- == 0) {
            return &object->imports[i];
        }
    }
    return NULL;
}

static void describe_function(const struct object_module *object, uint32_t index,
                              struct match_type *type) {
    uint32_t number = object->functions[index].type;
    type->function = &object->types[number];
    type->identity = object->type_identities[number];
}

static void describe_tag(const struct object_module *object, uint32_t index,
                         struct match_type *type) {
    uint32_t number = object->tags[index].type;
    type->function = &object->types[number];
    type->identity = object->type_identities[number];
}

static void describe_table(const struct object_instance *instance, uint32_t index,
                           struct match_type *type) {
    const struct object_table *table = instance_table(instance, index);
    type->value_type = (uint8_t)table->element_type;
    type->minimum = table->size;
    type->maximum = table->maximum;
}

static void describe_memory(const struct object_instance *instance, uint32_t index,
                            struct match_type *type) {
    const struct object_memory *memory =
        instance_at(instance, instance_memory(instance, index)->memory_delta);
    type->shared = memory->shared != 0;
    type->minimum = space_pages(memory);
    type->maximum = faaslet_of(instance)->contents.memories[memory->number].declared_maximum;
}

static void describe_global(const struct object_module *object, uint32_t index,
                            struct match_type *type) {
    if (index < object->imported_global_count) {
        const struct object_import *import = import_of(object, OBJECT_GLOBAL, index);
        type->value_type = import->value_type;
        type->mutable = import->mutable;
    } else {
        const struct object_global *global =
            &object->globals[index - object->imported_global_count];
        type->value_type = global->value_type;
        type->mutable = global->mutable;
    }
}

static struct match_type type_of_definition(const struct faaslet_definition *definition) {
    const struct object_instance *instance = definition->instance;
    uint32_t index = definition->export->index;
    struct match_type type = {.kind = definition->export->kind};
    switch (type.kind) {
    case OBJECT_FUNCTION:
        describe_function(instance->object, index, &type);
        break;
    case OBJECT_TABLE:
        describe_table(instance, index, &type);
        break;
    case OBJECT_MEMORY:
        describe_memory(instance, index, &type);
        break;
    case OBJECT_TAG:
        describe_tag(instance->object, index, &type);
        break;
    default:
        describe_global(instance->object, index, &type);
    }
    return type;
}

bool instantiate_use_definition(struct instantiation *work, uint32_t import,
                                const struct faaslet_definition *definition) {
    const struct object_import *described = &work->object->imports[import];
    struct match_type wanted = match_import_type(work->object, described);
    struct match_type given = type_of_definition(definition);
    if (work->memory_grows && given.kind == OBJECT_MEMORY && given.minimum < wanted.minimum) {
        given.minimum = wanted.minimum;
    }
    work->imports[import] = (struct instantiate_import){.definition = *definition};
    return match_types(described, &wanted, &given, work->error);
}

bool instantiate_use_linker(struct instantiation *work, uint32_t import,
                            const struct faaslet_linker *linker) {
    const struct object_import *described = &work->object->imports[import];
    if (match_is_thread_memory(described)) {
        work->imports[import] = (struct instantiate_import){.made = true};
        return true;
    }
    const struct faaslet_host_function *host =
        faaslet_linker_find(linker, described->module, described->name);
    work->imports[import] = (struct instantiate_import){.host = host};
    if (host == NULL) {
        return match_unknown(described, work->error);
    }
    return match_host_function(work->object, described, host, work->error);
}

static bool resolve_imports(struct instantiation *work, const struct faaslet_linker *linker,
                            const struct faaslet_resolver *resolver) {
    for (uint32_t i = 0; i < work->object->import_count; i++) {
        const struct object_import *import = &work->object->imports[i];
        struct faaslet_definition definition = {0};
        bool defined = resolver != NULL && resolver->resolve(resolver->context, import->module,
                                                             import->name, &definition);
        if (defined ? !instantiate_use_definition(work, i, &definition)
                    : !instantiate_use_linker(work, i, linker)) {
            return false;
        }
    }
    return true;
}

// ---- Filling the instance -----------------------------------------------------------------------

static void connect_function(struct instantiation *work, uint32_t number,
                             const struct faaslet_definition *definition) {
    struct object_import_slot *slot = instance_import(work->instance, number);
    const struct object_instance *from = definition->instance;
    uint32_t index = definition->export->index;
    slot->instance_delta = instance_delta(work->instance, from);
    // A function that the other module has imported itself is taken from where it came from.
    if (index < from->object->imported_function_count) {
        const struct object_import_slot *other = instance_import(from, index);
        slot->code = other->code; // for a host function, the adapter of that module
        slot->instance_delta += other->instance_delta;
    } else {
        slot->code = from->object->functions[index].code;
    }
    slot->target = slot->code;
}

static void set_memory(struct instantiation *work, uint32_t index, struct object_memory_slot slot) {
    *instance_memory(work->instance, index) = slot;
    if (index == 0) {
        work->instance->base_delta = slot.base_delta;
    }
}

static void connect_memory(struct instantiation *work, uint32_t number,
                           const struct faaslet_definition *definition) {
    const struct object_memory_slot *other =
        instance_memory(definition->instance, definition->export->index);
    int64_t between = instance_delta(work->instance, definition->instance);
    set_memory(work, number,
               (struct object_memory_slot){
                   .base_delta = other->base_delta + between,
                   .memory_delta = other->memory_delta + between,
               });
}

static void connect_definition(struct instantiation *work, uint8_t kind, uint32_t number,
                               const struct faaslet_definition *definition) {
    const struct object_instance *from = definition->instance;
    uint32_t index = definition->export->index;
    switch (kind) {
    case OBJECT_FUNCTION:
        connect_function(work, number, definition);
        break;
    case OBJECT_TABLE:
        *instance_table_delta(work->instance, number) =
            instance_delta(work->instance, instance_table(from, index));
        break;
    case OBJECT_MEMORY:
        connect_memory(work, number, definition);
        break;
    case OBJECT_TAG:
        instance_tags(work->instance)[number] = instance_tags(from)[index];
        break;
    default:
        *instance_global_delta(work->instance, number) =
            instance_delta(work->instance, instance_global(from, index));
    }
}

static void make_function_references(struct instantiation *work) {
    const struct object_module *object = work->object;
    for (uint32_t i = 0; i < object->function_count; i++) {
        const struct object_function *function = &object->functions[i];
        if (function->reference == UINT32_MAX) {
            continue;
        }
        struct object_function_reference *reference =
            instance_reference(work->instance, function->reference);
        reference->type = object->type_identities[function->type];
        reference->code = function->code;
        reference->instance_area_offset = work->instance->area_offset;
        if (i < object->imported_function_count) {
            const struct object_import_slot *slot = instance_import(work->instance, i);
            reference->code = slot->code;
            reference->instance_area_offset += (uint64_t)slot->instance_delta;
        }
    }
}

// The host function that stands for a weak function that is nowhere. It takes no notice of its
// parameters, so it stands for one of any type.
__attribute__((noreturn)) static void call_missing(struct object_instance *instance) {
    faaslet_raise(instance, FAASLET_TRAP_HOST, "a weak function was called that no module defines");
}

static void connect_host(struct instantiation *work, uint32_t number, void *target) {
    struct object_import_slot *slot = instance_import(work->instance, number);
    *slot = (struct object_import_slot){.code = work->object->adapters[number], .target = target};
}

// Host functions get the importing instance, as the slot's delta of 0 says.
void instantiate_connect(struct instantiation *work) {
    uint32_t numbers[OBJECT_TAG + 1] = {0};
    for (uint32_t i = 0; i < work->object->import_count; i++) {
        const struct instantiate_import *resolved = &work->imports[i];
        uint8_t kind = work->object->imports[i].kind;
        uint32_t number = numbers[kind]++;
        if (resolved->host != NULL) {
            connect_host(work, number, (void *)resolved->host->code);
        } else if (resolved->missing) {
            connect_host(work, number, (void *)call_missing);
        } else if (resolved->cell != NULL) {
            *instance_global_delta(work->instance, number) =
                instance_delta(work->instance, resolved->cell);
        } else if (resolved->definition.export != NULL) {
            connect_definition(work, kind, number, &resolved->definition);
        }
    }
    make_function_references(work);
}

// Imported ones have the first indices.
static bool make_imported_memory(struct instantiation *work, uint32_t index,
                                 const struct object_limits *limits) {
    uint64_t record;
    uint32_t number;
    if (!space_allocate(work->faaslet, sizeof(struct object_memory), &record, work->error) ||
        !space_add_memory(work->faaslet, record, limits, &number, work->error)) {
        return false;
    }
    const struct faaslet *faaslet = work->faaslet;
    set_memory(
        work, index,
        (struct object_memory_slot){
            .base_delta = instance_delta(work->instance, space_memory_base(faaslet, number)),
            .memory_delta = instance_delta(work->instance, space_memory_record(faaslet, number)),
        });
    return true;
}

static bool make_imported_memories(struct instantiation *work) {
    uint32_t index = 0;
    for (uint32_t i = 0; i < work->object->import_count; i++) {
        const struct object_import *import = &work->object->imports[i];
        if (work->imports[i].made && !make_imported_memory(work, index, &import->limits)) {
            return false;
        }
        index += import->kind == OBJECT_MEMORY;
    }
    return true;
}

static bool make_memories(struct instantiation *work) {
    const struct object_module *object = work->object;
    if (!make_imported_memories(work)) {
        return false;
    }
    for (uint32_t i = object->imported_memory_count; i < object->memory_count; i++) {
        uint32_t defined = i - object->imported_memory_count;
        int64_t delta = object->layout.memories + (int64_t)defined * sizeof(struct object_memory);
        uint32_t number;
        if (!space_add_memory(work->faaslet, work->instance->area_offset + (uint64_t)delta,
                              &object->memories[defined], &number, work->error)) {
            return false;
        }
        void *base = space_memory_base(work->faaslet, number);
        set_memory(work, i,
                   (struct object_memory_slot){
                       .base_delta = instance_delta(work->instance, base),
                       .memory_delta = delta,
                   });
    }
    return true;
}

// How many elements a table can ever have: its maximum, or a good many where there is none or it
// is huge, and no more than a quarter of what is left of the area.
static uint32_t table_capacity(const struct faaslet *faaslet, const struct object_limits *limits) {
    uint64_t left = (faaslet->config.area_bytes - faaslet->contents.area_used) /
                    sizeof(struct object_table_element) / 4;
    uint64_t capacity =
        limits->maximum < TABLE_ELEMENTS_RESERVED ? limits->maximum : TABLE_ELEMENTS_RESERVED;
    capacity = capacity < left ? capacity : left;
    return capacity > limits->minimum ? (uint32_t)capacity : limits->minimum;
}

static bool make_table(struct instantiation *work, uint32_t index) {
    const struct object_module *object = work->object;
    uint32_t defined = index - object->imported_table_count;
    const struct object_table_description *described = &object->tables[defined];
    if (described->limits.minimum > OBJECT_MAX_ELEMENTS) {
        return error_set(work->error, ERROR_TOO_LARGE,
                         "a table of %u elements is needed, the limit is %u",
                         described->limits.minimum, OBJECT_MAX_ELEMENTS);
    }
    int64_t delta = object->layout.tables + (int64_t)defined * sizeof(struct object_table);
    *instance_table_delta(work->instance, index) = delta;
    struct object_table *table = instance_at(work->instance, delta);
    table->size = described->limits.minimum;
    table->capacity = table_capacity(work->faaslet, &described->limits);
    table->maximum = described->limits.maximum;
    table->element_type = described->element_type;
    table->home_area_offset = work->instance->area_offset;
    return space_allocate(work->faaslet,
                          (size_t)table->capacity * sizeof(struct object_table_element),
                          &table->elements_area_offset, work->error);
}

static bool make_tables(struct instantiation *work) {
    for (uint32_t i = work->object->imported_table_count; i < work->object->table_count; i++) {
        if (!make_table(work, i)) {
            return false;
        }
    }
    return true;
}

static void make_tags(struct instantiation *work) {
    const struct object_module *object = work->object;
    uint64_t first = work->instance->area_offset + object->layout.tags;
    for (uint32_t i = object->imported_tag_count; i < object->tag_count; i++) {
        instance_tags(work->instance)[i] = first + i * sizeof(uint64_t);
    }
}

bool instantiate_globals(struct instantiation *work) {
    const struct object_module *object = work->object;
    for (uint32_t i = object->imported_global_count; i < object->global_count; i++) {
        const struct object_global *global = &object->globals[i - object->imported_global_count];
        uint64_t value[2];
        if (!support_evaluate(work->instance, &global->initial, value)) {
            return error_set(work->error, ERROR_MEMORY, "initial value of global %u", i);
        }
        memcpy(instance_global(work->instance, i), value, sizeof value);
    }
    return true;
}

// ---- Segments and start -------------------------------------------------------------------------

static bool trap(struct instantiation *work, enum faaslet_trap_kind kind) {
    work->result->outcome = FAASLET_TRAPPED;
    work->result->trap = kind;
    return error_set(work->error, ERROR_TRAP, "%s", faaslet_trap_name(kind));
}

static bool segment_offset(struct instantiation *work, const struct object_expression *expression,
                           uint32_t *offset) {
    uint64_t value[2];
    if (!support_evaluate(work->instance, expression, value)) {
        return error_set(work->error, ERROR_MEMORY, "offset of a segment");
    }
    *offset = (uint32_t)value[0];
    return true;
}

bool instantiate_elements(struct instantiation *work) {
    for (uint32_t i = 0; i < work->object->element_segment_count; i++) {
        const struct object_element_segment *segment = &work->object->element_segments[i];
        uint32_t offset = 0;
        if (segment->mode == OBJECT_ACTIVE) {
            if (!segment_offset(work, &segment->offset, &offset)) {
                return false;
            }
            if (!support_table_init(work->instance, segment->table, i, offset, 0, segment->count)) {
                return trap(work, FAASLET_TRAP_TABLE_BOUNDS);
            }
        }
        if (segment->mode != OBJECT_PASSIVE) {
            instance_dropped_elements(work->instance)[i] = 1;
        }
    }
    return true;
}

static bool copy_data_segments(struct instantiation *work) {
    for (uint32_t i = 0; i < work->object->data_segment_count; i++) {
        const struct object_data_segment *segment = &work->object->data_segments[i];
        uint32_t offset = 0;
        if (segment->mode != OBJECT_ACTIVE) {
            continue;
        }
        if (!segment_offset(work, &segment->offset, &offset)) {
            return false;
        }
        if (!support_memory_init(work->instance, segment->memory, i, offset, 0, segment->length)) {
            return trap(work, FAASLET_TRAP_MEMORY_BOUNDS);
        }
        instance_dropped_data(work->instance)[i] = 1;
    }
    return true;
}

bool instantiate_start(struct instantiation *work) {
    uint32_t index = work->object->start_function;
    struct faaslet_function function;
    if (index == UINT32_MAX) {
        return true;
    }
    if (!faaslet_find_index(work->instance, index, &function)) {
        return error_set(work->error, ERROR_MALFORMED, "start function without an entry");
    }
    uint64_t values[1] = {0};
    faaslet_call(work->faaslet, &function, values, work->result);
    switch (work->result->outcome) {
    case FAASLET_RETURNED:
        return true;
    case FAASLET_EXITED:
        return error_set(work->error, ERROR_TRAP, "the start function exited with code %d",
                         work->result->exit_code);
    default:
        return error_set(work->error, ERROR_TRAP, "%s%s%s in the start function",
                         faaslet_trap_name(work->result->trap),
                         work->result->message[0] == '\0' ? "" : ": ", work->result->message);
    }
}

// ---- All of it ----------------------------------------------------------------------------------

bool instantiate_allocate(struct instantiation *work, uint32_t number) {
    uint64_t area_offset;
    work->object = faaslet_object_module(work->owner);
    work->imports = calloc((size_t)work->object->import_count + 1, sizeof *work->imports);
    if (work->imports == NULL) {
        error_set(work->error, ERROR_MEMORY, "imports");
        return false;
    }
    if (!space_allocate(work->faaslet, work->object->layout.size, &area_offset, work->error)) {
        return false;
    }
    work->instance = (struct object_instance *)(void *)(work->faaslet->area + area_offset);
    work->instance->area_offset = area_offset;
    work->instance->object = work->object;
    work->instance->number = number;
    make_tags(work);
    return true;
}

bool instantiate_make_memories(struct instantiation *work) {
    return make_memories(work) && make_tables(work);
}

bool instantiate_add(struct instantiation *work) {
    if (!space_add_instance(work->faaslet, work->instance->area_offset, work->owner, work->error)) {
        return false;
    }
    // From here on it stays, whatever happens: tables may refer to its functions.
    faaslet_object_acquire(work->owner);
    return true;
}

bool instantiate_segments(struct instantiation *work) {
    return instantiate_elements(work) && copy_data_segments(work);
}

static bool make_instance(struct instantiation *work, const struct faaslet_linker *linker,
                          const struct faaslet_resolver *resolver) {
    size_t used = work->faaslet->contents.area_used;
    if (!instantiate_allocate(work, work->faaslet->contents.instance_count)) {
        return false;
    }
    if (!resolve_imports(work, linker, resolver)) {
        space_release(work->faaslet, used);
        return false;
    }
    instantiate_connect(work);
    return instantiate_make_memories(work) && instantiate_add(work);
}

struct object_instance *faaslet_instantiate(struct faaslet *faaslet, struct faaslet_object *object,
                                            const struct faaslet_linker *linker,
                                            const struct faaslet_resolver *resolver,
                                            struct faaslet_result *result, struct error *error) {
    struct faaslet_result own_result = {0};
    struct instantiation work = {
        .faaslet = faaslet,
        .owner = object,
        .result = result,
        .error = error,
    };
    if (result == NULL) {
        work.result = &own_result;
    } else {
        *result = own_result;
    }
    bool done = make_instance(&work, linker, resolver) && instantiate_globals(&work) &&
                instantiate_segments(&work) && instantiate_start(&work);
    free(work.imports);
    return done ? work.instance : NULL;
}
