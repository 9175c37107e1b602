// What one host shows of a user's files: the store's, and over them what guests of this host have
// changed. Global read, local write.
//
// A layer is a folder of the host that guests work in with plain system calls. For each file of the
// store it has a placeholder of the right size and time, whose contents come from the store piece
// by piece when they are first read (LAYER_PIECE bytes each), into the placeholder. A placeholder
// that is to be changed is filled and becomes a local file: from then on the store's is hidden.
// Paths of the store that guests remove or rename away are noted (whiteouts) and stay hidden, also
// after a restart. Nothing goes back to the store.
//
// A layer of kind LAYER_SHARED is the other way round: it has no local files. What is opened for
// writing is a private copy, published to the store as a whole (layer_publish).
//
// A placeholder is marked by the sticky bit of its mode, which guests neither see nor set, so that
// a layer needs no database to survive kill -9. Bytes and entries that are local are counted
// against limits. Thread-safe. Results are errno values, 0 for success.
#ifndef FAASM_STORE_LAYER_H
#define FAASM_STORE_LAYER_H

#include "base/error.h"
#include "store/file_store.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define LAYER_PIECE (1u << 20)

enum layer_kind { LAYER_LOCAL, LAYER_SHARED };

struct layer_config {
    struct file_store *store; // outlives the layer
    const char *user;
    const char *folder;     // what guests see as their root; made where it is not there
    const char *own_folder; // for the layer itself, on the same file system
    enum layer_kind kind;
    uint64_t bytes;   // limit of local contents; 0: none. Of LAYER_SHARED: of the user's files in
                      // the store
    uint64_t entries; // limit of local files, folders and links; 0: none
};

struct layer;

struct layer *layer_open(const struct layer_config *config, struct error *error);
void layer_close(struct layer *layer); // with no file open

enum layer_kind layer_kind_of(const struct layer *layer);
const char *layer_folder(const struct layer *layer);

// What is local now.
void layer_usage(struct layer *layer, uint64_t *bytes, uint64_t *entries);

// Brings the folder up to what the store says. Before every look at a path.
void layer_sync(struct layer *layer);

// ---- Open files ---------------------------------------------------------------------------------

struct layer_file; // what the layer keeps of one open descriptor

enum layer_access {
    LAYER_READ,
    LAYER_WRITE,
    LAYER_TRUNCATE, // for writing, and it is empty from now on: instead of O_TRUNC
};

// Takes note of a regular file that was opened within the folder. EDQUOT where it would become
// local and the user may not have more.
int layer_file_open(struct layer *layer, int fd, enum layer_access access,
                    struct layer_file **file);

// For another descriptor of the same open file.
struct layer_file *layer_file_copy(struct layer_file *file);

// Before `fd` is closed.
void layer_file_close(struct layer_file *file, int fd);

// Whether contents are still to come from the store; layer_fill gets those of a range.
bool layer_incomplete(const struct layer_file *file);
int layer_fill(struct layer_file *file, uint64_t offset, uint64_t length);

// Before so many bytes are written at an offset, or at the descriptor's position: EDQUOT when the
// user may not.
enum { LAYER_POSITION = -1 };
int layer_reserve(struct layer_file *file, int fd, int64_t offset, uint64_t bytes);

// ---- Names --------------------------------------------------------------------------------------

// Names are those of an opened parent folder, trailing slashes allowed.

// Before a file, folder or link is made: counts it, or EDQUOT. One that was not made after all is
// given back.
int layer_take_entry(struct layer *layer);
void layer_return_entry(struct layer *layer);

// Before an entry goes: what the store has of that path is hidden from now on.
int layer_hide(struct layer *layer, int parent, const char *name);

// After an entry is gone; `before` is what it was.
void layer_removed(struct layer *layer, const struct stat *before);

// Before an entry is renamed, linked or given times: what comes from the store of it, or below it,
// becomes local.
int layer_localize(struct layer *layer, int parent, const char *name);

// The same of an open file, which may be open for its path only (O_PATH).
int layer_own(struct layer *layer, int fd);

// ---- Shared files -------------------------------------------------------------------------------

// Opens a private copy of a path for writing: of what is there (ENOENT without `create`), or empty.
// EEXIST with `exclusive`.
int layer_stage(struct layer *layer, int parent, const char *name, int flags, int *fd,
                struct layer_file **file);

// Publishes the copy's contents. Nothing to do for other files.
int layer_publish(struct layer_file *file, int fd);

// The copy is dropped when it is closed, unless it was published.
void layer_discard(struct layer_file *file);

int layer_shared_remove(struct layer *layer, int parent, const char *name);
int layer_shared_rename(struct layer *layer, int from_parent, const char *from, int to_parent,
                        const char *to);

#endif
