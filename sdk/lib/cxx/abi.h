// The C++ runtime of exceptions, as far as libc++abi's build without exceptions has none.
//
// Source: Itanium C++ ABI, "Exception Handling" (levels I and II), with WebAssembly's way of
// unwinding: a throw goes to the first landing pad there is, and the code there calls
// _Unwind_CallPersonality to learn whether one of its handlers takes the exception.
#ifndef FAASM_SDK_CXX_ABI_H
#define FAASM_SDK_CXX_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- Level I

struct unwind_exception {
    uint64_t class;
    void (*cleanup)(int reason, struct unwind_exception *exception);
    uintptr_t private[2];
} __attribute__((aligned(16)));

_Noreturn void _Unwind_RaiseException(struct unwind_exception *exception);

// ---- Level II

// std::type_info as libc++abi lays it out: the virtual functions are two destructors, two
// without a use, and can_catch.
struct type_info {
    void *const *functions;
    const char *name;
};
// Is an object of type `thrown` caught as `wanted`? `*object` is adjusted to the base class.
bool type_can_catch(const struct type_info *wanted, const struct type_info *thrown, void **object);

// Constructors and destructors give back their argument on this target.
typedef void *cxx_destructor(void *object);

// Stands before the thrown object. A *dependent* one stands alone: it throws an exception once more
// that a std::exception_ptr holds.
struct cxx_exception {
    struct cxx_exception *primary; // of a dependent one, else NULL
    _Atomic size_t references;     // the handlers' (one for all) and those of std::exception_ptr
    const struct type_info *type;
    cxx_destructor *destructor;
    struct cxx_exception *next; // among those that are caught
    int handlers;               // that it is in; negative once rethrown
    void *adjusted;             // the object as the handler that takes it wants it
    struct unwind_exception unwind;
};

struct cxx_globals {
    struct cxx_exception *caught; // innermost first
    struct cxx_exception *thrown; // the last one, until it is caught
    unsigned uncaught;
};
struct cxx_globals *__cxa_get_globals(void);

bool cxx_is_native(const struct unwind_exception *exception);
struct cxx_exception *cxx_exception_of(struct unwind_exception *exception);
void *cxx_object_of(struct cxx_exception *exception);

void *__cxa_allocate_exception(size_t size);
_Noreturn void __cxa_throw(void *object, const struct type_info *type, cxx_destructor *destructor);
_Noreturn void cxx_terminate(void) __asm__("_ZSt9terminatev"); // std::terminate()

// A program that throws has terminate.c, too.
extern const char cxx_terminate_is_linked;

// "std::runtime_error: what() of it", cut to `size`.
void cxx_describe(struct cxx_exception *exception, char *text, size_t size);

#endif
