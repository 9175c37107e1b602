// The open files of a call: what the guest's descriptors stand for.
//
// Made when a call first uses a descriptor: 0, 1, 2 as the call's environment says, then its
// folders from 3 on and its sockets; so these numbers are the same in every call of a function. All
// that a call opened is closed when it ends (CALL_SLOT_FILES). Guest threads use it one at a time
// (faaslet/exclusive.h); a system call that may block comes between files_begin_wait and its end.
#ifndef FAASM_HOST_FILES_H
#define FAASM_HOST_FILES_H

#include "base/object.h"
#include "runtime/call.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { FILES_MAX = 1024 }; // descriptors of one call

enum file_kind {
    FILE_FREE,
    FILE_OPEN,     // `fd` is ours: a regular file
    FILE_FOLDER,   // `fd` is ours: a folder; -1 while a preopened one has not been used yet
    FILE_SOCKET,   // `fd` is ours: a socket
    FILE_STANDARD, // `fd` belongs to the environment: passed through, never closed, never changed
    FILE_LOG,      // writes go to the call's log
    FILE_EMPTY,    // reads are at the end, writes vanish
};

struct file {
    int fd;
    uint8_t kind;                     // enum file_kind
    uint16_t flags;                   // WASI_FDFLAG_*
    uint64_t rights;                  // WASI_RIGHT_*: base
    uint64_t rights_inheriting;       // of what is opened in this folder
    dev_t device;                     // of the preopened folder that this lies in
    const struct call_folder *folder; // of a preopened folder, otherwise NULL
    struct layer *layer;              // that a folder lies in, or NULL
    struct layer_file *layered;       // of a regular file in one, or NULL
};

struct files {
    struct call *call;
    struct file *table;
    uint32_t capacity;
    uint32_t lowest_free; // no free number is below
    struct file shared;   // the root of "faasm://"; FILE_FREE where the call has none
};

// Registers the call slot.
void files_start(void);

// The files of the running call, made where there are none yet. Ends the call with a trap when
// memory is out.
struct files *files_make(struct object_instance *instance);

static inline struct files *files_of(struct object_instance *instance) {
    struct files *files = call_of(instance)->slots[CALL_SLOT_FILES];
    return files != NULL ? files : files_make(instance);
}

// The file of a descriptor, or NULL (EBADF). Valid until the next files_add.
static inline struct file *files_get(struct files *files, uint32_t number) {
    if (number >= files->capacity || files->table[number].kind == FILE_FREE) {
        return NULL;
    }
    return &files->table[number];
}

// Gives the lowest free number to a copy of `file`. A WASI error: EMFILE at FILES_MAX, ENOMEM. The
// caller keeps `file->fd` on failure.
uint32_t files_add(struct files *files, const struct file *file, uint32_t *number);

// Closes a descriptor; EBADF where there is none.
uint32_t files_close(struct files *files, uint32_t number);

// Moves `from` to `to`, which must be open and is closed.
uint32_t files_renumber(struct files *files, uint32_t from, uint32_t to);

// The folder that a path means which begins with "faasm://" (after a folder's name, too), and the
// path within it; they stay as they are for other paths, and where the call has no shared files.
uint32_t files_resolve_shared(struct files *files, struct file **folder, char *path);

// Gives another number, the lowest free one from `minimum` on, to the same open file: position and
// flags are shared. EBADF, EMFILE, EINVAL for a minimum of FILES_MAX or more.
uint32_t files_copy(struct files *files, uint32_t number, uint32_t minimum, uint32_t *copy);

// The same with a certain number; what is open there is closed. Of `number` itself: nothing to do.
uint32_t files_copy_to(struct files *files, uint32_t number, uint32_t target);

// Finds a file that has the rights. Otherwise a WASI error: EBADF, ENOTCAPABLE.
uint32_t files_require(struct files *files, uint32_t number, uint64_t rights, struct file **file);

// As files_require for folders (ENOTDIR for others); opens preopened ones: `fd` is then usable.
uint32_t files_require_folder(struct files *files, uint32_t number, uint64_t rights,
                              struct file **file);

// What a system call that may block is to use of a file: where the call has threads others may
// close its descriptor meanwhile, whose number somebody else then gets.
struct files_wait {
    int fd;
    bool copied; // to be closed
    bool lent;   // others go on
};
// False with errno where there are too many descriptors.
bool files_begin_wait(struct object_instance *instance, const struct file *file,
                      struct files_wait *wait);
void files_end_wait(struct files_wait *wait); // leaves errno as it is

// Whether a NONBLOCK that the guest set on a descriptor of the environment keeps it from reading or
// writing now. It is ours to keep: the open file belongs to others too.
bool files_would_block(const struct file *file, bool reading);

#endif
