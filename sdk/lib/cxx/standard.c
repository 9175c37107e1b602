// Standard exceptions that the system's libraries would throw if they were built with exceptions.
//
// libc++ and libc++abi were built without, and call std::__libcpp_verbose_abort or abort_message in
// the place of every throw, with a format that begins with the name of the exception. Here that
// throws it. (What the library itself had in hand is not destroyed then: its functions have no
// landing pads.)
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"

// ---- The classes --------------------------------------------------------------------------------

void *construct_logic_error(void *, const char *) __asm__("_ZNSt11logic_errorC2EPKc");
void *construct_runtime_error(void *, const char *) __asm__("_ZNSt13runtime_errorC2EPKc");

// Those of the second kind have nothing but their virtual functions.
enum base { LOGIC_ERROR, RUNTIME_ERROR, EXCEPTION };

// X(name, mangled name, base). All are in namespace std. What derives from logic_error or
// runtime_error has no members of its own.
#define CLASSES(X)                                                                                 \
    X(out_of_range, "12out_of_range", LOGIC_ERROR)                                                 \
    X(length_error, "12length_error", LOGIC_ERROR)                                                 \
    X(invalid_argument, "16invalid_argument", LOGIC_ERROR)                                         \
    X(domain_error, "12domain_error", LOGIC_ERROR)                                                 \
    X(logic_error, "11logic_error", LOGIC_ERROR)                                                   \
    X(runtime_error, "13runtime_error", RUNTIME_ERROR)                                             \
    X(overflow_error, "14overflow_error", RUNTIME_ERROR)                                           \
    X(underflow_error, "15underflow_error", RUNTIME_ERROR)                                         \
    X(range_error, "11range_error", RUNTIME_ERROR)                                                 \
    X(bad_alloc, "9bad_alloc", EXCEPTION)                                                          \
    X(bad_array_new_length, "20bad_array_new_length", EXCEPTION)                                   \
    X(bad_cast, "8bad_cast", EXCEPTION)                                                            \
    X(bad_typeid, "10bad_typeid", EXCEPTION)

#define X(name, mangled, base)                                                                     \
    extern const struct type_info name##_type __asm__("_ZTISt" mangled);                           \
    extern const void *const name##_functions[] __asm__("_ZTVSt" mangled);                         \
    void *name##_destroy(void *) __asm__("_ZNSt" mangled "D1Ev");
CLASSES(X)
#undef X

struct class {
    const char *name;
    const struct type_info *type;
    const void *const *functions; // behind two words about the type
    cxx_destructor *destroy;
    enum base base;
};

static const struct class classes[] = {
#define X(name, mangled, base) {#name, &name##_type, name##_functions + 2, name##_destroy, base},
    CLASSES(X)
#undef X
};

_Noreturn static void throw_class(const struct class *class, const char *message) {
    const void *const **object = __cxa_allocate_exception(2 * sizeof(void *));
    if (class->base == LOGIC_ERROR) {
        construct_logic_error(object, message);
    } else if (class->base == RUNTIME_ERROR) {
        construct_runtime_error(object, message);
    }
    *object = class->functions;
    __cxa_throw(object, class->type, class->destroy);
}

static const struct class *find_class(const char *name, size_t length) {
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strlen(classes[i].name) == length && memcmp(classes[i].name, name, length) == 0) {
            return &classes[i];
        }
    }
    return NULL;
}

_Noreturn static void throw_named(const char *name, const char *message) {
    throw_class(find_class(name, strlen(name)), message);
}

// ---- std::system_error --------------------------------------------------------------------------

// Only where the program has it already: nothing is linked for its sake.
struct system_error {
    void *base[2];
    int value;
    const void *category;
};
__attribute__((weak)) void *construct_system_error(void *, int, const void *, const char *) __asm__(
    "_ZNSt3__212system_errorC1EiRKNS_14error_categoryEPKc");
__attribute__((weak)) const void *generic_category(void) __asm__("_ZNSt3__216generic_categoryEv");
__attribute__((weak)) void *destroy_system_error(void *) __asm__("_ZNSt3__212system_errorD1Ev");
extern __attribute__((weak))
const struct type_info system_error_type __asm__("_ZTINSt3__212system_errorE");

_Noreturn static void throw_system_error(int value, const char *message) {
    if (!construct_system_error || !generic_category || !destroy_system_error ||
        !&system_error_type) {
        throw_named("runtime_error", message);
    }
    struct system_error *object = __cxa_allocate_exception(sizeof *object);
    construct_system_error(object, value, generic_category(), message);
    __cxa_throw(object, &system_error_type, destroy_system_error);
}

// ---- What libc++ and the compiler call ----------------------------------------------------------

_Noreturn void verbose_abort(const char *format,
                             ...) __asm__("_ZNSt3__222__libcpp_verbose_abortEPKcz");
_Noreturn void abort_message(const char *format, ...); // of libc++abi
_Noreturn void __cxa_bad_cast(void);
_Noreturn void __cxa_bad_typeid(void);
_Noreturn void __cxa_throw_bad_array_new_length(void);

// The format of what would have been thrown, or of what a failed check has to say.
_Noreturn static void throw_or_abort(const char *format, va_list arguments) {
    const char *thrown = strstr(format, " was thrown in -fno-exceptions mode");
    if (thrown == NULL) {
        vfprintf(stderr, format, arguments);
        fputc('\n', stderr);
        abort();
    }
    if (strncmp(format, "system_error ", 13) == 0) {
        int value = va_arg(arguments, int);
        throw_system_error(value, va_arg(arguments, const char *));
    }
    const struct class *class = find_class(format, (size_t)(thrown - format));
    const char *message = strstr(thrown, "%s") == NULL ? "" : va_arg(arguments, const char *);
    if (class == NULL) {
        throw_named("runtime_error", message);
    }
    throw_class(class, message);
}

_Noreturn void verbose_abort(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    throw_or_abort(format, arguments);
    // cppcheck-suppress va_end_missing
}

_Noreturn void abort_message(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    throw_or_abort(format, arguments);
    // cppcheck-suppress va_end_missing
}

_Noreturn void __cxa_bad_cast(void) {
    throw_named("bad_cast", "");
}

_Noreturn void __cxa_bad_typeid(void) {
    throw_named("bad_typeid", "");
}

_Noreturn void __cxa_throw_bad_array_new_length(void) {
    throw_named("bad_array_new_length", "");
}
