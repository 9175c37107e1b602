#include "cli/client.h"

#include "base/file.h"
#include "cli/cli.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REPLY_LIMIT_BITS = 32, CONNECT_MILLISECONDS = 10000 };

struct client {
    CURL *curl;
    char *server;
    struct curl_slist *headers;
    char detail[CURL_ERROR_SIZE];
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct client_options *options = state->input;
    if (key == 's') {
        options->server = argument;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

const struct argp client_argp = {
    .options = (const struct argp_option[]){{"server", 's', "URL", 0,
                                             "Server to talk to (default: $FAASM_SERVER, or "
                                             "http://127.0.0.1:8080)",
                                             10},
                                            {0}},
    .parser = parse_option,
};

struct simple_parse {
    const struct client_usage *usage;
    struct client_arguments *arguments;
    unsigned count;
};

static error_t parse_simple(int key, char *argument, struct argp_state *state) {
    struct simple_parse *parse = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &parse->arguments->client;
        return 0;
    case 'j':
        parse->arguments->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (parse->count == parse->usage->maximum) {
            argp_error(state, "unexpected argument '%s'", argument);
            return EINVAL;
        }
        parse->arguments->operands[parse->count++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (parse->count < parse->usage->minimum) {
            argp_usage(state);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void client_parse(const struct client_usage *usage, int argc, char **argv,
                  struct client_arguments *arguments) {
    static const struct argp_option json_option[] = {{"json", 'j', NULL, 0, "Print JSON", 0}, {0}};
    static const struct argp_child children[] = {{&client_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {.options = usage->json ? json_option : NULL,
                              .parser = parse_simple,
                              .args_doc = usage->operands,
                              .doc = usage->summary,
                              .children = children};
    *arguments = (struct client_arguments){0};
    struct simple_parse parse = {usage, arguments, 0};
    argp_parse(&argp, argc, argv, 0, NULL, &parse);
}

bool client_initialize(struct error *error) {
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ||
           error_set(error, ERROR_INTERNAL, "libcurl did not start");
}

static char *server_of(const struct client_options *options) {
    const char *server = options->server != NULL ? options->server : getenv("FAASM_SERVER");
    char *copy = strdup(server != NULL && *server != '\0' ? server : "http://127.0.0.1:8080");
    for (size_t i = copy == NULL ? 0 : strlen(copy); i > 0 && copy[i - 1] == '/'; i--) {
        copy[i - 1] = '\0';
    }
    return copy;
}

static size_t take_body(char *data, size_t size, size_t count, void *context) {
    struct client_reply *reply = context;
    size_t length = size * count;
    if (reply->to != NULL && reply->status >= 200 && reply->status < 300) {
        return fwrite(data, 1, length, reply->to);
    }
    if (reply->body.length + length > (size_t)1 << REPLY_LIMIT_BITS) {
        return 0;
    }
    return buffer_append(&reply->body, data, length, NULL) ? length : 0;
}

static bool is_header(const char *data, size_t length, const char *name) {
    return length > strlen(name) && strncasecmp(data, name, strlen(name)) == 0;
}

// Lines end in CR LF, which ends a number and a word.
static size_t take_header(char *data, size_t size, size_t count, void *context) {
    static const char id[] = "X-Faasm-Call-Id:", status[] = "X-Faasm-Call-Status: ";
    struct client_reply *reply = context;
    size_t length = size * count;
    if (is_header(data, length, "HTTP/")) {
        const char *space = memchr(data, ' ', length);
        reply->status = space == NULL ? 0 : (unsigned)strtoul(space, NULL, 10);
    } else if (is_header(data, length, id)) {
        reply->call = (uint32_t)strtoul(data + strlen(id), NULL, 10);
    } else if (is_header(data, length, status)) {
        snprintf(reply->call_status, sizeof reply->call_status, "%.*s",
                 (int)strcspn(data + strlen(status), "\r\n"), data + strlen(status));
    }
    return length;
}

// ---- Interrupts ---------------------------------------------------------------------------------

// Of the process, as signals are.
static volatile sig_atomic_t interrupted;

static void note_interrupt(int number) {
    (void)number;
    interrupted = 1;
}

void client_catch_interrupts(void) {
    const struct sigaction action = {.sa_handler = note_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool client_interrupted(void) {
    return interrupted != 0;
}

// ---- The client ---------------------------------------------------------------------------------

// Without a Content-Type of curl's own; bodies are plain bytes.
static bool set_headers(struct client *client) {
    client->headers = curl_slist_append(NULL, "Content-Type: application/octet-stream");
    return client->headers != NULL;
}

bool client_add_header(struct client *client, const char *header, struct error *error) {
    return curl_slist_append(client->headers, header) != NULL ||
           error_set(error, ERROR_MEMORY, "header");
}

struct client *client_new(const struct client_options *options, struct error *error) {
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        error_set(error, ERROR_MEMORY, "client");
        return NULL;
    }
    client->server = server_of(options);
    client->curl = curl_easy_init();
    if (client->server == NULL || client->curl == NULL || !set_headers(client)) {
        error_set(error, ERROR_MEMORY, "client");
        client_delete(client);
        return NULL;
    }
    CURL *curl = client->curl;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MILLISECONDS);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->detail);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "faasm/" FAASM_VERSION);
    return client;
}

void client_delete(struct client *client) {
    if (client == NULL) {
        return;
    }
    curl_easy_cleanup(client->curl);
    curl_slist_free_all(client->headers);
    free(client->server);
    free(client);
}

void client_reply_destroy(struct client_reply *reply) {
    buffer_destroy(&reply->body);
    *reply = (struct client_reply){0};
}

static void set_method(CURL *curl, const char *method, const struct bytes *body) {
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    if (body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                         body->length > 0 ? (const char *)body->data : "");
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->length);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
}

// With method and body set.
static bool perform(struct client *client, const char *path, bool has_body,
                    struct client_reply *reply, struct error *error) {
    CURL *curl = client->curl;
    struct buffer url = {0};
    if (!buffer_printf(&url, error, "%s%s", client->server, path) ||
        !buffer_append(&url, "", 1, error)) {
        buffer_destroy(&url);
        return false;
    }
    reply->status = 0;
    reply->call = 0;
    reply->call_status[0] = '\0';
    reply->body.length = 0;
    client->detail[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_URL, (const char *)url.data);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, has_body ? client->headers : NULL);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, reply);
    CURLcode code = curl_easy_perform(curl);
    buffer_destroy(&url);
    if (code != CURLE_OK) {
        const char *detail = client->detail[0] != '\0' ? client->detail : curl_easy_strerror(code);
        return error_set(error, ERROR_UNAVAILABLE, "no answer from %s: %s%s", client->server,
                         detail,
                         code == CURLE_COULDNT_CONNECT ? " (is `faasm serve` running?)" : "");
    }
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    reply->status = (unsigned)status;
    return true;
}

bool client_request(struct client *client, const char *method, const char *path,
                    const struct bytes *body, struct client_reply *reply, struct error *error) {
    set_method(client->curl, method, body);
    return perform(client, path, body != NULL, reply, error);
}

static bool check_reply(const struct client_reply *reply, struct error *error) {
    if (reply->status >= 200 && reply->status < 300) {
        return true;
    }
    client_reply_error(reply, NULL, error);
    return false;
}

bool client_request_ok(struct client *client, const char *method, const char *path,
                       const struct bytes *body, struct client_reply *reply, struct error *error) {
    return client_request(client, method, path, body, reply, error) && check_reply(reply, error);
}

static size_t give_file(char *data, size_t size, size_t count, void *context) {
    size_t length = fread(data, size, count, context);
    return length == 0 && ferror((FILE *)context) ? CURL_READFUNC_ABORT : length * size;
}

bool client_put_file(struct client *client, const char *path, FILE *from,
                     struct client_reply *reply, struct error *error) {
    CURL *curl = client->curl;
    struct stat status;
    off_t position = ftello(from);
    bool known = position >= 0 && fstat(fileno(from), &status) == 0 && S_ISREG(status.st_mode) &&
                 position <= status.st_size;
    set_method(curl, "PUT", NULL);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_file);
    curl_easy_setopt(curl, CURLOPT_READDATA, from);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE,
                     known ? (curl_off_t)(status.st_size - position) : (curl_off_t)-1);
    bool done = perform(client, path, true, reply, error);
    if (ferror(from)) {
        return error_set(error, ERROR_IO, "the file cannot be read");
    }
    return done && check_reply(reply, error);
}

static enum error_code code_of_name(const char *name) {
    for (int code = ERROR_NONE + 1; code < ERROR_CODE_COUNT; code++) {
        if (strcmp(error_code_name((enum error_code)code), name) == 0) {
            return (enum error_code)code;
        }
    }
    return ERROR_INTERNAL;
}

void client_reply_error(const struct client_reply *reply, char code[CLIENT_CODE_MAX],
                        struct error *error) {
    json_t *json = client_reply_json(reply, NULL);
    const json_t *detail = json_object_get(json, "error");
    const char *name = client_text(detail, "code");
    if (code != NULL) {
        snprintf(code, CLIENT_CODE_MAX, "%s", name);
    }
    if (*name != '\0') {
        error_set(error, code_of_name(name), "%s: %s", name, client_text(detail, "message"));
    } else {
        error_set(error, ERROR_INTERNAL, "the server answered with status %u", reply->status);
    }
    json_decref(json);
}

json_t *client_reply_json(const struct client_reply *reply, struct error *error) {
    json_error_t detail;
    json_t *json = json_loadb((const char *)reply->body.data, reply->body.length, 0, &detail);
    if (!json_is_object(json)) {
        json_decref(json);
        error_set(error, ERROR_MALFORMED, "the server's answer is not a JSON object");
        return NULL;
    }
    return json;
}

// Percent-encodes all but the unreserved characters of RFC 3986.
static bool append_encoded(const char *text, size_t length, char *path, size_t *used) {
    static const char hexadecimal[] = "0123456789ABCDEF";
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (*used + 4 > CLIENT_PATH_MAX) {
            return false;
        }
        if (isalnum(c) || strchr("-._~", c) != NULL) {
            path[(*used)++] = (char)c;
        } else {
            path[(*used)++] = '%';
            path[(*used)++] = hexadecimal[c >> 4];
            path[(*used)++] = hexadecimal[c & 15];
        }
    }
    path[*used] = '\0';
    return true;
}

bool client_function_path(const char *function, const char *suffix, char path[CLIENT_PATH_MAX],
                          struct error *error) {
    const char *slash = strchr(function, '/');
    if (slash == NULL || slash == function || slash[1] == '\0') {
        return error_set(error, ERROR_ARGUMENT, "'%.100s' is not of the form user/name", function);
    }
    size_t used = (size_t)snprintf(path, CLIENT_PATH_MAX, "/v1/functions/");
    if (!append_encoded(function, (size_t)(slash - function), path, &used) ||
        used + strlen(suffix) + 2 > CLIENT_PATH_MAX) {
        return error_set(error, ERROR_ARGUMENT, "the name of the function is too long");
    }
    path[used++] = '/';
    if (!append_encoded(slash + 1, strlen(slash + 1), path, &used) ||
        used + strlen(suffix) + 1 > CLIENT_PATH_MAX) {
        return error_set(error, ERROR_ARGUMENT, "the name of the function is too long");
    }
    snprintf(path + used, CLIENT_PATH_MAX - used, "%s", suffix);
    return true;
}

static bool file_path(const char *file, const char *infix, bool complete,
                      char path[CLIENT_PATH_MAX], struct error *error) {
    const char *slash = strchr(file, '/');
    size_t user = slash == NULL ? strlen(file) : (size_t)(slash - file);
    if (user == 0 || (complete && (slash == NULL || slash[1] == '\0'))) {
        return error_set(error, ERROR_ARGUMENT, "'%.100s' is not of the form user/path", file);
    }
    size_t used = (size_t)snprintf(path, CLIENT_PATH_MAX, "/v1/files/");
    bool fits = append_encoded(file, user, path, &used);
    if (fits && slash != NULL) {
        used += (size_t)snprintf(path + used, CLIENT_PATH_MAX - used, "%s", infix);
        fits = used < CLIENT_PATH_MAX && append_encoded(slash + 1, strlen(slash + 1), path, &used);
    }
    return fits || error_set(error, ERROR_ARGUMENT, "the path is too long");
}

bool client_file_path(const char *file, char path[CLIENT_PATH_MAX], struct error *error) {
    return file_path(file, "/", true, path, error);
}

bool client_files_path(const char *files, char path[CLIENT_PATH_MAX], struct error *error) {
    return file_path(files, "?prefix=", false, path, error);
}

bool client_call_path(const char *id, const char *suffix, char path[CLIENT_PATH_MAX],
                      struct error *error) {
    if (*id == '\0' || id[strspn(id, "0123456789")] != '\0' || strlen(id) > 10) {
        return error_set(error, ERROR_ARGUMENT, "'%.100s' is not a call id", id);
    }
    snprintf(path, CLIENT_PATH_MAX, "/v1/calls/%s%s", id, suffix);
    return true;
}

int client_fail(const char *command, const struct error *error) {
    fprintf(stderr, "faasm %s: ", command);
    client_print_text(stderr, error->message);
    fputc('\n', stderr);
    return CLI_EXIT_FAILURE;
}

bool client_print(struct bytes bytes, struct error *error) {
    return file_write_all(STDOUT_FILENO, bytes, error) || error_prefix(error, "standard output");
}

void client_print_text(FILE *file, const char *text) {
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        fputc((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F ? '?' : c, file);
    }
}

const char *client_text(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

double client_number(const json_t *object, const char *name) {
    return json_number_value(json_object_get(object, name));
}
