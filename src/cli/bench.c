// `faasm bench user/name`: calls of one function from several connections, and how long they took.
#include "base/file.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/load.h"

#include <argp.h>

static const size_t input_limit = (size_t)2 * 1024 * 1024 * 1024;

struct bench {
    struct client_options client;
    const char *function, *input_path;
    unsigned long count, concurrency;
    bool json;
};

static const struct argp_option options[] = {
    {"count", 'n', "N", 0, "Calls in all (default: 1000)", 0},
    {"concurrency", 'c', "M", 0, "Connections, each with one call at a time (default: 1)", 0},
    {"input", 'i', "FILE", 0, "Input of every call; - is standard input (default: no input)", 0},
    {"json", 'j', NULL, 0, "Print JSON", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct bench *bench = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &bench->client;
        break;
    case 'n':
        bench->count = load_parse_number(state, "count", argument, LOAD_COUNT_MAX);
        break;
    case 'c':
        bench->concurrency =
            load_parse_number(state, "concurrency", argument, LOAD_CONCURRENCY_MAX);
        break;
    case 'i':
        bench->input_path = argument;
        break;
    case 'j':
        bench->json = true;
        break;
    case ARGP_KEY_ARG:
        if (bench->function != NULL) {
            argp_error(state, "unexpected argument '%s'", argument);
        }
        bench->function = argument;
        break;
    case ARGP_KEY_END:
        if (bench->function == NULL) {
            argp_usage(state);
        }
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static bool run(const struct bench *bench, struct error *error) {
    char path[CLIENT_PATH_MAX];
    struct buffer input = {0};
    if (!client_function_path(bench->function, "/invoke", path, error) ||
        (bench->input_path != NULL && !file_read(bench->input_path, input_limit, &input, error))) {
        return false;
    }
    const struct load load = {.client = &bench->client,
                              .path = path,
                              .input = buffer_bytes(&input),
                              .count = bench->count,
                              .concurrency = bench->concurrency,
                              .json = bench->json};
    bool done = load_run(&load, error);
    buffer_destroy(&input);
    return done;
}

int cli_bench(int argc, char **argv) {
    static const struct argp_child children[] = {{&client_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "USER/NAME",
        .doc = "Measure calls of a function on a server: calls per second and latency.",
        .children = children};
    struct bench bench = {.count = 1000, .concurrency = 1};
    argp_parse(&argp, argc, argv, 0, NULL, &bench);
    struct error error;
    bool done = client_initialize(&error) && run(&bench, &error);
    return done ? 0 : client_fail("bench", &error);
}
