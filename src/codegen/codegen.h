// Validated module -> x86-64 ELF relocatable object, with LLVM.
//
// The contract of what is generated is base/object.h. The room's parts:
//
//   parts.c        which functions of a module are compiled together
//   program.c      the faasm-codegen program: arguments, order of work, exit codes
//   sandbox.c      resource limits, system call filters, the process that compiles
//   link.c         relocatable object -> shared object (ld.lld), checks of the result
//   elf_names.c    guest function names into the symbol table of the result
//   compile.c      module -> LLVM module -> optimised -> object bytes
//   context.h/.c   what is shared while one module is compiled: types, constants, attributes
//   layout.c       offsets within an instance
//   description.c  the constants that describe the module (struct object_module)
//   entry.c        the entry functions of types
//   adapter.c      the adapters of imported host functions
//   signature.h/.c parameters and results: which are in registers, which in memory
//   function.c     one body: the walk over instructions and the operand stack
//   locals.c       locals as SSA values, edges to landing pads included
//   debug_read.c   DWARF of a module or an object -> source map (debug_map.c, debug_elf.c)
//   debug_info.c   source map -> debug information of what is generated
//   emit_*.c       one file for each family of opcodes.def
//
// To add an instruction: a row in wasm/opcodes.def and a case in the emit_<family> of its family.
//
// Compiling happens in a process of its own (sandbox.h): when memory runs out, or LLVM reports a
// fatal error, codegen_fatal ends the process.
#ifndef FAASM_CODEGEN_CODEGEN_H
#define FAASM_CODEGEN_CODEGEN_H

#include "base/error.h"
#include "base/source_map.h"
#include "wasm/module.h"

#include <stdbool.h>
#include <stdint.h>

// Bodies of more bytes than this are not optimised: LLVM takes more than linear time for some.
enum { CODEGEN_LARGE_BODY = 256 << 10 };

// Modules with more bytes of code than this are optimised less at level 2, all of them alike: LLVM
// takes 12 s for a MB.
enum { CODEGEN_LEAN_MODULE = 256 << 10 };

enum { CODEGEN_OPTIMISATION_DEFAULT = 2, CODEGEN_OPTIMISATION_MAXIMUM = 3 };

enum codegen_output { CODEGEN_OBJECT, CODEGEN_ASSEMBLY, CODEGEN_IR };

struct codegen_options {
    unsigned optimisation_level; // 0 (compile fast) to 3
    bool strict_traps;           // every load and store happens, in order (tests and fuzzers)
    const char *cpu;             // LLVM's name of a CPU; NULL: the host's, with all its features
    const char *passes;          // LLVM pass pipeline instead of the level's own; NULL: the level's
    bool print_ir;               // the optimised LLVM module to standard error (for debugging)
    bool verify;                 // let LLVM check the module that was built for it
    enum codegen_output output;  // an ELF relocatable object, or text
    // Large modules are compiled in parts, each an object of its own, which are then linked
    // together: part 0 has the description. Without parts (0 of 0, or 0 of 1) the object is whole.
    uint32_t part, part_count;
    // Where the code of the module comes from; NULL: no debug information in the object.
    const struct source_map *source;
};

// The machine that the module is compiled for, by LLVM's name for it: one for all its parts, as
// making it takes as long as compiling a few functions. NULL on failure; disposed of by the caller.
struct LLVMOpaqueTargetMachine *codegen_machine_new(const struct wasm_module *module,
                                                    const struct codegen_options *options,
                                                    struct error *error);
void codegen_machine_dispose(struct LLVMOpaqueTargetMachine *machine); // NULL is allowed

// Gives `object` the bytes of an ELF relocatable object, or the text that options.output says.
// Functions have local symbols "f<index>". The output depends on the module, the options and
// (without options.cpu) the host CPU only. The machine is of the same module and options, but for
// the part.
bool codegen_compile(struct LLVMOpaqueTargetMachine *machine, const struct wasm_module *module,
                     const struct codegen_options *options, struct buffer *object,
                     struct error *error);

// The bytes of the largest function body of a part.
uint32_t codegen_largest_body(const struct wasm_module *module, uint32_t part, uint32_t part_count);

// What object_module.compiler says of objects compiled with these options: version of this
// program, of LLVM, target CPU and features. malloc'd, NULL when memory is out.
char *codegen_compiler_identity(const struct codegen_options *options);

// Prints "faasm-codegen: internal: <message>" to standard error and ends the process with exit
// code 2.
__attribute__((noreturn)) void codegen_fatal(const char *message);

#endif
