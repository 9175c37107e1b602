// Compiled objects: loaded once per process, shared by every Faaslet that runs them.
#ifndef FAASM_FAASLET_LOADER_H
#define FAASM_FAASLET_LOADER_H

#include "base/error.h"
#include "base/object.h"
#include "base/source_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct faaslet_object; // reference counted

// Loads the shared object at `path` (dlopen), checks magic, ABI version and that what the
// description says is consistent, interns long function types, gives it the support table, and
// registers its code with the trap handler. Returns one reference, or NULL. Thread-safe.
// While it is loaded its file is locked (shared flock), and its time of modification says when it
// was loaded last: so caches know what is in use (store/object_cache.h). ERROR_NOT_FOUND also where
// the file is removed meanwhile.
struct faaslet_object *faaslet_object_load(const char *path, struct error *error);

// One more reference, and one less; the last one unloads it. Thread-safe. An object stays loaded
// while any Faaslet or Proto-Faaslet made of it lives: they hold references.
struct faaslet_object *faaslet_object_acquire(struct faaslet_object *object);
void faaslet_object_release(struct faaslet_object *object);

const struct object_module *faaslet_object_module(const struct faaslet_object *object);

// The export of that name and kind, or NULL.
const struct object_export *faaslet_object_export(const struct object_module *module,
                                                  const char *name, enum object_kind kind);

// The same by a name that may hold any bytes, of any kind, in logarithmic time (names of exports
// are unique among all kinds). Thread-safe.
const struct object_export *faaslet_object_find_export(struct faaslet_object *object,
                                                       struct object_name name);

// The generated function that contains a code address: its index in *function (UINT32_MAX for code
// that is no function of the module), or NULL when the address is in no loaded object.
// Async-signal-safe.
const struct object_module *faaslet_object_at(const void *address, uint32_t *function);

// Where the code at an address comes from: the source map of the object that contains it, and the
// address as the map counts. NULL where nothing is known. What is returned stays until the object
// is unloaded. Not async-signal-safe: the first question about an object opens its map.
const struct source_map *faaslet_object_source(const void *address, uint32_t *map_address);

#endif
