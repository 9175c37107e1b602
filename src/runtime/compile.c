#include "runtime/compile.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "runtime/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DEFAULT_MEMORY_MEGABYTES = 4096,
    SAID_MAX = 8192, // bytes of standard error that are kept; the rest is read and dropped
};

bool compile_program(const struct compile_config *config, char path[PATH_MAX],
                     struct error *error) {
    int length;
    if (config->program != NULL) {
        length = snprintf(path, PATH_MAX, "%s", config->program);
    } else {
        char *folder = file_program_folder(error);
        if (folder == NULL) {
            return false;
        }
        length = snprintf(path, PATH_MAX, "%s/faasm-codegen", folder);
        free(folder);
    }
    return (length > 0 && length < PATH_MAX) ||
           error_set(error, ERROR_ARGUMENT, "path of faasm-codegen is too long");
}

// ---- The child ----------------------------------------------------------------------------------

struct child {
    pid_t pid;
    int process; // pidfd, or -1
    int said;    // the reading end of its standard error
};

static uint32_t cpu_seconds(const struct compile_config *config) {
    return config->cpu_seconds != 0 ? config->cpu_seconds : COMPILE_CPU_SECONDS;
}

uint32_t compile_memory_megabytes(const struct compile_config *config) {
    return config->memory_megabytes != 0 ? config->memory_megabytes : DEFAULT_MEMORY_MEGABYTES;
}

// Descriptors 0 to 2 only, no signal blocked or ignored.
static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int said) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int number = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    number = number != 0 ? number
                         : posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
    number = number != 0 ? number : posix_spawn_file_actions_adddup2(actions, said, 2);
    number = number != 0 ? number : posix_spawn_file_actions_addclosefrom_np(actions, 3);
    number = number != 0 ? number : posix_spawnattr_setsigmask(attributes, &none);
    number = number != 0 ? number : posix_spawnattr_setsigdefault(attributes, &all);
    return number != 0 ? number
                       : posix_spawnattr_setflags(attributes,
                                                  POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int spawn(const char *program, char *const *arguments, int said, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int number = posix_spawn_file_actions_init(&actions);
    if (number != 0) {
        return number;
    }
    number = posix_spawnattr_init(&attributes);
    if (number == 0) {
        // The child needs nothing of the environment, and is not shown what secrets may be in it.
        char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8";
        char *environment[] = {path, locale, NULL};
        number = prepare(&actions, &attributes, said);
        if (number == 0) {
            number = posix_spawn(pid, program, &actions, &attributes, arguments, environment);
        }
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return number;
}

static int compile_level(const struct compile_config *config) {
    return config->opt_level >= 0 ? config->opt_level : COMPILE_LEVEL_DEFAULT;
}

static bool start_child(const struct compile_config *config, const char *wasm_path,
                        const char *object_path, struct child *child, struct error *error) {
    char program[PATH_MAX], seconds[16], megabytes[16], level[16];
    char cpu_option[] = "--cpu-seconds", memory_option[] = "--memory-mb",
         level_option[] = "--opt-level", background_option[] = "--background";
    if (!compile_program(config, program, error)) {
        return false;
    }
    snprintf(seconds, sizeof seconds, "%u", cpu_seconds(config));
    snprintf(megabytes, sizeof megabytes, "%u", compile_memory_megabytes(config));
    snprintf(level, sizeof level, "%d", compile_level(config));
    char *arguments[12] = {program,   cpu_option,   seconds, memory_option,
                           megabytes, level_option, level};
    size_t count = 7;
    if (config->background) {
        arguments[count++] = background_option;
    }
    arguments[count++] = (char *)wasm_path;
    arguments[count] = (char *)object_path;

    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_set_errno(error, errno, "pipe");
    }
    int number = spawn(program, arguments, ends[1], &child->pid);
    close(ends[1]);
    if (number != 0) {
        close(ends[0]);
        return error_set_errno(error, number, "cannot start %s", program);
    }
    child->said = ends[0];
    child->process = pidfd_open(child->pid, 0);
    return true;
}

// When the wait for a child is over: time is out, or somebody wants it to end.
struct patience {
    uint64_t deadline;
    int stop; // descriptor, or -1
    const _Atomic uint32_t *given_up;
    bool stopped;
};

static bool is_given_up(const struct patience *patience) {
    return patience->given_up != NULL && atomic_load(patience->given_up) != 0;
}

// Waits until the descriptor is readable. False when patience is out.
static bool wait_readable(int fd, struct patience *patience) {
    for (;;) {
        uint64_t now = clock_monotonic();
        uint64_t left = now >= patience->deadline ? 0 : (patience->deadline - now) / 1000000;
        struct pollfd polls[] = {{.fd = fd, .events = POLLIN},
                                 {.fd = patience->stop, .events = POLLIN}};
        uint64_t most = patience->given_up != NULL ? COMPILE_LOOK_NANOSECONDS / 1000000 : 60000;
        int count = poll(polls, 2, left > most ? (int)most : (int)left + 1);
        if (count > 0 && polls[0].revents != 0) {
            return true;
        }
        patience->stopped = count > 0 || is_given_up(patience);
        if (patience->stopped || now >= patience->deadline) {
            return false;
        }
    }
}

// Reads what the child says until it closes its standard error. False when patience is out.
static bool listen_until(const struct child *child, struct patience *patience, char *said) {
    size_t length = 0;
    for (;;) {
        if (!wait_readable(child->said, patience)) {
            return false;
        }
        char dropped[512];
        bool full = length >= SAID_MAX;
        ssize_t got = full ? read(child->said, dropped, sizeof dropped)
                           : read(child->said, said + length, SAID_MAX - length);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return true;
        }
        if (got > 0 && !full) {
            length += (size_t)got;
            said[length] = '\0';
        }
    }
}

// ---- What it said -------------------------------------------------------------------------------

// "code name: message" into the error; false where the line is not of that form.
static bool parse_said(const char *line, struct error *error) {
    const char *colon = strstr(line, ": ");
    if (colon == NULL) {
        return false;
    }
    size_t length = (size_t)(colon - line);
    for (int code = ERROR_NONE + 1; code < ERROR_CODE_COUNT; code++) {
        const char *name = error_code_name((enum error_code)code);
        if (strlen(name) == length && memcmp(name, line, length) == 0) {
            error_set(error, (enum error_code)code, "%.900s", colon + 2);
            return true;
        }
    }
    return false;
}

// The line that begins "faasm-codegen: ", or else the last one; cut at its end.
static char *telling_line(char *said) {
    static const char mark[] = "faasm-codegen: ";
    char *line = strstr(said, mark);
    while (line != NULL && line != said && line[-1] != '\n') {
        line = strstr(line + 1, mark);
    }
    if (line != NULL) {
        line += sizeof mark - 1;
    } else {
        size_t length = strlen(said);
        while (length > 0 && said[length - 1] == '\n') {
            said[--length] = '\0';
        }
        line = strrchr(said, '\n');
        line = line != NULL ? line + 1 : said;
    }
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static bool report_killed(int number, const struct compile_config *config, const char *line,
                          struct error *error) {
    switch (number) {
    case SIGXCPU:
        return error_set(error, ERROR_TOO_LARGE,
                         "compiling took more than the %u s of CPU time it may take",
                         cpu_seconds(config));
    case SIGXFSZ:
        return error_set(error, ERROR_TOO_LARGE, "the compiled object is too large");
    case SIGKILL:
        return error_set(error, ERROR_TOO_LARGE,
                         "faasm-codegen was killed: it may use %u s of CPU time and %u MiB of "
                         "memory",
                         cpu_seconds(config), compile_memory_megabytes(config));
    default:
        return error_set(error, ERROR_INTERNAL, "faasm-codegen was ended by signal %d (%s)%s%s",
                         number, strsignal(number), line[0] != '\0' ? ": " : "", line);
    }
}

static bool report(int status, const struct compile_config *config, char *said,
                   struct error *error) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return true;
    }
    const char *line = telling_line(said);
    if (WIFSIGNALED(status)) {
        return report_killed(WTERMSIG(status), config, line, error);
    }
    if (parse_said(line, error)) {
        return false;
    }
    return error_set(error, ERROR_INTERNAL, "faasm-codegen ended with status %d: %s",
                     WEXITSTATUS(status), line[0] != '\0' ? line : "it said nothing");
}

// What it could do without: the lines of what it said that begin so.
static void log_notes(const char *wasm_path, const char *said) {
    static const char mark[] = "note: ";
    for (const char *line = said; *line != '\0'; line += strspn(line, "\n")) {
        size_t length = strcspn(line, "\n");
        if (strncmp(line, mark, sizeof mark - 1) == 0) {
            log_warn("compiling %s: %.*s", wasm_path, (int)length, line);
        }
        line += length;
    }
}

static void stop_child(const struct child *child) {
    // Not waited for yet, so the id is still the child's.
    kill(child->pid, SIGKILL);
}

// The child may close its standard error and go on: its end has a deadline of its own.
static bool await_end(const struct child *child, struct patience *patience) {
    return child->process < 0 || wait_readable(child->process, patience);
}

bool compile_module(const struct compile_config *config, const char *wasm_path,
                    const char *object_path, struct error *error) {
    struct child child = {.process = -1, .said = -1};
    if (!start_child(config, wasm_path, object_path, &child, error)) {
        return false;
    }
    // Limits of CPU time do not end a child that does nothing.
    struct patience patience = {
        .deadline = clock_monotonic() + (2ull * cpu_seconds(config) + 60) * 1000000000u,
        .stop = config->stop != NULL ? *config->stop : -1,
        .given_up = config->given_up,
    };
    char said[SAID_MAX + 1] = {0};
    bool ended = listen_until(&child, &patience, said) && await_end(&child, &patience);
    if (!ended) {
        stop_child(&child);
    }
    int status;
    pid_t waited;
    do {
        waited = waitpid(child.pid, &status, 0);
    } while (waited < 0 && errno == EINTR);
    int number = errno;
    close(child.said);
    if (child.process >= 0) {
        close(child.process);
    }
    if (waited < 0) {
        return error_set_errno(error, number, "end of faasm-codegen");
    }
    if (patience.stopped) {
        return error_set(error, ERROR_CANCELLED, "faasm-codegen was stopped");
    }
    if (!ended) {
        return error_set(error, ERROR_TIMEOUT, "faasm-codegen did not end in time");
    }
    log_notes(wasm_path, said);
    return report(status, config, said, error);
}
