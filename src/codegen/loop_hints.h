#ifndef FAASM_CODEGEN_LOOP_HINTS_H
#define FAASM_CODEGEN_LOOP_HINTS_H

#include "codegen/context.h"

// Tells the vectorizer which loops to leave alone. Thread-safe for contexts that are not shared.
void codegen_hint_loops(const struct codegen *codegen);

#endif
