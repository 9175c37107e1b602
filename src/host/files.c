#include "host/files.h"

#include "faaslet/exclusive.h"
#include "faaslet/faaslet.h"
#include "faaslet/thread.h"
#include "host/wasi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { FIRST_CAPACITY = 16, FIRST_FOLDER = 3 };

// What close(2) reports nobody could act on: the descriptor is gone in any case.
static uint32_t file_close(struct file *file, bool publish) {
    int failure = 0;
    if (file->layered != NULL) {
        failure = publish ? layer_publish(file->layered, file->fd) : 0;
        layer_file_close(file->layered, file->fd);
    }
    if (file->fd >= 0 && file->kind != FILE_STANDARD) {
        close(file->fd);
    }
    *file = (struct file){.fd = -1, .kind = FILE_FREE};
    return wasi_errno_of(failure);
}

static void files_delete(void *data) {
    struct files *files = data;
    if (files == NULL) {
        return;
    }
    for (uint32_t i = 0; i < files->capacity; i++) {
        // A call that was broken off has not finished what it wrote.
        file_close(&files->table[i], !files->call->broken_off);
    }
    file_close(&files->shared, false);
    free(files->table);
    free(files);
}

void files_start(void) {
    call_slot_register(CALL_SLOT_FILES, files_delete);
}

static struct file standard_file(int fd, uint8_t otherwise) {
    if (fd < 0) {
        return (struct file){.fd = -1, .kind = otherwise, .rights = WASI_RIGHTS_FILE};
    }
    struct stat status;
    bool is_socket = fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
    return (struct file){
        .fd = fd,
        .kind = FILE_STANDARD,
        .rights = WASI_RIGHTS_FILE | (is_socket ? WASI_RIGHTS_SOCKET : 0),
    };
}

static bool grow(struct files *files, uint32_t capacity) {
    struct file *table = realloc(files->table, capacity * sizeof *table);
    if (table == NULL) {
        return false;
    }
    for (uint32_t i = files->capacity; i < capacity; i++) {
        table[i] = (struct file){.fd = -1, .kind = FILE_FREE};
    }
    files->table = table;
    files->capacity = capacity;
    return true;
}

static bool add_folders(struct files *files, const struct call_environment *environment) {
    for (size_t i = 0; i < environment->folder_count; i++) {
        struct file file = {
            .fd = -1,
            .kind = FILE_FOLDER,
            .rights = WASI_RIGHTS_FOLDER,
            .rights_inheriting = WASI_RIGHTS_FOLDER | WASI_RIGHTS_FILE,
            .folder = &environment->folders[i],
            .layer = environment->folders[i].layer,
        };
        uint32_t number;
        if (files_add(files, &file, &number) != WASI_SUCCESS) {
            return false;
        }
    }
    return true;
}

static bool add_sockets(struct files *files, const struct call_environment *environment) {
    for (size_t i = 0; i < environment->socket_count; i++) {
        const struct file file = {
            .fd = environment->sockets[i],
            .kind = FILE_STANDARD,
            .rights = WASI_RIGHTS_SOCKET,
        };
        uint32_t number;
        if (files_add(files, &file, &number) != WASI_SUCCESS) {
            return false;
        }
    }
    return true;
}

static struct file shared_folder(const struct call_environment *environment) {
    for (size_t i = 0; i < environment->folder_count; i++) {
        if (environment->folders[i].shared != NULL) {
            return (struct file){
                .fd = -1,
                .kind = FILE_FOLDER,
                .rights = WASI_RIGHTS_FOLDER,
                .rights_inheriting = WASI_RIGHTS_FOLDER | WASI_RIGHTS_FILE,
                .folder = &environment->folders[i],
                .layer = environment->folders[i].shared,
            };
        }
    }
    return (struct file){.fd = -1, .kind = FILE_FREE};
}

static struct files *files_new(struct call *call) {
    const struct call_environment *environment = call->environment;
    struct files *files = calloc(1, sizeof *files);
    if (files == NULL) {
        return NULL;
    }
    files->call = call;
    files->shared = shared_folder(environment);
    if (!grow(files, FIRST_CAPACITY)) {
        free(files);
        return NULL;
    }
    files->table[0] = standard_file(environment->standard_input, FILE_EMPTY);
    files->table[1] = standard_file(environment->standard_output, FILE_LOG);
    files->table[2] = standard_file(environment->standard_error, FILE_LOG);
    files->lowest_free = FIRST_FOLDER;
    if (!add_folders(files, environment) || !add_sockets(files, environment)) {
        files_delete(files);
        return NULL;
    }
    return files;
}

struct files *files_make(struct object_instance *instance) {
    struct call *call = call_of(instance);
    struct files *files = files_new(call);
    if (files == NULL) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "no memory for the table of open files");
    }
    call->slots[CALL_SLOT_FILES] = files;
    return files;
}

uint32_t files_add(struct files *files, const struct file *file, uint32_t *number) {
    uint32_t i = files->lowest_free;
    while (i < files->capacity && files->table[i].kind != FILE_FREE) {
        i++;
    }
    if (i >= FILES_MAX) {
        return WASI_EMFILE;
    }
    if (i == files->capacity && !grow(files, files->capacity * 2)) {
        return WASI_ENOMEM;
    }
    files->table[i] = *file;
    files->lowest_free = i + 1;
    *number = i;
    return WASI_SUCCESS;
}

uint32_t files_close(struct files *files, uint32_t number) {
    struct file *file = files_get(files, number);
    if (file == NULL) {
        return WASI_EBADF;
    }
    uint32_t failure = file_close(file, true);
    if (number < files->lowest_free) {
        files->lowest_free = number;
    }
    return failure;
}

uint32_t files_renumber(struct files *files, uint32_t from, uint32_t to) {
    struct file *source = files_get(files, from);
    struct file *target = files_get(files, to);
    if (source == NULL || target == NULL) {
        return WASI_EBADF;
    }
    if (source == target) {
        return WASI_SUCCESS;
    }
    uint32_t failure = file_close(target, true);
    *target = *source;
    *source = (struct file){.fd = -1, .kind = FILE_FREE};
    if (from < files->lowest_free) {
        files->lowest_free = from;
    }
    return failure;
}

// What is left to do of a copy is to place it.
static uint32_t copy_file(struct files *files, uint32_t number, struct file *copy) {
    struct file *file = files_get(files, number);
    if (file == NULL) {
        return WASI_EBADF;
    }
    *copy = *file;
    // A preopened folder that is not open yet is opened where it is used.
    if (file->kind != FILE_STANDARD && file->fd >= 0) {
        copy->fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
        if (copy->fd < 0) {
            return wasi_errno_of(errno);
        }
    }
    if (file->layered != NULL) {
        copy->layered = layer_file_copy(file->layered);
        if (copy->layered == NULL) {
            close(copy->fd);
            return WASI_ENOMEM;
        }
    }
    return WASI_SUCCESS;
}

static bool reach(struct files *files, uint32_t number) {
    uint32_t capacity = files->capacity;
    while (capacity <= number) {
        capacity *= 2;
    }
    return capacity == files->capacity || grow(files, capacity);
}

uint32_t files_copy(struct files *files, uint32_t number, uint32_t minimum, uint32_t *copy) {
    struct file file;
    if (minimum >= FILES_MAX) {
        return WASI_EINVAL;
    }
    uint32_t failure = copy_file(files, number, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    uint32_t target = minimum;
    while (files_get(files, target) != NULL) {
        target++;
    }
    failure = target >= FILES_MAX ? WASI_EMFILE : reach(files, target) ? WASI_SUCCESS : WASI_ENOMEM;
    if (failure != WASI_SUCCESS) {
        file_close(&file, false);
        return failure;
    }
    files->table[target] = file;
    *copy = target;
    return WASI_SUCCESS;
}

uint32_t files_copy_to(struct files *files, uint32_t number, uint32_t target) {
    struct file file;
    if (files_get(files, number) == NULL || target >= FILES_MAX) {
        return WASI_EBADF;
    }
    if (number == target) {
        return WASI_SUCCESS;
    }
    if (!reach(files, target)) {
        return WASI_ENOMEM;
    }
    uint32_t failure = copy_file(files, number, &file);
    if (failure != WASI_SUCCESS) {
        return failure;
    }
    if (files_get(files, target) != NULL) {
        failure = file_close(&files->table[target], true);
    }
    files->table[target] = file;
    return failure;
}

uint32_t files_require(struct files *files, uint32_t number, uint64_t rights, struct file **file) {
    struct file *found = files_get(files, number);
    if (found == NULL) {
        return WASI_EBADF;
    }
    if ((found->rights & rights) != rights) {
        // POSIX says EBADF for a descriptor that was not opened for reading or for writing, and
        // for what no folder can do.
        uint64_t modes = WASI_RIGHT_FD_READ | WASI_RIGHT_FD_WRITE;
        bool unfit = (rights & ~found->rights & modes) != 0 ||
                     (found->kind == FILE_FOLDER && (rights & (uint64_t)WASI_RIGHTS_FOLDER) == 0);
        return unfit ? WASI_EBADF : WASI_ENOTCAPABLE;
    }
    *file = found;
    return WASI_SUCCESS;
}

// A process's own files in procfs reach the memory of this process, so no guest gets at them.
static uint32_t open_preopened(struct file *file) {
    const char *path = file->layer != NULL ? layer_folder(file->layer) : file->folder->host;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return wasi_errno_of(errno);
    }
    struct stat status;
    struct statfs system;
    if (fstat(fd, &status) != 0 || fstatfs(fd, &system) != 0) {
        int number = errno;
        close(fd);
        return wasi_errno_of(number);
    }
    if (system.f_type == PROC_SUPER_MAGIC) {
        close(fd);
        return WASI_EACCES;
    }
    file->fd = fd;
    file->device = status.st_dev;
    return WASI_SUCCESS;
}

uint32_t files_resolve_shared(struct files *files, struct file **folder, char *path) {
    static const char prefix[] = "faasm://";
    char *found = strstr(path, prefix);
    if (found == NULL || (found != path && found[-1] != '/') || files->shared.kind == FILE_FREE) {
        return WASI_SUCCESS;
    }
    if (files->shared.fd < 0) {
        uint32_t failure = open_preopened(&files->shared);
        if (failure != WASI_SUCCESS) {
            return failure;
        }
    }
    const char *rest = found + sizeof prefix - 1;
    rest += strspn(rest, "/");
    memmove(path, *rest == '\0' ? "." : rest, *rest == '\0' ? 2 : strlen(rest) + 1);
    *folder = &files->shared;
    return WASI_SUCCESS;
}

uint32_t files_require_folder(struct files *files, uint32_t number, uint64_t rights,
                              struct file **file) {
    struct file *found = files_get(files, number);
    if (found == NULL) {
        return WASI_EBADF;
    }
    if (found->kind != FILE_FOLDER) {
        return WASI_ENOTDIR;
    }
    if ((found->rights & rights) != rights) {
        return WASI_ENOTCAPABLE;
    }
    if (found->fd < 0) {
        uint32_t failure = open_preopened(found);
        if (failure != WASI_SUCCESS) {
            return failure;
        }
    }
    *file = found;
    return WASI_SUCCESS;
}

// A regular file does not block for long, and those of the environment stay open.
bool files_begin_wait(struct object_instance *instance, const struct file *file,
                      struct files_wait *wait) {
    *wait = (struct files_wait){.fd = file->fd};
    if (!faaslet_is_threaded(faaslet_of(instance)) || file->kind == FILE_OPEN) {
        return true;
    }
    if (file->kind == FILE_SOCKET) {
        wait->fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
        wait->copied = true;
        if (wait->fd < 0) {
            return false;
        }
    }
    exclusive_lend();
    wait->lent = true;
    return true;
}

void files_end_wait(struct files_wait *wait) {
    int number = errno;
    if (wait->lent) {
        exclusive_take_back();
    }
    if (wait->copied) {
        close(wait->fd);
    }
    errno = number;
}

bool files_would_block(const struct file *file, bool reading) {
    if (file->kind != FILE_STANDARD || (file->flags & WASI_FDFLAG_NONBLOCK) == 0) {
        return false;
    }
    struct pollfd request = {.fd = file->fd, .events = reading ? POLLIN : POLLOUT};
    return poll(&request, 1, 0) == 0;
}
