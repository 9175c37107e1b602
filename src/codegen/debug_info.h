// Puts source places on what is generated, by LLVM's debug information: so the object has line
// tables and functions in DWARF for gdb and perf. Internal to the room.
//
// Without options.source nothing happens here, and what is generated is not touched.
#ifndef FAASM_CODEGEN_DEBUG_INFO_H
#define FAASM_CODEGEN_DEBUG_INFO_H

#include "codegen/context.h"

// Sets codegen->debug.
void debug_info_begin(struct codegen *codegen);
// After the last function; the module is complete then.
void debug_info_end(struct codegen *codegen);
void debug_info_destroy(struct codegen *codegen);

// Around the body of a function: what is built in between with codegen->builder gets places.
void debug_info_begin_function(struct codegen *codegen, uint32_t index);
void debug_info_end_function(struct codegen *codegen);

// What is built from here on comes from the instruction at this offset of the binary.
void debug_info_locate(struct codegen *codegen, uint32_t offset);

// What is built from here on comes from many places of the function, up to debug_info_restore with
// what this returns.
LLVMMetadataRef debug_info_leave_place(struct codegen *codegen);
void debug_info_restore(struct codegen *codegen, LLVMMetadataRef place);

// The number of the current place; always 0 without debug information.
uint32_t debug_info_place(const struct codegen *codegen);

// What is built next must not become one with its like from another place.
void debug_info_keep_apart(struct codegen *codegen);

#endif
