// Threads of a program with side modules: the first argument says what they do. Prints what is
// wrong, and "end".
#include "../wasi_thread_start.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 16, STACK = 16384, ROUNDS = 2000 };

__attribute__((import_module("wasi"), import_name("thread-spawn"))) int
thread_spawn(void *argument);

struct thread {
    char *stack_top; // first: wasi_thread_start reads it
    void (*work)(struct thread *thread);
    int number;
    void *symbol, *address;
    const char *wrong;
};

static char stacks[THREADS][STACK] __attribute__((aligned(16)));
static struct thread threads[THREADS];
static int running, arrived;

__attribute__((used)) static void thread_main(int id, struct thread *thread) {
    (void)id;
    thread->work(thread);
    __atomic_fetch_sub(&running, 1, __ATOMIC_SEQ_CST);
    __builtin_wasm_memory_atomic_notify(&running, 1);
}

static void start(int number, void (*work)(struct thread *thread)) {
    struct thread *thread = &threads[number];
    *thread = (struct thread){.stack_top = stacks[number] + STACK, .work = work, .number = number};
    __atomic_fetch_add(&running, 1, __ATOMIC_SEQ_CST);
    if (thread_spawn(thread) < 0) {
        thread->wrong = "no thread";
        __atomic_fetch_sub(&running, 1, __ATOMIC_SEQ_CST);
    }
}

static void join(void) {
    for (int count; (count = __atomic_load_n(&running, __ATOMIC_SEQ_CST)) != 0;) {
        __builtin_wasm_memory_atomic_wait32(&running, count, -1);
    }
    for (int i = 0; i < THREADS; i++) {
        if (threads[i].wrong != NULL) {
            printf("%d: %s\n", i, threads[i].wrong);
        }
    }
}

static void run(void (*work)(struct thread *thread)) {
    arrived = 0;
    for (int i = 0; i < THREADS; i++) {
        start(i, work);
    }
    join();
}

static void *module;
static int (*next)(void);
static int *(*address_of_value)(void);
static int (*add)(int);

static void *open_module(const char *name) {
    void *handle = dlopen(name, RTLD_NOW);
    if (handle == NULL) {
        printf("open: %s\n", dlerror());
    }
    return handle;
}

// ---- What threads do ----------------------------------------------------------------------------

// Until all have got there.
static void meet(void) {
    __atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
    __builtin_wasm_memory_atomic_notify(&arrived, THREADS);
    for (int count; (count = __atomic_load_n(&arrived, __ATOMIC_SEQ_CST)) < THREADS;) {
        __builtin_wasm_memory_atomic_wait32(&arrived, count, -1);
    }
}

// Thread-local data is the thread's own, and begins with its initial value.
static void count(struct thread *thread) {
    for (int i = 0; i < ROUNDS; i++) {
        if (next() != 7 + i) {
            thread->wrong = "counted by others";
        }
    }
    thread->address = address_of_value();
    if (*(int *)thread->address != 7 + ROUNDS || dlsym(module, "tls_value") != thread->address) {
        thread->wrong = "the address of thread-local data";
    }
    meet();
}

// Functions that have no element of the table yet get one that is the same for all.
static void look(struct thread *thread) {
    static const char *const names[] = {"tls_zero", "tls_aligned", "tls_next", "tls_address"};
    for (int i = 0; i < 4; i++) {
        int number = (i + thread->number) % 4;
        void *symbol = dlsym(module, names[number]);
        if (symbol == NULL) {
            thread->wrong = "no symbol";
        } else if (number == 0) {
            thread->symbol = symbol;
            if (((int (*)(void))symbol)() != 0 || ((int (*)(void))symbol)() != 1) {
                thread->wrong = "not zero at first";
            }
        } else if (number == 1 && !((int (*)(void))symbol)()) {
            thread->wrong = "not aligned";
        }
    }
}

static void use(struct thread *thread) {
    for (int i = 0; i < ROUNDS; i++) {
        if (add(i) != i + 1014) {
            thread->wrong = "added otherwise";
        }
    }
}

static void *message;

static void open_and_close(struct thread *thread) {
    for (int i = 0; i < 50; i++) {
        void *handle = dlopen("libtls.so", RTLD_NOW);
        if (handle != module || dlclose(handle) != 0 || next() != 7 + i) {
            thread->wrong = "a module that is loaded";
        }
    }
    if (dlopen("libplain.so", RTLD_NOW) != NULL) {
        thread->wrong = "a module was loaded";
    }
}

// ---- The program --------------------------------------------------------------------------------

static void check_addresses(void) {
    for (int i = 0; i < THREADS; i++) {
        for (int k = 0; k < i; k++) {
            if (threads[i].address == threads[k].address ||
                threads[i].address == address_of_value()) {
                puts("threads share thread-local data");
            }
        }
    }
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    module = open_module("libtls.so");
    next = (int (*)(void))dlsym(module, "tls_next");
    address_of_value = (int *(*)(void))dlsym(module, "tls_address");
    if (!strcmp(what, "count")) {
        run(count);
        check_addresses();
        printf("main: %d\n", next());
    } else if (!strcmp(what, "look")) {
        run(look);
        for (int i = 0; i < THREADS; i++) {
            if (threads[i].symbol != dlsym(module, "tls_zero")) {
                puts("symbols differ");
            }
        }
        printf("main: %d\n", ((int (*)(void))threads[0].symbol)());
    } else if (!strcmp(what, "later")) { // modules of a call that has had threads
        run(count);
        add = (int (*)(int))dlsym(open_module("libplain.so"), "plain_add");
        run(use);
        run(count);
    } else if (!strcmp(what, "open")) {
        run(open_and_close);
        message = dlerror();
        puts(message == NULL ? "no message" : message);
    } else if (!strcmp(what, "again")) { // blocks of threads that have ended are used again
        for (int i = 0; i < 30; i++) {
            run(count);
        }
        printf("%d pages\n", (int)(__builtin_wasm_memory_size(0) < 200));
    } else if (!strcmp(what, "trap")) {
        start(0, (void (*)(struct thread *))dlsym(module, "tls_next")); // of another type
        join();
    }
    puts("end");
    return 0;
}
