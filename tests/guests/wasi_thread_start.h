// The entry of guest threads without a libc: takes the top of its stack from the first field of
// what the argument points to, and calls thread_main (id, argument), which is marked as used.
#ifndef FAASM_TESTS_WASI_THREAD_START_H
#define FAASM_TESTS_WASI_THREAD_START_H

__asm__(".globaltype __stack_pointer, i32\n"
        ".functype thread_main (i32, i32) -> ()\n"
        ".section .text.wasi_thread_start,\"\",@\n"
        ".globl wasi_thread_start\n"
        ".type wasi_thread_start,@function\n"
        "wasi_thread_start:\n"
        ".functype wasi_thread_start (i32, i32) -> ()\n"
        "local.get 1\n"
        "i32.load 0\n"
        "global.set __stack_pointer\n"
        "local.get 0\n"
        "local.get 1\n"
        "call thread_main\n"
        "end_function\n"
        ".export_name wasi_thread_start, wasi_thread_start\n");

#endif
