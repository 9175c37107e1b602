#include "faaslet/loader.h"

#include "faaslet/check.h"
#include "faaslet/registry.h"
#include "faaslet/source.h"
#include "faaslet/support.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct faaslet_object {
    _Atomic uint32_t references;
    void *handle;
    const struct object_module *module;
    struct registry_start *starts;
    struct registry_range range;
    bool registered;
    _Atomic(uint32_t *) exports_by_name; // sorted numbers of exports; made when first asked for
    int file;                            // locked
    uintptr_t base;                      // what is added to addresses of the file
    _Atomic bool source_opened;          // whether there is one or not
    _Atomic(struct source *) source;
};

// ---- The file -----------------------------------------------------------------------------------

static bool segments_are_in_file(int fd, const Elf64_Ehdr *header, uint64_t file_size,
                                 const char *path, struct error *error) {
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment;
        off_t at = (off_t)(header->e_phoff + i * sizeof segment);
        if (pread(fd, &segment, sizeof segment, at) != sizeof segment ||
            segment.p_offset > file_size || segment.p_filesz > file_size - segment.p_offset) {
            return error_set(error, ERROR_MALFORMED, "%s: truncated shared object", path);
        }
    }
    return true;
}

// Marks the file as used, now and while it is loaded; a file system that knows neither locks nor
// times is no hindrance. False where the file was removed before it was locked.
static bool mark_used(int fd, const char *path, struct error *error) {
    struct stat status;
    (void)flock(fd, LOCK_SH);
    (void)futimens(fd, NULL);
    return (fstat(fd, &status) == 0 && status.st_nlink > 0) ||
           error_set(error, ERROR_NOT_FOUND, "%s: removed", path);
}

// dlopen maps what the program headers say without looking at the size of the file, and a file cut
// short then kills the process; so the headers are checked here first.
static bool check_file(const char *path, int *file, struct error *error) {
    bool good = false;
    struct stat status;
    Elf64_Ehdr header;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0) {
        error_set_errno(error, errno, "%s", path);
        goto cleanup;
    }
    if (!mark_used(fd, path, error)) {
        goto cleanup;
    }
    if (pread(fd, &header, sizeof header, 0) != sizeof header ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_type != ET_DYN || header.e_machine != EM_X86_64 ||
        header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phoff > (uint64_t)status.st_size) {
        error_set(error, ERROR_MALFORMED, "%s: not a shared object for this CPU", path);
        goto cleanup;
    }
    good = segments_are_in_file(fd, &header, (uint64_t)status.st_size, path, error);
cleanup:
    if (!good && fd >= 0) {
        close(fd);
    }
    *file = good ? fd : -1;
    return good;
}

// ---- Where it is in memory ----------------------------------------------------------------------

struct search {
    uintptr_t address;
    struct check_bounds bounds;
    const uint8_t *unwind_header;
    uintptr_t base;
    bool found;
};

static void widen(const char **begin, const char **end, const char *from, size_t length) {
    if (*begin == NULL || from < *begin) {
        *begin = from;
    }
    if (from + length > *end) {
        *end = from + length;
    }
}

static int search_object(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    struct search *search = context;
    struct check_bounds bounds = {0};
    const uint8_t *unwind_header = NULL;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        const char *at = (const char *)(uintptr_t)(info->dlpi_addr + segment->p_vaddr);
        if (segment->p_type == PT_GNU_EH_FRAME) {
            unwind_header = (const uint8_t *)at;
        }
        if (segment->p_type != PT_LOAD) {
            continue;
        }
        widen(&bounds.begin, &bounds.end, at, segment->p_memsz);
        if (segment->p_flags & PF_X) {
            widen(&bounds.code_begin, &bounds.code_end, at, segment->p_memsz);
        }
    }
    if (search->address < (uintptr_t)bounds.begin || search->address >= (uintptr_t)bounds.end) {
        return 0;
    }
    search->bounds = bounds;
    search->unwind_header = unwind_header;
    search->base = info->dlpi_addr;
    search->found = true;
    return 1;
}

// ---- Long function types ------------------------------------------------------------------------

// Process-wide: identities are compared between all objects of a process. Types are never removed;
// a module can bring at most as many as its size allows.
struct long_type {
    struct long_type *next;
    uint64_t identity;
    uint32_t parameter_count, result_count;
    uint8_t types[];
};
static pthread_mutex_t long_types_lock = PTHREAD_MUTEX_INITIALIZER;
enum { LONG_TYPE_BUCKETS = 1024 };
static struct long_type *long_types[LONG_TYPE_BUCKETS];
static uint64_t long_type_count;

static uint32_t hash_types(uint32_t hash, const uint8_t *types, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        hash = (hash ^ types[i]) * 16777619u;
    }
    return hash;
}

static bool long_type_equals(const struct long_type *known, const struct object_type *type) {
    return known->parameter_count == type->parameter_count &&
           known->result_count == type->result_count &&
           memcmp(known->types, type->parameters, type->parameter_count) == 0 &&
           memcmp(known->types + type->parameter_count, type->results, type->result_count) == 0;
}

static struct long_type *long_type_new(const struct object_type *type) {
    size_t length = (size_t)type->parameter_count + type->result_count;
    struct long_type *new = malloc(sizeof *new + length);
    if (new == NULL) {
        return NULL;
    }
    new->identity = OBJECT_TYPE_IDENTITY_INTERNED | long_type_count++;
    new->parameter_count = type->parameter_count;
    new->result_count = type->result_count;
    memcpy(new->types, type->parameters, type->parameter_count);
    memcpy(new->types + type->parameter_count, type->results, type->result_count);
    return new;
}

// The identity of a long type, 0 when memory is out.
static uint64_t intern_type(const struct object_type *type) {
    uint32_t hash = hash_types(2166136261u, type->parameters, type->parameter_count);
    hash = hash_types(hash * 31, type->results, type->result_count);
    struct long_type **bucket = &long_types[hash % LONG_TYPE_BUCKETS];
    pthread_mutex_lock(&long_types_lock);
    struct long_type *known = *bucket;
    while (known != NULL && !long_type_equals(known, type)) {
        known = known->next;
    }
    if (known == NULL && (known = long_type_new(type)) != NULL) {
        known->next = *bucket;
        *bucket = known;
    }
    uint64_t identity = known == NULL ? 0 : known->identity;
    pthread_mutex_unlock(&long_types_lock);
    return identity;
}

static bool intern_types(const struct object_module *module, struct error *error) {
    for (uint32_t i = 0; i < module->type_count; i++) {
        if (module->type_identities[i] != 0) {
            continue;
        }
        module->type_identities[i] = intern_type(&module->types[i]);
        if (module->type_identities[i] == 0) {
            return error_set(error, ERROR_MEMORY, "function types");
        }
    }
    return true;
}

// ---- The map of code ----------------------------------------------------------------------------

static int compare_starts(const void *left, const void *right) {
    const struct registry_start *a = left;
    const struct registry_start *b = right;
    return a->address < b->address ? -1 : a->address > b->address;
}

static bool register_code(struct faaslet_object *object, const struct search *search,
                          struct error *error) {
    const struct check_bounds *bounds = &search->bounds;
    const struct object_module *module = object->module;
    uint32_t defined = module->function_count - module->imported_function_count;
    object->starts =
        calloc((size_t)defined + module->type_count + module->imported_function_count + 1,
               sizeof *object->starts);
    if (object->starts == NULL) {
        return error_set(error, ERROR_MEMORY, "map of the functions of an object");
    }
    uint32_t count = 0;
    for (uint32_t i = module->imported_function_count; i < module->function_count; i++) {
        object->starts[count++] = (struct registry_start){module->functions[i].code, i};
    }
    for (uint32_t i = 0; i < module->type_count; i++) {
        const void *entry = (const void *)(uintptr_t)module->types[i].entry;
        if (entry != NULL) {
            object->starts[count++] = (struct registry_start){entry, UINT32_MAX};
        }
    }
    for (uint32_t i = 0; i < module->imported_function_count; i++) {
        object->starts[count++] = (struct registry_start){module->adapters[i], UINT32_MAX};
    }
    qsort(object->starts, count, sizeof *object->starts, compare_starts);
    object->range = (struct registry_range){
        bounds->code_begin,
        bounds->code_end,
        module,
        object->starts,
        count,
        {(const uint8_t *)bounds->begin, (const uint8_t *)bounds->end, search->unwind_header}};
    object->registered = registry_add(&object->range, error);
    return object->registered;
}

const struct object_module *faaslet_object_at(const void *address, uint32_t *function) {
    const struct registry_range *range = registry_find(address);
    if (range == NULL) {
        return NULL;
    }
    uint32_t low = 0;
    uint32_t high = range->start_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if ((const char *)range->starts[middle].address <= (const char *)address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *function = low == 0 ? UINT32_MAX : range->starts[low - 1].function;
    return range->module;
}

// Opened by whoever asks first; threads that ask at the same time keep one of what they open.
static struct source *source_of(struct faaslet_object *object) {
    if (!atomic_load(&object->source_opened)) {
        struct source *known = NULL, *opened = source_new(object->file);
        if (opened != NULL && !atomic_compare_exchange_strong(&object->source, &known, opened)) {
            source_delete(opened);
        }
        atomic_store(&object->source_opened, true);
    }
    return atomic_load(&object->source);
}

const struct source_map *faaslet_object_source(const void *address, uint32_t *map_address) {
    const struct registry_range *range = registry_find(address);
    if (range == NULL) {
        return NULL;
    }
    struct faaslet_object *object =
        (void *)((char *)(uintptr_t)range - offsetof(struct faaslet_object, range));
    const struct source *source = source_of(object);
    *map_address = (uint32_t)((uintptr_t)address - object->base);
    return source != NULL ? source_map_of(source) : NULL;
}

// ---- Loading ------------------------------------------------------------------------------------

static void object_delete(struct faaslet_object *object) {
    if (object->registered) {
        registry_remove(&object->range);
    }
    if (object->handle != NULL) {
        dlclose(object->handle);
    }
    close(object->file);
    free(object->starts);
    free(atomic_load(&object->exports_by_name));
    source_delete(atomic_load(&object->source));
    free(object);
}

// dlopen searches the library path for names without a slash; a file is meant here.
static bool open_file(struct faaslet_object *object, const char *path, struct error *error) {
    char *name = realpath(path, NULL);
    if (name == NULL) {
        return error_set_errno(error, errno, "%s", path);
    }
    object->handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    free(name);
    if (object->handle == NULL) {
        return error_set(error, ERROR_MALFORMED, "%s", dlerror());
    }
    object->module = dlsym(object->handle, OBJECT_SYMBOL);
    return object->module != NULL ||
           error_set(error, ERROR_MALFORMED, "%s has no symbol " OBJECT_SYMBOL, path);
}

static bool prepare(struct faaslet_object *object, struct error *error) {
    struct search search = {.address = (uintptr_t)object->module};
    dl_iterate_phdr(search_object, &search);
    if (!search.found) {
        return error_set(error, ERROR_MALFORMED, "description outside of the object");
    }
    if (!check_module(object->module, &search.bounds, error) ||
        !intern_types(object->module, error)) {
        return false;
    }
    *object->module->support = &support_table;
    object->base = search.base;
    return register_code(object, &search, error);
}

struct faaslet_object *faaslet_object_load(const char *path, struct error *error) {
    int file;
    if (!check_file(path, &file, error)) {
        return NULL;
    }
    struct faaslet_object *object = calloc(1, sizeof *object);
    if (object == NULL) {
        close(file);
        error_set(error, ERROR_MEMORY, "object");
        return NULL;
    }
    atomic_init(&object->references, 1);
    object->file = file;
    if (!open_file(object, path, error)) {
        object_delete(object);
        return NULL;
    }
    if (!prepare(object, error)) {
        error_prefix(error, "%s", path);
        object_delete(object);
        return NULL;
    }
    return object;
}

struct faaslet_object *faaslet_object_acquire(struct faaslet_object *object) {
    atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
    return object;
}

void faaslet_object_release(struct faaslet_object *object) {
    if (object != NULL &&
        atomic_fetch_sub_explicit(&object->references, 1, memory_order_acq_rel) == 1) {
        object_delete(object);
    }
}

const struct object_module *faaslet_object_module(const struct faaslet_object *object) {
    return object->module;
}

const struct object_export *faaslet_object_export(const struct object_module *module,
                                                  const char *name, enum object_kind kind) {
    size_t length = strlen(name);
    for (uint32_t i = 0; i < module->export_count; i++) {
        const struct object_export *export = &module->exports[i];
        if (export->kind == kind && export->name.length == length &&
            memcmp(export->name.data, name, length) == 0) {
            return export;
        }
    }
    return NULL;
}

static int compare_names(struct object_name left, struct object_name right) {
    if (left.length != right.length) {
        return left.length < right.length ? -1 : 1;
    }
    return left.length == 0 ? 0 : memcmp(left.data, right.data, left.length);
}

static int compare_exports(const void *left, const void *right, void *context) {
    const struct object_export *exports = context;
    return compare_names(exports[*(const uint32_t *)left].name,
                         exports[*(const uint32_t *)right].name);
}

// NULL where memory is out.
static uint32_t *sorted_exports(struct faaslet_object *object) {
    uint32_t *known = atomic_load(&object->exports_by_name);
    if (known != NULL) {
        return known;
    }
    uint32_t count = object->module->export_count;
    uint32_t *numbers = calloc((size_t)count + 1, sizeof *numbers);
    if (numbers == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = i;
    }
    qsort_r(numbers, count, sizeof *numbers, compare_exports, (void *)object->module->exports);
    if (!atomic_compare_exchange_strong(&object->exports_by_name, &known, numbers)) {
        free(numbers);
        return known;
    }
    return numbers;
}

const struct object_export *faaslet_object_find_export(struct faaslet_object *object,
                                                       struct object_name name) {
    const struct object_export *exports = object->module->exports;
    const uint32_t *numbers = sorted_exports(object);
    uint32_t low = 0;
    uint32_t high = numbers == NULL ? 0 : object->module->export_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_names(exports[numbers[middle]].name, name);
        if (order == 0) {
            return &exports[numbers[middle]];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}
