// What functions built with -fstack-protector refer to. Debian's compiler-rt for wasm32 is built
// so, and wasi-libc has neither.
#include <stdint.h>

uintptr_t __stack_chk_guard = 0xdaa13e5f;

_Noreturn void __stack_chk_fail(void);

void __stack_chk_fail(void) {
    __builtin_trap();
}
