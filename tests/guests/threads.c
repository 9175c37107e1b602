// Threads without a libc: what the input says is done by 64 of them. Freestanding, linked with
// --shared-memory --import-memory; the output is a line, or the call ends otherwise.
#include "wasi_thread_start.h"

typedef unsigned u32;
typedef unsigned long long u64;
typedef __SIZE_TYPE__ size;

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define WASI(name)           IMPORT("wasi_snapshot_preview1", name)

IMPORT("wasi", "thread-spawn") int thread_spawn(void *argument);
IMPORT("env", "__faasm_read_input") int read_input(char *buffer, int length);
IMPORT("env", "__faasm_write_output") void write_output(const char *data, int length);
IMPORT("env", "__faasm_chain_name") int chain(const char *name, const char *input, int length);
IMPORT("env", "__faasm_await_call") int await(int call);
IMPORT("env", "__faasm_read_state") int read_state(const char *key, void *buffer, int length);
IMPORT("env", "__faasm_write_state")
void write_state(const char *key, const void *data, int length);
IMPORT("env", "__faasm_lock_state_write") void lock_state(const char *key);
IMPORT("env", "__faasm_unlock_state_write") void unlock_state(const char *key);
IMPORT("env", "__faasm_read_state_ptr") u32 *map_state(const char *key, int length);
IMPORT("env", "dlopen") int dlopen(const char *path, int flags);
WASI("proc_exit") __attribute__((noreturn)) void proc_exit(int code);
WASI("fd_write") int fd_write(int fd, const void *vectors, int count, u32 *written);
WASI("fd_close") int fd_close(int fd);
WASI("path_open")
int path_open(int fd, int lookup, const char *path, int length, int flags, u64 rights,
              u64 inheriting, int fd_flags, int *opened);
WASI("fd_pread")
int fd_pread(int fd, const void *vectors, int count, u64 offset, u32 *got);

enum { THREADS = 64, STACK = 8192, ROUNDS = 50, RIGHTS = 2 | 4 | 32 | 64 };
#define FOREVER (-1ll)

static u32 wait_for(u32 *cell, u32 expected, long long timeout) {
    return __builtin_wasm_memory_atomic_wait32((int *)cell, (int)expected, timeout);
}

static u32 wake(u32 *cell, u32 count) {
    return __builtin_wasm_memory_atomic_notify((int *)cell, count);
}

static u32 load(const u32 *cell) {
    return __atomic_load_n(cell, __ATOMIC_SEQ_CST);
}

static u32 add(u32 *cell, u32 value) {
    return __atomic_fetch_add(cell, value, __ATOMIC_SEQ_CST);
}

static size text_length(const char *text) {
    size length = 0;
    while (text[length] != '\0')
        length++;
    return length;
}

static void print(const char *text) {
    struct {
        const char *data;
        size length;
    } vector = {text, text_length(text)};
    u32 written;
    fd_write(1, &vector, 1, &written);
}

static void output_number(const char *name, u32 number) {
    char text[64];
    size length = 0;
    while (*name != '\0')
        text[length++] = *name++;
    text[length++] = ' ';
    char digits[10];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
    } while ((number /= 10) != 0);
    while (count > 0)
        text[length++] = digits[--count];
    write_output(text, (int)length);
}

// ---- Threads ------------------------------------------------------------------------------------

struct thread {
    char *stack_top; // first: wasi_thread_start reads it
    void (*work)(u32 number);
    u32 number;
};

static char stacks[THREADS][STACK] __attribute__((aligned(16)));
static struct thread threads[THREADS];
static u32 finished, wrong;
static volatile u32 sink;

__attribute__((used)) static void thread_main(int id, struct thread *thread) {
    if (id < 1 || id > 0x1fffffff)
        add(&wrong, 1);
    thread->work(thread->number);
    add(&finished, 1);
    wake(&finished, ~0u);
}

static u32 start_all(void (*work)(u32 number)) {
    u32 started = 0;
    for (u32 i = 0; i < THREADS; i++) {
        threads[i] = (struct thread){stacks[i] + STACK, work, i};
        if (thread_spawn(&threads[i]) > 0)
            started++;
    }
    return started;
}

static void run_all(void (*work)(u32 number)) {
    u32 started = start_all(work), done;
    while ((done = load(&finished)) < started)
        wait_for(&finished, done, FOREVER);
}

// ---- What they do -------------------------------------------------------------------------------

static u32 mutex, counter;
static u32 never;

static void count(u32 number) {
    (void)number;
    for (int i = 0; i < ROUNDS; i++) {
        while (__atomic_exchange_n(&mutex, 1, __ATOMIC_SEQ_CST) != 0)
            wait_for(&mutex, 1, FOREVER);
        counter++;
        __atomic_store_n(&mutex, 0, __ATOMIC_SEQ_CST);
        wake(&mutex, 1);
    }
}

static void spin(u32 number) {
    for (;;)
        sink += number;
}

static void stay(u32 number) {
    (void)number;
    wait_for(&never, 0, FOREVER);
}

__attribute__((noinline)) static void fails_on_purpose(u32 number) {
    if (number == 40)
        __builtin_trap();
}

static void trap(u32 number) {
    fails_on_purpose(number);
    stay(number);
}

static void leave(u32 number) {
    if (number == 40)
        proc_exit(7);
    spin(number);
}

// Each writes and reads files of its own, under numbers that all of them take and give.
static void use_files(u32 number) {
    char name[] = "file00", back[6];
    name[4] = (char)('0' + number / 10);
    name[5] = (char)('0' + number % 10);
    for (int i = 0; i < ROUNDS; i++) {
        int fd;
        u32 done = 0;
        struct {
            const void *data;
            size length;
        } out = {name, 6}, in = {back, 6};
        if (path_open(3, 0, name, 6, 1 | 8, RIGHTS, 0, 0, &fd) != 0 ||
            fd_write(fd, &out, 1, &done) != 0 || done != 6 || fd_pread(fd, &in, 1, 0, &done) != 0 ||
            done != 6 || fd_close(fd) != 0) {
            add(&wrong, 1);
            return;
        }
        for (int k = 0; k < 6; k++)
            if (back[k] != name[k])
                add(&wrong, 1);
    }
}

// Descriptors that others have closed, or opened anew.
static void close_files(u32 number) {
    for (int i = 0; i < ROUNDS; i++) {
        int fd = 0;
        if (number % 2 == 0)
            path_open(3, 0, "one", 3, 1, RIGHTS, 0, 0, &fd);
        fd_close(4 + (int)(number + i) % 8);
    }
}

static void print_lines(u32 number) {
    (void)number;
    for (int i = 0; i < ROUNDS; i++)
        print("a line\n");
}

static void use_state(u32 number) {
    (void)number;
    for (int i = 0; i < 10; i++) {
        u32 value = 0;
        lock_state("counter");
        read_state("counter", &value, sizeof value);
        value++;
        write_state("counter", &value, sizeof value);
        counter = value;
        unlock_state("counter");
        add(map_state("shared", 65536), 1);
    }
}

static void use_chain(u32 number) {
    (void)number;
    if (await(chain("echo", "hello", 5)) != 0)
        add(&wrong, 1);
}

static void write_outputs(u32 number) {
    char text[512];
    for (size i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + number % 26);
    for (int i = 0; i < ROUNDS; i++)
        write_output(text, (int)(number * 8));
}

// Threads that start threads, all that they can, for ever. They share a stack, and need none.
static struct thread again;
static void bomb(u32 number) {
    (void)number;
    for (;;)
        if (thread_spawn(&again) < 0)
            add(&counter, 1);
}

static void grow(u32 number) {
    (void)number;
    for (int i = 0; i < 4; i++) {
        u32 pages = (u32)__builtin_wasm_memory_grow(0, 1);
        if (pages == ~0u) {
            add(&wrong, 1);
            return;
        }
        u32 *begin = (u32 *)(pages * 65536);
        for (u32 k = 0; k < 65536 / sizeof(u32); k += 512) {
            if (begin[k] != 0)
                add(&wrong, 1);
            begin[k] = pages;
        }
    }
}

// Memory grows by pages and by values of the state that are mapped at its end.
static void grow_and_map(u32 number) {
    char key[] = "map00";
    if (number % 2 == 0) {
        grow(number);
        return;
    }
    key[3] = (char)('0' + number / 10);
    key[4] = (char)('0' + number % 10);
    for (u32 i = 0; i < ROUNDS; i++) {
        u32 *values = map_state(key, 65536);
        values[i] = number + i;
        if (values[i] != number + i)
            add(&wrong, 1);
    }
}

static void open_module(u32 number) {
    (void)number;
    if (dlopen("other", 2) == 0)
        add(&counter, 1);
}

// ---- The main thread ----------------------------------------------------------------------------

static const struct {
    const char *name;
    void (*work)(u32 number);
    u32 *result; // printed when all have ended
} jobs[] = {
    {"count", count, &counter},      {"files", use_files, &wrong},   {"close", close_files, &wrong},
    {"lines", print_lines, &wrong},  {"state", use_state, &counter}, {"chain", use_chain, &wrong},
    {"outputs", write_outputs, 0},   {"grow", grow, &wrong},         {"map", grow_and_map, &wrong},
    {"open", open_module, &counter}, {"stay", stay, &wrong},         {"burn", spin, &wrong},
    {"trap", trap, &wrong},          {"exit", leave, &wrong},
};

static int equal(const char *a, const char *b) {
    while (*a != '\0' && *a == *b)
        a++, b++;
    return *a == *b;
}

__attribute__((export_name("_start"))) void run(void) {
    char input[16] = {0};
    read_input(input, sizeof input - 1);
    for (size i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        if (equal(input, jobs[i].name)) {
            run_all(jobs[i].work);
            if (jobs[i].work == use_state && *map_state("shared", 65536) != THREADS * 10)
                wrong++;
            if (jobs[i].result != 0)
                output_number(jobs[i].name, *jobs[i].result + 1000000 * wrong);
            return;
        }
    }
    if (equal(input, "leave")) { // to themselves
        output_number("leave", start_all(spin));
    } else if (equal(input, "bomb")) {
        again = (struct thread){stacks[0] + STACK, bomb, 0};
        bomb(0);
    }
}
