// Relocatable object -> shared object, with ld.lld.
#ifndef FAASM_CODEGEN_LINK_H
#define FAASM_CODEGEN_LINK_H

#include "base/error.h"

#include <stdbool.h>

// Links the object readable at `object_fd` and writes the shared object to `shared_fd` (a memory
// file, say). `linker` is the path of ld.lld; NULL looks in the usual places.
bool link_shared_object(const char *linker, int object_fd, int shared_fd, struct error *error);

#endif
