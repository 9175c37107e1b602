// Our side of differential testing (tools/fuzz-diff.sh): compiles modules, calls what they export
// with fixed arguments, and writes what happens, so that it can be compared with another engine.
//
//   diff_runner [--opt-level N] [--parts N] [--strict] [--same] [--linker LD] --support
//   SUPPORT.wasm FILE...
//   diff_runner --random FILE SEED BYTES [FILE SEED BYTES]...
//
// Of each FILE it writes FILE.plan, the calls to do, and FILE.here, what came of them. With
// --strict the code is compiled with strict traps. With --same it goes on with the same instance
// after a trap; without, each trap is followed by a reset to the Proto-Faaslet. Each file has a
// process of its own, in which it is compiled, too; it is forked from here, where LLVM is loaded.
// The second form writes bytes: binaryen makes a module of them.
//
// Lines of a plan: "same" or "fresh", then "call EXPORT PARAMETERS RESULTS" (export by number;
// parameters "i32:BITS,..."; results "i32,f64,...") and "memory" (write a hash of it).
#include "base/error.h"
#include "diff/compile.h"
#include "faaslet/faaslet.h"
#include "faaslet/opening.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOTS_MAXIMUM = 64, ARGUMENT_SETS = 2, CALL_SECONDS = 10, FILE_SECONDS = 120 };

struct options {
    const char *support; // source
    char support_object[PATH_MAX];
    struct compile_options compile;
    bool same;
};

struct run {
    const struct options *options;
    FILE *plan;
    FILE *here;
    struct faaslet_linker *linker;
    struct faaslet *faaslet;
    struct proto_faaslet *proto;
    struct object_instance *support;
    struct object_instance *instance;
    struct timespec deadline;
    pthread_mutex_t lock;
    bool calling;
};

// ---- What modules import ------------------------------------------------------------------------

static FILE *log_of(struct object_instance *instance) {
    return ((struct run *)faaslet_context(faaslet_of(instance)))->here;
}

static void log_i32(struct object_instance *instance, uint32_t value) {
    fprintf(log_of(instance), "log i32 %" PRIx32 "\n", value);
}

static void log_i64(struct object_instance *instance, uint64_t value) {
    fprintf(log_of(instance), "log i64 %" PRIx64 "\n", value);
}

static void show_f32(FILE *to, uint64_t bits) {
    bool nan = ((uint32_t)bits & 0x7fffffffu) > 0x7f800000u;
    fprintf(to, nan ? "nan" : "%" PRIx32, (uint32_t)bits);
}

static void show_f64(FILE *to, uint64_t bits) {
    bool nan = (bits & INT64_MAX) > 0x7ff0000000000000u;
    fprintf(to, nan ? "nan" : "%" PRIx64, bits);
}

static void log_f32(struct object_instance *instance, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    fputs("log f32 ", log_of(instance));
    show_f32(log_of(instance), bits);
    fputc('\n', log_of(instance));
}

static void log_f64(struct object_instance *instance, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    fputs("log f64 ", log_of(instance));
    show_f64(log_of(instance), bits);
    fputc('\n', log_of(instance));
}

static const struct faaslet_host_function imports[] = {
    {"fuzzing-support", "log-i32", "i:", (void (*)(void))log_i32},
    {"fuzzing-support", "log-i64", "I:", (void (*)(void))log_i64},
    {"fuzzing-support", "log-f32", "f:", (void (*)(void))log_f32},
    {"fuzzing-support", "log-f64", "F:", (void (*)(void))log_f64},
};

static bool name_is(struct object_name name, const char *text) {
    return name.length == strlen(text) && memcmp(name.data, text, name.length) == 0;
}

// What the support module exports.
static bool resolve(void *context, struct object_name module, struct object_name name,
                    struct faaslet_definition *definition) {
    const struct run *run = context;
    if (run->support == NULL || !name_is(module, "fuzzing-support")) {
        return false;
    }
    for (uint32_t i = 0; i < run->support->object->export_count; i++) {
        const struct object_export *export = &run->support->object->exports[i];
        if (export->name.length == name.length &&
            memcmp(export->name.data, name.data, name.length) == 0) {
            *definition = (struct faaslet_definition){run->support, export};
            return true;
        }
    }
    return false;
}

// ---- What is written ----------------------------------------------------------------------------

// Both engines' names of traps are mapped to these.
static const char *trap_word(enum faaslet_trap_kind kind) {
    switch (kind) {
    case FAASLET_TRAP_UNREACHABLE:
        return "unreachable";
    case FAASLET_TRAP_MEMORY_BOUNDS:
    case FAASLET_TRAP_UNALIGNED_ATOMIC: // an address may be both
        return "memory";
    case FAASLET_TRAP_DIVIDE_BY_ZERO:
        return "zero";
    case FAASLET_TRAP_INTEGER_OVERFLOW:
    case FAASLET_TRAP_INVALID_CONVERSION:
        return "number";
    case FAASLET_TRAP_TABLE_BOUNDS:
    case FAASLET_TRAP_UNDEFINED_ELEMENT:
        return "table";
    case FAASLET_TRAP_UNINITIALIZED_ELEMENT:
    case FAASLET_TRAP_SIGNATURE_MISMATCH:
        return "signature";
    case FAASLET_TRAP_STACK_EXHAUSTED:
        return "stack";
    case FAASLET_TRAP_EXCEPTION:
        return "exception";
    default:
        return faaslet_trap_name(kind);
    }
}

static const char *type_word(uint8_t type) {
    static const char *const words[] = {
        [OBJECT_I32] = "i32", [OBJECT_I64] = "i64",     [OBJECT_F32] = "f32",
        [OBJECT_F64] = "f64", [OBJECT_FUNCREF] = "ref", [OBJECT_EXTERNREF] = "ref",
    };
    return words[type];
}

static void show(FILE *to, uint8_t type, uint64_t bits) {
    fprintf(to, "%s:", type_word(type));
    switch (type) {
    case OBJECT_F32:
        show_f32(to, bits);
        break;
    case OBJECT_F64:
        show_f64(to, bits);
        break;
    case OBJECT_FUNCREF:
    case OBJECT_EXTERNREF:
        fputs(bits == 0 ? "null" : "ref", to);
        break;
    default:
        fprintf(to, "%" PRIx64, bits);
    }
}

// FNV-1a of every eighth word, eight times, and of these: no lane waits for another. (Fowler, Noll,
// Vo.)
static uint32_t hash_words(const uint32_t *words, uint64_t count) {
    enum { LANES = 8 };
    static const uint32_t basis = 2166136261u, prime = 16777619u;
    uint32_t lanes[LANES];
    for (int lane = 0; lane < LANES; lane++) {
        lanes[lane] = basis;
    }
    for (uint64_t word = 0; word < count; word += LANES) {
        for (int lane = 0; lane < LANES; lane++) {
            lanes[lane] = (lanes[lane] ^ words[word + (uint64_t)lane]) * prime;
        }
    }
    uint32_t hash = basis;
    for (int lane = 0; lane < LANES; lane++) {
        hash = (hash ^ lanes[lane]) * prime;
    }
    return hash;
}

static void show_memory(const struct run *run) {
    const struct object_module *object = run->instance->object;
    fprintf(run->plan, "memory\n");
    if (!opening_cover_all(run->faaslet)) {
        fprintf(run->here, "memory cannot be opened\n");
        return;
    }
    for (uint32_t i = 0; i < object->export_count; i++) {
        if (object->exports[i].kind != OBJECT_MEMORY) {
            continue;
        }
        const char *instance = (const char *)run->instance;
        const struct object_memory_slot *slot =
            (const struct object_memory_slot *)(const void *)(instance +
                                                              object->layout.memory_slots) +
            object->exports[i].index;
        const struct object_memory *memory = (const void *)(instance + slot->memory_delta);
        const uint32_t *words = (const void *)(instance + slot->base_delta);
        fprintf(run->here, "memory %" PRIx32 " of %" PRIu64 " pages\n",
                hash_words(words, memory->pages * OBJECT_PAGE_SIZE / 4), memory->pages);
        return;
    }
    fprintf(run->here, "memory none\n");
}

// ---- Calls --------------------------------------------------------------------------------------

// Numbers at the edges, and some that are ordinary.
static uint64_t argument(uint8_t type, uint32_t choice) {
    static const uint64_t i32[] = {0, 1, 0xffffffff, 0x80000000, 0x7fffffff, 37, 0xfff0, 65536};
    static const uint64_t i64[] = {0,         1,  UINT64_MAX, 1ull << 63,
                                   INT64_MAX, 77, 1ull << 32, 0xfedcba9876543210};
    static const uint64_t f32[] = {0,          0x3f800000, 0xbf000000, 0x80000000,
                                   0x4f000000, 0x7f7fffff, 0x00000001, 0x42f6e979};
    static const uint64_t f64[] = {0,
                                   0x3ff0000000000000,
                                   0xbfe0000000000000,
                                   0x8000000000000000,
                                   0x43e0000000000000,
                                   0x7fefffffffffffff,
                                   1,
                                   0x405edd2f1a9fbe77};
    switch (type) {
    case OBJECT_I32:
        return i32[choice % 8];
    case OBJECT_I64:
        return i64[choice % 8];
    case OBJECT_F32:
        return f32[choice % 8];
    case OBJECT_F64:
        return f64[choice % 8];
    default:
        return 0; // null
    }
}

// Without vectors, which JavaScript can neither give nor take.
static bool is_callable(const struct object_type *type) {
    bool callable = type->parameter_count <= SLOTS_MAXIMUM && type->result_count <= SLOTS_MAXIMUM;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        callable = callable && type->parameters[i] != OBJECT_V128;
    }
    for (uint32_t i = 0; i < type->result_count; i++) {
        callable = callable && type->results[i] != OBJECT_V128;
    }
    return callable;
}

// Interrupts calls that take too long, for as long as the process lives.
static void *watch(void *context) {
    struct run *run = context;
    for (;;) {
        usleep(100000);
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        pthread_mutex_lock(&run->lock);
        if (run->calling && now.tv_sec >= run->deadline.tv_sec) {
            (void)faaslet_interrupt(run->faaslet, FAASLET_TRAP_DEADLINE);
        }
        pthread_mutex_unlock(&run->lock);
    }
    return NULL;
}

static void set_calling(struct run *run, bool calling) {
    pthread_mutex_lock(&run->lock);
    clock_gettime(CLOCK_MONOTONIC, &run->deadline);
    run->deadline.tv_sec += CALL_SECONDS;
    run->calling = calling;
    pthread_mutex_unlock(&run->lock);
}

static bool begin_again(struct run *run, struct error *error) {
    if (run->options->same) {
        return true;
    }
    if (!faaslet_reset(run->faaslet, error)) {
        return false;
    }
    faaslet_set_context(run->faaslet, run);
    return true;
}

static bool call(struct run *run, uint32_t number, uint32_t set, struct error *error) {
    const struct object_export *export = &run->instance->object->exports[number];
    struct faaslet_function function;
    if (!faaslet_find_index(run->instance, export->index, &function)) {
        return error_set(error, ERROR_INTERNAL, "export %u is no function", number);
    }
    uint64_t values[SLOTS_MAXIMUM] = {0};
    const struct object_type *type = function.type;
    fprintf(run->plan, "call %u ", number);
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        values[i] = argument(type->parameters[i], number * 3 + set * 5 + i * 7);
        fprintf(run->plan, "%s%s:%" PRIu64, i > 0 ? "," : "", type_word(type->parameters[i]),
                values[i]);
    }
    fputc(' ', run->plan);
    for (uint32_t i = 0; i < type->result_count; i++) {
        fprintf(run->plan, "%s%s", i > 0 ? "," : "", type_word(type->results[i]));
    }
    fputc('\n', run->plan);
    fprintf(run->here, "call %u\n", number);
    fflush(NULL); // what is known survives a crash

    struct faaslet_result result;
    set_calling(run, true);
    faaslet_call(run->faaslet, &function, values, &result);
    set_calling(run, false);
    if (result.outcome == FAASLET_TRAPPED) {
        fprintf(run->here, "trap %s\n", trap_word(result.trap));
        return begin_again(run, error);
    }
    fputs("= ", run->here);
    for (uint32_t i = 0; i < type->result_count; i++) {
        fputs(i > 0 ? " " : "", run->here);
        show(run->here, type->results[i], values[i]);
    }
    fputc('\n', run->here);
    return true;
}

// binaryen's modules count loop iterations and calls down; this export starts the count anew.
static bool find_limit(const struct object_module *object, uint32_t *limit) {
    for (uint32_t i = 0; i < object->export_count; i++) {
        if (object->exports[i].kind == OBJECT_FUNCTION &&
            name_is(object->exports[i].name, "hangLimitInitializer")) {
            *limit = i;
            return true;
        }
    }
    return false;
}

static bool call_all(struct run *run, struct error *error) {
    if (run->instance == NULL) {
        return error_set(error, ERROR_INTERNAL, "no instance");
    }
    const struct object_module *object = run->instance->object;
    uint32_t limit = 0;
    bool limited = find_limit(object, &limit);
    fprintf(run->plan, run->options->same ? "same\n" : "fresh\n");
    for (uint32_t i = 0; i < object->export_count; i++) {
        if (object->exports[i].kind != OBJECT_FUNCTION) {
            continue;
        }
        const struct object_function *function = &object->functions[object->exports[i].index];
        if (!is_callable(&object->types[function->type])) {
            continue;
        }
        for (uint32_t set = 0; set < ARGUMENT_SETS; set++) {
            if ((limited && !call(run, limit, 0, error)) || !call(run, i, set, error)) {
                return false;
            }
        }
        show_memory(run);
    }
    return true;
}

// ---- One file -----------------------------------------------------------------------------------

static struct object_instance *instantiate(struct run *run, const char *path,
                                           struct faaslet_result *result, struct error *error) {
    struct faaslet_object *object = faaslet_object_load(path, error);
    if (object == NULL) {
        return NULL;
    }
    const struct faaslet_resolver resolver = {resolve, run};
    struct object_instance *instance =
        faaslet_instantiate(run->faaslet, object, run->linker, &resolver, result, error);
    faaslet_object_release(object);
    return instance;
}

// From here on in a Faaslet that was restored.
static bool restore(struct run *run, struct error *error) {
    ptrdiff_t delta = (char *)run->instance - (char *)run->support;
    run->proto = faaslet_snapshot(run->faaslet, error);
    if (run->proto == NULL) {
        return false;
    }
    faaslet_delete(run->faaslet);
    run->faaslet = faaslet_restore(run->proto, error);
    if (run->faaslet == NULL) {
        return false;
    }
    run->support = faaslet_main_instance(run->faaslet);
    if (run->support == NULL) {
        return error_set(error, ERROR_INTERNAL, "the Proto-Faaslet has no instance");
    }
    run->instance = (struct object_instance *)(void *)((char *)run->support + delta);
    faaslet_set_context(run->faaslet, run);
    return true;
}

static bool set_up(struct run *run, const char *object, struct faaslet_result *result,
                   struct error *error) {
    const struct options *options = run->options;
    run->linker = faaslet_linker_new(error);
    if (run->linker == NULL ||
        !faaslet_linker_add(run->linker, imports, sizeof imports / sizeof *imports, error)) {
        return false;
    }
    const struct faaslet_config config = {.stack_bytes = 1 << 20};
    run->faaslet = faaslet_new(&config, error);
    if (run->faaslet == NULL) {
        return false;
    }
    faaslet_set_context(run->faaslet, run);
    run->support = instantiate(run, options->support_object, result, error);
    run->instance = run->support == NULL ? NULL : instantiate(run, object, result, error);
    pthread_t watcher;
    return run->instance != NULL && (options->same || restore(run, error)) &&
           (pthread_create(&watcher, NULL, watch, run) == 0 ||
            error_set(error, ERROR_INTERNAL, "no thread"));
}

static FILE *open_beside(const char *file, const char *suffix) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s.%s", file, suffix);
    return fopen(path, "w");
}

static void run_object(struct run *run, const char *object) {
    struct error error = {0};
    struct faaslet_result result = {0};
    if (!faaslet_initialize(&error)) {
        fprintf(run->here, "cannot start: %s\n", error.message);
    } else if (!set_up(run, object, &result, &error)) {
        if (error.code == ERROR_TRAP) {
            fprintf(run->here, "trap %s\n", trap_word(result.trap));
        } else {
            fprintf(run->here, "cannot instantiate: %s\n", error.message);
        }
    } else if (!call_all(run, &error)) {
        fprintf(run->here, "cannot call: %s\n", error.message);
    }
}

static int file_process(const struct options *options, const char *file) {
    static struct run run = {.lock = PTHREAD_MUTEX_INITIALIZER};
    char object[PATH_MAX];
    struct error error = {0};
    run.options = options;
    run.plan = open_beside(file, "plan");
    run.here = open_beside(file, "here");
    if (run.plan == NULL || run.here == NULL) {
        perror(file);
        return EXIT_FAILURE;
    }
    snprintf(object, sizeof object, "%s.so", file);
    alarm(FILE_SECONDS);
    switch (compile_module(&options->compile, file, object, &error)) {
    case COMPILE_DONE:
        run_object(&run, object);
        break;
    case COMPILE_REFUSED:
        fprintf(run.here, "refused\n");
        break;
    default:
        fprintf(run.here, "compiler: %s\n", error.message);
    }
    unlink(object);
    return fflush(NULL) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

// A process that dies has its end in FILE.here, where no other engine has it.
static bool run_file(const struct options *options, const char *file) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        _exit(file_process(options, file));
    }
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        return false;
    }
    if (status == 0) {
        return true;
    }
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s.here", file);
    FILE *here = fopen(path, "a");
    if (here == NULL) {
        return false;
    }
    fprintf(here, WIFSIGNALED(status) ? "signal %d\n" : "exit %d\n",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return fclose(here) == 0;
}

// ---- The program --------------------------------------------------------------------------------

// splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
static bool write_random(const char *path, const char *seed, const char *bytes) {
    uint64_t state = strtoull(seed, NULL, 10);
    unsigned long count = strtoul(bytes, NULL, 10);
    uint64_t number = 0;
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return false;
    }
    for (unsigned long i = 0; i < count; i++) {
        if (i % 8 == 0) {
            number = state += 0x9e3779b97f4a7c15;
            number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9;
            number = (number ^ number >> 27) * 0x94d049bb133111eb;
            number ^= number >> 31;
        }
        putc((int)(number >> i % 8 * 8 & 0xff), file);
    }
    return fclose(file) == 0;
}

static int write_all_random(int count, char **arguments) {
    bool ok = count % 3 == 0;
    for (int i = 0; i + 2 < count; i += 3) {
        ok = write_random(arguments[i], arguments[i + 1], arguments[i + 2]) && ok;
    }
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool compile_support(struct options *options) {
    const char *temporary = getenv("TMPDIR");
    snprintf(options->support_object, sizeof options->support_object, "%s/faasm-diff-XXXXXX",
             temporary == NULL ? "/tmp" : temporary);
    int fd = mkstemp(options->support_object);
    struct error error = {0};
    if (fd < 0 || close(fd) != 0) {
        perror(options->support_object);
        return false;
    }
    if (compile_module(&options->compile, options->support, options->support_object, &error) !=
        COMPILE_DONE) {
        fprintf(stderr, "diff_runner: %s: %s\n", options->support, error.message);
        unlink(options->support_object);
        return false;
    }
    return true;
}

static bool read_number(const char *text, unsigned least, unsigned most, unsigned *number) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    *number = (unsigned)value;
    return *text != '\0' && *end == '\0' && value >= least && value <= most;
}

static bool parse_options(struct options *options, int argc, char **argv) {
    static const struct option descriptions[] = {{"linker", required_argument, NULL, 'l'},
                                                 {"support", required_argument, NULL, 's'},
                                                 {"opt-level", required_argument, NULL, 'O'},
                                                 {"parts", required_argument, NULL, 'p'},
                                                 {"strict", no_argument, NULL, 't'},
                                                 {"same", no_argument, NULL, 'm'},
                                                 {0}};
    int option;
    while ((option = getopt_long(argc, argv, "", descriptions, NULL)) != -1) {
        switch (option) {
        case 's':
            options->support = optarg;
            break;
        case 'O':
            if (!read_number(optarg, 0, 3, &options->compile.level)) {
                return false;
            }
            break;
        case 'l':
            options->compile.linker = optarg;
            break;
        case 'p':
            if (!read_number(optarg, 1, 16, &options->compile.parts)) {
                return false;
            }
            break;
        case 't':
            options->compile.strict_traps = true;
            break;
        case 'm':
            options->same = true;
            break;
        default:
            return false;
        }
    }
    return options->support != NULL && optind < argc;
}

int main(int argc, char **argv) {
    static struct options options = {.compile = {.level = 2, .parts = 1, .linker = "ld.lld-19"}};
    if (argc > 1 && strcmp(argv[1], "--random") == 0) {
        return write_all_random(argc - 2, argv + 2);
    }
    if (!parse_options(&options, argc, argv)) {
        fprintf(stderr,
                "usage: diff_runner [--opt-level N] [--parts N] [--strict] [--same] [--linker LD] "
                "--support SUPPORT.wasm FILE...\n"
                "       diff_runner --random FILE SEED BYTES...\n");
        return EXIT_FAILURE;
    }
    if (!compile_support(&options)) {
        return EXIT_FAILURE;
    }
    bool ok = true;
    for (int i = optind; i < argc; i++) {
        ok = run_file(&options, argv[i]) && ok;
    }
    unlink(options.support_object);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
