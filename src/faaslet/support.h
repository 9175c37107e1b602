// Inside of the room: what generated code calls, and the parts of it that instantiation shares.
#ifndef FAASM_FAASLET_SUPPORT_H
#define FAASM_FAASLET_SUPPORT_H

#include "base/object.h"

#include <stdbool.h>
#include <stdint.h>

// The table that every object gets when it is loaded.
extern const struct object_support support_table;

// The value of a constant expression of the instance's module; v128 takes both words, others the
// first. False when memory is out (expressions of great depth).
bool support_evaluate(const struct object_instance *instance,
                      const struct object_expression *expression, uint64_t value[2]);

// table.init and memory.init. False when out of bounds (nothing is then written).
bool support_table_init(struct object_instance *instance, uint32_t table, uint32_t segment,
                        uint32_t destination, uint32_t source, uint32_t count);
bool support_memory_init(struct object_instance *instance, uint32_t memory, uint32_t segment,
                         uint32_t destination, uint32_t source, uint32_t length);

// Puts a function of the instance into a table of the Faaslet. It must have a reference and the
// element be there.
void support_set_function(struct object_instance *instance, uint32_t function,
                          const struct object_table *table, uint32_t element);

// memory.grow of a memory that an instance can name: the old size in pages, or UINT32_MAX.
uint32_t support_memory_grow(struct object_instance *instance, uint32_t memory, uint32_t pages);

#endif
