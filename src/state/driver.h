// The global tier: where values are kept behind all hosts. One struct of functions for each kind of
// database. To add a driver, write its open function and fill the struct; tests/unit/state runs one
// suite against each.
//
// A value is bytes under a name, and beside it a list of appended elements under the same name, of
// which either may be absent. Every change of the bytes gives them a version that they never had
// before.
#ifndef FAASM_STATE_DRIVER_H
#define FAASM_STATE_DRIVER_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STATE_USER_MAX = 64,
    STATE_KEY_MAX = 512,   // bytes, any
    STATE_OWNER_MAX = 63,  // of a lock, text
    STATE_CHUNK = 1 << 16, // bytes; what is read and written at a time. See docs/architecture.md
};
#define STATE_VALUE_MAX ((uint64_t)UINT32_MAX) // bytes: lengths of guests are 32 bits

struct state_name {
    const char *user; // a valid name of the store
    struct bytes key; // 1 to STATE_KEY_MAX bytes
};

struct state_facts {
    uint64_t bytes;
    uint64_t version;
};

// What a user may have at most; 0: no limit.
struct state_limits {
    uint64_t bytes; // of values and elements together
    uint64_t keys;
};

struct state_usage {
    uint64_t bytes;
    uint64_t keys;
};

// Bytes to be read: those past the end of the value are zeros.
struct state_span {
    uint64_t offset;
    uint64_t length;
    uint8_t *to;
};

struct state_piece {
    uint64_t offset;
    struct bytes bytes;
};

// A change of a value, made wholly or not at all.
struct state_write {
    uint64_t bytes; // size afterwards; `replace`: exactly, otherwise at least
    bool replace;   // what no piece covers is zero, otherwise as it was
    const struct state_piece *pieces;
    size_t count;
    // Nothing is written, ERROR_CONFLICT, unless …
    const char *fence_owner;    // (NULL: no matter) has the exclusive lock of the name
    uint64_t fence;             // with this token
    uint64_t expected;          // 0: no matter; otherwise the version is this one
    struct state_limits limits; // ERROR_TOO_LARGE beyond
};

enum state_lock_outcome { STATE_LOCK_GRANTED, STATE_LOCK_WAIT };

struct state_lock_request {
    const char *owner; // unique among all holders
    bool exclusive;
    uint64_t lease; // nanoseconds until the lock, or the place in the queue, is lost
};

// All functions are thread-safe. Those that cannot reach the database fail with ERROR_UNAVAILABLE;
// a change that then may or may not have been made says so in its message.
struct state_driver {
    void *state;
    const char *kind; // "lmdb", "redis"

    // ERROR_NOT_FOUND where the name has no bytes.
    bool (*find)(void *state, const struct state_name *name, struct state_facts *facts,
                 struct error *error);
    // A name that has no bytes reads as zeros.
    bool (*read)(void *state, const struct state_name *name, const struct state_span *spans,
                 size_t count, struct error *error);
    // `facts` may be NULL.
    bool (*write)(void *state, const struct state_name *name, const struct state_write *write,
                  struct state_facts *facts, struct error *error);
    // Bytes and elements. ERROR_NOT_FOUND, ERROR_CONFLICT (expected, as above).
    bool (*remove)(void *state, const struct state_name *name, uint64_t expected,
                   struct error *error);

    // Elements are at most STATE_VALUE_MAX bytes each.
    bool (*append)(void *state, const struct state_name *name, struct bytes element,
                   const struct state_limits *limits, struct error *error);
    // The first `count` elements, or fewer where there are no more, one behind the other; appended
    // to `elements`, of which there are then at most `most` bytes more: ERROR_TOO_LARGE.
    bool (*read_appended)(void *state, const struct state_name *name, size_t count, size_t most,
                          struct buffer *elements, struct error *error);
    bool (*clear_appended)(void *state, const struct state_name *name, struct error *error);

    // Names of a user whose keys begin with `prefix`, in no certain order across keys that share
    // their first 400 bytes, otherwise in that of their bytes, from the first one after `after` (of
    // length 0: from the beginning) on, until `visit` returns false.
    bool (*list)(void *state, const char *user, struct bytes prefix, struct bytes after,
                 bool (*visit)(void *context, struct bytes key, const struct state_facts *facts),
                 void *context, struct error *error);
    bool (*usage)(void *state, const char *user, struct state_usage *usage, struct error *error);

    // Locks of names, shared or exclusive, first come first served. A request that has to wait
    // keeps its place by being repeated within its lease. `*token` of a granted lock is larger than
    // that of every exclusive lock of the name before.
    bool (*lock)(void *state, const struct state_name *name,
                 const struct state_lock_request *request, enum state_lock_outcome *outcome,
                 uint64_t *token, struct error *error);
    // ERROR_CONFLICT where the lock is not the owner's any more.
    bool (*renew)(void *state, const struct state_name *name,
                  const struct state_lock_request *request, struct error *error);
    // Gives up the lock, or the place in the queue. ERROR_CONFLICT as renew.
    bool (*unlock)(void *state, const struct state_name *name, const char *owner,
                   struct error *error);

    void (*close)(void *state);
};

// LMDB: a file at `path`, and "<path>-lock" beside it; what was acknowledged survives kill -9. One
// process at a time, so the locks are held in memory.
bool state_lmdb_open(const char *path, struct state_driver *driver, struct error *error);

// "state 'key'" with what is not printable escaped, for messages.
enum { STATE_LABEL_MAX = 96 };
const char *state_label(const struct state_name *name, char label[STATE_LABEL_MAX]);

#endif
