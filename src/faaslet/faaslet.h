// Faaslets: isolates that run one call at a time, and Proto-Faaslets, their restorable snapshots.
//
// A Faaslet is one reservation of address space:
//
//   control, instance area (instances, tables) | guard | memory 0: 8 GiB + 64 KiB | memory 1
//   …
//
// Everything a guest can change lies in the instance area and in linear memories. Generated code
// can form addresses only from a memory's base upwards by less than 8 GiB + 64 KiB, so it can reach
// nothing of the area, of guest stacks, or of another Faaslet. What is not accessible faults, and
// the fault handler turns a fault in generated code into a trap.
//
// Life: faaslet_new, faaslet_instantiate (once for each module), faaslet_call as often as wanted,
// faaslet_delete. To run many calls that all start equal: faaslet_snapshot makes a Proto-Faaslet of
// a Faaslet at rest; faaslet_restore makes Faaslets from it, and faaslet_reset puts one back.
//
// Source: the Faaslet and Proto-Faaslet of "Faasm: Lightweight Isolation for Efficient Stateful
// Serverless Computing" (USENIX ATC 2020).
#ifndef FAASM_FAASLET_FAASLET_H
#define FAASM_FAASLET_FAASLET_H

#include "base/error.h"
#include "base/object.h"
#include "faaslet/link.h"
#include "faaslet/loader.h"
#include "faaslet/trap.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct faaslet;
struct proto_faaslet; // reference counted, immutable, thread-safe

// Once per process, before anything else here: installs the handlers of SIGSEGV, SIGBUS, SIGFPE,
// SIGILL and of the interrupt signal. A fault outside of generated code goes on to whatever handler
// was there before. Handlers of other signals that may hit threads in calls need SA_ONSTACK.
bool faaslet_initialize(struct error *error);

struct faaslet_config {
    uint64_t memory_limit_pages; // linear memories cannot grow past it, each; 0: 65536
    size_t area_bytes;           // reserved for instances and tables; 0: 512 MiB
    size_t stack_bytes;          // of the guest's native stack; 0: 8 MiB
    uint32_t memories;           // linear memories there is room for; 0: 4
    uint32_t threads;            // guest threads of a call beside its main one (thread.h); 0: 128
    bool drop_written;           // putting back drops what was written, as where there is no
                                 // userfaultfd to tell which pages it was
};

// A Faaslet with nothing in it.
struct faaslet *faaslet_new(const struct faaslet_config *config, struct error *error);

// Not while a call runs in it. Gives back everything; NULL is allowed.
void faaslet_delete(struct faaslet *faaslet);

// Where imports that the linker does not know come from: an export of an instance of the same
// Faaslet. Returns false when it does not know the name either.
struct faaslet_definition {
    struct object_instance *instance;
    const struct object_export *export;
};
struct faaslet_resolver {
    bool (*resolve)(void *context, struct object_name module, struct object_name name,
                    struct faaslet_definition *definition);
    void *context;
};

// Links and instantiates a module (spec 4.5.4): checks imports, allocates, evaluates initialisers,
// copies element and data segments, runs the start function. `resolver` may be NULL; it is asked
// first, the linker second. A shared memory that is imported as env.memory, as wasi-threads has it,
// is made where the resolver does not know one. ERROR_UNLINKABLE names the import; ERROR_TRAP the
// trap of segments out of bounds or of the start function (`result`, which may be NULL, then has
// the details), and the module is then not usable, but what it wrote to imported tables and
// memories stays, as the spec says.
struct object_instance *faaslet_instantiate(struct faaslet *faaslet, struct faaslet_object *object,
                                            const struct faaslet_linker *linker,
                                            const struct faaslet_resolver *resolver,
                                            struct faaslet_result *result, struct error *error);

// The first instance that was made, the main module; NULL where there is none.
struct object_instance *faaslet_main_instance(struct faaslet *faaslet);

// ---- Calling in ---------------------------------------------------------------------------------

// A function as it can be called: from an export, a function index or a table element.
struct faaslet_function {
    void *code;
    struct object_instance *instance;
    const struct object_type *type;
};

bool faaslet_find_export(struct object_instance *instance, const char *name,
                         struct faaslet_function *function); // false: no such function
bool faaslet_find_index(struct object_instance *instance, uint32_t function_index,
                        struct faaslet_function *function);
// The element of the instance's table 0, as chained function pointers are; false when it is out of
// range or null.
bool faaslet_find_element(struct object_instance *instance, uint32_t element,
                          struct faaslet_function *function);

// Runs a function on a guest stack of its own, on the calling thread, with values as object_entry
// has them. One call at a time in a Faaslet; calls in different Faaslets may nest on one thread.
// Never fails: how it ended is in `result`; values hold results only when it returned. Not more
// than one call of a Faaslet that trapped or exited: reset or delete it then.
void faaslet_call(struct faaslet *faaslet, const struct faaslet_function *function,
                  uint64_t *values, struct faaslet_result *result);

// Asks the call that runs in the Faaslet, with all its guest threads, to stop, from any thread:
// generated code is unwound at once by a signal, a host call when it returns, a parked one is
// woken. The call ends as TRAPPED with `kind`. False, and no effect, when none runs. The caller
// guarantees that the Faaslet is not deleted meanwhile.
bool faaslet_interrupt(struct faaslet *faaslet, enum faaslet_trap_kind kind);

// ---- From host functions ------------------------------------------------------------------------

struct faaslet *faaslet_of(const struct object_instance *instance);

// A pointer of the layers above (the call that runs), kept and returned as it is.
void faaslet_set_context(struct faaslet *faaslet, void *context);
void *faaslet_context(const struct faaslet *faaslet);

// Where the layers above note that what the Faaslet is to run must stop (enum faaslet_trap_kind, 0:
// nothing), or NULL. faaslet_call looks there when it begins, and then ends at once. So who writes
// it first and calls faaslet_interrupt second stops the call, whether it has begun or not.
void faaslet_set_stop(struct faaslet *faaslet, const _Atomic uint32_t *stop);

// End the running call. They do not return: frames between here and faaslet_call are dropped.
__attribute__((noreturn)) void faaslet_exit(struct object_instance *instance, int exit_code);
__attribute__((noreturn, format(printf, 3, 4))) void faaslet_raise(struct object_instance *instance,
                                                                   enum faaslet_trap_kind kind,
                                                                   const char *format, ...);

// Fills `result->frames` with the guest's stack at this host call.
void faaslet_backtrace(struct object_instance *instance, struct faaslet_result *result);

// ---- Snapshots ----------------------------------------------------------------------------------

// The Faaslet as it is now, at rest, as an image in a memfd. The Faaslet can go on or be deleted.
// Returns one reference.
struct proto_faaslet *faaslet_snapshot(struct faaslet *faaslet, struct error *error);
struct proto_faaslet *proto_faaslet_acquire(struct proto_faaslet *proto);
void proto_faaslet_release(struct proto_faaslet *proto);

// Bytes of image that all its Faaslets share.
size_t proto_faaslet_image_bytes(const struct proto_faaslet *proto);

// A new Faaslet that maps the image copy-on-write.
struct faaslet *faaslet_restore(struct proto_faaslet *proto, struct error *error);

// Puts a Faaslet made by faaslet_restore back to what the Proto-Faaslet says: memories with their
// sizes, globals, tables, dropped segments; the context is cleared. Works after any end of a call.
// On failure (memory) the Faaslet must be deleted.
bool faaslet_reset(struct faaslet *faaslet, struct error *error);

// Bytes of linear memory that the Faaslets of this process do not share with their images, as far
// as it is noted (dirty.h). Thread-safe.
uint64_t faaslet_dirty_bytes(void);

// Bytes of linear memory of the main instance's memory 0 (its current size), 0 where it has none.
uint64_t faaslet_memory_bytes(const struct faaslet *faaslet);

// What a linear memory may come to, in bytes.
uint64_t faaslet_memory_limit(const struct faaslet *faaslet);

#endif
