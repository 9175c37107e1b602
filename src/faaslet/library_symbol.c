#include "faaslet/library_symbol.h"

#include "faaslet/instance.h"
#include "faaslet/support.h"

#include <string.h>

const struct object_export *library_symbol_in(struct faaslet_object *object,
                                              struct object_name name) {
    const struct object_module *module = faaslet_object_module(object);
    const struct object_export *export = faaslet_object_find_export(object, name);
    if (export == NULL) {
        return NULL;
    }
    if (export->kind == OBJECT_FUNCTION) {
        bool own = export->index >= module->imported_function_count;
        return own && module->functions[export->index].reference != UINT32_MAX ? export : NULL;
    }
    if (export->kind != OBJECT_GLOBAL || export->index < module->imported_global_count) {
        return NULL;
    }
    const struct object_global *global =
        &module->globals[export->index - module->imported_global_count];
    return global->value_type == OBJECT_I32 && !global->mutable ? export : NULL;
}

uint32_t library_symbol_address(const struct faaslet *faaslet, const struct library *library,
                                const struct object_export *export) {
    uint32_t value = (uint32_t)*instance_global(library_instance(faaslet, library), export->index);
    return value + (export->of_thread ? library->thread_base : library->memory_base);
}

// ---- The table ----------------------------------------------------------------------------------

struct object_table *library_table(const struct faaslet *faaslet, struct faaslet_object *program) {
    static const char name[] = "__indirect_function_table";
    const struct object_export *export =
        faaslet_object_find_export(program, (struct object_name){name, sizeof name - 1});
    if (export == NULL || export->kind != OBJECT_TABLE) {
        return NULL;
    }
    struct object_table *table = instance_table(space_instance(faaslet, 0), export->index);
    return table->element_type == OBJECT_FUNCREF ? table : NULL;
}

bool library_table_grow(struct object_table *table, uint64_t count, struct error *error) {
    uint32_t limit = table->capacity < table->maximum ? table->capacity : table->maximum;
    if (table->size > limit || count > limit - table->size) {
        return error_set(
            error, ERROR_TOO_LARGE,
            "the function table of the program cannot grow by %llu elements (a program "
            "that loads modules is linked with -rdynamic)",
            (unsigned long long)count);
    }
    table->size += (uint32_t)count;
    return true;
}

static bool find_element(const struct faaslet *faaslet, const struct object_table *table,
                         const void *code, uint64_t instance, uint32_t *element) {
    const struct object_table_element *elements =
        (const void *)(faaslet->area + table->elements_area_offset);
    for (uint32_t i = 0; i < table->size; i++) {
        if (elements[i].code == code && elements[i].instance_area_offset == instance) {
            *element = i;
            return true;
        }
    }
    return false;
}

bool library_symbol_element(struct faaslet *faaslet, struct object_table *table,
                            const struct library *library, const struct object_export *export,
                            uint32_t *element, struct error *error) {
    struct object_instance *instance = library_instance(faaslet, library);
    const void *code = instance->object->functions[export->index].code;
    if (find_element(faaslet, table, code, instance->area_offset, element)) {
        return true;
    }
    if (!library_table_grow(table, 1, error)) {
        return false;
    }
    *element = table->size - 1;
    support_set_function(instance, export->index, table, *element);
    return true;
}
