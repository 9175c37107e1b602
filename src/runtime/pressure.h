// Whether memory is short, so that what is only kept for speed is to be given back: by the kernel's
// pressure stall information (docs.kernel.org/accounting/psi.html), and where there is none by what
// is available.
#ifndef FAASM_RUNTIME_PRESSURE_H
#define FAASM_RUNTIME_PRESSURE_H

#include <limits.h>
#include <stdbool.h>

enum {
    PRESSURE_STALLED_PERCENT = 10,  // of the last 10 s in which some task waited for memory
    PRESSURE_AVAILABLE_PERCENT = 5, // of memory that can be had without swapping
};

struct pressure {
    char stalls[PATH_MAX]; // file of pressure information; "": there is none
    char facts[PATH_MAX];  // as /proc/meminfo
};

// The files of this process: memory.pressure of its cgroup where that is not the root, otherwise
// the machine's.
void pressure_find(struct pressure *pressure);

// False where no file can be read.
bool pressure_is_high(const struct pressure *pressure);

#endif
