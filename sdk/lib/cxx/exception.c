// Exceptions as objects: allocated, thrown, caught, rethrown, held by std::exception_ptr.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"

// "CLNGC++" and a digit, as clang's runtime has it.
static const uint64_t NATIVE_CLASS = 0x434c4e47432b2b00u;
static const uint64_t NATIVE_DEPENDENT_CLASS = 0x434c4e47432b2b01u;

void *__cxa_begin_catch(struct unwind_exception *thrown);
void __cxa_end_catch(void);
void *__cxa_get_exception_ptr(struct unwind_exception *thrown);
_Noreturn void __cxa_rethrow(void);
void __cxa_free_exception(void *object);
struct cxx_exception *__cxa_init_primary_exception(void *object, const struct type_info *type,
                                                   cxx_destructor *destructor);
const struct type_info *__cxa_current_exception_type(void);
void __cxa_increment_exception_refcount(void *object);
void __cxa_decrement_exception_refcount(void *object);
void *__cxa_current_primary_exception(void);
void __cxa_rethrow_primary_exception(void *object);
bool __cxa_uncaught_exception(void);
unsigned __cxa_uncaught_exceptions(void);
struct cxx_globals *__cxa_get_globals_fast(void);

struct cxx_globals *__cxa_get_globals(void) {
    static _Thread_local struct cxx_globals globals;
    return &globals;
}

struct cxx_globals *__cxa_get_globals_fast(void) {
    return __cxa_get_globals();
}

bool cxx_is_native(const struct unwind_exception *exception) {
    return (exception->class & ~0xffull) == NATIVE_CLASS;
}

struct cxx_exception *cxx_exception_of(struct unwind_exception *exception) {
    return (struct cxx_exception *)(void *)((char *)exception -
                                            offsetof(struct cxx_exception, unwind));
}

void *cxx_object_of(struct cxx_exception *exception) {
    return (exception->primary != NULL ? exception->primary : exception) + 1;
}

static struct cxx_exception *exception_before(void *object) {
    return (struct cxx_exception *)object - 1;
}

__attribute__((used)) static const char *const linked = &cxx_terminate_is_linked;

// ---- Memory -------------------------------------------------------------------------------------

// std::bad_alloc can be thrown when there is no memory: a few small exceptions have theirs here.
enum { RESERVED_COUNT = 8, RESERVED_BYTES = 256 };
static _Alignas(16) char reserved[RESERVED_COUNT][RESERVED_BYTES];
static atomic_bool reserved_used[RESERVED_COUNT];

static void *allocate(size_t size) {
    void *memory = size < SIZE_MAX - 16 ? aligned_alloc(16, (size + 15) & ~(size_t)15) : NULL;
    for (size_t i = 0; memory == NULL && size <= RESERVED_BYTES && i < RESERVED_COUNT; i++) {
        if (!atomic_exchange(&reserved_used[i], true)) {
            memory = reserved[i];
        }
    }
    if (memory == NULL) {
        cxx_terminate();
    }
    return memory;
}

static void release(void *memory) {
    uintptr_t offset = (uintptr_t)memory - (uintptr_t)reserved;
    if (offset < sizeof reserved) {
        atomic_store(&reserved_used[offset / RESERVED_BYTES], false);
    } else {
        free(memory);
    }
}

void *__cxa_allocate_exception(size_t size) {
    if (size > SIZE_MAX / 2) {
        cxx_terminate();
    }
    struct cxx_exception *exception = allocate(sizeof *exception + size);
    memset(exception, 0, sizeof *exception);
    return exception + 1;
}

void __cxa_free_exception(void *object) {
    release(exception_before(object));
}

// ---- Throwing -----------------------------------------------------------------------------------

_Noreturn static void throw_native(struct cxx_exception *exception) {
    struct cxx_globals *globals = __cxa_get_globals();
    globals->uncaught++;
    globals->thrown = exception;
    _Unwind_RaiseException(&exception->unwind);
}

static void clean_up(int reason, struct unwind_exception *thrown) {
    (void)reason;
    struct cxx_exception *exception = cxx_exception_of(thrown);
    void *object = cxx_object_of(exception);
    if (exception->primary != NULL) {
        release(exception);
    }
    __cxa_decrement_exception_refcount(object);
}

struct cxx_exception *__cxa_init_primary_exception(void *object, const struct type_info *type,
                                                   cxx_destructor *destructor) {
    struct cxx_exception *exception = exception_before(object);
    exception->references = 0;
    exception->type = type;
    exception->destructor = destructor;
    exception->unwind.class = NATIVE_CLASS;
    exception->unwind.cleanup = clean_up;
    return exception;
}

_Noreturn void __cxa_throw(void *object, const struct type_info *type, cxx_destructor *destructor) {
    struct cxx_exception *exception = __cxa_init_primary_exception(object, type, destructor);
    exception->references = 1;
    throw_native(exception);
}

// ---- Catching -----------------------------------------------------------------------------------

void *__cxa_get_exception_ptr(struct unwind_exception *thrown) {
    return cxx_exception_of(thrown)->adjusted;
}

void *__cxa_begin_catch(struct unwind_exception *thrown) {
    struct cxx_globals *globals = __cxa_get_globals();
    struct cxx_exception *exception = cxx_exception_of(thrown);
    if (!cxx_is_native(thrown)) { // of another language: of those there is one at a time
        if (globals->caught != NULL) {
            cxx_terminate();
        }
        globals->caught = exception;
        return thrown + 1;
    }
    exception->handlers =
        exception->handlers < 0 ? -exception->handlers + 1 : exception->handlers + 1;
    if (exception != globals->caught) {
        exception->next = globals->caught;
        globals->caught = exception;
    }
    globals->uncaught--;
    globals->thrown = NULL;
    return exception->adjusted;
}

static void leave_foreign(struct cxx_globals *globals) {
    struct unwind_exception *thrown = &globals->caught->unwind;
    globals->caught = NULL;
    if (thrown->cleanup != NULL) {
        thrown->cleanup(1, thrown);
    }
}

void __cxa_end_catch(void) {
    struct cxx_globals *globals = __cxa_get_globals();
    struct cxx_exception *exception = globals->caught;
    if (exception == NULL) {
        return;
    }
    if (!cxx_is_native(&exception->unwind)) {
        leave_foreign(globals);
    } else if (exception->handlers < 0) { // thrown again: it goes on
        if (++exception->handlers == 0) {
            globals->caught = exception->next;
        }
    } else if (--exception->handlers == 0) {
        globals->caught = exception->next;
        clean_up(0, &exception->unwind);
    }
}

_Noreturn void __cxa_rethrow(void) {
    struct cxx_globals *globals = __cxa_get_globals();
    struct cxx_exception *exception = globals->caught;
    if (exception == NULL) {
        cxx_terminate();
    }
    if (cxx_is_native(&exception->unwind)) {
        exception->handlers = -exception->handlers;
        throw_native(exception);
    }
    globals->caught = NULL;
    _Unwind_RaiseException(&exception->unwind);
}

const struct type_info *__cxa_current_exception_type(void) {
    struct cxx_exception *exception = __cxa_get_globals()->caught;
    return exception == NULL || !cxx_is_native(&exception->unwind) ? NULL : exception->type;
}

bool __cxa_uncaught_exception(void) {
    return __cxa_uncaught_exceptions() > 0;
}

unsigned __cxa_uncaught_exceptions(void) {
    return __cxa_get_globals()->uncaught;
}

// ---- std::exception_ptr -------------------------------------------------------------------------

void __cxa_increment_exception_refcount(void *object) {
    if (object != NULL) {
        exception_before(object)->references++;
    }
}

void __cxa_decrement_exception_refcount(void *object) {
    if (object == NULL) {
        return;
    }
    struct cxx_exception *exception = exception_before(object);
    if (atomic_fetch_sub(&exception->references, 1) == 1) {
        if (exception->destructor != NULL) {
            exception->destructor(object);
        }
        __cxa_free_exception(object);
    }
}

void *__cxa_current_primary_exception(void) {
    struct cxx_exception *exception = __cxa_get_globals()->caught;
    if (exception == NULL || !cxx_is_native(&exception->unwind)) {
        return NULL;
    }
    void *object = cxx_object_of(exception);
    __cxa_increment_exception_refcount(object);
    return object;
}

void __cxa_rethrow_primary_exception(void *object) {
    if (object == NULL) {
        return; // the caller terminates
    }
    struct cxx_exception *primary = exception_before(object);
    struct cxx_exception *dependent = allocate(sizeof *dependent);
    memset(dependent, 0, sizeof *dependent);
    dependent->primary = primary;
    dependent->type = primary->type;
    dependent->unwind.class = NATIVE_DEPENDENT_CLASS;
    dependent->unwind.cleanup = clean_up;
    __cxa_increment_exception_refcount(object);
    throw_native(dependent);
}
