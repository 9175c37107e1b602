// The functions of the driver (driver.h), by file.
#ifndef FAASM_STATE_REDIS_OPERATIONS_H
#define FAASM_STATE_REDIS_OPERATIONS_H

#include "state/driver.h"

// read.c
bool redis_find(void *state, const struct state_name *name, struct state_facts *facts,
                struct error *error);
bool redis_read(void *state, const struct state_name *name, const struct state_span *spans,
                size_t count, struct error *error);

// write.c
bool redis_write(void *state, const struct state_name *name, const struct state_write *write,
                 struct state_facts *facts, struct error *error);
bool redis_remove(void *state, const struct state_name *name, uint64_t expected,
                  struct error *error);

// elements.c
bool redis_append(void *state, const struct state_name *name, struct bytes element,
                  const struct state_limits *limits, struct error *error);
bool redis_read_appended(void *state, const struct state_name *name, size_t count, size_t most,
                         struct buffer *elements, struct error *error);
bool redis_clear_appended(void *state, const struct state_name *name, struct error *error);

// list.c
bool redis_list(void *state, const char *user, struct bytes prefix, struct bytes after,
                bool (*visit)(void *context, struct bytes key, const struct state_facts *facts),
                void *context, struct error *error);
bool redis_usage(void *state, const char *user, struct state_usage *usage, struct error *error);

// locks.c
bool redis_lock(void *state, const struct state_name *name,
                const struct state_lock_request *request, enum state_lock_outcome *outcome,
                uint64_t *token, struct error *error);
bool redis_renew(void *state, const struct state_name *name,
                 const struct state_lock_request *request, struct error *error);
bool redis_unlock(void *state, const struct state_name *name, const char *owner,
                  struct error *error);

#endif
