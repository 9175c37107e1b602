// The part of confine.h that is about files and TCP: Landlock
// (kernel.org/doc/html/latest/userspace-api/landlock.html). Of the room only.
#ifndef FAASM_SERVER_CONFINE_FILES_H
#define FAASM_SERVER_CONFINE_FILES_H

#include "server/confine.h"

// `*there` tells whether the kernel has it. After PR_SET_NO_NEW_PRIVS.
bool confine_files(const struct confine_config *config, bool *there, struct error *error);

#endif
