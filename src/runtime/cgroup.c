#include "runtime/cgroup.h"

#include "base/file.h"
#include "base/log.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>
#include <uthash.h>

static const char prefix[] = "user-";

enum { GROUP_NAME_MAX = sizeof prefix + STORE_NAME_MAX };

struct cgroup {
    struct cgroups *groups;
    int threads_file; // cgroup.threads
    uint32_t threads; // that cgroup_move put there
    UT_hash_handle hash;
    char user[STORE_NAME_MAX + 1];
};

struct cgroups {
    int folder;
    struct cgroup *users; // hash by name, the oldest first
    struct cgroup_weight *weights;
    size_t weight_count;
    _Atomic uint64_t count, moves;
    char path[PATH_MAX];
};

// ---- Files --------------------------------------------------------------------------------------

static bool write_text(int folder, const char *name, const char *text, struct error *error) {
    int fd = openat(folder, name, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return error_set_errno(error, errno, "%s", name);
    }
    size_t length = strlen(text);
    ssize_t written = write(fd, text, length);
    int number = errno;
    close(fd);
    return written == (ssize_t)length || error_set_errno(error, number, "%s", name);
}

// Whether a word is in a file of words.
static bool has_word(int folder, const char *name, const char *word, struct error *error) {
    char text[1024];
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    int number = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (length < 0) {
        return error_set_errno(error, number, "%s", name);
    }
    text[length] = '\0';
    char *rest = text;
    for (char *found; (found = strsep(&rest, " \n")) != NULL;) {
        if (strcmp(found, word) == 0) {
            return true;
        }
    }
    return error_set(error, ERROR_UNAVAILABLE,
                     "%s has no controller %s: it may be in a hierarchy of version 1", name, word);
}

// ---- Where groups can be ------------------------------------------------------------------------

static bool is_cgroup2(const char *path) {
    struct statfs facts;
    return statfs(path, &facts) == 0 && facts.f_type == CGROUP2_SUPER_MAGIC;
}

bool cgroups_find(char folder[PATH_MAX], struct error *error) {
    static const char *const mounts[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    const char *mount = is_cgroup2(mounts[0])   ? mounts[0]
                        : is_cgroup2(mounts[1]) ? mounts[1]
                                                : NULL;
    if (mount == NULL) {
        return error_set(error, ERROR_UNAVAILABLE, "no cgroup2 is mounted at %s", mounts[0]);
    }
    char line[PATH_MAX], own[PATH_MAX] = "";
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "0::/", 4) == 0) {
            snprintf(own, sizeof own, "%s", line + 4);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    if (own[0] == '\0') {
        return error_set(error, ERROR_UNAVAILABLE,
                         "this process is in the root of %s: name a group with --cgroup", mount);
    }
    int length = snprintf(folder, PATH_MAX, "%s/%s", mount, own);
    return length < PATH_MAX || error_set(error, ERROR_UNAVAILABLE, "path too long: %.100s", own);
}

static bool check_open(int fd, const char *folder, struct error *error) {
    if (!has_word(fd, "cgroup.controllers", "cpu", error)) {
        return error_prefix(error, "%s", folder);
    }
    static const char *const files[] = {"cgroup.procs", "cgroup.threads", "cgroup.subtree_control"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (faccessat(fd, files[i], W_OK, AT_EACCESS) != 0) {
            return error_set(error, ERROR_UNAVAILABLE, "%s/%s: %s", folder, files[i],
                             strerror(errno));
        }
    }
    return faccessat(fd, ".", W_OK, AT_EACCESS) == 0 ||
           error_set(error, ERROR_UNAVAILABLE, "%s: %s", folder, strerror(errno));
}

static bool check_folder(const char *folder, struct error *error) {
    if (!is_cgroup2(folder)) {
        return error_set(error, ERROR_UNAVAILABLE, "%s is not in a cgroup2 file system", folder);
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return error_set(error, ERROR_UNAVAILABLE, "%s: %s", folder, strerror(errno));
    }
    bool can = check_open(fd, folder, error);
    close(fd);
    if (!can && error != NULL) {
        error->code = ERROR_UNAVAILABLE;
    }
    return can;
}

bool cgroups_check(const char *folder, struct error *error) {
    bool made = mkdir(folder, 0755) == 0;
    if (!made && errno != EEXIST) {
        return error_set(error, ERROR_UNAVAILABLE, "%s: %s", folder, strerror(errno));
    }
    bool can = check_folder(folder, error);
    if (!can && made) {
        rmdir(folder);
    }
    return can;
}

// ---- The folder ---------------------------------------------------------------------------------

// What an earlier process left; a group with threads stays.
static void remove_left(const struct cgroups *groups) {
    DIR *folder = opendir(groups->path);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0) {
            unlinkat(groups->folder, entry->d_name, AT_REMOVEDIR);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}

static bool take_folder(struct cgroups *groups, struct error *error) {
    char own[16];
    snprintf(own, sizeof own, "%d", (int)getpid());
    groups->folder = open(groups->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (groups->folder < 0) {
        return error_set_errno(error, errno, "%s", groups->path);
    }
    if (!write_text(groups->folder, "cgroup.procs", own, error) ||
        !write_text(groups->folder, "cgroup.subtree_control", "+cpu", error)) {
        return error_prefix(error, "%s", groups->path);
    }
    remove_left(groups);
    return true;
}

struct cgroups *cgroups_open(const char *folder, const struct cgroup_weight *weights, size_t count,
                             struct error *error) {
    struct cgroups *groups = calloc(1, sizeof *groups);
    struct cgroup_weight *copy = calloc(count + 1, sizeof *copy);
    if (groups == NULL || copy == NULL) {
        free(copy);
        free(groups);
        error_set(error, ERROR_MEMORY, "groups of users");
        return NULL;
    }
    groups->folder = -1;
    groups->weights = copy;
    groups->weight_count = count;
    if (count > 0) {
        memcpy(copy, weights, count * sizeof *copy);
    }
    snprintf(groups->path, sizeof groups->path, "%s", folder);
    if (!take_folder(groups, error)) {
        cgroups_close(groups);
        return NULL;
    }
    return groups;
}

static void format_name(char name[GROUP_NAME_MAX], const char *user) {
    snprintf(name, GROUP_NAME_MAX, "%s%.*s", prefix, STORE_NAME_MAX, user);
}

static void drop(struct cgroups *groups, struct cgroup *group) {
    char name[GROUP_NAME_MAX];
    format_name(name, group->user);
    // Threads that ended a moment ago can still be in it: then the next start removes it.
    unlinkat(groups->folder, name, AT_REMOVEDIR);
    HASH_DELETE(hash, groups->users, group);
    close(group->threads_file);
    free(group);
    atomic_fetch_sub(&groups->count, 1);
}

void cgroups_close(struct cgroups *groups) {
    if (groups == NULL) {
        return;
    }
    struct cgroup *group, *next;
    HASH_ITER(hash, groups->users, group, next) {
        // The analyser loses track of the list that uthash keeps.
        // cppcheck-suppress uninitvar ; HASH_ITER sets it
        drop(groups, group); // NOLINT(clang-analyzer-unix.Malloc)
    }
    if (groups->folder >= 0) {
        close(groups->folder);
    }
    free(groups->weights);
    free(groups);
}

const char *cgroups_folder(const struct cgroups *groups) {
    return groups->path;
}

uint32_t cgroups_weight(const struct cgroups *groups, const char *user) {
    for (size_t i = 0; i < groups->weight_count; i++) {
        if (strcmp(groups->weights[i].user, user) == 0) {
            return groups->weights[i].weight;
        }
    }
    return CGROUP_WEIGHT_DEFAULT;
}

// ---- Groups -------------------------------------------------------------------------------------

static bool set_up(const struct cgroups *groups, int folder, const char *user, int *threads_file,
                   struct error *error) {
    char weight[16];
    snprintf(weight, sizeof weight, "%u", cgroups_weight(groups, user));
    if (!write_text(folder, "cgroup.type", "threaded", error) ||
        !write_text(folder, "cpu.weight", weight, error)) {
        return false;
    }
    *threads_file = openat(folder, "cgroup.threads", O_WRONLY | O_CLOEXEC);
    return *threads_file >= 0 || error_set_errno(error, errno, "cgroup.threads");
}

static bool make_folder(const struct cgroups *groups, const char *user, int *threads_file,
                        struct error *error) {
    char name[GROUP_NAME_MAX];
    format_name(name, user);
    if (mkdirat(groups->folder, name, 0755) != 0 && errno != EEXIST) {
        return error_set_errno(error, errno, "%s/%s", groups->path, name);
    }
    int folder = openat(groups->folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return error_set_errno(error, errno, "%s/%s", groups->path, name);
    }
    bool done = set_up(groups, folder, user, threads_file, error);
    close(folder);
    if (!done) {
        unlinkat(groups->folder, name, AT_REMOVEDIR);
        return error_prefix(error, "%s/%s", groups->path, name);
    }
    return true;
}

static bool make_room(struct cgroups *groups, struct error *error) {
    if (HASH_CNT(hash, groups->users) < CGROUPS_MAX) {
        return true;
    }
    struct cgroup *group, *next;
    HASH_ITER(hash, groups->users, group, next) {
        // cppcheck-suppress uninitvar ; HASH_ITER sets it
        if (group->threads == 0) {
            drop(groups, group);
            return true;
        }
    }
    return error_set(error, ERROR_BUSY, "%d groups of users have threads", CGROUPS_MAX);
}

struct cgroup *cgroups_of(struct cgroups *groups, const char *user, struct error *error) {
    struct cgroup *group;
    HASH_FIND(hash, groups->users, user, strlen(user), group);
    if (group != NULL || !make_room(groups, error)) {
        return group;
    }
    group = calloc(1, sizeof *group);
    if (group == NULL) {
        error_set(error, ERROR_MEMORY, "group of user %s", user);
        return NULL;
    }
    group->groups = groups;
    snprintf(group->user, sizeof group->user, "%s", user);
    if (!make_folder(groups, user, &group->threads_file, error)) {
        free(group);
        return NULL;
    }
    HASH_ADD_KEYPTR(hash, groups->users, group->user, strlen(group->user), group);
    atomic_fetch_add(&groups->count, 1);
    return group;
}

bool cgroup_move(struct cgroup *to, struct cgroup *from, pid_t thread, struct error *error) {
    char text[16];
    int length = snprintf(text, sizeof text, "%d", (int)thread);
    if (write(to->threads_file, text, (size_t)length) != length) {
        return error_set_errno(error, errno, "thread %d to the group of %s", (int)thread, to->user);
    }
    to->threads++;
    cgroup_forget(from);
    atomic_fetch_add(&to->groups->moves, 1);
    return true;
}

void cgroup_forget(struct cgroup *from) {
    if (from != NULL) {
        from->threads--;
    }
}

void cgroups_facts(const struct cgroups *groups, struct cgroups_facts *facts) {
    *facts = (struct cgroups_facts){atomic_load(&groups->count), atomic_load(&groups->moves)};
}

// ---- Weights ------------------------------------------------------------------------------------

static bool parse_weight(const char *word, struct cgroup_weight *weight, struct error *error) {
    const char *equals = strchr(word, '=');
    size_t length = equals != NULL ? (size_t)(equals - word) : 0;
    char *end = NULL;
    unsigned long value = equals != NULL ? strtoul(equals + 1, &end, 10) : 0;
    if (length > 0 && length <= STORE_NAME_MAX) {
        memcpy(weight->user, word, length);
        weight->user[length] = '\0';
    }
    if (end == NULL || *end != '\0' || !isdigit((unsigned char)equals[1]) || value < 1 ||
        value > CGROUP_WEIGHT_MAX || !store_name_valid(weight->user)) {
        return error_set(error, ERROR_ARGUMENT,
                         "'%.100s' is not user=weight, a weight from 1 to %d", word,
                         CGROUP_WEIGHT_MAX);
    }
    weight->weight = (uint32_t)value;
    return true;
}

bool cgroups_parse(const char *text, struct cgroup_weight **weights, size_t *count,
                   struct error *error) {
    char *copy = strdup(text), *rest = copy;
    *weights = calloc(strlen(text) / 2 + 1, sizeof **weights);
    *count = 0;
    bool done = true;
    if (copy == NULL || *weights == NULL) {
        done = error_set(error, ERROR_MEMORY, "weights");
        rest = NULL;
    }
    while (done && rest != NULL) {
        const char *word = strsep(&rest, " \t,");
        if (*word != '\0') {
            done = parse_weight(word, &(*weights)[*count], error);
            *count += done;
        }
    }
    free(copy);
    if (!done || *count == 0) {
        free(*weights);
        *weights = NULL;
        *count = 0;
    }
    return done;
}
