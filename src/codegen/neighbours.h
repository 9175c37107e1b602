#ifndef FAASM_CODEGEN_NEIGHBOURS_H
#define FAASM_CODEGEN_NEIGHBOURS_H

#include "codegen/context.h"

// Addresses of accesses that are near behind others of their block become those and a constant
// (address.c says why, and why that is right). For all functions, after loops have been unrolled:
// the iterations that now make one block access what lies side by side. Thread-safe for contexts
// that are not shared.
void codegen_join_neighbours(const struct codegen *codegen);

#endif
