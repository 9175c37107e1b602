// Dynamic linking: side modules, which share memory, table and stack of a Faaslet's program.
//
// A side module says in its section dylink.0 how much memory and how many table elements it wants
// and which others it needs. It imports from `env` functions, the memory, the table
// __indirect_function_table and __stack_pointer, which the program exports; __memory_base and
// __table_base, which say where it was put; from GOT.mem and GOT.func the addresses of data and the
// table indices of functions. Data symbols are exported immutable i32 globals, relative to
// __memory_base, or absolute those of the program; functions exported functions. A symbol is looked
// for in the program, in the modules opened with FAASLET_LIBRARY_GLOBAL, then in the module that
// was opened and all that it needs; a function that is nowhere there, among host functions.
//
// Once memory and table are filled, __wasm_apply_data_relocs, then __wasm_init_tls and
// __wasm_call_ctors run, of what a module needs before it where there is no circle.
//
// Loaded modules are part of a snapshot; what was loaded later is gone when a Faaslet is put back.
// An instance is made for each module, and another for each thread (thread.h), with the same layout
// of the table and thread-local data of its own; constructors and relocations run once. Modules are
// loaded and closed by the main thread while there are no others: an open one may be opened again
// on any thread, symbols may be looked for on any.
//
// Sources: WebAssembly tool conventions, "Dynamic Linking"; POSIX dlopen.
#ifndef FAASM_FAASLET_LIBRARY_H
#define FAASM_FAASLET_LIBRARY_H

#include "faaslet/faaslet.h"

enum { FAASLET_LIBRARY_NAME_MAX = 4096 }; // of a name, NUL included

// Flags as in <dlfcn.h> of musl. All symbols are bound at once, LAZY or NOW.
enum {
    FAASLET_LIBRARY_LAZY = 1,
    FAASLET_LIBRARY_NOW = 2,
    FAASLET_LIBRARY_NOLOAD = 4,
    FAASLET_LIBRARY_GLOBAL = 256,
    FAASLET_LIBRARY_NODELETE = 4096,
    FAASLET_LIBRARY_FLAGS = 1 | 2 | 4 | 256 | 4096,
};

// Where side modules come from, and host functions.
struct faaslet_library_source {
    const struct faaslet_linker *linker;
    // A reference to the object of a module, and in `found` what names it, whatever `name` it was
    // asked for by. `requester` is that of the module that needs it, "" for the program.
    struct faaslet_object *(*find)(void *context, const char *name, const char *requester,
                                   char found[FAASLET_LIBRARY_NAME_MAX], struct error *error);
    void *context;
};

// faaslet_instantiate of a program together with the side modules that it needs, which are called
// first, but for the constructors of the program itself. A program that needs none may also be
// instantiated with faaslet_instantiate, and open some later.
struct object_instance *faaslet_instantiate_program(struct faaslet *faaslet,
                                                    struct faaslet_object *object,
                                                    const struct faaslet_library_source *source,
                                                    struct faaslet_result *result,
                                                    struct error *error);

// The following are for host functions of a call that runs in the Faaslet. Handles are numbers that
// are not 0. Where guest code has run and did not return, they fail with ERROR_TRAP and `result`
// says what happened, which the caller is to hand on (faaslet_exit, faaslet_raise).

// Opens a module, or what is open once more; NULL is the program. Nothing changes on other failures
// than ERROR_TRAP, but for guest memory that may have been grown. ERROR_UNSUPPORTED for one that is
// not loaded where the call has other threads. With HOST_EXCLUSIVE, as what follows.
bool faaslet_library_open(struct faaslet *faaslet, const char *name, uint32_t flags,
                          const struct faaslet_library_source *source, uint32_t *handle,
                          struct faaslet_result *result, struct error *error);

// The address of data or the table index of a function, in the module and what it needs; of handle
// 0 in the program and all global ones. ERROR_NOT_FOUND, ERROR_ARGUMENT for a bad handle.
bool faaslet_library_symbol(struct faaslet *faaslet, uint32_t handle, struct object_name name,
                            uint32_t *value, struct error *error);

// Undoes one opening. Modules that are then needed by nobody are closed, and their destructors run
// (the export __faasm_library_exit); where the call has other threads, they stay as they are.
bool faaslet_library_close(struct faaslet *faaslet, uint32_t handle, struct faaslet_result *result,
                           struct error *error);

// Places a text in guest memory that the next one overwrites, cut to 1023 bytes; its address, 0
// where there is no memory.
uint32_t faaslet_library_text(struct faaslet *faaslet, const char *text);

#endif
