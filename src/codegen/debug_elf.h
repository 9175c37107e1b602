// The debug sections of a wasm binary as an ELF file in memory, which is what the library that
// reads DWARF takes; and the section that a compiled object gets.
#ifndef FAASM_CODEGEN_DEBUG_ELF_H
#define FAASM_CODEGEN_DEBUG_ELF_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

// Does the module carry a line table? Walks over the headers of sections only.
bool debug_elf_is_wanted(struct bytes wasm);

// Appends a 32-bit ELF file with the custom sections of `wasm` that DWARF readers look for. Of
// sections with the same name the first counts.
bool debug_elf_wrap(struct bytes wasm, struct buffer *elf, struct error *error);

// Adds a section that is not loaded to a linked object. `shared` grows: the contents, the names of
// sections and the section table go to its end.
bool debug_elf_add_section(struct buffer *shared, const char *name, struct bytes contents,
                           struct error *error);

#endif
