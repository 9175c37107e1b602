// The switch to a guest stack and back. x86-64, System V ABI.
//
// run_enter keeps the caller's stack pointer in the frame pointer, which everything below it
// preserves, so that unwinders find the way from the guest stack to the host's.
    .text

    .globl run_enter_begin
run_enter_begin:

    .globl run_enter
    .type run_enter, @function
run_enter: // (rdi: struct faaslet_run *, rsi: top of the stack) -> al
    .cfi_startproc
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    pushq %rbx
    .cfi_offset %rbx, -24
    pushq %r12
    .cfi_offset %r12, -32
    pushq %r13
    .cfi_offset %r13, -40
    pushq %r14
    .cfi_offset %r14, -48
    pushq %r15
    .cfi_offset %r15, -56
    subq $8, %rsp
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movq %rsp, (%rdi)
    movq %rdi, %rbx
    movq %rsi, %rsp
    call run_body
    movq (%rbx), %rsp
    xorl %eax, %eax
.Lleave:
    addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    .cfi_def_cfa %rsp, 8
    ret
    .cfi_endproc
    .size run_enter, . - run_enter

// Also where a signal handler sends the interrupted code, so it assumes nothing but rdi.
    .globl run_unwind
    .type run_unwind, @function
run_unwind: // (rdi: struct faaslet_run *)
    .cfi_startproc
    .cfi_undefined %rip
    movq (%rdi), %rsp
    leaq 48(%rsp), %rbp
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    cld
    movl $1, %eax
    jmp .Lleave
    .cfi_endproc
    .size run_unwind, . - run_unwind

    .globl run_enter_end
run_enter_end:

    .section .note.GNU-stack, "", @progbits
