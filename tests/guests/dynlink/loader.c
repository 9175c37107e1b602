// A program that loads modules as its arguments say, one step after the other:
//   open NAME, global NAME, noload NAME, self   dlopen; the handle becomes the current one
//   default                                     the current handle is RTLD_DEFAULT
//   use N                                       the current handle is that of the N-th open, from 1
//   call SYMBOL, add SYMBOL N, read SYMBOL      int SYMBOL(void), int SYMBOL(int), int SYMBOL
//   text SYMBOL                                 const char *SYMBOL(void)
//   sym SYMBOL                                  dlsym only
//   same SYMBOL FUNCTION                        the function's address is what FUNCTION() returns
//   close                                       dlclose of the current handle
// Prints a line for each step, with dlerror's text where it fails.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int program_value = 1000;

int program_double(int x) {
    return 2 * x;
}

static void *handles[256];
static int handle_count;
static void *current;

static void fail(const char *step) {
    const char *text = dlerror();
    printf("%s: %s\n", step, text ? text : "no message");
    if (dlerror()) {
        puts("dlerror told it twice");
    }
}

static void open_module(const char *step, const char *name, int flags) {
    current = dlopen(name, flags);
    if (!current) {
        fail(step);
        return;
    }
    if (handle_count < 256) {
        handles[handle_count++] = current;
    }
    printf("%s: ok\n", step);
}

static void use_symbol(const char *step, char **arguments) {
    void *symbol = dlsym(current, arguments[0]);
    if (!symbol) {
        fail(step);
    } else if (!strcmp(step, "call")) {
        printf("%s: %d\n", arguments[0], ((int (*)(void))symbol)());
    } else if (!strcmp(step, "add")) {
        printf("%s: %d\n", arguments[0], ((int (*)(int))symbol)(atoi(arguments[1])));
    } else if (!strcmp(step, "read")) {
        printf("%s: %d\n", arguments[0], *(int *)symbol);
    } else if (!strcmp(step, "text")) {
        printf("%s: %s\n", arguments[0], ((const char *(*)(void))symbol)());
    } else if (!strcmp(step, "same")) {
        void *(*other)(void) = (void *(*)(void))dlsym(current, arguments[1]);
        printf("%s: %s\n", arguments[0], other && other() == symbol ? "same" : "different");
    } else {
        printf("%s: found\n", arguments[0]);
    }
}

// How many arguments the step has.
static int run_step(char **step) {
    char *name = step[1];
    if (!strcmp(*step, "open")) {
        open_module("open", name, RTLD_NOW);
    } else if (!strcmp(*step, "global")) {
        open_module("global", name, RTLD_LAZY | RTLD_GLOBAL);
    } else if (!strcmp(*step, "noload")) {
        open_module("noload", name, RTLD_NOW | RTLD_NOLOAD);
    } else if (!strcmp(*step, "badflags")) {
        open_module("badflags", name, 64);
    } else if (!strcmp(*step, "use")) {
        current = handles[atoi(name) - 1];
    } else if (!strcmp(*step, "self")) {
        open_module("self", NULL, RTLD_NOW);
        return 0;
    } else if (!strcmp(*step, "default") || !strcmp(*step, "next")) {
        current = **step == 'd' ? RTLD_DEFAULT : RTLD_NEXT;
        return 0;
    } else if (!strcmp(*step, "close")) {
        if (dlclose(current)) {
            fail("close");
        } else {
            puts("close: ok");
        }
        return 0;
    } else {
        use_symbol(*step, step + 1);
        return !strcmp(*step, "add") || !strcmp(*step, "same") ? 2 : 1;
    }
    return 1;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        i += run_step(argv + i);
        fflush(stdout);
    }
    puts("end");
    return 0;
}
