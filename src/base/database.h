// Opening LMDB databases, and what goes wrong with them.
#ifndef FAASM_BASE_DATABASE_H
#define FAASM_BASE_DATABASE_H

#include "base/error.h"

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>

// The file `path`, with "<path>-lock" beside it, for databases with up to `databases` names (0: one
// without a name) of at most `bytes` together: that is address space, not memory or disk. Readers
// belong to their transactions, so that a thread may nest them. A file that is not a database, or
// that was cut short, is ERROR_IO. mdb_env_close closes it.
MDB_env *database_open(const char *path, size_t bytes, unsigned databases, struct error *error);

// Fills the error for a result of LMDB; `what` is what was looked at. Returns false.
bool database_failed(struct error *error, int number, const char *what);

#endif
