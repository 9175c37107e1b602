	.text
	.file	"wasm"
	.p2align	4, 0x90
	.type	f6,@function
f6:
	.cfi_startproc
	retq
.Lfunc_end0:
	.size	f6, .Lfunc_end0-f6
	.cfi_endproc

	.p2align	4, 0x90
	.type	f7,@function
f7:
	.cfi_startproc
	ud1l	1(%eax), %eax
.Lfunc_end1:
	.size	f7, .Lfunc_end1-f7
	.cfi_endproc

	.p2align	4, 0x90
	.type	f8,@function
f8:
	.cfi_startproc
	ud1l	1(%eax), %eax
.Lfunc_end2:
	.size	f8, .Lfunc_end2-f8
	.cfi_endproc

	.p2align	4, 0x90
	.type	f9,@function
f9:
	.cfi_startproc
	ud1l	1(%eax), %eax
.Lfunc_end3:
	.size	f9, .Lfunc_end3-f9
	.cfi_endproc

	.p2align	4, 0x90
	.type	f10,@function
f10:
	.cfi_startproc
	movq	256(%rdi), %rax
	cmpb	$0, 1051776(%rdi,%rax)
	je	.LBB4_1
	retq
.LBB4_1:
	pushq	%rax
	.cfi_def_cfa_offset 16
	movb	$1, 1051776(%rdi,%rax)
	callq	f6
	addq	$8, %rsp
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end4:
	.size	f10, .Lfunc_end4-f10
	.cfi_endproc

	.p2align	4, 0x90
	.type	f11,@function
f11:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	movq	256(%rdi), %rax
	cmpb	$0, 1051776(%rdi,%rax)
	jne	.LBB5_2
	movb	$1, 1051776(%rbx,%rax)
	movq	%rbx, %rdi
	callq	f6
.LBB5_2:
	movq	%rbx, %rdi
	callq	f13
	movq	%rbx, %rdi
	movl	%eax, %esi
	callq	f32
	ud1l	1(%eax), %eax
.Lfunc_end5:
	.size	f11, .Lfunc_end5-f11
	.cfi_endproc

	.p2align	4, 0x90
	.type	f12,@function
f12:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	cmpl	%esi, 328(%rdi)
	jbe	.LBB6_4
	movq	%rdi, %rbx
	subq	(%rbx), %rdi
	movl	%esi, %eax
	shlq	$5, %rax
	movq	320(%rbx), %rcx
	addq	%rdi, %rcx
	movq	8(%rax,%rcx), %rdx
	cmpq	$65, %rdx
	jne	.LBB6_2
	addq	16(%rcx,%rax), %rdi
	callq	*(%rcx,%rax)
	movq	%rbx, %rdi
	movl	%eax, %esi
	callq	f32
	ud1l	1(%eax), %eax
.LBB6_4:
	ud1l	7(%eax), %eax
.LBB6_2:
	testq	%rdx, %rdx
	jne	.LBB6_6
	ud1l	8(%eax), %eax
.LBB6_6:
	ud1l	9(%eax), %eax
.Lfunc_end6:
	.size	f12, .Lfunc_end6-f12
	.cfi_endproc

	.section	.rodata.cst8,"aM",@progbits,8
	.p2align	3, 0x0
.LCPI7_0:
	.quad	0x408f400000000000
.LCPI7_1:
	.quad	0x412e848000000000
	.text
	.p2align	4, 0x90
	.type	f13,@function
f13:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%r13
	.cfi_def_cfa_offset 40
	pushq	%r12
	.cfi_def_cfa_offset 48
	pushq	%rbx
	.cfi_def_cfa_offset 56
	subq	$56, %rsp
	.cfi_def_cfa_offset 112
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movq	%rdi, %r12
	movq	256(%rdi), %rax
	movq	%rax, (%rsp)
	leaq	(%rdi,%rax), %rbp
	movq	%rdi, %rbx
	subq	(%rdi), %rbx
	movl	352(%rdi), %r13d
	leal	-320(%r13), %r14d
	movl	%r14d, 352(%rdi)
	leal	-304(%r13), %r15d
	movl	$1049336, %esi
	movl	%r15d, %edx
	callq	f23
	movl	24(%r14,%rbp), %eax
	movl	%eax, 8(%rsp)
	movq	16(%r14,%rbp), %rax
	movq	%rax, 16(%rsp)
	movq	%r13, 24(%rsp)
	leal	-292(%r13), %eax
	movl	%eax, 12(%rsp)
	leaq	(%rbp,%r15), %rax
	movq	%rax, 40(%rsp)
	leaq	304(%r15), %rax
	movq	%rax, 48(%rsp)
	movq	(%rsp), %rax
	leaq	1049032(%r12,%rax), %rax
	movq	%rax, 32(%rsp)
	xorl	%r13d, %r13d
	movl	$0, (%rsp)
	.p2align	4, 0x90
.LBB7_1:
	movq	288(%r12), %rax
	shlq	$16, %rax
	cmpq	%rax, 48(%rsp)
	ja	.LBB7_13
	cmpq	$1049335, %rax
	jbe	.LBB7_13
	movl	$304, %edx
	movq	40(%rsp), %rdi
	movq	32(%rsp), %rsi
	callq	memmove@PLT
	movl	(%rsp), %eax
	movl	%eax, 292(%rbp,%r14)
	movl	12(%rsp), %eax
	movl	%eax, 24(%rbp,%r14)
	.p2align	4, 0x90
.LBB7_4:
	movl	16(%rbp,%r14), %ecx
	leal	8(%rcx), %eax
	movl	%eax, 16(%rbp,%r14)
	movl	(%rbp,%rcx), %eax
	cmpl	328(%r12), %eax
	jae	.LBB7_8
	shlq	$5, %rax
	movq	320(%r12), %r8
	addq	%rbx, %r8
	movq	8(%rax,%r8), %rdx
	cmpq	$584, %rdx
	jne	.LBB7_6
	movl	4(%rbp,%rcx), %edx
	movq	16(%r8,%rax), %rdi
	addq	%rbx, %rdi
	movl	%r15d, %esi
	callq	*(%r8,%rax)
	cmpl	$0, 316(%rbp,%r14)
	jne	.LBB7_4
	movl	292(%rbp,%r14), %eax
	xorq	%rax, %r13
	movabsq	$1099511628211, %rax
	imulq	%rax, %r13
	movl	(%rsp), %eax
	incl	%eax
	movl	%eax, (%rsp)
	cmpl	$18, %eax
	jne	.LBB7_1
	movq	%r12, %rdi
	movl	$1049336, %esi
	movl	%r15d, %edx
	callq	f23
	movq	%r13, (%rbp,%r14)
	vcvtsi2sdq	16(%rbp,%r14), %xmm0, %xmm0
	vmovsd	.LCPI7_0(%rip), %xmm1
	vmulsd	%xmm1, %xmm0, %xmm0
	vcvtsi2sdl	24(%rbp,%r14), %xmm2, %xmm2
	vmovsd	.LCPI7_1(%rip), %xmm3
	vdivsd	%xmm3, %xmm2, %xmm2
	vaddsd	%xmm2, %xmm0, %xmm0
	vcvtsi2sdq	16(%rsp), %xmm4, %xmm2
	vmulsd	%xmm1, %xmm2, %xmm1
	vcvtsi2sdl	8(%rsp), %xmm4, %xmm2
	vdivsd	%xmm3, %xmm2, %xmm2
	vaddsd	%xmm2, %xmm1, %xmm1
	vsubsd	%xmm1, %xmm0, %xmm0
	vmovsd	%xmm0, 8(%rbp,%r14)
	movq	%r12, %rdi
	movl	$1048630, %esi
	movl	%r14d, %edx
	callq	f33
	movq	24(%rsp), %rax
	movl	%eax, 352(%r12)
	xorl	%eax, %eax
	addq	$56, %rsp
	.cfi_def_cfa_offset 56
	popq	%rbx
	.cfi_def_cfa_offset 48
	popq	%r12
	.cfi_def_cfa_offset 40
	popq	%r13
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.LBB7_6:
	.cfi_def_cfa_offset 112
	testq	%rdx, %rdx
	jne	.LBB7_9
	ud1l	8(%eax), %eax
.LBB7_8:
	ud1l	7(%eax), %eax
.LBB7_9:
	ud1l	9(%eax), %eax
.LBB7_13:
	ud1l	2(%eax), %eax
.Lfunc_end7:
	.size	f13, .Lfunc_end7-f13
	.cfi_endproc

	.p2align	4, 0x90
	.type	f14,@function
f14:
	.cfi_startproc
	addq	256(%rdi), %rdi
	movl	%esi, %eax
	movl	8(%rax,%rdi), %ecx
	movl	%edx, (%rcx,%rdi)
	addl	$4, %ecx
	movl	%ecx, 8(%rax,%rdi)
	retq
.Lfunc_end8:
	.size	f14, .Lfunc_end8-f14
	.cfi_endproc

	.p2align	4, 0x90
	.type	f15,@function
f15:
	.cfi_startproc
	addq	256(%rdi), %rdi
	movl	%esi, %eax
	movl	8(%rax,%rdi), %ecx
	addl	$-4, %ecx
	movl	%ecx, 8(%rax,%rdi)
	leal	268(%rsi,%rdx,4), %eax
	movl	(%rcx,%rdi), %ecx
	movl	%ecx, (%rax,%rdi)
	retq
.Lfunc_end9:
	.size	f15, .Lfunc_end9-f15
	.cfi_endproc

	.p2align	4, 0x90
	.type	f16,@function
f16:
	.cfi_startproc
	addq	256(%rdi), %rdi
	movl	%esi, %eax
	movl	8(%rax,%rdi), %ecx
	leal	4(%rcx), %r8d
	movl	%r8d, 8(%rax,%rdi)
	leal	268(%rsi,%rdx,4), %eax
	movl	(%rax,%rdi), %eax
	movl	%eax, (%rcx,%rdi)
	retq
.Lfunc_end10:
	.size	f16, .Lfunc_end10-f16
	.cfi_endproc

	.p2align	4, 0x90
	.type	f17,@function
f17:
	.cfi_startproc
	addq	256(%rdi), %rdi
	movl	%esi, %eax
	movl	8(%rax,%rdi), %ecx
	leal	-4(%rcx), %edx
	movl	%edx, 8(%rax,%rdi)
	addl	$-8, %ecx
	movl	(%rdx,%rdi), %eax
	imull	(%rcx,%rdi), %eax
	movl	%eax, (%rcx,%rdi)
	retq
.Lfunc_end11:
	.size	f17, .Lfunc_end11-f17
	.cfi_endproc

	.p2align	4, 0x90
	.type	f18,@function
f18:
	.cfi_startproc
	addq	256(%rdi), %rdi
	movl	%esi, %eax
	movl	8(%rax,%rdi), %ecx
	leal	-4(%rcx), %edx
	movl	%edx, 8(%rax,%rdi)
	addl	$-8, %ecx
	movl	(%rdx,%rdi), %eax
	addl	%eax, (%rcx,%rdi)
	retq
.Lfunc_end12:
	.size	f18, .Lfunc_end12-f18
	.cfi_endproc

	.p2align	4, 0x90
	.type	f19,@function
f19:
	.cfi_startproc
	addq	256(%rdi), %rdi
	movl	%esi, %eax
	movl	8(%rax,%rdi), %ecx
	leal	-4(%rcx), %edx
	movl	%edx, 8(%rax,%rdi)
	addl	$-8, %ecx
	movl	(%rdx,%rdi), %eax
	xorl	%eax, (%rcx,%rdi)
	retq
.Lfunc_end13:
	.size	f19, .Lfunc_end13-f19
	.cfi_endproc

	.p2align	4, 0x90
	.type	f20,@function
f20:
	.cfi_startproc
	addq	256(%rdi), %rdi
	movl	%esi, %eax
	movl	8(%rax,%rdi), %ecx
	leal	-4(%rcx), %edx
	movl	%edx, 8(%rax,%rdi)
	addl	$-8, %ecx
	movl	(%rcx,%rdi), %eax
	xorl	%esi, %esi
	cmpl	(%rdx,%rdi), %eax
	setl	%sil
	movl	%esi, (%rcx,%rdi)
	retq
.Lfunc_end14:
	.size	f20, .Lfunc_end14-f20
	.cfi_endproc

	.p2align	4, 0x90
	.type	f21,@function
f21:
	.cfi_startproc
	addq	256(%rdi), %rdi
	movl	%esi, %eax
	movl	8(%rax,%rdi), %ecx
	addl	$-4, %ecx
	movl	%ecx, 8(%rax,%rdi)
	cmpl	$0, (%rcx,%rdi)
	je	.LBB15_2
	shll	$3, %edx
	addl	4(%rdi,%rax), %edx
	movl	%edx, (%rdi,%rax)
.LBB15_2:
	retq
.Lfunc_end15:
	.size	f21, .Lfunc_end15-f21
	.cfi_endproc

	.p2align	4, 0x90
	.type	f22,@function
f22:
	.cfi_startproc
	addq	256(%rdi), %rdi
	movl	%esi, %eax
	movl	$0, 300(%rax,%rdi)
	retq
.Lfunc_end16:
	.size	f22, .Lfunc_end16-f22
	.cfi_endproc

	.p2align	4, 0x90
	.type	f23,@function
f23:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%r12
	.cfi_def_cfa_offset 40
	pushq	%rbx
	.cfi_def_cfa_offset 48
	.cfi_offset %rbx, -48
	.cfi_offset %r12, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movl	%edx, %ebp
	movq	%rdi, %rbx
	movq	256(%rdi), %r15
	addq	%rdi, %r15
	movl	352(%rdi), %r14d
	leal	-16(%r14), %r12d
	movl	%r12d, 352(%rdi)
	movl	%esi, %eax
	movl	(%rax,%r15), %esi
	leal	-8(%r14), %ecx
	movl	$1, %edx
	callq	f24
	testl	%eax, %eax
	je	.LBB17_1
	movl	%eax, 1051780(%r15)
	movl	$-1, %eax
	jmp	.LBB17_3
.LBB17_1:
	movl	%r12d, %eax
	movq	8(%r15,%rax), %rax
	movq	%rax, %rdx
	shrq	$9, %rdx
	movabsq	$19342813113834067, %rcx
	mulxq	%rcx, %rcx, %rcx
	shrq	$11, %rcx
	movl	%ebp, %edx
	movq	%rcx, (%r15,%rdx)
	imull	$-1000000000, %ecx, %ecx
	addl	%ecx, %eax
	movl	%eax, 8(%r15,%rdx)
	xorl	%eax, %eax
.LBB17_3:
	movl	%r14d, 352(%rbx)
	popq	%rbx
	.cfi_def_cfa_offset 40
	popq	%r12
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end17:
	.size	f23, .Lfunc_end17-f23
	.cfi_endproc

	.p2align	4, 0x90
	.type	f24,@function
f24:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	movq	80(%rdi), %rdi
	addq	%rbx, %rdi
	callq	*72(%rbx)
	movl	16(%rbx), %ecx
	testl	%ecx, %ecx
	jne	.LBB18_2
	movzwl	%ax, %eax
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.LBB18_2:
	.cfi_def_cfa_offset 16
	movq	support(%rip), %rax
	movq	%rbx, %rdi
	callq	*72(%rax)
.Lfunc_end18:
	.size	f24, .Lfunc_end18-f24
	.cfi_endproc

	.p2align	4, 0x90
	.type	f25,@function
f25:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	movq	112(%rdi), %rdi
	addq	%rbx, %rdi
	callq	*104(%rbx)
	movl	16(%rbx), %ecx
	testl	%ecx, %ecx
	jne	.LBB19_2
	movzwl	%ax, %eax
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.LBB19_2:
	.cfi_def_cfa_offset 16
	movq	support(%rip), %rax
	movq	%rbx, %rdi
	callq	*72(%rax)
.Lfunc_end19:
	.size	f25, .Lfunc_end19-f25
	.cfi_endproc

	.p2align	4, 0x90
	.type	f26,@function
f26:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	movq	144(%rdi), %rdi
	addq	%rbx, %rdi
	callq	*136(%rbx)
	movl	16(%rbx), %ecx
	testl	%ecx, %ecx
	jne	.LBB20_2
	movzwl	%ax, %eax
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.LBB20_2:
	.cfi_def_cfa_offset 16
	movq	support(%rip), %rax
	movq	%rbx, %rdi
	callq	*72(%rax)
.Lfunc_end20:
	.size	f26, .Lfunc_end20-f26
	.cfi_endproc

	.p2align	4, 0x90
	.type	f27,@function
f27:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	movq	176(%rdi), %rdi
	addq	%rbx, %rdi
	callq	*168(%rbx)
	movl	16(%rbx), %ecx
	testl	%ecx, %ecx
	jne	.LBB21_2
	movzwl	%ax, %eax
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.LBB21_2:
	.cfi_def_cfa_offset 16
	movq	support(%rip), %rax
	movq	%rbx, %rdi
	callq	*72(%rax)
.Lfunc_end21:
	.size	f27, .Lfunc_end21-f27
	.cfi_endproc

	.p2align	4, 0x90
	.type	f28,@function
f28:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	movq	208(%rdi), %rdi
	addq	%rbx, %rdi
	callq	*200(%rbx)
	movl	16(%rbx), %ecx
	testl	%ecx, %ecx
	jne	.LBB22_2
	movzwl	%ax, %eax
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.LBB22_2:
	.cfi_def_cfa_offset 16
	movq	support(%rip), %rax
	movq	%rbx, %rdi
	callq	*72(%rax)
.Lfunc_end22:
	.size	f28, .Lfunc_end22-f28
	.cfi_endproc

	.p2align	4, 0x90
	.type	f29,@function
f29:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	movq	240(%rdi), %rdi
	addq	%rbx, %rdi
	callq	*232(%rbx)
	movl	16(%rbx), %eax
	testl	%eax, %eax
	jne	.LBB23_2
	ud1l	1(%eax), %eax
.LBB23_2:
	movq	support(%rip), %rax
	movq	%rbx, %rdi
	callq	*72(%rax)
.Lfunc_end23:
	.size	f29, .Lfunc_end23-f29
	.cfi_endproc

	.p2align	4, 0x90
	.type	f30,@function
f30:
	.cfi_startproc
	pushq	%rax
	.cfi_def_cfa_offset 16
	callq	f29
	ud1l	1(%eax), %eax
.Lfunc_end24:
	.size	f30, .Lfunc_end24-f30
	.cfi_endproc

	.p2align	4, 0x90
	.type	f31,@function
f31:
	.cfi_startproc
	retq
.Lfunc_end25:
	.size	f31, .Lfunc_end25-f31
	.cfi_endproc

	.p2align	4, 0x90
	.type	f32,@function
f32:
	.cfi_startproc
	pushq	%r14
	.cfi_def_cfa_offset 16
	pushq	%rbx
	.cfi_def_cfa_offset 24
	pushq	%rax
	.cfi_def_cfa_offset 32
	.cfi_offset %rbx, -24
	.cfi_offset %r14, -16
	movl	%esi, %ebx
	movq	%rdi, %r14
	callq	f31
	movq	%r14, %rdi
	callq	f43
	movq	%r14, %rdi
	movl	%ebx, %esi
	callq	f30
	ud1l	1(%eax), %eax
.Lfunc_end26:
	.size	f32, .Lfunc_end26-f32
	.cfi_endproc

	.p2align	4, 0x90
	.type	f33,@function
f33:
	.cfi_startproc
	pushq	%r14
	.cfi_def_cfa_offset 16
	pushq	%rbx
	.cfi_def_cfa_offset 24
	pushq	%rax
	.cfi_def_cfa_offset 32
	.cfi_offset %rbx, -24
	.cfi_offset %r14, -16
	movl	%edx, %ecx
	movl	%esi, %edx
	movq	%rdi, %rbx
	movq	256(%rdi), %rax
	addq	%rdi, %rax
	movl	352(%rdi), %r14d
	leal	-16(%r14), %esi
	movl	%esi, 352(%rdi)
	movl	%ecx, 12(%rsi,%rax)
	movl	$1051536, %esi
	callq	f50
	movl	%r14d, 352(%rbx)
	addq	$8, %rsp
	.cfi_def_cfa_offset 24
	popq	%rbx
	.cfi_def_cfa_offset 16
	popq	%r14
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end27:
	.size	f33, .Lfunc_end27-f33
	.cfi_endproc

	.p2align	4, 0x90
	.type	f34,@function
f34:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	callq	f25
	testl	%eax, %eax
	je	.LBB28_1
	movq	256(%rbx), %rcx
	movl	%eax, 1051780(%rbx,%rcx)
	movl	$-1, %eax
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.LBB28_1:
	.cfi_def_cfa_offset 16
	xorl	%eax, %eax
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end28:
	.size	f34, .Lfunc_end28-f34
	.cfi_endproc

	.p2align	4, 0x90
	.type	f35,@function
f35:
	.cfi_startproc
	pushq	%rax
	.cfi_def_cfa_offset 16
	movq	256(%rdi), %rax
	addq	%rdi, %rax
	movl	%esi, %ecx
	movl	56(%rcx,%rax), %esi
	callq	f34
	popq	%rcx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end29:
	.size	f35, .Lfunc_end29-f35
	.cfi_endproc

	.p2align	4, 0x90
	.type	f36,@function
f36:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%rbx
	.cfi_def_cfa_offset 40
	pushq	%rax
	.cfi_def_cfa_offset 48
	.cfi_offset %rbx, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movq	%rdi, %rbx
	movq	256(%rdi), %r15
	addq	%rdi, %r15
	movl	352(%rdi), %r14d
	leal	-16(%r14), %ebp
	movl	%ebp, 352(%rdi)
	testl	%ecx, %ecx
	js	.LBB30_3
	leal	-4(%r14), %r8d
	movq	%rbx, %rdi
	callq	f28
	testl	%eax, %eax
	je	.LBB30_2
	movl	%eax, 1051780(%r15)
	jmp	.LBB30_4
.LBB30_3:
	movl	$28, 1051780(%r15)
.LBB30_4:
	movl	$-1, %eax
	jmp	.LBB30_5
.LBB30_2:
	movl	%ebp, %eax
	movl	12(%r15,%rax), %eax
.LBB30_5:
	movl	%r14d, 352(%rbx)
	addq	$8, %rsp
	.cfi_def_cfa_offset 40
	popq	%rbx
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end30:
	.size	f36, .Lfunc_end30-f36
	.cfi_endproc

	.p2align	4, 0x90
	.type	f37,@function
f37:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%r13
	.cfi_def_cfa_offset 40
	pushq	%r12
	.cfi_def_cfa_offset 48
	pushq	%rbx
	.cfi_def_cfa_offset 56
	subq	$24, %rsp
	.cfi_def_cfa_offset 80
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movq	256(%rdi), %r13
	addq	%rdi, %r13
	movl	352(%rdi), %eax
	movq	%rax, 16(%rsp)
	leal	-16(%rax), %r14d
	movl	%r14d, 352(%rdi)
	movl	%ecx, 12(%r14,%r13)
	movl	%edx, 8(%r14,%r13)
	movl	%esi, %ebp
	movl	24(%rbp,%r13), %eax
	movl	%eax, (%r14,%r13)
	movl	20(%rbp,%r13), %ebx
	subl	%eax, %ebx
	movl	%ebx, 4(%r14,%r13)
	movl	%ecx, 4(%rsp)
	addl	%ecx, %ebx
	movl	56(%rbp,%r13), %esi
	movl	$2, %r15d
	movq	%rdi, 8(%rsp)
	movl	%r14d, %edx
	movl	$2, %ecx
	callq	f36
	cmpl	%eax, %ebx
	je	.LBB31_2
	.p2align	4, 0x90
.LBB31_3:
	testl	%eax, %eax
	js	.LBB31_5
	movl	%r14d, %ecx
	movl	4(%r13,%rcx), %ecx
	leal	8(%r14), %r12d
	xorl	%edx, %edx
	cmpl	%ecx, %eax
	seta	%dl
	leal	(%r14,%rdx,8), %esi
	movl	$0, %edi
	cmovbel	%edi, %ecx
	leal	4(%r14,%rdx,8), %edi
	cmovbel	%r14d, %r12d
	subl	%eax, %ebx
	subl	%ecx, %eax
	addl	%eax, (%r13,%rsi)
	subl	%eax, (%r13,%rdi)
	movl	56(%r13,%rbp), %esi
	subl	%edx, %r15d
	movq	8(%rsp), %rdi
	movl	%r12d, %edx
	movl	%r15d, %ecx
	callq	f36
	movl	%r12d, %r14d
	cmpl	%eax, %ebx
	jne	.LBB31_3
.LBB31_2:
	movl	40(%r13,%rbp), %eax
	movl	%eax, 24(%r13,%rbp)
	movl	%eax, 20(%r13,%rbp)
	addl	44(%r13,%rbp), %eax
	movl	%eax, 16(%r13,%rbp)
	movl	4(%rsp), %eax
.LBB31_7:
	movq	8(%rsp), %rcx
	movq	16(%rsp), %rdx
	movl	%edx, 352(%rcx)
	addq	$24, %rsp
	.cfi_def_cfa_offset 56
	popq	%rbx
	.cfi_def_cfa_offset 48
	popq	%r12
	.cfi_def_cfa_offset 40
	popq	%r13
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.LBB31_5:
	.cfi_def_cfa_offset 80
	movl	$0, 24(%r13,%rbp)
	movq	$0, 16(%r13,%rbp)
	orb	$32, (%r13,%rbp)
	xorl	%eax, %eax
	cmpl	$2, %r15d
	je	.LBB31_7
	movl	%r14d, %eax
	movl	4(%rsp), %ecx
	subl	4(%r13,%rax), %ecx
	movl	%ecx, %eax
	jmp	.LBB31_7
.Lfunc_end31:
	.size	f37, .Lfunc_end31-f37
	.cfi_endproc

	.p2align	4, 0x90
	.type	f38,@function
f38:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%rbx
	.cfi_def_cfa_offset 40
	pushq	%rax
	.cfi_def_cfa_offset 48
	.cfi_offset %rbx, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movq	%rdi, %rbx
	movq	256(%rdi), %r15
	addq	%rdi, %r15
	movl	352(%rdi), %r14d
	leal	-32(%r14), %ebp
	movl	%ebp, 352(%rdi)
	leal	-24(%r14), %edx
	callq	f26
	testl	%eax, %eax
	jne	.LBB32_1
	movl	%ebp, %ecx
	movl	$59, %eax
	cmpb	$2, 8(%r15,%rcx)
	jne	.LBB32_1
	testb	$36, 16(%r15,%rcx)
	je	.LBB32_4
.LBB32_1:
	movl	%eax, 1051780(%r15)
	xorl	%eax, %eax
.LBB32_5:
	movl	%r14d, 352(%rbx)
	addq	$8, %rsp
	.cfi_def_cfa_offset 40
	popq	%rbx
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.LBB32_4:
	.cfi_def_cfa_offset 48
	movl	$1, %eax
	jmp	.LBB32_5
.Lfunc_end32:
	.size	f38, .Lfunc_end32-f38
	.cfi_endproc

	.p2align	4, 0x90
	.type	f39,@function
f39:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%r13
	.cfi_def_cfa_offset 40
	pushq	%r12
	.cfi_def_cfa_offset 48
	pushq	%rbx
	.cfi_def_cfa_offset 56
	pushq	%rax
	.cfi_def_cfa_offset 64
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movq	256(%rdi), %r14
	addq	%rdi, %r14
	movl	%esi, %r15d
	movl	$10, 32(%r15,%r14)
	testb	$64, (%r15,%r14)
	jne	.LBB33_3
	movl	56(%r14,%r15), %eax
	movq	%rdi, %rbx
	movl	%esi, %ebp
	movl	%eax, %esi
	movl	%ecx, %r12d
	movl	%edx, %r13d
	callq	f38
	movq	%rbx, %rdi
	movl	%ebp, %esi
	movl	%r13d, %edx
	movl	%r12d, %ecx
	testl	%eax, %eax
	jne	.LBB33_3
	movl	$-1, 64(%r14,%r15)
.LBB33_3:
	callq	f37
	addq	$8, %rsp
	.cfi_def_cfa_offset 56
	popq	%rbx
	.cfi_def_cfa_offset 48
	popq	%r12
	.cfi_def_cfa_offset 40
	popq	%r13
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end33:
	.size	f39, .Lfunc_end33-f39
	.cfi_endproc

	.p2align	4, 0x90
	.type	f40,@function
f40:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%rbx
	.cfi_def_cfa_offset 40
	pushq	%rax
	.cfi_def_cfa_offset 48
	.cfi_offset %rbx, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movq	%rdi, %rbx
	movq	256(%rdi), %r15
	addq	%rdi, %r15
	movl	352(%rdi), %r14d
	leal	-16(%r14), %ebp
	movl	%ebp, 352(%rdi)
	movzbl	%cl, %ecx
	leal	-8(%r14), %r8d
	callq	f27
	testl	%eax, %eax
	je	.LBB34_1
	cmpl	$76, %eax
	movl	$70, %ecx
	cmovnel	%eax, %ecx
	movl	%ecx, 1051780(%r15)
	movq	$-1, %rax
	jmp	.LBB34_3
.LBB34_1:
	movl	%ebp, %eax
	movq	8(%r15,%rax), %rax
.LBB34_3:
	movl	%r14d, 352(%rbx)
	addq	$8, %rsp
	.cfi_def_cfa_offset 40
	popq	%rbx
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end34:
	.size	f40, .Lfunc_end34-f40
	.cfi_endproc

	.p2align	4, 0x90
	.type	f41,@function
f41:
	.cfi_startproc
	pushq	%rax
	.cfi_def_cfa_offset 16
	movq	256(%rdi), %rax
	addq	%rdi, %rax
	movl	%esi, %esi
	movl	56(%rsi,%rax), %esi
	callq	f40
	popq	%rcx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end35:
	.size	f41, .Lfunc_end35-f41
	.cfi_endproc

	.p2align	4, 0x90
	.type	f42,@function
f42:
	.cfi_startproc
	movl	$1052824, %eax
	retq
.Lfunc_end36:
	.size	f42, .Lfunc_end36-f42
	.cfi_endproc

	.p2align	4, 0x90
	.type	f43,@function
f43:
	.cfi_startproc
	pushq	%r15
	.cfi_def_cfa_offset 16
	pushq	%r14
	.cfi_def_cfa_offset 24
	pushq	%r12
	.cfi_def_cfa_offset 32
	pushq	%rbx
	.cfi_def_cfa_offset 40
	pushq	%rax
	.cfi_def_cfa_offset 48
	.cfi_offset %rbx, -40
	.cfi_offset %r12, -32
	.cfi_offset %r14, -24
	.cfi_offset %r15, -16
	movq	%rdi, %r14
	movq	256(%rdi), %r12
	addq	%rdi, %r12
	movq	%rdi, %rbx
	subq	(%rdi), %rbx
	callq	f42
	movl	%eax, %eax
	movl	(%rax,%r12), %eax
	testl	%eax, %eax
	jne	.LBB37_6
	jmp	.LBB37_2
	.p2align	4, 0x90
.LBB37_8:
	movl	52(%r12,%r15), %eax
	testl	%eax, %eax
	je	.LBB37_2
.LBB37_6:
	movl	%eax, %r15d
	movl	20(%r12,%r15), %eax
	cmpl	24(%r12,%r15), %eax
	je	.LBB37_7
	movl	32(%r12,%r15), %eax
	cmpl	328(%r14), %eax
	jae	.LBB37_13
	shlq	$5, %rax
	movq	320(%r14), %r8
	addq	%rbx, %r8
	movq	8(%rax,%r8), %rcx
	cmpq	$37441, %rcx
	jne	.LBB37_11
	movq	16(%r8,%rax), %rdi
	addq	%rbx, %rdi
	movl	%r15d, %esi
	xorl	%edx, %edx
	xorl	%ecx, %ecx
	callq	*(%r8,%rax)
.LBB37_7:
	movl	4(%r12,%r15), %ecx
	subl	8(%r12,%r15), %ecx
	je	.LBB37_8
	movl	36(%r12,%r15), %eax
	cmpl	328(%r14), %eax
	jae	.LBB37_13
	shlq	$5, %rax
	movq	320(%r14), %r8
	addq	%rbx, %r8
	movq	8(%rax,%r8), %rdx
	cmpq	$37954, %rdx
	jne	.LBB37_17
	movslq	%ecx, %rdx
	movq	16(%r8,%rax), %rdi
	addq	%rbx, %rdi
	movl	%r15d, %esi
	movl	$1, %ecx
	callq	*(%r8,%rax)
	movl	52(%r12,%r15), %eax
	testl	%eax, %eax
	jne	.LBB37_6
.LBB37_2:
	movl	1052828(%r12), %r15d
	testq	%r15, %r15
	je	.LBB37_3
	movl	20(%r12,%r15), %eax
	cmpl	24(%r12,%r15), %eax
	je	.LBB37_21
	movl	32(%r12,%r15), %eax
	cmpl	328(%r14), %eax
	jae	.LBB37_13
	shlq	$5, %rax
	movq	320(%r14), %r8
	addq	%rbx, %r8
	movq	8(%rax,%r8), %rcx
	cmpq	$37441, %rcx
	jne	.LBB37_11
	movq	16(%r8,%rax), %rdi
	addq	%rbx, %rdi
	movl	%r15d, %esi
	xorl	%edx, %edx
	xorl	%ecx, %ecx
	callq	*(%r8,%rax)
.LBB37_21:
	movl	4(%r12,%r15), %ecx
	subl	8(%r12,%r15), %ecx
	je	.LBB37_3
	movl	36(%r12,%r15), %eax
	cmpl	328(%r14), %eax
	jae	.LBB37_13
	shlq	$5, %rax
	movq	320(%r14), %r8
	addq	%rbx, %r8
	movq	8(%rax,%r8), %rdx
	cmpq	$37954, %rdx
	jne	.LBB37_17
	movslq	%ecx, %rdx
	movq	16(%r8,%rax), %rdi
	addq	%rbx, %rdi
	movl	%r15d, %esi
	movl	$1, %ecx
	callq	*(%r8,%rax)
.LBB37_3:
	movl	1051648(%r12), %r15d
	testq	%r15, %r15
	je	.LBB37_4
	movl	20(%r12,%r15), %eax
	cmpl	24(%r12,%r15), %eax
	je	.LBB37_29
	movl	32(%r12,%r15), %eax
	cmpl	328(%r14), %eax
	jae	.LBB37_13
	shlq	$5, %rax
	movq	320(%r14), %r8
	addq	%rbx, %r8
	movq	8(%rax,%r8), %rcx
	cmpq	$37441, %rcx
	jne	.LBB37_11
	movq	16(%r8,%rax), %rdi
	addq	%rbx, %rdi
	movl	%r15d, %esi
	xorl	%edx, %edx
	xorl	%ecx, %ecx
	callq	*(%r8,%rax)
.LBB37_29:
	movl	4(%r12,%r15), %ecx
	subl	8(%r12,%r15), %ecx
	je	.LBB37_4
	movl	36(%r12,%r15), %eax
	cmpl	328(%r14), %eax
	jae	.LBB37_13
	shlq	$5, %rax
	movq	320(%r14), %r8
	addq	%rbx, %r8
	movq	8(%rax,%r8), %rdx
	cmpq	$37954, %rdx
	jne	.LBB37_17
	movslq	%ecx, %rdx
	movq	16(%r8,%rax), %rdi
	addq	%rbx, %rdi
	movl	%r15d, %esi
	movl	$1, %ecx
	callq	*(%r8,%rax)
.LBB37_4:
	movl	1051768(%r12), %r15d
	testq	%r15, %r15
	je	.LBB37_5
	movl	20(%r12,%r15), %eax
	cmpl	24(%r12,%r15), %eax
	je	.LBB37_37
	movl	32(%r12,%r15), %eax
	cmpl	328(%r14), %eax
	jae	.LBB37_13
	shlq	$5, %rax
	movq	320(%r14), %r8
	addq	%rbx, %r8
	movq	8(%rax,%r8), %rcx
	cmpq	$37441, %rcx
	jne	.LBB37_11
	movq	16(%r8,%rax), %rdi
	addq	%rbx, %rdi
	movl	%r15d, %esi
	xorl	%edx, %edx
	xorl	%ecx, %ecx
	callq	*(%r8,%rax)
.LBB37_37:
	movl	4(%r12,%r15), %ecx
	subl	8(%r12,%r15), %ecx
	je	.LBB37_5
	movl	36(%r12,%r15), %eax
	cmpl	328(%r14), %eax
	jae	.LBB37_13
	shlq	$5, %rax
	movq	320(%r14), %r8
	addq	%rbx, %r8
	movq	8(%rax,%r8), %rdx
	cmpq	$37954, %rdx
	jne	.LBB37_17
	movslq	%ecx, %rdx
	addq	16(%r8,%rax), %rbx
	movq	%rbx, %rdi
	movl	%r15d, %esi
	movl	$1, %ecx
	callq	*(%r8,%rax)
.LBB37_5:
	addq	$8, %rsp
	.cfi_def_cfa_offset 40
	popq	%rbx
	.cfi_def_cfa_offset 32
	popq	%r12
	.cfi_def_cfa_offset 24
	popq	%r14
	.cfi_def_cfa_offset 16
	popq	%r15
	.cfi_def_cfa_offset 8
	retq
.LBB37_13:
	.cfi_def_cfa_offset 48
	ud1l	7(%eax), %eax
.LBB37_11:
	testq	%rcx, %rcx
	jne	.LBB37_18
.LBB37_12:
	ud1l	8(%eax), %eax
.LBB37_17:
	testq	%rdx, %rdx
	je	.LBB37_12
.LBB37_18:
	ud1l	9(%eax), %eax
.Lfunc_end37:
	.size	f43, .Lfunc_end37-f43
	.cfi_endproc

	.p2align	4, 0x90
	.type	f44,@function
f44:
	.cfi_startproc
	addq	256(%rdi), %rdi
	movl	%esi, %eax
	movl	(%rax,%rdi), %ecx
	movl	60(%rax,%rdi), %edx
	leal	-1(%rdx), %esi
	orl	%edx, %esi
	movl	%esi, 60(%rax,%rdi)
	testb	$8, %cl
	jne	.LBB38_2
	movq	$0, 4(%rdi,%rax)
	movl	40(%rdi,%rax), %ecx
	movl	%ecx, 24(%rdi,%rax)
	movl	%ecx, 20(%rdi,%rax)
	addl	44(%rdi,%rax), %ecx
	movl	%ecx, 16(%rdi,%rax)
	xorl	%eax, %eax
	retq
.LBB38_2:
	orl	$32, %ecx
	movl	%ecx, (%rdi,%rax)
	movl	$-1, %eax
	retq
.Lfunc_end38:
	.size	f44, .Lfunc_end38-f44
	.cfi_endproc

	.p2align	4, 0x90
	.type	f45,@function
f45:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%r13
	.cfi_def_cfa_offset 40
	pushq	%r12
	.cfi_def_cfa_offset 48
	pushq	%rbx
	.cfi_def_cfa_offset 56
	pushq	%rax
	.cfi_def_cfa_offset 64
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movl	%edx, %ebx
	movl	%esi, %r10d
	movq	256(%rdi), %r15
	addq	%rdi, %r15
	movl	%ecx, %r12d
	movl	16(%r12,%r15), %edx
	testl	%edx, %edx
	je	.LBB39_4
.LBB39_1:
	movq	%rdi, %rax
	subq	(%rdi), %rax
	movl	20(%r15,%r12), %esi
	subl	%esi, %edx
	cmpl	%ebx, %edx
	jae	.LBB39_2
	movl	32(%r15,%r12), %r8d
	cmpl	328(%rdi), %r8d
	jae	.LBB39_10
	shlq	$5, %r8
	movq	320(%rdi), %r9
	addq	%rax, %r9
	movq	8(%r8,%r9), %rdx
	cmpq	$37441, %rdx
	jne	.LBB39_8
	addq	16(%r9,%r8), %rax
	movq	%rax, %rdi
	movl	%ecx, %esi
	movl	%r10d, %edx
	movl	%ebx, %ecx
	callq	*(%r9,%r8)
	jmp	.LBB39_21
.LBB39_2:
	cmpl	$0, 64(%r15,%r12)
	js	.LBB39_3
	movl	%r10d, %r13d
	notl	%r13d
	leal	-1(%r10), %edx
	xorl	%ebp, %ebp
	movl	$-1, %r14d
	xorl	%r8d, %r8d
	.p2align	4, 0x90
.LBB39_13:
	cmpl	%r8d, %ebx
	je	.LBB39_19
	incl	%r8d
	leal	(%rbx,%rdx), %r9d
	incl	%r13d
	decl	%edx
	incl	%r14d
	cmpb	$10, (%r15,%r9)
	jne	.LBB39_13
	movl	32(%r15,%r12), %r8d
	cmpl	328(%rdi), %r8d
	jae	.LBB39_10
	shlq	$5, %r8
	movq	%rdi, (%rsp)
	movq	320(%rdi), %r9
	addq	%rax, %r9
	movq	8(%r8,%r9), %rdx
	cmpq	$37441, %rdx
	jne	.LBB39_8
	movl	%ebx, %ebp
	subl	%r14d, %ebp
	addq	16(%r9,%r8), %rax
	movq	%rax, %rdi
	movl	%ecx, %esi
	movl	%r10d, %edx
	movl	%ebp, %ecx
	callq	*(%r9,%r8)
	cmpl	%ebp, %eax
	jb	.LBB39_21
	movl	%ebx, %r10d
	subl	%r13d, %r10d
	movl	20(%r15,%r12), %esi
	movl	%r14d, %ebx
	movq	(%rsp), %rdi
	jmp	.LBB39_19
.LBB39_4:
	movq	%r10, %r13
	movq	%rdi, %r14
	movl	%ecx, %ebp
	movl	%ecx, %esi
	callq	f44
	movl	%eax, %ecx
	xorl	%eax, %eax
	testl	%ecx, %ecx
	jne	.LBB39_21
	movl	16(%r15,%r12), %edx
	movq	%r14, %rdi
	movl	%ebp, %ecx
	movq	%r13, %r10
	jmp	.LBB39_1
.LBB39_3:
	xorl	%ebp, %ebp
.LBB39_19:
	movl	%r10d, %edx
	movl	%ebx, %ecx
	callq	f55
	addl	%ebx, 20(%r15,%r12)
	addl	%ebx, %ebp
	movl	%ebp, %eax
.LBB39_21:
	addq	$8, %rsp
	.cfi_def_cfa_offset 56
	popq	%rbx
	.cfi_def_cfa_offset 48
	popq	%r12
	.cfi_def_cfa_offset 40
	popq	%r13
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.LBB39_10:
	.cfi_def_cfa_offset 64
	ud1l	7(%eax), %eax
.LBB39_8:
	testq	%rdx, %rdx
	jne	.LBB39_11
	ud1l	8(%eax), %eax
.LBB39_11:
	ud1l	9(%eax), %eax
.Lfunc_end39:
	.size	f45, .Lfunc_end39-f45
	.cfi_endproc

	.p2align	4, 0x90
	.type	f46,@function
f46:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%r13
	.cfi_def_cfa_offset 40
	pushq	%r12
	.cfi_def_cfa_offset 48
	pushq	%rbx
	.cfi_def_cfa_offset 56
	subq	$24, %rsp
	.cfi_def_cfa_offset 80
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movl	%ecx, %ebx
	movl	%esi, %r11d
	movq	256(%rdi), %r15
	addq	%rdi, %r15
	movl	%ecx, %r14d
	movl	%edx, 4(%rsp)
	imull	%edx, %r14d
	movl	%r8d, %r12d
	movl	16(%r12,%r15), %ecx
	testl	%ecx, %ecx
	je	.LBB40_4
.LBB40_1:
	movq	%rdi, %rax
	subq	(%rdi), %rax
	movl	20(%r15,%r12), %esi
	subl	%esi, %ecx
	cmpl	%r14d, %ecx
	jae	.LBB40_2
	movl	32(%r15,%r12), %r9d
	cmpl	328(%rdi), %r9d
	jae	.LBB40_13
	shlq	$5, %r9
	movq	320(%rdi), %r10
	addq	%rax, %r10
	movq	8(%r9,%r10), %rcx
	cmpq	$37441, %rcx
	jne	.LBB40_11
	addq	16(%r10,%r9), %rax
	movq	%rax, %rdi
	movl	%r8d, %esi
	movl	%r11d, %edx
	movl	%r14d, %ecx
	callq	*(%r10,%r9)
	cmpl	%r14d, %eax
	je	.LBB40_25
	jmp	.LBB40_6
.LBB40_2:
	cmpl	$0, 64(%r15,%r12)
	js	.LBB40_3
	leal	-1(%r11,%r14), %ecx
	xorl	%ebp, %ebp
	.p2align	4, 0x90
.LBB40_17:
	movl	%r14d, %edx
	addl	%ebp, %edx
	je	.LBB40_18
	leal	(%rcx,%rbp), %edx
	decl	%ebp
	cmpb	$10, (%r15,%rdx)
	jne	.LBB40_17
	movl	32(%r15,%r12), %r9d
	cmpl	328(%rdi), %r9d
	jae	.LBB40_13
	shlq	$5, %r9
	movq	%rdi, 16(%rsp)
	movq	320(%rdi), %r10
	addq	%rax, %r10
	movq	8(%r9,%r10), %rcx
	cmpq	$37441, %rcx
	jne	.LBB40_11
	leal	1(%r14,%rbp), %r13d
	addq	16(%r10,%r9), %rax
	movq	%rax, %rdi
	movl	%r8d, %esi
	movq	%r11, 8(%rsp)
	movl	%r11d, %edx
	movl	%r13d, %ecx
	callq	*(%r10,%r9)
	cmpl	%r13d, %eax
	jb	.LBB40_5
	movl	%r13d, %ecx
	movq	8(%rsp), %r11
	addl	%r14d, %r11d
	movl	%ebp, %r13d
	notl	%r13d
	leal	1(%rbp,%r11), %r11d
	movl	20(%r15,%r12), %esi
	movq	16(%rsp), %rdi
	movl	%ecx, %ebp
	jmp	.LBB40_24
.LBB40_4:
	movq	%r11, 8(%rsp)
	movq	%rdi, %r13
	movl	%r8d, %ebp
	movl	%r8d, %esi
	callq	f44
	movl	%eax, %ecx
	xorl	%eax, %eax
	testl	%ecx, %ecx
	je	.LBB40_8
.LBB40_5:
	cmpl	%r14d, %eax
	jne	.LBB40_6
.LBB40_25:
	movl	4(%rsp), %eax
	testl	%eax, %eax
	cmovel	%eax, %ebx
	jmp	.LBB40_26
.LBB40_3:
	xorl	%ebp, %ebp
	movl	%r14d, %r13d
	jmp	.LBB40_24
.LBB40_8:
	movl	16(%r15,%r12), %ecx
	movq	%r13, %rdi
	movl	%ebp, %r8d
	movq	8(%rsp), %r11
	jmp	.LBB40_1
.LBB40_18:
	movl	%r14d, %r13d
	xorl	%ebp, %ebp
.LBB40_24:
	movl	%r11d, %edx
	movl	%r13d, %ecx
	callq	f55
	addl	%r13d, 20(%r15,%r12)
	addl	%r13d, %ebp
	movl	%ebp, %eax
	cmpl	%r14d, %eax
	je	.LBB40_25
.LBB40_6:
	movl	4(%rsp), %ecx
	testl	%ecx, %ecx
	je	.LBB40_27
	xorl	%edx, %edx
	divl	%ecx
	movl	%eax, %ebx
.LBB40_26:
	movl	%ebx, %eax
	addq	$24, %rsp
	.cfi_def_cfa_offset 56
	popq	%rbx
	.cfi_def_cfa_offset 48
	popq	%r12
	.cfi_def_cfa_offset 40
	popq	%r13
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.LBB40_13:
	.cfi_def_cfa_offset 80
	ud1l	7(%eax), %eax
.LBB40_11:
	testq	%rcx, %rcx
	jne	.LBB40_15
	ud1l	8(%eax), %eax
.LBB40_27:
	ud1l	3(%eax), %eax
.LBB40_15:
	ud1l	9(%eax), %eax
.Lfunc_end40:
	.size	f46, .Lfunc_end40-f46
	.cfi_endproc

	.p2align	4, 0x90
	.type	f47,@function
f47:
	.cfi_startproc
	movq	256(%rdi), %rcx
	leaq	(%rdi,%rcx), %rax
	movl	1052856(%rdi,%rcx), %ecx
	testl	%ecx, %ecx
	jne	.LBB41_2
	movl	$1052832, 1052856(%rax)
	movl	$1052832, %ecx
.LBB41_2:
	pushq	%rax
	.cfi_def_cfa_offset 16
	cmpl	$77, %esi
	leal	1050896(%rsi,%rsi), %edx
	movl	$1050896, %esi
	cmovbl	%edx, %esi
	movzwl	(%rax,%rsi), %esi
	addl	$1049340, %esi
	movl	%ecx, %ecx
	movl	20(%rax,%rcx), %edx
	callq	f61
	popq	%rcx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end41:
	.size	f47, .Lfunc_end41-f47
	.cfi_endproc

	.p2align	4, 0x90
	.type	f48,@function
f48:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%rbx
	.cfi_def_cfa_offset 40
	pushq	%rax
	.cfi_def_cfa_offset 48
	.cfi_offset %rbx, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movl	%edx, %ebx
	movl	%esi, %ebp
	movq	%rdi, %r14
	callq	f57
	movl	%eax, %r15d
	movq	%r14, %rdi
	movl	%ebp, %esi
	movl	$1, %edx
	movl	%eax, %ecx
	movl	%ebx, %r8d
	callq	f46
	xorl	%ecx, %ecx
	cmpl	%eax, %r15d
	setne	%cl
	negl	%ecx
	movl	%ecx, %eax
	addq	$8, %rsp
	.cfi_def_cfa_offset 40
	popq	%rbx
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end42:
	.size	f48, .Lfunc_end42-f48
	.cfi_endproc

	.p2align	4, 0x90
	.type	f49,@function
f49:
	.cfi_startproc
	ud1l	1(%eax), %eax
.Lfunc_end43:
	.size	f49, .Lfunc_end43-f49
	.cfi_endproc

	.p2align	4, 0x90
	.type	f50,@function
f50:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%r13
	.cfi_def_cfa_offset 40
	pushq	%r12
	.cfi_def_cfa_offset 48
	pushq	%rbx
	.cfi_def_cfa_offset 56
	subq	$24, %rsp
	.cfi_def_cfa_offset 80
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movl	%edx, %r13d
	movl	%esi, %r12d
	movq	%rdi, %rbx
	movq	256(%rdi), %r15
	addq	%rdi, %r15
	movl	352(%rdi), %r14d
	leal	-208(%r14), %ebp
	movl	%ebp, 352(%rdi)
	movl	%ecx, 204(%rbp,%r15)
	leal	-48(%r14), %r9d
	leal	-16(%r14), %eax
	movq	$0, (%rax,%r15)
	leal	-24(%r14), %eax
	movq	$0, (%rax,%r15)
	leal	-32(%r14), %eax
	movq	$0, (%rax,%r15)
	vxorps	%xmm0, %xmm0, %xmm0
	vmovups	%xmm0, 160(%rbp,%r15)
	movl	%ecx, 200(%rbp,%r15)
	leal	-8(%r14), %ecx
	leal	-128(%r14), %r8d
	xorl	%esi, %esi
	movl	%ecx, 20(%rsp)
	movl	%r8d, 16(%rsp)
	movl	%r9d, 4(%rsp)
	callq	f51
	testl	%eax, %eax
	js	.LBB44_1
	movl	%r13d, 12(%rsp)
	movl	%r12d, 8(%rsp)
	movl	%r12d, %r12d
	movl	(%r15,%r12), %r13d
	cmpl	$0, 60(%r15,%r12)
	jle	.LBB44_18
	cmpl	$0, 44(%r15,%r12)
	je	.LBB44_6
.LBB44_5:
	xorl	%ebp, %ebp
	cmpl	$0, 16(%r15,%r12)
	jne	.LBB44_8
	jmp	.LBB44_7
.LBB44_1:
	movl	$-1, %eax
	jmp	.LBB44_2
.LBB44_18:
	movl	%r13d, %eax
	andl	$-33, %eax
	movl	%eax, (%r15,%r12)
	cmpl	$0, 44(%r15,%r12)
	jne	.LBB44_5
.LBB44_6:
	movl	$80, 44(%r15,%r12)
	movl	$0, 24(%r15,%r12)
	movq	$0, 16(%r15,%r12)
	movl	40(%r15,%r12), %eax
	movl	%ebp, 40(%r15,%r12)
	movl	%eax, %ebp
.LBB44_7:
	movq	%rbx, %rdi
	movl	8(%rsp), %esi
	callq	f44
	movl	$-1, %ecx
	testl	%eax, %eax
	je	.LBB44_8
	testl	%ebp, %ebp
	jne	.LBB44_11
	jmp	.LBB44_10
.LBB44_8:
	movq	%rbx, %rdi
	movl	8(%rsp), %esi
	movl	12(%rsp), %edx
	movl	20(%rsp), %ecx
	movl	16(%rsp), %r8d
	movl	4(%rsp), %r9d
	callq	f51
	movl	%eax, %ecx
	testl	%ebp, %ebp
	je	.LBB44_10
.LBB44_11:
	movl	32(%r15,%r12), %eax
	cmpl	328(%rbx), %eax
	jae	.LBB44_15
	movl	%ecx, 4(%rsp)
	movq	%rbx, %rdi
	subq	(%rbx), %rdi
	shlq	$5, %rax
	movq	320(%rbx), %r8
	addq	%rdi, %r8
	movq	8(%rax,%r8), %rcx
	cmpq	$37441, %rcx
	jne	.LBB44_13
	addq	16(%r8,%rax), %rdi
	movl	8(%rsp), %esi
	xorl	%edx, %edx
	xorl	%ecx, %ecx
	callq	*(%r8,%rax)
	movl	$0, 44(%r15,%r12)
	movl	%ebp, 40(%r15,%r12)
	movl	$0, 24(%r15,%r12)
	movl	20(%r15,%r12), %eax
	movq	$0, 16(%r15,%r12)
	cmpl	$1, %eax
	sbbl	%eax, %eax
	movl	4(%rsp), %ecx
	orl	%eax, %ecx
.LBB44_10:
	andl	$32, %r13d
	movl	(%r15,%r12), %eax
	orl	%eax, %r13d
	movl	%r13d, (%r15,%r12)
	andl	$32, %eax
	negl	%eax
	sbbl	%eax, %eax
	orl	%ecx, %eax
.LBB44_2:
	movl	%r14d, 352(%rbx)
	addq	$24, %rsp
	.cfi_def_cfa_offset 56
	popq	%rbx
	.cfi_def_cfa_offset 48
	popq	%r12
	.cfi_def_cfa_offset 40
	popq	%r13
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.LBB44_15:
	.cfi_def_cfa_offset 80
	ud1l	7(%eax), %eax
.LBB44_13:
	testq	%rcx, %rcx
	jne	.LBB44_17
	ud1l	8(%eax), %eax
.LBB44_17:
	ud1l	9(%eax), %eax
.Lfunc_end44:
	.size	f50, .Lfunc_end44-f50
	.cfi_endproc

	.section	.rodata.cst8,"aM",@progbits,8
	.p2align	3, 0x0
.LCPI45_0:
	.quad	0x8000000000000000
.LCPI45_1:
	.quad	0x7ff0000000000000
.LCPI45_2:
	.quad	0x41b0000000000000
.LCPI45_3:
	.quad	0x41f0000000000000
.LCPI45_4:
	.quad	0xbff0000000000000
.LCPI45_5:
	.quad	0x41cdcd6500000000
.LCPI45_12:
	.quad	0x4340000000000001
.LCPI45_13:
	.quad	0x4340000000000000
.LCPI45_16:
	.quad	0x3fe0000000000000
.LCPI45_17:
	.quad	0x4030000000000000
.LCPI45_18:
	.quad	0x7fffffffffffffff
.LCPI45_19:
	.quad	0x41e0000000000000
.LCPI45_20:
	.quad	0xc1e0000000200000
.LCPI45_21:
	.quad	0x0000000000000000
	.section	.rodata.cst4,"aM",@progbits,4
	.p2align	2, 0x0
.LCPI45_6:
	.long	1
.LCPI45_8:
	.long	100000000
.LCPI45_11:
	.long	10
	.section	.rodata,"a",@progbits
	.p2align	6, 0x0
.LCPI45_7:
	.long	10
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
	.section	.rodata.cst32,"aM",@progbits,32
	.p2align	5, 0x0
.LCPI45_9:
	.zero	4
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
	.long	1
.LCPI45_10:
	.long	0
	.long	1
	.long	2
	.long	3
	.long	4
	.long	5
	.long	6
	.long	7
	.section	.rodata.cst16,"aM",@progbits,16
	.p2align	3, 0x0
.LCPI45_14:
	.quad	0x4340000000000001
	.quad	0x4340000000000000
.LCPI45_15:
	.quad	0x3ff8000000000000
	.quad	0x3ff0000000000000
.LCPI45_22:
	.byte	10
	.byte	1
	.byte	1
	.byte	1
	.byte	1
	.byte	1
	.byte	1
	.byte	1
	.byte	1
	.byte	1
	.byte	1
	.byte	1
	.byte	1
	.byte	1
	.byte	1
	.byte	1
	.text
	.p2align	4, 0x90
	.type	f51,@function
f51:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%r13
	.cfi_def_cfa_offset 40
	pushq	%r12
	.cfi_def_cfa_offset 48
	pushq	%rbx
	.cfi_def_cfa_offset 56
	subq	$280, %rsp
	.cfi_def_cfa_offset 336
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movq	%r9, 200(%rsp)
	movq	%r8, 192(%rsp)
	movl	%edx, %r12d
	movq	%rdi, %r8
	movq	256(%rdi), %r13
	addq	%rdi, %r13
	movl	352(%rdi), %eax
	leal	-880(%rax), %edi
	movq	%rdi, 80(%rsp)
	movl	%edi, 352(%r8)
	leal	-800(%rax), %edx
	leal	-825(%rax), %edi
	movl	%edi, 152(%rsp)
	movl	%edx, %edi
	orl	$8, %edi
	movl	%edi, 176(%rsp)
	movl	%edx, 68(%rsp)
	orl	$9, %edx
	movl	%edx, 156(%rsp)
	leal	-768(%rax), %edx
	movl	%edx, 64(%rsp)
	orl	$4, %edx
	movl	%edx, 228(%rsp)
	vmovddup	.LCPI45_0(%rip), %xmm0
	vmovapd	%xmm0, 256(%rsp)
	leal	-801(%rax), %edx
	movl	%edx, 164(%rsp)
	leal	-802(%rax), %edx
	movl	%edx, 216(%rsp)
	leal	-476(%rax), %edx
	movl	%edx, 224(%rsp)
	leal	-480(%rax), %edx
	movl	%edx, 232(%rsp)
	leal	-824(%rax), %edx
	movl	%edx, 92(%rsp)
	movl	%esi, 12(%rsp)
	movl	%esi, %edx
	movq	%rdx, 40(%rsp)
	movl	%ecx, 168(%rsp)
	movl	%ecx, %ecx
	movq	%rcx, 248(%rsp)
	leal	-872(%rax), %ecx
	movl	%ecx, 220(%rsp)
	leal	-876(%rax), %ecx
	movl	%ecx, 172(%rsp)
	leal	-772(%rax), %ecx
	movl	%ecx, 236(%rsp)
	leal	-256(%rax), %ecx
	movl	%ecx, 104(%rsp)
	leal	-791(%rax), %ecx
	movl	%ecx, 240(%rsp)
	movq	%rax, 208(%rsp)
	addl	$-792, %eax
	movl	%eax, 244(%rsp)
	movl	$-1, %r10d
	xorl	%r15d, %r15d
	xorl	%r11d, %r11d
	movl	$0, 108(%rsp)
	movq	%r8, 16(%rsp)
	jmp	.LBB45_3
	.p2align	4, 0x90
.LBB45_1:
	testl	%r15d, %r15d
	je	.LBB45_13
.LBB45_2:
	movl	%r14d, %r12d
	cmpl	180(%rsp), %r15d
	jg	.LBB45_467
.LBB45_3:
	movl	%r11d, %eax
	movl	%r15d, %r11d
	addl	%eax, %r11d
	movl	%r12d, %eax
	movzbl	(%r13,%rax), %eax
	movl	%r12d, %r14d
	testb	%al, %al
	je	.LBB45_468
	.p2align	4, 0x90
.LBB45_4:
	cmpb	$37, %al
	je	.LBB45_6
	incl	%r14d
	movzbl	(%r13,%r14), %eax
	movl	%r14d, %r15d
	testb	%al, %al
	jne	.LBB45_4
	jmp	.LBB45_9
	.p2align	4, 0x90
.LBB45_6:
	movl	%r14d, %r15d
	.p2align	4, 0x90
.LBB45_7:
	leal	1(%r14), %eax
	cmpb	$37, (%r13,%rax)
	jne	.LBB45_9
	incl	%r15d
	addl	$2, %r14d
	cmpb	$37, (%r13,%r14)
	je	.LBB45_7
.LBB45_9:
	subl	%r12d, %r15d
	movl	%r11d, %eax
	xorl	$2147483647, %eax
	movl	%eax, 180(%rsp)
	cmpl	%eax, %r15d
	jg	.LBB45_467
	cmpl	$0, 12(%rsp)
	je	.LBB45_1
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_1
	movq	16(%rsp), %rdi
	movl	%r12d, %esi
	movl	%r15d, %edx
	movl	12(%rsp), %ecx
	movl	%r11d, %ebx
	callq	f45
	movl	%ebx, %r11d
	movl	$-1, %r10d
	jmp	.LBB45_1
	.p2align	4, 0x90
.LBB45_13:
	leal	1(%r14), %ecx
	movl	%r14d, %esi
	movsbl	1(%r13,%rsi), %edx
	leal	-48(%rdx), %edi
	movl	$-1, %eax
	cmpl	$10, %edi
	jb	.LBB45_15
	movl	$75913, %r9d
	jmp	.LBB45_17
.LBB45_15:
	cmpb	$36, 2(%r13,%rsi)
	movl	$75913, %r9d
	jne	.LBB45_17
	addl	$3, %r14d
	movsbl	3(%r13,%rsi), %edx
	movl	$1, 108(%rsp)
	movl	%edi, %eax
	movl	%r14d, %ecx
.LBB45_17:
	movl	%edx, %esi
	andl	$-32, %esi
	xorl	%r15d, %r15d
	cmpl	$32, %esi
	movl	$1, %r8d
	jne	.LBB45_22
	btl	%edx, %r9d
	jae	.LBB45_22
	shlxl	%edx, %r8d, %edi
	incl	%ecx
	xorl	%r15d, %r15d
	movl	%ecx, %esi
	.p2align	4, 0x90
.LBB45_20:
	orl	%edi, %r15d
	movl	%esi, %ecx
	movsbl	(%r13,%rcx), %edx
	movl	%edx, %ecx
	andl	$-32, %ecx
	cmpl	$32, %ecx
	jne	.LBB45_31
	shlxl	%edx, %r8d, %edi
	movl	%esi, %ecx
	incl	%esi
	btl	%edx, %r9d
	jb	.LBB45_20
	.p2align	4, 0x90
.LBB45_22:
	cmpl	$42, %edx
	jne	.LBB45_32
.LBB45_23:
	movl	%ecx, %edx
	movsbl	1(%r13,%rdx), %esi
	addl	$-48, %esi
	cmpl	$10, %esi
	jae	.LBB45_26
	cmpb	$36, 2(%r13,%rdx)
	jne	.LBB45_26
	movq	200(%rsp), %rdi
	leal	(%rdi,%rsi,4), %esi
	movl	$10, (%r13,%rsi)
	addl	$3, %ecx
	movsbl	1(%r13,%rdx), %edx
	movq	192(%rsp), %rsi
	leal	-384(%rsi,%rdx,8), %edx
	movl	$1, 108(%rsp)
	jmp	.LBB45_29
.LBB45_26:
	cmpl	$0, 108(%rsp)
	jne	.LBB45_493
	incl	%ecx
	cmpl	$0, 12(%rsp)
	je	.LBB45_36
	movq	248(%rsp), %rdi
	movl	(%r13,%rdi), %edx
	leal	4(%rdx), %esi
	movl	%esi, (%r13,%rdi)
	movl	$0, 108(%rsp)
.LBB45_29:
	movl	%edx, %edx
	movl	(%r13,%rdx), %r9d
	testl	%r9d, %r9d
	jns	.LBB45_38
	negl	%r9d
	orl	$8192, %r15d
	jmp	.LBB45_38
.LBB45_31:
	movl	%esi, %ecx
	cmpl	$42, %edx
	je	.LBB45_23
.LBB45_32:
	addl	$-48, %edx
	xorl	%r9d, %r9d
	cmpl	$9, %edx
	jbe	.LBB45_34
	jmp	.LBB45_38
	.p2align	4, 0x90
.LBB45_33:
	addl	%r9d, %r9d
	leal	(%r9,%r9,4), %esi
	leal	(%rsi,%rdx), %r9d
	xorl	$2147483647, %esi
	cmpl	%esi, %edx
	cmoval	%r10d, %r9d
	movl	%ecx, %edx
	movsbl	1(%r13,%rdx), %edx
	incl	%ecx
	addl	$-48, %edx
	cmpl	$10, %edx
	jae	.LBB45_37
.LBB45_34:
	cmpl	$214748365, %r9d
	jb	.LBB45_33
	movl	%ecx, %edx
	movsbl	1(%r13,%rdx), %edx
	incl	%ecx
	addl	$-48, %edx
	movl	$-1, %r9d
	cmpl	$10, %edx
	jb	.LBB45_34
	jmp	.LBB45_467
.LBB45_36:
	xorl	%r9d, %r9d
	movl	$0, 108(%rsp)
	jmp	.LBB45_38
.LBB45_37:
	testl	%r9d, %r9d
	js	.LBB45_467
	.p2align	4, 0x90
.LBB45_38:
	movl	%ecx, %edi
	xorl	%edx, %edx
	cmpb	$46, (%r13,%rdi)
	jne	.LBB45_43
	movsbl	1(%r13,%rdi), %esi
	cmpl	$42, %esi
	jne	.LBB45_44
	movsbl	2(%r13,%rdi), %esi
	addl	$-48, %esi
	cmpl	$10, %esi
	jae	.LBB45_49
	cmpb	$36, 3(%r13,%rdi)
	jne	.LBB45_49
	movq	200(%rsp), %r8
	leal	(%r8,%rsi,4), %esi
	movl	$10, (%r13,%rsi)
	addl	$4, %ecx
	movsbl	2(%r13,%rdi), %esi
	movq	192(%rsp), %rdi
	leal	-384(%rdi,%rsi,8), %esi
	jmp	.LBB45_52
.LBB45_43:
	movl	$-1, %r8d
	xorl	%edi, %edi
	jmp	.LBB45_56
.LBB45_44:
	incl	%ecx
	addl	$-48, %esi
	xorl	%r8d, %r8d
	movb	$1, %dil
	cmpl	$9, %esi
	ja	.LBB45_56
	xorl	%edi, %edi
	jmp	.LBB45_47
	.p2align	4, 0x90
.LBB45_46:
	incl	%ecx
	movsbl	(%r13,%rcx), %esi
	addl	$-48, %esi
	movl	%r8d, %edi
	cmpl	$10, %esi
	jae	.LBB45_53
.LBB45_47:
	movl	$-1, %r8d
	cmpl	$214748365, %edi
	jae	.LBB45_46
	addl	%edi, %edi
	leal	(%rdi,%rdi,4), %edi
	leal	(%rdi,%rsi), %r8d
	xorl	$2147483647, %edi
	cmpl	%edi, %esi
	cmoval	%r10d, %r8d
	jmp	.LBB45_46
.LBB45_49:
	cmpl	$0, 108(%rsp)
	jne	.LBB45_493
	addl	$2, %ecx
	cmpl	$0, 12(%rsp)
	je	.LBB45_54
	movq	248(%rsp), %r8
	movl	(%r13,%r8), %esi
	leal	4(%rsi), %edi
	movl	%edi, (%r13,%r8)
.LBB45_52:
	movl	(%r13,%rsi), %r8d
	jmp	.LBB45_55
.LBB45_53:
	movb	$1, %dil
	jmp	.LBB45_56
.LBB45_54:
	xorl	%r8d, %r8d
.LBB45_55:
	testl	%r8d, %r8d
	setns	%dil
.LBB45_56:
	movl	%ecx, %r14d
	.p2align	4, 0x90
.LBB45_57:
	movl	%edx, %ebx
	movl	%r14d, %ebp
	movsbl	(%r13,%rbp), %ecx
	leal	-123(%rcx), %edx
	cmpl	$-58, %edx
	jb	.LBB45_493
	leal	1(%rbp), %r14d
	imull	$58, %ebx, %edx
	movl	%ecx, %ecx
	addq	%rdx, %rcx
	movzbl	1050991(%r13,%rcx), %edx
	leal	-1(%rdx), %ecx
	cmpl	$8, %ecx
	jb	.LBB45_57
	cmpl	$27, %edx
	movq	%r9, 32(%rsp)
	movq	%r8, 48(%rsp)
	je	.LBB45_63
	testl	%edx, %edx
	je	.LBB45_493
	testl	%eax, %eax
	js	.LBB45_66
	movq	200(%rsp), %rcx
	leal	(%rcx,%rax,4), %ecx
	movl	%edx, (%r13,%rcx)
	movq	192(%rsp), %rcx
	leal	(%rcx,%rax,8), %eax
	movq	(%r13,%rax), %rax
	movq	80(%rsp), %rcx
	movq	%rax, 56(%r13,%rcx)
	jmp	.LBB45_64
.LBB45_63:
	testl	%eax, %eax
	jns	.LBB45_493
.LBB45_64:
	cmpl	$0, 12(%rsp)
	jne	.LBB45_68
.LBB45_65:
	xorl	%r15d, %r15d
	jmp	.LBB45_2
.LBB45_66:
	cmpl	$0, 12(%rsp)
	je	.LBB45_480
	movq	%rdi, 112(%rsp)
	movq	16(%rsp), %rdi
	movl	92(%rsp), %esi
	movl	168(%rsp), %ecx
	movl	%r11d, 60(%rsp)
	callq	f52
	movq	112(%rsp), %rdi
	movq	48(%rsp), %r8
	movq	32(%rsp), %r9
	movl	60(%rsp), %r11d
	movl	$-1, %r10d
.LBB45_68:
	movl	%r15d, %eax
	andl	$-65537, %eax
	testl	$8192, %r15d
	movl	%eax, 112(%rsp)
	cmovnel	%eax, %r15d
	movl	%r15d, 28(%rsp)
	movsbl	(%r13,%rbp), %eax
	movl	%eax, %r15d
	andl	$-33, %r15d
	movl	%eax, %ecx
	andl	$15, %ecx
	cmpl	$3, %ecx
	cmovnel	%eax, %r15d
	testl	%ebx, %ebx
	cmovel	%eax, %r15d
	xorl	%edx, %edx
	leal	-65(%r15), %eax
	cmpl	$55, %eax
	ja	.LBB45_114
	leaq	.LJTI45_0(%rip), %rcx
	movslq	(%rcx,%rax,4), %rax
	addq	%rcx, %rax
	jmpq	*%rax
.LBB45_70:
	testl	%r8d, %r8d
	sets	%al
	testb	%al, %dil
	jne	.LBB45_467
	movq	%r15, 96(%rsp)
	movq	80(%rsp), %r15
	vmovq	56(%r13,%r15), %xmm0
	movl	$0, 108(%r13,%r15)
	vmovq	%xmm0, %rax
	testq	%rax, %rax
	js	.LBB45_74
	movl	28(%rsp), %ebp
	testl	$2048, %ebp
	movl	68(%rsp), %ebx
	movabsq	$19342813113834067, %r12
	jne	.LBB45_78
	movl	%ebp, %eax
	andl	$1, %eax
	leal	1048587(%rax,%rax,4), %ecx
	movl	%ecx, 148(%rsp)
	movq	%rax, 72(%rsp)
	xorl	$1, %eax
	vucomisd	.LCPI45_1(%rip), %xmm0
	jne	.LBB45_75
.LBB45_79:
	movq	72(%rsp), %rax
	leal	3(%rax), %r15d
	testl	$8192, %ebp
	movl	104(%rsp), %ebx
	movq	32(%rsp), %rcx
	vmovaps	%xmm0, 112(%rsp)
	jne	.LBB45_84
	movl	%ecx, %ebp
	subl	%r15d, %ebp
	jle	.LBB45_84
	movl	%r11d, %r12d
	cmpl	$256, %ebp
	movl	$256, %ecx
	cmovbl	%ebp, %ecx
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$32, %edx
	callq	f56
	cmpl	$256, %ebp
	jae	.LBB45_95
.LBB45_82:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movl	$-1, %r10d
	movl	%r12d, %r11d
	movq	32(%rsp), %rcx
	vmovapd	112(%rsp), %xmm0
	jne	.LBB45_84
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	%ebp, %edx
	movl	12(%rsp), %ecx
	callq	f45
	vmovapd	112(%rsp), %xmm0
	movq	32(%rsp), %rcx
	movl	%r12d, %r11d
	movl	$-1, %r10d
.LBB45_84:
	movq	40(%rsp), %rax
	movl	(%r13,%rax), %eax
	testb	$32, %al
	jne	.LBB45_86
	movq	16(%rsp), %rdi
	movl	148(%rsp), %esi
	movq	72(%rsp), %rdx
	movl	12(%rsp), %ecx
	movl	%r11d, %ebp
	callq	f45
	vmovapd	112(%rsp), %xmm0
	movq	32(%rsp), %rcx
	movl	%ebp, %r11d
	movl	$-1, %r10d
	movq	40(%rsp), %rax
	movl	(%r13,%rax), %eax
.LBB45_86:
	testb	$32, %al
	jne	.LBB45_88
	xorl	%eax, %eax
	testb	$32, 96(%rsp)
	sete	%al
	leal	1048605(,%rax,8), %ecx
	leal	1048609(,%rax,8), %esi
	vucomisd	%xmm0, %xmm0
	cmovpl	%ecx, %esi
	movq	16(%rsp), %rdi
	movl	$3, %edx
	movl	12(%rsp), %ecx
	movl	%r11d, %ebp
	callq	f45
	movq	32(%rsp), %rcx
	movl	%ebp, %r11d
	movl	$-1, %r10d
.LBB45_88:
	movl	28(%rsp), %eax
	andl	$73728, %eax
	cmpl	$8192, %eax
	jne	.LBB45_93
	movl	%ecx, %ebp
	subl	%r15d, %ebp
	jle	.LBB45_93
	movl	%r11d, %r12d
	cmpl	$256, %ebp
	movl	$256, %ecx
	cmovbl	%ebp, %ecx
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$32, %edx
	callq	f56
	cmpl	$256, %ebp
	jae	.LBB45_98
.LBB45_91:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movl	$-1, %r10d
	movl	%r12d, %r11d
	movq	32(%rsp), %rcx
	jne	.LBB45_93
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	%ebp, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %rcx
	movl	%r12d, %r11d
	movl	$-1, %r10d
.LBB45_93:
	cmpl	%r15d, %ecx
	cmovgl	%ecx, %r15d
	jmp	.LBB45_2
	.p2align	4, 0x90
.LBB45_94:
	addl	$-256, %ebp
	cmpl	$255, %ebp
	jbe	.LBB45_82
.LBB45_95:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_94
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_94
	.p2align	4, 0x90
.LBB45_97:
	addl	$-256, %ebp
	cmpl	$255, %ebp
	jbe	.LBB45_91
.LBB45_98:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_97
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_97
.LBB45_74:
	vpxorq	.LCPI45_0(%rip){1to2}, %xmm0, %xmm0
	movl	$1, %eax
	movq	%rax, 72(%rsp)
	movl	$1048586, 148(%rsp)
	xorl	%eax, %eax
	movl	68(%rsp), %ebx
	movabsq	$19342813113834067, %r12
	movl	28(%rsp), %ebp
	vucomisd	.LCPI45_1(%rip), %xmm0
	je	.LBB45_79
.LBB45_75:
	movl	%eax, 160(%rsp)
	movl	%r11d, 60(%rsp)
	movq	16(%rsp), %rdi
	movl	236(%rsp), %esi
	callq	f64
	vaddsd	%xmm0, %xmm0, %xmm0
	vucomisd	.LCPI45_21(%rip), %xmm0
	jne	.LBB45_104
	jp	.LBB45_104
	movq	96(%rsp), %rax
	movl	%eax, %ecx
	orl	$32, %ecx
	movl	%ecx, 136(%rsp)
	cmpl	$97, %ecx
	vmovq	.LCPI45_17(%rip), %xmm3
	movq	48(%rsp), %rsi
	je	.LBB45_105
	testl	%esi, %esi
	movl	$6, %eax
	cmovsl	%eax, %esi
	movl	108(%r13,%r15), %r8d
	jmp	.LBB45_145
.LBB45_78:
	movl	$1, %eax
	movq	%rax, 72(%rsp)
	movl	$1048589, 148(%rsp)
	xorl	%eax, %eax
	vucomisd	.LCPI45_1(%rip), %xmm0
	jne	.LBB45_75
	jmp	.LBB45_79
.LBB45_100:
	movq	80(%rsp), %rcx
	movq	56(%r13,%rcx), %rax
	testq	%rax, %rax
	js	.LBB45_183
	movl	28(%rsp), %ecx
	movq	%rdi, %rbx
	testl	$2048, %ecx
	jne	.LBB45_186
	andl	$1, %ecx
	movq	%rcx, %r15
	leal	1048576(%rcx,%rcx), %ebp
	jmp	.LBB45_187
.LBB45_103:
	movl	28(%rsp), %r8d
	jmp	.LBB45_131
.LBB45_104:
	movl	108(%r13,%r15), %r8d
	leal	-1(%r8), %ecx
	movl	%ecx, 108(%r13,%r15)
	movq	96(%rsp), %rax
	movl	%eax, %ecx
	orl	$32, %ecx
	movl	%ecx, 136(%rsp)
	cmpl	$97, %ecx
	vmovq	.LCPI45_17(%rip), %xmm3
	movq	48(%rsp), %rsi
	jne	.LBB45_144
.LBB45_105:
	movl	%eax, %r12d
	shll	$26, %r12d
	sarl	$31, %r12d
	andl	$9, %r12d
	movl	148(%rsp), %eax
	addq	%rax, %r12
	cmpl	$11, %esi
	movl	$-1, %r10d
	ja	.LBB45_196
	movl	$12, %eax
	subl	%esi, %eax
	movl	%eax, %ecx
	andl	$7, %ecx
	vmovdqa	%xmm3, %xmm1
	je	.LBB45_110
	movl	%ecx, %eax
	vmovdqa	%xmm3, %xmm1
	.p2align	4, 0x90
.LBB45_108:
	vmulsd	%xmm3, %xmm1, %xmm1
	decl	%eax
	jne	.LBB45_108
	addl	%esi, %ecx
	movl	$12, %eax
	subl	%ecx, %eax
.LBB45_110:
	leal	-5(%rsi), %ecx
	cmpl	$7, %ecx
	jb	.LBB45_112
	.p2align	4, 0x90
.LBB45_111:
	vmulsd	%xmm3, %xmm1, %xmm1
	vmulsd	%xmm3, %xmm1, %xmm1
	vmulsd	%xmm3, %xmm1, %xmm1
	vmulsd	%xmm3, %xmm1, %xmm1
	vmulsd	%xmm3, %xmm1, %xmm1
	vmulsd	%xmm3, %xmm1, %xmm1
	vmulsd	%xmm3, %xmm1, %xmm1
	vmulsd	%xmm3, %xmm1, %xmm1
	addl	$-8, %eax
	jne	.LBB45_111
.LBB45_112:
	cmpb	$45, (%r13,%r12)
	jne	.LBB45_195
	vmovapd	256(%rsp), %xmm2
	vxorpd	%xmm2, %xmm0, %xmm0
	vsubsd	%xmm1, %xmm0, %xmm0
	vaddsd	%xmm0, %xmm1, %xmm0
	vxorpd	%xmm2, %xmm0, %xmm0
	jmp	.LBB45_196
.LBB45_114:
	movl	$1048576, 72(%rsp)
	movl	28(%rsp), %esi
	movl	%r8d, %edi
	movl	92(%rsp), %ecx
	jmp	.LBB45_257
.LBB45_115:
	movl	$1048576, 72(%rsp)
	movl	%r11d, %ebp
	movq	80(%rsp), %rax
	movl	56(%r13,%rax), %r12d
	testl	%r12d, %r12d
	movl	$1048623, %eax
	cmovel	%eax, %r12d
	movq	16(%rsp), %rbx
	jmp	.LBB45_117
.LBB45_116:
	movl	$1048576, 72(%rsp)
	movl	%r11d, %ebp
	movl	1051780(%r13), %esi
	movq	16(%rsp), %rbx
	movq	%rbx, %rdi
	callq	f47
	movq	48(%rsp), %r8
	movl	%eax, %r12d
.LBB45_117:
	cmpl	$2147483647, %r8d
	movl	$2147483647, %edx
	cmovbl	%r8d, %edx
	movq	%rbx, %rdi
	movl	%r12d, %esi
	movq	%r8, %rbx
	callq	f59
	movl	%eax, %edi
	movl	%eax, %ecx
	addl	%r12d, %ecx
	testl	%ebx, %ebx
	js	.LBB45_185
	movl	$-1, %r10d
	movl	%ebp, %r11d
	movq	32(%rsp), %r9
	xorl	%edx, %edx
	movl	112(%rsp), %esi
	jmp	.LBB45_257
.LBB45_119:
	movq	80(%rsp), %rax
	movq	56(%r13,%rax), %rcx
	movl	92(%rsp), %eax
	movl	%eax, %r12d
	movl	152(%rsp), %eax
	testq	%rcx, %rcx
	je	.LBB45_122
	.p2align	4, 0x90
.LBB45_120:
	movl	%ecx, %edx
	andb	$7, %dl
	orb	$48, %dl
	movl	%eax, %esi
	movb	%dl, (%r13,%rsi)
	movq	%rcx, %rdx
	shrq	$3, %rdx
	decl	%eax
	cmpq	$7, %rcx
	movq	%rdx, %rcx
	ja	.LBB45_120
	incl	%eax
	movl	%eax, %r12d
.LBB45_122:
	xorl	%edx, %edx
	testb	$8, 28(%rsp)
	jne	.LBB45_251
	movl	$1048576, 72(%rsp)
	jmp	.LBB45_252
.LBB45_124:
	cmpb	$7, %bl
	ja	.LBB45_65
	movzbl	%bl, %eax
	leaq	.LJTI45_1(%rip), %rcx
	movslq	(%rcx,%rax,4), %rax
	addq	%rcx, %rax
	jmpq	*%rax
.LBB45_126:
	movq	80(%rsp), %rax
	movl	56(%r13,%rax), %eax
	movl	%r11d, (%r13,%rax)
	xorl	%r15d, %r15d
	jmp	.LBB45_2
.LBB45_127:
	movq	%rdi, %rbx
	movq	80(%rsp), %rax
	movq	56(%r13,%rax), %rax
	xorl	%r15d, %r15d
	jmp	.LBB45_184
.LBB45_128:
	movq	80(%rsp), %rcx
	movl	$0, 12(%r13,%rcx)
	movl	56(%r13,%rcx), %eax
	movl	%eax, 8(%r13,%rcx)
	movl	220(%rsp), %r12d
	movl	%r12d, 56(%r13,%rcx)
	movl	$-1, %r8d
	jmp	.LBB45_138
.LBB45_129:
	movl	$1048576, 72(%rsp)
	movq	80(%rsp), %rcx
	movzbl	56(%r13,%rcx), %eax
	movb	%al, 55(%r13,%rcx)
	movl	$1, %edi
	movl	152(%rsp), %eax
	movl	%eax, %r12d
	movl	92(%rsp), %ecx
	movl	112(%rsp), %esi
	jmp	.LBB45_257
.LBB45_130:
	cmpl	$9, %r8d
	movl	$8, %eax
	cmovbl	%eax, %r8d
	movq	%r8, 48(%rsp)
	movl	28(%rsp), %r8d
	orl	$8, %r8d
	movl	$120, %r15d
.LBB45_131:
	movq	80(%rsp), %rax
	movq	56(%r13,%rax), %rax
	xorl	%edx, %edx
	testq	%rax, %rax
	movl	%r8d, 28(%rsp)
	je	.LBB45_136
	movq	%rdi, %rbx
	movl	%r15d, %ecx
	andb	$32, %cl
	movl	152(%rsp), %edx
	movl	%edx, %r12d
	movq	%rax, %rdx
	.p2align	4, 0x90
.LBB45_133:
	movl	%eax, %esi
	andl	$15, %esi
	movzbl	1051520(%r13,%rsi), %esi
	orb	%cl, %sil
	movl	%r12d, %edi
	movb	%sil, (%r13,%rdi)
	shrq	$4, %rdx
	decl	%r12d
	cmpq	$15, %rax
	movq	%rdx, %rax
	ja	.LBB45_133
	incl	%r12d
	testb	$8, %r8b
	jne	.LBB45_143
	movl	$1048576, 72(%rsp)
	movq	48(%rsp), %r8
	movq	%rbx, %rdi
	xorl	%edx, %edx
	jmp	.LBB45_252
.LBB45_136:
	movl	$1048576, 72(%rsp)
	movl	92(%rsp), %eax
	movl	%eax, %r12d
	movq	48(%rsp), %r8
	jmp	.LBB45_252
.LBB45_137:
	movq	80(%rsp), %rax
	movl	56(%r13,%rax), %r12d
	testl	%r8d, %r8d
	je	.LBB45_297
.LBB45_138:
	xorl	%r15d, %r15d
	movl	%r12d, %ebx
	movl	%r12d, 48(%rsp)
	.p2align	4, 0x90
.LBB45_139:
	movl	%ebx, %eax
	movl	(%r13,%rax), %edx
	testl	%edx, %edx
	je	.LBB45_296
	movq	%r8, %r12
	movl	%r11d, %ebp
	movq	16(%rsp), %rdi
	movl	172(%rsp), %esi
	callq	f63
	movl	%eax, %ecx
	movl	$-1, %eax
	testl	%ecx, %ecx
	js	.LBB45_495
	movq	%r12, %r8
	movl	%r8d, %edx
	subl	%r15d, %edx
	cmpl	%edx, %ecx
	movl	%ebp, %r11d
	movq	32(%rsp), %r9
	ja	.LBB45_295
	addl	$4, %ebx
	addl	%ecx, %r15d
	cmpl	%r15d, %r8d
	movl	48(%rsp), %r12d
	ja	.LBB45_139
	jmp	.LBB45_296
.LBB45_143:
	sarl	$4, %r15d
	addl	$1048576, %r15d
	movl	$2, %edx
	movl	%r15d, 72(%rsp)
	movq	48(%rsp), %r8
	movq	%rbx, %rdi
	jmp	.LBB45_252
.LBB45_144:
	addl	$-29, %r8d
	movl	%r8d, 108(%r13,%r15)
	testl	%esi, %esi
	movl	$6, %eax
	cmovsl	%eax, %esi
	vmulsd	.LCPI45_2(%rip), %xmm0, %xmm0
.LBB45_145:
	vpbroadcastd	.LCPI45_8(%rip), %ymm4
	vpbroadcastd	.LCPI45_8(%rip), %zmm5
	movl	$-1, %r11d
	testl	%r8d, %r8d
	movl	232(%rsp), %eax
	cmovsl	64(%rsp), %eax
	movl	%eax, 112(%rsp)
	movl	%eax, %ecx
	movl	$29, %eax
	jmp	.LBB45_148
	.p2align	4, 0x90
.LBB45_146:
	vcvttsd2usi	%xmm0, %edx
.LBB45_147:
	movl	%ecx, %edi
	movl	%edx, (%r13,%rdi)
	addl	$4, %ecx
	vcvtusi2sd	%edx, %xmm2, %xmm1
	vsubsd	%xmm1, %xmm0, %xmm0
	vmulsd	.LCPI45_5(%rip), %xmm0, %xmm0
	vucomisd	.LCPI45_21(%rip), %xmm0
	jne	.LBB45_148
	jnp	.LBB45_152
.LBB45_148:
	xorl	%edx, %edx
	vmovsd	.LCPI45_3(%rip), %xmm1
	vucomisd	%xmm0, %xmm1
	jbe	.LBB45_147
	vucomisd	.LCPI45_21(%rip), %xmm0
	jb	.LBB45_147
	vucomisd	.LCPI45_4(%rip), %xmm0
	jbe	.LBB45_496
	vmovsd	.LCPI45_3(%rip), %xmm1
	vucomisd	%xmm0, %xmm1
	ja	.LBB45_146
	jmp	.LBB45_496
.LBB45_152:
	movq	%rsi, 48(%rsp)
	movl	112(%rsp), %edx
	movl	%edx, %ebp
	movq	%r8, %rdx
	movq	%r8, 184(%rsp)
	testl	%edx, %edx
	jg	.LBB45_166
.LBB45_153:
	testl	%r8d, %r8d
	js	.LBB45_174
	movl	%ecx, %edi
.LBB45_155:
	xorl	%r12d, %r12d
	cmpl	%edi, %ebp
	movq	32(%rsp), %r9
	movq	48(%rsp), %r8
	movq	96(%rsp), %r15
	jae	.LBB45_159
	movl	112(%rsp), %eax
	subl	%ebp, %eax
	sarl	$2, %eax
	leal	(%rax,%rax,8), %r12d
	movl	%ebp, %eax
	movl	(%r13,%rax), %ecx
	cmpl	$10, %ecx
	jb	.LBB45_159
	movl	$10, %edx
	.p2align	4, 0x90
.LBB45_158:
	incl	%r12d
	addl	%edx, %edx
	leal	(%rdx,%rdx,4), %edx
	cmpl	%edx, %ecx
	jae	.LBB45_158
.LBB45_159:
	movl	136(%rsp), %edx
	cmpl	$102, %edx
	movl	%r12d, %eax
	movl	$0, %ecx
	cmovel	%ecx, %eax
	movl	%r8d, %ecx
	subl	%eax, %ecx
	testl	%r8d, %r8d
	setne	%al
	xorl	%r10d, %r10d
	cmpl	$103, %edx
	sete	%dl
	andb	%dl, %al
	movzbl	%al, %eax
	subl	%eax, %ecx
	movl	%edi, %eax
	subl	112(%rsp), %eax
	sarl	$2, %eax
	leal	-9(%rax,%rax,8), %eax
	cmpl	%eax, %ecx
	jge	.LBB45_353
	movb	%dl, 144(%rsp)
	addl	$9216, %ecx
	movslq	%ecx, %r8
	imulq	$954437177, %r8, %rcx
	movq	%rcx, %rax
	shrq	$63, %rax
	sarq	$33, %rcx
	addl	%eax, %ecx
	cmpl	$0, 184(%rsp)
	movl	224(%rsp), %eax
	cmovsl	228(%rsp), %eax
	leal	(%rcx,%rcx,8), %edx
	subl	%edx, %r8d
	movl	$10, %r10d
	cmpl	$8, %r8d
	jge	.LBB45_337
	movl	$8, %edx
	subl	%r8d, %edx
	leal	-1(%r8), %esi
	cmpl	$6, %esi
	jbe	.LBB45_335
	movl	%edx, %r9d
	andl	$-8, %r9d
	negl	%r8d
	cmpl	$56, %r8d
	jb	.LBB45_334
	movl	%r8d, %r11d
	shrl	$3, %r11d
	incl	%r11d
	cmpl	$504, %r8d
	jae	.LBB45_326
	xorl	%ebx, %ebx
	jmp	.LBB45_330
	.p2align	4, 0x90
.LBB45_165:
	movl	108(%r13,%r15), %edi
	subl	%r8d, %edi
	movl	%edi, 108(%r13,%r15)
	movl	%edx, %ecx
	movl	%edi, %r8d
	testl	%edi, %edi
	jle	.LBB45_153
.LBB45_166:
	cmpl	$29, %r8d
	cmovael	%eax, %r8d
	leal	-4(%rcx), %edi
	cmpl	%ebp, %edi
	jb	.LBB45_172
	movl	%r8d, %r9d
	xorl	%edx, %edx
	.p2align	4, 0x90
.LBB45_168:
	movl	%edi, %r10d
	movl	(%r13,%r10), %r11d
	shlxq	%r9, %r11, %r11
	movl	%edx, %ebx
	addq	%r11, %rbx
	movq	%rbx, %rdx
	shrq	$9, %rdx
	mulxq	%r12, %rdx, %rdx
	shrq	$11, %rdx
	imull	$-1000000000, %edx, %r11d
	addl	%r11d, %ebx
	movl	%ebx, (%r13,%r10)
	addl	$-4, %edi
	cmpl	%ebp, %edi
	jae	.LBB45_168
	testl	%edx, %edx
	je	.LBB45_171
	addl	$-4, %ebp
	movl	%edx, (%r13,%rbp)
.LBB45_171:
	movl	$-1, %r11d
	.p2align	4, 0x90
.LBB45_172:
	movl	%ecx, %edx
	cmpl	%ebp, %ecx
	jbe	.LBB45_165
	leal	-4(%rdx), %ecx
	cmpl	$0, (%r13,%rcx)
	je	.LBB45_172
	jmp	.LBB45_165
.LBB45_174:
	movq	48(%rsp), %rax
	leal	25(%rax), %edx
	imulq	$954437177, %rdx, %rdi
	shrq	$33, %rdi
	leal	4(,%rdi,4), %edx
	movl	%edi, %r9d
	incl	%r9d
	jmp	.LBB45_177
	.p2align	4, 0x90
.LBB45_175:
	movl	(%r13,%rdi), %edi
.LBB45_176:
	xorl	%r10d, %r10d
	testl	%edi, %edi
	sete	%r10b
	leal	(%rbp,%r10,4), %ebp
	cmpl	$102, 136(%rsp)
	movl	%ebp, %edi
	cmovel	112(%rsp), %edi
	movl	%ecx, %r10d
	subl	%edi, %r10d
	addl	%edx, %edi
	sarl	$2, %r10d
	cmpl	%r9d, %r10d
	cmovlel	%ecx, %edi
	addl	108(%r13,%r15), %r8d
	movl	%r8d, 108(%r13,%r15)
	movl	%edi, %ecx
	jns	.LBB45_155
.LBB45_177:
	negl	%r8d
	cmpl	$9, %r8d
	movl	$9, %eax
	cmovael	%eax, %r8d
	movl	%ebp, %edi
	cmpl	%ecx, %ebp
	jae	.LBB45_175
	movl	$-1, %eax
	movl	$1000000000, %esi
	shrxl	%r8d, %esi, %r11d
	shlxl	%r8d, %eax, %ebx
	notl	%ebx
	xorl	%r10d, %r10d
	movl	%ebp, %r12d
	.p2align	4, 0x90
.LBB45_179:
	movl	%r12d, %r15d
	movl	(%r13,%r15), %eax
	shrxl	%r8d, %eax, %esi
	addl	%r10d, %esi
	movl	%esi, (%r13,%r15)
	andl	%ebx, %eax
	movl	%eax, %r10d
	imull	%r11d, %r10d
	addl	$4, %r12d
	cmpl	%ecx, %r12d
	jb	.LBB45_179
	movl	(%r13,%rdi), %edi
	testl	%r10d, %r10d
	je	.LBB45_182
	movl	%ecx, %eax
	movl	%r10d, (%r13,%rax)
	addl	$4, %ecx
.LBB45_182:
	movq	80(%rsp), %r15
	movl	$-1, %r11d
	jmp	.LBB45_176
.LBB45_183:
	movq	%rdi, %rbx
	negq	%rax
	movq	%rax, 56(%r13,%rcx)
	movl	$1, %r15d
.LBB45_184:
	movl	$1048576, %ebp
	jmp	.LBB45_187
.LBB45_185:
	movl	%ecx, %eax
	cmpb	$0, (%r13,%rax)
	movl	$-1, %r10d
	movl	%ebp, %r11d
	movq	32(%rsp), %r9
	movl	$0, %edx
	movl	112(%rsp), %esi
	je	.LBB45_257
	jmp	.LBB45_467
.LBB45_186:
	movl	$1, %r15d
	movl	$1048577, %ebp
.LBB45_187:
	movabsq	$-3689348814741910323, %r8
	movq	%rax, %rcx
	shrq	$32, %rcx
	movl	92(%rsp), %ecx
	movl	%ecx, %r12d
	movl	152(%rsp), %ecx
	je	.LBB45_190
	.p2align	4, 0x90
.LBB45_188:
	movq	%rax, %rdx
	mulxq	%r8, %rax, %rax
	shrq	$3, %rax
	imull	$246, %eax, %esi
	addl	%edx, %esi
	orb	$48, %sil
	movl	%ecx, %edi
	movb	%sil, (%r13,%rdi)
	shrq	$33, %rdx
	decl	%ecx
	cmpl	$4, %edx
	ja	.LBB45_188
	incl	%ecx
	movl	%ecx, %r12d
.LBB45_190:
	testl	%eax, %eax
	movl	%ebp, 72(%rsp)
	je	.LBB45_194
	movl	$3435973837, %esi
	movq	48(%rsp), %r8
	movq	%rbx, %rdi
	.p2align	4, 0x90
.LBB45_192:
	decl	%r12d
	movl	%eax, %ecx
	imulq	%rsi, %rcx
	shrq	$35, %rcx
	imull	$246, %ecx, %edx
	addl	%eax, %edx
	orb	$48, %dl
	movb	%dl, (%r13,%r12)
	cmpl	$9, %eax
	movl	%ecx, %eax
	ja	.LBB45_192
	movq	%r15, %rdx
	jmp	.LBB45_252
.LBB45_194:
	movq	48(%rsp), %r8
	movq	%rbx, %rdi
	movq	%r15, %rdx
	jmp	.LBB45_252
.LBB45_195:
	vaddsd	%xmm1, %xmm0, %xmm0
	vsubsd	%xmm1, %xmm0, %xmm0
.LBB45_196:
	movl	108(%r13,%r15), %eax
	testl	%eax, %eax
	je	.LBB45_201
	movl	%eax, %edx
	negl	%edx
	cmovsl	%eax, %edx
	xorl	%ecx, %ecx
	movl	164(%rsp), %esi
	movl	$3435973837, %r11d
	.p2align	4, 0x90
.LBB45_198:
	movl	%edx, %edi
	imulq	%r11, %rdi
	shrq	$35, %rdi
	imull	$246, %edi, %r8d
	addl	%edx, %r8d
	orb	$48, %r8b
	movl	%esi, %r9d
	movb	%r8b, (%r13,%r9)
	incl	%ecx
	decl	%esi
	cmpl	$9, %edx
	movl	%edi, %edx
	ja	.LBB45_198
	testl	%ecx, %ecx
	movq	48(%rsp), %rsi
	je	.LBB45_201
	movl	%ebx, %edx
	subl	%ecx, %edx
	jmp	.LBB45_202
.LBB45_201:
	movb	$48, 79(%r13,%r15)
	movl	164(%rsp), %ecx
	movl	%ecx, %edx
.LBB45_202:
	movq	72(%rsp), %rcx
	orl	$2, %ecx
	movq	%rcx, 72(%rsp)
	leal	-2(%rdx), %edi
	movq	96(%rsp), %r15
	leal	15(%r15), %ecx
	movq	%rdi, 112(%rsp)
	movb	%cl, (%r13,%rdi)
	decl	%edx
	shrl	$31, %eax
	addb	%al, %al
	addb	$43, %al
	movb	%al, (%r13,%rdx)
	andb	$32, %r15b
	testb	$8, %bpl
	sete	%cl
	testl	%esi, %esi
	setle	%al
	andb	%cl, %al
	movl	%ebx, %edx
	movl	60(%rsp), %r11d
	jmp	.LBB45_205
	.p2align	4, 0x90
.LBB45_203:
	movq	32(%rsp), %rdi
	movq	48(%rsp), %r8
.LBB45_204:
	vucomisd	.LCPI45_21(%rip), %xmm0
	jne	.LBB45_205
	jnp	.LBB45_212
.LBB45_205:
	movl	%edx, %ecx
	vandpd	.LCPI45_18(%rip){1to2}, %xmm0, %xmm1
	movl	$-2147483648, %edx
	vmovsd	.LCPI45_19(%rip), %xmm2
	vucomisd	%xmm1, %xmm2
	jbe	.LBB45_209
	vucomisd	.LCPI45_20(%rip), %xmm0
	jbe	.LBB45_498
	vmovsd	.LCPI45_19(%rip), %xmm1
	vucomisd	%xmm0, %xmm1
	jbe	.LBB45_498
	vcvttsd2si	%xmm0, %edx
.LBB45_209:
	leal	1051520(%rdx), %esi
	movzbl	(%r13,%rsi), %edi
	orb	%r15b, %dil
	movl	%ecx, %esi
	movb	%dil, (%r13,%rsi)
	vcvtsi2sd	%edx, %xmm4, %xmm1
	vsubsd	%xmm1, %xmm0, %xmm0
	vmulsd	%xmm3, %xmm0, %xmm0
	leal	1(%rcx), %edx
	movl	%edx, %r9d
	subl	%ebx, %r9d
	vucomisd	.LCPI45_21(%rip), %xmm0
	setnp	%r8b
	sete	%dil
	cmpl	$1, %r9d
	jne	.LBB45_203
	andb	%r8b, %dil
	andb	%al, %dil
	movq	32(%rsp), %rdi
	movq	48(%rsp), %r8
	jne	.LBB45_204
	movb	$46, 1(%r13,%rsi)
	addl	$2, %ecx
	movl	%ecx, %edx
	jmp	.LBB45_204
.LBB45_212:
	movl	%ebx, %ecx
	subl	112(%rsp), %ecx
	movq	72(%rsp), %rax
	leal	(%rcx,%rax), %r15d
	movl	$2147483645, %eax
	subl	%r15d, %eax
	cmpl	%r8d, %eax
	jl	.LBB45_467
	movq	%rcx, 96(%rsp)
	movq	%r12, 136(%rsp)
	leal	2(%r8), %r12d
	movl	%edx, %eax
	subl	68(%rsp), %eax
	subl	208(%rsp), %edx
	addl	$798, %edx
	cmpl	%r8d, %edx
	cmovgel	%eax, %r12d
	testl	%r8d, %r8d
	movl	%eax, 48(%rsp)
	cmovel	%eax, %r12d
	addl	%r12d, %r15d
	andl	$73728, 28(%rsp)
	movl	104(%rsp), %ebx
	jne	.LBB45_218
	movl	%edi, %ebp
	subl	%r15d, %ebp
	jle	.LBB45_218
	cmpl	$256, %ebp
	movl	$256, %ecx
	cmovbl	%ebp, %ecx
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$32, %edx
	callq	f56
	cmpl	$256, %ebp
	jae	.LBB45_243
.LBB45_216:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movl	$-1, %r10d
	movl	60(%rsp), %r11d
	movq	32(%rsp), %rdi
	jne	.LBB45_218
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	%ebp, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %rdi
	movl	60(%rsp), %r11d
	movl	$-1, %r10d
.LBB45_218:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_220
	movq	16(%rsp), %rdi
	movq	136(%rsp), %rsi
	movq	72(%rsp), %rdx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %rdi
	movl	60(%rsp), %r11d
	movl	$-1, %r10d
.LBB45_220:
	cmpl	$65536, 28(%rsp)
	jne	.LBB45_225
	movl	%edi, %ebp
	subl	%r15d, %ebp
	jle	.LBB45_225
	cmpl	$256, %ebp
	movl	$256, %ecx
	cmovbl	%ebp, %ecx
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$48, %edx
	callq	f56
	cmpl	$256, %ebp
	jae	.LBB45_246
.LBB45_223:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movl	$-1, %r10d
	movl	60(%rsp), %r11d
	movq	32(%rsp), %rdi
	jne	.LBB45_225
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	%ebp, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %rdi
	movl	60(%rsp), %r11d
	movl	$-1, %r10d
.LBB45_225:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movl	68(%rsp), %esi
	movl	48(%rsp), %ebp
	jne	.LBB45_227
	movq	16(%rsp), %rdi
	movl	%ebp, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %rdi
	movl	60(%rsp), %r11d
	movl	$-1, %r10d
.LBB45_227:
	subl	%ebp, %r12d
	testl	%r12d, %r12d
	movl	28(%rsp), %ebp
	jle	.LBB45_231
	cmpl	$256, %r12d
	movl	$256, %ecx
	cmovbl	%r12d, %ecx
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$48, %edx
	callq	f56
	cmpl	$256, %r12d
	jae	.LBB45_240
.LBB45_229:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movl	$-1, %r10d
	movl	60(%rsp), %r11d
	movq	32(%rsp), %rdi
	jne	.LBB45_231
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	%r12d, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %rdi
	movl	60(%rsp), %r11d
	movl	$-1, %r10d
.LBB45_231:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_233
	movq	16(%rsp), %rdi
	movq	112(%rsp), %rsi
	movq	96(%rsp), %rdx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %rdi
	movl	60(%rsp), %r11d
	movl	$-1, %r10d
.LBB45_233:
	cmpl	$8192, %ebp
	jne	.LBB45_238
	movl	%edi, %ebp
	subl	%r15d, %ebp
	jle	.LBB45_238
	cmpl	$256, %ebp
	movl	$256, %ecx
	cmovbl	%ebp, %ecx
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$32, %edx
	callq	f56
	cmpl	$256, %ebp
	jae	.LBB45_249
.LBB45_236:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movl	$-1, %r10d
	movl	60(%rsp), %r11d
	movq	32(%rsp), %rdi
	jne	.LBB45_238
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	%ebp, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %rdi
	movl	60(%rsp), %r11d
	movl	$-1, %r10d
.LBB45_238:
	cmpl	%r15d, %edi
	cmovgl	%edi, %r15d
	jmp	.LBB45_453
	.p2align	4, 0x90
.LBB45_239:
	addl	$-256, %r12d
	cmpl	$255, %r12d
	jbe	.LBB45_229
.LBB45_240:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_239
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_239
	.p2align	4, 0x90
.LBB45_242:
	addl	$-256, %ebp
	cmpl	$255, %ebp
	jbe	.LBB45_216
.LBB45_243:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_242
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_242
	.p2align	4, 0x90
.LBB45_245:
	addl	$-256, %ebp
	cmpl	$255, %ebp
	jbe	.LBB45_223
.LBB45_246:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_245
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_245
	.p2align	4, 0x90
.LBB45_248:
	addl	$-256, %ebp
	cmpl	$255, %ebp
	jbe	.LBB45_236
.LBB45_249:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_248
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_248
.LBB45_251:
	movl	$1048576, 72(%rsp)
	movl	92(%rsp), %eax
	subl	%r12d, %eax
	leal	1(%rax), %ecx
	cmpl	%eax, %r8d
	cmovgl	%r8d, %ecx
	movl	%ecx, %r8d
.LBB45_252:
	testl	%r8d, %r8d
	sets	%al
	testb	%al, %dil
	jne	.LBB45_467
	movl	28(%rsp), %eax
	movl	%eax, %esi
	andl	$-65537, %esi
	testb	%dil, %dil
	cmovel	%eax, %esi
	movq	80(%rsp), %rax
	movq	56(%r13,%rax), %rax
	testq	%rax, %rax
	jne	.LBB45_256
	xorl	%edi, %edi
	testl	%r8d, %r8d
	jne	.LBB45_256
	movl	92(%rsp), %eax
	movl	%eax, %r12d
	movl	%eax, %ecx
	jmp	.LBB45_257
.LBB45_256:
	movl	92(%rsp), %ecx
	movl	%ecx, %edi
	subl	%r12d, %edi
	cmpq	$1, %rax
	adcl	$0, %edi
	cmpl	%edi, %r8d
	cmovgl	%r8d, %edi
.LBB45_257:
	subl	%r12d, %ecx
	cmpl	%ecx, %edi
	movl	%ecx, %ebp
	cmovgl	%edi, %ebp
	movl	%edx, %eax
	xorl	$2147483647, %eax
	cmpl	%eax, %ebp
	jg	.LBB45_467
	leal	(%rdx,%rbp), %eax
	cmpl	%eax, %r9d
	movl	%eax, %r15d
	cmovgl	%r9d, %r15d
	cmpl	180(%rsp), %r15d
	jg	.LBB45_467
	movl	%edi, 136(%rsp)
	movl	%ecx, 48(%rsp)
	andl	$73728, %esi
	movl	%esi, 112(%rsp)
	movl	%eax, 28(%rsp)
	movl	%r11d, 60(%rsp)
	jne	.LBB45_264
	cmpl	%r9d, %eax
	jge	.LBB45_264
	movq	%rdx, 96(%rsp)
	movl	%r15d, %ebx
	subl	%eax, %ebx
	cmpl	$256, %ebx
	movl	$256, %ecx
	cmovbl	%ebx, %ecx
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	$32, %edx
	callq	f56
	cmpl	$256, %ebx
	jae	.LBB45_287
.LBB45_262:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movl	$-1, %r10d
	movl	60(%rsp), %r11d
	movq	32(%rsp), %r9
	movq	96(%rsp), %rdx
	jne	.LBB45_264
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	%ebx, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	96(%rsp), %rdx
	movq	32(%rsp), %r9
	movl	60(%rsp), %r11d
	movl	$-1, %r10d
.LBB45_264:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_266
	movq	16(%rsp), %rdi
	movl	72(%rsp), %esi
	movl	12(%rsp), %ecx
	movl	%r11d, %ebx
	callq	f45
	movq	32(%rsp), %r9
	movl	%ebx, %r11d
	movl	$-1, %r10d
.LBB45_266:
	cmpl	$65536, 112(%rsp)
	jne	.LBB45_271
	cmpl	%r9d, 28(%rsp)
	jge	.LBB45_271
	movl	%r15d, %ebx
	subl	28(%rsp), %ebx
	cmpl	$256, %ebx
	movl	$256, %ecx
	cmovbl	%ebx, %ecx
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	$48, %edx
	callq	f56
	cmpl	$256, %ebx
	jae	.LBB45_290
.LBB45_269:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movl	$-1, %r10d
	movl	60(%rsp), %r11d
	movq	32(%rsp), %r9
	jne	.LBB45_271
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	%ebx, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %r9
	movl	60(%rsp), %r11d
	movl	$-1, %r10d
.LBB45_271:
	movl	136(%rsp), %eax
	cmpl	%eax, 48(%rsp)
	jge	.LBB45_275
	movl	%r11d, %ebx
	subl	48(%rsp), %ebp
	cmpl	$256, %ebp
	movl	$256, %ecx
	cmovbl	%ebp, %ecx
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	$48, %edx
	callq	f56
	cmpl	$256, %ebp
	jae	.LBB45_284
.LBB45_273:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movl	$-1, %r10d
	movl	%ebx, %r11d
	movq	32(%rsp), %r9
	jne	.LBB45_275
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	%ebp, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %r9
	movl	%ebx, %r11d
	movl	$-1, %r10d
.LBB45_275:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_277
	movq	16(%rsp), %rdi
	movl	%r12d, %esi
	movl	48(%rsp), %edx
	movl	12(%rsp), %ecx
	movl	%r11d, %ebx
	callq	f45
	movq	32(%rsp), %r9
	movl	%ebx, %r11d
	movl	$-1, %r10d
.LBB45_277:
	cmpl	$8192, 112(%rsp)
	jne	.LBB45_2
	movl	28(%rsp), %eax
	cmpl	%r9d, %eax
	jge	.LBB45_2
	movl	%r11d, %ebp
	movl	%r15d, %ebx
	subl	%eax, %ebx
	cmpl	$256, %ebx
	movl	$256, %ecx
	cmovbl	%ebx, %ecx
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	$32, %edx
	callq	f56
	cmpl	$256, %ebx
	jae	.LBB45_293
.LBB45_280:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_282
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	%ebx, %edx
	movl	12(%rsp), %ecx
	callq	f45
.LBB45_282:
	movl	$-1, %r10d
	movl	%ebp, %r11d
	jmp	.LBB45_2
	.p2align	4, 0x90
.LBB45_283:
	addl	$-256, %ebp
	cmpl	$255, %ebp
	jbe	.LBB45_273
.LBB45_284:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_283
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_283
	.p2align	4, 0x90
.LBB45_286:
	addl	$-256, %ebx
	cmpl	$255, %ebx
	jbe	.LBB45_262
.LBB45_287:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_286
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_286
	.p2align	4, 0x90
.LBB45_289:
	addl	$-256, %ebx
	cmpl	$255, %ebx
	jbe	.LBB45_269
.LBB45_290:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_289
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_289
	.p2align	4, 0x90
.LBB45_292:
	addl	$-256, %ebx
	cmpl	$255, %ebx
	jbe	.LBB45_280
.LBB45_293:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_292
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_292
.LBB45_295:
	testl	%ecx, %ecx
	movl	48(%rsp), %r12d
	js	.LBB45_495
.LBB45_296:
	testl	%r15d, %r15d
	movq	16(%rsp), %rbx
	jns	.LBB45_298
	jmp	.LBB45_467
.LBB45_297:
	xorl	%r15d, %r15d
	movq	16(%rsp), %rbx
.LBB45_298:
	movl	%r11d, 60(%rsp)
	andl	$73728, 28(%rsp)
	jne	.LBB45_303
	movl	%r9d, %ebp
	subl	%r15d, %ebp
	jle	.LBB45_303
	cmpl	$256, %ebp
	movl	$256, %ecx
	cmovbl	%ebp, %ecx
	movq	%rbx, %rdi
	movl	64(%rsp), %esi
	movl	$32, %edx
	callq	f56
	cmpl	$256, %ebp
	jae	.LBB45_306
.LBB45_301:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movq	32(%rsp), %r9
	jne	.LBB45_303
	movq	%rbx, %rdi
	movl	64(%rsp), %esi
	movl	%ebp, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %r9
.LBB45_303:
	testl	%r15d, %r15d
	movl	172(%rsp), %ebp
	je	.LBB45_313
	xorl	%ebx, %ebx
	jmp	.LBB45_309
.LBB45_305:
	addl	$-256, %ebp
	cmpl	$255, %ebp
	jbe	.LBB45_301
.LBB45_306:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_305
	movq	%rbx, %rdi
	movl	64(%rsp), %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_305
.LBB45_308:
	addl	$4, %r12d
	cmpl	%r15d, %ebx
	jae	.LBB45_313
.LBB45_309:
	movl	%r12d, %eax
	movl	(%r13,%rax), %edx
	testl	%edx, %edx
	je	.LBB45_313
	movq	16(%rsp), %rdi
	movl	%ebp, %esi
	callq	f63
	movq	32(%rsp), %r9
	addl	%eax, %ebx
	cmpl	%r15d, %ebx
	ja	.LBB45_313
	movq	40(%rsp), %rcx
	testb	$32, (%r13,%rcx)
	jne	.LBB45_308
	movq	16(%rsp), %rdi
	movl	%ebp, %esi
	movl	%eax, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %r9
	jmp	.LBB45_308
.LBB45_313:
	cmpl	$8192, 28(%rsp)
	jne	.LBB45_318
	movl	%r9d, %ebp
	subl	%r15d, %ebp
	jle	.LBB45_318
	cmpl	$256, %ebp
	movl	$256, %ecx
	cmovbl	%ebp, %ecx
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	$32, %edx
	callq	f56
	cmpl	$256, %ebp
	jae	.LBB45_320
.LBB45_316:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movq	32(%rsp), %r9
	jne	.LBB45_318
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	%ebp, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %r9
.LBB45_318:
	cmpl	%r15d, %r9d
	cmovgl	%r9d, %r15d
	movl	$-1, %r10d
	movl	60(%rsp), %r11d
	jmp	.LBB45_2
.LBB45_319:
	addl	$-256, %ebp
	cmpl	$255, %ebp
	jbe	.LBB45_316
.LBB45_320:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_319
	movq	16(%rsp), %rdi
	movl	64(%rsp), %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_319
.LBB45_322:
	movq	80(%rsp), %rax
	movl	56(%r13,%rax), %eax
	movslq	%r11d, %rcx
	movq	%rcx, (%r13,%rax)
	jmp	.LBB45_65
.LBB45_324:
	movq	80(%rsp), %rax
	movl	56(%r13,%rax), %eax
	movw	%r11w, (%r13,%rax)
	xorl	%r15d, %r15d
	jmp	.LBB45_2
.LBB45_325:
	movq	80(%rsp), %rax
	movl	56(%r13,%rax), %eax
	movb	%r11b, (%r13,%rax)
	xorl	%r15d, %r15d
	jmp	.LBB45_2
.LBB45_326:
	movl	%r11d, %ebx
	andl	$-64, %ebx
	movl	%ebx, %r8d
	vpmovsxbd	.LCPI45_22(%rip), %zmm0
	vpbroadcastd	.LCPI45_6(%rip), %zmm3
	vmovdqa64	%zmm3, %zmm1
	vmovdqa64	%zmm3, %zmm2
.LBB45_327:
	vpmulld	%zmm5, %zmm0, %zmm0
	vpmulld	%zmm5, %zmm1, %zmm1
	vpmulld	%zmm5, %zmm2, %zmm2
	vpmulld	%zmm5, %zmm3, %zmm3
	addl	$-64, %r8d
	jne	.LBB45_327
	vpmulld	%zmm0, %zmm1, %zmm0
	vpmulld	%zmm0, %zmm2, %zmm0
	vpmulld	%zmm0, %zmm3, %zmm0
	vextracti64x4	$1, %zmm0, %ymm1
	vpmulld	%zmm1, %zmm0, %zmm0
	vextracti128	$1, %ymm0, %xmm1
	vpmulld	%xmm1, %xmm0, %xmm0
	vpshufd	$238, %xmm0, %xmm1
	vpmulld	%xmm1, %xmm0, %xmm0
	vpshufd	$85, %xmm0, %xmm1
	vpmulld	%xmm1, %xmm0, %xmm0
	vmovd	%xmm0, %r10d
	cmpl	%ebx, %r11d
	je	.LBB45_335
	testb	$56, %r11b
	je	.LBB45_333
.LBB45_330:
	movl	%r11d, %r8d
	andl	$-8, %r8d
	leal	(,%r8,8), %esi
	subl	%esi, %r9d
	vmovd	%r10d, %xmm0
	vpblendd	$254, .LCPI45_9(%rip), %ymm0, %ymm0
	subl	%r8d, %ebx
.LBB45_331:
	vpmulld	%ymm4, %ymm0, %ymm0
	addl	$8, %ebx
	jne	.LBB45_331
	vextracti128	$1, %ymm0, %xmm1
	vpmulld	%xmm1, %xmm0, %xmm0
	vpshufd	$238, %xmm0, %xmm1
	vpmulld	%xmm1, %xmm0, %xmm0
	vpshufd	$85, %xmm0, %xmm1
	vpmulld	%xmm1, %xmm0, %xmm0
	vmovd	%xmm0, %r10d
	cmpl	%r8d, %r11d
	jne	.LBB45_334
	jmp	.LBB45_335
.LBB45_333:
	shll	$3, %ebx
	subl	%ebx, %r9d
.LBB45_334:
	imull	$100000000, %r10d, %r10d
	addl	$-8, %r9d
	jne	.LBB45_334
.LBB45_335:
	andl	$7, %edx
	je	.LBB45_337
	decl	%edx
	vmovd	%r10d, %xmm0
	vpblendd	$254, .LCPI45_9(%rip), %ymm0, %ymm0
	vpbroadcastd	%edx, %ymm1
	vpcmpnltud	.LCPI45_10(%rip), %ymm1, %k1
	vpmulld	.LCPI45_11(%rip){1to8}, %ymm0, %ymm0 {%k1}
	vextracti128	$1, %ymm0, %xmm1
	vpmulld	%xmm1, %xmm0, %xmm0
	vpshufd	$238, %xmm0, %xmm1
	vpmulld	%xmm1, %xmm0, %xmm0
	vpshufd	$85, %xmm0, %xmm1
	vpmulld	%xmm1, %xmm0, %xmm0
	vmovd	%xmm0, %r10d
.LBB45_337:
	testl	%r10d, %r10d
	je	.LBB45_499
	leal	(%rax,%rcx,4), %r11d
	leal	-4096(%rax,%rcx,4), %r9d
	leal	-4092(%r11), %r8d
	movl	%r9d, %ebx
	movl	(%r13,%rbx), %ecx
	movl	%ecx, %eax
	xorl	%edx, %edx
	divl	%r10d
	movl	%eax, %edx
	imull	%r10d, %edx
	subl	%edx, %ecx
	jne	.LBB45_341
	cmpl	%edi, %r8d
	jne	.LBB45_341
	movl	$-1, %r11d
	movq	48(%rsp), %r8
	jmp	.LBB45_351
.LBB45_341:
	vmovsd	.LCPI45_12(%rip), %xmm0
	testb	$1, %al
	jne	.LBB45_345
	vmovsd	.LCPI45_13(%rip), %xmm0
	cmpl	$1000000000, %r10d
	jne	.LBB45_345
	vmovsd	.LCPI45_13(%rip), %xmm0
	cmpl	%ebp, %r9d
	jbe	.LBB45_345
	leal	-4100(%r11), %eax
	xorl	%esi, %esi
	testb	$1, (%r13,%rax)
	sete	%sil
	leaq	.LCPI45_14(%rip), %rax
	vmovsd	(%rax,%rsi,8), %xmm0
.LBB45_345:
	xorl	%edi, %r8d
	movl	%r10d, %eax
	shrl	%eax
	movl	%ecx, %esi
	xorl	%eax, %esi
	xorl	%r15d, %r15d
	orl	%r8d, %esi
	sete	%r15b
	leaq	.LCPI45_15(%rip), %rsi
	vmovsd	(%rsi,%r15,8), %xmm1
	cmpl	%eax, %ecx
	setb	%al
	kmovd	%eax, %k1
	vmovsd	.LCPI45_16(%rip), %xmm1 {%k1}
	cmpl	$0, 160(%rsp)
	je	.LBB45_347
	movq	48(%rsp), %r8
	jmp	.LBB45_349
.LBB45_347:
	movl	148(%rsp), %eax
	cmpb	$45, (%r13,%rax)
	movq	48(%rsp), %r8
	jne	.LBB45_349
	vmovapd	256(%rsp), %xmm2
	vxorpd	%xmm2, %xmm1, %xmm1
	vxorpd	%xmm2, %xmm0, %xmm0
.LBB45_349:
	movq	96(%rsp), %r15
	movl	%edx, (%r13,%rbx)
	vaddsd	%xmm1, %xmm0, %xmm1
	vucomisd	%xmm0, %xmm1
	jne	.LBB45_457
	jp	.LBB45_457
	movl	$-1, %r11d
.LBB45_351:
	xorl	%r10d, %r10d
	movzbl	144(%rsp), %edx
.LBB45_352:
	addl	$4, %r9d
	cmpl	%r9d, %edi
	cmovael	%r9d, %edi
	movq	32(%rsp), %r9
.LBB45_353:
	movb	%dl, %r10b
	.p2align	4, 0x90
.LBB45_354:
	movl	%edi, %ebx
	cmpl	%ebp, %edi
	jbe	.LBB45_356
	leal	-4(%rbx), %edi
	cmpl	$0, (%r13,%rdi)
	je	.LBB45_354
.LBB45_356:
	cmpl	$103, 136(%rsp)
	jne	.LBB45_367
	testl	%r8d, %r8d
	movl	%r8d, %eax
	movl	%r12d, %ecx
	notl	%ecx
	movl	$1, %edx
	cmovel	%edx, %eax
	cmpl	%r12d, %eax
	setg	%dl
	cmpl	$-4, %r12d
	setge	%sil
	andb	%dl, %sil
	cmovel	%r11d, %ecx
	movl	%ecx, %r8d
	addl	%eax, %r8d
	movzbl	%sil, %eax
	orl	$-2, %eax
	addl	%eax, %r15d
	movl	28(%rsp), %ecx
	andl	$8, %ecx
	jne	.LBB45_368
	movl	$-9, %esi
	cmpl	%ebp, %ebx
	jbe	.LBB45_364
	leal	-4(%rbx), %eax
	movl	(%r13,%rax), %ecx
	testl	%ecx, %ecx
	je	.LBB45_364
	imull	$-858993459, %ecx, %eax
	rorxl	$1, %eax, %eax
	xorl	%esi, %esi
	cmpl	$429496729, %eax
	ja	.LBB45_364
	xorl	%esi, %esi
	movl	$10, %edi
.LBB45_362:
	addl	%edi, %edi
	leal	(%rdi,%rdi,4), %edi
	testl	%edi, %edi
	je	.LBB45_499
	decl	%esi
	movl	%ecx, %eax
	xorl	%edx, %edx
	divl	%edi
	testl	%edx, %edx
	je	.LBB45_362
.LBB45_364:
	movl	%ebx, %eax
	subl	112(%rsp), %eax
	sarl	$2, %eax
	leal	-9(%rax,%rax,8), %eax
	movl	%r15d, %ecx
	andl	$-33, %ecx
	cmpl	$70, %ecx
	je	.LBB45_366
	addl	%r12d, %eax
.LBB45_366:
	addl	%esi, %eax
	movl	%eax, %ecx
	sarl	$31, %ecx
	andnl	%eax, %ecx, %eax
	cmpl	%eax, %r8d
	cmovll	%r8d, %eax
	xorl	%ecx, %ecx
	movl	%eax, %r8d
	jmp	.LBB45_368
.LBB45_367:
	movl	28(%rsp), %ecx
	andl	$8, %ecx
.LBB45_368:
	xorl	%eax, %eax
	movl	%r8d, %edx
	movl	%ecx, 160(%rsp)
	orl	%ecx, %edx
	movl	%edx, 184(%rsp)
	sete	%al
	addl	$2147483645, %eax
	cmpl	%eax, %r8d
	jg	.LBB45_467
	cmpl	$1, 184(%rsp)
	movq	%r15, %rcx
	movl	%r8d, %r15d
	sbbl	$-1, %r15d
	movq	%rcx, %rax
	movq	%rcx, 96(%rsp)
	andl	$-33, %eax
	movl	%eax, 144(%rsp)
	cmpl	$70, %eax
	movq	%r8, 48(%rsp)
	movq	%rbx, 136(%rsp)
	jne	.LBB45_372
	movl	$2147483646, %eax
	subl	%r15d, %eax
	cmpl	%eax, %r12d
	jg	.LBB45_467
	movl	%r12d, %eax
	sarl	$31, %eax
	andnl	%r12d, %eax, %eax
	jmp	.LBB45_379
.LBB45_372:
	movl	68(%rsp), %eax
	movl	%eax, %ecx
	testl	%r12d, %r12d
	movl	$3435973837, %r8d
	je	.LBB45_376
	movl	%r12d, %eax
	negl	%eax
	cmovsl	%r12d, %eax
	movl	164(%rsp), %ecx
	.p2align	4, 0x90
.LBB45_374:
	movl	%eax, %edx
	imulq	%r8, %rdx
	shrq	$35, %rdx
	imull	$246, %edx, %esi
	addl	%eax, %esi
	orb	$48, %sil
	movl	%ecx, %edi
	movb	%sil, (%r13,%rdi)
	decl	%ecx
	cmpl	$9, %eax
	movl	%edx, %eax
	ja	.LBB45_374
	incl	%ecx
.LBB45_376:
	movl	68(%rsp), %eax
	subl	%ecx, %eax
	cmpl	$1, %eax
	jg	.LBB45_378
	subl	208(%rsp), %ecx
	addl	$802, %ecx
	movq	16(%rsp), %rdi
	movl	216(%rsp), %ebx
	movl	%ebx, %esi
	movl	$48, %edx
	vzeroupper
	callq	f56
	movq	32(%rsp), %r9
	movl	%ebx, %ecx
.LBB45_378:
	movq	48(%rsp), %r8
	leal	-2(%rcx), %r10d
	movq	96(%rsp), %rax
	movb	%al, (%r13,%r10)
	decl	%ecx
	shrl	$31, %r12d
	addb	%r12b, %r12b
	addb	$43, %r12b
	movb	%r12b, (%r13,%rcx)
	movl	68(%rsp), %eax
	subl	%r10d, %eax
	movl	$2147483646, %ecx
	subl	%r15d, %ecx
	cmpl	%ecx, %eax
	jg	.LBB45_467
.LBB45_379:
	incl	%r15d
	addl	%eax, %r15d
	movq	72(%rsp), %rax
	xorl	$2147483647, %eax
	cmpl	%eax, %r15d
	jg	.LBB45_467
	movq	%r10, 96(%rsp)
	addl	72(%rsp), %r15d
	andl	$73728, 28(%rsp)
	movl	104(%rsp), %ebx
	jne	.LBB45_385
	movl	%r9d, %r12d
	subl	%r15d, %r12d
	jle	.LBB45_385
	cmpl	$256, %r12d
	movl	$256, %ecx
	cmovbl	%r12d, %ecx
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$32, %edx
	vzeroupper
	callq	f56
	cmpl	$256, %r12d
	jae	.LBB45_405
.LBB45_383:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movq	32(%rsp), %r9
	movq	48(%rsp), %r8
	jne	.LBB45_385
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	%r12d, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	48(%rsp), %r8
	movq	32(%rsp), %r9
.LBB45_385:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_387
	movq	16(%rsp), %rdi
	movl	148(%rsp), %esi
	movq	72(%rsp), %rdx
	movl	12(%rsp), %ecx
	vzeroupper
	callq	f45
	movq	48(%rsp), %r8
	movq	32(%rsp), %r9
.LBB45_387:
	cmpl	$65536, 28(%rsp)
	movl	156(%rsp), %ebx
	jne	.LBB45_392
	movl	%r9d, %r12d
	subl	%r15d, %r12d
	jle	.LBB45_392
	cmpl	$256, %r12d
	movl	$256, %ecx
	cmovbl	%r12d, %ecx
	movq	16(%rsp), %rdi
	movl	104(%rsp), %esi
	movl	$48, %edx
	vzeroupper
	callq	f56
	cmpl	$256, %r12d
	jae	.LBB45_408
.LBB45_390:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movq	48(%rsp), %r8
	jne	.LBB45_392
	movq	16(%rsp), %rdi
	movl	104(%rsp), %esi
	movl	%r12d, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	48(%rsp), %r8
.LBB45_392:
	cmpl	$70, 144(%rsp)
	jne	.LBB45_410
	movl	112(%rsp), %eax
	cmpl	%eax, %ebp
	cmovael	%eax, %ebp
	movl	%ebp, %r12d
	movl	$3435973837, %edi
	jmp	.LBB45_395
	.p2align	4, 0x90
.LBB45_394:
	addl	$4, %r12d
	cmpl	112(%rsp), %r12d
	ja	.LBB45_433
.LBB45_395:
	movl	%r12d, %eax
	movl	(%r13,%rax), %eax
	movl	%ebx, %esi
	testl	%eax, %eax
	je	.LBB45_397
	.p2align	4, 0x90
.LBB45_396:
	decl	%esi
	movl	%eax, %ecx
	imulq	%rdi, %rcx
	shrq	$35, %rcx
	imull	$246, %ecx, %edx
	addl	%eax, %edx
	orb	$48, %dl
	movb	%dl, (%r13,%rsi)
	cmpl	$9, %eax
	movl	%ecx, %eax
	ja	.LBB45_396
.LBB45_397:
	cmpl	%ebp, %r12d
	jne	.LBB45_400
	cmpl	%ebx, %esi
	jne	.LBB45_402
	movq	80(%rsp), %rax
	movb	$48, 88(%r13,%rax)
	movl	176(%rsp), %eax
	movl	%eax, %esi
	jmp	.LBB45_402
	.p2align	4, 0x90
.LBB45_400:
	movl	%esi, %ecx
	subl	68(%rsp), %ecx
	jbe	.LBB45_402
	movq	16(%rsp), %rdi
	movl	68(%rsp), %ebx
	movl	%ebx, %esi
	movl	$48, %edx
	vzeroupper
	callq	f56
	movq	48(%rsp), %r8
	movl	$3435973837, %edi
	movl	%ebx, %esi
	movl	156(%rsp), %ebx
.LBB45_402:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_394
	movl	%ebx, %edx
	subl	%esi, %edx
	movq	16(%rsp), %rdi
	movl	12(%rsp), %ecx
	vzeroupper
	callq	f45
	movq	48(%rsp), %r8
	movl	$3435973837, %edi
	jmp	.LBB45_394
	.p2align	4, 0x90
.LBB45_404:
	addl	$-256, %r12d
	cmpl	$255, %r12d
	jbe	.LBB45_383
.LBB45_405:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_404
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_404
	.p2align	4, 0x90
.LBB45_407:
	addl	$-256, %r12d
	cmpl	$255, %r12d
	jbe	.LBB45_390
.LBB45_408:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_407
	movq	16(%rsp), %rdi
	movl	104(%rsp), %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_407
.LBB45_410:
	testl	%r8d, %r8d
	movl	$3435973837, %r9d
	js	.LBB45_431
	leal	4(%rbp), %ecx
	movq	136(%rsp), %rax
	cmpl	%ebp, %eax
	cmoval	%eax, %ecx
	movl	%ecx, 136(%rsp)
	movl	%ebp, %r10d
	.p2align	4, 0x90
.LBB45_412:
	movl	%r10d, %eax
	movl	(%r13,%rax), %ecx
	testl	%ecx, %ecx
	movq	%r8, 48(%rsp)
	je	.LBB45_419
	xorl	%eax, %eax
	movl	244(%rsp), %edx
	.p2align	4, 0x90
.LBB45_414:
	movl	%ecx, %esi
	imulq	%r9, %rsi
	shrq	$35, %rsi
	imull	$246, %esi, %edi
	addl	%ecx, %edi
	orb	$48, %dil
	movl	%edx, %r8d
	movb	%dil, (%r13,%r8)
	incl	%eax
	decl	%edx
	cmpl	$9, %ecx
	movl	%esi, %ecx
	ja	.LBB45_414
	testl	%eax, %eax
	movq	48(%rsp), %r8
	je	.LBB45_419
	movl	240(%rsp), %r12d
	subl	%eax, %r12d
	cmpl	%ebp, %r10d
	je	.LBB45_420
.LBB45_417:
	movl	%r12d, %ecx
	subl	68(%rsp), %ecx
	jbe	.LBB45_427
	movq	16(%rsp), %rdi
	movl	68(%rsp), %r12d
	movl	%r12d, %esi
	movl	$48, %edx
	movl	%r10d, 112(%rsp)
	vzeroupper
	callq	f56
	jmp	.LBB45_426
.LBB45_419:
	movq	80(%rsp), %rax
	movb	$48, 88(%r13,%rax)
	movl	176(%rsp), %r12d
	cmpl	%ebp, %r10d
	jne	.LBB45_417
.LBB45_420:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_422
	movq	16(%rsp), %rdi
	movl	%r12d, %esi
	movl	$1, %edx
	movl	12(%rsp), %ecx
	movl	%r10d, 112(%rsp)
	vzeroupper
	callq	f45
	movl	112(%rsp), %r10d
	movq	48(%rsp), %r8
	movl	$3435973837, %r9d
.LBB45_422:
	incl	%r12d
	cmpl	$0, 160(%rsp)
	jne	.LBB45_424
	testl	%r8d, %r8d
	jle	.LBB45_427
.LBB45_424:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_427
	movq	16(%rsp), %rdi
	movl	$1048621, %esi
	movl	$1, %edx
	movl	12(%rsp), %ecx
	movl	%r10d, 112(%rsp)
	vzeroupper
	callq	f45
.LBB45_426:
	movl	112(%rsp), %r10d
	movq	48(%rsp), %r8
	movl	$3435973837, %r9d
.LBB45_427:
	subl	%r12d, %ebx
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_429
	cmpl	%ebx, %r8d
	movl	%ebx, %edx
	cmovll	%r8d, %edx
	movq	16(%rsp), %rdi
	movl	%r12d, %esi
	movl	12(%rsp), %ecx
	movl	%r10d, %r12d
	vzeroupper
	callq	f45
	movl	%r12d, %r10d
	movq	48(%rsp), %r8
	movl	$3435973837, %r9d
.LBB45_429:
	subl	%ebx, %r8d
	addl	$4, %r10d
	cmpl	136(%rsp), %r10d
	jae	.LBB45_431
	testl	%r8d, %r8d
	movl	156(%rsp), %ebx
	jns	.LBB45_412
.LBB45_431:
	addl	$18, %r8d
	movq	16(%rsp), %rdi
	movl	12(%rsp), %esi
	movl	$48, %edx
	movl	%r8d, %ecx
	movl	$18, %r8d
	xorl	%r9d, %r9d
	vzeroupper
	callq	f53
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_447
	movl	68(%rsp), %edx
	movq	96(%rsp), %rsi
	subl	%esi, %edx
	movq	16(%rsp), %rdi
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_447
.LBB45_433:
	cmpl	$0, 184(%rsp)
	je	.LBB45_436
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_436
	movq	16(%rsp), %rdi
	movl	$1048621, %esi
	movl	$1, %edx
	movl	12(%rsp), %ecx
	vzeroupper
	callq	f45
	movq	48(%rsp), %r8
	movl	$3435973837, %edi
.LBB45_436:
	cmpl	136(%rsp), %r12d
	movl	68(%rsp), %ebp
	jae	.LBB45_446
	movl	%r8d, %ebx
	testl	%r8d, %r8d
	jle	.LBB45_446
	.p2align	4, 0x90
.LBB45_438:
	movl	%r12d, %eax
	movl	(%r13,%rax), %eax
	movl	156(%rsp), %edx
	movl	%edx, %ecx
	movl	%edx, %esi
	testl	%eax, %eax
	je	.LBB45_441
	.p2align	4, 0x90
.LBB45_439:
	decl	%esi
	movl	%eax, %ecx
	imulq	%rdi, %rcx
	shrq	$35, %rcx
	imull	$246, %ecx, %edx
	addl	%eax, %edx
	orb	$48, %dl
	movb	%dl, (%r13,%rsi)
	cmpl	$9, %eax
	movl	%ecx, %eax
	ja	.LBB45_439
	movl	%esi, %ecx
	cmpl	%ebp, %esi
	jbe	.LBB45_442
.LBB45_441:
	subl	%ebp, %ecx
	movq	16(%rsp), %rdi
	movl	%ebp, %esi
	movl	$48, %edx
	vzeroupper
	callq	f56
	movl	$3435973837, %edi
	movl	%ebp, %esi
.LBB45_442:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_444
	cmpl	$9, %ebx
	movl	$9, %edx
	cmovll	%ebx, %edx
	movq	16(%rsp), %rdi
	movl	12(%rsp), %ecx
	vzeroupper
	callq	f45
	movl	$3435973837, %edi
.LBB45_444:
	leal	-9(%rbx), %r8d
	addl	$4, %r12d
	cmpl	136(%rsp), %r12d
	jae	.LBB45_446
	cmpl	$9, %ebx
	movl	%r8d, %ebx
	jg	.LBB45_438
.LBB45_446:
	addl	$9, %r8d
	movq	16(%rsp), %rdi
	movl	12(%rsp), %esi
	movl	$48, %edx
	movl	%r8d, %ecx
	movl	$9, %r8d
	xorl	%r9d, %r9d
	vzeroupper
	callq	f53
.LBB45_447:
	cmpl	$8192, 28(%rsp)
	movl	104(%rsp), %ebx
	movq	32(%rsp), %rax
	jne	.LBB45_452
	movl	%eax, %ebp
	subl	%r15d, %ebp
	jle	.LBB45_452
	cmpl	$256, %ebp
	movl	$256, %ecx
	cmovbl	%ebp, %ecx
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$32, %edx
	callq	f56
	cmpl	$256, %ebp
	jae	.LBB45_455
.LBB45_450:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	movq	32(%rsp), %rax
	jne	.LBB45_452
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	%ebp, %edx
	movl	12(%rsp), %ecx
	callq	f45
	movq	32(%rsp), %rax
.LBB45_452:
	cmpl	%r15d, %eax
	cmovgl	%eax, %r15d
	movl	$-1, %r10d
	movl	60(%rsp), %r11d
.LBB45_453:
	testl	%r15d, %r15d
	jns	.LBB45_2
	jmp	.LBB45_467
	.p2align	4, 0x90
.LBB45_454:
	addl	$-256, %ebp
	cmpl	$255, %ebp
	jbe	.LBB45_450
.LBB45_455:
	movq	40(%rsp), %rax
	testb	$32, (%r13,%rax)
	jne	.LBB45_454
	movq	16(%rsp), %rdi
	movl	%ebx, %esi
	movl	$256, %edx
	movl	12(%rsp), %ecx
	callq	f45
	jmp	.LBB45_454
.LBB45_457:
	addl	%r10d, %edx
	movl	%edx, (%r13,%rbx)
	cmpl	$1000000000, %edx
	jae	.LBB45_459
	movl	$-1, %r11d
	xorl	%r10d, %r10d
	movzbl	144(%rsp), %edx
	jmp	.LBB45_464
.LBB45_459:
	addl	$-4100, %r11d
	movl	%r11d, %r9d
	movl	$-1, %r11d
	xorl	%r10d, %r10d
	movzbl	144(%rsp), %edx
	jmp	.LBB45_461
.LBB45_460:
	movl	%r9d, %eax
	movl	(%r13,%rax), %ecx
	incl	%ecx
	movl	%ecx, (%r13,%rax)
	addl	$-4, %r9d
	cmpl	$999999999, %ecx
	jbe	.LBB45_463
.LBB45_461:
	leal	4(%r9), %eax
	movl	$0, (%r13,%rax)
	cmpl	%ebp, %r9d
	jae	.LBB45_460
	addl	$-4, %ebp
	movl	$0, (%r13,%rbp)
	jmp	.LBB45_460
.LBB45_463:
	addl	$4, %r9d
.LBB45_464:
	movl	112(%rsp), %eax
	subl	%ebp, %eax
	sarl	$2, %eax
	leal	(%rax,%rax,8), %r12d
	movl	%ebp, %eax
	movl	(%r13,%rax), %eax
	cmpl	$10, %eax
	jb	.LBB45_352
	movl	$10, %ecx
.LBB45_466:
	incl	%r12d
	addl	%ecx, %ecx
	leal	(%rcx,%rcx,4), %ecx
	cmpl	%ecx, %eax
	jae	.LBB45_466
	jmp	.LBB45_352
.LBB45_467:
	movl	$61, 1051780(%r13)
	jmp	.LBB45_494
.LBB45_468:
	movl	%r11d, %eax
	cmpl	$0, 12(%rsp)
	jne	.LBB45_495
	cmpl	$0, 108(%rsp)
	je	.LBB45_480
	movl	200(%rsp), %ebx
	movl	4(%r13,%rbx), %edx
	testl	%edx, %edx
	je	.LBB45_481
	movq	192(%rsp), %r15
	leal	8(%r15), %esi
	movq	16(%rsp), %r14
	movq	%r14, %rdi
	movl	168(%rsp), %ebp
	movl	%ebp, %ecx
	callq	f52
	movl	8(%r13,%rbx), %edx
	testl	%edx, %edx
	je	.LBB45_482
	leal	16(%r15), %esi
	movq	%r14, %rdi
	movl	%ebp, %ecx
	callq	f52
	movl	12(%r13,%rbx), %edx
	testl	%edx, %edx
	je	.LBB45_483
	leal	24(%r15), %esi
	movq	%r14, %rdi
	movl	%ebp, %ecx
	callq	f52
	movl	16(%r13,%rbx), %edx
	testl	%edx, %edx
	je	.LBB45_485
	leal	32(%r15), %esi
	movq	%r14, %rdi
	movl	%ebp, %ecx
	callq	f52
	movl	20(%r13,%rbx), %edx
	testl	%edx, %edx
	je	.LBB45_486
	leal	40(%r15), %esi
	movq	%r14, %rdi
	movl	%ebp, %ecx
	callq	f52
	movl	24(%r13,%rbx), %edx
	testl	%edx, %edx
	je	.LBB45_487
	leal	48(%r15), %esi
	movq	%r14, %rdi
	movl	%ebp, %ecx
	callq	f52
	movl	28(%r13,%rbx), %edx
	testl	%edx, %edx
	je	.LBB45_488
	leal	56(%r15), %esi
	movq	%r14, %rdi
	movl	%ebp, %ecx
	callq	f52
	movl	32(%r13,%rbx), %edx
	testl	%edx, %edx
	je	.LBB45_489
	leal	64(%r15), %esi
	movq	%r14, %rdi
	movl	%ebp, %ecx
	callq	f52
	movl	36(%r13,%rbx), %edx
	testl	%edx, %edx
	je	.LBB45_490
	addl	$72, %r15d
	movq	%r14, %rdi
	movl	%r15d, %esi
	movl	%ebp, %ecx
	callq	f52
	movl	$1, %eax
	jmp	.LBB45_495
.LBB45_480:
	xorl	%eax, %eax
	jmp	.LBB45_495
.LBB45_481:
	movl	$4, %ecx
	jmp	.LBB45_491
.LBB45_482:
	movl	$8, %ecx
	jmp	.LBB45_491
.LBB45_483:
	movl	$12, %ecx
	jmp	.LBB45_491
.LBB45_485:
	movl	$16, %ecx
	jmp	.LBB45_491
.LBB45_486:
	movl	$20, %ecx
	jmp	.LBB45_491
.LBB45_487:
	movl	$24, %ecx
	jmp	.LBB45_491
.LBB45_488:
	movl	$28, %ecx
	jmp	.LBB45_491
.LBB45_489:
	movl	$32, %ecx
	jmp	.LBB45_491
.LBB45_490:
	movl	$36, %ecx
	.p2align	4, 0x90
.LBB45_491:
	leal	(%rbx,%rcx), %eax
	cmpl	$0, (%r13,%rax)
	jne	.LBB45_493
	addq	$4, %rcx
	movl	$1, %eax
	cmpq	$40, %rcx
	jne	.LBB45_491
	jmp	.LBB45_495
.LBB45_493:
	movl	$28, 1051780(%r13)
.LBB45_494:
	movl	$-1, %eax
.LBB45_495:
	movq	16(%rsp), %rcx
	movq	208(%rsp), %rdx
	movl	%edx, 352(%rcx)
	addq	$280, %rsp
	.cfi_def_cfa_offset 56
	popq	%rbx
	.cfi_def_cfa_offset 48
	popq	%r12
	.cfi_def_cfa_offset 40
	popq	%r13
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	vzeroupper
	retq
.LBB45_496:
	.cfi_def_cfa_offset 336
	vucomisd	%xmm0, %xmm0
	jnp	.LBB45_498
	ud1l	5(%eax), %eax
.LBB45_498:
	ud1l	4(%eax), %eax
.LBB45_499:
	ud1l	3(%eax), %eax
.Lfunc_end45:
	.size	f51, .Lfunc_end45-f51
	.cfi_endproc
	.section	.rodata,"a",@progbits
	.p2align	2, 0x0
.LJTI45_0:
	.long	.LBB45_70-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_128-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_70-.LJTI45_0
	.long	.LBB45_70-.LJTI45_0
	.long	.LBB45_70-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_137-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_103-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_70-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_129-.LJTI45_0
	.long	.LBB45_100-.LJTI45_0
	.long	.LBB45_70-.LJTI45_0
	.long	.LBB45_70-.LJTI45_0
	.long	.LBB45_70-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_100-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_116-.LJTI45_0
	.long	.LBB45_124-.LJTI45_0
	.long	.LBB45_119-.LJTI45_0
	.long	.LBB45_130-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_115-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_127-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_114-.LJTI45_0
	.long	.LBB45_103-.LJTI45_0
.LJTI45_1:
	.long	.LBB45_126-.LJTI45_1
	.long	.LBB45_126-.LJTI45_1
	.long	.LBB45_322-.LJTI45_1
	.long	.LBB45_324-.LJTI45_1
	.long	.LBB45_325-.LJTI45_1
	.long	.LBB45_65-.LJTI45_1
	.long	.LBB45_126-.LJTI45_1
	.long	.LBB45_322-.LJTI45_1

	.text
	.p2align	4, 0x90
	.type	f52,@function
f52:
	.cfi_startproc
	addl	$-9, %edx
	cmpl	$17, %edx
	ja	.LBB46_12
	movq	256(%rdi), %rax
	addq	%rdi, %rax
	leaq	.LJTI46_0(%rip), %r8
	movslq	(%r8,%rdx,4), %rdx
	addq	%r8, %rdx
	jmpq	*%rdx
.LBB46_10:
	movl	%ecx, %ecx
	movl	(%rax,%rcx), %edx
	leal	4(%rdx), %edi
	movl	%edi, (%rax,%rcx)
	movl	(%rax,%rdx), %ecx
	jmp	.LBB46_4
.LBB46_9:
	movl	%ecx, %ecx
	movl	(%rax,%rcx), %edx
	addl	$7, %edx
	andl	$-8, %edx
	movl	%edx, %edi
	addl	$8, %edi
	movl	%edi, (%rax,%rcx)
	movq	(%rax,%rdx), %rcx
	jmp	.LBB46_4
.LBB46_3:
	movl	%ecx, %ecx
	movl	(%rax,%rcx), %edx
	leal	4(%rdx), %edi
	movl	%edi, (%rax,%rcx)
	movslq	(%rax,%rdx), %rcx
	jmp	.LBB46_4
.LBB46_11:
	movl	%ecx, %ecx
	movl	(%rax,%rcx), %edx
	addl	$7, %edx
	andl	$-8, %edx
	movl	%edx, %edi
	addl	$8, %edi
	movl	%edi, (%rax,%rcx)
	vmovsd	(%rax,%rdx), %xmm0
	movl	%esi, %ecx
	vmovsd	%xmm0, (%rax,%rcx)
.LBB46_12:
	retq
.LBB46_7:
	movl	%ecx, %ecx
	movl	(%rax,%rcx), %edx
	leal	4(%rdx), %edi
	movl	%edi, (%rax,%rcx)
	movsbq	(%rax,%rdx), %rcx
	jmp	.LBB46_4
.LBB46_5:
	movl	%ecx, %ecx
	movl	(%rax,%rcx), %edx
	leal	4(%rdx), %edi
	movl	%edi, (%rax,%rcx)
	movswq	(%rax,%rdx), %rcx
	jmp	.LBB46_4
.LBB46_8:
	movl	%ecx, %ecx
	movl	(%rax,%rcx), %edx
	leal	4(%rdx), %edi
	movl	%edi, (%rax,%rcx)
	movzbl	(%rax,%rdx), %ecx
	jmp	.LBB46_4
.LBB46_2:
	movl	%ecx, %ecx
	movl	(%rax,%rcx), %edx
	leal	4(%rdx), %edi
	movl	%edi, (%rax,%rcx)
	movl	(%rax,%rdx), %ecx
	movl	%esi, %edx
	movl	%ecx, (%rax,%rdx)
	retq
.LBB46_6:
	movl	%ecx, %ecx
	movl	(%rax,%rcx), %edx
	leal	4(%rdx), %edi
	movl	%edi, (%rax,%rcx)
	movzwl	(%rax,%rdx), %ecx
.LBB46_4:
	movl	%esi, %edx
	movq	%rcx, (%rax,%rdx)
	retq
.LBB46_13:
	pushq	%rax
	.cfi_def_cfa_offset 16
	callq	f54
	ud1l	1(%eax), %eax
.Lfunc_end46:
	.size	f52, .Lfunc_end46-f52
	.cfi_endproc
	.section	.rodata,"a",@progbits
	.p2align	2, 0x0
.LJTI46_0:
	.long	.LBB46_2-.LJTI46_0
	.long	.LBB46_3-.LJTI46_0
	.long	.LBB46_10-.LJTI46_0
	.long	.LBB46_9-.LJTI46_0
	.long	.LBB46_3-.LJTI46_0
	.long	.LBB46_10-.LJTI46_0
	.long	.LBB46_5-.LJTI46_0
	.long	.LBB46_6-.LJTI46_0
	.long	.LBB46_7-.LJTI46_0
	.long	.LBB46_8-.LJTI46_0
	.long	.LBB46_9-.LJTI46_0
	.long	.LBB46_10-.LJTI46_0
	.long	.LBB46_9-.LJTI46_0
	.long	.LBB46_9-.LJTI46_0
	.long	.LBB46_3-.LJTI46_0
	.long	.LBB46_10-.LJTI46_0
	.long	.LBB46_11-.LJTI46_0
	.long	.LBB46_13-.LJTI46_0

	.text
	.p2align	4, 0x90
	.type	f53,@function
f53:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%r13
	.cfi_def_cfa_offset 40
	pushq	%r12
	.cfi_def_cfa_offset 48
	pushq	%rbx
	.cfi_def_cfa_offset 56
	pushq	%rax
	.cfi_def_cfa_offset 64
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movl	%ecx, %ebp
	movl	%esi, %r14d
	movq	%rdi, %rbx
	movl	352(%rdi), %r12d
	leal	-256(%r12), %esi
	movl	%esi, 352(%rdi)
	subl	%r8d, %ebp
	setle	%al
	testl	$73728, %r9d
	setne	%cl
	orb	%al, %cl
	cmpb	$1, %cl
	je	.LBB47_4
	movq	%r12, (%rsp)
	movq	256(%rbx), %r13
	addq	%rbx, %r13
	cmpl	$256, %ebp
	movl	$256, %ecx
	cmovbl	%ebp, %ecx
	movq	%rbx, %rdi
	callq	f56
	movl	%eax, %r15d
	movl	%r14d, %r12d
	cmpl	$256, %ebp
	jae	.LBB47_5
.LBB47_2:
	testb	$32, (%r13,%r12)
	movq	(%rsp), %r12
	jne	.LBB47_4
	movq	%rbx, %rdi
	movl	%r15d, %esi
	movl	%ebp, %edx
	movl	%r14d, %ecx
	callq	f45
.LBB47_4:
	movl	%r12d, 352(%rbx)
	addq	$8, %rsp
	.cfi_def_cfa_offset 56
	popq	%rbx
	.cfi_def_cfa_offset 48
	popq	%r12
	.cfi_def_cfa_offset 40
	popq	%r13
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
	.p2align	4, 0x90
.LBB47_6:
	.cfi_def_cfa_offset 64
	addl	$-256, %ebp
	cmpl	$255, %ebp
	jbe	.LBB47_2
.LBB47_5:
	testb	$32, (%r13,%r12)
	jne	.LBB47_6
	movq	%rbx, %rdi
	movl	%r15d, %esi
	movl	$256, %edx
	movl	%r14d, %ecx
	callq	f45
	jmp	.LBB47_6
.Lfunc_end47:
	.size	f53, .Lfunc_end47-f53
	.cfi_endproc

	.p2align	4, 0x90
	.type	f54,@function
f54:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	movl	$1048644, %esi
	movl	$1051656, %edx
	callq	f48
	movq	%rbx, %rdi
	callq	f49
	ud1l	1(%eax), %eax
.Lfunc_end48:
	.size	f54, .Lfunc_end48-f54
	.cfi_endproc

	.p2align	4, 0x90
	.type	f55,@function
f55:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%rbx
	.cfi_def_cfa_offset 40
	.cfi_offset %rbx, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movl	%esi, %eax
	addq	256(%rdi), %rdi
	testb	$3, %dl
	sete	%sil
	testl	%ecx, %ecx
	sete	%r8b
	orb	%sil, %r8b
	je	.LBB49_2
	movl	%edx, %esi
	movl	%ecx, %r9d
	movl	%eax, %r8d
	jmp	.LBB49_4
.LBB49_2:
	movl	%edx, %r8d
	movzbl	(%rdi,%r8), %esi
	movl	%eax, %r10d
	movb	%sil, (%rdi,%r10)
	leal	1(%rdx), %esi
	testb	$3, %sil
	sete	%r11b
	movl	%ecx, %r9d
	decl	%r9d
	sete	%bl
	orb	%r11b, %bl
	cmpb	$1, %bl
	jne	.LBB49_10
	leal	1(%rax), %r8d
	jmp	.LBB49_4
.LBB49_10:
	movzbl	1(%rdi,%r8), %esi
	movb	%sil, 1(%rdi,%r10)
	leal	2(%rdx), %esi
	testb	$3, %sil
	sete	%r11b
	movl	%ecx, %r9d
	addl	$-2, %r9d
	sete	%bl
	orb	%r11b, %bl
	je	.LBB49_12
	leal	2(%rax), %r8d
	jmp	.LBB49_4
.LBB49_12:
	movzbl	2(%rdi,%r8), %esi
	movb	%sil, 2(%rdi,%r10)
	leal	3(%rdx), %esi
	testb	$3, %sil
	sete	%r11b
	movl	%ecx, %r9d
	addl	$-3, %r9d
	sete	%bl
	orb	%r11b, %bl
	je	.LBB49_14
	leal	3(%rax), %r8d
	jmp	.LBB49_4
.LBB49_14:
	movzbl	3(%rdi,%r8), %esi
	movb	%sil, 3(%rdi,%r10)
	addl	$-4, %ecx
	leal	4(%rax), %r8d
	addl	$4, %edx
	movl	%edx, %esi
	movl	%ecx, %r9d
.LBB49_4:
	movl	%r8d, %ecx
	andl	$3, %ecx
	je	.LBB49_15
	cmpl	$32, %r9d
	jae	.LBB49_32
.LBB49_6:
	testb	$16, %r9b
	jne	.LBB49_42
	testb	$8, %r9b
	jne	.LBB49_43
.LBB49_8:
	testb	$4, %r9b
	jne	.LBB49_9
	jmp	.LBB49_23
.LBB49_15:
	cmpl	$16, %r9d
	jae	.LBB49_16
	cmpl	$8, %r9d
	jae	.LBB49_30
.LBB49_22:
	testb	$4, %r9b
	jne	.LBB49_31
	jmp	.LBB49_23
.LBB49_32:
	movl	%ecx, %ecx
	leaq	.LJTI49_0(%rip), %rdx
	movslq	(%rdx,%rcx,4), %rcx
	addq	%rdx, %rcx
	jmpq	*%rcx
.LBB49_33:
	movl	%esi, %ecx
	movl	(%rdi,%rcx), %ebx
	movl	%r8d, %ecx
	movb	%bl, (%rdi,%rcx)
	movl	%ebx, %edx
	shrl	$16, %edx
	movb	%dl, 2(%rdi,%rcx)
	movb	%bh, 1(%rdi,%rcx)
	leal	-3(%r9), %r11d
	addl	$-20, %r9d
	movl	%r9d, %ecx
	andl	$-16, %ecx
	xorl	%r10d, %r10d
	movl	%r8d, %edx
	addl	$3, %edx
	movl	%r11d, %r9d
	.p2align	4, 0x90
.LBB49_34:
	leal	3(%r8,%r10), %r11d
	leal	4(%rsi,%r10), %r14d
	movl	(%rdi,%r14), %ebp
	movl	%ebp, %r14d
	shll	$8, %r14d
	shrl	$24, %ebx
	orl	%r14d, %ebx
	leal	7(%r8,%r10), %r14d
	leal	8(%rsi,%r10), %r15d
	movl	%ebx, (%rdi,%r11)
	movl	(%rdi,%r15), %r11d
	shrl	$24, %ebp
	movl	%r11d, %ebx
	shll	$8, %ebx
	orl	%ebp, %ebx
	movl	%ebx, (%rdi,%r14)
	leal	11(%r8,%r10), %ebx
	leal	12(%rsi,%r10), %r14d
	movl	(%rdi,%r14), %ebp
	shrl	$24, %r11d
	movl	%ebp, %r14d
	shll	$8, %r14d
	orl	%r11d, %r14d
	leal	15(%r8,%r10), %r11d
	movl	%r14d, (%rdi,%rbx)
	leal	16(%rsi,%r10), %ebx
	movl	(%rdi,%rbx), %ebx
	shrl	$24, %ebp
	movl	%ebx, %r14d
	shll	$8, %r14d
	orl	%ebp, %r14d
	movl	%r14d, (%rdi,%r11)
	addl	$-16, %r9d
	addl	$16, %r10d
	cmpl	$16, %r9d
	ja	.LBB49_34
	leal	16(%rdx,%rcx), %r8d
	leal	19(%rsi,%rcx), %esi
	jmp	.LBB49_6
.LBB49_42:
	movl	%esi, %ecx
	movzbl	(%rdi,%rcx), %edx
	movl	%r8d, %r10d
	movb	%dl, (%rdi,%r10)
	movl	1(%rdi,%rcx), %edx
	movl	%edx, 1(%rdi,%r10)
	movq	5(%rdi,%rcx), %rdx
	movq	%rdx, 5(%rdi,%r10)
	movzwl	13(%rdi,%rcx), %edx
	movw	%dx, 13(%rdi,%r10)
	movzbl	15(%rdi,%rcx), %ecx
	movb	%cl, 15(%rdi,%r10)
	addl	$16, %r8d
	addl	$16, %esi
	testb	$8, %r9b
	je	.LBB49_8
.LBB49_43:
	movl	%esi, %ecx
	movq	(%rdi,%rcx), %rcx
	movl	%r8d, %edx
	movq	%rcx, (%rdi,%rdx)
	addl	$8, %r8d
	addl	$8, %esi
	testb	$4, %r9b
	je	.LBB49_23
.LBB49_9:
	movl	%esi, %ecx
	movl	(%rdi,%rcx), %ecx
	movl	%r8d, %edx
	movl	%ecx, (%rdi,%rdx)
	addl	$4, %r8d
	addl	$4, %esi
	jmp	.LBB49_23
.LBB49_16:
	leal	-16(%r9), %ecx
	testb	$16, %cl
	jne	.LBB49_17
	movl	%esi, %edx
	movq	(%rdi,%rdx), %r9
	movl	%r8d, %r10d
	movq	%r9, (%rdi,%r10)
	movq	8(%rdi,%rdx), %rdx
	movq	%rdx, 8(%rdi,%r10)
	addl	$16, %r8d
	addl	$16, %esi
	movl	%ecx, %r9d
.LBB49_17:
	cmpl	$16, %ecx
	jae	.LBB49_28
	movl	%ecx, %r9d
	cmpl	$8, %r9d
	jb	.LBB49_22
	jmp	.LBB49_30
.LBB49_28:
	xorl	%ecx, %ecx
	.p2align	4, 0x90
.LBB49_29:
	leal	(%rsi,%rcx), %edx
	leal	(%r8,%rcx), %r10d
	movq	(%rdi,%rdx), %rdx
	leal	8(%r8,%rcx), %r11d
	leal	8(%rsi,%rcx), %ebx
	movq	%rdx, (%rdi,%r10)
	movq	(%rdi,%rbx), %rdx
	leal	16(%r8,%rcx), %r10d
	leal	16(%rsi,%rcx), %ebx
	movq	%rdx, (%rdi,%r11)
	movq	(%rdi,%rbx), %rdx
	leal	24(%r8,%rcx), %r11d
	leal	24(%rsi,%rcx), %ebx
	movq	%rdx, (%rdi,%r10)
	movq	(%rdi,%rbx), %rdx
	movq	%rdx, (%rdi,%r11)
	addl	$-32, %r9d
	addl	$32, %ecx
	cmpl	$15, %r9d
	ja	.LBB49_29
	addl	%ecx, %esi
	addl	%ecx, %r8d
	cmpl	$8, %r9d
	jb	.LBB49_22
.LBB49_30:
	movl	%esi, %ecx
	movq	(%rdi,%rcx), %rcx
	movl	%r8d, %edx
	movq	%rcx, (%rdi,%rdx)
	addl	$8, %esi
	addl	$8, %r8d
	testb	$4, %r9b
	je	.LBB49_23
.LBB49_31:
	movl	%esi, %ecx
	movl	(%rdi,%rcx), %ecx
	movl	%r8d, %edx
	movl	%ecx, (%rdi,%rdx)
	addl	$4, %esi
	addl	$4, %r8d
.LBB49_23:
	testb	$2, %r9b
	je	.LBB49_25
	movl	%esi, %ecx
	movzwl	(%rdi,%rcx), %ecx
	movl	%r8d, %edx
	movw	%cx, (%rdi,%rdx)
	addl	$2, %r8d
	addl	$2, %esi
.LBB49_25:
	testb	$1, %r9b
	je	.LBB49_27
	movl	%esi, %ecx
	movzbl	(%rdi,%rcx), %ecx
	movl	%r8d, %edx
	movb	%cl, (%rdi,%rdx)
.LBB49_27:
	popq	%rbx
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.LBB49_36:
	.cfi_def_cfa_offset 40
	movl	%esi, %ecx
	movl	(%rdi,%rcx), %r11d
	movl	%r8d, %ecx
	movw	%r11w, (%rdi,%rcx)
	leal	-2(%r9), %ebx
	addl	$-20, %r9d
	movl	%r9d, %ecx
	andl	$-16, %ecx
	xorl	%r10d, %r10d
	movl	%r8d, %edx
	addl	$2, %edx
	movl	%ebx, %r9d
	.p2align	4, 0x90
.LBB49_37:
	leal	2(%r8,%r10), %ebx
	leal	4(%rsi,%r10), %r14d
	movl	(%rdi,%r14), %ebp
	movl	%ebp, %r14d
	shll	$16, %r14d
	shrl	$16, %r11d
	orl	%r14d, %r11d
	leal	6(%r8,%r10), %r14d
	leal	8(%rsi,%r10), %r15d
	movl	%r11d, (%rdi,%rbx)
	movl	(%rdi,%r15), %r11d
	shrl	$16, %ebp
	movl	%r11d, %ebx
	shll	$16, %ebx
	orl	%ebp, %ebx
	movl	%ebx, (%rdi,%r14)
	leal	10(%r8,%r10), %ebx
	leal	12(%rsi,%r10), %r14d
	movl	(%rdi,%r14), %ebp
	shrl	$16, %r11d
	movl	%ebp, %r14d
	shll	$16, %r14d
	orl	%r11d, %r14d
	leal	14(%r8,%r10), %r15d
	movl	%r14d, (%rdi,%rbx)
	leal	16(%rsi,%r10), %r11d
	movl	(%rdi,%r11), %r11d
	shrl	$16, %ebp
	movl	%r11d, %ebx
	shll	$16, %ebx
	orl	%ebp, %ebx
	movl	%ebx, (%rdi,%r15)
	addl	$-16, %r9d
	addl	$16, %r10d
	cmpl	$17, %r9d
	ja	.LBB49_37
	leal	16(%rdx,%rcx), %r8d
	leal	18(%rsi,%rcx), %esi
	jmp	.LBB49_6
.LBB49_39:
	movl	%esi, %ecx
	movl	(%rdi,%rcx), %r11d
	movl	%r8d, %ecx
	movb	%r11b, (%rdi,%rcx)
	leal	-1(%r9), %ebx
	addl	$-20, %r9d
	movl	%r9d, %ecx
	andl	$-16, %ecx
	xorl	%r10d, %r10d
	movl	%r8d, %edx
	incl	%edx
	movl	%ebx, %r9d
	.p2align	4, 0x90
.LBB49_40:
	leal	1(%r8,%r10), %ebx
	leal	4(%rsi,%r10), %r14d
	movl	(%rdi,%r14), %ebp
	movl	%ebp, %r14d
	shll	$24, %r14d
	shrl	$8, %r11d
	orl	%r14d, %r11d
	leal	5(%r8,%r10), %r14d
	leal	8(%rsi,%r10), %r15d
	movl	%r11d, (%rdi,%rbx)
	movl	(%rdi,%r15), %r11d
	shrl	$8, %ebp
	movl	%r11d, %ebx
	shll	$24, %ebx
	orl	%ebp, %ebx
	movl	%ebx, (%rdi,%r14)
	leal	9(%r8,%r10), %ebx
	leal	12(%rsi,%r10), %r14d
	movl	(%rdi,%r14), %ebp
	shrl	$8, %r11d
	movl	%ebp, %r14d
	shll	$24, %r14d
	orl	%r11d, %r14d
	leal	13(%r8,%r10), %r15d
	movl	%r14d, (%rdi,%rbx)
	leal	16(%rsi,%r10), %r11d
	movl	(%rdi,%r11), %r11d
	shrl	$8, %ebp
	movl	%r11d, %ebx
	shll	$24, %ebx
	orl	%ebp, %ebx
	movl	%ebx, (%rdi,%r15)
	addl	$-16, %r9d
	addl	$16, %r10d
	cmpl	$18, %r9d
	ja	.LBB49_40
	leal	16(%rdx,%rcx), %r8d
	leal	17(%rsi,%rcx), %esi
	jmp	.LBB49_6
.Lfunc_end49:
	.size	f55, .Lfunc_end49-f55
	.cfi_endproc
	.section	.rodata,"a",@progbits
	.p2align	2, 0x0
.LJTI49_0:
	.long	.LBB49_6-.LJTI49_0
	.long	.LBB49_33-.LJTI49_0
	.long	.LBB49_36-.LJTI49_0
	.long	.LBB49_39-.LJTI49_0

	.section	.rodata.cst32,"aM",@progbits,32
	.p2align	5, 0x0
.LCPI50_0:
	.long	0
	.long	32
	.long	64
	.long	96
	.long	128
	.long	160
	.long	192
	.long	224
	.section	.rodata.cst4,"aM",@progbits,4
	.p2align	2, 0x0
.LCPI50_1:
	.long	24
.LCPI50_2:
	.long	16
.LCPI50_3:
	.long	8
.LCPI50_4:
	.long	256
	.text
	.p2align	4, 0x90
	.type	f56,@function
f56:
	.cfi_startproc
	movl	%esi, %eax
	testl	%ecx, %ecx
	je	.LBB50_42
	addq	256(%rdi), %rdi
	movl	%eax, %esi
	movb	%dl, (%rdi,%rsi)
	leal	-1(%rcx,%rax), %r8d
	movb	%dl, (%rdi,%r8)
	cmpl	$3, %ecx
	jb	.LBB50_42
	leal	(%rcx,%rax), %r8d
	movb	%dl, 2(%rdi,%rsi)
	movb	%dl, 1(%rdi,%rsi)
	leal	-3(%r8), %r9d
	movb	%dl, (%rdi,%r9)
	leal	-2(%r8), %r9d
	movb	%dl, (%rdi,%r9)
	cmpl	$7, %ecx
	jb	.LBB50_42
	movb	%dl, 3(%rdi,%rsi)
	addl	$-4, %r8d
	movb	%dl, (%rdi,%r8)
	cmpl	$9, %ecx
	jb	.LBB50_42
	movl	%eax, %r9d
	negl	%r9d
	andl	$3, %r9d
	leal	(%r9,%rax), %r11d
	movzbl	%dl, %edx
	imull	$16843009, %edx, %esi
	movl	%esi, (%rdi,%r11)
	subl	%r9d, %ecx
	movl	%ecx, %edx
	andl	$-4, %edx
	leal	-4(%rdx,%r11), %r8d
	movl	%esi, (%rdi,%r8)
	cmpl	$9, %edx
	jb	.LBB50_42
	movl	%r11d, %r8d
	addl	%edx, %r8d
	movl	%esi, 8(%rdi,%r11)
	movl	%esi, 4(%rdi,%r11)
	leal	-8(%r8), %r10d
	movl	%esi, (%rdi,%r10)
	leal	-12(%r8), %r10d
	movl	%esi, (%rdi,%r10)
	cmpl	$25, %edx
	jb	.LBB50_42
	vpbroadcastd	%esi, %xmm0
	vmovdqu	%xmm0, 12(%rdi,%r11)
	leal	-16(%r8), %r10d
	movl	%esi, (%rdi,%r10)
	leal	-20(%r8), %r10d
	movl	%esi, (%rdi,%r10)
	leal	-24(%r8), %r10d
	movl	%esi, (%rdi,%r10)
	addl	$-28, %r8d
	movl	%esi, (%rdi,%r8)
	movl	%r11d, %r10d
	andl	$4, %r10d
	leal	24(%r10), %r8d
	subl	%r8d, %edx
	cmpl	$32, %edx
	jb	.LBB50_42
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%r13
	.cfi_def_cfa_offset 40
	pushq	%r12
	.cfi_def_cfa_offset 48
	pushq	%rbx
	.cfi_def_cfa_offset 56
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movl	%esi, %ebx
	movq	%rbx, %rsi
	shlq	$32, %rsi
	orq	%rbx, %rsi
	addl	%r11d, %r8d
	subl	%r10d, %ecx
	addl	$-56, %ecx
	cmpl	$3808, %ecx
	jae	.LBB50_9
	movl	%r8d, %r9d
	.p2align	4, 0x90
.LBB50_40:
	movl	%r9d, %ecx
	movq	%rsi, (%rdi,%rcx)
	leal	24(%r9), %ecx
	movq	%rsi, (%rdi,%rcx)
	leal	16(%r9), %ecx
	movq	%rsi, (%rdi,%rcx)
	leal	8(%r9), %ecx
	movq	%rsi, (%rdi,%rcx)
	addl	$32, %r9d
	addl	$-32, %edx
	cmpl	$31, %edx
	ja	.LBB50_40
.LBB50_41:
	popq	%rbx
	.cfi_def_cfa_offset 48
	popq	%r12
	.cfi_def_cfa_offset 40
	popq	%r13
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	.cfi_restore %rbx
	.cfi_restore %r12
	.cfi_restore %r13
	.cfi_restore %r14
	.cfi_restore %r15
	.cfi_restore %rbp
.LBB50_42:
	vzeroupper
	retq
.LBB50_9:
	.cfi_def_cfa_offset 56
	.cfi_offset %rbx, -56
	.cfi_offset %rbp, -16
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	movl	%ecx, %r11d
	andl	$-32, %r11d
	movl	%r8d, %ebx
	addl	%r11d, %ebx
	jb	.LBB50_10
	addl	%eax, %r10d
	leal	(%r10,%r9), %ebx
	movl	$-49, %ebp
	subl	%ebx, %ebp
	cmpl	%r11d, %ebp
	jb	.LBB50_12
	movl	$-41, %ebp
	subl	%ebx, %ebp
	cmpl	%r11d, %ebp
	jb	.LBB50_14
	movl	$-33, %ebp
	subl	%ebx, %ebp
	cmpl	%r11d, %ebp
	jb	.LBB50_16
	leal	40(%r9,%r10), %ebx
	addq	%rdi, %rbx
	leaq	(%rbx,%r11), %r14
	cmpq	%rbx, %r14
	jb	.LBB50_18
	leal	32(%r9,%r10), %ebx
	addq	%rdi, %rbx
	leaq	(%rbx,%r11), %r14
	cmpq	%rbx, %r14
	jb	.LBB50_20
	leal	48(%r9,%r10), %ebx
	addq	%rdi, %rbx
	leaq	(%rbx,%r11), %r14
	cmpq	%rbx, %r14
	jb	.LBB50_22
	movl	%r8d, %ebx
	leaq	(%rdi,%rbx), %r14
	leaq	(%r11,%r14), %r15
	cmpq	%r14, %r15
	jb	.LBB50_24
	leaq	(%rdi,%rbx), %r15
	addq	%rdi, %r11
	leaq	8(%rbx,%r11), %rbx
	leal	48(%r9,%r10), %r14d
	leaq	8(%r14,%r11), %r13
	leaq	(%rdi,%r14), %rbp
	leal	40(%r9,%r10), %r14d
	leaq	(%rdi,%r14), %r12
	leaq	8(%r14,%r11), %r14
	leal	32(%r9,%r10), %r9d
	leaq	(%rdi,%r9), %r10
	leaq	8(%r9,%r11), %r11
	cmpq	%r13, %r15
	setb	-1(%rsp)
	cmpq	%rbx, %rbp
	setb	-2(%rsp)
	cmpq	%r14, %r15
	setb	%r9b
	cmpq	%rbx, %r12
	setb	-3(%rsp)
	cmpq	%r11, %r15
	setb	%r15b
	cmpq	%rbx, %r10
	setb	-4(%rsp)
	cmpq	%r14, %rbp
	setb	%bl
	cmpq	%r13, %r12
	setb	-5(%rsp)
	cmpq	%r11, %rbp
	setb	%bpl
	cmpq	%r13, %r10
	setb	%r13b
	cmpq	%r11, %r12
	setb	%r11b
	cmpq	%r14, %r10
	setb	%r14b
	movzbl	-2(%rsp), %r10d
	testb	%r10b, -1(%rsp)
	jne	.LBB50_26
	andb	-3(%rsp), %r9b
	jne	.LBB50_28
	andb	-4(%rsp), %r15b
	jne	.LBB50_30
	andb	-5(%rsp), %bl
	jne	.LBB50_32
	andb	%r13b, %bpl
	jne	.LBB50_34
	andb	%r14b, %r11b
	jne	.LBB50_36
	shrl	$5, %ecx
	incl	%ecx
	movl	%ecx, %r10d
	andl	$-8, %r10d
	movl	%r10d, %r9d
	shll	$5, %r9d
	subl	%r9d, %edx
	addl	%r8d, %r9d
	vpbroadcastd	%r8d, %ymm0
	vpaddd	.LCPI50_0(%rip), %ymm0, %ymm0
	vpbroadcastq	%rsi, %zmm1
	vpbroadcastd	.LCPI50_1(%rip), %ymm2
	vpbroadcastd	.LCPI50_2(%rip), %ymm3
	vpbroadcastd	.LCPI50_3(%rip), %ymm4
	vpbroadcastd	.LCPI50_4(%rip), %ymm5
	movl	%r10d, %r8d
.LBB50_38:
	vpmovzxdq	%ymm0, %zmm6
	kxnorw	%k0, %k0, %k1
	vpscatterqq	%zmm1, (%rdi,%zmm6) {%k1}
	vpaddd	%ymm2, %ymm0, %ymm6
	vpmovzxdq	%ymm6, %zmm6
	kxnorw	%k0, %k0, %k1
	vpscatterqq	%zmm1, (%rdi,%zmm6) {%k1}
	vpaddd	%ymm3, %ymm0, %ymm6
	vpmovzxdq	%ymm6, %zmm6
	kxnorw	%k0, %k0, %k1
	vpscatterqq	%zmm1, (%rdi,%zmm6) {%k1}
	vpaddd	%ymm4, %ymm0, %ymm6
	vpmovzxdq	%ymm6, %zmm6
	kxnorw	%k0, %k0, %k1
	vpscatterqq	%zmm1, (%rdi,%zmm6) {%k1}
	vpaddd	%ymm5, %ymm0, %ymm0
	addl	$-8, %r8d
	jne	.LBB50_38
	cmpl	%r10d, %ecx
	jne	.LBB50_40
	jmp	.LBB50_41
.LBB50_24:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.LBB50_36:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.LBB50_22:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.LBB50_20:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.LBB50_34:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.LBB50_32:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.LBB50_18:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.LBB50_16:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.LBB50_30:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.LBB50_26:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.LBB50_28:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.LBB50_14:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.LBB50_12:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.LBB50_10:
	movl	%r8d, %r9d
	jmp	.LBB50_40
.Lfunc_end50:
	.size	f56, .Lfunc_end50-f56
	.cfi_endproc

	.p2align	4, 0x90
	.type	f57,@function
f57:
	.cfi_startproc
	addq	256(%rdi), %rdi
	movl	%esi, %eax
	testb	$3, %sil
	je	.LBB51_9
	movl	%esi, %eax
	cmpb	$0, (%rdi,%rax)
	movl	%esi, %eax
	je	.LBB51_12
	leal	1(%rsi), %eax
	testb	$3, %al
	je	.LBB51_9
	movl	%eax, %ecx
	cmpb	$0, (%rdi,%rcx)
	je	.LBB51_12
	leal	2(%rsi), %eax
	testb	$3, %al
	je	.LBB51_9
	movl	%eax, %ecx
	cmpb	$0, (%rdi,%rcx)
	je	.LBB51_12
	leal	3(%rsi), %eax
	testb	$3, %al
	je	.LBB51_9
	movl	%eax, %ecx
	cmpb	$0, (%rdi,%rcx)
	je	.LBB51_12
	leal	4(%rsi), %eax
	.p2align	4, 0x90
.LBB51_9:
	movl	%eax, %ecx
	movl	(%rdi,%rcx), %ecx
	movl	$16843008, %edx
	subl	%ecx, %edx
	orl	%ecx, %edx
	notl	%edx
	addl	$4, %eax
	testl	$-2139062144, %edx
	je	.LBB51_9
	addl	$-4, %eax
	testb	%cl, %cl
	je	.LBB51_12
	.p2align	4, 0x90
.LBB51_11:
	incl	%eax
	cmpb	$0, (%rdi,%rax)
	jne	.LBB51_11
.LBB51_12:
	subl	%esi, %eax
	retq
.Lfunc_end51:
	.size	f57, .Lfunc_end51-f57
	.cfi_endproc

	.p2align	4, 0x90
	.type	f58,@function
f58:
	.cfi_startproc
	addq	256(%rdi), %rdi
	testl	%ecx, %ecx
	setne	%r10b
	testb	$3, %sil
	setne	%al
	andb	%r10b, %al
	cmpb	$1, %al
	jne	.LBB52_9
	movl	%esi, %eax
	cmpb	%dl, (%rdi,%rax)
	jne	.LBB52_7
	movl	%ecx, %r8d
	movl	%esi, %r9d
	jmp	.LBB52_3
.LBB52_7:
	movl	%ecx, %r8d
	decl	%r8d
	setne	%r10b
	leal	1(%rsi), %r9d
	testb	$3, %r9b
	setne	%al
	testb	%r10b, %al
	je	.LBB52_8
	movl	%r9d, %eax
	cmpb	%dl, (%rdi,%rax)
	je	.LBB52_3
	movl	%ecx, %r8d
	addl	$-2, %r8d
	setne	%r10b
	leal	2(%rsi), %r9d
	testb	$3, %r9b
	setne	%al
	andb	%r10b, %al
	cmpb	$1, %al
	jne	.LBB52_8
	movl	%r9d, %eax
	cmpb	%dl, (%rdi,%rax)
	je	.LBB52_3
	movl	%ecx, %r8d
	addl	$-3, %r8d
	setne	%r10b
	leal	3(%rsi), %r9d
	testb	$3, %r9b
	setne	%al
	andb	%r10b, %al
	cmpb	$1, %al
	jne	.LBB52_8
	movl	%r9d, %eax
	cmpb	%dl, (%rdi,%rax)
	je	.LBB52_3
	addl	$4, %esi
	addl	$-4, %ecx
	setne	%r10b
	jmp	.LBB52_9
.LBB52_8:
	movl	%r8d, %ecx
	movl	%r9d, %esi
.LBB52_9:
	xorl	%eax, %eax
	movl	%ecx, %r8d
	movl	%esi, %r9d
	testb	%r10b, %r10b
	je	.LBB52_10
.LBB52_3:
	movl	%r9d, %eax
	cmpb	%dl, (%rdi,%rax)
	sete	%al
	cmpl	$4, %r8d
	setb	%cl
	orb	%al, %cl
	jne	.LBB52_4
	movzbl	%dl, %eax
	imull	$16843009, %eax, %eax
	.p2align	4, 0x90
.LBB52_18:
	movl	%r9d, %ecx
	movl	(%rdi,%rcx), %ecx
	xorl	%eax, %ecx
	movl	$16843008, %esi
	subl	%ecx, %esi
	orl	%ecx, %esi
	notl	%esi
	testl	$-2139062144, %esi
	jne	.LBB52_4
	addl	$4, %r9d
	addl	$-4, %r8d
	cmpl	$3, %r8d
	ja	.LBB52_18
.LBB52_4:
	xorl	%eax, %eax
	testl	%r8d, %r8d
	je	.LBB52_10
	.p2align	4, 0x90
.LBB52_5:
	movl	%r9d, %ecx
	cmpb	%dl, (%rdi,%rcx)
	je	.LBB52_6
	incl	%r9d
	decl	%r8d
	jne	.LBB52_5
.LBB52_10:
	retq
.LBB52_6:
	movl	%r9d, %eax
	retq
.Lfunc_end52:
	.size	f58, .Lfunc_end52-f58
	.cfi_endproc

	.p2align	4, 0x90
	.type	f59,@function
f59:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%rbx
	.cfi_def_cfa_offset 24
	pushq	%rax
	.cfi_def_cfa_offset 32
	.cfi_offset %rbx, -24
	.cfi_offset %rbp, -16
	movl	%edx, %ebx
	movl	%esi, %ebp
	xorl	%edx, %edx
	movl	%ebx, %ecx
	callq	f58
	movl	%eax, %ecx
	subl	%ebp, %ecx
	testl	%eax, %eax
	cmovel	%ebx, %ecx
	movl	%ecx, %eax
	addq	$8, %rsp
	.cfi_def_cfa_offset 24
	popq	%rbx
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end53:
	.size	f59, .Lfunc_end53-f59
	.cfi_endproc

	.p2align	4, 0x90
	.type	f60,@function
f60:
	.cfi_startproc
	movl	%esi, %eax
	retq
.Lfunc_end54:
	.size	f60, .Lfunc_end54-f60
	.cfi_endproc

	.p2align	4, 0x90
	.type	f61,@function
f61:
	.cfi_startproc
	pushq	%rax
	.cfi_def_cfa_offset 16
	callq	f60
	popq	%rcx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end55:
	.size	f61, .Lfunc_end55-f61
	.cfi_endproc

	.section	.rodata.cst16,"aM",@progbits,16
	.p2align	4, 0x0
.LCPI56_0:
	.byte	240
	.byte	128
	.byte	128
	.byte	128
	.zero	1
	.zero	1
	.zero	1
	.zero	1
	.zero	1
	.zero	1
	.zero	1
	.zero	1
	.zero	1
	.zero	1
	.zero	1
	.zero	1
	.section	.rodata.cst4,"aM",@progbits,4
	.p2align	2, 0x0
.LCPI56_1:
	.byte	240
	.byte	128
	.byte	128
	.byte	128
	.text
	.p2align	4, 0x90
	.type	f62,@function
f62:
	.cfi_startproc
	movl	$1, %eax
	testl	%esi, %esi
	je	.LBB56_12
	addq	256(%rdi), %rdi
	cmpl	$128, %edx
	jb	.LBB56_7
	cmpl	$0, 1052832(%rdi)
	je	.LBB56_6
	cmpl	$2047, %edx
	jbe	.LBB56_8
	cmpl	$55296, %edx
	setae	%al
	movl	%edx, %ecx
	andl	$-8192, %ecx
	cmpl	$57344, %ecx
	setne	%cl
	testb	%cl, %al
	je	.LBB56_5
	leal	-1114112(%rdx), %eax
	cmpl	$-1048577, %eax
	jbe	.LBB56_10
	movl	%edx, %eax
	andb	$63, %al
	movl	%edx, %ecx
	shrl	$18, %ecx
	movl	%edx, %r8d
	shrl	$6, %r8d
	andb	$63, %r8b
	shrl	$12, %edx
	andb	$63, %dl
	vmovd	%ecx, %xmm0
	vpinsrb	$1, %edx, %xmm0, %xmm0
	vpinsrb	$2, %r8d, %xmm0, %xmm0
	movl	%esi, %ecx
	vpinsrb	$3, %eax, %xmm0, %xmm0
	vpord	.LCPI56_1(%rip){1to4}, %xmm0, %xmm0
	vmovd	%xmm0, (%rdi,%rcx)
	movl	$4, %eax
.LBB56_12:
	retq
.LBB56_6:
	movl	%edx, %ecx
	andl	$-128, %ecx
	cmpl	$57216, %ecx
	jne	.LBB56_10
.LBB56_7:
	movl	%esi, %ecx
	movb	%dl, (%rdi,%rcx)
	retq
.LBB56_8:
	movl	%edx, %eax
	andb	$63, %al
	orb	$-128, %al
	movl	%esi, %ecx
	movb	%al, 1(%rdi,%rcx)
	shrl	$6, %edx
	orb	$-64, %dl
	movb	%dl, (%rdi,%rcx)
	movl	$2, %eax
	retq
.LBB56_10:
	movl	$25, 1051780(%rdi)
	movl	$-1, %eax
	retq
.LBB56_5:
	movl	%edx, %eax
	andb	$63, %al
	orb	$-128, %al
	movl	%esi, %ecx
	movb	%al, 2(%rdi,%rcx)
	movl	%edx, %eax
	shrl	$12, %eax
	orb	$-32, %al
	movb	%al, (%rdi,%rcx)
	shrl	$6, %edx
	andb	$63, %dl
	orb	$-128, %dl
	movb	%dl, 1(%rdi,%rcx)
	movl	$3, %eax
	retq
.Lfunc_end56:
	.size	f62, .Lfunc_end56-f62
	.cfi_endproc

	.p2align	4, 0x90
	.type	f63,@function
f63:
	.cfi_startproc
	testl	%esi, %esi
	je	.LBB57_1
	pushq	%rax
	.cfi_def_cfa_offset 16
	xorl	%ecx, %ecx
	callq	f62
	addq	$8, %rsp
	.cfi_def_cfa_offset 8
	retq
.LBB57_1:
	xorl	%eax, %eax
	retq
.Lfunc_end57:
	.size	f63, .Lfunc_end57-f63
	.cfi_endproc

	.section	.rodata.cst8,"aM",@progbits,8
	.p2align	3, 0x0
.LCPI58_0:
	.quad	0x43f0000000000000
	.text
	.p2align	4, 0x90
	.type	f64,@function
f64:
	.cfi_startproc
	pushq	%r14
	.cfi_def_cfa_offset 16
	pushq	%rbx
	.cfi_def_cfa_offset 24
	pushq	%rax
	.cfi_def_cfa_offset 32
	.cfi_offset %rbx, -24
	.cfi_offset %r14, -16
	movq	256(%rdi), %r14
	addq	%rdi, %r14
	vmovq	%xmm0, %rax
	movq	%rax, %rcx
	shrq	$52, %rcx
	andl	$2047, %ecx
	je	.LBB58_3
	cmpl	$2047, %ecx
	je	.LBB58_6
	addl	$-1022, %ecx
	movl	%esi, %edx
	movl	%ecx, (%r14,%rdx)
	movabsq	$-9218868437227405313, %rcx
	andq	%rcx, %rax
	movabsq	$4602678819172646912, %rcx
	orq	%rax, %rcx
	vmovq	%rcx, %xmm0
	jmp	.LBB58_6
.LBB58_3:
	vxorpd	%xmm1, %xmm1, %xmm1
	vucomisd	%xmm1, %xmm0
	jne	.LBB58_4
	jnp	.LBB58_5
.LBB58_4:
	vmulsd	.LCPI58_0(%rip), %xmm0, %xmm0
	movl	%esi, %ebx
	callq	f64
	movl	%ebx, %eax
	addl	$-64, (%r14,%rax)
	jmp	.LBB58_6
.LBB58_5:
	movl	%esi, %eax
	movl	$0, (%r14,%rax)
.LBB58_6:
	addq	$8, %rsp
	.cfi_def_cfa_offset 24
	popq	%rbx
	.cfi_def_cfa_offset 16
	popq	%r14
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end58:
	.size	f64, .Lfunc_end58-f64
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry4,@function
entry4:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdx, %rbx
	movq	%rsi, %r8
	movq	%rdi, %rax
	movl	(%rdx), %esi
	movq	8(%rdx), %rdx
	movl	16(%rbx), %ecx
	movq	%r8, %rdi
	callq	*%rax
	movl	%eax, %eax
	movq	%rax, (%rbx)
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end59:
	.size	entry4, .Lfunc_end59-entry4
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry5,@function
entry5:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdx, %rbx
	movq	%rsi, %rcx
	movq	%rdi, %rax
	movl	(%rdx), %esi
	movq	%rcx, %rdi
	callq	*%rax
	movl	%eax, %eax
	movq	%rax, (%rbx)
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end60:
	.size	entry5, .Lfunc_end60-entry5
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry6,@function
entry6:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdx, %rbx
	movq	%rsi, %rcx
	movq	%rdi, %rax
	movl	(%rdx), %esi
	movl	8(%rdx), %edx
	movq	%rcx, %rdi
	callq	*%rax
	movl	%eax, %eax
	movq	%rax, (%rbx)
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end61:
	.size	entry6, .Lfunc_end61-entry6
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry7,@function
entry7:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdx, %rbx
	movq	%rsi, %r9
	movq	%rdi, %rax
	movl	(%rdx), %esi
	movq	8(%rdx), %rdx
	movl	16(%rbx), %ecx
	movl	24(%rbx), %r8d
	movq	%r9, %rdi
	callq	*%rax
	movl	%eax, %eax
	movq	%rax, (%rbx)
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end62:
	.size	entry7, .Lfunc_end62-entry7
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry8,@function
entry8:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdx, %rbx
	movq	%rsi, %r9
	movq	%rdi, %rax
	movl	(%rdx), %esi
	movl	8(%rdx), %edx
	movl	16(%rbx), %ecx
	movl	24(%rbx), %r8d
	movq	%r9, %rdi
	callq	*%rax
	movl	%eax, %eax
	movq	%rax, (%rbx)
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end63:
	.size	entry8, .Lfunc_end63-entry8
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry9,@function
entry9:
	.cfi_startproc
	pushq	%rax
	.cfi_def_cfa_offset 16
	movq	%rsi, %rcx
	movq	%rdi, %rax
	movl	(%rdx), %esi
	movq	%rcx, %rdi
	callq	*%rax
	popq	%rax
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end64:
	.size	entry9, .Lfunc_end64-entry9
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry10,@function
entry10:
	.cfi_startproc
	pushq	%rax
	.cfi_def_cfa_offset 16
	movq	%rdi, %rax
	movq	%rsi, %rdi
	callq	*%rax
	popq	%rax
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end65:
	.size	entry10, .Lfunc_end65-entry10
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry0,@function
entry0:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdx, %rbx
	movq	%rdi, %rax
	movq	%rsi, %rdi
	callq	*%rax
	movl	%eax, %eax
	movq	%rax, (%rbx)
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end66:
	.size	entry0, .Lfunc_end66-entry0
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry1,@function
entry1:
	.cfi_startproc
	pushq	%rax
	.cfi_def_cfa_offset 16
	movq	%rsi, %rcx
	movq	%rdi, %rax
	movl	(%rdx), %esi
	movl	8(%rdx), %edx
	movq	%rcx, %rdi
	callq	*%rax
	popq	%rax
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end67:
	.size	entry1, .Lfunc_end67-entry1
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry2,@function
entry2:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdx, %rbx
	movq	%rsi, %r8
	movq	%rdi, %rax
	movl	(%rdx), %esi
	movl	8(%rdx), %edx
	movl	16(%rbx), %ecx
	movq	%r8, %rdi
	callq	*%rax
	movl	%eax, %eax
	movq	%rax, (%rbx)
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end68:
	.size	entry2, .Lfunc_end68-entry2
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry3,@function
entry3:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdx, %rbx
	movq	%rsi, %r8
	movq	%rdi, %rax
	movl	(%rdx), %esi
	movq	8(%rdx), %rdx
	movl	16(%rbx), %ecx
	movq	%r8, %rdi
	callq	*%rax
	movq	%rax, (%rbx)
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end69:
	.size	entry3, .Lfunc_end69-entry3
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry11,@function
entry11:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdx, %rbx
	movq	%rsi, %r10
	movq	%rdi, %rax
	movl	(%rdx), %esi
	movl	8(%rdx), %edx
	movl	16(%rbx), %ecx
	movl	24(%rbx), %r8d
	movl	32(%rbx), %r9d
	movq	%r10, %rdi
	callq	*%rax
	movl	%eax, %eax
	movq	%rax, (%rbx)
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end70:
	.size	entry11, .Lfunc_end70-entry11
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry12,@function
entry12:
	.cfi_startproc
	pushq	%rax
	.cfi_def_cfa_offset 16
	movq	%rsi, %r9
	movq	%rdi, %rax
	movl	(%rdx), %esi
	movl	8(%rdx), %r8d
	movl	16(%rdx), %ecx
	movq	%r9, %rdi
	movl	%r8d, %edx
	callq	*%rax
	popq	%rax
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end71:
	.size	entry12, .Lfunc_end71-entry12
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry13,@function
entry13:
	.cfi_startproc
	pushq	%rax
	.cfi_def_cfa_offset 16
	movq	%rsi, %r11
	movq	%rdi, %rax
	movl	(%rdx), %esi
	movl	8(%rdx), %r10d
	movl	16(%rdx), %ecx
	movl	24(%rdx), %r8d
	movl	32(%rdx), %r9d
	movq	%r11, %rdi
	movl	%r10d, %edx
	callq	*%rax
	popq	%rax
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end72:
	.size	entry13, .Lfunc_end72-entry13
	.cfi_endproc

	.p2align	4, 0x90
	.type	entry14,@function
entry14:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdx, %rbx
	movq	%rsi, %rcx
	movq	%rdi, %rax
	vmovsd	(%rdx), %xmm0
	movl	8(%rdx), %esi
	movq	%rcx, %rdi
	callq	*%rax
	vmovsd	%xmm0, (%rbx)
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.Lfunc_end73:
	.size	entry14, .Lfunc_end73-entry14
	.cfi_endproc

	.p2align	4, 0x90
	.type	adapter0,@function
adapter0:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	callq	*72(%rdi)
	movl	16(%rbx), %ecx
	testl	%ecx, %ecx
	jne	.LBB74_2
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.LBB74_2:
	.cfi_def_cfa_offset 16
	movq	support(%rip), %rax
	movq	%rbx, %rdi
	callq	*72(%rax)
.Lfunc_end74:
	.size	adapter0, .Lfunc_end74-adapter0
	.cfi_endproc

	.p2align	4, 0x90
	.type	adapter1,@function
adapter1:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	callq	*104(%rdi)
	movl	16(%rbx), %ecx
	testl	%ecx, %ecx
	jne	.LBB75_2
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.LBB75_2:
	.cfi_def_cfa_offset 16
	movq	support(%rip), %rax
	movq	%rbx, %rdi
	callq	*72(%rax)
.Lfunc_end75:
	.size	adapter1, .Lfunc_end75-adapter1
	.cfi_endproc

	.p2align	4, 0x90
	.type	adapter2,@function
adapter2:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	callq	*136(%rdi)
	movl	16(%rbx), %ecx
	testl	%ecx, %ecx
	jne	.LBB76_2
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.LBB76_2:
	.cfi_def_cfa_offset 16
	movq	support(%rip), %rax
	movq	%rbx, %rdi
	callq	*72(%rax)
.Lfunc_end76:
	.size	adapter2, .Lfunc_end76-adapter2
	.cfi_endproc

	.p2align	4, 0x90
	.type	adapter3,@function
adapter3:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	callq	*168(%rdi)
	movl	16(%rbx), %ecx
	testl	%ecx, %ecx
	jne	.LBB77_2
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.LBB77_2:
	.cfi_def_cfa_offset 16
	movq	support(%rip), %rax
	movq	%rbx, %rdi
	callq	*72(%rax)
.Lfunc_end77:
	.size	adapter3, .Lfunc_end77-adapter3
	.cfi_endproc

	.p2align	4, 0x90
	.type	adapter4,@function
adapter4:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	callq	*200(%rdi)
	movl	16(%rbx), %ecx
	testl	%ecx, %ecx
	jne	.LBB78_2
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.LBB78_2:
	.cfi_def_cfa_offset 16
	movq	support(%rip), %rax
	movq	%rbx, %rdi
	callq	*72(%rax)
.Lfunc_end78:
	.size	adapter4, .Lfunc_end78-adapter4
	.cfi_endproc

	.p2align	4, 0x90
	.type	adapter5,@function
adapter5:
	.cfi_startproc
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset %rbx, -16
	movq	%rdi, %rbx
	callq	*232(%rdi)
	movl	16(%rbx), %eax
	testl	%eax, %eax
	jne	.LBB79_2
	popq	%rbx
	.cfi_def_cfa_offset 8
	retq
.LBB79_2:
	.cfi_def_cfa_offset 16
	movq	support(%rip), %rax
	movq	%rbx, %rdi
	callq	*72(%rax)
.Lfunc_end79:
	.size	adapter5, .Lfunc_end79-adapter5
	.cfi_endproc

	.type	support,@object
	.local	support
	.comm	support,8,16
	.type	type_identities,@object
	.data
	.p2align	4, 0x0
type_identities:
	.quad	65
	.quad	584
	.quad	37441
	.quad	37954
	.quad	37953
	.quad	577
	.quad	4673
	.quad	303681
	.quad	299585
	.quad	72
	.quad	8
	.quad	2396737
	.quad	4680
	.quad	299592
	.quad	6212
	.size	type_identities, 120

	.type	.Lcompiler,@object
	.section	.rodata,"a",@progbits
	.p2align	4, 0x0
.Lcompiler:
	.asciz	"faasm 0.1.0 llvm 19.1.7 O2 znver4 +prfchw +avx +aes +sahf +pclmul +crc32 +xsaves +sse4.1 +avx512ifma +xsave +sse4.2 +invpcid +64bit +xsavec +avx512vpopcntdq +cmov +avx512cd +movbe +evex512 +adx +avx2 +vpclmulqdq +avx512vl +clflushopt +bmi +sse +gfni +xsaveopt +rdrnd +avx512f +avx512bf16 +avx512vnni +cx8 +avx512bw +sse3 +fsgsbase +clzero +lzcnt +sha +ssse3 +cx16 +bmi2 +fma +popcnt +f16c +avx512bitalg +clwb +mmx +sse2 +rdseed +avx512vbmi2 +rdpid +avx512vbmi +shstk +vaes +fxsr +avx512dq +sse4a"
	.size	.Lcompiler, 496

	.type	.Lpool,@object
	.p2align	4, 0x0
.Lpool:
	.ascii	"\177\177\177\177\177\177\177\177~\177~\177~\177\177\177\177\177\177\177\177~\177\177\177\177\177\177\177\177\177\177\177\177\177\177\177\177\177\177\177\177\177\177\177|\177|"
	.size	.Lpool, 48

	.type	.Ltypes,@object
	.section	.data.rel.ro,"aw",@progbits
	.p2align	4, 0x0
.Ltypes:
	.long	0
	.long	1
	.quad	.Lpool
	.quad	.Lpool
	.quad	entry0
	.long	2
	.long	0
	.quad	.Lpool+1
	.quad	.Lpool+3
	.quad	entry1
	.long	3
	.long	1
	.quad	.Lpool+3
	.quad	.Lpool+6
	.quad	entry2
	.long	3
	.long	1
	.quad	.Lpool+7
	.quad	.Lpool+10
	.quad	entry3
	.long	3
	.long	1
	.quad	.Lpool+11
	.quad	.Lpool+14
	.quad	entry4
	.long	1
	.long	1
	.quad	.Lpool+15
	.quad	.Lpool+16
	.quad	entry5
	.long	2
	.long	1
	.quad	.Lpool+17
	.quad	.Lpool+19
	.quad	entry6
	.long	4
	.long	1
	.quad	.Lpool+20
	.quad	.Lpool+24
	.quad	entry7
	.long	4
	.long	1
	.quad	.Lpool+25
	.quad	.Lpool+29
	.quad	entry8
	.long	1
	.long	0
	.quad	.Lpool+30
	.quad	.Lpool+31
	.quad	entry9
	.long	0
	.long	0
	.quad	.Lpool+31
	.quad	.Lpool+31
	.quad	entry10
	.long	5
	.long	1
	.quad	.Lpool+31
	.quad	.Lpool+36
	.quad	entry11
	.long	3
	.long	0
	.quad	.Lpool+37
	.quad	.Lpool+40
	.quad	entry12
	.long	5
	.long	0
	.quad	.Lpool+40
	.quad	.Lpool+45
	.quad	entry13
	.long	2
	.long	1
	.quad	.Lpool+45
	.quad	.Lpool+47
	.quad	entry14
	.size	.Ltypes, 480

	.type	.Lpool.1,@object
	.section	.rodata,"a",@progbits
	.p2align	4, 0x0
.Lpool.1:
	.ascii	"wasi_snapshot_preview1clock_time_getwasi_snapshot_preview1fd_closewasi_snapshot_preview1fd_fdstat_getwasi_snapshot_preview1fd_seekwasi_snapshot_preview1fd_writewasi_snapshot_preview1proc_exit"
	.size	.Lpool.1, 191

	.type	.Limports,@object
	.section	.data.rel.ro,"aw",@progbits
	.p2align	4, 0x0
.Limports:
	.quad	.Lpool.1
	.long	22
	.zero	4
	.quad	.Lpool.1+22
	.long	14
	.zero	4
	.byte	0
	.byte	0
	.byte	0
	.zero	1
	.long	4
	.long	0
	.long	4294967295
	.byte	0
	.zero	3
	.zero	4
	.quad	.Lpool.1+36
	.long	22
	.zero	4
	.quad	.Lpool.1+58
	.long	8
	.zero	4
	.byte	0
	.byte	0
	.byte	0
	.zero	1
	.long	5
	.long	0
	.long	4294967295
	.byte	0
	.zero	3
	.zero	4
	.quad	.Lpool.1+66
	.long	22
	.zero	4
	.quad	.Lpool.1+88
	.long	13
	.zero	4
	.byte	0
	.byte	0
	.byte	0
	.zero	1
	.long	6
	.long	0
	.long	4294967295
	.byte	0
	.zero	3
	.zero	4
	.quad	.Lpool.1+101
	.long	22
	.zero	4
	.quad	.Lpool.1+123
	.long	7
	.zero	4
	.byte	0
	.byte	0
	.byte	0
	.zero	1
	.long	7
	.long	0
	.long	4294967295
	.byte	0
	.zero	3
	.zero	4
	.quad	.Lpool.1+130
	.long	22
	.zero	4
	.quad	.Lpool.1+152
	.long	8
	.zero	4
	.byte	0
	.byte	0
	.byte	0
	.zero	1
	.long	8
	.long	0
	.long	4294967295
	.byte	0
	.zero	3
	.zero	4
	.quad	.Lpool.1+160
	.long	22
	.zero	4
	.quad	.Lpool.1+182
	.long	9
	.zero	4
	.byte	0
	.byte	0
	.byte	0
	.zero	1
	.long	9
	.long	0
	.long	4294967295
	.byte	0
	.zero	3
	.zero	4
	.size	.Limports, 336

	.type	.Lpool.2,@object
	.section	.rodata,"a",@progbits
	.p2align	4, 0x0
.Lpool.2:
	.ascii	"memory__stack_pointer_initialize_start_faasm_call_pointer__indirect_function_table"
	.size	.Lpool.2, 82

	.type	.Lexports,@object
	.section	.data.rel.ro,"aw",@progbits
	.p2align	4, 0x0
.Lexports:
	.quad	.Lpool.2
	.long	6
	.zero	4
	.byte	2
	.zero	3
	.long	0
	.quad	.Lpool.2+6
	.long	15
	.zero	4
	.byte	3
	.zero	3
	.long	0
	.quad	.Lpool.2+21
	.long	11
	.zero	4
	.byte	0
	.zero	3
	.long	10
	.quad	.Lpool.2+32
	.long	6
	.zero	4
	.byte	0
	.zero	3
	.long	11
	.quad	.Lpool.2+38
	.long	19
	.zero	4
	.byte	0
	.zero	3
	.long	12
	.quad	.Lpool.2+57
	.long	25
	.zero	4
	.byte	1
	.zero	3
	.long	0
	.size	.Lexports, 144

	.type	.Lpool.3,@object
	.section	.rodata,"a",@progbits
	.p2align	4, 0x0
.Lpool.3:
	.ascii	"__imported_wasi_snapshot_preview1_clock_time_get__imported_wasi_snapshot_preview1_fd_close__imported_wasi_snapshot_preview1_fd_fdstat_get__imported_wasi_snapshot_preview1_fd_seek__imported_wasi_snapshot_preview1_fd_write__imported_wasi_snapshot_preview1_proc_exit__wasm_call_ctorsundefined_weak:__libc_mallocundefined_weak:__libc_freeundefined_weak:_faasm_zygote_initialize_start_faasm_call_pointer__original_mainpushstoreloadmultiplyaddexclusive_orlessjump_ifstop__clock_gettime__wasi_clock_time_get__wasi_fd_close__wasi_fd_fdstat_get__wasi_fd_seek__wasi_fd_write__wasi_proc_exit_Exitdummyexitprintfclose__stdio_closewritev__stdio_write__isatty__stdout_write__lseek__stdio_seek__ofl_lock__stdio_exit__towrite__fwritexfwritestrerrorfputsabortvfprintfprintf_corepop_argpadlong_double_not_supportedmemcpymemsetstrlenmemchrstrnlendummy__lctranswcrtombwctombfrexp"
	.size	.Lpool.3, 859

	.type	.Lfunctions,@object
	.section	.data.rel.ro,"aw",@progbits
	.p2align	4, 0x0
.Lfunctions:
	.quad	0
	.long	4
	.long	4294967295
	.quad	.Lpool.3
	.long	48
	.zero	4
	.quad	0
	.long	5
	.long	4294967295
	.quad	.Lpool.3+48
	.long	42
	.zero	4
	.quad	0
	.long	6
	.long	4294967295
	.quad	.Lpool.3+90
	.long	47
	.zero	4
	.quad	0
	.long	7
	.long	4294967295
	.quad	.Lpool.3+137
	.long	41
	.zero	4
	.quad	0
	.long	8
	.long	4294967295
	.quad	.Lpool.3+178
	.long	42
	.zero	4
	.quad	0
	.long	9
	.long	4294967295
	.quad	.Lpool.3+220
	.long	43
	.zero	4
	.quad	f6
	.long	10
	.long	4294967295
	.quad	.Lpool.3+263
	.long	17
	.zero	4
	.quad	f7
	.long	5
	.long	4294967295
	.quad	.Lpool.3+280
	.long	28
	.zero	4
	.quad	f8
	.long	9
	.long	4294967295
	.quad	.Lpool.3+308
	.long	26
	.zero	4
	.quad	f9
	.long	0
	.long	4294967295
	.quad	.Lpool.3+334
	.long	28
	.zero	4
	.quad	f10
	.long	10
	.long	0
	.quad	.Lpool.3+362
	.long	11
	.zero	4
	.quad	f11
	.long	10
	.long	1
	.quad	.Lpool.3+373
	.long	6
	.zero	4
	.quad	f12
	.long	9
	.long	2
	.quad	.Lpool.3+379
	.long	19
	.zero	4
	.quad	f13
	.long	0
	.long	4294967295
	.quad	.Lpool.3+398
	.long	15
	.zero	4
	.quad	f14
	.long	1
	.long	3
	.quad	.Lpool.3+413
	.long	4
	.zero	4
	.quad	f15
	.long	1
	.long	4
	.quad	.Lpool.3+417
	.long	5
	.zero	4
	.quad	f16
	.long	1
	.long	5
	.quad	.Lpool.3+422
	.long	4
	.zero	4
	.quad	f17
	.long	1
	.long	6
	.quad	.Lpool.3+426
	.long	8
	.zero	4
	.quad	f18
	.long	1
	.long	7
	.quad	.Lpool.3+434
	.long	3
	.zero	4
	.quad	f19
	.long	1
	.long	8
	.quad	.Lpool.3+437
	.long	12
	.zero	4
	.quad	f20
	.long	1
	.long	9
	.quad	.Lpool.3+449
	.long	4
	.zero	4
	.quad	f21
	.long	1
	.long	10
	.quad	.Lpool.3+453
	.long	7
	.zero	4
	.quad	f22
	.long	1
	.long	11
	.quad	.Lpool.3+460
	.long	4
	.zero	4
	.quad	f23
	.long	6
	.long	4294967295
	.quad	.Lpool.3+464
	.long	15
	.zero	4
	.quad	f24
	.long	4
	.long	4294967295
	.quad	.Lpool.3+479
	.long	21
	.zero	4
	.quad	f25
	.long	5
	.long	4294967295
	.quad	.Lpool.3+500
	.long	15
	.zero	4
	.quad	f26
	.long	6
	.long	4294967295
	.quad	.Lpool.3+515
	.long	20
	.zero	4
	.quad	f27
	.long	7
	.long	4294967295
	.quad	.Lpool.3+535
	.long	14
	.zero	4
	.quad	f28
	.long	8
	.long	4294967295
	.quad	.Lpool.3+549
	.long	15
	.zero	4
	.quad	f29
	.long	9
	.long	4294967295
	.quad	.Lpool.3+564
	.long	16
	.zero	4
	.quad	f30
	.long	9
	.long	4294967295
	.quad	.Lpool.3+580
	.long	5
	.zero	4
	.quad	f31
	.long	10
	.long	4294967295
	.quad	.Lpool.3+585
	.long	5
	.zero	4
	.quad	f32
	.long	9
	.long	4294967295
	.quad	.Lpool.3+590
	.long	4
	.zero	4
	.quad	f33
	.long	6
	.long	4294967295
	.quad	.Lpool.3+594
	.long	6
	.zero	4
	.quad	f34
	.long	5
	.long	4294967295
	.quad	.Lpool.3+600
	.long	5
	.zero	4
	.quad	f35
	.long	5
	.long	12
	.quad	.Lpool.3+605
	.long	13
	.zero	4
	.quad	f36
	.long	2
	.long	4294967295
	.quad	.Lpool.3+618
	.long	6
	.zero	4
	.quad	f37
	.long	2
	.long	13
	.quad	.Lpool.3+624
	.long	13
	.zero	4
	.quad	f38
	.long	5
	.long	4294967295
	.quad	.Lpool.3+637
	.long	8
	.zero	4
	.quad	f39
	.long	2
	.long	14
	.quad	.Lpool.3+645
	.long	14
	.zero	4
	.quad	f40
	.long	3
	.long	4294967295
	.quad	.Lpool.3+659
	.long	7
	.zero	4
	.quad	f41
	.long	3
	.long	15
	.quad	.Lpool.3+666
	.long	12
	.zero	4
	.quad	f42
	.long	0
	.long	4294967295
	.quad	.Lpool.3+678
	.long	10
	.zero	4
	.quad	f43
	.long	10
	.long	4294967295
	.quad	.Lpool.3+688
	.long	12
	.zero	4
	.quad	f44
	.long	5
	.long	4294967295
	.quad	.Lpool.3+700
	.long	9
	.zero	4
	.quad	f45
	.long	2
	.long	4294967295
	.quad	.Lpool.3+709
	.long	9
	.zero	4
	.quad	f46
	.long	8
	.long	4294967295
	.quad	.Lpool.3+718
	.long	6
	.zero	4
	.quad	f47
	.long	5
	.long	4294967295
	.quad	.Lpool.3+724
	.long	8
	.zero	4
	.quad	f48
	.long	6
	.long	4294967295
	.quad	.Lpool.3+732
	.long	5
	.zero	4
	.quad	f49
	.long	10
	.long	4294967295
	.quad	.Lpool.3+737
	.long	5
	.zero	4
	.quad	f50
	.long	2
	.long	4294967295
	.quad	.Lpool.3+742
	.long	8
	.zero	4
	.quad	f51
	.long	11
	.long	4294967295
	.quad	.Lpool.3+750
	.long	11
	.zero	4
	.quad	f52
	.long	12
	.long	4294967295
	.quad	.Lpool.3+761
	.long	7
	.zero	4
	.quad	f53
	.long	13
	.long	4294967295
	.quad	.Lpool.3+768
	.long	3
	.zero	4
	.quad	f54
	.long	10
	.long	4294967295
	.quad	.Lpool.3+771
	.long	25
	.zero	4
	.quad	f55
	.long	2
	.long	4294967295
	.quad	.Lpool.3+796
	.long	6
	.zero	4
	.quad	f56
	.long	2
	.long	4294967295
	.quad	.Lpool.3+802
	.long	6
	.zero	4
	.quad	f57
	.long	5
	.long	4294967295
	.quad	.Lpool.3+808
	.long	6
	.zero	4
	.quad	f58
	.long	2
	.long	4294967295
	.quad	.Lpool.3+814
	.long	6
	.zero	4
	.quad	f59
	.long	6
	.long	4294967295
	.quad	.Lpool.3+820
	.long	7
	.zero	4
	.quad	f60
	.long	6
	.long	4294967295
	.quad	.Lpool.3+827
	.long	5
	.zero	4
	.quad	f61
	.long	6
	.long	4294967295
	.quad	.Lpool.3+832
	.long	9
	.zero	4
	.quad	f62
	.long	2
	.long	4294967295
	.quad	.Lpool.3+841
	.long	7
	.zero	4
	.quad	f63
	.long	6
	.long	4294967295
	.quad	.Lpool.3+848
	.long	6
	.zero	4
	.quad	f64
	.long	14
	.long	4294967295
	.quad	.Lpool.3+854
	.long	5
	.zero	4
	.size	.Lfunctions, 2080

	.type	.Ltables,@object
	.section	.rodata,"a",@progbits
	.p2align	4, 0x0
.Ltables:
	.long	14
	.long	14
	.byte	0
	.zero	3
	.byte	112
	.zero	3
	.size	.Ltables, 16

	.type	.Lmemories,@object
	.p2align	4, 0x0
.Lmemories:
	.long	17
	.long	4294967295
	.byte	0
	.zero	3
	.size	.Lmemories, 12

	.type	.Lpool.4,@object
	.p2align	4, 0x0
.Lpool.4:
	.asciz	"\000\000\000\000\000\000\000\000\000\000\020\000\000\000\000"
	.size	.Lpool.4, 16

	.type	.Lglobals,@object
	.section	.data.rel.ro,"aw",@progbits
	.p2align	4, 0x0
.Lglobals:
	.quad	.Lpool.4
	.long	1
	.zero	4
	.byte	127
	.byte	1
	.zero	6
	.size	.Lglobals, 24

	.type	.Lpool.5,@object
	.section	.rodata,"a",@progbits
	.p2align	4, 0x0
.Lpool.5:
	.asciz	"\000\000\000\000\000\000\000\000\001\000\000\000\000\000\000"
	.size	.Lpool.5, 16

	.type	.Lpool.6,@object
	.p2align	4, 0x0
.Lpool.6:
	.asciz	"\016\000\000\000\017\000\000\000\020\000\000\000\021\000\000\000\022\000\000\000\023\000\000\000\024\000\000\000\025\000\000\000\026\000\000\000%\000\000\000#\000\000\000'\000\000\000)\000\000"
	.size	.Lpool.6, 52

	.type	.Lelement_segments,@object
	.section	.data.rel.ro,"aw",@progbits
	.p2align	4, 0x0
.Lelement_segments:
	.byte	0
	.byte	112
	.zero	2
	.long	0
	.quad	.Lpool.5
	.long	1
	.zero	4
	.long	13
	.zero	4
	.quad	.Lpool.6
	.quad	0
	.size	.Lelement_segments, 48

	.type	.Lpool.7,@object
	.section	.rodata,"a",@progbits
	.p2align	4, 0x0
.Lpool.7:
	.asciz	"\000\000\000\000\000\000\000\000\000\000\020\000\000\000\000\000\000\000\000\000\000\000\000\000\220\013\020\000\000\000\000"
	.size	.Lpool.7, 32

	.type	.Lpool.8,@object
	.p2align	4, 0x0
.Lpool.8:
	.asciz	"-+   0X0x\000-0X+0X 0X-0x+0x 0x\000nan\000inf\000NAN\000INF\000.\000(null)\000%016llx %.3f\n\000Support for formatting long double values is currently disabled.\nTo enable it, add -lc-printscan-long-double to the link command.\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\000\000\000\000\002\000\000\000\000\000\000\000\001\000\000\000\000\000\000\000\002\000\000\000\001\000\000\000\003\000\000\000\002\000\000\000\001\000\000\000\037\000\000\000\004\000\000\000\000\000\000\000\003\000\000\000\000\000\000\000\003\000\000\000\001\000\000\000\004\000\000\000\000\000\000\000\005\000\000\000\000\000\000\000\003\000\000\000\001\000\000\000\006\000\000\000\000\000\000\000\002\000\000\000\002\000\000\000\003\000\000\000\001\000\000\000\001\000\000\000\001\000\000\000\005\000\000\000\000\000\000\000\002\000\000\000\001\000\000\000\003\000\000\000\001\000\000\000\001\000\000\000X\002\000\000\007\000\000\000\000\000\000\000\b\000\000\000\004\000\000\000\003\000\000\000\000\000\000\000\001\000\000\000\001\000\000\000\005\000\000\000\000\000\000\000\002\000\000\000\000\000\000\000\003\000\000\000\000\000\000\000\001\000\000\000X\002\000\000\007\000\000\000\000\000\000\000\b\000\000\000\002\000\000\000\t\000\000\000\000\000\000\000\320\000\020\000\320\000\020\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\001\000\000\000\001\000\000\000Success\000Illegal byte sequence\000Domain error\000Result not representable\000Not a tty\000Permission denied\000Operation not permitted\000No such file or directory\000No such process\000File exists\000Value too large for data type\000No space left on device\000Out of memory\000Resource busy\000Interrupted system call\000Resource temporarily unavailable\000Invalid seek\000Cross-device link\000Read-only file system\000Directory not empty\000Connection reset by peer\000Operation timed out\000Connection refused\000Host is unreachable\000Address in use\000Broken pipe\000I/O error\000No such device or address\000No such device\000Not a directory\000Is a directory\000Text file busy\000Exec format error\000Invalid argument\000Argument list too long\000Symbolic link loop\000Filename too long\000Too many open files in system\000No file descriptors available\000Bad file descriptor\000No child process\000Bad address\000File too large\000Too many links\000No locks available\000Resource deadlock would occur\000State not recoverable\000Previous owner died\000Operation canceled\000Function not implemented\000No message of desired type\000Identifier removed\000Link has been severed\000Protocol error\000Bad message\000Not a socket\000Destination address required\000Message too large\000Protocol wrong type for socket\000Protocol not available\000Protocol not supported\000Not supported\000Address family not supported by protocol\000Address not available\000Network is down\000Network unreachable\000Connection reset by network\000Connection aborted\000No buffer space available\000Socket is connected\000Socket not connected\000Operation already in progress\000Operation in progress\000Stale file handle\000Quota exceeded\000Multihop attempted\000Capabilities insufficient\000\000\000\000\000\000\000u\002N\000\326\001\342\004\271\004\030\001\216\005\355\002\026\004\362\000\227\003\001\0038\005\257\001\202\001O\003/\004\036\000\324\005\242\000\022\003\036\003\302\001\336\003\b\000\254\005\000\001d\002\361\001e\0054\002\214\002\317\002-\003L\004\343\005\237\002\370\004\034\005\b\005\261\002K\005\025\002x\000R\002<\003\361\003\344\000\303\003}\004\314\000\252\003y\005$\002n\001m\003\"\004\253\004D\000\373\001\256\000\203\003`\000\345\001\007\004\224\004^\004+\000X\0019\001\222\000\302\005\233\001C\002F\001\366\005\000\000\000\000\000\000\031\000\n\000\031\031\031\000\000\000\000\005\000\000\000\000\000\000\t\000\000\000\000\013\000\000\000\000\000\000\000\000\031\000\021\n\031\031\031\003\n\007\000\001\033\t\013\030\000\000\t\006\013\000\000\013\000\006\031\000\000\000\031\031\031\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\016\000\000\000\000\000\000\000\000\031\000\n\r\031\031\031\000\r\000\000\002\000\t\016\000\000\000\t\000\016\000\000\016\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\f\000\000\000\000\000\000\000\000\000\000\000\023\000\000\000\000\023\000\000\000\000\t\f\000\000\000\000\000\f\000\000\f\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\020\000\000\000\000\000\000\000\000\000\000\000\017\000\000\000\004\017\000\000\000\000\t\020\000\000\000\000\000\020\000\000\020\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\022\000\000\000\000\000\000\000\000\000\000\000\021\000\000\000\000\021\000\000\000\000\t\022\000\000\000\000\000\022\000\000\022\000\000\032\000\000\000\032\032\032\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\032\000\000\000\032\032\032\000\000\000\000\000\000\t\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\024\000\000\000\000\000\000\000\000\000\000\000\027\000\000\000\000\027\000\000\000\000\t\024\000\000\000\000\000\024\000\000\024\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\026\000\000\000\000\000\000\000\000\000\000\000\025\000\000\000\000\025\000\000\000\000\t\026\000\000\000\000\000\026\000\000\026\000\0000123456789ABCDEF\005\000\000\000\000\000\000\000\000\000\000\000\013\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\f\000\000\000\r\000\000\000\230\f\020\000\000\004\000\000\000\000\000\000\000\000\000\000\001\000\000\000\000\000\000\000\n\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\220\013\020\000\000\000\000\000\005\000\000\000\000\000\000\000\000\000\000\000\013\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\n\000\000\000\r\000\000\000\304\020\020\000\000\000\000\000\000\000\000\000\000\000\000\000\002\000\000\000\000\000\000\000\377\377\377\377\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\b\f\020"
	.size	.Lpool.8, 3196

	.type	.Ldata_segments,@object
	.section	.data.rel.ro,"aw",@progbits
	.p2align	4, 0x0
.Ldata_segments:
	.byte	0
	.zero	3
	.long	0
	.quad	.Lpool.7
	.long	1
	.zero	4
	.quad	.Lpool.8
	.long	2960
	.zero	4
	.byte	0
	.zero	3
	.long	0
	.quad	.Lpool.7+16
	.long	1
	.zero	4
	.quad	.Lpool.8+2960
	.long	236
	.zero	4
	.size	.Ldata_segments, 80

	.type	.Ladapters,@object
	.p2align	4, 0x0
.Ladapters:
	.quad	adapter0
	.quad	adapter1
	.quad	adapter2
	.quad	adapter3
	.quad	adapter4
	.quad	adapter5
	.size	.Ladapters, 48

	.type	faasm_module,@object
	.globl	faasm_module
	.p2align	4, 0x0
faasm_module:
.Lfaasm_module$local:
	.long	1297301830
	.long	3
	.quad	.Lcompiler
	.quad	support
	.quad	type_identities
	.long	64
	.long	256
	.long	272
	.long	288
	.long	288
	.long	320
	.long	352
	.long	368
	.long	752
	.long	768
	.long	832
	.long	15
	.long	6
	.long	6
	.long	65
	.long	6
	.long	16
	.long	1
	.long	0
	.long	1
	.long	0
	.long	1
	.long	0
	.long	1
	.long	2
	.long	4294967295
	.long	0
	.zero	4
	.quad	.Ltypes
	.quad	.Limports
	.quad	.Lexports
	.quad	.Lfunctions
	.quad	.Ltables
	.quad	.Lmemories
	.quad	.Lglobals
	.quad	.Lelement_segments
	.quad	.Ldata_segments
	.quad	.Ladapters
	.size	faasm_module, 224

	.section	".note.GNU-stack","",@progbits
