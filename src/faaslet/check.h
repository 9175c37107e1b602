// Inside of the room: is what an object says about itself consistent?
#ifndef FAASM_FAASLET_CHECK_H
#define FAASM_FAASLET_CHECK_H

#include "base/error.h"
#include "base/object.h"

#include <stdbool.h>

// Where an object lies in memory.
struct check_bounds {
    const char *begin; // of all its segments
    const char *end;
    const char *code_begin; // of the executable ones
    const char *code_end;
};

// Checks every pointer against the object's bounds, every index against its count, the layout, and
// the constant expressions, so that nothing else in this room has to. ERROR_MALFORMED says which.
bool check_module(const struct object_module *module, const struct check_bounds *bounds,
                  struct error *error);

#endif
