#include "spec/script.h"

#include "faaslet/faaslet.h"
#include "spec/child.h"
#include "spec/value.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SCRIPT_VALUES = 64, SCRIPT_MEMORIES = 512 };

struct named_instance {
    struct named_instance *next;
    const char *name; // NUL-terminated copies: no script registers a name with a NUL in it
    struct object_instance *instance;
};

struct script {
    const struct script_options *options;
    const struct script_report *report;
    struct faaslet *faaslet;
    struct faaslet_linker *linker;
    struct named_instance *variables;  // $name
    struct named_instance *registered; // import names
    struct object_instance *current;   // the latest module
    unsigned object_count;
};

// ---- Reports ------------------------------------------------------------------------------------

void script_passed(const struct script_report *report) {
    fprintf(report->lines, "P\n");
}

void script_failed(const struct script_report *report, long line, const char *format, ...) {
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    message[strcspn(message, "\n")] = '\0';
    fprintf(report->lines, "F\t%s:%ld: %s\n", report->file, line, message);
    fflush(report->lines); // what is known so far survives a crash
}

void script_skipped(const struct script_report *report, const char *reason) {
    fprintf(report->lines, "S\t%s\n", reason);
}

// ---- JSON ---------------------------------------------------------------------------------------

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static bool has(const json_t *object, const char *key) {
    return json_is_string(json_object_get(object, key));
}

static long line_of(const json_t *command) {
    return (long)json_integer_value(json_object_get(command, "line"));
}

// ---- Instances by name --------------------------------------------------------------------------

static bool remember(struct named_instance **list, const char *name,
                     struct object_instance *instance) {
    struct named_instance *entry = malloc(sizeof *entry);
    if (entry == NULL) {
        return false;
    }
    *entry = (struct named_instance){*list, name, instance};
    *list = entry;
    return true;
}

static struct object_instance *recall(const struct named_instance *list, const char *name,
                                      size_t length) {
    for (; list != NULL; list = list->next) {
        if (strlen(list->name) == length && memcmp(list->name, name, length) == 0) {
            return list->instance;
        }
    }
    return NULL;
}

static void forget(struct named_instance *list) {
    while (list != NULL) {
        struct named_instance *next = list->next;
        free(list);
        list = next;
    }
}

// The module that a command means: the one it names, or the latest.
static struct object_instance *instance_of(const struct script *script, const json_t *object,
                                           const char *key) {
    const char *name = text_of(object, key);
    return has(object, key) ? recall(script->variables, name, strlen(name)) : script->current;
}

static bool resolve(void *context, struct object_name module, struct object_name name,
                    struct faaslet_definition *definition) {
    const struct script *script = context;
    struct object_instance *instance = recall(script->registered, module.data, module.length);
    if (instance == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < instance->object->export_count; i++) {
        const struct object_export *export = &instance->object->exports[i];
        if (export->name.length == name.length &&
            memcmp(export->name.data, name.data, name.length) == 0) {
            *definition = (struct faaslet_definition){instance, export};
            return true;
        }
    }
    return false;
}

// ---- Compiling and instantiating ----------------------------------------------------------------

static bool compile(struct script *script, const char *file, char path[PATH_MAX],
                    struct child_result *result) {
    char wasm[PATH_MAX];
    snprintf(wasm, sizeof wasm, "%s/%s", script->options->folder, file);
    snprintf(path, PATH_MAX, "%s/%s.%u.so", script->options->folder, file, script->object_count++);
    const char *const argv[] = {
        script->options->codegen, "--features", script->options->features, wasm, path, NULL};
    return child_run(argv, result) && child_succeeded(result);
}

// Loads and instantiates an object file; the Faaslet keeps the object.
static struct object_instance *instantiate(struct script *script, const char *path,
                                           struct faaslet_result *result, struct error *error) {
    struct faaslet_object *object = faaslet_object_load(path, error);
    if (object == NULL) {
        return NULL;
    }
    const struct faaslet_resolver resolver = {resolve, script};
    struct object_instance *instance =
        faaslet_instantiate(script->faaslet, object, script->linker, &resolver, result, error);
    faaslet_object_release(object);
    return instance;
}

static struct object_instance *load_module(struct script *script, const json_t *command,
                                           struct faaslet_result *result, struct error *error) {
    char path[PATH_MAX];
    struct child_result child;
    if (!compile(script, text_of(command, "filename"), path, &child)) {
        error_set(error, ERROR_INTERNAL, "codegen: %s (status 0x%x)", child.output,
                  (unsigned)child.status);
        return NULL;
    }
    struct object_instance *instance = instantiate(script, path, result, error);
    unlink(path);
    return instance;
}

// ---- Actions ------------------------------------------------------------------------------------

static const struct object_export *find_export(const struct object_instance *instance,
                                               const json_t *action, uint8_t kind) {
    const json_t *field = json_object_get(action, "field");
    for (uint32_t i = 0; i < instance->object->export_count; i++) {
        const struct object_export *export = &instance->object->exports[i];
        if (export->kind == kind && export->name.length == json_string_length(field) &&
            memcmp(export->name.data, json_string_value(field), export->name.length) == 0) {
            return export;
        }
    }
    return NULL;
}

static bool invoke(struct script *script, struct object_instance *instance, const json_t *action,
                   uint64_t values[SCRIPT_VALUES], struct faaslet_result *result) {
    const struct object_export *export = find_export(instance, action, OBJECT_FUNCTION);
    const json_t *arguments = json_object_get(action, "args");
    struct faaslet_function function;
    if (export == NULL || !faaslet_find_index(instance, export->index, &function) ||
        json_array_size(arguments) != function.type->parameter_count ||
        json_array_size(arguments) > SCRIPT_VALUES / VALUE_SLOTS_MAXIMUM) {
        return false;
    }
    size_t slot = 0;
    for (size_t i = 0; i < json_array_size(arguments); i++) {
        const json_t *argument = json_array_get(arguments, i);
        if (!value_parse(argument, &values[slot])) {
            return false;
        }
        slot += value_slots(argument);
    }
    faaslet_call(script->faaslet, &function, values, result);
    return true;
}

// Where generated code keeps the global that an instance exports.
static const uint64_t *global_cell(const struct object_instance *instance, uint32_t index) {
    const struct object_layout *layout = &instance->object->layout;
    const char *base = (const char *)instance;
    uint32_t imported = instance->object->imported_global_count;
    if (index < imported) {
        const int64_t *deltas = (const void *)(base + layout->global_deltas);
        return (const void *)(base + deltas[index]);
    }
    return (const void *)(base + layout->globals + 16ull * (index - imported));
}

// Does an action (invoke or get). False with a message when it cannot even be tried.
static bool act(struct script *script, const json_t *action, uint64_t values[SCRIPT_VALUES],
                struct faaslet_result *result, char message[512]) {
    struct object_instance *instance = instance_of(script, action, "module");
    memset(result, 0, sizeof *result);
    if (instance == NULL) {
        snprintf(message, 512, "no such module: %s", text_of(action, "module"));
        return false;
    }
    if (strcmp(text_of(action, "type"), "get") == 0) {
        const struct object_export *export = find_export(instance, action, OBJECT_GLOBAL);
        if (export != NULL) {
            memcpy(values, global_cell(instance, export->index), 2 * sizeof *values);
            result->outcome = FAASLET_RETURNED;
            return true;
        }
    } else if (invoke(script, instance, action, values, result)) {
        return true;
    }
    snprintf(message, 512, "cannot %s \"%s\"", text_of(action, "type"), text_of(action, "field"));
    return false;
}

static void describe_outcome(const struct faaslet_result *result, char text[512]) {
    if (result->outcome == FAASLET_TRAPPED) {
        snprintf(text, 512, "trap: %s %s", faaslet_trap_name(result->trap), result->message);
    } else {
        snprintf(text, 512, "%s",
                 result->outcome == FAASLET_EXITED ? "exit" : "a return without a trap");
    }
}

// ---- Commands: each reports what came of it -----------------------------------------------------

static void run_module(struct script *script, const json_t *command) {
    struct error error = {0};
    script->current = load_module(script, command, NULL, &error);
    if (script->current == NULL) {
        script_failed(script->report, line_of(command), "module: %s", error.message);
        return;
    }
    if (has(command, "name") &&
        !remember(&script->variables, text_of(command, "name"), script->current)) {
        script_failed(script->report, line_of(command), "out of memory");
        return;
    }
    script_passed(script->report);
}

static void run_register(struct script *script, const json_t *command) {
    struct object_instance *instance = instance_of(script, command, "name");
    if (instance == NULL || !remember(&script->registered, text_of(command, "as"), instance)) {
        script_failed(script->report, line_of(command), "register: no such module");
        return;
    }
    script_passed(script->report);
}

static void describe_mismatch(const json_t *expected, size_t number, const uint64_t *slots,
                              char message[512]) {
    char wanted[256];
    char high[24] = "";
    value_describe(expected, wanted, sizeof wanted);
    if (value_slots(expected) > 1) {
        snprintf(high, sizeof high, "%016llx ", (unsigned long long)slots[1]);
    }
    snprintf(message, 512, "result %zu is 0x%s%llx, expected %s", number, high,
             (unsigned long long)slots[0], wanted);
}

// One result that may be any of several, where the specification leaves a choice.
static bool any_matches(const json_t *choices, const uint64_t *values, char message[512]) {
    for (size_t i = 0; i < json_array_size(choices); i++) {
        if (value_matches(json_array_get(choices, i), values)) {
            return true;
        }
    }
    describe_mismatch(json_array_get(choices, 0), 0, values, message);
    return false;
}

static bool results_match(const json_t *command, const uint64_t *values, char message[512]) {
    const json_t *expected = json_object_get(command, "expected");
    size_t slot = 0;
    if (has(command, "either")) {
        return any_matches(json_object_get(command, "either"), values, message);
    }
    for (size_t i = 0; i < json_array_size(expected); i++) {
        const json_t *one = json_array_get(expected, i);
        if (!value_matches(one, &values[slot])) {
            describe_mismatch(one, i, &values[slot], message);
            return false;
        }
        slot += value_slots(one);
    }
    return true;
}

static void run_return(struct script *script, const json_t *command) {
    const json_t *action = json_object_get(command, "action");
    uint64_t values[SCRIPT_VALUES] = {0};
    struct faaslet_result result;
    char message[512];
    if (!act(script, action, values, &result, message)) {
        script_failed(script->report, line_of(command), "%s", message);
    } else if (result.outcome != FAASLET_RETURNED) {
        char outcome[512];
        describe_outcome(&result, outcome);
        script_failed(script->report, line_of(command), "%s: %s", text_of(action, "field"),
                      outcome);
    } else if (!results_match(command, values, message)) {
        script_failed(script->report, line_of(command), "%s: %s", text_of(action, "field"),
                      message);
    } else {
        script_passed(script->report);
    }
}

// The suite's texts may say more than the name ("uninitialized element 2"), or less.
static bool is_trap(const struct faaslet_result *result, const char *text) {
    const char *name = faaslet_trap_name(result->trap);
    return result->outcome == FAASLET_TRAPPED &&
           (strncmp(text, name, strlen(name)) == 0 || strncmp(name, text, strlen(text)) == 0);
}

static void run_trap(struct script *script, const json_t *command) {
    const json_t *action = json_object_get(command, "action");
    uint64_t values[SCRIPT_VALUES] = {0};
    struct faaslet_result result;
    char message[512];
    if (!act(script, action, values, &result, message)) {
        script_failed(script->report, line_of(command), "%s", message);
    } else if (!is_trap(&result, text_of(command, "text"))) {
        char outcome[512];
        describe_outcome(&result, outcome);
        script_failed(script->report, line_of(command), "%s: %s, expected trap: %s",
                      text_of(action, "field"), outcome, text_of(command, "text"));
    } else {
        script_passed(script->report);
    }
}

static void run_exception(struct script *script, const json_t *command) {
    const json_t *action = json_object_get(command, "action");
    uint64_t values[SCRIPT_VALUES] = {0};
    struct faaslet_result result;
    char message[512];
    if (!act(script, action, values, &result, message)) {
        script_failed(script->report, line_of(command), "%s", message);
    } else if (result.outcome != FAASLET_TRAPPED || result.trap != FAASLET_TRAP_EXCEPTION) {
        char outcome[512];
        describe_outcome(&result, outcome);
        script_failed(script->report, line_of(command), "%s: %s, expected an exception",
                      text_of(action, "field"), outcome);
    } else {
        script_passed(script->report);
    }
}

static bool is_text(const json_t *command) {
    return strcmp(text_of(command, "module_type"), "text") == 0;
}

static bool begins(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

// Was the module refused for the reason that the suite gives? Two differences in words are none in
// substance: what later versions of the format gave a meaning to is "unsupported" here, with the
// reason behind it; and wast2json leaves the data count section out of modules without data
// segments, so that what uses one of those is malformed before it can be invalid.
static bool is_refused(const struct child_result *child, const char *word, const char *reason) {
    static const char program[] = "faasm-codegen: ";
    if (!WIFEXITED(child->status) || !begins(child->output, program)) {
        return false;
    }
    const char *said = child->output + strlen(program);
    return begins(said, word) || (begins(said, "unsupported") && strstr(said, reason) != NULL) ||
           (begins(said, "malformed") && strstr(said, "data count section required") != NULL);
}

// A module that codegen must refuse with the given word (malformed, invalid).
static void run_refusal(struct script *script, const json_t *command, const char *word) {
    char path[PATH_MAX];
    struct child_result child;
    if (is_text(command)) {
        script_skipped(script->report, "text format: parsed by wast2json, not here");
        return;
    }
    if (strcmp(text_of(command, "text"), "multiple tables") == 0) {
        script_skipped(script->report, "valid since WebAssembly 2.0: multiple tables");
        return;
    }
    if (compile(script, text_of(command, "filename"), path, &child)) {
        unlink(path);
        script_failed(script->report, line_of(command), "accepted, expected %s: %s", word,
                      text_of(command, "text"));
        return;
    }
    if (!is_refused(&child, word, text_of(command, "text"))) {
        script_failed(script->report, line_of(command), "expected %s (%s), got status 0x%x: %s",
                      word, text_of(command, "text"), (unsigned)child.status, child.output);
        return;
    }
    script_passed(script->report);
}

static void run_malformed(struct script *script, const json_t *command) {
    run_refusal(script, command, "malformed");
}

static void run_invalid(struct script *script, const json_t *command) {
    run_refusal(script, command, "invalid");
}

static void run_unlinkable(struct script *script, const json_t *command) {
    struct error error = {0};
    const char *text = text_of(command, "text");
    if (load_module(script, command, NULL, &error) != NULL || error.code != ERROR_UNLINKABLE ||
        strncmp(error.message, text, strlen(text)) != 0) {
        script_failed(script->report, line_of(command), "expected unlinkable (%s), got %s: %s",
                      text, error_code_name(error.code), error.message);
        return;
    }
    script_passed(script->report);
}

static void run_uninstantiable(struct script *script, const json_t *command) {
    struct error error = {0};
    struct faaslet_result result = {0};
    if (load_module(script, command, &result, &error) != NULL || error.code != ERROR_TRAP ||
        !is_trap(&result, text_of(command, "text"))) {
        script_failed(script->report, line_of(command), "expected a trap (%s), got %s: %s",
                      text_of(command, "text"), error_code_name(error.code), error.message);
        return;
    }
    script_passed(script->report);
}

static const struct {
    const char *type;
    void (*run)(struct script *script, const json_t *command);
} commands_known[] = {
    {"module", run_module},
    {"register", run_register},
    {"action", run_return},
    {"assert_return", run_return},
    {"assert_trap", run_trap},
    {"assert_exhaustion", run_trap},
    {"assert_exception", run_exception},
    {"assert_invalid", run_invalid},
    {"assert_malformed", run_malformed},
    {"assert_unlinkable", run_unlinkable},
    {"assert_uninstantiable", run_uninstantiable},
};

static void run_command(struct script *script, const json_t *command) {
    const char *type = text_of(command, "type");
    for (size_t i = 0; i < sizeof commands_known / sizeof *commands_known; i++) {
        if (strcmp(commands_known[i].type, type) == 0) {
            commands_known[i].run(script, command);
            return;
        }
    }
    script_failed(script->report, line_of(command), "unknown command \"%s\"", type);
}

// ---- The module "spectest" ----------------------------------------------------------------------

// Its functions print; what they print is of no interest. The rest is a module, see spec_runner.c.
static void print_nothing(void) {
}

static const struct faaslet_host_function spectest_functions[] = {
    {"spectest", "print", "", print_nothing},
    {"spectest", "print_i32", "i", print_nothing},
    {"spectest", "print_i64", "I", print_nothing},
    {"spectest", "print_f32", "f", print_nothing},
    {"spectest", "print_f64", "F", print_nothing},
    {"spectest", "print_i32_f32", "if", print_nothing},
    {"spectest", "print_f64_f64", "FF", print_nothing},
};

static bool set_up(struct script *script, struct error *error) {
    const struct faaslet_config config = {
        .area_bytes = 16ull << 30,
        .memories = SCRIPT_MEMORIES,
    };
    script->faaslet = faaslet_new(&config, error);
    script->linker = script->faaslet == NULL ? NULL : faaslet_linker_new(error);
    if (script->linker == NULL ||
        !faaslet_linker_add(script->linker, spectest_functions,
                            sizeof spectest_functions / sizeof *spectest_functions, error)) {
        return false;
    }
    struct object_instance *spectest = instantiate(script, script->options->spectest, NULL, error);
    return spectest != NULL && (remember(&script->registered, "spectest", spectest) ||
                                error_set(error, ERROR_MEMORY, "spectest"));
}

bool script_run(const json_t *commands, const struct script_options *options,
                const struct script_report *report) {
    struct script script = {.options = options, .report = report};
    struct error error = {0};
    bool ready = set_up(&script, &error);
    if (ready) {
        for (size_t i = 0; i < json_array_size(commands); i++) {
            run_command(&script, json_array_get(commands, i));
        }
    } else {
        script_failed(report, 0, "set-up: %s", error.message);
    }
    faaslet_delete(script.faaslet);
    faaslet_linker_delete(script.linker);
    forget(script.variables);
    forget(script.registered);
    return ready;
}
