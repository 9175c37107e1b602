// What is said of an exception that ends a program.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi.h"

extern const struct type_info exception_type __asm__("_ZTISt9exception");
void (*cxx_set_terminate(void (*handler)(void)))(void) __asm__("_ZSt13set_terminatePFvvE");
void (*cxx_get_terminate(void))(void) __asm__("_ZSt13get_terminatev");

void *__cxa_begin_catch(struct unwind_exception *thrown);

struct text {
    char *at;
    size_t left; // the NUL included
};

static void append(struct text *text, const char *more, size_t length) {
    length = length < text->left - 1 ? length : text->left - 1;
    memcpy(text->at, more, length);
    text->at += length;
    text->left -= length;
    *text->at = '\0';
}

static void append_string(struct text *text, const char *more) {
    append(text, more, strlen(more));
}

// A length and so many characters: one part of a mangled name.
static const char *append_part(struct text *text, const char *name) {
    char *end;
    unsigned long length = strtoul(name, &end, 10);
    if (end == name || length == 0 || length > strlen(end)) {
        return NULL;
    }
    append(text, end, length);
    return end + length;
}

// Names of classes and of the plain types; others (templates and so on) as they are mangled.
static bool append_type(struct text *text, const char *name) {
    static const struct {
        char code[3];
        const char *name;
    } plain[] = {{"i", "int"},  {"j", "unsigned int"}, {"l", "long"},   {"m", "unsigned long"},
                 {"c", "char"}, {"b", "bool"},         {"d", "double"}, {"PKc", "const char *"}};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (strncmp(name, plain[i].code, sizeof plain[i].code) == 0 && strlen(name) <= 3) {
            append_string(text, plain[i].name);
            return true;
        }
    }
    bool nested = *name == 'N';
    name += nested;
    if (strncmp(name, "St", 2) == 0) {
        append_string(text, "std::");
        name += 2;
    }
    while ((name = append_part(text, name)) != NULL && nested && *name != 'E') {
        append_string(text, "::");
    }
    return name != NULL && name[nested] == '\0';
}

static const char *what_of(const struct cxx_exception *exception, void *object) {
    enum { WHAT = 2 };
    if (!type_can_catch(&exception_type, exception->type, &object)) {
        return NULL;
    }
    void *const *functions = *(void *const **)object;
    const char *(*what)(const void *) = (const char *(*)(const void *))functions[WHAT];
    return what(object);
}

void cxx_describe(struct cxx_exception *exception, char *text, size_t size) {
    struct text name = {text, size};
    *text = '\0';
    if (!append_type(&name, exception->type->name)) {
        name = (struct text){text, size};
        append_string(&name, exception->type->name);
    }
    const char *what = what_of(exception, cxx_object_of(exception));
    if (what != NULL) {
        append_string(&name, ": ");
        append_string(&name, what);
    }
}

// The default of std::terminate.
_Noreturn static void report_and_abort(void) {
    char description[400];
    char line[512];
    struct text text = {line, sizeof line - 1};
    const struct cxx_globals *globals = __cxa_get_globals();
    struct cxx_exception *exception = globals->thrown != NULL ? globals->thrown : globals->caught;
    append_string(&text, "terminating");
    if (exception != NULL && cxx_is_native(&exception->unwind)) {
        cxx_describe(exception, description, sizeof description);
        append_string(&text, ": uncaught exception of type ");
        append_string(&text, description);
    }
    append_string(&text, "\n");
    (void)!write(STDERR_FILENO, line, strlen(line));
    abort();
}

const char cxx_terminate_is_linked = 1;

__attribute__((constructor(101))) static void set_default(void) {
    cxx_set_terminate(report_and_abort);
}

// The host calls this when nobody catches an exception, with what was thrown. A handler of the
// program's own is run, as std::terminate would; it does not return. Else the text is what the host
// reports.
const char *_faasm_uncaught_exception(struct unwind_exception *thrown);

__attribute__((export_name("_faasm_uncaught_exception"))) const char *
_faasm_uncaught_exception(struct unwind_exception *thrown) {
    static char description[256];
    if (!cxx_is_native(thrown)) {
        return NULL;
    }
    struct cxx_exception *exception = cxx_exception_of(thrown);
    if (cxx_get_terminate() != report_and_abort) {
        __cxa_begin_catch(thrown);
        cxx_terminate();
    }
    cxx_describe(exception, description, sizeof description);
    return description;
}
