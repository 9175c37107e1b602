// What clang makes of setjmp and longjmp (-mllvm -wasm-enable-sjlj). A function that calls setjmp
// has a value that is its own in each activation. longjmp throws an exception with the tag
// __c_longjmp; every function with setjmp catches that and asks here whether it is the one, and
// for which of its calls of setjmp.
#include <setjmp.h>
#include <stdint.h>

#undef setjmp

enum { TAG_C_LONGJMP = 1 };

void __wasm_setjmp(struct __jmp_buf_tag *buffer, uint32_t label, void *function);
uint32_t __wasm_setjmp_test(const struct __jmp_buf_tag *buffer, const void *function);
_Noreturn void __wasm_longjmp(struct __jmp_buf_tag *buffer, int value);

void __wasm_setjmp(struct __jmp_buf_tag *buffer, uint32_t label, void *function) {
    buffer->__function = function;
    buffer->__label = label;
}

// The label of the call, 0 where the buffer is another activation's.
uint32_t __wasm_setjmp_test(const struct __jmp_buf_tag *buffer, const void *function) {
    return buffer->__function == function ? buffer->__label : 0;
}

_Noreturn void __wasm_longjmp(struct __jmp_buf_tag *buffer, int value) {
    buffer->__jump.__buffer = buffer;
    buffer->__jump.__value = value == 0 ? 1 : value;
    __builtin_wasm_throw(TAG_C_LONGJMP, &buffer->__jump);
}
