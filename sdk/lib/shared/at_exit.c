// What a side module registers with atexit runs when the module is closed: the host then calls
// __faasm_library_exit. What was not closed by the end of the program runs there. Linked into each
// module that needs it.
#include <stdbool.h>
#include <stdlib.h>

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN int __cxa_atexit(void (*function)(void *), void *argument, void *module);
HIDDEN int atexit(void (*function)(void));
__attribute__((visibility("default"))) void __faasm_library_exit(void);

// Of the program (dlfcn.c), where it has one.
__attribute__((weak)) int __faasm_at_program_exit(void (*function)(void));

struct handler {
    struct handler *before;
    void (*function)(void *);
    void *argument;
};

static struct handler *last;
static bool registered;

void __faasm_library_exit(void) {
    while (last) {
        struct handler handler = *last;
        free(last);
        last = handler.before;
        handler.function(handler.argument);
    }
}

int __cxa_atexit(void (*function)(void *), void *argument, void *module) {
    (void)module;
    struct handler *handler = malloc(sizeof *handler);
    if (!handler) {
        return -1;
    }
    *handler = (struct handler){last, function, argument};
    last = handler;
    if (!registered && __faasm_at_program_exit) {
        registered = true;
        return __faasm_at_program_exit(__faasm_library_exit);
    }
    return 0;
}

static void call(void *function) {
    ((void (*)(void))function)();
}

int atexit(void (*function)(void)) {
    return __cxa_atexit(call, (void *)function, NULL);
}
