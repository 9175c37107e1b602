#include "faaslet/thread_libraries.h"

#include "base/clock.h"
#include "faaslet/library_symbol.h"

#include <pthread.h>
#include <stdlib.h>

#define THREAD_END_NANOSECONDS 250000000ull // from its last step in the guest to its end

static bool are_none(struct faaslet *faaslet) {
    pthread_mutex_lock(&faaslet->lock);
    bool none = faaslet->threads == NULL || faaslet->threads->count == 0;
    pthread_mutex_unlock(&faaslet->lock);
    return none;
}

bool threads_none(struct faaslet *faaslet) {
    const struct faaslet_run *run = run_current(faaslet);
    if (run != NULL && run->thread != NULL) {
        return false;
    }
    uint64_t deadline = clock_monotonic() + THREAD_END_NANOSECONDS;
    while (!are_none(faaslet)) {
        if (park_wait(&faaslet->threads->empty, NULL, deadline) == PARK_TIMED_OUT) {
            return are_none(faaslet);
        }
    }
    return true;
}

struct object_instance *thread_instance(const struct faaslet *faaslet, uint32_t number) {
    const struct faaslet_run *run = run_current(faaslet);
    return run != NULL && run->thread != NULL
               ? thread_area_instance(&run->thread->area, faaslet, number)
               : space_instance(faaslet, number);
}

// ---- Tables -------------------------------------------------------------------------------------

static uint32_t table_size(struct object_instance *program, const struct faaslet *faaslet) {
    const struct object_table *table = library_table(program, library_program(faaslet));
    return table == NULL ? 0 : table->size;
}

bool thread_tables_fit(struct faaslet *faaslet, struct error *error) {
    uint32_t size = table_size(space_instance(faaslet, 0), faaslet);
    bool fit = true;
    pthread_mutex_lock(&faaslet->lock);
    const struct faaslet_thread *thread = faaslet->threads == NULL ? NULL : faaslet->threads->first;
    for (; thread != NULL; thread = thread->next) {
        fit = fit &&
              (thread->area.instance == NULL || table_size(thread->area.instance, faaslet) == size);
    }
    pthread_mutex_unlock(&faaslet->lock);
    return fit || error_set(error, ERROR_UNSUPPORTED,
                            "the function tables of the call's threads are not of one size: one "
                            "has grown its own");
}

void thread_tables_append(struct faaslet *faaslet, const struct library_element *element) {
    uint32_t instance = faaslet->libraries->libraries[element->library].instance;
    pthread_mutex_lock(&faaslet->lock);
    struct faaslet_thread *thread = faaslet->threads == NULL ? NULL : faaslet->threads->first;
    for (; thread != NULL; thread = thread->next) {
        if (thread->area.instance != NULL) {
            library_table_append(thread_area_instance(&thread->area, faaslet, instance),
                                 element->function,
                                 library_table(thread->area.instance, library_program(faaslet)));
        }
    }
    pthread_mutex_unlock(&faaslet->lock);
}

// ---- Thread-local data --------------------------------------------------------------------------

static struct thread_data *take_unused(struct faaslet *faaslet, uint32_t library) {
    struct thread_data *data;
    pthread_mutex_lock(&faaslet->lock);
    struct thread_data **link = &faaslet->threads->unused_data;
    while (*link != NULL && (*link)->library != library) {
        link = &(*link)->next;
    }
    data = *link;
    if (data != NULL) {
        *link = data->next;
    }
    pthread_mutex_unlock(&faaslet->lock);
    return data;
}

static bool place_new(struct faaslet *faaslet, struct thread_data *data, struct error *error) {
    struct library_list *list = library_list_of(faaslet, error);
    uint32_t bytes, alignment;
    if (list == NULL) {
        return false;
    }
    const struct library *library = &list->libraries[data->library];
    if (library_thread_data(library_object(faaslet, library), library_instance(faaslet, library),
                            &bytes, &alignment, error) &&
        library_list_allocate(faaslet, list, bytes, alignment, &data->address, error)) {
        library_list_use(faaslet, list);
        return true;
    }
    library_list_release(list);
    return false;
}

static struct thread_data *new_block(struct faaslet *faaslet, uint32_t library,
                                     struct error *error) {
    struct thread_data *data = calloc(1, sizeof *data);
    if (data == NULL) {
        error_set(error, ERROR_MEMORY, "thread-local data of a thread");
        return NULL;
    }
    data->library = library;
    data->instance = faaslet->libraries->libraries[library].instance;
    if (!place_new(faaslet, data, error)) {
        free(data);
        return NULL;
    }
    return data;
}

bool thread_data_allocate(struct faaslet_thread *thread, struct error *error) {
    struct faaslet *faaslet = thread->faaslet;
    uint32_t count = faaslet->libraries == NULL ? 0 : faaslet->libraries->count;
    for (uint32_t i = 1; i < count; i++) {
        if (faaslet->libraries->libraries[i].thread_base == 0) {
            continue;
        }
        struct thread_data *data = take_unused(faaslet, i);
        data = data != NULL ? data : new_block(faaslet, i, error);
        if (data == NULL) {
            return false;
        }
        data->next = thread->data;
        thread->data = data;
    }
    return true;
}

void thread_data_give_back(struct faaslet_thread *thread) {
    struct thread_set *set = thread->faaslet->threads;
    while (thread->data != NULL) {
        struct thread_data *data = thread->data;
        thread->data = data->next;
        data->next = set->unused_data;
        set->unused_data = data;
    }
}

void thread_data_free(struct thread_data **data) {
    while (*data != NULL) {
        struct thread_data *next = (*data)->next;
        free(*data);
        *data = next;
    }
}

uint32_t thread_data_address(const struct faaslet *faaslet, uint32_t library) {
    const struct faaslet_run *run = run_current(faaslet);
    if (run == NULL || run->thread == NULL) {
        return faaslet->libraries->libraries[library].thread_base;
    }
    const struct thread_data *data = run->thread->data;
    while (data != NULL && data->library != library) {
        data = data->next;
    }
    return data == NULL ? 0 : data->address;
}

// ---- Starting -----------------------------------------------------------------------------------

static void run_starts(struct faaslet_thread *thread, struct faaslet_result *result) {
    uint32_t count = thread->faaslet->contents.instance_count;
    for (uint32_t i = 0; i < count && result->outcome == FAASLET_RETURNED; i++) {
        struct object_instance *instance = thread_area_instance(&thread->area, thread->faaslet, i);
        struct faaslet_function function;
        uint64_t values[1] = {0};
        if (instance->object != NULL && instance->object->start_function != UINT32_MAX &&
            faaslet_find_index(instance, instance->object->start_function, &function)) {
            run_function(thread->faaslet, thread, &function, values, result);
        }
    }
}

static bool takes_address(const struct object_type *type) {
    static const uint8_t parameters[] = {OBJECT_I32};
    return object_type_identity(parameters, 1, NULL, 0) ==
           object_type_identity(type->parameters, type->parameter_count, type->results,
                                type->result_count);
}

void thread_libraries_run(struct faaslet_thread *thread, struct faaslet_result *result) {
    run_starts(thread, result);
    for (const struct thread_data *data = thread->data;
         data != NULL && result->outcome == FAASLET_RETURNED; data = data->next) {
        struct faaslet_function function;
        uint64_t values[1] = {data->address};
        struct object_instance *instance =
            thread_area_instance(&thread->area, thread->faaslet, data->instance);
        if (faaslet_find_export(instance, "__wasm_init_tls", &function) &&
            takes_address(function.type)) {
            run_function(thread->faaslet, thread, &function, values, result);
        }
    }
}
