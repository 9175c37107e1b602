#include "server/confine.h"

#include "base/file.h"
#include "base/sanitized.h"
#include "server/confine_files.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char on[] = "on", off[] = "off", missing[] = "not in this kernel";

static const char *const names[CONFINE_PART_COUNT] = {
#define X(identifier, name) name,
    CONFINE_PARTS(X)
#undef X
};

const char *confine_part_name(enum confine_part part) {
    return (unsigned)part < CONFINE_PART_COUNT ? names[part] : "unknown";
}

static bool want(const char *name, bool wanted[CONFINE_PART_COUNT], struct error *error) {
    for (int part = 0; part < CONFINE_PART_COUNT; part++) {
        if (strcmp(names[part], name) == 0) {
            wanted[part] = true;
            return true;
        }
    }
    return error_set(error, ERROR_ARGUMENT,
                     "confine: '%.50s' is not all, none, no_new_privs, capabilities, landlock or "
                     "seccomp",
                     name);
}

bool confine_parse(const char *text, bool wanted[CONFINE_PART_COUNT], struct error *error) {
    bool all = strcmp(text, "all") == 0;
    for (int part = 0; part < CONFINE_PART_COUNT; part++) {
        wanted[part] = all;
    }
    if (all || strcmp(text, "none") == 0) {
        return true;
    }
    char *copy = strdup(text), *rest = copy;
    bool done = copy != NULL || error_set(error, ERROR_MEMORY, "confine");
    for (char *name; done && (name = strsep(&rest, ",")) != NULL;) {
        done = want(name, wanted, error);
    }
    free(copy);
    return done;
}

// ---- Capabilities -------------------------------------------------------------------------------

// Those that are kept, as a bit mask.
static uint64_t needed_capabilities(const struct confine_config *config) {
    uint64_t needed = 0;
    struct stat facts;
    if (stat(config->folder, &facts) == 0 && facts.st_uid != geteuid()) {
        needed |= 1ull << CAP_DAC_OVERRIDE;
    }
    if (config->port != 0 && config->port < 1024) {
        needed |= 1ull << CAP_NET_BIND_SERVICE;
    }
    return needed;
}

static bool drop_capabilities(const struct confine_config *config, struct error *error) {
    uint64_t kept = needed_capabilities(config);
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) != 0) {
        return error_set_errno(error, errno, "capabilities");
    }
    // What a program that is started as root would have again; fails where there is nothing to
    // drop, or no right to.
    for (int capability = 0; capability < 64; capability++) {
        if ((kept >> capability & 1) == 0) {
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
        }
    }
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (int half = 0; half < 2; half++) {
        uint32_t mask = (uint32_t)(kept >> (32 * half));
        data[half].permitted &= mask;
        data[half].effective = data[half].permitted;
        data[half].inheritable = 0;
    }
    return syscall(SYS_capset, &header, data) == 0 ||
           error_set_errno(error, errno, "dropping capabilities");
}

// ---- System calls -------------------------------------------------------------------------------

#define CALL(name) SCMP_SYS(name)

static const int allowed[] = {
    // Files.
    CALL(read),
    CALL(write),
    CALL(readv),
    CALL(writev),
    CALL(pread64),
    CALL(pwrite64),
    CALL(preadv),
    CALL(pwritev),
    CALL(preadv2),
    CALL(pwritev2),
    CALL(close),
    CALL(close_range),
    CALL(open),
    CALL(openat),
    CALL(openat2),
    CALL(creat),
    CALL(stat),
    CALL(lstat),
    CALL(fstat),
    CALL(newfstatat),
    CALL(statx),
    CALL(statfs),
    CALL(fstatfs),
    CALL(lseek),
    CALL(fcntl),
    CALL(ioctl),
    CALL(flock),
    CALL(fsync),
    CALL(fdatasync),
    CALL(sync_file_range),
    CALL(syncfs),
    CALL(truncate),
    CALL(ftruncate),
    CALL(fallocate),
    CALL(fadvise64),
    CALL(readahead),
    CALL(rename),
    CALL(renameat),
    CALL(renameat2),
    CALL(unlink),
    CALL(unlinkat),
    CALL(mkdir),
    CALL(mkdirat),
    CALL(rmdir),
    CALL(link),
    CALL(linkat),
    CALL(symlink),
    CALL(symlinkat),
    CALL(readlink),
    CALL(readlinkat),
    CALL(getdents64),
    CALL(utimensat),
    CALL(chmod),
    CALL(fchmod),
    CALL(fchmodat),
    CALL(umask),
    CALL(access),
    CALL(faccessat),
    CALL(faccessat2),
    CALL(chdir),
    CALL(fchdir),
    CALL(getcwd),
    CALL(copy_file_range),
    CALL(sendfile),
    CALL(splice),
    CALL(dup),
    CALL(dup2),
    CALL(dup3),
    CALL(pipe),
    CALL(pipe2),
    CALL(memfd_create),
    CALL(fgetxattr),
    CALL(getxattr),
    // Waiting.
    CALL(poll),
    CALL(ppoll),
    CALL(select),
    CALL(pselect6),
    CALL(epoll_create1),
    CALL(epoll_ctl),
    CALL(epoll_wait),
    CALL(epoll_pwait),
    CALL(epoll_pwait2),
    CALL(eventfd2),
    CALL(timerfd_create),
    CALL(timerfd_settime),
    CALL(timerfd_gettime),
    CALL(futex),
    CALL(futex_waitv),
    CALL(nanosleep),
    CALL(clock_nanosleep),
    CALL(sched_yield),
    CALL(restart_syscall),
    // Memory.
    CALL(mmap),
    CALL(munmap),
    CALL(mremap),
    CALL(mprotect),
    CALL(madvise),
    CALL(msync),
    CALL(mincore),
    CALL(mlock),
    CALL(mlock2),
    CALL(munlock),
    CALL(brk),
    CALL(membarrier),
    CALL(userfaultfd),
    CALL(pkey_alloc),
    CALL(pkey_free),
    CALL(pkey_mprotect),
    CALL(mbind),
    CALL(set_mempolicy),
    CALL(get_mempolicy),
    // Threads, processes, signals.
    CALL(execve),
    CALL(exit),
    CALL(exit_group),
    CALL(wait4),
    CALL(waitid),
    CALL(vfork),
    CALL(fork),
    CALL(kill),
    CALL(tkill),
    CALL(tgkill),
    CALL(pidfd_open),
    CALL(pidfd_send_signal),
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(rt_sigreturn),
    CALL(rt_sigtimedwait),
    CALL(rt_sigpending),
    CALL(rt_sigsuspend),
    CALL(rt_sigqueueinfo),
    CALL(rt_tgsigqueueinfo),
    CALL(sigaltstack),
    CALL(set_robust_list),
    CALL(get_robust_list),
    CALL(set_tid_address),
    CALL(rseq),
    CALL(arch_prctl),
    CALL(prctl),
    CALL(seccomp),
    CALL(landlock_create_ruleset),
    CALL(landlock_add_rule),
    CALL(landlock_restrict_self),
    CALL(setpgid),
    CALL(getpgrp),
    CALL(getpgid),
    CALL(setsid),
    CALL(timer_create),
    CALL(timer_settime),
    CALL(timer_gettime),
    CALL(timer_delete),
    CALL(setitimer),
    CALL(getitimer),
    CALL(alarm),
    CALL(pause),
    // Facts.
    CALL(getpid),
    CALL(getppid),
    CALL(gettid),
    CALL(getuid),
    CALL(geteuid),
    CALL(getgid),
    CALL(getegid),
    CALL(getresuid),
    CALL(getresgid),
    CALL(getgroups),
    CALL(capget),
    CALL(capset),
    CALL(getrlimit),
    CALL(setrlimit),
    CALL(prlimit64),
    CALL(getrusage),
    CALL(times),
    CALL(sysinfo),
    CALL(uname),
    CALL(getrandom),
    CALL(getcpu),
    CALL(clock_gettime),
    CALL(clock_getres),
    CALL(gettimeofday),
    CALL(time),
    CALL(sched_getaffinity),
    CALL(sched_setaffinity),
    CALL(sched_getparam),
    CALL(sched_getscheduler),
    CALL(sched_setscheduler),
    CALL(sched_get_priority_max),
    CALL(sched_get_priority_min),
    CALL(getpriority),
    CALL(setpriority),
    // The network; the families of socket are below.
    CALL(bind),
    CALL(listen),
    CALL(accept),
    CALL(accept4),
    CALL(getsockname),
    CALL(getpeername),
    CALL(setsockopt),
    CALL(getsockopt),
    CALL(sendto),
    CALL(recvfrom),
    CALL(sendmsg),
    CALL(recvmsg),
    CALL(sendmmsg),
    CALL(recvmmsg),
    CALL(shutdown),
    CALL(connect),
    CALL(socketpair),
};

static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};

// Nothing here ever makes them.
static const int deadly[] = {
    CALL(ptrace),
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(pidfd_getfd),
    CALL(bpf),
    CALL(perf_event_open),
    CALL(io_uring_setup),
    CALL(io_uring_enter),
    CALL(io_uring_register),
    CALL(kexec_load),
    CALL(kexec_file_load),
    CALL(init_module),
    CALL(finit_module),
    CALL(delete_module),
    CALL(mount),
    CALL(umount2),
    CALL(move_mount),
    CALL(open_tree),
    CALL(fsopen),
    CALL(fsconfig),
    CALL(fsmount),
    CALL(mount_setattr),
    CALL(pivot_root),
    CALL(chroot),
    CALL(unshare),
    CALL(setns),
    CALL(keyctl),
    CALL(add_key),
    CALL(request_key),
    CALL(open_by_handle_at),
    CALL(reboot),
    CALL(swapon),
    CALL(swapoff),
    CALL(iopl),
    CALL(ioperm),
    CALL(modify_ldt),
    CALL(acct),
    CALL(quotactl),
    CALL(settimeofday),
    CALL(clock_settime),
    CALL(adjtimex),
    CALL(clock_adjtime),
    CALL(sethostname),
    CALL(setdomainname),
    CALL(syslog),
    CALL(vhangup),
    CALL(lookup_dcookie),
    CALL(fanotify_init),
    CALL(setuid),
    CALL(setgid),
    CALL(setreuid),
    CALL(setregid),
    CALL(setresuid),
    CALL(setresgid),
    CALL(setgroups),
    CALL(setfsuid),
    CALL(setfsgid),
};

static int add_rules(scmp_filter_ctx filter) {
    const unsigned namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    int result = 0;
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0] && result == 0; i++) {
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    }
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0] && result == 0; i++) {
        result = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
    }
    for (size_t i = 0; i < sizeof families / sizeof families[0] && result == 0; i++) {
        const struct scmp_arg_cmp family = {0, SCMP_CMP_EQ, (scmp_datum_t)families[i], 0};
        result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, CALL(socket), 1, &family);
    }
    // Threads and processes, but no namespaces. The arguments of clone3 cannot be seen, and the C
    // library does without it.
    const struct scmp_arg_cmp no_namespace = {0, SCMP_CMP_MASKED_EQ, namespaces, 0};
    return result != 0
               ? result
               : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, CALL(clone), 1, &no_namespace);
}

static bool filter_calls(const char **state, struct error *error) {
    if (SANITIZED) {
        *state = "not in builds with sanitizers";
        return true;
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (filter == NULL) {
        return error_set(error, ERROR_MEMORY, "system call filter");
    }
    int result = add_rules(filter);
    // A decision tree: a chain of comparisons would cost each call some hundred of them.
    result = result != 0 ? result : seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    result = result != 0 ? result : seccomp_load(filter);
    seccomp_release(filter);
    if (result == -EINVAL || result == -ENOSYS) {
        *state = missing;
        return true;
    }
    *state = on;
    return result == 0 || error_set_errno(error, -result, "system call filter");
}

// ---- All ----------------------------------------------------------------------------------------

bool confine_process(const struct confine_config *config, struct confine_state *state,
                     struct error *error) {
    for (int part = 0; part < CONFINE_PART_COUNT; part++) {
        state->parts[part] = off;
    }
    const bool *wanted = config->wanted;
    if (wanted[CONFINE_CAPABILITIES]) {
        if (!drop_capabilities(config, error)) {
            return false;
        }
        state->parts[CONFINE_CAPABILITIES] = on;
    }
    if (wanted[CONFINE_NO_NEW_PRIVS] || wanted[CONFINE_LANDLOCK] || wanted[CONFINE_SECCOMP]) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
            return error_set_errno(error, errno, "no_new_privs");
        }
        state->parts[CONFINE_NO_NEW_PRIVS] = on;
    }
    if (wanted[CONFINE_LANDLOCK]) {
        bool there;
        if (!confine_files(config, &there, error)) {
            return false;
        }
        state->parts[CONFINE_LANDLOCK] = there ? on : missing;
    }
    return !wanted[CONFINE_SECCOMP] || filter_calls(&state->parts[CONFINE_SECCOMP], error);
}
