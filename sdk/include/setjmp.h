/* setjmp and longjmp for guests: clang turns them into exceptions (`faasm cc` passes
 * -mllvm -wasm-enable-sjlj), sdk/lib/setjmp.c is what it calls. As in C: longjmp goes to a function
 * that has not returned; locals that were changed after setjmp have to be volatile. */
#ifndef _SETJMP_H
#define _SETJMP_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct __jmp_buf_tag {
    void *__function; /* which activation of a function called setjmp */
    unsigned __label; /* where in it */
    struct {
        void *__buffer;
        int __value;
    } __jump;
    int __reserved[4];
} jmp_buf[1];
typedef jmp_buf sigjmp_buf;

#if defined(__GNUC__)
#define __SETJMP_TWICE __attribute__((__returns_twice__))
#define __SETJMP_NEVER __attribute__((__noreturn__))
#else
#define __SETJMP_TWICE
#define __SETJMP_NEVER
#endif

int setjmp(jmp_buf) __SETJMP_TWICE;
__SETJMP_NEVER void longjmp(jmp_buf, int);

/* There are no signal masks: the same. */
#define setjmp(buffer)            setjmp(buffer)
#define _setjmp(buffer)           setjmp(buffer)
#define _longjmp(buffer, value)   longjmp(buffer, value)
#define sigsetjmp(buffer, save)   ((void)(save), setjmp(buffer))
#define siglongjmp(buffer, value) longjmp(buffer, value)

#undef __SETJMP_TWICE
#undef __SETJMP_NEVER

#ifdef __cplusplus
}
#endif

#endif
