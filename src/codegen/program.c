// The order of work of faasm-codegen. What reads the module or what was made of it runs in the
// sandbox; everything stays in memory files until the result is complete.
#include "codegen/program.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "codegen/debug_elf.h"
#include "codegen/debug_read.h"
#include "codegen/elf_names.h"
#include "codegen/link.h"
#include "wasm/decode.h"
#include "wasm/dylink.h"
#include "wasm/section.h"
#include "wasm/validate.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

// A part of the module, compiled in a process of its own. The number of parts follows from the
// size of the module and the level alone (unless an option says it), as what is made of a module
// must not depend on the machine. At level 0 all is over soon: with smaller parts the cores end
// nearer to each other.
enum { PART_BYTES = 64 << 10, BASELINE_PART_BYTES = 32 << 10 };

// A process goes on with the memory that it has: to start with cleared pages for each part takes a
// tenth of the time at level 0.
enum { PARTS_OF_A_PROCESS = 8, BASELINE_PARTS_OF_A_PROCESS = 16 };

enum { PART_MEMORY_MB = 512 }; // address space, 200 of which are libraries

enum { BACKGROUND_NICE = 10 };

struct part {
    const struct work *work;
    uint32_t number;
    uint32_t largest_body;
    int object; // memory file
};

struct work {
    const struct program_options *options;
    struct buffer binary;
    struct wasm_module module; // of the process that compiles, and its children
    struct LLVMOpaqueTargetMachine *machine;
    struct part parts[PROGRAM_PARTS_MAXIMUM];
    uint32_t part_count;
    struct buffer source_bytes;  // of the module; empty where it has no debug information
    struct source_map source;    // a view of them
    struct buffer object_source; // the source map of the object
    int linked;                  // memory files
    int named;
    int map; // that a step writes
};

static bool read_memory_file(int fd, struct buffer *contents, struct error *error) {
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return error_set_errno(error, errno, "fstat");
    }
    size_t size = (size_t)status.st_size;
    if (!buffer_reserve(contents, size, error)) {
        return false;
    }
    while (contents->length < size) {
        ssize_t count = pread(fd, contents->data + contents->length, size - contents->length,
                              (off_t)contents->length);
        if (count <= 0) {
            return error_set_errno(error, count < 0 ? errno : EIO, "read");
        }
        contents->length += (size_t)count;
    }
    return true;
}

// ---- Steps in the sandbox

static unsigned usable_cores(void) {
    cpu_set_t usable;
    int count = sched_getaffinity(0, sizeof usable, &usable) == 0 ? CPU_COUNT(&usable) : 1;
    return count > 0 ? (unsigned)count : 1;
}

static bool compile_part(void *context, struct error *error) {
    const struct part *part = context;
    const struct work *work = part->work;
    struct codegen_options options = work->options->codegen;
    options.part = part->number;
    options.part_count = work->part_count;
    options.source = work->source_bytes.length > 0 ? &work->source : NULL;
    struct buffer object = {0};
    bool ok = codegen_compile(work->machine, &work->module, &options, &object, error) &&
              file_write_all(part->object, buffer_bytes(&object), error);
    buffer_destroy(&object);
    return ok;
}

static int compare_parts(const void *a, const void *b) {
    const struct part *first = a, *second = b;
    return (first->largest_body < second->largest_body) -
           (first->largest_body > second->largest_body);
}

// The one with the largest body takes longest, so it begins first.
static void order_parts(struct work *work) {
    for (uint32_t i = 0; i < work->part_count; i++) {
        work->parts[i].largest_body =
            codegen_largest_body(&work->module, work->parts[i].number, work->part_count);
    }
    qsort(work->parts, work->part_count, sizeof work->parts[0], compare_parts);
}

// As many as have a sensible share of the memory that all may use together.
static unsigned parallel_parts(const struct work *work) {
    unsigned jobs = work->options->jobs > 0 ? work->options->jobs : usable_cores();
    unsigned most = work->options->limits.memory_mb / PART_MEMORY_MB;
    return jobs < most ? jobs : most > 0 ? most : 1;
}

static bool compile_parts(struct work *work, struct error *error) {
    order_parts(work);
    struct sandbox_tasks tasks = {
        .task = compile_part,
        .contexts = work->parts,
        .size = sizeof work->parts[0],
        .count = work->part_count,
        .parallel = parallel_parts(work),
        .each = work->options->codegen.optimisation_level == 0 ? BASELINE_PARTS_OF_A_PROCESS
                                                               : PARTS_OF_A_PROCESS,
    };
    tasks.memory_mb = work->options->limits.memory_mb / tasks.parallel;
    return sandbox_run_all(&tasks, error);
}

// Reads the module once for all parts.
static bool compile_step(void *context, struct error *error) {
    struct work *work = context;
    if (!wasm_decode(buffer_bytes(&work->binary), work->options->features, &work->module, error) ||
        !wasm_decode_dylink(&work->module, error) || !wasm_validate(&work->module, error)) {
        return false;
    }
    work->machine = codegen_machine_new(&work->module, &work->options->codegen, error);
    bool ok = work->machine != NULL && (work->part_count == 1 ? compile_part(&work->parts[0], error)
                                                              : compile_parts(work, error));
    codegen_machine_dispose(work->machine);
    return ok;
}

// A source map of the module, or of the object that was linked, into work->map.
static bool source_step(void *context, struct error *error) {
    const struct work *work = context;
    struct buffer map = {0};
    bool ok = debug_read_wasm(buffer_bytes(&work->binary), &map, error) &&
              file_write_all(work->map, buffer_bytes(&map), error);
    buffer_destroy(&map);
    return ok;
}

static bool object_source_step(void *context, struct error *error) {
    const struct work *work = context;
    struct buffer shared = {0}, map = {0};
    bool ok = read_memory_file(work->linked, &shared, error) &&
              debug_read_object(buffer_bytes(&shared), &map, error) &&
              file_write_all(work->map, buffer_bytes(&map), error);
    buffer_destroy(&shared);
    buffer_destroy(&map);
    return ok;
}

static bool add_source_map(const struct work *work, struct buffer *shared, struct error *error) {
    return work->object_source.length == 0 ||
           debug_elf_add_section(shared, SOURCE_MAP_SECTION, buffer_bytes(&work->object_source),
                                 error);
}

static bool name_step(void *context, struct error *error) {
    struct work *work = context;
    struct wasm_module module = {0};
    struct buffer shared = {0};
    bool ok =
        wasm_decode_outline(buffer_bytes(&work->binary), work->options->features, &module, error) &&
        read_memory_file(work->linked, &shared, error) && elf_names_check(&shared, error) &&
        elf_names_apply(&shared, &module, error) && add_source_map(work, &shared, error) &&
        file_write_all(work->named, buffer_bytes(&shared), error);
    buffer_destroy(&shared);
    wasm_module_destroy(&module);
    return ok;
}

// ---- The whole

static void print_time(const struct work *work, const char *step, uint64_t *since) {
    uint64_t now = clock_monotonic();
    if (work->options->print_times) {
        fprintf(stderr, "%-8s %9.3f ms\n", step, (double)(now - *since) / 1e6);
    }
    *since = now;
}

// Of the largest of the processes.
static void print_memory(const struct work *work) {
    struct rusage usage;
    if (work->options->print_times && getrusage(RUSAGE_CHILDREN, &usage) == 0) {
        fprintf(stderr, "%-8s %9ld MB\n", "memory", (usage.ru_maxrss + 1023) / 1024);
    }
}

static bool store_output(const struct work *work, int result, struct error *error) {
    struct buffer shared = {0};
    bool ok = read_memory_file(result, &shared, error) &&
              file_write_atomic(work->options->output, buffer_bytes(&shared), 0644, error);
    buffer_destroy(&shared);
    return ok;
}

static bool start_linker(struct work *work, struct link *link, struct error *error) {
    int objects[PROGRAM_PARTS_MAXIMUM];
    for (uint32_t i = 0; i < work->part_count; i++) {
        objects[i] = work->parts[i].object;
    }
    return link_start(link, work->options->linker, objects, work->part_count, work->linked, error);
}

// Messages quote names of the module: one line, without what a terminal would act on.
static void print_line(const char *prefix, const char *what, const struct error *error) {
    char message[sizeof error->message];
    memcpy(message, error->message, sizeof message);
    for (char *c = message; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
    fprintf(stderr, "%s%s: %s\n", prefix, what, message);
}

// Has a step read a source map. One that cannot be had is no error, but code has no lines then; nor
// is one without lines, such as optimisers of modules leave.
static void read_source(struct work *work, sandbox_task *step, const char *what,
                        struct buffer *bytes) {
    struct error error = {0};
    struct source_map map;
    if (ftruncate(work->map, 0) != 0 || lseek(work->map, 0, SEEK_SET) != 0) {
        error_set_errno(&error, errno, "memory file");
    } else if (sandbox_run_brief(step, work, &error) &&
               read_memory_file(work->map, bytes, &error) &&
               source_map_open(&map, buffer_bytes(bytes), &error)) {
        if (map.header.place_count == 0) {
            buffer_destroy(bytes);
        }
        return;
    }
    buffer_destroy(bytes);
    print_line("note: ", what, &error);
}

static bool compile(struct work *work, struct error *error) {
    return work->part_count == 1 ? sandbox_run(compile_step, work, error)
                                 : sandbox_run_parent(compile_step, work, error);
}

static bool compile_and_link(struct work *work, uint64_t *since, struct error *error) {
    struct link link;
    if (!start_linker(work, &link, error)) {
        return false;
    }
    if (!compile(work, error)) {
        link_abandon(&link);
        return false;
    }
    print_time(work, "compile", since);
    bool ok = link_finish(&link, error);
    print_time(work, "link", since);
    return ok;
}

static bool run_steps(struct work *work, struct error *error) {
    uint64_t since = clock_monotonic();
    if (debug_elf_is_wanted(buffer_bytes(&work->binary))) {
        read_source(work, source_step, "debug information of the module is ignored",
                    &work->source_bytes);
        print_time(work, "source", &since);
    }
    if (work->source_bytes.length > 0 &&
        !source_map_open(&work->source, buffer_bytes(&work->source_bytes), error)) {
        return false;
    }
    if (work->options->codegen.output != CODEGEN_OBJECT) {
        return compile(work, error) &&
               store_output(work, work->parts[0].object, error); // text, always of one part
    }
    if (!compile_and_link(work, &since, error)) {
        return false;
    }
    if (work->source_bytes.length > 0) {
        read_source(work, object_source_step, "backtraces will have no lines",
                    &work->object_source);
        print_time(work, "lines", &since);
    }
    if (!sandbox_run(name_step, work, error)) {
        return false;
    }
    print_time(work, "names", &since);
    bool ok = store_output(work, work->named, error);
    print_time(work, "store", &since);
    print_memory(work);
    return ok;
}

static bool make_memory_file(const char *name, int *fd, struct error *error) {
    *fd = memfd_create(name, MFD_CLOEXEC);
    return *fd >= 0 || error_set_errno(error, errno, "memfd_create");
}

static void close_memory_file(int fd) {
    if (fd >= 0) {
        close(fd);
    }
}

// Debug information takes time of its own, but no parts.
static size_t bytes_of_module(struct bytes binary) {
    static const char prefix[] = ".debug_";
    struct wasm_section section;
    size_t at = 0, bytes = binary.length;
    while (wasm_next_section(binary, &at, &section)) {
        if (section.name.length >= sizeof prefix - 1 &&
            memcmp(section.name.data, prefix, sizeof prefix - 1) == 0) {
            bytes -= section.contents.length;
        }
    }
    return bytes;
}

static bool make_parts(struct work *work, struct error *error) {
    size_t part_bytes =
        work->options->codegen.optimisation_level == 0 ? BASELINE_PART_BYTES : PART_BYTES;
    size_t wanted = work->options->parts > 0
                        ? work->options->parts
                        : bytes_of_module(buffer_bytes(&work->binary)) / part_bytes;
    work->part_count = wanted < 1                       ? 1
                       : wanted > PROGRAM_PARTS_MAXIMUM ? PROGRAM_PARTS_MAXIMUM
                                                        : (uint32_t)wanted;
    if (work->options->codegen.output != CODEGEN_OBJECT) {
        work->part_count = 1;
    }
    for (uint32_t i = 0; i < work->part_count; i++) {
        work->parts[i].work = work;
        work->parts[i].number = i;
        if (!make_memory_file("object", &work->parts[i].object, error)) {
            return false;
        }
    }
    return true;
}

static bool compile_file(const struct program_options *options, struct error *error) {
    struct work work = {.options = options, .linked = -1, .named = -1, .map = -1};
    for (size_t i = 0; i < PROGRAM_PARTS_MAXIMUM; i++) {
        work.parts[i].object = -1;
    }
    bool ok = sandbox_begin(&options->limits, error) &&
              sandbox_fence(options->input, options->output, options->linker, error) &&
              file_read(options->input, WASM_LIMIT_BINARY, &work.binary, error) &&
              make_parts(&work, error) && make_memory_file("linked", &work.linked, error) &&
              make_memory_file("named", &work.named, error) &&
              make_memory_file("source", &work.map, error) && run_steps(&work, error);
    for (size_t i = 0; i < PROGRAM_PARTS_MAXIMUM; i++) {
        close_memory_file(work.parts[i].object);
    }
    close_memory_file(work.linked);
    close_memory_file(work.named);
    close_memory_file(work.map);
    buffer_destroy(&work.source_bytes);
    buffer_destroy(&work.object_source);
    buffer_destroy(&work.binary);
    return ok;
}

static bool is_refusal(enum error_code code) {
    return code == ERROR_MALFORMED || code == ERROR_INVALID || code == ERROR_UNSUPPORTED;
}

static int print_identity(const struct program_options *options) {
    char *identity = codegen_compiler_identity(&options->codegen);
    if (identity == NULL) {
        return PROGRAM_FAILED;
    }
    printf("%s\n", identity);
    free(identity);
    return fflush(stdout) == 0 ? PROGRAM_DONE : PROGRAM_FAILED;
}

int program_run(const struct program_options *options) {
    if (options->print_identity) {
        return print_identity(options);
    }
    if (options->background && nice(BACKGROUND_NICE) == -1) {
        // It does without.
    }
    struct error error = {0};
    if (compile_file(options, &error)) {
        return PROGRAM_DONE;
    }
    print_line("faasm-codegen: ", error_code_name(error.code), &error);
    return is_refusal(error.code) ? PROGRAM_REFUSED : PROGRAM_FAILED;
}
