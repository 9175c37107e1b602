// `faasm doctor`: tries what Faasm needs of this machine, and says what to do where it fails.
//
// To add a check: a function that fills a finding, and a row in the table.
#include "base/file.h"
#include "cli/cache.h"
#include "cli/cli.h"
#include "faaslet/faaslet.h"
#include "runtime/cgroup.h"
#include "runtime/compile.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum status { STATUS_OK, STATUS_WARN, STATUS_FAIL };
static const char *const status_names[] = {"ok", "warn", "fail"};

// What a check found: a fact, and where it is not ok, what to do.
struct finding {
    enum status status;
    char fact[300];
    char advice[300];
};

__attribute__((format(printf, 2, 3))) static void set_fact(struct finding *finding,
                                                           const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->fact, sizeof finding->fact, format, arguments);
    va_end(arguments);
}

__attribute__((format(printf, 3, 4))) static void blame(struct finding *finding, enum status status,
                                                        const char *format, ...) {
    finding->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->advice, sizeof finding->advice, format, arguments);
    va_end(arguments);
}

// ---- Processor and kernel -----------------------------------------------------------------------

// From /proc/cpuinfo: asking the processor itself would put code into this program that does so
// each time it starts, for `faasm run` too.
static bool has_flag(const char *flags, const char *flag) {
    size_t length = strlen(flag);
    for (const char *at = strstr(flags, flag); at != NULL; at = strstr(at + 1, flag)) {
        if (at[-1] == ' ' && (at[length] == ' ' || at[length] == '\n')) {
            return true;
        }
    }
    return false;
}

static void check_cpu(struct finding *finding) {
    struct buffer text = {0};
    struct error error;
    const char *flags = NULL;
    if (file_read("/proc/cpuinfo", 64 << 20, &text, &error) &&
        buffer_append(&text, "", 1, &error)) {
        flags = strstr((const char *)text.data, "\nflags");
    }
    if (flags == NULL) {
        set_fact(finding, "/proc/cpuinfo tells no flags");
        blame(finding, STATUS_WARN, "mount /proc, to see what the processor can do");
    } else {
        bool avx2 = has_flag(flags, "avx2");
        bool avx512 = has_flag(flags, "avx512f") && has_flag(flags, "avx512vl");
        set_fact(finding, "x86-64%s%s%s", avx2 ? ", AVX2" : "", avx512 ? ", AVX-512" : "",
                 has_flag(flags, "bmi2") ? ", BMI2" : "");
        if (!avx2) {
            blame(finding, STATUS_WARN,
                  "functions run, but loops are vectorized for SSE2 only; a virtual machine may "
                  "hide AVX2: let it have the host's CPU");
        }
    }
    buffer_destroy(&text);
}

static void check_kernel(struct finding *finding) {
    struct utsname name;
    unsigned major = 0;
    unsigned minor = 0;
    if (uname(&name) != 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2) {
        set_fact(finding, "unknown version");
        blame(finding, STATUS_WARN, "Linux 5.10 or newer is needed");
        return;
    }
    set_fact(finding, "%s %s", name.sysname, name.release);
    if (major < 5 || (major == 5 && minor < 10)) {
        blame(finding, STATUS_FAIL, "Linux 5.10 or newer is needed");
    }
}

static void check_openat2(struct finding *finding) {
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_BENEATH};
    long fd = syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof how);
    if (fd >= 0) {
        close((int)fd);
        set_fact(finding, "works");
        return;
    }
    set_fact(finding, "%s", strerror(errno));
    blame(finding, STATUS_FAIL,
          "functions cannot open files without it: in a container, let its "
          "seccomp profile allow openat2");
}

static void check_memfd(struct finding *finding) {
    int fd = memfd_create("faasm-doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && ftruncate(fd, 4096) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0) {
        set_fact(finding, "works, with seals");
    } else {
        set_fact(finding, "%s", strerror(errno));
        blame(finding, STATUS_FAIL,
              "snapshots of functions live in memfds: in a container, let "
              "its seccomp profile allow memfd_create");
    }
    if (fd >= 0) {
        close(fd);
    }
}

// As in <linux/fs.h> of Linux 6.7, which may be newer than the headers here.
struct pagemap_scan {
    uint64_t size, flags, start, end, walk_end, vector, vector_length, max_pages;
    uint64_t category_inverted, category_mask, category_any, return_mask;
};
#define PAGEMAP_SCAN_REQUEST _IOWR('f', 16, struct pagemap_scan)

static void check_pagemap_scan(struct finding *finding) {
    struct pagemap_scan scan = {.size = sizeof scan};
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && ioctl(fd, PAGEMAP_SCAN_REQUEST, &scan) >= 0) {
        set_fact(finding, "works");
    } else {
        set_fact(finding, "%s", strerror(errno));
        blame(finding, STATUS_WARN,
              "not needed; Linux 6.7 or newer finds the pages that a call "
              "wrote to faster with it");
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void check_userfaultfd(struct finding *finding) {
    struct uffdio_api api = {
        .api = UFFD_API,
        .features =
            UFFD_FEATURE_SIGBUS | UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
    };
    int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
    bool works = fd >= 0 && ioctl(fd, UFFDIO_API, &api) == 0;
    set_fact(finding, "%s", works ? "works" : strerror(errno));
    if (fd >= 0) {
        close(fd);
    }
    if (!works) {
        blame(
            finding, STATUS_WARN,
            "Faaslets are put back more slowly; needs Linux 5.19, and a container that allows it");
    }
}

static void check_seccomp(struct finding *finding) {
    uint32_t action = SECCOMP_RET_KILL_PROCESS;
    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0) {
        set_fact(finding, "works");
        return;
    }
    set_fact(finding, "%s", strerror(errno));
    blame(finding, STATUS_WARN,
          "server and compiler run without a filter of system calls: use a kernel with "
          "CONFIG_SECCOMP_FILTER");
}

static void check_landlock(struct finding *finding) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version > 0) {
        set_fact(finding, "ABI version %ld", version);
        return;
    }
    set_fact(finding, "%s", strerror(errno));
    blame(finding, STATUS_WARN,
          "not needed; a further fence around the files of the server: add landlock to "
          "the kernel's lsm= parameter");
}

// As the server looks for it, without --cgroup.
static void check_cgroups(struct finding *finding) {
    char folder[PATH_MAX];
    struct error error;
    if (!cgroups_find(folder, &error) || !cgroups_check(folder, &error)) {
        set_fact(finding, "no CPU shares of users: %.250s", error.message);
        blame(finding, STATUS_WARN,
              "not needed; to give users CPU shares by weight, boot with cgroups v2 only, and run "
              "the server as a systemd unit with Delegate=yes, or give it --cgroup");
    } else {
        set_fact(finding, "%.250s can be written: users have CPU shares", folder);
    }
}

// ---- Limits -------------------------------------------------------------------------------------

static bool read_number(const char *path, long *number) {
    FILE *file = fopen(path, "re");
    bool done = file != NULL && fscanf(file, "%ld", number) == 1;
    if (file != NULL) {
        fclose(file);
    }
    return done;
}

static void check_map_count(struct finding *finding) {
    long count;
    if (!read_number("/proc/sys/vm/max_map_count", &count)) {
        set_fact(finding, "unknown: /proc/sys is not readable");
        blame(finding, STATUS_WARN, "sysctl vm.max_map_count says how many mappings there can be");
        return;
    }
    set_fact(finding, "%ld", count);
    if (count < 65530) {
        blame(finding, STATUS_WARN,
              "each Faaslet takes about ten mappings: sysctl "
              "vm.max_map_count=1048576");
    }
}

static void check_overcommit(struct finding *finding) {
    static const char *const modes[] = {"heuristic", "always", "never"};
    long mode;
    if (!read_number("/proc/sys/vm/overcommit_memory", &mode) || mode < 0 || mode > 2) {
        set_fact(finding, "unknown");
        blame(finding, STATUS_WARN, "sysctl vm.overcommit_memory should be 0 or 1");
        return;
    }
    set_fact(finding, "%ld (%s)", mode, modes[mode]);
    if (mode == 2) {
        blame(finding, STATUS_WARN,
              "memory that functions share counts once for each of them: "
              "sysctl vm.overcommit_memory=0");
    }
}

static const char *limit_text(rlim_t limit, char text[32]) {
    if (limit == RLIM_INFINITY) {
        return "unlimited";
    }
    snprintf(text, 32, "%llu", (unsigned long long)limit);
    return text;
}

static void check_limit(struct finding *finding, int resource, rlim_t wanted, const char *advice) {
    struct rlimit limit;
    char soft[32];
    char hard[32];
    if (getrlimit(resource, &limit) != 0) {
        set_fact(finding, "%s", strerror(errno));
        blame(finding, STATUS_WARN, "%s", advice);
        return;
    }
    set_fact(finding, "%s (at most %s)", limit_text(limit.rlim_cur, soft),
             limit_text(limit.rlim_max, hard));
    if (limit.rlim_cur < wanted) {
        blame(finding, STATUS_WARN, "%s", advice);
    }
}

static void check_open_files(struct finding *finding) {
    check_limit(finding, RLIMIT_NOFILE, 4096,
                "calls and connections hold files open: ulimit -n 65536, or LimitNOFILE=");
}

static void check_processes(struct finding *finding) {
    check_limit(finding, RLIMIT_NPROC, 1024,
                "threads count as processes: ulimit -u 4096, or TasksMax=");
}

static void check_locked_memory(struct finding *finding) {
    check_limit(finding, RLIMIT_MEMLOCK, 65536,
                "nothing in this version needs more; ulimit -l 65536 allows it");
}

static void check_address_space(struct finding *finding) {
    check_limit(finding, RLIMIT_AS, RLIM_INFINITY,
                "each Faaslet reserves 8 GiB of addresses: ulimit -v unlimited");
}

// As a Faaslet reserves its memory, as often as a busy server does.
static void check_reservations(struct finding *finding) {
    enum { WANTED = 1000 };
    const size_t size = (size_t)(8ull << 30) + OBJECT_PAGE_SIZE;
    static void *reserved[WANTED];
    int count = 0;
    while (count < WANTED) {
        void *address =
            mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (address == MAP_FAILED) {
            break;
        }
        reserved[count++] = address;
    }
    int number = errno;
    for (int i = 0; i < count; i++) {
        munmap(reserved[i], size);
    }
    set_fact(finding, "%d of 8 GiB%s%s", count, count < WANTED ? ", then: " : "",
             count < WANTED ? strerror(number) : "");
    if (count < WANTED) {
        blame(finding, count == 0 ? STATUS_FAIL : STATUS_WARN,
              "ulimit -v unlimited; sysctl vm.overcommit_memory=0; a 48-bit address space");
    }
}

// ---- Programs -----------------------------------------------------------------------------------

struct scratch {
    char folder[64];
    char source[96], wasm[96], object[96];
};

static bool scratch_make(struct scratch *scratch, struct error *error) {
    snprintf(scratch->folder, sizeof scratch->folder, "/tmp/faasm-doctor.XXXXXX");
    if (mkdtemp(scratch->folder) == NULL) {
        return error_set_errno(error, errno, "%s", scratch->folder);
    }
    snprintf(scratch->source, sizeof scratch->source, "%s/try.c", scratch->folder);
    snprintf(scratch->wasm, sizeof scratch->wasm, "%s/try.wasm", scratch->folder);
    snprintf(scratch->object, sizeof scratch->object, "%s/try.so", scratch->folder);
    return true;
}

static void scratch_remove(const struct scratch *scratch) {
    unlink(scratch->source);
    unlink(scratch->wasm);
    unlink(scratch->object);
    rmdir(scratch->folder);
}

static bool try_codegen(const struct scratch *scratch, struct error *error) {
    static const uint8_t module[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    const struct compile_config config = {.cpu_seconds = 60, .opt_level = -1};
    if (!faaslet_initialize(error) ||
        !file_write_atomic(scratch->wasm, (struct bytes){module, sizeof module}, 0600, error) ||
        !compile_module(&config, scratch->wasm, scratch->object, error)) {
        return false;
    }
    struct faaslet_object *object = faaslet_object_load(scratch->object, error);
    faaslet_object_release(object);
    return object != NULL;
}

static void check_codegen(struct finding *finding) {
    struct scratch scratch = {0};
    struct error error;
    bool done = scratch_make(&scratch, &error);
    if (done) {
        done = try_codegen(&scratch, &error);
        scratch_remove(&scratch);
    }
    set_fact(finding, "%.250s", done ? "compiles" : error.message);
    if (!done) {
        blame(finding, STATUS_FAIL,
              "faasm-codegen must be beside faasm, and the package lld-19 "
              "installed");
    }
}

// Runs a program without output; whether it ended with 0.
static bool run_quietly(const char *program, char *const *arguments) {
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return false;
    }
    pid_t pid;
    int status = -1;
    bool started = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0 &&
                   posix_spawn_file_actions_adddup2(&actions, 1, 2) == 0 &&
                   posix_spawnp(&pid, program, &actions, NULL, arguments, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    while (started && waitpid(pid, &status, 0) < 0) {
        started = errno == EINTR;
    }
    return started && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool shows_version(const char *program) {
    char version[] = "--version";
    char *arguments[] = {(char *)program, version, NULL};
    return run_quietly(program, arguments);
}

// Where faasm-codegen looks for it.
static void check_linker(struct finding *finding) {
    static const char *const places[] = {"/usr/bin/ld.lld-19", "/usr/lib/llvm-19/bin/ld.lld",
                                         "/usr/local/bin/ld.lld-19", "/usr/bin/ld.lld"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (shows_version(places[i])) {
            set_fact(finding, "%s runs", places[i]);
            return;
        }
    }
    set_fact(finding, "no ld.lld of LLVM 19 runs");
    blame(finding, STATUS_FAIL, "needed to compile functions: apt install lld-19");
}

static void check_clang(struct finding *finding) {
    const char *chosen = getenv("FAASM_CLANG");
    const char *clang = chosen != NULL && chosen[0] != '\0' ? chosen : "clang-19";
    bool works = shows_version(clang);
    set_fact(finding, "%.200s %s", clang, works ? "runs" : "does not run");
    if (!works) {
        blame(finding, STATUS_WARN, "needed for faasm cc only: apt install clang-19 lld-19");
    }
}

static void check_network_program(struct finding *finding) {
    struct error error;
    char *folder = file_program_folder(&error);
    char path[PATH_MAX] = "faasm-net";
    if (folder != NULL) {
        snprintf(path, sizeof path, "%s/faasm-net", folder);
        free(folder);
    }
    bool there = access(path, X_OK) == 0;
    set_fact(finding, "%.250s%s", path, there ? "" : " is missing");
    if (!there) {
        blame(finding, STATUS_FAIL,
              "serve, upload, invoke and the like are in it: install it "
              "beside faasm");
    }
}

// With a whole program, since the system's libraries take part in that.
static bool try_cc(const struct scratch *scratch, struct error *error) {
    static const char source[] = "#include <faasm.h>\n#include <stdio.h>\n"
                                 "int main(void) { return puts(\"works\") < 0; }\n";
    const struct bytes bytes = {(const uint8_t *)source, sizeof source - 1};
    char cc[] = "cc";
    char output[] = "-o";
    char self[] = "/proc/self/exe";
    char *arguments[] = {self, cc, (char *)scratch->source, output, (char *)scratch->wasm, NULL};
    return file_write_atomic(scratch->source, bytes, 0600, error) &&
           (run_quietly(self, arguments) ||
            error_set(error, ERROR_UNAVAILABLE, "faasm cc cannot compile and link a program"));
}

static void check_cc(struct finding *finding) {
    struct scratch scratch = {0};
    struct error error;
    bool done = scratch_make(&scratch, &error);
    if (done) {
        done = try_cc(&scratch, &error);
        scratch_remove(&scratch);
    }
    set_fact(finding, "%.250s", done ? "compiles and links" : error.message);
    if (!done) {
        blame(finding, STATUS_WARN,
              "needed to build functions here: apt install clang-19 lld-19 "
              "wasi-libc libclang-rt-19-dev-wasm32");
    }
}

static void check_cache(struct finding *finding) {
    char folder[PATH_MAX];
    struct error error;
    if (!cache_folder(folder, &error) || !file_make_folders(folder, &error)) {
        set_fact(finding, "%.250s", error.message);
        blame(finding, STATUS_FAIL, "set FAASM_CACHE to a folder that can be written to");
        return;
    }
    struct statvfs system;
    if (access(folder, W_OK) != 0 || statvfs(folder, &system) != 0) {
        set_fact(finding, "%.200s: %s", folder, strerror(errno));
        blame(finding, STATUS_FAIL, "set FAASM_CACHE to a folder that can be written to");
        return;
    }
    uint64_t megabytes = (uint64_t)system.f_bavail * system.f_frsize >> 20;
    set_fact(finding, "%.200s, %llu MiB free", folder, (unsigned long long)megabytes);
    if (megabytes < 1024) {
        blame(finding, STATUS_WARN,
              "compiled functions are kept there: make room, or set "
              "FAASM_CACHE to another folder");
    }
}

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

// Where a server that is started with this environment keeps the users' files.
static void check_files(struct finding *finding) {
    const char *folder = variable("FAASM_FILES_FOLDER");
    if (variable("FAASM_FILES_URL") != NULL) {
        set_fact(finding, "Redis, of FAASM_FILES_URL");
        if (folder != NULL) {
            blame(finding, STATUS_FAIL, "unset FAASM_FILES_FOLDER: files are in one of them");
        }
    } else if (folder != NULL) {
        set_fact(finding, "%.250s, of FAASM_FILES_FOLDER", folder);
    } else if (variable("FAASM_STATE_URL") != NULL) {
        set_fact(finding, "Redis, of FAASM_STATE_URL");
    } else {
        set_fact(finding, "file-store in the server's folder, for this machine alone");
    }
}

// ---- The report ---------------------------------------------------------------------------------

static const struct {
    const char *name;
    void (*check)(struct finding *finding);
} checks[] = {
    {"cpu", check_cpu},
    {"kernel", check_kernel},
    {"openat2", check_openat2},
    {"memfd", check_memfd},
    {"pagemap_scan", check_pagemap_scan},
    {"userfaultfd", check_userfaultfd},
    {"seccomp", check_seccomp},
    {"landlock", check_landlock},
    {"cgroups", check_cgroups},
    {"max_map_count", check_map_count},
    {"overcommit_memory", check_overcommit},
    {"limit_open_files", check_open_files},
    {"limit_processes", check_processes},
    {"limit_locked_memory", check_locked_memory},
    {"limit_address_space", check_address_space},
    {"reservations", check_reservations},
    {"cache", check_cache},
    {"files", check_files},
    {"linker", check_linker},
    {"codegen", check_codegen},
    {"network_program", check_network_program},
    {"clang", check_clang},
    {"cc", check_cc},
};
enum { CHECKS = sizeof checks / sizeof *checks };

static void print_text(const struct finding *findings) {
    for (size_t i = 0; i < CHECKS; i++) {
        printf("%-4s  %-20s %s\n", status_names[findings[i].status], checks[i].name,
               findings[i].fact);
        if (findings[i].status != STATUS_OK) {
            printf("      %-20s -> %s\n", "", findings[i].advice);
        }
    }
}

static void print_json_string(const char *text) {
    putchar('"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == '"' || c == '\\') {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

static void print_json(const struct finding *findings, bool ok) {
    printf("{\"ok\": %s, \"checks\": [", ok ? "true" : "false");
    for (size_t i = 0; i < CHECKS; i++) {
        printf("%s\n  {\"name\": \"%s\", \"status\": \"%s\", \"fact\": ", i > 0 ? "," : "",
               checks[i].name, status_names[findings[i].status]);
        print_json_string(findings[i].fact);
        printf(", \"advice\": ");
        print_json_string(findings[i].advice);
        putchar('}');
    }
    printf("\n]}\n");
}

static const struct argp_option option_table[] = {
    {"json", 'j', NULL, 0, "print the findings as JSON", 0},
    {0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    (void)argument;
    if (key == 'j') {
        *(bool *)state->input = true;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static const struct argp doctor_argp = {
    .options = option_table,
    .parser = parse_option,
    .doc = "Check that this machine has what Faasm needs, and say what to do."
           "\vThe exit status is 1 when something is missing that Faasm cannot do without (fail), "
           "and 0 otherwise, also where something is only less good than it could be (warn).",
};

int cli_doctor(int argc, char **argv) {
    bool json = false;
    argp_parse(&doctor_argp, argc, argv, 0, NULL, &json);
    static struct finding findings[CHECKS];
    bool ok = true;
    for (size_t i = 0; i < CHECKS; i++) {
        checks[i].check(&findings[i]);
        ok = ok && findings[i].status != STATUS_FAIL;
    }
    if (json) {
        print_json(findings, ok);
    } else {
        print_text(findings);
    }
    return ok ? 0 : CLI_EXIT_FAILURE;
}
