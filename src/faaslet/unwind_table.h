// Inside of the room: what the unwind tables of an object say about a place in its code.
//
// The tables are those that LLVM writes for the system's unwinder: .eh_frame_hdr and .eh_frame (how
// to get from a function's frame to its caller's) and .gcc_except_table (landing pads). They are
// read one place at a time, as exceptions come by; exception.c keeps what was found.
// Source: Linux Standard Base 5.0, "Exception Frames"; DWARF 5, 6.4; Itanium C++ ABI, "Exception
// Handling Tables". Every read is checked against the bounds of the object.
#ifndef FAASM_FAASLET_UNWIND_TABLE_H
#define FAASM_FAASLET_UNWIND_TABLE_H

#include <stdbool.h>
#include <stdint.h>

// Where an object's tables lie. All NULL where it has none.
struct unwind_tables {
    const uint8_t *begin; // of the object
    const uint8_t *end;
    const uint8_t *header; // .eh_frame_hdr
};

// Registers that a call preserves, in the order of struct unwind_registers.
enum {
    UNWIND_RBX,
    UNWIND_RBP,
    UNWIND_R12,
    UNWIND_R13,
    UNWIND_R14,
    UNWIND_R15,
    UNWIND_SAVED,
};

// The frame of a function at one of its calls.
struct unwind_row {
    uintptr_t address; // where the call returns to
    uintptr_t landing; // its landing pad; 0 where there is none
    // The frame's end, which is the stack pointer of the caller after the return, is this far from
    // the stack pointer or the frame pointer. The return address lies right below it.
    int32_t frame_end;
    bool from_frame_pointer;
    int32_t saved[UNWIND_SAVED]; // from the frame's end; 0 where the register is as it was
};

// False when the tables have nothing about the address, or something that cannot be made out.
bool unwind_table_find(const struct unwind_tables *tables, uintptr_t address,
                       struct unwind_row *row);

#endif
