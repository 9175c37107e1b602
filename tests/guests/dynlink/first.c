// A module with data of each kind, relocations, and functions of the program and libc.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int program_value;
int program_double(int x);
__attribute__((weak)) int nowhere(int x);
__attribute__((weak)) extern int no_data;

int first_value = 42;
static int hidden = 7;
int *first_pointer = &hidden;
int (*first_function)(int) = program_double;
const char *const first_names[] = {"even", "odd"};

__attribute__((constructor)) static void construct(void) {
    char *text = malloc(16);
    if (text) {
        strcpy(text, "constructed");
        first_value = (int)strlen(text);
        free(text);
    }
}

int first_add(int x) {
    errno = 0;
    return program_double(x) + program_value + *first_pointer + first_function(1);
}

int first_count(void) {
    static int count;
    return ++count;
}

const char *first_text(void) {
    static char text[64];
    snprintf(text, sizeof text, "%s %.2f", first_names[first_value & 1], 2.5);
    return text;
}

static int first_local(int x) {
    return x + 1;
}

void *first_add_address(void) {
    return (void *)first_add;
}

void *first_local_address(void) {
    return (void *)first_local;
}

int first_weak(void) {
    return nowhere == NULL && &no_data == NULL;
}

int first_call_weak(int x) {
    return nowhere(x);
}
