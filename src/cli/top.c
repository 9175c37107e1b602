// `faasm top`: functions, calls, Faaslets and queues of a server, refreshed every second.
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/client.h"

#include <argp.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { DEFAULT_ROWS = 24, DEFAULT_COLUMNS = 100, REFRESH_MILLISECONDS = 1000, KEY_ONCE = 1000 };

struct top {
    struct client_options client;
    bool once, json;
};

static const struct argp_option options[] = {
    {"once", KEY_ONCE, NULL, 0, "Print one snapshot", 0},
    {"json", 'j', NULL, 0, "Print one snapshot as JSON", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct top *top = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &top->client;
        return 0;
    case KEY_ONCE:
        top->once = true;
        return 0;
    case 'j':
        top->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument '%s'", argument);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// ---- A snapshot ---------------------------------------------------------------------------------

struct snapshot {
    json_t *json;
    uint64_t time; // clock_monotonic()
};

static bool take_snapshot(struct client *client, struct snapshot *snapshot, struct error *error) {
    struct client_reply reply = {0};
    snapshot->json = client_request_ok(client, "GET", "/v1/activity", NULL, &reply, error)
                         ? client_reply_json(&reply, error)
                         : NULL;
    snapshot->time = clock_monotonic();
    client_reply_destroy(&reply);
    return snapshot->json != NULL;
}

// A second by which a number has grown since the snapshot before.
static double rate(const struct snapshot *now, const struct snapshot *before, double value,
                   double old) {
    double seconds = before->json == NULL ? 0 : (double)(now->time - before->time) / 1e9;
    return seconds > 0 && value >= old ? (value - old) / seconds : 0;
}

static double finished_calls(const struct snapshot *snapshot) {
    json_t *finished = json_object_get(json_object_get(snapshot->json, "server"), "calls_finished");
    double sum = 0;
    const char *name;
    json_t *value;
    json_object_foreach(finished, name, value) {
        sum += json_number_value(value);
    }
    return sum;
}

static double calls_of_function(const struct snapshot *snapshot, const char *user,
                                const char *name) {
    size_t i;
    json_t *function;
    json_array_foreach(json_object_get(snapshot->json, "functions"), i, function) {
        if (strcmp(client_text(function, "user"), user) == 0 &&
            strcmp(client_text(function, "name"), name) == 0) {
            return client_number(function, "calls");
        }
    }
    return 0;
}

// ---- The view -----------------------------------------------------------------------------------

// Lines are cut at the width; those beyond the height are left out.
struct view {
    int rows, columns; // 0: without a limit
    int used;
    bool terminal;
};

__attribute__((format(printf, 2, 3))) static void print_line(struct view *view, const char *format,
                                                             ...) {
    if (view->rows > 0 && view->used >= view->rows) {
        return;
    }
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (view->columns > 0 && (size_t)view->columns < sizeof line) {
        line[view->columns] = '\0';
    }
    view->used++;
    client_print_text(stdout, line);
    fputs(view->terminal ? "\033[K\n" : "\n", stdout);
}

static void print_totals(struct view *view, const struct snapshot *now,
                         const struct snapshot *before) {
    const json_t *server = json_object_get(now->json, "server");
    double finished = finished_calls(now);
    print_line(view, "faasm %s, up %.0f s, %.0f workers, %.0f Faaslets, %.0f functions",
               client_text(server, "version"), client_number(server, "uptime_seconds"),
               client_number(server, "workers"), client_number(server, "faaslets"),
               client_number(server, "functions_loaded"));
    print_line(view, "calls: %.0f running, %.0f queued, %.0f finished, %.1f/s",
               client_number(server, "calls_running"), client_number(server, "calls_queued"),
               finished, rate(now, before, finished, finished_calls(before)));
    print_line(view, "cold starts: %.0f; compilations: %.0f, %.1f s",
               client_number(server, "cold_starts"), client_number(server, "codegen_runs"),
               client_number(server, "codegen_seconds"));
}

static void print_users(struct view *view, const struct snapshot *now) {
    size_t i;
    json_t *user;
    json_t *users = json_object_get(now->json, "users");
    if (json_array_size(users) == 0) {
        return;
    }
    print_line(view, "%s", "");
    print_line(view, "%-32s %10s %10s", "USER", "RUNNING", "QUEUED");
    json_array_foreach(users, i, user) {
        print_line(view, "%-32s %10.0f %10.0f", client_text(user, "user"),
                   client_number(user, "running"), client_number(user, "queued"));
    }
}

static int compare_functions(const void *left, const void *right) {
    double a = client_number(*(json_t *const *)left, "calls");
    double b = client_number(*(json_t *const *)right, "calls");
    return (a < b) - (a > b);
}

static void print_functions(struct view *view, const struct snapshot *now,
                            const struct snapshot *before) {
    json_t *list = json_object_get(now->json, "functions");
    size_t count = json_array_size(list);
    json_t **sorted = calloc(count + 1, sizeof(json_t *));
    if (sorted == NULL || count == 0) {
        free(sorted);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = json_array_get(list, i);
    }
    qsort(sorted, count, sizeof(json_t *), compare_functions);
    print_line(view, "%s", "");
    print_line(view, "%-32s %10s %10s %9s %9s", "FUNCTION", "CALLS", "CALLS/S", "FAASLETS",
               "IMAGE");
    for (size_t i = 0; i < count; i++) {
        char name[140];
        const char *user = client_text(sorted[i], "user"), *own = client_text(sorted[i], "name");
        snprintf(name, sizeof name, "%s/%s", user, own);
        double calls = client_number(sorted[i], "calls");
        print_line(view, "%-32s %10.0f %10.1f %9.0f %6.1f MB", name, calls,
                   rate(now, before, calls, calls_of_function(before, user, own)),
                   client_number(sorted[i], "faaslets"),
                   client_number(sorted[i], "image_bytes") / 1048576);
    }
    free(sorted);
}

static void print_calls(struct view *view, const struct snapshot *now) {
    size_t i;
    json_t *call;
    json_t *calls = json_object_get(now->json, "calls");
    if (json_array_size(calls) == 0) {
        return;
    }
    print_line(view, "%s", "");
    print_line(view, "%-12s %-32s %10s %10s", "CALL", "RUNNING", "SECONDS", "CPU");
    json_array_foreach(calls, i, call) {
        char name[140];
        snprintf(name, sizeof name, "%s/%s", client_text(call, "user"),
                 client_text(call, "function"));
        print_line(view, "%-12.0f %-32s %10.2f %10.2f", client_number(call, "id"), name,
                   client_number(call, "seconds"), client_number(call, "cpu_seconds"));
    }
}

static void print_view(struct view *view, const struct snapshot *now,
                       const struct snapshot *before) {
    view->used = 0;
    if (view->terminal) {
        struct winsize size = {0};
        bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1;
        view->rows = known ? size.ws_row - 1 : DEFAULT_ROWS;
        view->columns = known ? size.ws_col : DEFAULT_COLUMNS;
        fputs("\033[H", stdout);
    }
    print_totals(view, now, before);
    print_users(view, now);
    print_functions(view, now, before);
    print_calls(view, now);
    fputs(view->terminal ? "\033[J" : "\n", stdout);
    fflush(stdout);
}

// ---- The terminal -------------------------------------------------------------------------------

// Keys come one by one, without being shown.
static bool take_keyboard(struct termios *before) {
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, before) != 0) {
        return false;
    }
    struct termios raw = *before;
    raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
    return tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

// Waits for the next refresh; true when it is time to end.
static bool wait_or_quit(bool keyboard) {
    struct pollfd input = {.fd = keyboard ? STDIN_FILENO : -1, .events = POLLIN};
    char key = 0;
    bool pressed = poll(&input, 1, REFRESH_MILLISECONDS) > 0 && read(STDIN_FILENO, &key, 1) == 1;
    return client_interrupted() || (pressed && (key == 'q' || key == 'Q'));
}

static bool watch(struct client *client, struct error *error) {
    struct view view = {.terminal = isatty(STDOUT_FILENO)};
    struct snapshot before = {0}, now;
    struct termios settings;
    bool keyboard = view.terminal && take_keyboard(&settings);
    client_catch_interrupts();
    fputs(view.terminal ? "\033[?1049h\033[?25l" : "", stdout);
    bool done = true, quit = false;
    while (done && !quit && !ferror(stdout)) {
        done = take_snapshot(client, &now, error);
        if (done) {
            print_view(&view, &now, &before);
            json_decref(before.json);
            before = now;
            quit = wait_or_quit(keyboard);
        }
    }
    json_decref(before.json);
    fputs(view.terminal ? "\033[?25h\033[?1049l" : "", stdout);
    fflush(stdout);
    if (keyboard) {
        tcsetattr(STDIN_FILENO, TCSANOW, &settings);
    }
    return done || client_interrupted();
}

static bool print_once(struct client *client, bool json, struct error *error) {
    struct snapshot now;
    if (!take_snapshot(client, &now, error)) {
        return false;
    }
    if (json) {
        json_dumpf(now.json, stdout, JSON_COMPACT);
        putchar('\n');
    } else {
        print_view(&(struct view){0}, &now, &(struct snapshot){0});
    }
    json_decref(now.json);
    return true;
}

int cli_top(int argc, char **argv) {
    static const struct argp_child children[] = {{&client_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .doc = "Show functions, calls and Faaslets of a server, live; q ends it.",
        .children = children};
    struct top top = {0};
    struct error error;
    argp_parse(&argp, argc, argv, 0, NULL, &top);
    struct client *client = client_initialize(&error) ? client_new(&top.client, &error) : NULL;
    bool done = client != NULL && (top.once || top.json ? print_once(client, top.json, &error)
                                                        : watch(client, &error));
    client_delete(client);
    return done ? 0 : client_fail("top", &error);
}
