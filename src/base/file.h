// Whole files: read, and written so that a crash leaves the old or the new one.
#ifndef FAASM_BASE_FILE_H
#define FAASM_BASE_FILE_H

#include "base/buffer.h"
#include "base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

// Reads a regular file (or a pipe to its end) of at most `limit` bytes into `contents`, which is
// replaced. "-" is standard input. ERROR_TOO_LARGE past the limit.
bool file_read(const char *path, size_t limit, struct buffer *contents, struct error *error);

// Writes `path` through a temporary file in the same folder: write, fsync, rename, fsync of the
// folder. `mode` as for open(2).
bool file_write_atomic(const char *path, struct bytes contents, unsigned mode, struct error *error);

// Writes the bytes to a new file of the folder, whose name ends with `suffix`, and gives its path.
// Not synced; nothing is left of it where that failed.
bool file_write_temporary(const char *folder, const char *suffix, struct bytes contents,
                          char path[PATH_MAX], struct error *error);

// Writes all bytes to a descriptor, going on after EINTR and short writes.
bool file_write_all(int fd, struct bytes contents, struct error *error);

// mkdir -p with mode 0700 for what is made.
bool file_make_folders(const char *path, struct error *error);

// The path of the folder that the running program is in (through /proc/self/exe); malloc'd.
char *file_program_folder(struct error *error);

#endif
