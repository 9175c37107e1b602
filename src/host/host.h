// The host interface: what guests can call. One file per section; each has a table of its
// functions, which host.c adds to the linker. To add a host function: one row and one C function.
#ifndef FAASM_HOST_HOST_H
#define FAASM_HOST_HOST_H

#include "base/error.h"
#include "faaslet/link.h"

#include <stdbool.h>
#include <stddef.h>

struct host_section {
    const char *name; // "call", "wasi_files", …
    const struct faaslet_host_function *functions;
    size_t count;
    void (*start)(void); // registers call slots and the like; may be NULL
};

// Every section, NULL-terminated: for listings and tests.
extern const struct host_section *const host_sections[];

// Adds all sections to the linker and starts them. Once per process.
bool host_register(struct faaslet_linker *linker, struct error *error);

#endif
