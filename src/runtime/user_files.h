// The files of users on this host: the store of them, and by user the layers that guests see.
#ifndef FAASM_RUNTIME_USER_FILES_H
#define FAASM_RUNTIME_USER_FILES_H

#include "base/error.h"
#include "store/file_driver.h"
#include "store/layer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct user_layers;

struct user_files {
    struct file_store *store;
    const char *folder; // of the runtime
    uint64_t bytes, entries;
    pthread_mutex_t mutex; // guards
    struct user_layers *users;
};

// The store is kept by `driver`, which is closed with it, also where this fails; NULL: in
// `store_folder`, which may be NULL: one below `folder`. `bytes` and `entries` limit what each user
// has locally, and `bytes` what it has in the store; 0: nothing does.
bool user_files_open(struct user_files *files, const char *folder, const char *store_folder,
                     const struct file_driver *driver, uint64_t bytes, uint64_t entries,
                     struct error *error);
void user_files_close(struct user_files *files); // also where it was not opened

// The layers of a user, which stay until all are closed: of "/", and of "faasm://". Thread-safe.
bool user_files_layers(struct user_files *files, const char *user, struct layer **local,
                       struct layer **shared, struct error *error);

#endif
