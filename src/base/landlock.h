// Fences of files and ports by Landlock (docs.kernel.org/userspace-api/landlock.html): what is not
// allowed to a process from here on is refused to it and to all that it starts. Before there are
// other threads. Needs no_new_privs.
//
//   struct landlock fence;
//   landlock_begin(&fence, &error) && landlock_allow(&fence, "/usr", LANDLOCK_READ, &error) && …
//   landlock_enforce(&fence, &error);
//   landlock_end(&fence);
//
// Where the kernel has no Landlock all of them succeed and do nothing.
#ifndef FAASM_BASE_LANDLOCK_H
#define FAASM_BASE_LANDLOCK_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

// What may be done at and below a path.
enum landlock_access {
    LANDLOCK_READ = 1 << 0, // files and folders
    LANDLOCK_WRITE = 1 << 1,
    LANDLOCK_EXECUTE = 1 << 2,
    LANDLOCK_MAKE = 1 << 3, // files, and to rename and remove them
    LANDLOCK_MAKE_FOLDERS = 1 << 4,
    LANDLOCK_ALL_BUT_EXECUTE = 1 << 5, // everything there is, special files too
};

struct landlock {
    int ruleset; // -1: the kernel has no Landlock
    long version;
};

bool landlock_begin(struct landlock *fence, struct error *error);
static inline bool landlock_there(const struct landlock *fence) {
    return fence->ruleset >= 0;
}

// A path that does not exist needs no rule: no error. `access`: enum landlock_access, or-ed.
bool landlock_allow(struct landlock *fence, const char *path, unsigned access, struct error *error);

// Listening on a TCP port, where the kernel tells them apart.
bool landlock_allow_port(struct landlock *fence, uint16_t port, struct error *error);

// Connecting to one.
bool landlock_allow_connect(struct landlock *fence, uint16_t port, struct error *error);

bool landlock_enforce(struct landlock *fence, struct error *error);
void landlock_end(struct landlock *fence);

#endif
