// Loops over 16-byte vectors made to use the machine's full vectors (widen.c says how). Internal to
// the room.
#ifndef FAASM_CODEGEN_WIDEN_H
#define FAASM_CODEGEN_WIDEN_H

#include "codegen/context.h"

// For all functions of the module, after loops have been brought into LLVM's usual form: rotated,
// with a block before each.
void codegen_widen_loops(struct codegen *codegen);

#endif
