#include "faaslet/link.h"

#include "faaslet/match.h"

#include <stdlib.h>
#include <string.h>

// A hash set of rows with open addressing; capacity is a power of two, at most half full.
struct faaslet_linker {
    const struct faaslet_host_function **slots;
    size_t capacity;
    size_t count;
};

static size_t hash_bytes(size_t hash, const char *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)data[i]) * 1099511628211u;
    }
    return hash;
}

static size_t hash_name(struct object_name module, struct object_name name) {
    size_t hash = hash_bytes(14695981039346656037u, module.data, module.length);
    hash = hash_bytes(hash * 31, name.data, name.length);
    return hash ^ hash >> 29;
}

static bool name_equals(struct object_name name, const char *text) {
    return strlen(text) == name.length && memcmp(name.data, text, name.length) == 0;
}

static struct object_name name_of(const char *text) {
    return (struct object_name){text, (uint32_t)strlen(text)};
}

// The slot of the row of that name, or the free one where it would be.
static const struct faaslet_host_function **
slot_of(const struct faaslet_linker *linker, struct object_name module, struct object_name name) {
    size_t at = hash_name(module, name);
    for (;; at++) {
        const struct faaslet_host_function **slot = &linker->slots[at & (linker->capacity - 1)];
        if (*slot == NULL ||
            (name_equals(module, (*slot)->module) && name_equals(name, (*slot)->name))) {
            return slot;
        }
    }
}

static bool reserve(struct faaslet_linker *linker, size_t count, struct error *error) {
    size_t capacity = linker->capacity;
    while (capacity < 2 * count) {
        capacity *= 2;
    }
    if (capacity == linker->capacity) {
        return true;
    }
    struct faaslet_linker larger = {calloc(capacity, sizeof(void *)), capacity, linker->count};
    if (larger.slots == NULL) {
        return error_set(error, ERROR_MEMORY, "linker");
    }
    for (size_t i = 0; i < linker->capacity; i++) {
        const struct faaslet_host_function *row = linker->slots[i];
        if (row != NULL) {
            *slot_of(&larger, name_of(row->module), name_of(row->name)) = row;
        }
    }
    free(linker->slots);
    *linker = larger;
    return true;
}

struct faaslet_linker *faaslet_linker_new(struct error *error) {
    struct faaslet_linker *linker = calloc(1, sizeof *linker);
    if (linker == NULL || (linker->slots = calloc(256, sizeof(void *))) == NULL) {
        free(linker);
        error_set(error, ERROR_MEMORY, "linker");
        return NULL;
    }
    linker->capacity = 256;
    return linker;
}

void faaslet_linker_delete(struct faaslet_linker *linker) {
    if (linker != NULL) {
        free(linker->slots);
        free(linker);
    }
}

static bool signature_is_good(const char *signature) {
    size_t parameters = strspn(signature, "iIfF");
    if (signature[parameters] == '\0') {
        return true;
    }
    const char *results = signature + parameters + 1;
    return signature[parameters] == ':' && strspn(results, "iIfF") == strlen(results) &&
           strlen(results) <= 1;
}

bool faaslet_linker_add(struct faaslet_linker *linker, const struct faaslet_host_function *rows,
                        size_t count, struct error *error) {
    if (!reserve(linker, linker->count + count, error)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct faaslet_host_function *row = &rows[i];
        if (!signature_is_good(row->signature)) {
            return error_set(error, ERROR_ARGUMENT, "%s.%s: malformed signature \"%s\"",
                             row->module, row->name, row->signature);
        }
        const struct faaslet_host_function **slot =
            slot_of(linker, name_of(row->module), name_of(row->name));
        if (*slot != NULL) {
            return error_set(error, ERROR_EXISTS, "host function %s.%s is there already",
                             row->module, row->name);
        }
        *slot = row;
        linker->count++;
    }
    return true;
}

const struct faaslet_host_function *faaslet_linker_find(const struct faaslet_linker *linker,
                                                        struct object_name module,
                                                        struct object_name name) {
    return linker == NULL ? NULL : *slot_of(linker, module, name);
}

// Modules of imports that the dynamic linker resolves, once it has all modules that are needed.
static bool is_dynamic(struct object_name module) {
    return name_equals(module, "env") || name_equals(module, "GOT.mem") ||
           name_equals(module, "GOT.func");
}

bool faaslet_linker_check(const struct faaslet_linker *linker, const struct object_module *module,
                          struct error *error) {
    for (uint32_t i = 0; i < module->import_count; i++) {
        const struct object_import *import = &module->imports[i];
        if ((module->dylink.present && is_dynamic(import->module)) ||
            match_is_thread_memory(import)) {
            continue;
        }
        const struct faaslet_host_function *row =
            faaslet_linker_find(linker, import->module, import->name);
        if (row == NULL) {
            return match_unknown(import, error);
        }
        if (!match_host_function(module, import, row, error)) {
            return false;
        }
    }
    return true;
}
