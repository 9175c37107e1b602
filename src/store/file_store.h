// The files of users in the store: the global tier of the file system. Every host that has the
// store open sees the same files; hosts keep what guests change locally apart (layer.h).
//
// Names and contents are kept by a driver (file_driver.h): in a folder that several processes of
// one machine may have open, or in a Redis server for hosts that share nothing else. Contents are
// kept under their BLAKE2b digest, once however many names they have. A name changes after its
// contents are there, in one step: who is killed at any point leaves the old file or the new one.
// Contents go with the last name that uses them, and stay readable for who has them open: in a
// folder as long as they are open, in Redis if they are read from at least every ten minutes.
// Thread-safe.
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

// In a folder.
struct file_store *file_store_open(const char *folder, struct error *error);

// With another driver, which is the store's from now on, also where this fails. `temporary`: a
// folder of this host for what is on its way, of this store alone.
struct file_driver;
struct file_store *file_store_new(const struct file_driver *driver, const char *temporary,
                                  struct error *error);
void file_store_close(struct file_store *store);

// The kind of the driver: "folder", "redis"; static.
const char *file_store_kind(const struct file_store *store);

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

// Whether a file has the path, or a path below it. A store that is away is not waited for.
bool file_store_has(struct file_store *store, const char *user, const char *path, bool *has,
                    struct error *error);

// Opens the contents of a file. For one thread at a time.
struct file_contents;
struct file_contents *file_store_contents(struct file_store *store, const struct stored_file *file,
                                          struct error *error);
void file_contents_close(struct file_contents *contents); // NULL is allowed

// Copies a range of them to a descriptor, from `at` on. An errno value: 0 for success, EIO where
// reading failed, otherwise that of writing. Contents that are fetched whole from another machine
// are verified.
int file_contents_copy(struct file_contents *contents, uint64_t offset, uint64_t length, int to,
                       uint64_t at, struct error *error);

// A descriptor that has a range of them from `*at` on, be it a copy; -1 on failure.
int file_contents_descriptor(struct file_contents *contents, uint64_t offset, uint64_t length,
                             uint64_t *at, struct error *error);

// Visits the user's files whose path begins with `prefix`, in the order of their bytes.
bool file_store_list(struct file_store *store, const char *user, const char *prefix,
                     bool (*visit)(void *context, const struct stored_file *file), void *context,
                     struct error *error);

// The number of the user's last change; it only grows. 0: none, or it is not known because the
// store is away, which is not waited for.
uint64_t file_store_sequence(struct file_store *store, const char *user);

// Visits all files that changed after `sequence`, those that were removed since included, in the
// order in which they did.
bool file_store_changes(struct file_store *store, const char *user, uint64_t sequence,
                        bool (*visit)(void *context, const struct stored_file *file), void *context,
                        struct error *error);

#endif
