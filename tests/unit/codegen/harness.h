// Compiles small modules with the built faasm-codegen and calls their functions: an instance made
// by hand, for modules without imports. What the Faaslets do in earnest (snapshots, tables shared
// between modules, host functions) is tested there.
#ifndef FAASM_TESTS_CODEGEN_HARNESS_H
#define FAASM_TESTS_CODEGEN_HARNESS_H

#include "base/object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above.
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#define HARNESS_RESERVATION ((8ull << 30) + 65536)

struct harness {
    char folder[64];
    void *library;
    const struct object_module *object;
    uint8_t *area;
    struct object_instance *instance;
    uint8_t *memory;
};

static sigjmp_buf harness_jump;
static int harness_output_counter;

// ---- Running programs

struct run_result {
    int exit_code; // -1 when ended by a signal
    char errors[4096];
};

static struct run_result harness_run(const char *command) {
    struct run_result result = {0};
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t length = fread(result.errors, 1, sizeof result.errors - 1, pipe);
    result.errors[length] = '\0';
    int status = pclose(pipe);
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return result;
}

static void harness_make_folder(char *folder, size_t size) {
    snprintf(folder, size, "/tmp/faasm-codegen-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

static void harness_remove_folder(const char *folder) {
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(harness_run(command).exit_code, 0);
}

static void harness_write_file(const char *path, const void *data, size_t length) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

// Text -> folder/name.wasm
static void harness_assemble(const char *folder, const char *name, const char *text) {
    char path[256], command[1024];
    snprintf(path, sizeof path, "%s/%s.wat", folder, name);
    harness_write_file(path, text, strlen(text));
    snprintf(command, sizeof command,
             "wat2wasm --enable-relaxed-simd --enable-threads --enable-exceptions --debug-names "
             "'%s' -o '%s/%s.wasm' 2>&1",
             path, folder, name);
    struct run_result result = harness_run(command);
    if (result.exit_code != 0) {
        fail_msg("wat2wasm: %s", result.errors);
    }
}

static struct run_result harness_codegen(const char *folder, const char *name,
                                         const char *options) {
    char command[1024];
    snprintf(command, sizeof command,
             "'%s/bin/faasm-codegen' %s '%s/%s.wasm' '%s/%s.so' 2>&1 >/dev/null", FAASM_BUILD_DIR,
             options, folder, name, folder, name);
    return harness_run(command);
}

// ---- The instance

static uint64_t harness_constant(const struct object_expression *expression) {
    assert_int_equal(expression->count, 1);
    assert_int_equal(expression->ops[0].code, OBJECT_EXPRESSION_CONST);
    return expression->ops[0].value;
}

static struct object_memory *harness_memory(struct object_instance *instance) {
    return (struct object_memory *)((char *)instance + instance->object->layout.memories);
}

static uint32_t harness_memory_grow(struct object_instance *instance, uint32_t memory,
                                    uint32_t pages) {
    struct object_memory *head = harness_memory(instance) + memory;
    if (pages > head->maximum - head->pages) {
        return UINT32_MAX;
    }
    struct object_memory_slot *slot =
        (struct object_memory_slot *)((char *)instance + instance->object->layout.memory_slots) +
        memory;
    char *base = (char *)instance + slot->base_delta;
    uint32_t old = (uint32_t)head->pages;
    assert_int_equal(mprotect(base + head->pages * OBJECT_PAGE_SIZE,
                              (size_t)pages * OBJECT_PAGE_SIZE, PROT_READ | PROT_WRITE),
                     0);
    head->pages += pages;
    return old;
}

static const struct object_support harness_support = {.memory_grow = harness_memory_grow};

static void harness_make_memory(struct harness *harness) {
    const struct object_module *object = harness->object;
    if (object->memory_count == 0) {
        return;
    }
    harness->memory = mmap(NULL, HARNESS_RESERVATION, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(harness->memory, MAP_FAILED);
    struct object_memory *head = harness_memory(harness->instance);
    *head = (struct object_memory){.maximum = OBJECT_MAX_PAGES};
    if (object->memories[0].maximum != OBJECT_NO_MAXIMUM) {
        head->maximum = object->memories[0].maximum;
    }
    struct object_memory_slot *slot =
        (struct object_memory_slot *)((char *)harness->instance + object->layout.memory_slots);
    slot->base_delta = (char *)harness->memory - (char *)harness->instance;
    slot->memory_delta = (char *)head - (char *)harness->instance;
    harness->instance->base_delta = slot->base_delta;
    assert_int_equal(harness_memory_grow(harness->instance, 0, object->memories[0].minimum), 0);
    for (uint32_t i = 0; i < object->data_segment_count; i++) {
        const struct object_data_segment *segment = &object->data_segments[i];
        if (segment->mode == OBJECT_ACTIVE) {
            memcpy(harness->memory + harness_constant(&segment->offset), segment->data,
                   segment->length);
        }
    }
}

static void harness_make_globals(struct harness *harness) {
    const struct object_module *object = harness->object;
    char *globals = (char *)harness->instance + object->layout.globals;
    for (uint32_t i = 0; i < object->global_count; i++) {
        const struct object_expression *initial = &object->globals[i].initial;
        char *cell = globals + 16 * (size_t)i;
        if (initial->ops[0].code == OBJECT_EXPRESSION_V128) {
            assert_int_equal(initial->count, 2);
            memcpy(cell, &initial->ops[0].value, 8);
            memcpy(cell + 8, &initial->ops[1].value, 8);
            continue;
        }
        uint64_t value = harness_constant(initial);
        memcpy(cell, &value, sizeof value);
    }
}

// Tables lie behind the instance in the area, their elements behind them.
static void harness_make_tables(struct harness *harness) {
    const struct object_module *object = harness->object;
    uint64_t next = object->layout.size;
    struct object_table *tables =
        (struct object_table *)((char *)harness->instance + object->layout.tables);
    for (uint32_t i = 0; i < object->table_count; i++) {
        uint32_t size = object->tables[i].limits.minimum;
        tables[i] = (struct object_table){.elements_area_offset = next,
                                          .size = size,
                                          .capacity = size,
                                          .maximum = object->tables[i].limits.maximum,
                                          .element_type = object->tables[i].element_type};
        next += size * sizeof(struct object_table_element);
    }
    for (uint32_t i = 0; i < object->element_segment_count; i++) {
        const struct object_element_segment *segment = &object->element_segments[i];
        struct object_table_element *elements =
            (struct object_table_element *)(harness->area +
                                            tables[segment->table].elements_area_offset);
        uint64_t offset = harness_constant(&segment->offset);
        for (uint32_t j = 0; j < segment->count; j++) {
            const struct object_function *function = &object->functions[segment->functions[j]];
            elements[offset + j] = (struct object_table_element){
                function->code, object->type_identities[function->type], 0, 1};
        }
    }
}

// The area is one mapping of 64 MiB; the instance is at its start.
static void harness_load(struct harness *harness, const char *path) {
    harness->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (harness->library == NULL) {
        fail_msg("dlopen: %s", dlerror());
    }
    harness->object = dlsym(harness->library, OBJECT_SYMBOL);
    assert_non_null(harness->object);
    assert_int_equal(harness->object->magic, OBJECT_MAGIC);
    assert_int_equal(harness->object->abi_version, OBJECT_ABI_VERSION);
    assert_int_equal(harness->object->imported_function_count, 0);
    *harness->object->support = &harness_support;
    harness->area = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(harness->area, MAP_FAILED);
    harness->instance = (struct object_instance *)harness->area;
    harness->instance->object = harness->object;
    harness_make_memory(harness);
    harness_make_globals(harness);
    harness_make_tables(harness);
}

static inline struct harness harness_open(const char *text, const char *options) {
    struct harness harness = {0};
    harness_make_folder(harness.folder, sizeof harness.folder);
    char name[32], path[128];
    snprintf(name, sizeof name, "module%d", harness_output_counter++);
    harness_assemble(harness.folder, name, text);
    struct run_result result = harness_codegen(harness.folder, name, options);
    if (result.exit_code != 0) {
        fail_msg("faasm-codegen: exit %d: %s", result.exit_code, result.errors);
    }
    snprintf(path, sizeof path, "%s/%s.so", harness.folder, name);
    harness_load(&harness, path);
    return harness;
}

static inline void harness_close(struct harness *harness) {
    if (harness->memory != NULL) {
        munmap(harness->memory, HARNESS_RESERVATION);
    }
    munmap(harness->area, 64 << 20);
    dlclose(harness->library);
    harness_remove_folder(harness->folder);
}

// ---- Calling

static const struct object_function *harness_export(const struct harness *harness,
                                                    const char *name) {
    const struct object_module *object = harness->object;
    for (uint32_t i = 0; i < object->export_count; i++) {
        const struct object_export *export = &object->exports[i];
        if (export->kind == OBJECT_FUNCTION && export->name.length == strlen(name) &&
            memcmp(export->name.data, name, export->name.length) == 0) {
            return &object->functions[export->index];
        }
    }
    fail_msg("no export %s", name);
    return NULL;
}

// The number in `ud1 number(%eax), %eax`, as llvm.ubsantrap writes it; memory faults are the trap
// of memory bounds.
static void harness_on_signal(int number, siginfo_t *info, void *context) {
    (void)info;
    const ucontext_t *user = context;
    const uint8_t *code = (const uint8_t *)user->uc_mcontext.gregs[REG_RIP];
    int trap = OBJECT_TRAP_MEMORY_BOUNDS;
    if (number == SIGILL) {
        assert_true(code[0] == 0x67 && code[1] == 0x0f && code[2] == 0xb9 && code[3] == 0x40);
        trap = code[4];
    }
    siglongjmp(harness_jump, trap);
}

// Calls through the entry of the type; gives the trap, NONE when there was none. `values` holds
// arguments and then results.
static int harness_call(const struct harness *harness, const char *name, uint64_t *values) {
    const struct object_function *function = harness_export(harness, name);
    struct sigaction action = {.sa_sigaction = harness_on_signal, .sa_flags = SA_SIGINFO};
    struct sigaction old_ill, old_segv;
    sigaction(SIGILL, &action, &old_ill);
    sigaction(SIGSEGV, &action, &old_segv);
    int trap = sigsetjmp(harness_jump, 1);
    if (trap == 0) {
        harness->object->types[function->type].entry(function->code, harness->instance, values);
    }
    sigaction(SIGILL, &old_ill, NULL);
    sigaction(SIGSEGV, &old_segv, NULL);
    return trap;
}

// For functions of up to three arguments and one result.
static inline uint64_t harness_value(const struct harness *harness, const char *name,
                                     uint64_t first, uint64_t second, uint64_t third) {
    uint64_t values[8] = {first, second, third};
    int trap = harness_call(harness, name, values);
    if (trap != OBJECT_TRAP_NONE) {
        fail_msg("%s trapped: %d", name, trap);
    }
    return values[0];
}

static inline int harness_trap(const struct harness *harness, const char *name, uint64_t first,
                               uint64_t second) {
    uint64_t values[8] = {first, second};
    return harness_call(harness, name, values);
}

static inline uint64_t harness_f64(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline uint64_t harness_f32(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

#endif
