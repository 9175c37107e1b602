// The functions of faasm/input.h.
#include "faasm/input.h"

#include "faasm/host_interface.h"

#include <stdlib.h>
#include <string.h>

const char *faasm_get_string_input(const char *default_value) {
    long length = __faasm_read_input(NULL, 0);
    if (length == 0) {
        return default_value;
    }
    char *input = malloc((size_t)length + 1);
    if (!input) {
        return NULL;
    }
    __faasm_read_input((unsigned char *)input, length);
    input[length] = '\0';
    return input;
}

void faasm_set_string_output(const char *value) {
    __faasm_write_output(value, (long)strlen(value));
}

int *faasm_parse_int_array(const char *text, int count) {
    size_t length = count > 0 ? (size_t)count : 0;
    int *numbers = calloc(length ? length : 1, sizeof *numbers);
    if (!numbers) {
        return NULL;
    }
    for (size_t i = 0; i < length; i++) {
        char *end;
        numbers[i] = (int)strtol(text, &end, 10);
        if (end == text) {
            break;
        }
        text = end;
    }
    return numbers;
}
