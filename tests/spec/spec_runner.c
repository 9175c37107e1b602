// Runs WebAssembly's own test suite (.wast files) through the real code generator and the real
// Faaslets.
//
//   spec_runner [--suite FOLDER] [--codegen PROGRAM] [--jobs N] [FILE.wast...]
//
// The folder is ../shared/spec-tests beside the sources unless FAASM_SPEC_TESTS or --suite says
// otherwise. Files named are relative to it; without any, all are run. Each file is run by a
// process of its own, several at a time, so that a crash is one failure. Scripts are converted by
// wast2json.
//
// Prints failures with file and line, skips grouped by reason, and at the end one line
// "N passed, M failed, K skipped". Exit code 0, 1 with failures, 77 when there is nothing to run
// with.
#include "base/error.h"
#include "faaslet/faaslet.h"
#include "spec/child.h"
#include "spec/script.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_SKIPPED = 77, FILE_SECONDS = 600, FILES_MAXIMUM = 1024, REASONS_MAXIMUM = 64 };

// The parts of the suite, by the beginning of the scripts' names; the first that fits counts. What
// a proposal makes valid the core's scripts expect to be refused: so each is run with its own
// features.
static const struct part {
    const char *prefix;
    const char *conversion; // wast2json's option
    const char *features;   // faasm-codegen's list
    const char *left_out;   // why none of it is run, or NULL
} parts[] = {
    {"proposals/exception-handling/", "--enable-exceptions", "exceptions,tail-call", NULL},
    {"proposals/memory64/", "--enable-all", NULL, "feature left out: memory64"},
    {"proposals/multi-memory/", "--enable-multi-memory", "simd,multi-memory", NULL},
    {"proposals/relaxed-simd/relaxed_dot_product.wast", "--enable-relaxed-simd", NULL,
     "wast2json does not know f32x4.relaxed_dot_bf16x8_add_f32x4"},
    {"proposals/relaxed-simd/", "--enable-relaxed-simd", "simd,relaxed-simd", NULL},
    {"proposals/tail-call/", "--enable-tail-call", "tail-call", NULL},
    {"proposals/threads/", "--enable-threads", "threads", NULL},
    {"", "--enable-extended-const", "extended-const,simd", NULL},
};

// All but the functions of the module "spectest" (spec repository, interpreter/README).
static const char spectest_text[] = "(module"
                                    "  (global (export \"global_i32\") i32 (i32.const 666))"
                                    "  (global (export \"global_i64\") i64 (i64.const 666))"
                                    "  (global (export \"global_f32\") f32 (f32.const 666.6))"
                                    "  (global (export \"global_f64\") f64 (f64.const 666.6))"
                                    "  (table (export \"table\") 10 20 funcref)"
                                    "  (memory (export \"memory\") 1 2)"
                                    "  (memory (export \"shared_memory\") 1 2 shared))";

struct runner {
    const char *suite;
    const char *codegen;
    long jobs;
    char work[PATH_MAX]; // temporary folder
    char spectest[PATH_MAX];
    char *files[FILES_MAXIMUM]; // relative to the suite, sorted
    size_t file_count;

    unsigned long passed, failed, skipped;
    struct {
        char text[256];
        unsigned long count;
    } reasons[REASONS_MAXIMUM];
    size_t reason_count;
};

// ---- One file, in a process of its own ----------------------------------------------------------

static const struct part *part_of(const char *file) {
    const struct part *part = parts;
    while (strncmp(file, part->prefix, strlen(part->prefix)) != 0) {
        part++;
    }
    return part;
}

static json_t *convert(const struct runner *runner, const char *file, const char *folder,
                       const char *option, struct child_result *child) {
    char source[PATH_MAX];
    char output[PATH_MAX];
    snprintf(source, sizeof source, "%s/%s", runner->suite, file);
    snprintf(output, sizeof output, "%s/script.json", folder);
    const char *const argv[] = {"wast2json", option, source, "-o", output, NULL};
    if (!child_run(argv, child) || !child_succeeded(child)) {
        return NULL;
    }
    return json_load_file(output, JSON_ALLOW_NUL, NULL);
}

static void skip_all(const json_t *commands, const char *reason,
                     const struct script_report *report) {
    for (size_t i = 0; i < json_array_size(commands); i++) {
        script_skipped(report, reason);
    }
}

static void run_file(const struct runner *runner, const char *file, const char *folder,
                     const struct script_report *report) {
    struct child_result child;
    const struct part *part = part_of(file);
    json_t *script = convert(runner, file, folder, part->conversion, &child);
    if (script == NULL && part->left_out != NULL) {
        char reason[128];
        snprintf(reason, sizeof reason, "%s (whole files wast2json cannot read)", part->left_out);
        script_skipped(report, reason);
        return;
    }
    if (script == NULL) {
        script_failed(report, 0, "wast2json: %s", child.output);
        return;
    }
    const json_t *commands = json_object_get(script, "commands");
    if (part->left_out != NULL) {
        skip_all(commands, part->left_out, report);
    } else {
        const struct script_options options = {runner->codegen, part->features, folder,
                                               runner->spectest};
        script_run(commands, &options, report);
    }
    json_decref(script);
}

static int file_process(const struct runner *runner, size_t number) {
    char folder[PATH_MAX];
    char path[PATH_MAX];
    struct error error;
    snprintf(folder, sizeof folder, "%.*s/%zu", PATH_MAX - 32, runner->work, number);
    snprintf(path, sizeof path, "%.*s.results", PATH_MAX - 32, folder);
    struct script_report report = {fopen(path, "w"), runner->files[number]};
    if (report.lines == NULL || mkdir(folder, 0700) < 0) {
        perror(path);
        return 1;
    }
    alarm(FILE_SECONDS);
    if (faaslet_initialize(&error)) {
        run_file(runner, runner->files[number], folder, &report);
    } else {
        script_failed(&report, 0, "%s", error.message);
    }
    return fclose(report.lines) == 0 ? 0 : 1;
}

// ---- Gathering ----------------------------------------------------------------------------------

static void count_skip(struct runner *runner, const char *reason) {
    size_t i = 0;
    while (i < runner->reason_count && strcmp(runner->reasons[i].text, reason) != 0) {
        i++;
    }
    if (i == runner->reason_count && i < REASONS_MAXIMUM) {
        snprintf(runner->reasons[i].text, sizeof runner->reasons[i].text, "%s", reason);
        runner->reason_count++;
    }
    if (i < REASONS_MAXIMUM) {
        runner->reasons[i].count++;
    }
    runner->skipped++;
}

static void gather(struct runner *runner, size_t number, int status) {
    char path[PATH_MAX];
    char line[2048];
    snprintf(path, sizeof path, "%.*s/%zu.results", PATH_MAX - 32, runner->work, number);
    FILE *results = fopen(path, "r");
    while (results != NULL && fgets(line, sizeof line, results) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == 'P') {
            runner->passed++;
        } else if (line[0] == 'S') {
            count_skip(runner, line + 2);
        } else {
            runner->failed++;
            printf("FAILED %s\n", line + 2);
        }
    }
    if (results != NULL) {
        fclose(results);
    }
    if (results == NULL || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        runner->failed++;
        printf("FAILED %s: the process ended with status 0x%x\n", runner->files[number],
               (unsigned)status);
    }
    fflush(stdout);
}

static void run_all(struct runner *runner) {
    pid_t running[64] = {0};
    size_t numbers[64];
    size_t next = 0;
    size_t active = 0;
    while (next < runner->file_count || active > 0) {
        while (next < runner->file_count && active < (size_t)runner->jobs) {
            pid_t pid = fork();
            if (pid == 0) {
                _exit(file_process(runner, next));
            }
            if (pid < 0) {
                gather(runner, next++, 1);
                continue;
            }
            running[active] = pid;
            numbers[active++] = next++;
        }
        int status;
        pid_t ended = wait(&status);
        for (size_t i = 0; i < active; i++) {
            if (running[i] == ended) {
                gather(runner, numbers[i], status);
                running[i] = running[--active];
                numbers[i] = numbers[active];
                break;
            }
        }
    }
}

// ---- The suite ----------------------------------------------------------------------------------

// nftw has no context argument.
static struct runner *finding;

static int find_file(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)status;
    (void)place;
    size_t length = strlen(path);
    if (type == FTW_F && length > 5 && strcmp(path + length - 5, ".wast") == 0 &&
        finding->file_count < FILES_MAXIMUM) {
        finding->files[finding->file_count++] = strdup(path + strlen(finding->suite) + 1);
    }
    return 0;
}

static int compare_names(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static bool make_spectest(struct runner *runner) {
    char text[PATH_MAX];
    char wasm[PATH_MAX];
    struct child_result child;
    snprintf(text, sizeof text, "%.*s/spectest.wat", PATH_MAX - 32, runner->work);
    snprintf(wasm, sizeof wasm, "%.*s/spectest.wasm", PATH_MAX - 32, runner->work);
    snprintf(runner->spectest, sizeof runner->spectest, "%.*s/spectest.so", PATH_MAX - 32,
             runner->work);
    FILE *file = fopen(text, "w");
    if (file == NULL || fputs(spectest_text, file) < 0 || fclose(file) != 0) {
        perror(text);
        return false;
    }
    const char *const assemble[] = {
        "wat2wasm", "--enable-threads", "--enable-multi-memory", text, "-o", wasm, NULL};
    const char *const compile[] = {runner->codegen, wasm, runner->spectest, NULL};
    if (child_run(assemble, &child) && child_succeeded(&child) && child_run(compile, &child) &&
        child_succeeded(&child)) {
        return true;
    }
    fprintf(stderr, "spec_runner: the module spectest: %s\n", child.output);
    return false;
}

static void print_summary(const struct runner *runner) {
    for (size_t i = 0; i < runner->reason_count; i++) {
        printf("skipped %lu: %s\n", runner->reasons[i].count, runner->reasons[i].text);
    }
    printf("%lu passed, %lu failed, %lu skipped\n", runner->passed, runner->failed,
           runner->skipped);
}

static int run_suite(struct runner *runner) {
    const char *temporary = getenv("TMPDIR");
    snprintf(runner->work, sizeof runner->work, "%s/faasm-spec-XXXXXX",
             temporary == NULL ? "/tmp" : temporary);
    if (mkdtemp(runner->work) == NULL) {
        perror(runner->work);
        return EXIT_FAILURE;
    }
    bool ready = make_spectest(runner);
    if (ready) {
        run_all(runner);
        print_summary(runner);
    }
    nftw(runner->work, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return ready && runner->failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool parse_options(struct runner *runner, int argc, char **argv) {
    static const struct option options[] = {{"suite", required_argument, NULL, 's'},
                                            {"codegen", required_argument, NULL, 'c'},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 's':
            runner->suite = optarg;
            break;
        case 'c':
            runner->codegen = optarg;
            break;
        case 'j':
            runner->jobs = strtol(optarg, NULL, 10);
            break;
        default:
            return false;
        }
    }
    for (; optind < argc && runner->file_count < FILES_MAXIMUM; optind++) {
        runner->files[runner->file_count++] = strdup(argv[optind]);
    }
    return runner->jobs >= 1 && runner->jobs <= 64;
}

int main(int argc, char **argv) {
    static struct runner runner = {.codegen = "faasm-codegen"};
    const char *suite = getenv("FAASM_SPEC_TESTS");
    struct child_result child;
    runner.suite = suite == NULL ? FAASM_SOURCE_DIR "/../shared/spec-tests" : suite;
    runner.jobs = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1;
    if (!parse_options(&runner, argc, argv)) {
        fprintf(stderr, "usage: spec_runner [--suite FOLDER] [--codegen PROGRAM] [--jobs 1..64] "
                        "[FILE.wast...]\n");
        return EXIT_FAILURE;
    }
    char folder[PATH_MAX];
    if (realpath(runner.suite, folder) == NULL) {
        printf("skipped: the suite is not at %s\n", runner.suite);
        return EXIT_SKIPPED;
    }
    runner.suite = folder;
    const char *const probe[] = {"wast2json", "--version", NULL};
    if (!child_run(probe, &child) || !child_succeeded(&child)) {
        printf("skipped: wast2json (Debian package wabt) is not installed\n");
        return EXIT_SKIPPED;
    }
    if (runner.file_count == 0) {
        finding = &runner;
        nftw(runner.suite, find_file, 16, FTW_PHYS);
        qsort(runner.files, runner.file_count, sizeof *runner.files, compare_names);
    }
    int code = run_suite(&runner);
    for (size_t i = 0; i < runner.file_count; i++) {
        free(runner.files[i]);
    }
    return code;
}
