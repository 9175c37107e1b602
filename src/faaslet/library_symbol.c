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
                                uint32_t thread_base, const struct object_export *export) {
    uint32_t value = (uint32_t)*instance_global(library_instance(faaslet, library), export->index);
    return value + (export->of_thread ? thread_base : library->memory_base);
}

// ---- The table ----------------------------------------------------------------------------------

struct object_table *library_table(const struct object_instance *program,
                                   struct faaslet_object *object) {
    static const char name[] = "__indirect_function_table";
    const struct object_export *export =
        faaslet_object_find_export(object, (struct object_name){name, sizeof name - 1});
    if (export == NULL || export->kind != OBJECT_TABLE) {
        return NULL;
    }
    struct object_table *table = instance_table(program, export->index);
    return table->element_type == OBJECT_FUNCREF ? table : NULL;
}

static bool has_room(const struct object_table *table, uint64_t count, struct error *error) {
    uint32_t limit = table->capacity < table->maximum ? table->capacity : table->maximum;
    if (table->size > limit || count > limit - table->size) {
        return error_set(
            error, ERROR_TOO_LARGE,
            "the function table of the program cannot grow by %llu elements (a program "
            "that loads modules is linked with -rdynamic)",
            (unsigned long long)count);
    }
    return true;
}

bool library_table_grow(struct object_table *table, uint64_t count, struct error *error) {
    if (!has_room(table, count, error)) {
        return false;
    }
    table->size += (uint32_t)count;
    return true;
}

void library_table_append(struct object_instance *instance, uint32_t function,
                          struct object_table *table) {
    support_set_function(instance, function, table, table->size);
    __atomic_store_n(&table->size, table->size + 1, __ATOMIC_RELEASE);
}

bool library_symbol_find(const struct object_instance *program, const struct object_table *table,
                         const struct object_instance *instance, uint32_t function,
                         uint32_t *element) {
    const struct object_table_element *elements =
        (const void *)(instance_area(program) + table->elements_area_offset);
    const void *code = instance->object->functions[function].code;
    for (uint32_t i = 0; i < table->size; i++) {
        if (elements[i].code == code && elements[i].instance_area_offset == instance->area_offset) {
            *element = i;
            return true;
        }
    }
    return false;
}

bool library_symbol_append(struct faaslet *faaslet, struct library_list *list,
                           struct object_table *table, const struct library *library,
                           const struct object_export *export, uint32_t *element,
                           struct error *error) {
    const struct library_element added = {
        .element = table->size,
        .library = (uint32_t)(library - list->libraries),
        .function = export->index,
    };
    if (!has_room(table, 1, error) || !library_list_note_element(list, &added, error)) {
        return false;
    }
    *element = added.element;
    library_table_append(library_instance(faaslet, library), export->index, table);
    return true;
}

bool library_symbol_element(struct faaslet *faaslet, struct library_list *list,
                            struct object_table *table, const struct library *library,
                            const struct object_export *export, uint32_t *element,
                            struct error *error) {
    return library_symbol_find(space_instance(faaslet, 0), table,
                               library_instance(faaslet, library), export->index, element) ||
           library_symbol_append(faaslet, list, table, library, export, element, error);
}

// ---- Thread-local data --------------------------------------------------------------------------

static const struct object_export *find_global(struct faaslet_object *object, const char *name) {
    const struct object_export *export =
        library_symbol_in(object, (struct object_name){name, (uint32_t)strlen(name)});
    return export != NULL && export->kind == OBJECT_GLOBAL ? export : NULL;
}

bool library_thread_data(struct faaslet_object *object, const struct object_instance *instance,
                         uint32_t *bytes, uint32_t *alignment, struct error *error) {
    const struct object_export *size = find_global(object, "__tls_size");
    const struct object_export *align = find_global(object, "__tls_align");
    *bytes = size == NULL ? 0 : (uint32_t)*instance_global(instance, size->index);
    *alignment = align == NULL ? 16 : (uint32_t)*instance_global(instance, align->index);
    bool valid =
        *alignment != 0 && (*alignment & (*alignment - 1)) == 0 && *alignment <= OBJECT_PAGE_SIZE;
    return *bytes == 0 || valid ||
           error_set(error, ERROR_INVALID, "bad alignment of thread-local data");
}
