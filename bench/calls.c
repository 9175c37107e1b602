// Figures of calls, beside yardsticks taken in the same run and in turn, since absolute times drift
// from machine to machine:
//
//   calls WASM CODEGEN [NAME...]
//
// WASM is bench/guests/calls.c compiled, CODEGEN the program faasm-codegen. Prints a JSON object a
// line as build/bench.json holds them: the median of the values, of the yardstick, and of the
// ratios pair by pair. The yardsticks: `sys`, one getppid through syscall(); `thr`, pthread_create
// and pthread_join.
#include "base/clock.h"
#include "base/file.h"
#include "faaslet/faaslet.h"
#include "host/host.h"
#include "runtime/private.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nothing.h"

enum {
    PAIRS = 15,
    THREADS_MAX = 16,
    ALIVE = 10000,
    STOPS = 200,
    WINDOW_NANOSECONDS = 100000000,
};

static struct runtime *runtime;
static struct faaslet_linker *linker;
static struct function *function;
static char folder[] = "/tmp/faasm-bench-XXXXXX";

__attribute__((noreturn)) static void die(const char *what, const struct error *error) {
    fprintf(stderr, "calls: %s: %s\n", what, error != NULL ? error->message : "failed");
    exit(1);
}

// ---- Yardsticks ---------------------------------------------------------------------------------

static double time_getppid(void) {
    enum { ROUNDS = 20000 };
    uint64_t begin = clock_monotonic();
    for (int i = 0; i < ROUNDS; i++) {
        syscall(SYS_getppid);
    }
    return (double)(clock_monotonic() - begin) / (double)ROUNDS;
}

static void *do_nothing(void *argument) {
    return argument;
}

static double time_thread(void) {
    enum { ROUNDS = 50 };
    uint64_t begin = clock_monotonic();
    for (int i = 0; i < ROUNDS; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, do_nothing, NULL) != 0) {
            die("pthread_create", NULL);
        }
        pthread_join(thread, NULL);
    }
    return (double)(clock_monotonic() - begin) / (double)ROUNDS;
}

// ---- Faaslets -----------------------------------------------------------------------------------

static struct faaslet *take(void) {
    struct error error;
    bool made;
    struct faaslet *faaslet =
        pool_take(&function->code->pool, function->code->proto, &made, &error);
    if (faaslet == NULL) {
        die("Faaslet", &error);
    }
    return faaslet;
}

// `value` is the argument, then the result.
static void call_with(struct faaslet *faaslet, const char *name, uint64_t *value) {
    struct faaslet_function entry;
    struct faaslet_result result;
    if (!faaslet_find_export(faaslet_main_instance(faaslet), name, &entry)) {
        die(name, NULL);
    }
    faaslet_call(faaslet, &entry, value, &result);
    if (result.outcome != FAASLET_RETURNED) {
        die(name, NULL);
    }
}

static void call_export(struct faaslet *faaslet, const char *name) {
    call_with(faaslet, name, NULL);
}

static double time_ready(const char *name) {
    enum { ROUNDS = 5000 };
    uint64_t begin = clock_monotonic();
    for (int i = 0; i < ROUNDS; i++) {
        struct faaslet *faaslet = take();
        call_export(faaslet, name);
        pool_put(&function->code->pool, faaslet);
    }
    return (double)(clock_monotonic() - begin) / (double)ROUNDS;
}

static double time_touch(void) {
    return time_ready("touch");
}

static double time_dirty16(void) {
    return time_ready("dirty16");
}

static double time_cold(void) {
    enum { ROUNDS = 200 };
    struct error error;
    uint64_t total = 0;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t begin = clock_monotonic();
        struct faaslet *faaslet = faaslet_restore(function->code->proto, &error);
        if (faaslet == NULL) {
            die("Faaslet", &error);
        }
        call_export(faaslet, "touch");
        total += clock_monotonic() - begin;
        faaslet_delete(faaslet);
    }
    return (double)total / (double)ROUNDS;
}

// ---- Host functions and memory.grow -------------------------------------------------------------

static const struct faaslet_host_function nothing_row = {"bench", "nothing", "i:i",
                                                         (void (*)(void))bench_nothing};

enum { HOST_CALLS = 2000000, GROWN_PAGES = 256 };

static int sum_of(int count) {
    uint32_t sum = 0;
    for (int i = 0; i < count; i++) {
        sum += (uint32_t)i;
    }
    return (int)sum;
}

static double time_host_call(void) {
    struct faaslet *faaslet = take();
    uint64_t value = HOST_CALLS;
    uint64_t begin = clock_monotonic();
    call_with(faaslet, "host_calls", &value);
    double time = (double)(clock_monotonic() - begin) / (double)HOST_CALLS;
    if ((int)value != sum_of(HOST_CALLS)) {
        die("host_calls", NULL);
    }
    pool_put(&function->code->pool, faaslet);
    return time;
}

static double time_native_call(void) {
    uint64_t begin = clock_monotonic();
    uint32_t sum = 0;
    for (int i = 0; i < HOST_CALLS; i++) {
        sum += (uint32_t)bench_nothing(NULL, i);
    }
    double time = (double)(clock_monotonic() - begin) / (double)HOST_CALLS;
    if ((int)sum != sum_of(HOST_CALLS)) {
        die("native calls", NULL);
    }
    return time;
}

// Of a Faaslet that has been put back: what it grows by is closed then.
static double time_growing(const char *function_name) {
    enum { ROUNDS = 20 };
    uint64_t total = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct faaslet *faaslet = take();
        uint64_t value = GROWN_PAGES;
        uint64_t begin = clock_monotonic();
        call_with(faaslet, function_name, &value);
        total += clock_monotonic() - begin;
        if (value != 0) {
            die("grow", NULL);
        }
        pool_put(&function->code->pool, faaslet);
    }
    return (double)total / (double)(ROUNDS * GROWN_PAGES);
}

static double time_memory_grow(void) {
    return time_growing("grow");
}

static double time_memory_grow_touch(void) {
    return time_growing("grow_and_touch");
}

// What a native program does that reserves address space and opens it bit by bit.
static double time_native_grow_touch(void) {
    enum { ROUNDS = 20, BYTES = GROWN_PAGES << 16 };
    uint64_t total = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char *reserved = mmap(NULL, BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (reserved == MAP_FAILED) {
            die("mmap", NULL);
        }
        uint64_t begin = clock_monotonic();
        for (char *page = reserved; page < reserved + BYTES; page += 1 << 16) {
            if (mprotect(page, 1 << 16, PROT_READ | PROT_WRITE) < 0) {
                die("mprotect", NULL);
            }
            *(volatile char *)page = 1;
        }
        total += clock_monotonic() - begin;
        munmap(reserved, BYTES);
    }
    return (double)total / (double)(ROUNDS * GROWN_PAGES);
}

// ---- Threads ------------------------------------------------------------------------------------

static _Atomic bool go_on;

static void *call_on(void *argument) {
    uint64_t *count = argument;
    while (atomic_load_explicit(&go_on, memory_order_relaxed)) {
        struct faaslet *faaslet = take();
        call_export(faaslet, "touch");
        pool_put(&function->code->pool, faaslet);
        ++*count;
    }
    return NULL;
}

// Calls a second of so many threads together.
static double rate(unsigned threads) {
    pthread_t ids[THREADS_MAX];
    uint64_t counts[THREADS_MAX][8] = {{0}}; // a cache line each
    atomic_store(&go_on, true);
    uint64_t begin = clock_monotonic();
    for (unsigned i = 0; i < threads; i++) {
        if (pthread_create(&ids[i], NULL, call_on, counts[i]) != 0) {
            die("pthread_create", NULL);
        }
    }
    const struct timespec window = {.tv_nsec = WINDOW_NANOSECONDS};
    nanosleep(&window, NULL);
    atomic_store(&go_on, false);
    double sum = 0;
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        sum += (double)counts[i][0];
    }
    return sum / ((double)(clock_monotonic() - begin) / 1e9);
}

static double rate_of_16(void) {
    return rate(16);
}

static double rate_of_2(void) {
    return rate(2);
}

// ---- Calls --------------------------------------------------------------------------------------

static struct call *submit(char what, uint32_t count) {
    const uint32_t input[2] = {(uint32_t)what, count};
    const struct call_request request = {
        .user = "bench", .function = "calls", .input = {(const uint8_t *)input, sizeof input}};
    struct error error;
    struct call *call = runtime_submit(runtime, &request, &error);
    if (call == NULL) {
        die("submit", &error);
    }
    return call;
}

static void wait_for_end(struct call *call) {
    const struct timespec pause = {.tv_nsec = 100000};
    while (!call_status_finished(call_status(call))) {
        nanosleep(&pause, NULL);
    }
}

// Nanoseconds per chained call; begun by a worker, as calls of a server are.
static double time_chained(char what, uint32_t count) {
    struct call *call = submit(what, count);
    wait_for_end(call);
    if (call_status(call) != CALL_SUCCEEDED) {
        fprintf(stderr, "calls: %s\n", call->message);
        exit(1);
    }
    double time = (double)(call->ended - call->started) / count;
    call_release(call);
    return time;
}

static double time_chain_await(void) {
    return time_chained('c', 5000);
}

static double time_fanout(void) {
    return time_chained('f', 10000);
}

// ---- Figures ------------------------------------------------------------------------------------

static int compare_doubles(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double quantile(double *values, size_t count, double part) {
    qsort(values, count, sizeof *values, compare_doubles);
    size_t index = (size_t)((double)count * part);
    return values[index < count ? index : count - 1];
}

static void print(const char *name, double value, const char *unit, const char *peer,
                  double peer_value, double ratio) {
    printf("{\"name\":\"%s\",\"value\":%.4g,\"unit\":\"%s\",\"peer\":\"%s\",\"peer_value\":%.4g,"
           "\"ratio\":%.4g}\n",
           name, value, unit, peer, peer_value, ratio);
    fflush(stdout);
}

struct figure {
    const char *name;
    const char *unit;
    const char *peer;
    double scale; // of what is measured to the unit
    double (*own)(void);
    double (*other)(void);
};

static const struct figure figures[] = {
    {"call_ready", "us", "getppid", 1e-3, time_touch, time_getppid},
    {"call_ready_16t", "call/s", "2 threads", 1, rate_of_16, rate_of_2},
    {"call_dirty16", "us", "getppid", 1e-3, time_dirty16, time_getppid},
    {"faaslet_cold", "us", "pthread_create + join", 1e-3, time_cold, time_thread},
    {"host_call", "ns", "native call, other object", 1, time_host_call, time_native_call},
    {"memory_grow", "us", "getppid", 1e-3, time_memory_grow, time_getppid},
    {"memory_grow_touch", "us", "native mprotect and touch", 1e-3, time_memory_grow_touch,
     time_native_grow_touch},
    {"chain_await", "us", "getppid", 1e-3, time_chain_await, time_getppid},
    {"fanout_10k", "us", "getppid", 1e-3, time_fanout, time_getppid},
};

static void measure(const struct figure *figure) {
    double own[PAIRS], other[PAIRS], ratios[PAIRS];
    for (int i = 0; i <= PAIRS; i++) { // the first pair warms up and is overwritten
        int slot = i == 0 ? 0 : i - 1;
        own[slot] = figure->own() * figure->scale;
        other[slot] = figure->other() * figure->scale;
        ratios[slot] = own[slot] / other[slot];
    }
    print(figure->name, quantile(own, PAIRS, 0.5), figure->unit, figure->peer,
          quantile(other, PAIRS, 0.5), quantile(ratios, PAIRS, 0.5));
}

// Pages of the process that are its own, page tables included, in bytes.
static double own_memory(void) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[128];
    double sum = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        unsigned long kilobytes;
        if (sscanf(line, "RssAnon: %lu", &kilobytes) == 1 ||
            sscanf(line, "VmPTE: %lu", &kilobytes) == 1) {
            sum += (double)kilobytes * 1024;
        }
    }
    if (file == NULL || fclose(file) != 0 || sum == 0) {
        die("/proc/self/status", NULL);
    }
    return sum;
}

// Each has run one call and was put back.
static void measure_rss(void) {
    struct error error;
    struct faaslet **alive = calloc(ALIVE, sizeof *alive);
    if (alive == NULL) {
        die("memory", NULL);
    }
    double before = own_memory();
    for (int i = 0; i < ALIVE; i++) {
        alive[i] = faaslet_restore(function->code->proto, &error);
        if (alive[i] == NULL) {
            die("Faaslet", &error);
        }
        call_export(alive[i], "touch");
        if (!faaslet_reset(alive[i], &error)) {
            die("reset", &error);
        }
    }
    double each = (own_memory() - before) / (double)ALIVE / 1024;
    for (int i = 0; i < ALIVE; i++) {
        faaslet_delete(alive[i]);
    }
    free(alive);
    print("faaslet_rss", each, "KiB", "a page of 4 KiB", 4, each / 4);
}

// From the deadline to the end of a call that spins.
static void measure_stop_latency(void) {
    double late[STOPS];
    function->limits.wall_nanoseconds = 20000000;
    for (int i = 0; i < STOPS; i++) {
        struct call *call = submit('s', 0);
        wait_for_end(call);
        if (call->stopped != FAASLET_TRAP_DEADLINE) {
            die(call->message, NULL);
        }
        late[i] = ((double)(call->ended - call->started) - 20000000) / 1e6;
        call_release(call);
    }
    function->limits.wall_nanoseconds = 0;
    double p99 = quantile(late, STOPS, 0.99);
    print("stop_latency", p99, "ms", "1 ms", 1, p99);
}

// ---- The program --------------------------------------------------------------------------------

static void start(const char *wasm_path, const char *codegen) {
    struct error error;
    struct buffer wasm = {0};
    if (mkdtemp(folder) == NULL || !faaslet_initialize(&error) ||
        (linker = faaslet_linker_new(&error)) == NULL || !host_register(linker, &error) ||
        !faaslet_linker_add(linker, &nothing_row, 1, &error) ||
        !file_read(wasm_path, SIZE_MAX, &wasm, &error)) {
        die("start", &error);
    }
    const struct runtime_config config = {.folder = folder,
                                          .compile = {.program = codegen, .opt_level = -1}};
    runtime = runtime_new(&config, linker, &error);
    if (runtime == NULL ||
        !runtime_upload(runtime, "bench", "calls", buffer_bytes(&wasm), NULL, NULL, &error)) {
        die("upload", &error);
    }
    buffer_destroy(&wasm);
    wait_for_end(submit('c', 1)); // which initialises the function
    function = runtime_find_function(runtime, "bench", "calls", &error);
    if (function == NULL || function->code->proto == NULL) {
        die("the first call failed", NULL);
    }
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static void stop(void) {
    function_release(function);
    runtime_delete(runtime);
    faaslet_linker_delete(linker);
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool wanted(char **names, const char *name) {
    if (*names == NULL) {
        return true;
    }
    for (; *names != NULL; names++) {
        if (strcmp(*names, name) == 0) {
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: calls WASM CODEGEN [NAME...]\n");
        return 2;
    }
    start(argv[1], argv[2]);
    char **names = argv + 3;
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        if (wanted(names, figures[i].name)) {
            measure(&figures[i]);
        }
    }
    if (wanted(names, "faaslet_rss")) {
        measure_rss();
    }
    if (wanted(names, "stop_latency")) {
        measure_stop_latency();
    }
    stop();
    return 0;
}
