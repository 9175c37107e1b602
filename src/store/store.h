// Functions that were uploaded: names, and content-addressed blobs.
//
// A folder:   names.mdb        user/name -> digest and facts, in LMDB
//             blobs/ab/abcd…   the wasm, named by its digest; written atomically, fsynced
//             objects/ab/…     compiled objects, a cache: named by digest and compiler key
//             temporary/       files on their way
//             lock             held by the process that has the folder
// A name is written after its blob, so that what is listed is whole. A blob goes with the last name
// that uses it. Survives kill -9 at any point.
// One process opens a folder at a time (a lock says so). Thread-safe.
#ifndef FAASM_STORE_STORE_H
#define FAASM_STORE_STORE_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

enum { STORE_NAME_MAX = 64, STORE_DIGEST_LENGTH = 64, STORE_OPT_LEVEL_MAX = 3 };

struct store;

// What a function is to be run with, as its uploader says.
struct store_options {
    struct call_limits limits;
    bool durable;       // calls of it that were accepted without waiting survive the process
    unsigned opt_level; // how much its code is optimised: 1 + the level, 0: as the operator says
};

struct store_function {
    char user[STORE_NAME_MAX + 1];
    char name[STORE_NAME_MAX + 1];
    char digest[STORE_DIGEST_LENGTH + 1]; // BLAKE2b-256 of the wasm, hexadecimal
    uint64_t bytes;                       // of the wasm
    uint64_t uploaded;                    // clock_realtime() nanoseconds
    struct store_options options;
};

// Opens or makes the folder. ERROR_BUSY when another process has it.
struct store *store_open(const char *folder, struct error *error);
void store_close(struct store *store);

// A user or function name: 1 to 64 of A-Z a-z 0-9 _ - . and not beginning with '.' or '-'.
bool store_name_valid(const char *name);

// The digest of some bytes, as text.
void store_digest(struct bytes bytes, char digest[STORE_DIGEST_LENGTH + 1]);

// Stores the bytes (if not there already) and then the name; replaces an older function of that
// name. `digest` is that of the bytes where the caller has it already (trusted: to make it takes
// longer than all else), or NULL. `options` may be NULL: none; `function` may be NULL, otherwise it
// is filled.
bool store_put_function(struct store *store, const char *user, const char *name, struct bytes wasm,
                        const char *digest, const struct store_options *options,
                        struct store_function *function, struct error *error);
// ERROR_NOT_FOUND where there is none.
bool store_get_function(struct store *store, const char *user, const char *name,
                        struct store_function *function, struct error *error);
bool store_delete_function(struct store *store, const char *user, const char *name,
                           struct error *error);
// Calls `visit` for each function, of one user or of all (NULL), in order of user and name, until
// it returns false.
bool store_list_functions(struct store *store, const char *user,
                          bool (*visit)(void *context, const struct store_function *function),
                          void *context, struct error *error);

// Removes the blob and the objects of a digest that no function has.
void store_drop_unused(struct store *store, const char *digest);

// The folder, as an absolute path; valid while the store is open.
const char *store_folder(const struct store *store);

// The path of a blob, and of the compiled object of a digest for a compiler key (whether it exists
// or not; its folder does).
bool store_blob_path(struct store *store, const char *digest, char path[PATH_MAX],
                     struct error *error);
bool store_object_path(struct store *store, const char *digest, const char *compiler_key,
                       char path[PATH_MAX], struct error *error);

// As store_blob_path of a blob that is there and whole: reads it. ERROR_NOT_FOUND, ERROR_IO.
bool store_find_blob(struct store *store, const char *digest, char path[PATH_MAX],
                     struct error *error);

// Writes the bytes to a new file of the folder that the next store_open removes where the caller
// has not.
bool store_write_temporary(struct store *store, struct bytes contents, char path[PATH_MAX],
                           struct error *error);

#endif
