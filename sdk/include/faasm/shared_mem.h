// Markup for memory that threads share.
//
// Threads of one call run on one host, over the same memory, so the markup changes nothing about
// what a correct program computes. FAASM_REDUCE and the critical sections tell the host; the
// FAASM_SHARED_* macros, which name variables for merging copies of memory, evaluate to nothing.
#ifndef FAASM_SHARED_MEM_H
#define FAASM_SHARED_MEM_H

#include "faasm/host_interface.h"

#define FAASM_TYPE_RAW    0
#define FAASM_TYPE_BOOL   1
#define FAASM_TYPE_INT    2
#define FAASM_TYPE_LONG   3
#define FAASM_TYPE_FLOAT  4
#define FAASM_TYPE_DOUBLE 5

#define FAASM_OP_OVERWRITE 0
#define FAASM_OP_SUM       1
#define FAASM_OP_PRODUCT   2
#define FAASM_OP_SUBTRACT  3
#define FAASM_OP_MAX       4
#define FAASM_OP_MIN       5

#define FAASM_REDUCE(variable, type, operation)                                                    \
    __faasm_sm_reduce((void *)&(variable), (type), (operation), 0);

#define FAASM_SHARED_VAR(variable, type)           ((void)&(variable));
#define FAASM_SHARED_RAW(variable, length)         ((void)&(variable));
#define FAASM_SHARED_ARRAY(variable, type, length) ((void)&(variable));
#define FAASM_DEFAULT_SHARED()                     ((void)0);

#define FAASM_START_CRITICAL_LOCAL() __faasm_sm_critical_local();
#define FAASM_END_CRITICAL_LOCAL()   __faasm_sm_critical_local_end();

#define FAASM_CRITICAL_LOCAL(operation)                                                            \
    __faasm_sm_critical_local();                                                                   \
    { operation; }                                                                                 \
    __faasm_sm_critical_local_end();

#define FAASM_ATOMIC_INCR(variable) FAASM_ATOMIC_INCR_BY(variable, 1)

#define FAASM_ATOMIC_INCR_BY(variable, value)                                                      \
    FAASM_REDUCE(variable, FAASM_TYPE_INT, FAASM_OP_SUM)                                           \
    FAASM_CRITICAL_LOCAL((variable) += (value))

#endif
