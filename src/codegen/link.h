// Relocatable objects -> shared object, with ld.lld.
#ifndef FAASM_CODEGEN_LINK_H
#define FAASM_CODEGEN_LINK_H

#include "base/error.h"

#include <stdbool.h>

// Links the objects readable at `object_fds` (at most LINK_OBJECTS_MAXIMUM) and writes the shared
// object to `shared_fd` (a memory file, say). `linker` is the path of ld.lld; NULL looks in the
// usual places.
enum { LINK_OBJECTS_MAXIMUM = 256 };

bool link_shared_object(const char *linker, const int *object_fds, unsigned count, int shared_fd,
                        struct error *error);

#endif
