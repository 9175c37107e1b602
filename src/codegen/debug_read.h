// DWARF -> source map, with libdw of elfutils.
//
// The bytes of a module are hostile, and a library that is led astray by them could do anything
// that its process can: so this runs in a process of its own (sandbox_run_brief), from which the
// compiler takes the map alone. When that process fails or dies, code has no lines.
#ifndef FAASM_CODEGEN_DEBUG_READ_H
#define FAASM_CODEGEN_DEBUG_READ_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>

// Appends the source map of a wasm binary that has a section .debug_line. Names are as in DWARF.
bool debug_read_wasm(struct bytes wasm, struct buffer *map, struct error *error);

// The same of a compiled object. Names are for people: those of C++ and Rust with their namespaces.
// Paths are relative to the folder that the compiler ran in, where they lie in it.
bool debug_read_object(struct bytes shared, struct buffer *map, struct error *error);

#endif
