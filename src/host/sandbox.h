// Paths of guests: resolved by the kernel, and never outside of the folder they start from.
//
// Every step goes through openat2(2) with RESOLVE_BENEATH (no "..", absolute path or symbolic link
// leads out) and RESOLVE_NO_MAGICLINKS (no /proc/self/fd and the like), so that no rename while a
// path is walked opens a way out. What changes a folder's entries works on the opened parent folder
// and the last name of the path, with calls that do not follow a link of that name.
#ifndef FAASM_HOST_SANDBOX_H
#define FAASM_HOST_SANDBOX_H

#include "base/object.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

// All results are WASI error numbers; EPERM for a path that leads out.

// Copies a guest path, NUL-terminated. EFAULT, ENAMETOOLONG, ENOENT for an empty one, EILSEQ for a
// NUL inside, EPERM for an absolute one.
uint32_t sandbox_read_path(struct object_instance *instance, uint32_t address, uint32_t length,
                           char path[PATH_MAX]);

// Opens `path` under `folder` with flags and mode as of open(2), O_CLOEXEC added.
uint32_t sandbox_open(int folder, const char *path, int flags, mode_t mode, int *fd);

// The parent folder of a path and its last name, which is a pointer into the path, trailing slashes
// included. `fd` is `folder` itself where the path has one name only.
struct sandbox_parent {
    int fd;
    bool owned;
    const char *name;
};
uint32_t sandbox_open_parent(int folder, const char *path, struct sandbox_parent *parent);
void sandbox_close_parent(struct sandbox_parent *parent);

// Whether a path is one plain name: no slash, not "." or "..". Calls that do not follow links can
// then use it in the folder itself.
bool sandbox_is_name(const char *path);

// stat of what a path names, or of the link itself.
uint32_t sandbox_stat(int folder, const char *path, bool follow, struct stat *status);

#endif
