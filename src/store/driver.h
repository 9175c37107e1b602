// Where the store keeps its names: an ordered map from short text keys to small values. One struct
// of functions for each kind of database. To add a driver, write its open function and fill the
// struct.
#ifndef FAASM_STORE_DRIVER_H
#define FAASM_STORE_DRIVER_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { STORE_KEY_MAX = 420 }; // bytes; every driver takes keys of this length

struct store_change {
    const char *key;
    bool remove; // of a key that is not there: no effect
    struct bytes value;
    bool guarded;        // made only if the key has the value …
    struct bytes before; // (of length 0: is not there)
};

// All functions are thread-safe. `state` is the driver's own.
struct store_driver {
    void *state;

    // Replaces `value`. ERROR_NOT_FOUND where the key is not there.
    bool (*get)(void *state, const char *key, struct buffer *value, struct error *error);

    // Makes all changes or none; they are durable when it returns true. None, ERROR_BUSY, where the
    // guard of one does not hold.
    bool (*apply)(void *state, const struct store_change *changes, size_t count,
                  struct error *error);

    // Calls `visit` for every key that begins with `prefix`, in the order of the bytes of the keys,
    // from `from` on (NULL: the first), until it returns false. Keys and values are valid during
    // the visit only. LMDB: all visits see one state of the database, whatever is applied
    // meanwhile.
    bool (*iterate)(void *state, const char *prefix, const char *from,
                    bool (*visit)(void *context, const char *key, struct bytes value),
                    void *context, struct error *error);

    void (*close)(void *state);
};

// LMDB: a file of at most 1 GiB at `path`, and "<path>-lock" beside it. A file there that is not a
// database, or that was cut short, is ERROR_IO.
bool store_lmdb_open(const char *path, struct store_driver *driver, struct error *error);

#endif
