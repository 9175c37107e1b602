#include "server/confine_files.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// What newer kernels have beyond the headers of Debian 12. A ruleset's attributes only grow at
// their end, and the kernel takes the size that it is told.
struct ruleset {
    uint64_t files, network, scopes;
};
struct port_rule {
    uint64_t access, port;
};
enum {
    FILE_TRUNCATE = 1 << 14,     // version 3
    FILE_IOCTL_DEVICE = 1 << 15, // version 5
    NETWORK_BIND = 1 << 0,       // version 4
    NETWORK_CONNECT = 1 << 1,
    RULE_PORT = 2,
    SCOPE_ABSTRACT_SOCKET = 1 << 0, // version 6
    SCOPE_SIGNAL = 1 << 1,

    VERSION_REFER = 2,
    VERSION_TRUNCATE = 3,
    VERSION_NETWORK = 4,
    VERSION_IOCTL = 5,
    VERSION_SCOPES = 6,
};

enum {
    READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    EXECUTE = LANDLOCK_ACCESS_FS_EXECUTE,
    GROUPS = READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
             LANDLOCK_ACCESS_FS_REMOVE_DIR,
    // All of the first version: rights 0 to 12.
    EVERYTHING = (1 << 13) - 1,
    ONLY_FILES = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                 LANDLOCK_ACCESS_FS_READ_FILE | FILE_TRUNCATE | FILE_IOCTL_DEVICE,
};

static const struct {
    const char *path;
    uint64_t access;
} places[] = {
    // Programs and libraries: the compiler, the linker, what they load.
    {"/usr", READ | EXECUTE},
    {"/lib", READ | EXECUTE},
    {"/lib64", READ | EXECUTE},
    {"/bin", READ | EXECUTE},
    {"/etc", READ},
    // Facts about the process and the machine.
    {"/proc", READ},
    {"/sys/devices/system", READ},
    {"/sys/fs/cgroup", READ},
    {"/sys/kernel/mm", READ},
    {"/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE},
    {"/dev/zero", LANDLOCK_ACCESS_FS_READ_FILE},
    {"/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE},
    {"/dev/random", LANDLOCK_ACCESS_FS_READ_FILE},
};

static struct ruleset rights_of(long version) {
    struct ruleset handled = {.files = EVERYTHING};
    handled.files |= version >= VERSION_REFER ? (uint64_t)LANDLOCK_ACCESS_FS_REFER : 0;
    handled.files |= version >= VERSION_TRUNCATE ? (uint64_t)FILE_TRUNCATE : 0;
    handled.files |= version >= VERSION_IOCTL ? (uint64_t)FILE_IOCTL_DEVICE : 0;
    handled.network = version >= VERSION_NETWORK ? NETWORK_BIND | NETWORK_CONNECT : 0;
    handled.scopes = version >= VERSION_SCOPES ? SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL : 0;
    return handled;
}

static size_t ruleset_size(long version) {
    return version >= VERSION_SCOPES    ? sizeof(struct ruleset)
           : version >= VERSION_NETWORK ? offsetof(struct ruleset, scopes)
                                        : offsetof(struct ruleset, network);
}

// A place that does not exist needs no rule.
static bool allow_path(int ruleset, const char *path, uint64_t access, struct error *error) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES ||
               error_set_errno(error, errno, "%s", path);
    }
    struct stat facts;
    bool folder = fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode);
    const struct landlock_path_beneath_attr rule = {
        .allowed_access = folder ? access : access & ONLY_FILES, .parent_fd = fd};
    bool done =
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ||
        error_set_errno(error, errno, "landlock: %s", path);
    close(fd);
    return done;
}

static bool allow_folder_of(int ruleset, const char *program, struct error *error) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", program);
    return allow_path(ruleset, dirname(path), READ | EXECUTE, error);
}

static bool allow_programs(int ruleset, const struct confine_config *config, struct error *error) {
    char *own = file_program_folder(error);
    bool done = own != NULL && allow_path(ruleset, own, READ | EXECUTE, error) &&
                (config->program == NULL || allow_folder_of(ruleset, config->program, error));
    free(own);
    return done;
}

static bool allow_port(int ruleset, uint16_t port, struct error *error) {
    const struct port_rule rule = {NETWORK_BIND, port};
    return syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule, 0) == 0 ||
           error_set_errno(error, errno, "landlock: port %u", port);
}

static bool allow_all(int ruleset, const struct ruleset *handled,
                      const struct confine_config *config, struct error *error) {
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (!allow_path(ruleset, places[i].path, places[i].access, error)) {
            return false;
        }
    }
    // What functions and users store there is never executed as a program.
    uint64_t all = handled->files & ~(uint64_t)EXECUTE;
    return allow_programs(ruleset, config, error) &&
           (config->cgroup == NULL || allow_path(ruleset, config->cgroup, GROUPS, error)) &&
           allow_path(ruleset, config->folder, all, error) &&
           (handled->network == 0 || allow_port(ruleset, config->port, error));
}

bool confine_files(const struct confine_config *config, bool *there, struct error *error) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    *there = version > 0;
    if (!*there) {
        return true;
    }
    const struct ruleset handled = rights_of(version);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, ruleset_size(version), 0);
    if (ruleset < 0) {
        return error_set_errno(error, errno, "landlock");
    }
    bool done = allow_all(ruleset, &handled, config, error) &&
                (syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 ||
                 error_set_errno(error, errno, "landlock"));
    close(ruleset);
    return done;
}
