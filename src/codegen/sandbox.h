// How the program keeps a compiler bug, met by a hostile module, from doing harm: resource limits
// on everything, and the parts that read the module run in a child process that can compute and
// write to descriptors it was given, and nothing else.
#ifndef FAASM_CODEGEN_SANDBOX_H
#define FAASM_CODEGEN_SANDBOX_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct sandbox_limits {
    unsigned cpu_seconds;
    unsigned memory_mb; // address space of each process
    unsigned output_mb; // size of any file written
};

// For this process and its children: the limits, no new privileges, no core files, and a system
// call filter that refuses sockets, tracing, mounting, modules and the like. Where the kernel has
// no filters the rest holds.
bool sandbox_begin(const struct sandbox_limits *limits, struct error *error);

// Where the kernel has Landlock: from here on this process and its children read the file `input`,
// the system's libraries and the linker's folder (`linker` NULL: the usual places), execute what is
// in these, and write in the folder of `output`. Nothing else is there for them, no TCP
// connections, and no signals to others. After sandbox_begin.
bool sandbox_fence(const char *input, const char *output, const char *linker, struct error *error);

// For the process that becomes the linker: the system's libraries and the linker's folder only. It
// has its input and output open.
bool sandbox_fence_linker(const char *linker, struct error *error);

// Exit status of a child that says itself that it gets no memory.
enum { SANDBOX_OUT_OF_MEMORY = 3 };

// Runs `task` in a child process whose filter leaves memory, time, and reading and writing of open
// descriptors, and for which there are no files. Gives what the task returned and the error it set;
// a child that died (limit, crash) gives ERROR_INTERNAL or, at a limit, ERROR_TOO_LARGE.
typedef bool sandbox_task(void *context, struct error *error);
bool sandbox_run(sandbox_task *task, void *context, struct error *error);

// The same for a task that can be done without: it may take 20 s of CPU time at most.
bool sandbox_run_brief(sandbox_task *task, void *context, struct error *error);

// The same for a task that may call sandbox_run_all: its filter leaves starting processes, too.
bool sandbox_run_parent(sandbox_task *task, void *context, struct error *error);

// For a task of sandbox_run_parent: runs several, as sandbox_run does, in processes that have all
// that the parent has in memory: one for each of `count` contexts of `size` bytes each, begun in
// their order.
struct sandbox_tasks {
    sandbox_task *task;
    void *contexts;
    size_t size;
    unsigned count;    // at most SANDBOX_TASKS_MAXIMUM
    unsigned parallel; // processes at a time
    unsigned each;     // tasks that a process does, at most: the next ones that nobody has begun
    // MiB of address space of each process. A task whose process ends as one does that is out of
    // memory is run once more, when no other runs, with as much as sandbox_begin allowed.
    unsigned memory_mb;
};
enum { SANDBOX_TASKS_MAXIMUM = 256 };

// The first failure is the result; what still runs then ends with the parent.
bool sandbox_run_all(const struct sandbox_tasks *tasks, struct error *error);

// Waits for a child; false, with the error filled, unless it exited with 0. `what` names it.
bool sandbox_wait(int child, const char *what, struct error *error);

#endif
