// Linking: where the imports of a module come from.
#ifndef FAASM_FAASLET_LINK_H
#define FAASM_FAASLET_LINK_H

#include "base/error.h"
#include "base/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A host function: one row of a table, in a file of src/host. `code` is a C function whose first
// parameter is the struct object_instance * of its caller, the others as `signature` says:
// i I f F = int32_t/uint32_t, int64_t/uint64_t, float, double; "iiI:i" takes three, returns one;
// at most one result. It runs on the guest's stack, so it keeps its frames small (at most 200 KiB
// in all), and it holds no lock and owns no memory at a point where it may not return
// (faaslet_raise, faaslet_exit, a park that is interrupted).
struct faaslet_host_function {
    const char *module;
    const char *name;
    const char *signature;
    void (*code)(void);
};

// The set of host functions known to a process. Built at start, then only read.
struct faaslet_linker;

struct faaslet_linker *faaslet_linker_new(struct error *error);
void faaslet_linker_delete(struct faaslet_linker *linker);

// Adds rows; they must outlive the linker. ERROR_EXISTS for a (module, name) already there,
// ERROR_ARGUMENT for a malformed signature.
bool faaslet_linker_add(struct faaslet_linker *linker, const struct faaslet_host_function *rows,
                        size_t count, struct error *error);

// The row, or NULL. Thread-safe once the linker is built.
const struct faaslet_host_function *faaslet_linker_find(const struct faaslet_linker *linker,
                                                        struct object_name module,
                                                        struct object_name name);

// Checks every import of a module against the linker (name, kind, type) without instantiating.
// What the dynamic linker may find elsewhere is left to it (library.h). ERROR_UNLINKABLE: "unknown
// import env.foo" or "incompatible import type: env.foo is … but …".
bool faaslet_linker_check(const struct faaslet_linker *linker, const struct object_module *module,
                          struct error *error);

#endif
