// Gives its input back as its output.
#include <faasm.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    size_t size = get_call_input_size();
    char *input = malloc(size ? size : 1);
    if (!input) {
        fprintf(stderr, "no memory for an input of %zu bytes\n", size);
        return 1;
    }
    size_t length = read_call_input(input, size);
    write_call_output(input, length);
    free(input);
    return 0;
}
