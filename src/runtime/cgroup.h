// Groups of threads that share the processor by weight: one child group for each user in a folder
// of the cgroup2 file system, as docs.kernel.org/admin-guide/cgroup-v2.html has it (threaded
// groups, controller cpu). Moving a thread costs some microseconds, now and then a hundred: callers
// keep it off the path of a call (shares.h).
//
// Not thread-safe but for cgroups_facts.
#ifndef FAASM_RUNTIME_CGROUP_H
#define FAASM_RUNTIME_CGROUP_H

#include "base/error.h"
#include "store/store.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    CGROUP_WEIGHT_DEFAULT = 100,
    CGROUP_WEIGHT_MAX = 10000,
    CGROUPS_MAX = 256, // groups of users at a time; empty ones make room
};

struct cgroup_weight {
    char user[STORE_NAME_MAX + 1];
    uint32_t weight; // 1 to CGROUP_WEIGHT_MAX
};

struct cgroups;
struct cgroup; // of one user

// The cgroup v2 folder that this process is in. ERROR_UNAVAILABLE with the reason where there is
// none, and where it is the root of all.
bool cgroups_find(char folder[PATH_MAX], struct error *error);

// Whether groups of users can be made in the folder, which is made where it is missing:
// ERROR_UNAVAILABLE with the reason where it is no cgroup2, where its controller cpu is not to be
// had (a hierarchy of version 1 has it), or where it must not be written.
bool cgroups_check(const char *folder, struct error *error);

// Takes the folder, and this process into it. `weights` (copied) are of users that do not have
// CGROUP_WEIGHT_DEFAULT. Groups that an earlier process left are removed.
struct cgroups *cgroups_open(const char *folder, const struct cgroup_weight *weights, size_t count,
                             struct error *error);
void cgroups_close(struct cgroups *groups); // NULL is allowed; removes the groups that are empty

const char *cgroups_folder(const struct cgroups *groups);
uint32_t cgroups_weight(const struct cgroups *groups, const char *user);

// The user's group, made where it is missing. Valid until the next call of this function; kept
// longer where cgroup_move put a thread there.
struct cgroup *cgroups_of(struct cgroups *groups, const char *user, struct error *error);

// Moves a thread of this process to the group; `from` is the one that this function put it in
// before, or NULL.
bool cgroup_move(struct cgroup *to, struct cgroup *from, pid_t thread, struct error *error);

// The thread has ended.
void cgroup_forget(struct cgroup *from);

// "ada=300 bob=50": weights of users. The caller frees `*weights`, NULL where there are none.
// ERROR_ARGUMENT.
bool cgroups_parse(const char *text, struct cgroup_weight **weights, size_t *count,
                   struct error *error);

struct cgroups_facts {
    uint64_t groups; // of users, now
    uint64_t moves;  // of threads, since the start
};
void cgroups_facts(const struct cgroups *groups, struct cgroups_facts *facts);

#endif
