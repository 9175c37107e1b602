#include "codegen/sandbox.h"

#include "base/landlock.h"
#include "base/sanitized.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_BYTES = 120 << 20 }; // LLVM recurses over what modules nest

enum { SANDBOX_PARALLEL_MAXIMUM = 64, BRIEF_SECONDS = 20 };

static const int refused_everywhere[] = {
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    SCMP_SYS(ptrace),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(pidfd_getfd),
};

static const int allowed_in_child[] = {
    SCMP_SYS(read),         SCMP_SYS(write),           SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),     SCMP_SYS(lseek),           SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),   SCMP_SYS(ftruncate),       SCMP_SYS(close),
    SCMP_SYS(mmap),         SCMP_SYS(munmap),          SCMP_SYS(mremap),
    SCMP_SYS(mprotect),     SCMP_SYS(madvise),         SCMP_SYS(brk),
    SCMP_SYS(futex),        SCMP_SYS(sched_yield),     SCMP_SYS(exit),
    SCMP_SYS(exit_group),   SCMP_SYS(rt_sigaction),    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),     SCMP_SYS(clock_gettime),
    SCMP_SYS(getpid),       SCMP_SYS(gettid),          SCMP_SYS(tgkill),
    SCMP_SYS(getrandom),    SCMP_SYS(getrusage),       SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sysinfo),      SCMP_SYS(restart_syscall),
};

// And in one that starts such children: fork() and what goes with it.
static const int allowed_in_parent[] = {
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(wait4),
    SCMP_SYS(pipe2),
    SCMP_SYS(poll),
    SCMP_SYS(prctl),
    SCMP_SYS(seccomp),
    SCMP_SYS(set_tid_address),
};
enum { FORK_FLAGS = CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD };

static bool set_limit(int resource, rlim_t value, struct error *error) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0) {
        return error_set_errno(error, errno, "getrlimit");
    }
    if (limit.rlim_max != RLIM_INFINITY && value > limit.rlim_max) {
        value = limit.rlim_max;
    }
    limit.rlim_cur = value;
    if (resource != RLIMIT_STACK) {
        limit.rlim_max = value;
    }
    if (setrlimit((__rlimit_resource_t)resource, &limit) != 0) {
        return error_set_errno(error, errno, "setrlimit");
    }
    return true;
}

// Takes ownership of `filter`. A kernel without filters is no error.
static bool load_filter(scmp_filter_ctx filter, int added, struct error *error) {
    int result = added == 0 ? seccomp_load(filter) : added;
    seccomp_release(filter);
    if (result == 0 || result == -EINVAL || result == -ENOSYS) {
        return true;
    }
    return error_set_errno(error, -result, "system call filter");
}

static int add_rules(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count) {
    int added = 0;
    for (size_t i = 0; i < count && added == 0; i++) {
        added = seccomp_rule_add(filter, action, calls[i], 0);
    }
    return added;
}

static bool refuse_everywhere(struct error *error) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL) {
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    int added = add_rules(filter, SCMP_ACT_ERRNO(EPERM), refused_everywhere,
                          sizeof refused_everywhere / sizeof refused_everywhere[0]);
    return load_filter(filter, added, error);
}

// A part inherits the fence of the process that started it.
enum child_kind { CHILD_ALONE, CHILD_BRIEF, CHILD_PARENT, CHILD_PART };

static bool allow_in_child(enum child_kind kind, struct error *error) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL) {
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    int added = add_rules(filter, SCMP_ACT_ALLOW, allowed_in_child,
                          sizeof allowed_in_child / sizeof allowed_in_child[0]);
    if (added == 0 && kind == CHILD_PARENT) {
        added = add_rules(filter, SCMP_ACT_ALLOW, allowed_in_parent,
                          sizeof allowed_in_parent / sizeof allowed_in_parent[0]);
    }
    if (added == 0 && kind == CHILD_PARENT) {
        added = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                 SCMP_A0(SCMP_CMP_EQ, FORK_FLAGS, 0));
    }
    if (added == 0 && kind == CHILD_PARENT) { // of parts; what sandbox_begin allowed bounds it
        added = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
                                 SCMP_A0(SCMP_CMP_EQ, 0, 0), SCMP_A1(SCMP_CMP_EQ, RLIMIT_AS, 0));
    }
    return load_filter(filter, added, error);
}

bool sandbox_begin(const struct sandbox_limits *limits, struct error *error) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return error_set_errno(error, errno, "no_new_privs");
    }
    const rlim_t megabyte = 1 << 20;
    bool ok = set_limit(RLIMIT_CPU, limits->cpu_seconds, error) &&
              set_limit(RLIMIT_FSIZE, limits->output_mb * megabyte, error) &&
              set_limit(RLIMIT_CORE, 0, error) && set_limit(RLIMIT_STACK, STACK_BYTES, error);
    if (!ok || SANITIZED) {
        return ok;
    }
    return set_limit(RLIMIT_AS, limits->memory_mb * megabyte, error) && refuse_everywhere(error);
}

// ---- Files --------------------------------------------------------------------------------------

static bool allow_folder_of(struct landlock *fence, const char *file, unsigned access,
                            struct error *error) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s", file) >= (int)sizeof path) {
        return error_set(error, ERROR_ARGUMENT, "path too long: %.100s", file);
    }
    return landlock_allow(fence, dirname(path), access, error);
}

static bool allow_linker(struct landlock *fence, const char *linker, struct error *error) {
    static const char *const places[] = {"/usr", "/lib", "/lib64"};
    const unsigned run = LANDLOCK_READ | LANDLOCK_EXECUTE;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!landlock_allow(fence, places[i], run, error)) {
            return false;
        }
    }
    return landlock_allow(fence, "/etc/ld.so.cache", LANDLOCK_READ, error) &&
           (linker == NULL || allow_folder_of(fence, linker, run, error));
}

// What sanitizers write at the end of a process would be in the way.
static bool enforce(struct landlock *fence, bool allowed, struct error *error) {
    bool done = allowed && (SANITIZED || landlock_enforce(fence, error));
    landlock_end(fence);
    return done;
}

bool sandbox_fence(const char *input, const char *output, const char *linker, struct error *error) {
    struct landlock fence;
    return landlock_begin(&fence, error) &&
           enforce(&fence,
                   landlock_allow(&fence, input, LANDLOCK_READ, error) &&
                       allow_folder_of(&fence, output,
                                       LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_MAKE, error) &&
                       allow_linker(&fence, linker, error),
                   error);
}

bool sandbox_fence_linker(const char *linker, struct error *error) {
    struct landlock fence;
    return landlock_begin(&fence, error) &&
           enforce(&fence, allow_linker(&fence, linker, error), error);
}

// No files at all.
static bool fence_off(struct error *error) {
    struct landlock fence;
    return landlock_begin(&fence, error) && enforce(&fence, true, error);
}

// ---- Children -----------------------------------------------------------------------------------

static bool wait_for(pid_t child, int *status, struct error *error) {
    while (waitpid(child, status, 0) < 0) {
        if (errno != EINTR) {
            return error_set_errno(error, errno, "waitpid");
        }
    }
    return true;
}

static bool check_end(int status, const char *what, struct error *error) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return true;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == SANDBOX_OUT_OF_MEMORY) {
        return error_set(error, ERROR_TOO_LARGE, "%s ran out of memory", what);
    }
    if (WIFEXITED(status)) {
        return error_set(error, ERROR_INTERNAL, "%s failed", what);
    }
    int signal_number = WTERMSIG(status);
    if (signal_number == SIGXCPU || signal_number == SIGKILL) {
        return error_set(error, ERROR_TOO_LARGE, "%s reached its limit of CPU time", what);
    }
    if (signal_number == SIGXFSZ) {
        return error_set(error, ERROR_TOO_LARGE, "%s reached its limit of output", what);
    }
    if (signal_number == SIGABRT) { // how C++ ends where memory is out
        return error_set(error, ERROR_TOO_LARGE, "%s ran out of memory, or gave up", what);
    }
    return error_set(error, ERROR_INTERNAL, "%s was ended by signal %d (%s)", what, signal_number,
                     strsignal(signal_number));
}

bool sandbox_wait(int child, const char *what, struct error *error) {
    int status = 0;
    return wait_for(child, &status, error) && check_end(status, what, error);
}

// What the child reports through the pipe.
struct report {
    bool ok;
    struct error error;
};

static bool lower_memory(unsigned memory_mb, struct error *error) {
    struct rlimit limit;
    if (SANITIZED || memory_mb == 0) {
        return true;
    }
    if (getrlimit(RLIMIT_AS, &limit) != 0) {
        return error_set_errno(error, errno, "getrlimit");
    }
    rlim_t wanted = (rlim_t)memory_mb << 20;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    return setrlimit(RLIMIT_AS, &limit) == 0 || error_set_errno(error, errno, "setrlimit");
}

static void child_main(sandbox_task *task, void *context, enum child_kind kind, unsigned memory_mb,
                       int report_fd) {
    struct report report = {0};
    signal(SIGPIPE, SIG_IGN);
    // When the program is killed, what it started ends, too.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if ((kind == CHILD_PART || fence_off(&report.error)) &&
        (kind != CHILD_BRIEF || set_limit(RLIMIT_CPU, BRIEF_SECONDS, &report.error)) &&
        lower_memory(memory_mb, &report.error) &&
        (SANITIZED || allow_in_child(kind, &report.error))) {
        report.ok = task(context, &report.error);
    }
    ssize_t written = write(report_fd, &report, sizeof report);
    _exit(written == sizeof report ? 0 : 2);
}

static size_t read_report(int fd, struct report *report) {
    size_t length = 0;
    while (length < sizeof *report) {
        ssize_t count = read(fd, (char *)report + length, sizeof *report - length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            break;
        }
        length += (size_t)count;
    }
    return length;
}

// A process that runs.
struct job {
    pid_t process;
    int report;     // the reading end of its pipe
    unsigned place; // of a share
};

// `memory_mb` of a part: 0 for what sandbox_begin allowed.
static bool start(sandbox_task *task, void *context, enum child_kind kind, unsigned memory_mb,
                  struct job *job, struct error *error) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_set_errno(error, errno, "pipe");
    }
    pid_t child = fork();
    if (child < 0) {
        close(ends[0]);
        close(ends[1]);
        return error_set_errno(error, errno, "fork");
    }
    if (child == 0) {
        close(ends[0]);
        child_main(task, context, kind, memory_mb, ends[1]);
    }
    close(ends[1]);
    *job = (struct job){.process = child, .report = ends[0]};
    return true;
}

// How a process ends that gets no memory: it says so, or C++ aborts, or LLVM uses what it did not
// get.
static bool may_lack_memory(int status, const struct report *report) {
    if (WIFSIGNALED(status)) {
        int number = WTERMSIG(status);
        return number == SIGABRT || number == SIGSEGV || number == SIGBUS;
    }
    return WEXITSTATUS(status) == SANDBOX_OUT_OF_MEMORY ||
           (WEXITSTATUS(status) == 0 && !report->ok && report->error.code == ERROR_MEMORY);
}

enum outcome { OUTCOME_DONE, OUTCOME_FAILED, OUTCOME_LACKED_MEMORY };

static enum outcome finish(const struct job *job, struct error *error) {
    struct report report = {0};
    int status = 0;
    size_t length = read_report(job->report, &report);
    close(job->report);
    if (!wait_for(job->process, &status, error)) {
        return OUTCOME_FAILED;
    }
    enum outcome failure =
        may_lack_memory(status, &report) ? OUTCOME_LACKED_MEMORY : OUTCOME_FAILED;
    if (!check_end(status, "the compiler", error)) {
        return failure;
    }
    if (length != sizeof report || report.error.code >= ERROR_CODE_COUNT) {
        error_set(error, ERROR_INTERNAL, "the compiler did not report");
        return OUTCOME_FAILED;
    }
    report.error.message[sizeof report.error.message - 1] = '\0';
    if (!report.ok && error != NULL) {
        *error = report.error;
    }
    return report.ok ? OUTCOME_DONE : failure;
}

bool sandbox_run(sandbox_task *task, void *context, struct error *error) {
    struct job job = {0};
    return start(task, context, CHILD_ALONE, 0, &job, error) && finish(&job, error) == OUTCOME_DONE;
}

bool sandbox_run_brief(sandbox_task *task, void *context, struct error *error) {
    struct job job = {0};
    return start(task, context, CHILD_BRIEF, 0, &job, error) && finish(&job, error) == OUTCOME_DONE;
}

bool sandbox_run_parent(sandbox_task *task, void *context, struct error *error) {
    struct job job = {0};
    return start(task, context, CHILD_PARENT, 0, &job, error) &&
           finish(&job, error) == OUTCOME_DONE;
}

// ---- Many tasks ---------------------------------------------------------------------------------

// What the processes share.
struct progress {
    _Atomic unsigned next;                              // task that nobody has begun
    _Atomic unsigned current[SANDBOX_PARALLEL_MAXIMUM]; // that the process of a place is at
};

// What a process does.
struct share {
    const struct sandbox_tasks *tasks;
    struct progress *progress;
    unsigned place, each;
};

static bool run_share(void *context, struct error *error) {
    const struct share *share = context;
    const struct sandbox_tasks *tasks = share->tasks;
    for (unsigned i = 0; i < share->each; i++) {
        unsigned number = atomic_fetch_add(&share->progress->next, 1);
        if (number >= tasks->count) {
            break;
        }
        atomic_store(&share->progress->current[share->place], number);
        if (!tasks->task((char *)tasks->contexts + number * tasks->size, error)) {
            return false;
        }
    }
    return true;
}

// The number of a job that has something to report, or has died.
static unsigned wait_for_any(const struct job *jobs, unsigned count) {
    struct pollfd polls[SANDBOX_PARALLEL_MAXIMUM];
    for (unsigned i = 0; i < count; i++) {
        polls[i] = (struct pollfd){.fd = jobs[i].report, .events = POLLIN};
    }
    while (poll(polls, count, -1) < 0 && errno == EINTR) {
    }
    for (unsigned i = 0; i < count; i++) {
        if (polls[i].revents != 0) {
            return i;
        }
    }
    return 0;
}

struct runner {
    const struct sandbox_tasks *tasks;
    struct progress *progress;
    struct job jobs[SANDBOX_PARALLEL_MAXIMUM];
    unsigned running;
    unsigned again[SANDBOX_TASKS_MAXIMUM]; // tasks that lacked memory
    unsigned again_count;
};

static unsigned free_place(const struct runner *runner) {
    bool taken[SANDBOX_PARALLEL_MAXIMUM] = {false};
    for (unsigned i = 0; i < runner->running; i++) {
        taken[runner->jobs[i].place] = true;
    }
    unsigned place = 0;
    while (taken[place]) {
        place++;
    }
    return place;
}

static bool start_share(struct runner *runner, struct error *error) {
    struct share share = {.tasks = runner->tasks,
                          .progress = runner->progress,
                          .place = free_place(runner),
                          .each = runner->tasks->each};
    struct job *job = &runner->jobs[runner->running];
    if (!start(run_share, &share, CHILD_PART, runner->tasks->memory_mb, job, error)) {
        return false;
    }
    job->place = share.place;
    runner->running++;
    return true;
}

static bool end_share(struct runner *runner, struct error *error) {
    unsigned ended = wait_for_any(runner->jobs, runner->running);
    struct job job = runner->jobs[ended];
    runner->jobs[ended] = runner->jobs[--runner->running];
    enum outcome outcome = finish(&job, error);
    unsigned number = atomic_load(&runner->progress->current[job.place]);
    if (outcome != OUTCOME_LACKED_MEMORY || number >= runner->tasks->count ||
        runner->again_count == SANDBOX_TASKS_MAXIMUM) {
        return outcome == OUTCOME_DONE;
    }
    runner->again[runner->again_count++] = number;
    return true;
}

static bool run_again(const struct runner *runner, unsigned number, struct error *error) {
    const struct sandbox_tasks *tasks = runner->tasks;
    struct job job = {0};
    return start(tasks->task, (char *)tasks->contexts + number * tasks->size, CHILD_PART, 0, &job,
                 error) &&
           finish(&job, error) == OUTCOME_DONE;
}

bool sandbox_run_all(const struct sandbox_tasks *tasks, struct error *error) {
    struct runner runner = {.tasks = tasks};
    unsigned parallel =
        tasks->parallel < SANDBOX_PARALLEL_MAXIMUM ? tasks->parallel : SANDBOX_PARALLEL_MAXIMUM;
    runner.progress = mmap(NULL, sizeof *runner.progress, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (runner.progress == MAP_FAILED) {
        return error_set_errno(error, errno, "mmap");
    }
    bool ok = true, more = true;
    while (ok && (runner.running > 0 || more)) {
        ok = more && runner.running < parallel ? start_share(&runner, error)
                                               : end_share(&runner, error);
        more = atomic_load(&runner.progress->next) < tasks->count;
    }
    for (unsigned i = 0; ok && i < runner.again_count; i++) {
        ok = run_again(&runner, runner.again[i], error);
    }
    for (unsigned i = 0; i < runner.running; i++) {
        close(runner.jobs[i].report);
    }
    munmap(runner.progress, sizeof *runner.progress);
    return ok;
}
