// Where the files of users are kept (file_store.h): names, as keys and values of an ordered map,
// and contents, by digest. One struct of functions for each kind of store; rules about paths,
// limits and the numbers of changes are file_store.c's. To add a driver, write its open function
// and fill the struct; tests/unit/store runs one suite against each.
#ifndef FAASM_STORE_FILE_DRIVER_H
#define FAASM_STORE_FILE_DRIVER_H

#include "store/driver.h"

#include <stdint.h>

// Contents in a local file, on their way to the store.
struct file_upload {
    int fd;
    const char *path;
    char id[33];        // that no other has
    const char *digest; // hexadecimal
    uint64_t size;
};

// Changes of names, made together or not at all.
struct file_commit {
    bool frees; // a file goes: to be done where there is no room for more
    const struct store_change *changes;
    size_t change_count;
    const char *used[2]; // contents that get their first name
    size_t used_count;
    const char *unused[2]; // contents that lose their last one, and go
    size_t unused_count;
};

// All functions are thread-safe, but those of one opened contents, which one thread uses at a time.
// What cannot be reached is ERROR_UNAVAILABLE.
struct file_driver {
    void *state;
    const char *kind; // "folder", "redis"
    size_t step;      // bytes that contents are best read at a time

    // As in struct store_driver. Unless `patient`, get fails at once where others would wait.
    bool (*get)(void *state, const char *key, bool patient, struct buffer *value,
                struct error *error);
    bool (*iterate)(void *state, const char *prefix, const char *from,
                    bool (*visit)(void *context, const char *key, struct bytes value),
                    void *context, struct error *error);
    // ERROR_BUSY where a change was made on conditions that do not hold.
    bool (*commit)(void *state, const struct file_commit *commit, struct error *error);

    // Between these nobody else changes names; a number for `end`, -1 on failure. NULL for drivers
    // that do not lock: then what was read may have changed, and commit tells.
    int (*begin)(void *state, struct error *error);
    void (*end)(void *state, int lock);

    // Takes contents to the store, where they stay until `finish` at least, and from then on when
    // they were used.
    bool (*prepare)(void *state, const struct file_upload *upload, struct error *error);
    // What of that must be done between begin and end; the local file is the store's then. NULL:
    // nothing.
    bool (*place)(void *state, const struct file_upload *upload, struct error *error);
    // Contents that were placed and are not used. Between begin and end. NULL: nothing to do.
    void (*drop)(void *state, const char *digest);
    void (*finish)(void *state, const struct file_upload *upload); // NULL: nothing to do

    // Contents that are open stay readable when they are not used any more (file_store.h).
    void *(*open)(void *state, const char *digest, uint64_t size, struct error *error);
    // Exactly these bytes, which are within the size.
    bool (*read)(void *contents, uint64_t offset, uint64_t length, uint8_t *to,
                 struct error *error);
    int (*descriptor)(void *contents); // of a file that they are; NULL: they are none
    void (*close_contents)(void *contents);

    void (*close)(void *state);
};

// A folder of this machine, with LMDB for the names. `folder` becomes its absolute path.
bool file_driver_folder(const char *path, char *folder, size_t capacity, struct file_driver *driver,
                        struct error *error);

#endif
