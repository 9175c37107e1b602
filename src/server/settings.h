// The settings of `faasm serve`, in one table. A row gives
//   the flag --memory-mb, the environment variable FAASM_MEMORY_MB, the TOML key memory_mb,
// the field of struct settings, the line of --help and the row of docs/operations.md (a unit test
// compares). To add a setting, add a row. A flag wins over the environment, that over the file,
// that over the default.
#ifndef FAASM_SERVER_SETTINGS_H
#define FAASM_SERVER_SETTINGS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// X(identifier, kind, default, minimum, maximum, argument, documentation)
#define SETTINGS(X)                                                                                \
    X(listen, TEXT, "127.0.0.1", 0, 0, "ADDRESS", "address to listen on")                          \
    X(port, NUMBER, "8080", 0, 65535, "N", "port to listen on; 0 takes a free one and prints it")  \
    X(folder, TEXT, "", 0, 0, "FOLDER",                                                            \
      "folder of functions and files; empty: $XDG_DATA_HOME/faasm or ~/.local/share/faasm")        \
    X(files_folder, TEXT, "", 0, 0, "FOLDER",                                                      \
      "folder of the users' files in the store, which servers of one machine may share; empty: "   \
      "file-store in the folder")                                                                  \
    X(files_url, TEXT, "", 0, 0, "URL",                                                            \
      "Redis in which hosts share the users' files in the store, as state_url; empty: that of "    \
      "state_url, unless there is none or files_folder is given")                                  \
    X(files_mb, NUMBER, "10240", 0, 1073741824, "MB",                                              \
      "limit of a user's files, in the store and on this host each; 0: none")                      \
    X(files_entries, NUMBER, "1000000", 0, 1000000000, "N",                                        \
      "limit of a user's files, folders and links on this host; 0: none")                          \
    X(library_seconds, NUMBER, "60", 0, 86400, "S",                                                \
      "how long side modules that a user has as files may be compiled in ten minutes; 0: no "      \
      "limit")                                                                                     \
    X(file_mb, NUMBER, "4096", 1, 1048576, "MB", "limit of a file that is put into the store")     \
    X(workers, NUMBER, "0", 0, 4096, "N", "threads that run calls; 0: as many as cores")           \
    X(http_threads, NUMBER, "0", 0, 256, "N",                                                      \
      "threads that serve connections; 0: half as many as cores")                                  \
    X(connections, NUMBER, "10000", 1, 1000000, "N", "connections open at a time")                 \
    X(idle_seconds, NUMBER, "60", 1, 86400, "S", "a connection silent for so long is closed")      \
    X(memory_mb, NUMBER, "4096", 1, 4096, "MB", "limit of a call's linear memory")                 \
    X(stack_kb, NUMBER, "8192", 64, 1048576, "KB", "limit of a call's native stack")               \
    X(threads, NUMBER, "128", 1, 4096, "N", "limit of a call's guest threads")                     \
    X(timeout_ms, NUMBER, "300000", 0, 86400000, "MS",                                             \
      "limit of the time from where a call begins to its end; 0: none")                            \
    X(cpu_ms, NUMBER, "0", 0, 86400000, "MS", "limit of a call's CPU time; 0: none")               \
    X(concurrency, NUMBER, "0", 0, 1000000, "N",                                                   \
      "calls of one function that run at a time, the others wait; 0: no limit")                    \
    X(queue, NUMBER, "0", 0, 10000000, "N",                                                        \
      "calls of one function that wait; beyond it invocations get 429; 0: no limit")               \
    X(user_limits, TEXT, "queue=50000", 0, 0, "LIMITS",                                            \
      "limits of every user, as in 'memory_mb=256 concurrency=8': concurrency and queue hold for " \
      "all calls of a user together")                                                              \
    X(users, TEXT, "", 0, 0, "USERS",                                                              \
      "users with limits of their own: 'ada: concurrency=16 queue=1000; bob: timeout_ms=500'")     \
    X(cgroup, TEXT, "", 0, 0, "FOLDER",                                                            \
      "cgroup v2 folder for the CPU shares of users; empty: the server's own; off: no shares")     \
    X(shares, TEXT, "", 0, 0, "WEIGHTS",                                                           \
      "CPU weights of users, from 1 to 10000, as in 'ada=300 bob=50'; 100 for the others")         \
    X(wasm_mb, NUMBER, "64", 1, 1024, "MB", "limit of an uploaded module")                         \
    X(input_mb, NUMBER, "64", 1, 2048, "MB", "limit of a call's input")                            \
    X(output_mb, NUMBER, "64", 1, 2048, "MB", "limit of a call's output")                          \
    X(bodies_mb, NUMBER, "1024", 1, 1048576, "MB",                                                 \
      "limit of all request bodies held at a time; beyond it requests get 503")                    \
    X(log_kb, NUMBER, "1024", 1, 1048576, "KB", "limit of a call's log; the rest is dropped")      \
    X(queued_calls, NUMBER, "100000", 1, 10000000, "N",                                            \
      "calls that wait for a worker; beyond it invocations get 429")                               \
    X(queued_mb, NUMBER, "1024", 1, 1048576, "MB", "limit of the inputs of calls that wait")       \
    X(finished_calls, NUMBER, "10000", 1, 10000000, "N",                                           \
      "records of finished calls that are kept")                                                   \
    X(finished_mb, NUMBER, "512", 1, 1048576, "MB", "limit of those records together")             \
    X(finished_seconds, NUMBER, "3600", 1, 31536000, "S", "how long they are kept")                \
    X(key_seconds, NUMBER, "86400", 1, 31536000, "S", "how long idempotency keys are remembered")  \
    X(faaslet_seconds, NUMBER, "60", 1, 86400, "S",                                                \
      "ready Faaslets that nobody needed for so long are given back")                              \
    X(chain_depth, NUMBER, "2048", 1, 1000000, "N",                                                \
      "limit of calls that chain calls that chain calls")                                          \
    X(extra_workers, NUMBER, "64", 1, 4096, "N",                                                   \
      "threads, at most, that run calls in place of blocked ones")                                 \
    X(compile_threads, NUMBER, "0", 0, 256, "N",                                                   \
      "modules compiled at a time; 0: as many as cores")                                           \
    X(compile_queue, NUMBER, "64", 1, 100000, "N",                                                 \
      "uploads that wait for a compile thread; beyond it they get 429")                            \
    X(compile_seconds, NUMBER, "300", 1, 86400, "S", "CPU time that one compilation may take")     \
    X(compile_memory_mb, NUMBER, "4096", 64, 1048576, "MB",                                        \
      "memory that one compilation may take, all its processes together")                          \
    X(compilers_memory_mb, NUMBER, "0", 0, 1073741824, "MB",                                       \
      "memory that all compilations may take together; 0: half of the machine's, but what two "    \
      "may take at least")                                                                         \
    X(opt_level, NUMBER, "2", 0, 3, "N", "how much code is optimised, where an upload says none")  \
    X(optimise_kb, NUMBER, "32", 0, 1048576, "KB",                                                 \
      "larger modules run on quickly compiled code until the optimised code is there")             \
    X(state_url, TEXT, "", 0, 0, "URL",                                                            \
      "Redis in which hosts share state: redis://[[user:]password@]host[:port][/number], "         \
      "rediss:// for TLS, unix:///path; empty: a database in the folder")                          \
    X(state_wait_ms, NUMBER, "5000", 1, 3600000, "MS",                                             \
      "time that operations on state and files wait for a Redis that cannot be reached")           \
    X(state_lease_ms, NUMBER, "10000", 100, 3600000, "MS",                                         \
      "lease of global locks: others get the locks of a host that died after so long")             \
    X(state_local_mb, NUMBER, "4096", 1, 1073741824, "MB",                                         \
      "limit of the memory for state on this host")                                                \
    X(state_user_local_mb, NUMBER, "0", 0, 1073741824, "MB",                                       \
      "what of that one user may have; 0: half of it")                                             \
    X(state_local_values, NUMBER, "4096", 1, 1000000, "N",                                         \
      "limit of the values in it, each of which is an open file")                                  \
    X(state_mb, NUMBER, "0", 0, 1073741824, "MB", "limit of a user's pushed state; 0: none")       \
    X(state_keys, NUMBER, "0", 0, 1000000000, "N", "limit of a user's keys of state; 0: none")     \
    X(cache_mb, NUMBER, "4096", 1, 1048576, "MB",                                                  \
      "limit of compiled objects on disk: those loaded longest ago go, never one in use")          \
    X(codegen, TEXT, "", 0, 0, "PROGRAM",                                                          \
      "the compiler program; empty: faasm-codegen beside this program")                            \
    X(stop_seconds, NUMBER, "30", 0, 86400, "S",                                                   \
      "time that calls get to finish after SIGTERM; then they are stopped")                        \
    X(confine, TEXT, "all", 0, 0, "PARTS",                                                         \
      "fences around the server process: all, none, or a list of no_new_privs, capabilities, "     \
      "landlock, seccomp")                                                                         \
    X(log, TEXT, "info", 0, 0, "LEVEL", "log lines to stderr: debug, info, warn, error or off")

#define SETTING_TYPE_TEXT   char *
#define SETTING_TYPE_NUMBER uint64_t
struct settings {
#define X(identifier, kind, preset, minimum, maximum, argument, documentation)                     \
    SETTING_TYPE_##kind identifier;
    SETTINGS(X)
#undef X
};

enum setting_kind { SETTING_TEXT, SETTING_NUMBER };

struct setting {
    const char *name; // the TOML key
    enum setting_kind kind;
    const char *preset; // the default, as text
    uint64_t minimum, maximum;
    const char *argument;
    const char *documentation;
    size_t offset; // into struct settings
};

enum { SETTING_NAME_MAX = 64 };

// All rows, in order.
const struct setting *settings_rows(size_t *count);

// The row of a TOML key, NULL where there is none.
const struct setting *settings_find(const char *name);

// "memory-mb" and "FAASM_MEMORY_MB" of a row.
void setting_flag(const struct setting *setting, char flag[SETTING_NAME_MAX]);
void setting_variable(const struct setting *setting, char variable[SETTING_NAME_MAX]);

// Fills the defaults. settings_destroy frees.
bool settings_create(struct settings *settings, struct error *error);
void settings_destroy(struct settings *settings);

// Sets one from text. ERROR_ARGUMENT ("port: '70000' is not a number from 0 to 65535").
bool settings_set(struct settings *settings, const struct setting *setting, const char *text,
                  struct error *error);

// Sets those that the environment names.
bool settings_load_environment(struct settings *settings, struct error *error);

// Sets those of a TOML file: `key = value` lines with integers and one-line strings. What else TOML
// has (tables, arrays, dates, …) is refused by line, as are unknown and repeated keys.
bool settings_load_file(struct settings *settings, const char *path, struct error *error);

// The same from memory; `origin` names it in messages.
bool settings_load_text(struct settings *settings, const char *text, size_t length,
                        const char *origin, struct error *error);

#endif
