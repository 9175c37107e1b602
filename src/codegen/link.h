// Relocatable objects -> shared object, with ld.lld.
#ifndef FAASM_CODEGEN_LINK_H
#define FAASM_CODEGEN_LINK_H

#include "base/error.h"

#include <stdbool.h>

// A linker that was started and waits for its objects, so that its start (15 ms, most of which goes
// into loading LLVM's library) happens beside the compilation.
struct link {
    int process;
    int gate; // it waits for the other end of this pipe to close
};

enum { LINK_OBJECTS_MAXIMUM = 256 };

// Starts the linker on the objects that will be readable at `object_fds` (at most
// LINK_OBJECTS_MAXIMUM); it writes the shared object to `shared_fd` (a memory file, say). `linker`
// is the path of ld.lld; NULL looks in the usual places. Ends with link_finish or link_abandon.
bool link_start(struct link *link, const char *linker, const int *object_fds, unsigned count,
                int shared_fd, struct error *error);

// The objects are there: links them. No process may have inherited the gate that still runs.
bool link_finish(struct link *link, struct error *error);
// There will be none.
void link_abandon(struct link *link);

#endif
