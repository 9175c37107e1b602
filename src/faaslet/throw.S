// Where generated code throws, and where it goes on. x86-64, System V ABI.
//
// Both functions store the registers that calls preserve, as struct exception_registers, below the
// return address; exception_throw and exception_throw_again change them to those of the frame with
// the landing pad and give the address of the exception, which goes to the pad in rax.
    .text

    .macro store_registers
    subq $72, %rsp
    .cfi_adjust_cfa_offset 72
    movq %rbx, (%rsp)
    movq %rbp, 8(%rsp)
    movq %r12, 16(%rsp)
    movq %r13, 24(%rsp)
    movq %r14, 32(%rsp)
    movq %r15, 40(%rsp)
    leaq 80(%rsp), %rax
    movq %rax, 48(%rsp)
    movq 72(%rsp), %rax
    movq %rax, 56(%rsp)
    .endm

    .macro land
    movq (%rsp), %rbx
    movq 8(%rsp), %rbp
    movq 16(%rsp), %r12
    movq 24(%rsp), %r13
    movq 32(%rsp), %r14
    movq 40(%rsp), %r15
    movq 56(%rsp), %rcx
    xorl %edx, %edx
    .cfi_undefined %rip
    movq 48(%rsp), %rsp
    jmp *%rcx
    .endm

    .globl throw_exception
    .type throw_exception, @function
throw_exception: // (rdi: instance, esi: tag, rdx: values)
    .cfi_startproc
    store_registers
    movq %rsp, %rcx
    call exception_throw
    land
    .cfi_endproc
    .size throw_exception, . - throw_exception

    .globl throw_again
    .type throw_again, @function
throw_again: // (rdi: instance, rsi: exception)
    .cfi_startproc
    store_registers
    movq %rsp, %rdx
    call exception_throw_again
    land
    .cfi_endproc
    .size throw_again, . - throw_again

    .section .note.GNU-stack, "", @progbits
