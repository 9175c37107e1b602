#include "store/file_store.h"

#include "base/clock.h"
#include "base/file.h"
#include "store/driver.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BYTES = 1 << 20, NAME_MAX_BYTES = 255 };

struct file_store {
    struct store_driver driver;
    char folder[PATH_MAX / 2];
};

// Values of the database.
struct entry {
    char digest[STORE_DIGEST_LENGTH];
    uint64_t size, modified, sequence;
    uint64_t removed;
};
struct totals { // of a user
    uint64_t sequence, bytes;
};

// Keys are "file/USER/PATH", "user/USER", "uses/DIGEST".
static void file_key(char key[STORE_KEY_MAX + 1], const char *user, const char *path) {
    snprintf(key, STORE_KEY_MAX + 1, "file/%s/%s", user, path);
}

static void user_key(char key[STORE_KEY_MAX + 1], const char *user) {
    snprintf(key, STORE_KEY_MAX + 1, "user/%s", user);
}

static void uses_key(char key[STORE_KEY_MAX + 1], const char *digest) {
    snprintf(key, STORE_KEY_MAX + 1, "uses/%.64s", digest);
}

_Static_assert(5 + STORE_NAME_MAX + 1 + FILE_STORE_PATH_MAX <= STORE_KEY_MAX, "keys fit");

bool file_store_path_valid(const char *path) {
    if (path[0] == '\0' || strlen(path) > FILE_STORE_PATH_MAX) {
        return false;
    }
    for (const char *name = path;; name++) {
        size_t length = strcspn(name, "/");
        bool dots = (length == 1 && name[0] == '.') || (length == 2 && memcmp(name, "..", 2) == 0);
        if (length == 0 || length > NAME_MAX_BYTES || dots) {
            return false;
        }
        name += length;
        if (*name == '\0') {
            return true;
        }
    }
}

static bool check(const char *user, const char *path, struct error *error) {
    if (!store_name_valid(user)) {
        return error_set(error, ERROR_ARGUMENT, "bad name \"%.80s\"", user);
    }
    return file_store_path_valid(path) ||
           error_set(error, ERROR_ARGUMENT, "bad path \"%.300s\"", path);
}

// ---- Reading names ------------------------------------------------------------------------------

// Zeros where the key is not there.
static bool read_record(struct file_store *store, const char *key, void *record, size_t size,
                        struct error *error) {
    struct buffer value = {0};
    struct error failure = {0};
    memset(record, 0, size);
    bool found = store->driver.get(store->driver.state, key, &value, &failure);
    if (found && value.length == size) {
        memcpy(record, value.data, size);
    } else if (found) {
        error_set(&failure, ERROR_IO, "%s: a damaged record", key);
    }
    bool done = (found && value.length == size) || (!found && failure.code == ERROR_NOT_FOUND);
    buffer_destroy(&value);
    if (!done && error != NULL) {
        *error = failure;
    }
    return done;
}

static bool exists(const struct entry *entry) {
    return entry->sequence != 0 && !entry->removed;
}

static void file_of(const char *path, const struct entry *entry, struct stored_file *file) {
    *file = (struct stored_file){
        .size = entry->size,
        .modified = entry->modified,
        .sequence = entry->sequence,
        .removed = entry->removed != 0,
    };
    snprintf(file->path, sizeof file->path, "%s", path);
    memcpy(file->digest, entry->digest, STORE_DIGEST_LENGTH);
}

static bool read_entry(struct file_store *store, const char *user, const char *path,
                       struct entry *entry, struct error *error) {
    char key[STORE_KEY_MAX + 1];
    file_key(key, user, path);
    return read_record(store, key, entry, sizeof *entry, error);
}

bool file_store_get(struct file_store *store, const char *user, const char *path,
                    struct stored_file *file, struct error *error) {
    struct entry entry;
    if (!check(user, path, error) || !read_entry(store, user, path, &entry, error)) {
        return false;
    }
    if (!exists(&entry)) {
        return error_set(error, ERROR_NOT_FOUND, "%s/%s: no such file", user, path);
    }
    file_of(path, &entry, file);
    return true;
}

uint64_t file_store_sequence(struct file_store *store, const char *user) {
    char key[STORE_KEY_MAX + 1];
    struct totals totals;
    user_key(key, user);
    return read_record(store, key, &totals, sizeof totals, NULL) ? totals.sequence : 0;
}

struct visit {
    size_t prefix; // bytes of the key before the path
    uint64_t after;
    bool removed_too;
    bool (*visit)(void *context, const struct stored_file *file);
    void *context;
};

static bool visit_entry(void *context, const char *key, struct bytes value) {
    const struct visit *visit = context;
    struct entry entry;
    struct stored_file file;
    if (value.length != sizeof entry) {
        return true;
    }
    memcpy(&entry, value.data, sizeof entry);
    if (entry.sequence <= visit->after || (entry.removed && !visit->removed_too)) {
        return true;
    }
    file_of(key + visit->prefix, &entry, &file);
    return visit->visit(visit->context, &file);
}

static bool iterate(struct file_store *store, const char *user, const char *prefix,
                    struct visit *visit, struct error *error) {
    char key[STORE_KEY_MAX + 1];
    if (!store_name_valid(user) || strlen(prefix) > FILE_STORE_PATH_MAX) {
        return error_set(error, ERROR_ARGUMENT, "bad name or path \"%.80s/%.300s\"", user, prefix);
    }
    file_key(key, user, prefix);
    visit->prefix = strlen(key) - strlen(prefix);
    return store->driver.iterate(store->driver.state, key, visit_entry, visit, error);
}

bool file_store_list(struct file_store *store, const char *user, const char *prefix,
                     bool (*visit)(void *context, const struct stored_file *file), void *context,
                     struct error *error) {
    struct visit all = {.visit = visit, .context = context};
    return iterate(store, user, prefix, &all, error);
}

bool file_store_changes(struct file_store *store, const char *user, uint64_t sequence,
                        bool (*visit)(void *context, const struct stored_file *file), void *context,
                        struct error *error) {
    struct visit all = {.visit = visit, .context = context, .after = sequence, .removed_too = true};
    return iterate(store, user, "", &all, error);
}

static bool stop_at_first(void *context, const struct stored_file *file) {
    (void)file;
    *(bool *)context = true;
    return false;
}

static bool has_below(struct file_store *store, const char *user, const char *path) {
    char folder[FILE_STORE_PATH_MAX + 2];
    bool found = false;
    struct error ignored;
    snprintf(folder, sizeof folder, "%s/", path);
    return file_store_list(store, user, folder, stop_at_first, &found, &ignored) && found;
}

bool file_store_has(struct file_store *store, const char *user, const char *path) {
    struct stored_file file;
    struct error ignored;
    return file_store_path_valid(path) &&
           (file_store_get(store, user, path, &file, &ignored) || has_below(store, user, path));
}

// ---- Contents -----------------------------------------------------------------------------------

static void contents_path(const struct file_store *store, const char *digest, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/contents/%.2s/%.64s", store->folder, digest, digest);
}

int file_store_contents(struct file_store *store, const char *digest, struct error *error) {
    char path[PATH_MAX];
    contents_path(store, digest, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        error_set_errno(error, errno, "contents %.64s", digest);
    }
    return fd;
}

// Contents on their way: a temporary file until they are published.
struct file_store_upload {
    struct file_store *store;
    char user[STORE_NAME_MAX + 1];
    char path[FILE_STORE_PATH_MAX + 1];
    uint64_t limit, size;
    char temporary[PATH_MAX]; // empty once it is published
    int fd;
    crypto_generichash_state digest;
};

// Locked, so that nobody takes it for one that was left over.
static int open_temporary(struct file_store_upload *upload, struct error *error) {
    struct stat status;
    while (true) {
        snprintf(upload->temporary, sizeof upload->temporary, "%s/temporary/XXXXXX",
                 upload->store->folder);
        int fd = mkostemp(upload->temporary, O_CLOEXEC);
        if (fd < 0) {
            error_set_errno(error, errno, "%s", upload->temporary);
            return -1;
        }
        if (flock(fd, LOCK_SH) == 0 && fstat(fd, &status) == 0 && status.st_nlink > 0) {
            return fd;
        }
        close(fd); // another process opened the store in between
    }
}

struct file_store_upload *file_store_upload_new(struct file_store *store, const char *user,
                                                const char *path, uint64_t limit,
                                                struct error *error) {
    if (!check(user, path, error)) {
        return NULL;
    }
    struct file_store_upload *upload = malloc(sizeof *upload);
    if (upload == NULL) {
        error_set(error, ERROR_MEMORY, "contents of a file");
        return NULL;
    }
    upload->store = store;
    upload->limit = limit;
    upload->size = 0;
    snprintf(upload->user, sizeof upload->user, "%s", user);
    snprintf(upload->path, sizeof upload->path, "%s", path);
    upload->fd = open_temporary(upload, error);
    if (upload->fd < 0) {
        free(upload);
        return NULL;
    }
    crypto_generichash_init(&upload->digest, NULL, 0, STORE_DIGEST_LENGTH / 2);
    return upload;
}

void file_store_upload_delete(struct file_store_upload *upload) {
    if (upload == NULL) {
        return;
    }
    if (upload->temporary[0] != '\0') {
        unlink(upload->temporary);
    }
    close(upload->fd);
    free(upload);
}

static bool too_large(const char *user, const char *path, uint64_t size, uint64_t limit,
                      struct error *error) {
    return error_set(error, ERROR_TOO_LARGE,
                     "%s/%s of %llu bytes: the user's files may have %llu in all", user, path,
                     (unsigned long long)size, (unsigned long long)limit);
}

bool file_store_upload_append(struct file_store_upload *upload, struct bytes bytes,
                              struct error *error) {
    upload->size += bytes.length;
    if (upload->limit != 0 && upload->size > upload->limit) {
        return too_large(upload->user, upload->path, upload->size, upload->limit, error);
    }
    crypto_generichash_update(&upload->digest, bytes.data, bytes.length);
    return file_write_all(upload->fd, bytes, error);
}

// All of a regular file, from its beginning.
static bool append_file(struct file_store_upload *upload, int fd, struct error *error) {
    uint8_t *piece = malloc(COPY_BYTES);
    bool done = piece != NULL || error_set(error, ERROR_MEMORY, "contents of a file");
    for (ssize_t got = 1; done && got != 0;) {
        got = pread(fd, piece, COPY_BYTES, (off_t)upload->size);
        if (got > 0) {
            done = file_store_upload_append(upload, (struct bytes){piece, (size_t)got}, error);
        } else if (got < 0 && errno != EINTR) {
            done = error_set_errno(error, errno, "reading contents of a file");
        }
    }
    free(piece);
    return done;
}

static bool sync_folder(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

// With the lock held: contents that are there are not removed meanwhile.
static bool place_contents(struct file_store *store, const char *temporary, const char *digest,
                           struct error *error) {
    char path[PATH_MAX];
    contents_path(store, digest, path);
    if (access(path, R_OK) == 0) {
        unlink(temporary);
        return true;
    }
    char *slash = strrchr(path, '/');
    *slash = '\0';
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return error_set_errno(error, errno, "%s", path);
    }
    char folder[PATH_MAX];
    memcpy(folder, path, sizeof folder);
    *slash = '/';
    return (rename(temporary, path) == 0 && sync_folder(folder)) ||
           error_set_errno(error, errno, "%s", path);
}

// With the lock held.
static void drop_unused(struct file_store *store, const char *digest) {
    char key[STORE_KEY_MAX + 1];
    char path[PATH_MAX];
    uint64_t uses;
    uses_key(key, digest);
    if (read_record(store, key, &uses, sizeof uses, NULL) && uses == 0) {
        contents_path(store, digest, path);
        unlink(path);
    }
}

// ---- Changing names -----------------------------------------------------------------------------

// Changes of names are made one at a time, of all processes.
static int take_lock(struct file_store *store, struct error *error) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/lock", store->folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            close(fd);
            fd = -1;
        }
    }
    if (fd < 0) {
        error_set_errno(error, errno, "%s", path);
    }
    return fd;
}

enum { CHANGES_MAX = 8 };

// One transaction.
struct change_set {
    struct file_store *store;
    const char *user;
    struct totals totals;
    struct store_change changes[CHANGES_MAX];
    char keys[CHANGES_MAX][STORE_KEY_MAX + 1];
    union {
        struct entry entry;
        struct totals totals;
        uint64_t uses;
    } values[CHANGES_MAX];
    size_t count;
    char unused[2][STORE_DIGEST_LENGTH + 1]; // contents to remove afterwards
    size_t unused_count;
};

static bool begin(struct change_set *set, struct error *error) {
    char key[STORE_KEY_MAX + 1];
    user_key(key, set->user);
    if (!read_record(set->store, key, &set->totals, sizeof set->totals, error)) {
        return false;
    }
    set->totals.sequence++;
    return true;
}

static void *add_change(struct change_set *set, size_t size) {
    struct store_change *change = &set->changes[set->count];
    *change = (struct store_change){
        .key = set->keys[set->count],
        .value = {(const uint8_t *)&set->values[set->count], size},
    };
    return &set->values[set->count++];
}

// One use of contents more or less; a number that was changed in this set already is changed there.
static bool count_use(struct change_set *set, const char *digest, int by, struct error *error) {
    char key[STORE_KEY_MAX + 1];
    uint64_t uses;
    uses_key(key, digest);
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->keys[i], key) == 0) {
            set->values[i].uses += (uint64_t)by;
            set->changes[i].remove = set->values[i].uses == 0;
            return true;
        }
    }
    if (!read_record(set->store, key, &uses, sizeof uses, error)) {
        return false;
    }
    size_t at = set->count;
    memcpy(set->keys[at], key, sizeof key);
    *(uint64_t *)add_change(set, sizeof uses) = uses + (uint64_t)by;
    set->changes[at].remove = uses + (uint64_t)by == 0;
    return true;
}

// Sets what a path names, NULL: nothing; `old` is what it named.
static bool set_entry(struct change_set *set, const char *path, const struct entry *old,
                      const struct entry *new, struct error *error) {
    if (exists(old)) {
        set->totals.bytes -= old->size;
        if (!count_use(set, old->digest, -1, error)) {
            return false;
        }
        memcpy(set->unused[set->unused_count++], old->digest, STORE_DIGEST_LENGTH);
    }
    if (new != NULL) {
        set->totals.bytes += new->size;
        if (!count_use(set, new->digest, 1, error)) {
            return false;
        }
    }
    file_key(set->keys[set->count], set->user, path);
    struct entry *entry = add_change(set, sizeof *entry);
    *entry = new != NULL ? *new : *old;
    entry->sequence = set->totals.sequence;
    entry->removed = new == NULL;
    return true;
}

static bool commit(struct change_set *set, struct error *error) {
    user_key(set->keys[set->count], set->user);
    *(struct totals *)add_change(set, sizeof set->totals) = set->totals;
    const struct store_driver *driver = &set->store->driver;
    if (!driver->apply(driver->state, set->changes, set->count, error)) {
        return false;
    }
    for (size_t i = 0; i < set->unused_count; i++) {
        drop_unused(set->store, set->unused[i]);
    }
    return true;
}

// That no part of the path is a file, and the path no folder.
static bool check_conflicts(struct file_store *store, const char *user, const char *path,
                            struct error *error) {
    char part[FILE_STORE_PATH_MAX + 1];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strrchr(part, '/'); slash != NULL; slash = strrchr(part, '/')) {
        struct entry entry;
        *slash = '\0';
        if (!read_entry(store, user, part, &entry, error)) {
            return false;
        }
        if (exists(&entry)) {
            return error_set(error, ERROR_CONFLICT, "%s/%s is a file", user, part);
        }
    }
    return !has_below(store, user, path) ||
           error_set(error, ERROR_CONFLICT, "%s/%s is a folder", user, path);
}

static bool put_name(struct file_store *store, const char *user, const char *path,
                     struct entry *new, uint64_t limit, struct error *error) {
    struct change_set set = {.store = store, .user = user};
    struct entry old;
    if (!check_conflicts(store, user, path, error) || !read_entry(store, user, path, &old, error) ||
        !begin(&set, error)) {
        return false;
    }
    uint64_t others = set.totals.bytes - (exists(&old) ? old.size : 0);
    if (limit != 0 && (others > limit || new->size > limit - others)) {
        return too_large(user, path, new->size, limit, error);
    }
    new->sequence = set.totals.sequence;
    return set_entry(&set, path, &old, new, error) && commit(&set, error);
}

bool file_store_upload_publish(struct file_store_upload *upload, struct stored_file *file,
                               struct error *error) {
    struct file_store *store = upload->store;
    char digest[STORE_DIGEST_LENGTH + 1];
    uint8_t hash[STORE_DIGEST_LENGTH / 2];
    struct entry entry = {.modified = clock_realtime(), .size = upload->size};
    crypto_generichash_final(&upload->digest, hash, sizeof hash);
    sodium_bin2hex(digest, sizeof digest, hash, sizeof hash);
    memcpy(entry.digest, digest, STORE_DIGEST_LENGTH);
    if (fsync(upload->fd) != 0) {
        return error_set_errno(error, errno, "%s", upload->temporary);
    }
    int lock = take_lock(store, error);
    bool placed = lock >= 0 && place_contents(store, upload->temporary, digest, error);
    bool done = placed && put_name(store, upload->user, upload->path, &entry, upload->limit, error);
    if (placed) {
        upload->temporary[0] = '\0';
    }
    if (placed && !done) {
        drop_unused(store, digest);
    }
    if (lock >= 0) {
        close(lock);
    }
    if (done && file != NULL) {
        file_of(upload->path, &entry, file);
    }
    return done;
}

bool file_store_put(struct file_store *store, const char *user, const char *path,
                    struct bytes contents, uint64_t limit, struct stored_file *file,
                    struct error *error) {
    struct file_store_upload *upload = file_store_upload_new(store, user, path, limit, error);
    bool done = upload != NULL && file_store_upload_append(upload, contents, error) &&
                file_store_upload_publish(upload, file, error);
    file_store_upload_delete(upload);
    return done;
}

bool file_store_put_open(struct file_store *store, const char *user, const char *path, int fd,
                         uint64_t limit, struct stored_file *file, struct error *error) {
    struct file_store_upload *upload = file_store_upload_new(store, user, path, limit, error);
    bool done = upload != NULL && append_file(upload, fd, error) &&
                file_store_upload_publish(upload, file, error);
    file_store_upload_delete(upload);
    return done;
}

// With the lock held.
static bool rename_name(struct file_store *store, const char *user, const char *from,
                        const char *to, struct error *error) {
    struct change_set set = {.store = store, .user = user};
    struct entry source, target;
    if (!read_entry(store, user, from, &source, error) ||
        (to != NULL && !read_entry(store, user, to, &target, error)) || !begin(&set, error)) {
        return false;
    }
    if (!exists(&source)) {
        return error_set(error, ERROR_NOT_FOUND, "%s/%s: no such file", user, from);
    }
    return (to == NULL || set_entry(&set, to, &target, &source, error)) &&
           set_entry(&set, from, &source, NULL, error) && commit(&set, error);
}

bool file_store_remove(struct file_store *store, const char *user, const char *path,
                       struct error *error) {
    int lock = check(user, path, error) ? take_lock(store, error) : -1;
    bool done = lock >= 0 && rename_name(store, user, path, NULL, error);
    if (lock >= 0) {
        close(lock);
    }
    return done;
}

bool file_store_rename(struct file_store *store, const char *user, const char *from, const char *to,
                       struct error *error) {
    if (!check(user, from, error) || !check(user, to, error)) {
        return false;
    }
    int lock = take_lock(store, error);
    bool done = lock >= 0 && check_conflicts(store, user, to, error) &&
                (strcmp(from, to) == 0 || rename_name(store, user, from, to, error));
    if (lock >= 0) {
        close(lock);
    }
    return done;
}

// ---- Opening ------------------------------------------------------------------------------------

// Visits the regular files of a folder within the store's.
static void each_file(const char *path,
                      void (*visit)(struct file_store *store, int folder, const char *name),
                      struct file_store *store) {
    struct stat status;
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(status.st_mode)) {
            visit(store, dirfd(folder), entry->d_name);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}

// Uploads hold a lock of theirs: who has none was killed.
static void drop_temporary(struct file_store *store, int folder, const char *name) {
    (void)store;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        unlinkat(folder, name, 0);
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void drop_nameless(struct file_store *store, int folder, const char *name) {
    char key[STORE_KEY_MAX + 1];
    uint64_t uses = 0;
    if (strlen(name) != STORE_DIGEST_LENGTH) {
        return;
    }
    uses_key(key, name);
    if (read_record(store, key, &uses, sizeof uses, NULL) && uses == 0) {
        unlinkat(folder, name, 0);
    }
}

// What processes that were killed have left: uploads, and contents that had no name yet.
static void sweep(struct file_store *store) {
    char path[PATH_MAX];
    struct error ignored;
    snprintf(path, sizeof path, "%s/temporary", store->folder);
    each_file(path, drop_temporary, store);
    int lock = take_lock(store, &ignored);
    for (int i = 0; lock >= 0 && i < 256; i++) {
        snprintf(path, sizeof path, "%s/contents/%02x", store->folder, i);
        each_file(path, drop_nameless, store);
    }
    if (lock >= 0) {
        close(lock);
    }
}

static bool make_folders(const struct file_store *store, struct error *error) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/contents", store->folder);
    if (!file_make_folders(path, error)) {
        return false;
    }
    snprintf(path, sizeof path, "%s/temporary", store->folder);
    return file_make_folders(path, error);
}

struct file_store *file_store_open(const char *folder, struct error *error) {
    char path[PATH_MAX];
    struct file_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        error_set(error, ERROR_MEMORY, "files of users");
        return NULL;
    }
    if (!file_make_folders(folder, error)) {
        goto failed;
    }
    if (realpath(folder, path) == NULL || strlen(path) >= sizeof store->folder) {
        error_set_errno(error, errno == 0 ? ENAMETOOLONG : errno, "%s", folder);
        goto failed;
    }
    memcpy(store->folder, path, strlen(path) + 1);
    if (!make_folders(store, error)) {
        goto failed;
    }
    snprintf(path, sizeof path, "%s/files.mdb", store->folder);
    if (!store_lmdb_open(path, &store->driver, error)) {
        goto failed;
    }
    sweep(store);
    return store;
failed:
    free(store);
    return NULL;
}

void file_store_close(struct file_store *store) {
    if (store != NULL) {
        store->driver.close(store->driver.state);
        free(store);
    }
}

const char *file_store_folder(const struct file_store *store) {
    return store->folder;
}
