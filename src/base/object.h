// The compiled object: the contract between the code generator, which writes native shared objects,
// and the Faaslets, which run them. Nothing else is shared between the two.
//
// An object exports one symbol, OBJECT_SYMBOL, a `struct object_module` that describes the module
// (types, imports, exports, memories, tables, globals, segments), so that no part of the runtime
// parses wasm, and carries the code.
//
// Position independence. At run time all instances of one Faaslet live in one *instance area*: a
// contiguous range that is snapshotted as bytes and mapped copy-on-write at another address. So
// nothing in the area is an absolute address of the area or of linear memory: such things are
// stored as deltas relative to the instance that holds them ("delta": target = (char *)instance +
// delta) or as offsets from the start of the area ("area offset"). Pointers to code and to the
// constant data of objects are absolute: an object is loaded once per process and stays.
//
// Generated functions have the C calling convention with all arguments in registers, so that a tail
// call needs no room on the stack. The arguments are: the `struct object_instance *` that the
// function belongs to; in r13, the base of memory 0 of that instance (below); where there are more
// than two results, a pointer to memory for them; the parameters (i32, i64, float, double; v128 as
// a 16-byte vector; references as uint64_t); and where those do not fit into the registers, a
// pointer to memory with the *overflow*. What overflows are
// the last parameters of a kind: six registers hold instance, pointers, i32, i64 and references,
// eight hold float, double and v128. In memory each value takes a slot of 8 bytes, a v128 two. A
// function reads its overflow before it does anything else. One result is returned as in C, two as
// LLVM returns a struct of them. C code calls generated code through the `entry` function of the
// type only.
//
// The base in r13. A function keeps the register as it was, like every callee, so where all belongs
// to one instance nobody ever writes it. Who calls a function that it does not know, an import or
// an element of a table, passes instance + instance->base_delta. What an object compiled at level 0
// knows to be its own it calls without: its functions read base_delta themselves, but for those
// that end in tail calls. A tail call cannot put another value back when its callee has returned:
// where bases differ it is a call, and takes stack.
//
// A host function is a plain C function: its arguments are the instance that imported it and the
// parameters. Generated code of the importing module holds an *adapter* for each function import,
// which has the convention above, calls the host function and tests for an interrupt. Whatever is
// called through tables, or by other modules, is generated code: adapters stand for host functions.
#ifndef FAASM_BASE_OBJECT_H
#define FAASM_BASE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OBJECT_SYMBOL      "faasm_module"
#define OBJECT_MAGIC       0x4d534146u // "FASM"
#define OBJECT_ABI_VERSION 7u

// The encodings of the binary format.
enum object_value_type {
    OBJECT_I32 = 0x7f,
    OBJECT_I64 = 0x7e,
    OBJECT_F32 = 0x7d,
    OBJECT_F64 = 0x7c,
    OBJECT_V128 = 0x7b,
    OBJECT_FUNCREF = 0x70,
    OBJECT_EXTERNREF = 0x6f,
};

// The name that the specification gives a value type, or "unknown type" for any other number.
const char *object_value_type_name(uint8_t type);

// Appends "(i32, i64)" to a text in `size` bytes, and whatever else; cut where that is full.
void object_append_value_types(char *text, size_t size, const uint8_t *types, uint32_t count);
void object_append_text(char *text, size_t size, const char *more);

enum object_kind {
    OBJECT_FUNCTION = 0,
    OBJECT_TABLE = 1,
    OBJECT_MEMORY = 2,
    OBJECT_GLOBAL = 3,
    OBJECT_TAG = 4,
};

#define OBJECT_PAGE_SIZE    65536u
#define OBJECT_NO_MAXIMUM   UINT32_MAX
#define OBJECT_MAX_PAGES    65536u
#define OBJECT_GROWTH_PAGES 65535u    // see struct object_memory
#define OBJECT_MAX_ELEMENTS 10000000u // of one table

// Traps that generated code raises. X(identifier, the trap's name as the spec suite writes it).
// Generated code raises one with llvm.ubsantrap(OBJECT_TRAP_x), on x86-64 `ud1 x(%eax), %eax`, in
// the function or in one that it calls; the SIGILL handler reads the number from the instruction.
// Out of bounds accesses fault on guard pages instead, stack exhaustion on the guard of the guest
// stack.
#define OBJECT_TRAPS(X)                                                                            \
    X(NONE, "no trap")                                                                             \
    X(UNREACHABLE, "unreachable")                                                                  \
    X(MEMORY_BOUNDS, "out of bounds memory access")                                                \
    X(DIVIDE_BY_ZERO, "integer divide by zero")                                                    \
    X(INTEGER_OVERFLOW, "integer overflow")                                                        \
    X(INVALID_CONVERSION, "invalid conversion to integer")                                         \
    X(TABLE_BOUNDS, "out of bounds table access")                                                  \
    X(UNDEFINED_ELEMENT, "undefined element")                                                      \
    X(UNINITIALIZED_ELEMENT, "uninitialized element")                                              \
    X(SIGNATURE_MISMATCH, "indirect call type mismatch")                                           \
    X(STACK_EXHAUSTED, "call stack exhausted")                                                     \
    X(UNALIGNED_ATOMIC, "unaligned atomic")                                                        \
    X(NOT_SHARED, "expected shared memory")

enum object_trap {
#define X(identifier, name) OBJECT_TRAP_##identifier,
    OBJECT_TRAPS(X)
#undef X
        OBJECT_TRAP_COUNT
};

// The identity of a function type, equal exactly when the types are equal, never 0. Types of at
// most 19 parameters and results together are encoded exactly: a leading 1, then three bits for
// each parameter, 000, three bits for each result (1..7 = i32 i64 f32 f64 v128 funcref externref).
// Longer types are numbered by the process when an object is loaded, with bit 63 set: generated
// code reads those from object_module.type_identities. Bits 61 and 62 are never set: see
// OBJECT_MARKS.
#define OBJECT_TYPE_IDENTITY_INTERNED (1ull << 63)

static inline uint64_t object_value_type_digit(uint8_t type) {
    return type == OBJECT_FUNCREF ? 6u : type == OBJECT_EXTERNREF ? 7u : 0x80u - type;
}

// The exact identity, or 0 where the type is too long for one.
static inline uint64_t object_type_identity(const uint8_t *parameters, uint32_t parameter_count,
                                            const uint8_t *results, uint32_t result_count) {
    if ((uint64_t)parameter_count + result_count > 19) {
        return 0;
    }
    uint64_t identity = 1;
    for (uint32_t i = 0; i < parameter_count; i++) {
        identity = identity << 3 | object_value_type_digit(parameters[i]);
    }
    identity <<= 3;
    for (uint32_t i = 0; i < result_count; i++) {
        identity = identity << 3 | object_value_type_digit(results[i]);
    }
    return identity;
}

// ---- Exceptions ---------------------------------------------------------------------------------

// Generated code throws through object_support and catches at LLVM landing pads. A landing pad
// gets, in its first register, the address of the thread's current exception, whose values it
// reads before it does anything else. The identity of a tag is the area offset of its cell in the
// instance that defines it. The values are the parameters of the tag's type, a slot of 8 bytes
// each, a v128 two.
struct object_exception {
    uint64_t tag;
    uint32_t slots;
    uint32_t elsewhere; // of a kept one: it did not fit, object_support keeps the values
    uint64_t values[];
};

// As many as the 1000 parameters that a tag can have may need.
#define OBJECT_EXCEPTION_SLOTS 2000u

// ---- What lives in the instance area ------------------------------------------------------------

// Reference values (funcref, externref), as generated code handles them: 0 is null. A funcref is
// the area offset of a struct object_function_reference. An externref is any other number, opaque.

struct object_function_reference {
    void *code;
    uint64_t type; // identity
    uint64_t instance_area_offset;
};

// An element of a table; all zero is null. Of an externref table only `reference` is used. `type`
// is the identity, with OBJECT_FOREIGN where the function belongs to another instance than the one
// that defines the table: so there one compare says that a function has the type and is its own.
// With OBJECT_ELSEWHERE besides where memory 0 of that instance is another one.
#define OBJECT_FOREIGN   (1ull << 62)
#define OBJECT_ELSEWHERE (1ull << 61)
#define OBJECT_MARKS     (OBJECT_FOREIGN | OBJECT_ELSEWHERE)

struct object_table_element {
    void *code;
    uint64_t type;
    uint64_t instance_area_offset;
    uint64_t reference;
};

// A table; in the area, its elements too. Only functions of object_support write to either.
struct object_table {
    uint64_t elements_area_offset; // never changes
    uint64_t home_area_offset;     // of the instance that defines it
    uint32_t size;                 // elements; at most 10,000,000
    uint32_t capacity;             // elements reserved from elements_area_offset on
    uint32_t maximum;              // OBJECT_NO_MAXIMUM where none
    uint32_t element_type;
};

// A linear memory. `pages` of 64 KiB is read by memory.size and bounds checks of bulk operations.
// From the base on 8 GiB and 64 KiB are reserved, so that base + any i32 + any offset immediate is
// inside; what is past `pages` is not accessible.
//
// A memory has all 65536 pages only if its type asks for as many at the least, and only modules
// that do so import it. Every other one ends a page earlier, whatever maximum it states: so an
// index that is past an accessible byte by less than a page has not wrapped around.
struct object_memory {
    uint64_t pages;
    uint64_t maximum; // pages; at most OBJECT_GROWTH_PAGES but for a memory of all pages
    uint32_t number;  // of the memory within the Faaslet
    uint32_t shared;
};

struct object_import_slot { // a function import
    void *code;             // generated; of a host function its adapter in this module
    void *target;           // a host function itself; else the same as `code`
    int64_t instance_delta; // first argument = (char *)instance + delta; 0 for host functions
    uint64_t reserved;
};

struct object_memory_slot { // every memory of the module, imported or not
    int64_t base_delta;     // of the first byte of linear memory
    int64_t memory_delta;   // of the struct object_memory
};

// The head of an instance. Behind it, at offsets that the object says (struct object_layout), come
// the arrays named there. `interrupt` is the only field written while guest code runs: after each
// call of an import generated code tests it and calls object_support.interrupted where non-zero.
struct object_instance {
    uint64_t area_offset;               // of this instance
    const struct object_module *object; // absolute
    uint32_t interrupt;
    uint32_t number;      // of the instance within the Faaslet, from 0
    int64_t base_delta;   // of the first byte of memory 0; 0 where there is no memory
    uint64_t reserved[4]; // the head is 64 bytes
};

// Offsets in bytes from the instance, all 16-aligned.
struct object_layout {
    uint32_t import_slots;        // struct object_import_slot [imported functions]
    uint32_t memory_slots;        // struct object_memory_slot [memories]
    uint32_t table_deltas;        // int64_t [tables]: delta of the struct object_table
    uint32_t global_deltas;       // int64_t [imported globals]: delta of the cell
    uint32_t memories;            // struct object_memory [defined memories]
    uint32_t tables;              // struct object_table [defined tables]
    uint32_t globals;             // 16 bytes for each defined global
    uint32_t function_references; // struct object_function_reference [declared functions]
    uint32_t dropped_elements;    // uint8_t [element segments]: non-zero once dropped
    uint32_t dropped_data;        // uint8_t [data segments]
    uint32_t tags;                // uint64_t [tags]: identities; the cell of a defined tag is here
    uint32_t size;                // of the instance, a multiple of 64
};

// ---- What the runtime gives to generated code ---------------------------------------------------

// A generated function reaches these through the pointer that the runtime stores in
// object_module.support when it loads the object. All are called on the guest's stack. Those that
// can trap do not return when they do. Indices are of the caller's module.
struct object_support {
    uint32_t (*memory_grow)(struct object_instance *, uint32_t memory, uint32_t pages); // or -1
    void (*memory_init)(struct object_instance *, uint32_t memory, uint32_t segment,
                        uint32_t destination, uint32_t source, uint32_t length);
    void (*data_drop)(struct object_instance *, uint32_t segment);
    void (*table_set)(struct object_instance *, uint32_t table, uint32_t index, uint64_t reference);
    uint32_t (*table_grow)(struct object_instance *, uint32_t table, uint64_t reference,
                           uint32_t count); // old size or -1
    void (*table_fill)(struct object_instance *, uint32_t table, uint32_t index, uint64_t reference,
                       uint32_t count);
    void (*table_copy)(struct object_instance *, uint32_t destination_table, uint32_t source_table,
                       uint32_t destination, uint32_t source, uint32_t count);
    void (*table_init)(struct object_instance *, uint32_t table, uint32_t segment,
                       uint32_t destination, uint32_t source, uint32_t count);
    void (*element_drop)(struct object_instance *, uint32_t segment);
    __attribute__((noreturn)) void (*interrupted)(struct object_instance *);
    // Memory of the thread for the overflow of a tail call, good until the callee has read it:
    // OBJECT_OVERFLOW_BYTES, 16-aligned.
    void *(*overflow)(struct object_instance *);
    // `address` is index and offset together. A wait gives 0 when it was woken, 1 when the cell was
    // not as expected, 2 when the timeout (nanoseconds, none where negative) has passed; a notify
    // the number of the woken.
    uint32_t (*atomic_wait32)(struct object_instance *, uint32_t memory, uint64_t address,
                              uint32_t expected, int64_t timeout);
    uint32_t (*atomic_wait64)(struct object_instance *, uint32_t memory, uint64_t address,
                              uint64_t expected, int64_t timeout);
    uint32_t (*atomic_notify)(struct object_instance *, uint32_t memory, uint64_t address,
                              uint32_t count);
    // Both go on at the landing pad of the innermost caller that has one for the call it is in, and
    // end the call where none has. throw_again throws the current exception of the thread, or one
    // that was kept.
    __attribute__((noreturn)) void (*throw_exception)(struct object_instance *, uint32_t tag,
                                                      const uint64_t *values);
    __attribute__((noreturn)) void (*throw_again)(struct object_instance *,
                                                  const struct object_exception *);
    // Copies the current exception to `kept`, which is memory of the caller's frame with room for
    // `slots` values.
    void (*keep_exception)(struct object_instance *, struct object_exception *kept, uint32_t slots);
};

// As much as the 1000 parameters that a function can have may need.
#define OBJECT_OVERFLOW_BYTES 16000u

// ---- The description ----------------------------------------------------------------------------

// Calls `code`, a generated function of the type, with arguments from `values` (a slot of 8
// bytes each, two for v128; i32 and f32 in the low half), and puts the results there from slot 0
// on, i32 and f32 zero-extended. `values` has room for the larger of the two.
typedef void object_entry(void *code, struct object_instance *instance, uint64_t *values);

struct object_type {
    uint32_t parameter_count;
    uint32_t result_count;
    const uint8_t *parameters; // enum object_value_type
    const uint8_t *results;
    object_entry *entry;
};

struct object_name { // not NUL-terminated: names may hold any UTF-8, NUL included
    const char *data;
    uint32_t length;
};

struct object_limits {
    uint32_t minimum;
    uint32_t maximum; // OBJECT_NO_MAXIMUM where none
    bool shared;
};

struct object_import {
    struct object_name module;
    struct object_name name;
    uint8_t kind;                // enum object_kind
    uint8_t value_type;          // of a global, or the element type of a table
    bool mutable;                // of a global
    bool weak;                   // dynamic linking: may be missing
    uint32_t type;               // of a function or tag: index into types
    struct object_limits limits; // of a table or memory
};

struct object_export {
    struct object_name name;
    uint8_t kind;
    bool of_thread; // dynamic linking: a global that is an offset into thread-local data
    uint32_t index; // in the index space of its kind
};

// A constant expression as a postfix program; spec 3.3.10 and extended-const.
enum object_expression_code {
    OBJECT_EXPRESSION_CONST, // pushes value (a null reference is 0)
    OBJECT_EXPRESSION_V128,  // pushes value and the next op's value (codegen pads with a CONST)
    OBJECT_EXPRESSION_GLOBAL_GET, // pushes global `value`
    OBJECT_EXPRESSION_REF_FUNC,   // pushes the reference of function `value`
    OBJECT_EXPRESSION_I32_ADD,
    OBJECT_EXPRESSION_I32_SUB,
    OBJECT_EXPRESSION_I32_MUL,
    OBJECT_EXPRESSION_I64_ADD,
    OBJECT_EXPRESSION_I64_SUB,
    OBJECT_EXPRESSION_I64_MUL,
};

struct object_expression_op {
    uint64_t code;
    uint64_t value;
};

struct object_expression {
    const struct object_expression_op *ops;
    uint32_t count;
};

struct object_function { // of every function, imports first
    void *code;          // NULL for imports
    uint32_t type;
    uint32_t reference;      // number within layout.function_references, or UINT32_MAX
    struct object_name name; // length 0 where the module names none
};

struct object_tag { // of every tag, imports first
    uint32_t type;
    struct object_name name; // length 0 where the module names none
};

struct object_table_description { // defined tables
    struct object_limits limits;
    uint8_t element_type;
};

struct object_global { // defined globals
    struct object_expression initial;
    uint8_t value_type;
    bool mutable;
};

enum object_segment_mode { OBJECT_ACTIVE, OBJECT_PASSIVE, OBJECT_DECLARATIVE };

struct object_element_segment {
    uint8_t mode;
    uint8_t element_type;
    uint32_t table;
    struct object_expression offset; // active
    uint32_t count;
    // Function segments: function indices. Others: one expression each. Exactly one is non-NULL.
    const uint32_t *functions;
    const struct object_expression *expressions;
};

struct object_data_segment {
    uint8_t mode;
    uint32_t memory;
    struct object_expression offset; // active
    const uint8_t *data;
    uint32_t length;
};

// Dynamic linking: what a module wants that has a section dylink.0 (WebAssembly tool conventions,
// "Dynamic Linking"), a side module or a program that needs some. Where `present`, imports of
// `env`, GOT.mem and GOT.func are for the dynamic linker (faaslet/library.h).
struct object_dylink {
    bool present;
    uint32_t memory_bytes;
    uint32_t memory_alignment; // log2, at most 16
    uint32_t table_elements;
    uint32_t table_alignment; // log2, at most 16
    uint32_t needed_count;
    const struct object_name *needed; // names of side modules
};

// Counts with imports are of the whole index space.
struct object_module {
    uint32_t magic;
    uint32_t abi_version;
    const char *compiler; // "faasm 0.1 llvm 19.1.7 znver4 +avx512f…": part of the cache key

    const struct object_support **support; // a slot in the object's data, filled when loaded
    uint64_t *type_identities; // [type_count], in the object's data: exact ones filled by codegen,
                               // 0 for those to be interned when loaded

    struct object_layout layout;

    uint32_t type_count;
    uint32_t import_count;
    uint32_t export_count;
    uint32_t function_count;
    uint32_t imported_function_count;
    uint32_t function_reference_count;
    uint32_t table_count;
    uint32_t imported_table_count;
    uint32_t memory_count;
    uint32_t imported_memory_count;
    uint32_t global_count;
    uint32_t imported_global_count;
    uint32_t element_segment_count;
    uint32_t data_segment_count;
    uint32_t tag_count;
    uint32_t imported_tag_count;
    uint32_t start_function; // UINT32_MAX where none
    uint32_t reserved;

    const struct object_type *types;
    const struct object_import *imports;
    const struct object_export *exports;
    const struct object_function *functions;
    const struct object_table_description *tables; // defined ones
    const struct object_limits *memories;          // defined ones
    const struct object_global *globals;           // defined ones
    const struct object_element_segment *element_segments;
    const struct object_data_segment *data_segments;
    void *const *adapters; // [imported_function_count]
    const struct object_tag *tags;
    struct object_dylink dylink;
};

#endif
