// What clang makes of setjmp and longjmp (-mllvm -wasm-enable-sjlj). A function that calls setjmp
// has a value that is its own in each activation. longjmp throws an exception with the tag
// __c_longjmp; every function with setjmp catches that and asks here whether it is the one, and
// for which of its calls of setjmp.
//
// Where none is, since the function has returned, nobody catches the exception, and the host asks
// here what it was (sdk/README.md).
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#undef setjmp

enum { TAG_C_LONGJMP = 1 };

void __wasm_setjmp(struct __jmp_buf_tag *buffer, uint32_t label, void *function);
uint32_t __wasm_setjmp_test(const struct __jmp_buf_tag *buffer, const void *function);
_Noreturn void __wasm_longjmp(struct __jmp_buf_tag *buffer, int value);
const char *_faasm_uncaught_longjmp(const void *thrown);

static _Thread_local const void *jumping; // the value of the exception that is under way

void __wasm_setjmp(struct __jmp_buf_tag *buffer, uint32_t label, void *function) {
    buffer->__function = function;
    buffer->__label = label;
}

// The label of the call, 0 where the buffer is another activation's.
uint32_t __wasm_setjmp_test(const struct __jmp_buf_tag *buffer, const void *function) {
    if (buffer->__function != function) {
        return 0;
    }
    jumping = NULL;
    return buffer->__label;
}

_Noreturn void __wasm_longjmp(struct __jmp_buf_tag *buffer, int value) {
    buffer->__jump.__buffer = buffer;
    buffer->__jump.__value = value == 0 ? 1 : value;
    jumping = &buffer->__jump;
    __builtin_wasm_throw(TAG_C_LONGJMP, &buffer->__jump);
}

__attribute__((export_name("_faasm_uncaught_longjmp"))) const char *
_faasm_uncaught_longjmp(const void *thrown) {
    return thrown == jumping ? "longjmp to a setjmp whose function has returned" : NULL;
}
