// The C names of the original Faasm: the header that its programs include.
#ifndef FAASM_FAASM_H
#define FAASM_FAASM_H

#include "faasm/core.h"
#include "faasm/memory.h"

#endif
