// Loads a module in the zygote; each call finds it as it was then, whatever calls before have done.
#include <dlfcn.h>
#include <faasm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int program_value = 1000;
static void *module;
static int (*count)(void);
static int *value;

int program_double(int x) {
    return 2 * x;
}

FAASM_ZYGOTE() {
    module = dlopen("libfirst.so", RTLD_NOW);
    if (!module) {
        puts(dlerror());
        return 1;
    }
    count = (int (*)(void))dlsym(module, "first_count");
    value = dlsym(module, "first_value");
    return count && value && count() == 1 ? 0 : 2;
}

// Every input but "plain" leaves things behind that the next call must not see.
int main(void) {
    char input[32] = "", output[128];
    read_call_input(input, sizeof input - 1);
    void *late = NULL;
    if (input[0] == '/') {
        late = dlopen(input, RTLD_NOW);
    } else if (!strcmp(input, "load")) {
        late = dlopen("libright.so", RTLD_NOW | RTLD_GLOBAL);
    } else if (!strcmp(input, "close")) {
        dlclose(module);
    } else if (!strcmp(input, "reopen")) {
        dlclose(module);
        module = dlopen("libfirst.so", RTLD_NOW);
    }
    int (*add)(int) = (int (*)(int))dlsym(module, "first_add");
    snprintf(output, sizeof output, "%d %d %d %s %s", count(), *value, add ? add(1) : -1,
             late ? "late" : "none", dlsym(RTLD_DEFAULT, "right") ? "global" : "local");
    *value += 1;
    write_call_output(output, strlen(output));
    return 0;
}
