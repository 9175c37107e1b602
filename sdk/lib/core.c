// The functions of faasm/core.h.
#include "faasm/core.h"

#include "faasm/host_interface.h"

#include <stdlib.h>
#include <string.h>

enum { PYTHON_NAME_SIZE = 256 };

long faasmGetInputSize(void) {
    return __faasm_read_input(NULL, 0);
}

void faasmGetInput(uint8_t *buffer, long length) {
    // A length of 0 asks the host for the size instead, and would change nothing here.
    __faasm_read_input(buffer, length);
}

void faasmSetOutput(const void *data, long length) {
    __faasm_write_output(data, length);
}

unsigned int faasmChainNamed(const char *name, const void *input, long length) {
    return __faasm_chain_name(name, input, length);
}

unsigned int faasmChain(FaasmFuncPtr function, const void *input, long length) {
    return __faasm_chain_ptr(function, input, length);
}

unsigned int faasmAwaitCall(unsigned int call) {
    return (unsigned int)__faasm_await_call(call);
}

unsigned int faasmAwaitCallOutput(unsigned int call, char **output, int *length) {
    return (unsigned int)__faasm_await_call_output(call, output, length);
}

unsigned int faasm_await_call_output_copy(unsigned int call, void *buffer, long length) {
    char *output = NULL;
    int size = 0;
    int code = __faasm_await_call_output(call, &output, &size);
    if (size > 0 && length > 0) {
        memcpy(buffer, output, (size_t)(size < length ? size : length));
    }
    return (unsigned int)code;
}

unsigned int faasmChainBatch(FaasmFuncPtr function, const char *input, int count) {
    if (count <= 0) {
        return 0;
    }
    unsigned int *calls = calloc((size_t)count, sizeof *calls);
    if (!calls) {
        return 1;
    }
    long length = (long)strlen(input);
    for (int i = 0; i < count; i++) {
        calls[i] = faasmChain(function, input, length);
    }
    unsigned int result = 0;
    for (int i = 0; i < count; i++) {
        if (faasmAwaitCall(calls[i]) != 0) {
            result = 1;
        }
    }
    free(calls);
    return result;
}

// The host writes at most the length it is given and need not end the name with a NUL.
static char *python_name(void (*get)(unsigned char *buffer, long length)) {
    char *name = calloc(PYTHON_NAME_SIZE + 1, 1);
    if (name) {
        get((unsigned char *)name, PYTHON_NAME_SIZE);
    }
    return name;
}

char *faasmGetPythonUser(void) {
    return python_name(__faasm_get_py_user);
}

char *faasmGetPythonFunc(void) {
    return python_name(__faasm_get_py_func);
}

char *faasmGetPythonEntry(void) {
    return python_name(__faasm_get_py_entry);
}

unsigned int getConfFlag(const char *key) {
    return __faasm_conf_flag(key);
}

void faasmBacktrace(const int depth) {
    __faasm_backtrace(depth);
}
