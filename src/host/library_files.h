// Files of the guest that are side modules.
#ifndef FAASM_HOST_LIBRARY_FILES_H
#define FAASM_HOST_LIBRARY_FILES_H

#include "runtime/library.h"

// A runtime_library_read: a path is looked up in the call's folders, "." and "/" being the same; a
// name without a slash in the folders of LD_LIBRARY_PATH, that of the requester, /lib and /usr/lib.
runtime_library_read library_files_read;

#endif
