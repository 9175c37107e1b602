// `faasm serve`: one host behind HTTP, until SIGTERM or SIGINT.
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "faaslet/faaslet.h"
#include "host/host.h"
#include "redis/session.h"
#include "runtime/inspect.h"
#include "runtime/runtime.h"
#include "server/limit_units.h"
#include "server/server.h"
#include "server/settings.h"
#include "state/redis.h"
#include "store/redis.h"

#include <argp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    MEGABYTE = 1024 * 1024,
    KILOBYTE = 1024,
    MILLISECOND = 1000000,
    SECOND = 1000000000,
    OTHER_FILES = 2048,
    STOPPED_CALLS_TOLD = 20,
    GIVE_UP_SECONDS = 10,
    KEY_CONFIG = 'c',
    KEY_FIRST_SETTING = 1000
};

// ---- Settings -----------------------------------------------------------------------------------

// Flags are kept until the file and the environment are read: they win over both.
struct arguments {
    const char *config;
    const char **flags; // by row of the table; NULL where not given
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct arguments *arguments = state->input;
    size_t count;
    settings_rows(&count);
    if (key == KEY_CONFIG) {
        arguments->config = argument;
    } else if (key >= KEY_FIRST_SETTING && (size_t)(key - KEY_FIRST_SETTING) < count) {
        arguments->flags[key - KEY_FIRST_SETTING] = argument;
    } else if (key == ARGP_KEY_ARG) {
        argp_error(state, "unexpected argument '%s'", argument);
    } else {
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

struct option_texts {
    char flag[SETTING_NAME_MAX];
    char documentation[256];
};

static void describe(const struct setting *setting, int key, struct option_texts *texts,
                     struct argp_option *option) {
    setting_flag(setting, texts->flag);
    snprintf(texts->documentation, sizeof texts->documentation, "%s%s%s%s", setting->documentation,
             setting->preset[0] != '\0' ? " (default: " : "", setting->preset,
             setting->preset[0] != '\0' ? ")" : "");
    *option = (struct argp_option){
        .name = texts->flag, .key = key, .arg = setting->argument, .doc = texts->documentation};
}

static bool parse_flags(int argc, char **argv, struct arguments *arguments, struct error *error) {
    size_t count;
    const struct setting *rows = settings_rows(&count);
    struct argp_option *options = calloc(count + 2, sizeof *options);
    struct option_texts *texts = calloc(count, sizeof *texts);
    bool done = options != NULL && texts != NULL;
    if (done) {
        options[0] = (struct argp_option){
            "config", KEY_CONFIG, "FILE", 0, "TOML file of settings (or FAASM_CONFIG)", 0};
        for (size_t i = 0; i < count; i++) {
            describe(&rows[i], KEY_FIRST_SETTING + (int)i, &texts[i], &options[i + 1]);
        }
        const struct argp argp = {
            .options = options,
            .parser = parse_option,
            .doc = "Serve functions over HTTP.\vEach flag is also an environment variable "
                   "(--memory-mb: FAASM_MEMORY_MB) and a key of the file (memory_mb). A flag wins "
                   "over the environment, that over the file."};
        argp_parse(&argp, argc, argv, 0, NULL, arguments);
    } else {
        error_set(error, ERROR_MEMORY, "options");
    }
    free(texts);
    free(options);
    return done;
}

static bool apply(const struct arguments *arguments, struct settings *settings,
                  struct error *error) {
    const char *path = arguments->config != NULL ? arguments->config : getenv("FAASM_CONFIG");
    if ((path != NULL && !settings_load_file(settings, path, error)) ||
        !settings_load_environment(settings, error)) {
        return false;
    }
    size_t count;
    const struct setting *rows = settings_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (arguments->flags[i] != NULL &&
            !settings_set(settings, &rows[i], arguments->flags[i], error)) {
            return false;
        }
    }
    return true;
}

static bool read_settings(int argc, char **argv, struct settings *settings, struct error *error) {
    size_t count;
    settings_rows(&count);
    const char **flags = calloc(count, sizeof *flags);
    if (flags == NULL) {
        return error_set(error, ERROR_MEMORY, "flags");
    }
    struct arguments arguments = {NULL, flags};
    bool done = parse_flags(argc, argv, &arguments, error) && apply(&arguments, settings, error);
    free(flags);
    return done;
}

static bool start_log(const struct settings *settings, struct error *error) {
    static const char *const levels[] = {"debug", "info", "warn", "error", "off"};
    for (int i = 0; i <= LOG_LEVEL_OFF; i++) {
        if (strcmp(settings->log, levels[i]) == 0) {
            // The log reads the variable itself, and here the flag has been heard.
            setenv("FAASM_LOG", settings->log, 1);
            log_set_level((enum log_level)i);
            return true;
        }
    }
    return error_set(error, ERROR_ARGUMENT, "log: '%.50s' is not debug, info, warn, error or off",
                     settings->log);
}

// The folder of the settings, or the default of the XDG base directory specification.
static bool choose_folder(struct settings *settings, struct error *error) {
    if (settings->folder[0] != '\0') {
        return true;
    }
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    char path[4096];
    if (data != NULL && data[0] == '/') {
        snprintf(path, sizeof path, "%s/faasm", data);
    } else if (home != NULL && home[0] == '/') {
        snprintf(path, sizeof path, "%s/.local/share/faasm", home);
    } else {
        return error_set(error, ERROR_ARGUMENT, "no --folder is given and HOME is not set");
    }
    return settings_set(settings, settings_find("folder"), path, error);
}

static unsigned cores(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}

// ---- Running ------------------------------------------------------------------------------------

struct host {
    struct faaslet_linker *linker;
    struct runtime *runtime;
    struct server *server;
    struct confine_state confined;
    struct cgroups *groups;
    char no_groups[512]; // why there are none
};

static struct call_limits limits_of(const struct settings *settings) {
    return (struct call_limits){
        .memory_bytes = settings->memory_mb * MEGABYTE,
        .stack_bytes = settings->stack_kb * KILOBYTE,
        .threads = settings->threads,
        .wall_nanoseconds = settings->timeout_ms * MILLISECOND,
        .cpu_nanoseconds = settings->cpu_ms * MILLISECOND,
        .input_bytes = settings->input_mb * MEGABYTE,
        .output_bytes = settings->output_mb * MEGABYTE,
        .log_bytes = settings->log_kb * KILOBYTE,
        .concurrent_calls = settings->concurrency,
        .queued_calls = settings->queue,
    };
}

// In Redis, where the settings name one.
static bool open_state(const struct settings *settings, struct state_driver *driver,
                       struct runtime_config *config, struct error *error) {
    config->state = (struct state_config){
        .local_bytes = settings->state_local_mb * MEGABYTE,
        .local_values = settings->state_local_values,
        .user_bytes = settings->state_user_local_mb * MEGABYTE,
        .lease = settings->state_lease_ms * MILLISECOND,
        .limits = {settings->state_mb * MEGABYTE, settings->state_keys},
    };
    if (settings->state_url[0] == '\0') {
        return true;
    }
    const struct state_redis_config redis = {
        .url = settings->state_url,
        .wait = settings->state_wait_ms * MILLISECOND,
        .timeout = settings->state_wait_ms * MILLISECOND,
    };
    config->state_driver = driver;
    return state_redis_open(&redis, driver, error) || error_prefix(error, "state_url");
}

// Where the users' files are: the URL of a Redis server, or NULL for a folder.
static const char *files_url(const struct settings *settings) {
    const char *url = settings->files_url[0] != '\0'      ? settings->files_url
                      : settings->files_folder[0] == '\0' ? settings->state_url
                                                          : "";
    return url[0] != '\0' ? url : NULL;
}

static bool open_files(const struct settings *settings, struct file_driver *driver,
                       struct runtime_config *config, struct error *error) {
    if (files_url(settings) == NULL) {
        return true;
    }
    const struct file_redis_config redis = {
        .url = files_url(settings),
        .wait = settings->state_wait_ms * MILLISECOND,
        .timeout = settings->state_wait_ms * MILLISECOND,
    };
    config->files_driver = driver;
    return file_driver_redis(&redis, driver, error) || error_prefix(error, "files_url");
}

static bool start_runtime(struct host *host, const struct settings *settings, struct error *error) {
    struct runtime_user_limits *users = NULL;
    struct runtime_config config = {
        .folder = settings->folder,
        .files_folder = settings->files_folder[0] != '\0' ? settings->files_folder : NULL,
        .files_bytes = settings->files_mb * MEGABYTE,
        .files_entries = settings->files_entries,
        .library_nanoseconds = settings->library_seconds * SECOND,
        .workers = (unsigned)settings->workers,
        .limits = limits_of(settings),
        .queued_calls = settings->queued_calls,
        .queued_bytes = settings->queued_mb * MEGABYTE,
        .finished_calls = settings->finished_calls,
        .finished_bytes = settings->finished_mb * MEGABYTE,
        .finished_nanoseconds = settings->finished_seconds * SECOND,
        .idle_nanoseconds = settings->faaslet_seconds * SECOND,
        .key_nanoseconds = settings->key_seconds * SECOND,
        .chain_depth = (unsigned)settings->chain_depth,
        .extra_workers = (unsigned)settings->extra_workers,
        .groups = host->groups,
        .compile = {.program = settings->codegen[0] != '\0' ? settings->codegen : NULL,
                    .cpu_seconds = (uint32_t)settings->compile_seconds,
                    .memory_megabytes = (uint32_t)settings->compile_memory_mb,
                    .opt_level = (int)settings->opt_level},
        .compilers_megabytes = settings->compilers_memory_mb,
        .cache_bytes = settings->cache_mb * MEGABYTE,
        .optimise_at_once_bytes = settings->optimise_kb > 0 ? settings->optimise_kb * 1024 : 1,
    };
    if (!limit_units_parse(&config.user_limits, settings->user_limits, error)) {
        return error_prefix(error, "user_limits");
    }
    if (!limit_units_parse_users(settings->users, &users, &config.user_count, error)) {
        return error_prefix(error, "users");
    }
    config.users = users;
    struct state_driver driver;
    struct file_driver files = {0};
    host->linker = faaslet_linker_new(error);
    if (host->linker != NULL && host_register(host->linker, error) &&
        open_files(settings, &files, &config, error)) {
        if (open_state(settings, &driver, &config, error)) {
            host->runtime = runtime_new(&config, host->linker, error);
        } else if (files.close != NULL) {
            files.close(files.state);
        }
    }
    free(users);
    return host->runtime != NULL;
}

static bool start_server(struct host *host, const struct settings *settings, struct error *error) {
    unsigned half = (cores() + 1) / 2;
    const struct server_config config = {
        .listen = settings->listen,
        .port = (uint16_t)settings->port,
        .http_threads = settings->http_threads != 0 ? (unsigned)settings->http_threads : half,
        .connections = (unsigned)settings->connections,
        .idle_seconds = (unsigned)settings->idle_seconds,
        .compile_threads =
            settings->compile_threads != 0 ? (unsigned)settings->compile_threads : cores(),
        .compile_queue = (unsigned)settings->compile_queue,
        .wasm_bytes = settings->wasm_mb * MEGABYTE,
        .file_bytes = settings->file_mb * MEGABYTE,
        .input_bytes = settings->input_mb * MEGABYTE,
        .body_bytes = settings->bodies_mb * MEGABYTE,
        .confined = &host->confined,
        .groups = host->groups,
        .no_groups = host->no_groups,
    };
    host->server = server_start(&config, host->runtime, error);
    return host->server != NULL;
}

static bool announce(const struct host *host, struct error *error) {
    char url[SERVER_URL_MAX];
    if (!server_url(host->server, url, error)) {
        return false;
    }
    if (!server_loopback(host->server)) {
        log_warn("listening on an address that others can reach, without access control: whoever "
                 "reaches %s can run code and read and replace functions",
                 url);
    }
    const struct runtime_config *config = runtime_configuration(host->runtime);
    log_info("serving %s with %u workers; CPU shares of users: %s%s", config->folder,
             config->workers, host->groups != NULL ? "in " : "none, ",
             host->groups != NULL ? cgroups_folder(host->groups) : host->no_groups);
    printf("faasm: listening on %s\n", url);
    return fflush(stdout) == 0 || error_set_errno(error, errno, "standard output");
}

// ---- Stopping -----------------------------------------------------------------------------------

static bool calls_left(struct host *host) {
    struct runtime_counters counters;
    runtime_counters(host->runtime, &counters);
    return counters.calls_queued + counters.calls_running > 0;
}

// Lets requests and calls finish. False when the time is up or a second signal came.
static bool drain(struct host *host, const sigset_t *signals, uint64_t stop_seconds) {
    const struct timespec pause = {.tv_nsec = 10000000};
    uint64_t deadline = clock_monotonic() + stop_seconds * 1000000000u;
    server_drain(host->server);
    while (!server_idle(host->server) || calls_left(host)) {
        if (sigtimedwait(signals, NULL, &pause) > 0) {
            log_warn("a second signal: calls that run are stopped");
            return false;
        }
        if (clock_monotonic() >= deadline) {
            log_warn("calls ran for %llu s after the signal to stop: they are stopped",
                     (unsigned long long)stop_seconds);
            return false;
        }
    }
    return true;
}

static bool count_unfinished(void *context, const struct call *call) {
    unsigned *count = context;
    if ((*count)++ < STOPPED_CALLS_TOLD) {
        log_warn("stopped: call %u of %s/%s, %s", call->id, call->user, call->function,
                 call_status_name(call_status(call)));
    }
    return true;
}

static void give_up(int number) {
    (void)number;
    _exit(1);
}

// Stops what still runs, tells which calls those are, and lets clients read how they ended.
static void stop_calls(struct host *host) {
    const struct timespec pause = {.tv_nsec = 10000000};
    unsigned count = 0;
    inspect_calls(host->runtime, count_unfinished, &count);
    if (count > STOPPED_CALLS_TOLD) {
        log_warn("stopped: %u more calls", count - STOPPED_CALLS_TOLD);
    }
    // A call that cannot be stopped must not keep the process.
    signal(SIGALRM, give_up);
    alarm(GIVE_UP_SECONDS);
    runtime_stop(host->runtime, 1);
    uint64_t deadline = clock_monotonic() + 1000000000u;
    while (!server_idle(host->server) && clock_monotonic() < deadline) {
        nanosleep(&pause, NULL);
    }
    if (!server_idle(host->server)) {
        _exit(1); // a client that does not read its answer
    }
}

static void stop(struct host *host) {
    if (host->server != NULL) {
        server_close(host->server);
    }
    if (host->runtime != NULL) {
        runtime_delete(host->runtime);
    }
    server_delete(host->server);
    if (host->linker != NULL) {
        faaslet_linker_delete(host->linker);
    }
    cgroups_close(host->groups);
}

static void raise_descriptor_limit(rlim_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    // Root may go beyond the hard limit.
    struct rlimit raised = {wanted, wanted};
    if (limit.rlim_max < wanted && setrlimit(RLIMIT_NOFILE, &raised) == 0) {
        return;
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted) {
        log_warn(
            "at most %llu files can be open, connections among them: %llu are wanted (ulimit -Hn)",
            (unsigned long long)limit.rlim_cur, (unsigned long long)wanted);
    }
}

// Looks up the host name to listen on, while that may still ask others.
static bool resolve_address(struct settings *settings, struct error *error) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *addresses;
    char address[INET6_ADDRSTRLEN + 20];
    int number = getaddrinfo(settings->listen, NULL, &hints, &addresses);
    if (number == 0) {
        number = getnameinfo(addresses->ai_addr, addresses->ai_addrlen, address, sizeof address,
                             NULL, 0, NI_NUMERICHOST);
        freeaddrinfo(addresses);
    }
    if (number != 0) {
        return error_set(error, ERROR_ARGUMENT, "address %s: %s", settings->listen,
                         gai_strerror(number));
    }
    return settings_set(settings, settings_find("listen"), address, error);
}

// Where the operator names a folder it must do; without one it is told why there is none.
static bool open_groups(struct host *host, const struct settings *settings, struct error *error) {
    struct cgroup_weight *weights = NULL;
    size_t count;
    bool named = settings->cgroup[0] != '\0';
    if (!cgroups_parse(settings->shares, &weights, &count, error)) {
        return error_prefix(error, "shares");
    }
    if (strcmp(settings->cgroup, "off") == 0) {
        snprintf(host->no_groups, sizeof host->no_groups, "turned off");
        free(weights);
        return true;
    }
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", settings->cgroup);
    if ((named || cgroups_find(folder, error)) && cgroups_check(folder, error)) {
        host->groups = cgroups_open(folder, weights, count, error);
    }
    free(weights);
    if (host->groups == NULL) {
        snprintf(host->no_groups, sizeof host->no_groups, "%.500s", error->message);
    }
    return host->groups != NULL || !named || error_prefix(error, "cgroup");
}

static bool find_needs(const char *url, struct redis_needs *needs, const char *setting,
                       struct error *error) {
    *needs = (struct redis_needs){0};
    return url == NULL || url[0] == '\0' || redis_needs(url, needs, error) ||
           error_prefix(error, "%s", setting);
}

static bool confine(struct host *host, const struct settings *settings, struct error *error) {
    if (settings->files_url[0] != '\0' && settings->files_folder[0] != '\0') {
        return error_set(
            error, ERROR_ARGUMENT,
            "files_url and files_folder: users' files are in one of them, not in both");
    }
    struct confine_config config = {
        .folder = settings->folder,
        .files_folder = settings->files_folder[0] != '\0' ? settings->files_folder : NULL,
        .program = settings->codegen[0] != '\0' ? settings->codegen : NULL,
        .cgroup = host->groups != NULL ? cgroups_folder(host->groups) : NULL,
        .port = (uint16_t)settings->port,
    };
    struct redis_needs needs[2];
    if (!find_needs(settings->state_url, &needs[0], "state_url", error) ||
        !find_needs(files_url(settings), &needs[1], "files_url", error)) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        config.connect_ports[i] = needs[i].port;
        config.readable[i] = needs[i].file[0] != '\0' ? needs[i].file : NULL;
    }
    if (!confine_parse(settings->confine, config.wanted, error) ||
        !file_make_folders(settings->folder, error) ||
        (config.files_folder != NULL && !file_make_folders(config.files_folder, error)) ||
        !confine_process(&config, &host->confined, error)) {
        return false;
    }
    for (int part = 0; part < CONFINE_PART_COUNT; part++) {
        log_debug("confinement: %s is %s", confine_part_name((enum confine_part)part),
                  host->confined.parts[part]);
    }
    return true;
}

static bool serve(struct settings *settings, int *status, struct error *error) {
    // Blocked before any thread is made, so that only sigwaitinfo below gets them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit(settings->connections + settings->state_local_values + OTHER_FILES);
    struct host host = {0};
    bool done = resolve_address(settings, error) && open_groups(&host, settings, error) &&
                confine(&host, settings, error) && faaslet_initialize(error) &&
                start_runtime(&host, settings, error) && start_server(&host, settings, error) &&
                announce(&host, error);
    if (host.server != NULL) {
        while (done && sigwaitinfo(&signals, NULL) < 0 && errno == EINTR) {
        }
        log_info("stopping");
        if (!drain(&host, &signals, settings->stop_seconds)) {
            stop_calls(&host);
            *status = CLI_EXIT_FAILURE;
        }
    }
    stop(&host);
    return done;
}

int cli_serve(int argc, char **argv) {
    struct error error;
    struct settings settings;
    int status = 0;
    bool done = settings_create(&settings, &error);
    if (done) {
        done = read_settings(argc, argv, &settings, &error) && start_log(&settings, &error) &&
               choose_folder(&settings, &error) && serve(&settings, &status, &error);
        settings_destroy(&settings);
    }
    return done ? status : client_fail("serve", &error);
}
