// Faaslets: making and deleting them, and looking into them.
#include "faaslet/faaslet.h"

#include "faaslet/dirty.h"
#include "faaslet/extensions.h"
#include "faaslet/instance.h"
#include "faaslet/library_list.h"
#include "faaslet/run.h"
#include "faaslet/space.h"
#include "faaslet/thread_set.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    DEFAULT_AREA_BYTES = 512 << 20,
    DEFAULT_STACK_BYTES = 8 << 20,
    DEFAULT_MEMORIES = 4,
    MAXIMUM_MEMORIES = 1024,
};

bool faaslet_initialize(struct error *error) {
    dirty_initialize();
    return run_install_handlers(error) && run_prepare_thread(error);
}

static struct faaslet_config with_defaults(const struct faaslet_config *config) {
    struct faaslet_config full = {0};
    if (config != NULL) {
        full = *config;
    }
    if (full.memory_limit_pages == 0 || full.memory_limit_pages > OBJECT_MAX_PAGES) {
        full.memory_limit_pages = OBJECT_MAX_PAGES;
    }
    full.area_bytes = full.area_bytes == 0 ? DEFAULT_AREA_BYTES : full.area_bytes;
    full.stack_bytes = full.stack_bytes == 0 ? DEFAULT_STACK_BYTES : full.stack_bytes;
    full.memories = full.memories == 0 ? DEFAULT_MEMORIES : full.memories;
    full.threads = full.threads == 0 ? THREAD_DEFAULT_LIMIT : full.threads;
    return full;
}

struct faaslet *faaslet_new(const struct faaslet_config *config, struct error *error) {
    struct faaslet_config full = with_defaults(config);
    if (full.memories > MAXIMUM_MEMORIES || full.area_bytes > (1ull << 40) ||
        full.stack_bytes > (1ull << 40)) {
        error_set(error, ERROR_ARGUMENT,
                  "a Faaslet of %u memories, %zu bytes of area, %zu of stack", full.memories,
                  full.area_bytes, full.stack_bytes);
        return NULL;
    }
    struct faaslet *faaslet = space_new(&full, error);
    if (faaslet == NULL) {
        return NULL;
    }
    if (mprotect(faaslet->slot, SPACE_PAGE, PROT_READ | PROT_WRITE) < 0) {
        error_set(error, ERROR_MEMORY, "control bytes of a Faaslet");
        faaslet_delete(faaslet);
        return NULL;
    }
    faaslet->open = SPACE_PAGE;
    space_write_control(faaslet);
    return faaslet;
}

void faaslet_delete(struct faaslet *faaslet) {
    if (faaslet == NULL) {
        return;
    }
    for (uint32_t i = 0; faaslet->kept != NULL && i < faaslet->config.memories; i++) {
        dirty_delete(faaslet->kept[i].dirty);
    }
    free(faaslet->kept);
    free(faaslet->openings);
    free(faaslet->regions);
    extensions_delete(faaslet);
    threads_delete(faaslet);
    munmap(faaslet->slot, faaslet->slot_bytes);
    space_destroy_contents(&faaslet->contents);
    library_list_release(faaslet->libraries);
    proto_faaslet_release(faaslet->proto);
    pthread_mutex_destroy(&faaslet->lock);
    pthread_mutex_destroy(&faaslet->atomic_lock);
    pthread_mutex_destroy(&faaslet->exclusive);
    free(faaslet);
}

struct object_instance *faaslet_main_instance(struct faaslet *faaslet) {
    return faaslet->contents.instance_count == 0 ? NULL : space_instance(faaslet, 0);
}

void faaslet_set_context(struct faaslet *faaslet, void *context) {
    faaslet->context = context;
}

void faaslet_set_stop(struct faaslet *faaslet, const _Atomic uint32_t *stop) {
    faaslet->stop = stop;
}

void *faaslet_context(const struct faaslet *faaslet) {
    return faaslet->context;
}

uint64_t faaslet_dirty_bytes(void) {
    return dirty_total();
}

uint64_t faaslet_memory_bytes(const struct faaslet *faaslet) {
    if (faaslet->contents.instance_count == 0) {
        return 0;
    }
    const struct object_instance *main = space_instance(faaslet, 0);
    if (main->object->memory_count == 0) {
        return 0;
    }
    const struct object_memory *memory = instance_at(main, instance_memory(main, 0)->memory_delta);
    return space_pages(memory) * OBJECT_PAGE_SIZE;
}

uint64_t faaslet_memory_limit(const struct faaslet *faaslet) {
    return faaslet->config.memory_limit_pages * OBJECT_PAGE_SIZE;
}

// ---- Functions ----------------------------------------------------------------------------------

bool faaslet_find_index(struct object_instance *instance, uint32_t function_index,
                        struct faaslet_function *function) {
    const struct object_module *object = instance->object;
    if (function_index >= object->function_count) {
        return false;
    }
    const struct object_function *described = &object->functions[function_index];
    function->type = &object->types[described->type];
    function->code = described->code;
    function->instance = instance;
    if (function_index < object->imported_function_count) {
        const struct object_import_slot *slot = instance_import(instance, function_index);
        function->code = slot->code;
        function->instance = instance_at(instance, slot->instance_delta);
    }
    return function->type->entry != NULL;
}

bool faaslet_find_export(struct object_instance *instance, const char *name,
                         struct faaslet_function *function) {
    const struct object_export *export =
        faaslet_object_export(instance->object, name, OBJECT_FUNCTION);
    return export != NULL && faaslet_find_index(instance, export->index, function);
}

static const struct object_type *type_of_identity(const struct object_module *object,
                                                  uint64_t identity) {
    for (uint32_t i = 0; i < object->type_count; i++) {
        if (object->type_identities[i] == identity && object->types[i].entry != NULL) {
            return &object->types[i];
        }
    }
    return NULL;
}

bool faaslet_find_element(struct object_instance *instance, uint32_t element,
                          struct faaslet_function *function) {
    if (instance->object->table_count == 0) {
        return false;
    }
    const struct object_table *table = instance_table(instance, 0);
    if (table->element_type != OBJECT_FUNCREF || element >= table->size) {
        return false;
    }
    const struct object_table_element *elements =
        (const void *)(instance_area(instance) + table->elements_area_offset);
    const struct object_table_element *found = &elements[element];
    if (found->code == NULL) {
        return false;
    }
    function->code = found->code;
    function->instance =
        (struct object_instance *)(void *)(instance_area(instance) + found->instance_area_offset);
    function->type = type_of_identity(function->instance->object, found->type & ~OBJECT_MARKS);
    return function->type != NULL;
}
