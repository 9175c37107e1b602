// path_*: everything by name, inside of the folder that a descriptor stands for (sandbox.h).
#include "faaslet/exclusive.h"
#include "faaslet/guest.h"
#include "host/files.h"
#include "host/layered.h"
#include "host/sandbox.h"
#include "host/sections.h"
#include "host/wasi.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

// A folder's descriptor that has the rights, and a path in it.
static uint32_t locate(struct object_instance *instance, uint32_t number, uint64_t rights,
                       uint32_t address, uint32_t length, struct file **folder,
                       char path[PATH_MAX]) {
    struct files *files = files_of(instance);
    uint32_t failure = files_require_folder(files, number, rights, folder);
    if (failure == WASI_SUCCESS) {
        failure = sandbox_read_path(instance, address, length, path);
    }
    if (failure == WASI_SUCCESS) {
        failure = files_resolve_shared(files, folder, path);
    }
    if (failure == WASI_SUCCESS && (*folder)->layer != NULL) {
        layer_sync((*folder)->layer);
    }
    return failure;
}

// ---- Opening ------------------------------------------------------------------------------------

struct open_request {
    uint32_t lookup, oflags, fdflags;
    uint64_t rights, inheriting;
};

// Which rights of the folder an open needs.
static uint64_t rights_to_open(const struct open_request *request) {
    uint64_t rights = WASI_RIGHT_PATH_OPEN;
    if ((request->oflags & WASI_OFLAG_CREAT) != 0) {
        rights |= WASI_RIGHT_PATH_CREATE_FILE;
    }
    if ((request->oflags & WASI_OFLAG_TRUNC) != 0) {
        rights |= WASI_RIGHT_PATH_FILESTAT_SET_SIZE;
    }
    return rights;
}

// The access mode follows from the rights asked for.
static int access_mode(const struct open_request *request) {
    const uint64_t reading = WASI_RIGHT_FD_READ | WASI_RIGHT_FD_READDIR;
    const uint64_t writing =
        WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_ALLOCATE | WASI_RIGHT_FD_FILESTAT_SET_SIZE;
    if ((request->rights & writing) == 0) {
        return O_RDONLY;
    }
    return (request->rights & reading) != 0 ? O_RDWR : O_WRONLY;
}

// O_NONBLOCK so that opening a pipe or device, which is then refused, does not wait; it means
// nothing to what is not refused.
static int open_flags(const struct open_request *request) {
    static const struct {
        uint32_t oflag, fdflag;
        int flag;
    } rows[] = {
        {WASI_OFLAG_CREAT, 0, O_CREAT},  {WASI_OFLAG_DIRECTORY, 0, O_DIRECTORY},
        {WASI_OFLAG_TRUNC, 0, O_TRUNC},  {0, WASI_FDFLAG_APPEND, O_APPEND},
        {0, WASI_FDFLAG_DSYNC, O_DSYNC}, {0, WASI_FDFLAG_RSYNC, O_RSYNC},
        {0, WASI_FDFLAG_SYNC, O_SYNC},
    };
    int flags = access_mode(request) | O_NOCTTY | O_NONBLOCK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((request->oflags & rows[i].oflag) != 0 || (request->fdflags & rows[i].fdflag) != 0) {
            flags |= rows[i].flag;
        }
    }
    if ((request->oflags & (WASI_OFLAG_CREAT | WASI_OFLAG_EXCL)) ==
        (WASI_OFLAG_CREAT | WASI_OFLAG_EXCL)) {
        flags |= O_EXCL;
    }
    if ((request->lookup & WASI_LOOKUP_SYMLINK_FOLLOW) == 0) {
        flags |= O_NOFOLLOW;
    }
    return flags;
}

// Regular files and folders only; and nothing of a procfs that is mounted somewhere below, since
// its files reach the memory of this process.
static uint32_t check_opened(int fd, dev_t device, struct stat *status) {
    if (fstat(fd, status) != 0) {
        return wasi_errno_of(errno);
    }
    if (!S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode)) {
        return WASI_EACCES;
    }
    if (status->st_dev == device) {
        return WASI_SUCCESS;
    }
    struct statfs system;
    if (fstatfs(fd, &system) != 0) {
        return wasi_errno_of(errno);
    }
    return system.f_type == PROC_SUPER_MAGIC ? WASI_EACCES : WASI_SUCCESS;
}

static uint32_t open_in(struct files *files, struct file *folder, const char *path,
                        const struct open_request *request, uint32_t *number) {
    int fd;
    struct layer_file *layered;
    uint32_t failure =
        layered_open(folder->layer, folder->fd, path, open_flags(request), &fd, &layered);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    struct stat status;
    failure = check_opened(fd, folder->device, &status);
    if (failure == WASI_SUCCESS) {
        bool is_folder = S_ISDIR(status.st_mode);
        struct file file = {
            .fd = fd,
            .kind = is_folder ? FILE_FOLDER : FILE_OPEN,
            .flags = (uint16_t)request->fdflags,
            .rights =
                request->rights & (uint64_t)(is_folder ? WASI_RIGHTS_FOLDER : WASI_RIGHTS_FILE),
            .rights_inheriting = is_folder ? request->inheriting : 0,
            .device = folder->device,
            .layer = folder->layer,
            .layered = layered,
        };
        failure = files_add(files, &file, number);
    }
    if (failure != WASI_SUCCESS) {
        if (layered != NULL) {
            layer_file_close(layered, fd);
        }
        close(fd);
    }
    return failure;
}

static uint32_t path_open(struct object_instance *instance, uint32_t number, uint32_t lookup,
                          uint32_t address, uint32_t length, uint32_t oflags, uint64_t rights,
                          uint64_t inheriting, uint32_t fdflags, uint32_t result) {
    HOST_EXCLUSIVE(instance);
    const struct open_request request = {lookup, oflags, fdflags, rights, inheriting};
    struct files *files = files_of(instance);
    struct file *folder;
    char path[PATH_MAX];
    uint32_t failure =
        locate(instance, number, rights_to_open(&request), address, length, &folder, path);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if ((oflags & ~(uint32_t)WASI_OFLAGS_ALL) != 0 ||
        (fdflags & ~(uint32_t)WASI_FDFLAGS_ALL) != 0 ||
        (lookup & ~(uint32_t)WASI_LOOKUP_SYMLINK_FOLLOW) != 0) {
        return WASI_EINVAL;
    }
    if (((rights | inheriting) & ~folder->rights_inheriting) != 0) {
        return WASI_ENOTCAPABLE;
    }
    if (guest_range(instance, result, sizeof(uint32_t)) == NULL) {
        return WASI_EFAULT;
    }
    uint32_t opened = 0;
    failure = open_in(files, folder, path, &request, &opened);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    return guest_write_u32(instance, result, opened) ? WASI_SUCCESS : WASI_EFAULT;
}

// ---- Facts --------------------------------------------------------------------------------------

static uint32_t path_filestat_get(struct object_instance *instance, uint32_t number,
                                  uint32_t lookup, uint32_t address, uint32_t length,
                                  uint32_t result) {
    HOST_EXCLUSIVE(instance);
    struct file *folder;
    char path[PATH_MAX];
    uint32_t failure =
        locate(instance, number, WASI_RIGHT_PATH_FILESTAT_GET, address, length, &folder, path);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    struct stat status;
    failure = sandbox_stat(folder->fd, path, (lookup & WASI_LOOKUP_SYMLINK_FOLLOW) != 0, &status);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    struct wasi_filestat stat = wasi_filestat_of(&status);
    return guest_write(instance, result, &stat, sizeof stat) ? WASI_SUCCESS : WASI_EFAULT;
}

static uint32_t path_filestat_set_times(struct object_instance *instance, uint32_t number,
                                        uint32_t lookup, uint32_t address, uint32_t length,
                                        uint64_t accessed, uint64_t modified, uint32_t flags) {
    HOST_EXCLUSIVE(instance);
    struct file *folder;
    char path[PATH_MAX];
    struct timespec times[2];
    uint32_t failure = locate(instance, number, WASI_RIGHT_PATH_FILESTAT_SET_TIMES, address, length,
                              &folder, path);
    if (failure == WASI_SUCCESS) {
        failure = wasi_times_of(accessed, modified, flags, times);
    }
    int fd = -1;
    if (failure == WASI_SUCCESS) {
        bool follow = (lookup & WASI_LOOKUP_SYMLINK_FOLLOW) != 0;
        failure = sandbox_open(folder->fd, path, O_PATH | (follow ? 0 : O_NOFOLLOW), 0, &fd);
    }
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (folder->layer != NULL) {
        failure = wasi_errno_of(layer_own(folder->layer, fd));
    }
    if (failure == WASI_SUCCESS &&
        utimensat(fd, "", times, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) {
        failure = wasi_errno_of(errno);
    }
    close(fd);
    return failure;
}

// Reads a link into `target`, not NUL-terminated.
static uint32_t read_link(int folder, const char *path, char target[PATH_MAX], size_t *length) {
    int fd;
    uint32_t failure = sandbox_open(folder, path, O_PATH | O_NOFOLLOW, 0, &fd);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    ssize_t got = readlinkat(fd, "", target, PATH_MAX);
    if (got < 0) {
        // ENOENT is how an opened file that is no link answers.
        failure = errno == ENOENT ? WASI_EINVAL : wasi_errno_of(errno);
    }
    *length = (size_t)got;
    close(fd);
    return failure;
}

static uint32_t path_readlink(struct object_instance *instance, uint32_t number, uint32_t address,
                              uint32_t length, uint32_t buffer, uint32_t capacity,
                              uint32_t result) {
    HOST_EXCLUSIVE(instance);
    struct file *folder;
    char path[PATH_MAX];
    char target[PATH_MAX];
    size_t target_length = 0;
    uint32_t failure =
        locate(instance, number, WASI_RIGHT_PATH_READLINK, address, length, &folder, path);
    if (failure == WASI_SUCCESS) {
        failure = read_link(folder->fd, path, target, &target_length);
    }
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    size_t count = target_length < capacity ? target_length : capacity;
    if (!guest_write(instance, buffer, target, count)) {
        return WASI_EFAULT;
    }
    return guest_write_u32(instance, result, (uint32_t)count) ? WASI_SUCCESS : WASI_EFAULT;
}

// ---- Changes of one entry -----------------------------------------------------------------------

static uint32_t change_entry(struct object_instance *instance, uint32_t number, uint64_t right,
                             uint32_t address, uint32_t length,
                             int (*change)(struct layer *layer,
                                           const struct sandbox_parent *parent)) {
    struct file *folder;
    char path[PATH_MAX];
    struct sandbox_parent parent;
    uint32_t failure = locate(instance, number, right, address, length, &folder, path);
    if (failure == WASI_SUCCESS) {
        failure = sandbox_open_parent(folder->fd, path, &parent);
    }
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    failure = wasi_errno_of(change(folder->layer, &parent));
    sandbox_close_parent(&parent);
    return failure;
}

static uint32_t path_create_directory(struct object_instance *instance, uint32_t number,
                                      uint32_t address, uint32_t length) {
    HOST_EXCLUSIVE(instance);
    return change_entry(instance, number, WASI_RIGHT_PATH_CREATE_DIRECTORY, address, length,
                        layered_make_folder);
}

static uint32_t path_remove_directory(struct object_instance *instance, uint32_t number,
                                      uint32_t address, uint32_t length) {
    HOST_EXCLUSIVE(instance);
    return change_entry(instance, number, WASI_RIGHT_PATH_REMOVE_DIRECTORY, address, length,
                        layered_remove_folder);
}

static uint32_t path_unlink_file(struct object_instance *instance, uint32_t number,
                                 uint32_t address, uint32_t length) {
    HOST_EXCLUSIVE(instance);
    return change_entry(instance, number, WASI_RIGHT_PATH_UNLINK_FILE, address, length,
                        layered_remove_file);
}

// An absolute target could only be of use to those outside that follow it.
static uint32_t path_symlink(struct object_instance *instance, uint32_t target_address,
                             uint32_t target_length, uint32_t number, uint32_t address,
                             uint32_t length) {
    HOST_EXCLUSIVE(instance);
    struct file *folder;
    char target[PATH_MAX];
    char path[PATH_MAX];
    struct sandbox_parent parent;
    uint32_t failure =
        locate(instance, number, WASI_RIGHT_PATH_SYMLINK, address, length, &folder, path);
    if (failure == WASI_SUCCESS) {
        failure = sandbox_read_path(instance, target_address, target_length, target);
    }
    if (failure == WASI_SUCCESS) {
        failure = sandbox_open_parent(folder->fd, path, &parent);
    }
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    failure = wasi_errno_of(layered_symlink(folder->layer, target, &parent));
    sandbox_close_parent(&parent);
    return failure;
}

// ---- Changes of two entries ---------------------------------------------------------------------

struct path_argument {
    uint32_t number; // descriptor of the folder
    uint32_t address, length;
    uint64_t right;
};

struct place {
    int folder; // valid while the descriptor is
    struct layer *layer;
    char path[PATH_MAX];
};

static uint32_t locate_place(struct object_instance *instance, const struct path_argument *argument,
                             struct place *place) {
    struct file *file;
    uint32_t failure = locate(instance, argument->number, argument->right, argument->address,
                              argument->length, &file, place->path);
    if (failure == WASI_SUCCESS) {
        place->folder = file->fd;
        place->layer = file->layer;
    }
    return failure;
}

static uint32_t rename_place(const struct place *from, const struct place *to) {
    struct sandbox_parent source;
    struct sandbox_parent target;
    uint32_t failure = sandbox_open_parent(from->folder, from->path, &source);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    failure = sandbox_open_parent(to->folder, to->path, &target);
    if (failure == WASI_SUCCESS) {
        failure = wasi_errno_of(layered_rename(from->layer, &source, to->layer, &target));
        sandbox_close_parent(&target);
    }
    sandbox_close_parent(&source);
    return failure;
}

static uint32_t path_rename(struct object_instance *instance, uint32_t number, uint32_t address,
                            uint32_t length, uint32_t new_number, uint32_t new_address,
                            uint32_t new_length) {
    HOST_EXCLUSIVE(instance);
    const struct path_argument source = {number, address, length, WASI_RIGHT_PATH_RENAME_SOURCE};
    const struct path_argument target = {new_number, new_address, new_length,
                                         WASI_RIGHT_PATH_RENAME_TARGET};
    struct place from;
    struct place to;
    uint32_t failure = locate_place(instance, &source, &from);
    if (failure == WASI_SUCCESS) {
        failure = locate_place(instance, &target, &to);
    }
    return failure != WASI_SUCCESS ? failure : rename_place(&from, &to);
}

static uint32_t link_place(const struct place *from, bool follow, const struct place *to) {
    int fd;
    uint32_t failure =
        sandbox_open(from->folder, from->path, O_PATH | (follow ? 0 : O_NOFOLLOW), 0, &fd);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    struct sandbox_parent target;
    failure = sandbox_open_parent(to->folder, to->path, &target);
    if (failure == WASI_SUCCESS) {
        failure = wasi_errno_of(layered_link(from->layer, fd, to->layer, &target));
        sandbox_close_parent(&target);
    }
    close(fd);
    return failure;
}

static uint32_t path_link(struct object_instance *instance, uint32_t number, uint32_t lookup,
                          uint32_t address, uint32_t length, uint32_t new_number,
                          uint32_t new_address, uint32_t new_length) {
    HOST_EXCLUSIVE(instance);
    const struct path_argument source = {number, address, length, WASI_RIGHT_PATH_LINK_SOURCE};
    const struct path_argument target = {new_number, new_address, new_length,
                                         WASI_RIGHT_PATH_LINK_TARGET};
    struct place from;
    struct place to;
    uint32_t failure = locate_place(instance, &source, &from);
    if (failure == WASI_SUCCESS) {
        failure = locate_place(instance, &target, &to);
    }
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    return link_place(&from, (lookup & WASI_LOOKUP_SYMLINK_FOLLOW) != 0, &to);
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION(WASI_MODULE, "path_create_directory", "iii:i", path_create_directory),
    HOST_FUNCTION(WASI_MODULE, "path_filestat_get", "iiiii:i", path_filestat_get),
    HOST_FUNCTION(WASI_MODULE, "path_filestat_set_times", "iiiiIIi:i", path_filestat_set_times),
    HOST_FUNCTION(WASI_MODULE, "path_link", "iiiiiii:i", path_link),
    HOST_FUNCTION(WASI_MODULE, "path_open", "iiiiiIIii:i", path_open),
    HOST_FUNCTION(WASI_MODULE, "path_readlink", "iiiiii:i", path_readlink),
    HOST_FUNCTION(WASI_MODULE, "path_remove_directory", "iii:i", path_remove_directory),
    HOST_FUNCTION(WASI_MODULE, "path_rename", "iiiiii:i", path_rename),
    HOST_FUNCTION(WASI_MODULE, "path_symlink", "iiiii:i", path_symlink),
    HOST_FUNCTION(WASI_MODULE, "path_unlink_file", "iii:i", path_unlink_file),
};

const struct host_section host_wasi_paths = {
    .name = "wasi_paths",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
