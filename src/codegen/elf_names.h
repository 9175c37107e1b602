// The last pass over the linked object: guest names into its symbol table, and a check of what it
// asks of the process that loads it.
#ifndef FAASM_CODEGEN_ELF_NAMES_H
#define FAASM_CODEGEN_ELF_NAMES_H

#include "base/buffer.h"
#include "base/error.h"
#include "wasm/module.h"

#include <stdbool.h>

// Renames the local symbols "f<index>" to the module's names: the name section's, else the first
// export's, else "wasm-function[<index>]". Control characters become '?'; names are cut at 1,000
// bytes. perf, gdb and nm show these. `shared` grows: a new string table goes to its end.
bool elf_names_apply(struct buffer *shared, const struct wasm_module *module, struct error *error);

// Refuses an object that exports more than OBJECT_SYMBOL, that needs symbols other than a few
// functions of the C and mathematics libraries, that names libraries, or that has code to be run
// when it is loaded.
bool elf_names_check(struct buffer *shared, struct error *error);

#endif
