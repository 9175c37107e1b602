// The files of a store's folder: its lock, blobs, compiled objects and temporary files.
#ifndef FAASM_STORE_FOLDER_H
#define FAASM_STORE_FOLDER_H

#include "base/buffer.h"
#include "base/error.h"

#include <limits.h>
#include <stdbool.h>

enum { FOLDER_BLOBS, FOLDER_OBJECTS, FOLDER_TEMPORARY, FOLDER_COUNT };

// Makes the folder and those within it, and takes its lock. Returns the lock's descriptor, to be
// closed by the caller; -1 where it failed, with ERROR_BUSY when another process has it.
int folder_open(const char *folder, struct error *error);

// Removes what a process that was killed left behind: everything in the temporary folder, files of
// half-written blobs and objects, and those of digests that `known` does not know. What does not
// look like ours stays. For a folder whose lock is held and that nobody uses yet.
void folder_sweep(const char *folder, bool (*known)(void *context, const char *digest),
                  void *context);

// Removes the blob and the objects of one digest.
void folder_drop_digest(const char *folder, const char *digest);

// "<folder>/<kind>/ab/abcd…<suffix>"; makes the folder "ab".
bool folder_digest_path(const char *folder, int kind, const char *digest, const char *suffix,
                        char path[PATH_MAX], struct error *error);

// Writes the bytes to a new file of the temporary folder and gives its path.
bool folder_write_temporary(const char *folder, struct bytes contents, char path[PATH_MAX],
                            struct error *error);

bool folder_digest_valid(const char *digest);

#endif
