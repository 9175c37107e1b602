#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "store/file_store_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CHANGE_TIME  10000000000ull // ns that a change is tried again when others were faster
#define AWAY_TIME    500000000ull   // ns that a store which was away is not asked for news
#define AWAY_MAX     5000000000ull
#define CONTENTS_MAX ((uint64_t)1 << 46)

enum { COPY_BYTES = 1 << 20, NAME_MAX_BYTES = 255 };

// Values of the database.
struct entry {
    char digest[STORE_DIGEST_LENGTH];
    uint64_t size, modified, sequence;
    uint64_t removed;
};
struct totals { // of a user
    uint64_t sequence, bytes;
};

// Keys are "file/USER/PATH", "user/USER", "uses/DIGEST", and "log/USER/SEQUENCE/PATH" with the same
// value as the file: what changed last of each, in the order in which it did.
static void file_key(char key[STORE_KEY_MAX + 1], const char *user, const char *path) {
    snprintf(key, STORE_KEY_MAX + 1, "file/%s/%s", user, path);
}

static void user_key(char key[STORE_KEY_MAX + 1], const char *user) {
    snprintf(key, STORE_KEY_MAX + 1, "user/%s", user);
}

static void uses_key(char key[STORE_KEY_MAX + 1], const char *digest) {
    snprintf(key, STORE_KEY_MAX + 1, "uses/%.64s", digest);
}

enum { LOG_NUMBER = 17 }; // hexadecimal, with a slash

static void log_key(char key[STORE_KEY_MAX + 1], const char *user, uint64_t sequence,
                    const char *path) {
    snprintf(key, STORE_KEY_MAX + 1, "log/%s/%016llx/%s", user, (unsigned long long)sequence, path);
}

_Static_assert(4 + STORE_NAME_MAX + 1 + LOG_NUMBER + FILE_STORE_PATH_MAX <= STORE_KEY_MAX,
               "keys fit");

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
static bool read_value(struct file_store *store, const char *key, bool patient, void *record,
                       size_t size, struct error *error) {
    struct buffer value = {0};
    struct error failure = {0};
    memset(record, 0, size);
    bool found = store->driver.get(store->driver.state, key, patient, &value, &failure);
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

static bool read_record(struct file_store *store, const char *key, void *record, size_t size,
                        struct error *error) {
    return read_value(store, key, true, record, size, error);
}

// What a server tells is not believed.
static bool is_sound(const struct entry *entry) {
    char digest[STORE_DIGEST_LENGTH + 1];
    memcpy(digest, entry->digest, STORE_DIGEST_LENGTH);
    digest[STORE_DIGEST_LENGTH] = '\0';
    return strspn(digest, "0123456789abcdef") == STORE_DIGEST_LENGTH && entry->size <= CONTENTS_MAX;
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
    if (!read_record(store, key, entry, sizeof *entry, error)) {
        return false;
    }
    return entry->sequence == 0 || is_sound(entry) ||
           error_set(error, ERROR_IO, "%s: a damaged record", key);
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

static bool is_away(struct file_store *store) {
    return clock_monotonic() < atomic_load_explicit(&store->away_until, memory_order_relaxed);
}

// The longer it took to find out, the less often.
static void note_away(struct file_store *store, uint64_t begin) {
    uint64_t now = clock_monotonic();
    uint64_t pause = AWAY_TIME + 2 * (now - begin);
    pause = pause < AWAY_MAX ? pause : AWAY_MAX;
    atomic_store_explicit(&store->away_until, now + pause, memory_order_relaxed);
}

uint64_t file_store_sequence(struct file_store *store, const char *user) {
    char key[STORE_KEY_MAX + 1];
    struct totals totals;
    struct error error = {0};
    const uint64_t begin = clock_monotonic();
    if (is_away(store)) {
        return 0;
    }
    user_key(key, user);
    if (read_value(store, key, false, &totals, sizeof totals, &error)) {
        return totals.sequence;
    }
    note_away(store, begin);
    log_warn("files of %s: no news of the store: %s", user, error.message);
    return 0;
}

struct visit {
    size_t prefix; // bytes of the key before the path
    bool removed_too;
    bool (*visit)(void *context, const struct stored_file *file);
    void *context;
};

static bool visit_entry(void *context, const char *key, struct bytes value) {
    const struct visit *visit = context;
    struct entry entry;
    struct stored_file file;
    if (value.length != sizeof entry || strlen(key) < visit->prefix ||
        !file_store_path_valid(key + visit->prefix)) {
        return true;
    }
    memcpy(&entry, value.data, sizeof entry);
    if (!is_sound(&entry) || (entry.removed && !visit->removed_too)) {
        return true;
    }
    file_of(key + visit->prefix, &entry, &file);
    return visit->visit(visit->context, &file);
}

bool file_store_list(struct file_store *store, const char *user, const char *prefix,
                     bool (*visit)(void *context, const struct stored_file *file), void *context,
                     struct error *error) {
    char key[STORE_KEY_MAX + 1];
    if (!store_name_valid(user) || strlen(prefix) > FILE_STORE_PATH_MAX) {
        return error_set(error, ERROR_ARGUMENT, "bad name or path \"%.80s/%.300s\"", user, prefix);
    }
    file_key(key, user, prefix);
    struct visit all = {strlen(key) - strlen(prefix), false, visit, context};
    return store->driver.iterate(store->driver.state, key, NULL, visit_entry, &all, error);
}

bool file_store_changes(struct file_store *store, const char *user, uint64_t sequence,
                        bool (*visit)(void *context, const struct stored_file *file), void *context,
                        struct error *error) {
    char prefix[STORE_KEY_MAX + 1];
    char from[STORE_KEY_MAX + 1];
    if (!store_name_valid(user)) {
        return error_set(error, ERROR_ARGUMENT, "bad name \"%.80s\"", user);
    }
    snprintf(prefix, sizeof prefix, "log/%s/", user);
    log_key(from, user, sequence + 1, "");
    struct visit all = {strlen(prefix) + LOG_NUMBER, true, visit, context};
    return store->driver.iterate(store->driver.state, prefix, from, visit_entry, &all, error);
}

static bool stop_at_first(void *context, const struct stored_file *file) {
    (void)file;
    *(bool *)context = true;
    return false;
}

// A path too long to have anything below it has nothing.
static bool look_below(struct file_store *store, const char *user, const char *path, bool *found,
                       struct error *error) {
    char folder[FILE_STORE_PATH_MAX + 2];
    *found = false;
    snprintf(folder, sizeof folder, "%s/", path);
    return strlen(folder) > FILE_STORE_PATH_MAX ||
           file_store_list(store, user, folder, stop_at_first, found, error);
}

bool file_store_has(struct file_store *store, const char *user, const char *path, bool *has,
                    struct error *error) {
    char key[STORE_KEY_MAX + 1];
    struct entry entry;
    *has = false;
    if (!check(user, path, error)) {
        return false;
    }
    file_key(key, user, path);
    if (is_away(store)) {
        return error_set(error, ERROR_UNAVAILABLE, "files of %s: the store is away", user);
    }
    if (!read_value(store, key, false, &entry, sizeof entry, error)) {
        return false;
    }
    *has = exists(&entry);
    return *has || look_below(store, user, path, has, error);
}

// ---- Uploads ------------------------------------------------------------------------------------

// Contents on their way: a temporary file until they are published.
struct file_store_upload {
    struct file_store *store;
    char user[STORE_NAME_MAX + 1];
    char path[FILE_STORE_PATH_MAX + 1];
    uint64_t limit, size;
    char temporary[PATH_MAX]; // empty once it is published
    int fd;
    char id[33];
    crypto_generichash_state digest;
};

// Locked, so that nobody takes it for one that was left over.
static int open_temporary(struct file_store_upload *upload, struct error *error) {
    struct stat status;
    while (true) {
        snprintf(upload->temporary, sizeof upload->temporary, "%s/XXXXXX",
                 upload->store->temporary);
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
    uint8_t random[16];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(upload->id, sizeof upload->id, random, sizeof random);
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

// ---- Changing names -----------------------------------------------------------------------------

enum { CHANGES_MAX = 12 };

union record {
    struct entry entry;
    struct totals totals;
    uint64_t uses;
};

// One transaction: what is changed, and what that was before where the change depends on it. All
// that a user's changes depend on is read after the user's totals, which each of them changes.
struct change_set {
    struct file_store *store;
    const char *user;
    bool frees;
    struct totals totals;
    struct store_change changes[CHANGES_MAX];
    char keys[CHANGES_MAX][STORE_KEY_MAX + 1];
    union record values[CHANGES_MAX], before[CHANGES_MAX];
    size_t count;
};

static bool begin(struct change_set *set, struct error *error) {
    char key[STORE_KEY_MAX + 1];
    user_key(key, set->user);
    return read_record(set->store, key, &set->totals, sizeof set->totals, error);
}

// The key is to be written to where the next change has its own.
static char *next_key(struct change_set *set) {
    return set->keys[set->count];
}

static union record *add_change(struct change_set *set, size_t size) {
    struct store_change *change = &set->changes[set->count];
    *change = (struct store_change){
        .key = set->keys[set->count],
        .value = {(const uint8_t *)&set->values[set->count], size},
    };
    return &set->values[set->count++];
}

// The same where the change depends on what is there, zeros if that is nothing.
static union record *add_guarded(struct change_set *set, const void *before, size_t size) {
    static const union record nothing;
    struct store_change *change = &set->changes[set->count];
    union record *value = add_change(set, size);
    union record *kept = &set->before[change - set->changes];
    memcpy(kept, before, size);
    change->guarded = true;
    change->before =
        (struct bytes){(const uint8_t *)kept, memcmp(kept, &nothing, size) == 0 ? 0 : size};
    return value;
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
    struct store_change *change = &set->changes[set->count];
    memcpy(next_key(set), key, sizeof key);
    add_guarded(set, &uses, sizeof uses)->uses = uses + (uint64_t)by;
    change->remove = uses + (uint64_t)by == 0;
    return true;
}

static void set_log(struct change_set *set, const char *path, const struct entry *old,
                    const struct entry *new) {
    if (old->sequence != 0) {
        log_key(next_key(set), set->user, old->sequence, path);
        struct store_change *change = &set->changes[set->count];
        add_change(set, 0);
        change->remove = true;
    }
    log_key(next_key(set), set->user, new->sequence, path);
    add_change(set, sizeof *new)->entry = *new;
}

// Sets what a path names, NULL: nothing; `old` is what it named.
static bool set_entry(struct change_set *set, const char *path, const struct entry *old,
                      const struct entry *new, struct error *error) {
    uint64_t bytes = exists(old) ? old->size : 0;
    set->totals.bytes -= bytes < set->totals.bytes ? bytes : set->totals.bytes;
    set->totals.bytes += new != NULL ? new->size : 0;
    if ((exists(old) && !count_use(set, old->digest, -1, error)) ||
        (new != NULL && !count_use(set, new->digest, 1, error))) {
        return false;
    }
    struct entry entry = new != NULL ? *new : *old;
    entry.sequence = set->totals.sequence + 1;
    entry.removed = new == NULL;
    file_key(next_key(set), set->user, path);
    add_change(set, sizeof entry)->entry = entry;
    set_log(set, path, old, &entry);
    return true;
}

static bool commit(struct change_set *set, const struct totals *before, struct error *error) {
    const struct file_driver *driver = &set->store->driver;
    struct file_commit all = {.changes = set->changes, .frees = set->frees};
    user_key(next_key(set), set->user);
    set->totals.sequence++;
    add_guarded(set, before, sizeof *before)->totals = set->totals;
    all.change_count = set->count;
    for (size_t i = 0; i < set->count; i++) {
        const struct store_change *change = &set->changes[i];
        if (!change->guarded || strncmp(change->key, "uses/", 5) != 0) {
            continue;
        }
        if (change->remove && change->before.length > 0) {
            all.unused[all.unused_count++] = change->key + 5;
        } else if (!change->remove && change->before.length == 0) {
            all.used[all.used_count++] = change->key + 5;
        }
    }
    return driver->commit(driver->state, &all, error);
}

// Contents that were placed and did not get a name. With the lock held.
static void drop_unused(struct file_store *store, const char *digest) {
    char key[STORE_KEY_MAX + 1];
    uint64_t uses;
    uses_key(key, digest);
    if (store->driver.drop != NULL && read_record(store, key, &uses, sizeof uses, NULL) &&
        uses == 0) {
        store->driver.drop(store->driver.state, digest);
    }
}

// Makes a change of names, one at a time or, where the driver has no lock, again when others were
// faster.
static bool change_names(struct file_store *store,
                         bool (*change)(struct file_store *store, void *context,
                                        struct error *error),
                         void *context, struct error *error) {
    const struct file_driver *driver = &store->driver;
    const uint64_t end = clock_monotonic() + CHANGE_TIME;
    for (uint32_t longest = 200;; longest = longest < 50000 ? 2 * longest : longest) { // us
        struct error failure = {0};
        int lock = driver->begin != NULL ? driver->begin(driver->state, &failure) : 0;
        bool done = lock >= 0 && change(store, context, &failure);
        if (lock >= 0 && driver->end != NULL) {
            driver->end(driver->state, lock);
        }
        if (done) {
            atomic_store_explicit(&store->away_until, 0, memory_order_relaxed);
            return true;
        }
        if (failure.code != ERROR_BUSY || clock_monotonic() > end) {
            return error_set(error, failure.code, "%s", failure.message);
        }
        nanosleep(&(struct timespec){0, (long)randombytes_uniform(longest) * 1000}, NULL);
    }
}

// That no part of the path is a file, and the path no folder.
static bool check_conflicts(struct file_store *store, const char *user, const char *path,
                            struct error *error) {
    char part[FILE_STORE_PATH_MAX + 1];
    bool below;
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
    return look_below(store, user, path, &below, error) &&
           (!below || error_set(error, ERROR_CONFLICT, "%s/%s is a folder", user, path));
}

static bool put_name(struct file_store *store, const struct file_store_upload *upload,
                     struct entry *new, struct error *error) {
    const char *user = upload->user, *path = upload->path;
    struct change_set set = {.store = store, .user = user};
    struct entry old;
    if (!begin(&set, error) || !check_conflicts(store, user, path, error) ||
        !read_entry(store, user, path, &old, error)) {
        return false;
    }
    const struct totals before = set.totals;
    uint64_t replaced = exists(&old) ? old.size : 0;
    uint64_t others = set.totals.bytes > replaced ? set.totals.bytes - replaced : 0;
    if (upload->limit != 0 && (others > upload->limit || new->size > upload->limit - others)) {
        return too_large(user, path, new->size, upload->limit, error);
    }
    new->sequence = before.sequence + 1;
    return set_entry(&set, path, &old, new, error) && commit(&set, &before, error);
}

struct publishing {
    struct file_store_upload *upload;
    const struct file_upload *contents;
    struct entry entry;
};

static bool publish(struct file_store *store, void *context, struct error *error) {
    struct publishing *publishing = context;
    const struct file_upload *contents = publishing->contents;
    if (store->driver.place != NULL) {
        if (!store->driver.place(store->driver.state, contents, error)) {
            return false;
        }
        publishing->upload->temporary[0] = '\0';
    }
    bool done = put_name(store, publishing->upload, &publishing->entry, error);
    if (!done) {
        drop_unused(store, contents->digest);
    }
    return done;
}

bool file_store_upload_publish(struct file_store_upload *upload, struct stored_file *file,
                               struct error *error) {
    struct file_store *store = upload->store;
    const struct file_driver *driver = &store->driver;
    char digest[STORE_DIGEST_LENGTH + 1];
    char path[PATH_MAX];
    struct file_upload contents = {
        .fd = upload->fd, .path = path, .digest = digest, .size = upload->size};
    struct publishing publishing = {
        .upload = upload,
        .contents = &contents,
        .entry = {.modified = clock_realtime(), .size = upload->size},
    };
    if (upload->size > CONTENTS_MAX) {
        return too_large(upload->user, upload->path, upload->size, CONTENTS_MAX, error);
    }
    memcpy(path, upload->temporary, sizeof path);
    memcpy(contents.id, upload->id, sizeof contents.id);
    file_store_digest(&upload->digest, digest);
    memcpy(publishing.entry.digest, digest, STORE_DIGEST_LENGTH);
    bool prepared = driver->prepare(driver->state, &contents, error);
    bool done = prepared && change_names(store, publish, &publishing, error);
    if (prepared && driver->finish != NULL) {
        driver->finish(driver->state, &contents);
    }
    if (done && file != NULL) {
        file_of(upload->path, &publishing.entry, file);
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

struct renaming {
    const char *user, *from;
    const char *to; // NULL: the file goes
};

static bool rename_name(struct file_store *store, void *context, struct error *error) {
    const struct renaming *renaming = context;
    const char *user = renaming->user, *from = renaming->from, *to = renaming->to;
    struct change_set set = {.store = store, .user = user, .frees = to == NULL};
    struct entry source, target;
    if (!begin(&set, error) || (to != NULL && !check_conflicts(store, user, to, error)) ||
        !read_entry(store, user, from, &source, error) ||
        (to != NULL && !read_entry(store, user, to, &target, error))) {
        return false;
    }
    const struct totals before = set.totals;
    if (!exists(&source)) {
        return error_set(error, ERROR_NOT_FOUND, "%s/%s: no such file", user, from);
    }
    if (to != NULL && strcmp(from, to) == 0) {
        return true;
    }
    return (to == NULL || set_entry(&set, to, &target, &source, error)) &&
           set_entry(&set, from, &source, NULL, error) && commit(&set, &before, error);
}

bool file_store_remove(struct file_store *store, const char *user, const char *path,
                       struct error *error) {
    struct renaming removal = {user, path, NULL};
    return check(user, path, error) && change_names(store, rename_name, &removal, error);
}

bool file_store_rename(struct file_store *store, const char *user, const char *from, const char *to,
                       struct error *error) {
    struct renaming renaming = {user, from, to};
    return check(user, from, error) && check(user, to, error) &&
           change_names(store, rename_name, &renaming, error);
}

// ---- Opening ------------------------------------------------------------------------------------

// Uploads hold a lock of theirs: who has none was killed.
static void drop_temporary(int folder, const char *name) {
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
        flock(fd, LOCK_EX | LOCK_NB) == 0) {
        unlinkat(folder, name, 0);
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void sweep(const char *temporary) {
    DIR *folder = opendir(temporary);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        drop_temporary(dirfd(folder), entry->d_name);
    }
    if (folder != NULL) {
        closedir(folder);
    }
}

struct file_store *file_store_new(const struct file_driver *driver, const char *temporary,
                                  struct error *error) {
    char path[PATH_MAX];
    struct file_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        error_set(error, ERROR_MEMORY, "files of users");
    } else if (file_make_folders(temporary, error)) {
        if (realpath(temporary, path) != NULL && strlen(path) < sizeof store->temporary) {
            memcpy(store->temporary, path, strlen(path) + 1);
            store->driver = *driver;
            sweep(store->temporary);
            return store;
        }
        error_set(error, ERROR_IO, "%s: no usable path", temporary);
    }
    free(store);
    driver->close(driver->state);
    return NULL;
}

// Files of before there was a log of changes get their places in it.
struct logging {
    struct file_store *store;
    struct error *error;
    bool done;
};

static bool log_file(void *context, const char *key, struct bytes value) {
    struct logging *logging = context;
    struct change_set set = {.store = logging->store};
    const struct entry none = {0};
    struct entry entry;
    char user[STORE_NAME_MAX + 1] = "";
    size_t length = strcspn(key + 5, "/");
    if (value.length != sizeof entry || length > STORE_NAME_MAX || key[5 + length] == '\0') {
        return true;
    }
    memcpy(user, key + 5, length);
    memcpy(&entry, value.data, sizeof entry);
    set.user = user;
    set_log(&set, key + 5 + length + 1, &none, &entry);
    const struct file_driver *driver = &logging->store->driver;
    const struct file_commit all = {.changes = set.changes, .change_count = set.count};
    logging->done = driver->commit(driver->state, &all, logging->error);
    return logging->done;
}

static bool ensure_log(struct file_store *store, struct error *error) {
    const struct file_driver *driver = &store->driver;
    const struct store_change mark = {.key = "format", .value = {(const uint8_t *)"2", 1}};
    const struct file_commit all = {.changes = &mark, .change_count = 1};
    struct logging logging = {store, error, true};
    struct buffer value = {0};
    int lock = driver->begin(driver->state, error);
    bool there = lock >= 0 && driver->get(driver->state, "format", true, &value, error);
    bool done =
        there ||
        (lock >= 0 && driver->iterate(driver->state, "file/", NULL, log_file, &logging, error) &&
         logging.done && driver->commit(driver->state, &all, error));
    buffer_destroy(&value);
    if (lock >= 0) {
        driver->end(driver->state, lock);
    }
    return done;
}

struct file_store *file_store_open(const char *folder, struct error *error) {
    char path[PATH_MAX / 2];
    char temporary[PATH_MAX];
    struct file_driver driver;
    if (!file_driver_folder(folder, path, sizeof path, &driver, error)) {
        return NULL;
    }
    snprintf(temporary, sizeof temporary, "%s/temporary", path);
    struct file_store *store = file_store_new(&driver, temporary, error);
    if (store != NULL && !ensure_log(store, error)) {
        file_store_close(store);
        return NULL;
    }
    return store;
}

void file_store_close(struct file_store *store) {
    if (store != NULL) {
        store->driver.close(store->driver.state);
        free(store);
    }
}

const char *file_store_kind(const struct file_store *store) {
    return store->driver.kind;
}
