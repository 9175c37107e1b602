// Inside of the room: does what is given fit an import (spec 3.2, import subtyping)?
#ifndef FAASM_FAASLET_MATCH_H
#define FAASM_FAASLET_MATCH_H

#include "base/error.h"
#include "base/object.h"
#include "faaslet/link.h"

#include <stdbool.h>
#include <stdint.h>

// What an import asks for or an export is: kind, and the fields of that kind.
struct match_type {
    uint8_t kind;
    const struct object_type *function; // of a function or tag
    uint64_t identity;                  // of `function`
    uint8_t value_type;
    bool mutable;
    bool shared;
    uint64_t minimum; // tables and memories; of an export the current size
    uint64_t maximum; // OBJECT_NO_MAXIMUM where none
};

// All fail with ERROR_UNLINKABLE and name the import. Return true when it fits.
bool match_types(const struct object_import *import, const struct match_type *wanted,
                 const struct match_type *given, struct error *error);
bool match_host_function(const struct object_module *module, const struct object_import *import,
                         const struct faaslet_host_function *row, struct error *error);
bool match_unknown(const struct object_import *import, struct error *error); // always false

// Whether it is the memory that threads share, which the Faaslet makes.
bool match_is_thread_memory(const struct object_import *import);

// What an import asks for.
struct match_type match_import_type(const struct object_module *module,
                                    const struct object_import *import);

#endif
