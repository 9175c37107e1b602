// Inside of the room: what file_store.c and file_contents.c share.
#ifndef FAASM_STORE_FILE_STORE_PRIVATE_H
#define FAASM_STORE_FILE_STORE_PRIVATE_H

#include "store/file_driver.h"
#include "store/file_store.h"

#include <limits.h>
#include <sodium.h>
#include <stdatomic.h>

struct file_store {
    struct file_driver driver;
    char temporary[PATH_MAX / 2]; // folder for what is on its way
    _Atomic uint64_t away_until;  // clock_monotonic()
};

// The digest of what was hashed, as text.
void file_store_digest(crypto_generichash_state *state, char digest[STORE_DIGEST_LENGTH + 1]);

#endif
