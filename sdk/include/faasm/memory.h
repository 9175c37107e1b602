// Present because programs written for Faasm include it. There the header keeps a module's memory
// growable; here every memory can grow up to its declared maximum, so there is nothing to declare.
#ifndef FAASM_MEMORY_H
#define FAASM_MEMORY_H
#endif
