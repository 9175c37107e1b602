// Inside of the room: a layer and what it knows of inodes.
#ifndef FAASM_STORE_LAYER_PRIVATE_H
#define FAASM_STORE_LAYER_PRIVATE_H

#include "store/layer.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <uthash.h>

enum { LAYER_MARK = S_ISVTX, LAYER_MODE = 0600 };

// An inode of the folder: every placeholder, and what is open.
struct layer_inode {
    uint64_t number;
    uint32_t opens;
    bool removed;     // has no name any more: its bytes are free when it is closed
    bool placeholder; // contents are the store's
    uint64_t charged; // bytes that are counted

    // Of placeholders, as they were made.
    struct stored_file stored;
    bool listed;                    // in by_path
    struct file_contents *contents; // to read from, or NULL
    int cache;                      // the placeholder, for writing; -1
    uint8_t *there;                 // by piece
    _Atomic uint64_t missing;

    UT_hash_handle hh;   // by number
    UT_hash_handle path; // by stored.path
};

struct layer_whiteout {
    char path[FILE_STORE_PATH_MAX + 1];
    UT_hash_handle hh;
};

struct layer {
    struct layer_config config; // strings are owned
    char folder[PATH_MAX / 2];  // as an absolute path
    char own_folder[PATH_MAX / 2];
    int root;
    int whiteout_file; // appended to
    _Atomic uint64_t synced;

    pthread_mutex_t mutex; // guards what follows
    struct layer_inode *inodes, *by_path;
    struct layer_whiteout *whiteouts;
    uint64_t bytes, reserved, entries;
};

struct layer_file {
    struct layer *layer;
    struct layer_inode *inode;
    uint64_t granted; // reserved for it in the layer, and of that
    uint64_t credit;  // what may still be written without asking again
    char *staged;     // the path to publish under, or NULL
};

// With the mutex held, all of these.
struct layer_inode *layer_find_inode(struct layer *layer, uint64_t number);
struct layer_inode *layer_add_inode(struct layer *layer, uint64_t number);
void layer_drop_inode(struct layer *layer, struct layer_inode *inode); // if nobody needs it
void layer_unlist(struct layer *layer, struct layer_inode *inode);     // from by_path
int layer_fill_inode(struct layer_inode *inode, uint64_t offset, uint64_t length);
int layer_open_contents(struct layer *layer, struct layer_inode *inode, int fd);
int layer_make_local(struct layer *layer, struct layer_inode *inode, bool empty);
bool layer_has_room(const struct layer *layer, uint64_t bytes);
bool layer_has_entry(const struct layer *layer); // whether there may be one more

// The path of a name below the layer's folder. ENOENT where it has none.
int layer_path_of(const struct layer *layer, int parent, const char *name, char path[PATH_MAX]);

// Whether the path, or a folder above it, is hidden. With the mutex held.
bool layer_hidden(struct layer *layer, const char *path);
bool layer_load_whiteouts(struct layer *layer, struct error *error);
void layer_free_whiteouts(struct layer *layer);

#endif
