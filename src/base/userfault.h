// Finding out who writes where: a userfaultfd of the process, for write-protecting pages.
#ifndef FAASM_BASE_USERFAULT_H
#define FAASM_BASE_USERFAULT_H

// A descriptor whose faults raise SIGBUS in the thread that writes; -1 where the kernel has none
// (old ones, some containers). Closed on exec.
int userfault_open(void);

#endif
