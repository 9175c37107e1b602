// The files of users in the store: the global tier of the file system. Every host that has the
// store open sees the same files; hosts keep what guests change locally apart (layer.h).
//
// A folder, which several processes may have open at a time:
//   files.mdb            names, in LMDB: user and path -> digest, size, time
//   contents/ab/abcd…    contents, named by their digest
//   temporary/           contents on their way
//   lock                 held while names change
// A name is written after its contents; contents go with the last name that uses them, and stay
// readable for who has them open. Survives kill -9 at any point. Thread-safe.
//
// Paths are relative and plain: no empty, "." or ".." names, no NUL, names of 1 to 255 bytes, 320
// bytes in all. There are no folders but those that paths imply: where "a" is a file, "a/b" is
// refused with ERROR_CONFLICT, and the other way round.
#ifndef FAASM_STORE_FILE_STORE_H
#define FAASM_STORE_FILE_STORE_H

#include "base/buffer.h"
#include "base/error.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

enum { FILE_STORE_PATH_MAX = 320 };

struct file_store;

struct stored_file {
    char path[FILE_STORE_PATH_MAX + 1];
    char digest[STORE_DIGEST_LENGTH + 1];
    uint64_t size;
    uint64_t modified; // clock_realtime()
    uint64_t sequence; // of the user's change that made it so
    bool removed;      // seen by file_store_changes only
};

struct file_store *file_store_open(const char *folder, struct error *error);
void file_store_close(struct file_store *store);

// The folder, as an absolute path.
const char *file_store_folder(const struct file_store *store);

bool file_store_path_valid(const char *path);

// Publishes contents under a path; readers see the old file or the new one, whole. `limit` is how
// many bytes all files of the user may have (0: any): ERROR_TOO_LARGE past it. `file` may be NULL.
bool file_store_put(struct file_store *store, const char *user, const char *path,
                    struct bytes contents, uint64_t limit, struct stored_file *file,
                    struct error *error);

// The same with the contents of an open regular file, whose position is not used.
bool file_store_put_open(struct file_store *store, const char *user, const char *path, int fd,
                         uint64_t limit, struct stored_file *file, struct error *error);

// The same piece by piece. For one thread at a time; nobody sees anything of it before it is
// published. ERROR_TOO_LARGE as soon as it cannot fit the limit.
struct file_store_upload;
struct file_store_upload *file_store_upload_new(struct file_store *store, const char *user,
                                                const char *path, uint64_t limit,
                                                struct error *error);
bool file_store_upload_append(struct file_store_upload *upload, struct bytes bytes,
                              struct error *error);
bool file_store_upload_publish(struct file_store_upload *upload, struct stored_file *file,
                               struct error *error);
void file_store_upload_delete(struct file_store_upload *upload); // what was not published goes

// ERROR_NOT_FOUND where there is none.
bool file_store_get(struct file_store *store, const char *user, const char *path,
                    struct stored_file *file, struct error *error);
bool file_store_remove(struct file_store *store, const char *user, const char *path,
                       struct error *error);

// Moves a file over another or to a new path, in one step.
bool file_store_rename(struct file_store *store, const char *user, const char *from, const char *to,
                       struct error *error);

// Whether a file has the path, or a path below it.
bool file_store_has(struct file_store *store, const char *user, const char *path);

// A descriptor to read contents from, any range of them; -1 on failure.
int file_store_contents(struct file_store *store, const char *digest, struct error *error);

// Visits the user's files whose path begins with `prefix`, in the order of their bytes.
bool file_store_list(struct file_store *store, const char *user, const char *prefix,
                     bool (*visit)(void *context, const struct stored_file *file), void *context,
                     struct error *error);

// The number of the user's last change; it only grows. 0: none.
uint64_t file_store_sequence(struct file_store *store, const char *user);

// Visits all files that changed after `sequence`, those that were removed since included.
bool file_store_changes(struct file_store *store, const char *user, uint64_t sequence,
                        bool (*visit)(void *context, const struct stored_file *file), void *context,
                        struct error *error);

#endif
