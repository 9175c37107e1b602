#include "base/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
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
    // All of the first version: rights 0 to 12.
    EVERYTHING = (1 << 13) - 1,
    ONLY_FILES = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                 LANDLOCK_ACCESS_FS_READ_FILE | FILE_TRUNCATE | FILE_IOCTL_DEVICE,
};

static const struct {
    enum landlock_access access;
    uint64_t rights;
} accesses[] = {
    {LANDLOCK_READ, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR},
    {LANDLOCK_WRITE, LANDLOCK_ACCESS_FS_WRITE_FILE | FILE_TRUNCATE},
    {LANDLOCK_EXECUTE, LANDLOCK_ACCESS_FS_EXECUTE},
    {LANDLOCK_MAKE, LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE},
    {LANDLOCK_MAKE_FOLDERS, LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR},
    {LANDLOCK_ALL_BUT_EXECUTE, ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE},
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

bool landlock_begin(struct landlock *fence, struct error *error) {
    fence->ruleset = -1;
    fence->version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (fence->version <= 0) {
        return true;
    }
    const struct ruleset handled = rights_of(fence->version);
    fence->ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &handled, ruleset_size(fence->version), 0);
    return fence->ruleset >= 0 || error_set_errno(error, errno, "landlock");
}

static uint64_t rights_for(const struct landlock *fence, unsigned access) {
    uint64_t rights = 0;
    for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++) {
        rights |= (access & accesses[i].access) != 0 ? accesses[i].rights : 0;
    }
    return rights & rights_of(fence->version).files;
}

bool landlock_allow(struct landlock *fence, const char *path, unsigned access,
                    struct error *error) {
    if (!landlock_there(fence)) {
        return true;
    }
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES ||
               error_set_errno(error, errno, "%s", path);
    }
    uint64_t rights = rights_for(fence, access);
    struct stat facts;
    bool folder = fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode);
    const struct landlock_path_beneath_attr rule = {
        .allowed_access = folder ? rights : rights & ONLY_FILES, .parent_fd = fd};
    bool done =
        syscall(SYS_landlock_add_rule, fence->ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ||
        error_set_errno(error, errno, "landlock: %s", path);
    close(fd);
    return done;
}

static bool allow_port(const struct landlock *fence, uint64_t access, uint16_t port,
                       struct error *error) {
    if (!landlock_there(fence) || fence->version < VERSION_NETWORK) {
        return true;
    }
    const struct port_rule rule = {access, port};
    return syscall(SYS_landlock_add_rule, fence->ruleset, RULE_PORT, &rule, 0) == 0 ||
           error_set_errno(error, errno, "landlock: port %u", port);
}

bool landlock_allow_port(struct landlock *fence, uint16_t port, struct error *error) {
    return allow_port(fence, NETWORK_BIND, port, error);
}

bool landlock_allow_connect(struct landlock *fence, uint16_t port, struct error *error) {
    return allow_port(fence, NETWORK_CONNECT, port, error);
}

bool landlock_enforce(struct landlock *fence, struct error *error) {
    return !landlock_there(fence) || syscall(SYS_landlock_restrict_self, fence->ruleset, 0) == 0 ||
           error_set_errno(error, errno, "landlock");
}

void landlock_end(struct landlock *fence) {
    if (landlock_there(fence)) {
        close(fence->ruleset);
        fence->ruleset = -1;
    }
}
