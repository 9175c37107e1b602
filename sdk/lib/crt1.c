// How a program starts: linked by `faasm cc` in the place of wasi-libc's crt1-command.o (clang
// finds it under that name).
//
// A Faasm host runs a module in two steps. Once, when the function is first used: _initialize, then
// _faasm_zygote where it is exported, and then it takes the snapshot. For each call, on a copy of
// the snapshot: _start, or _faasm_call_pointer for a call that was chained by function pointer.
//
// Other WASI engines call _start alone; it does the first step itself then, so that a program
// behaves the same everywhere.
#include <stdbool.h>
#include <stdlib.h>

// Made by the linker. Naming it here also keeps wasm-ld from wrapping every export in a call of the
// constructors.
void __wasm_call_ctors(void);

// Made by clang from main(), with wasi-libc filling in argc and argv.
int __main_void(void);

__attribute__((weak)) int _faasm_zygote(void);

void _initialize(void);
void _start(void);
_Noreturn void _faasm_call_pointer(int (*function)(void));

static bool initialized;

// wasi-libc's malloc takes all memory from __heap_base to the end, as it finds it at the first
// call, for its own. The host adds pages at the end for what it places in guest memory, so that
// first call must come before. These are malloc and free of wasi-libc by the names that a
// program's own malloc does not replace; weak, so that a program without malloc stays without.
__attribute__((weak)) void *__libc_malloc(size_t size);
__attribute__((weak)) void __libc_free(void *pointer);

// The host calls it where modules are loaded together with the program: those come behind the heap.
void _faasm_claim_heap(void);
__attribute__((export_name("_faasm_claim_heap"))) void _faasm_claim_heap(void) {
    if (__libc_malloc && __libc_free) {
        __libc_free(__libc_malloc(1));
    }
}

__attribute__((export_name("_initialize"))) void _initialize(void) {
    if (!initialized) {
        initialized = true;
        _faasm_claim_heap();
        __wasm_call_ctors();
    }
}

__attribute__((export_name("_start"))) void _start(void) {
    if (!initialized) {
        _initialize();
        int status = _faasm_zygote ? _faasm_zygote() : 0;
        if (status != 0) {
            exit(status);
        }
    }
    exit(__main_void());
}

__attribute__((export_name("_faasm_call_pointer"))) _Noreturn void
_faasm_call_pointer(int (*function)(void)) {
    exit(function());
}
