// What ends a call whose exception nobody catches, and what is said of it.
//
// Programs that throw have functions that know: exports of type (i32) -> i32, which take the value
// of an exception and give a text, or null where the exception is none of their own. That of
// longjmp compares the value, that of C++ looks at what it points to. They are called here, on top
// of the frames that threw; they may end the program, as std::terminate does.
#include "faaslet/exception.h"
#include "faaslet/guest.h"
#include "faaslet/instance.h"
#include "faaslet/run.h"
#include "faaslet/space.h"

#include <stdio.h>
#include <string.h>

static const char *const hooks[] = {"_faasm_uncaught_longjmp", "_faasm_uncaught_exception"};
enum { HOOKS = sizeof hooks / sizeof *hooks };

// The instance that defines a tag: the one in which its cell lies.
static struct object_instance *instance_of_tag(const struct faaslet_run *run, uint64_t tag,
                                               uint32_t *index) {
    const struct faaslet *faaslet = run->faaslet;
    for (uint32_t i = 0; i < faaslet->contents.instance_count; i++) {
        struct object_instance *instance =
            (void *)(run->area + faaslet->contents.instances[i].area_offset);
        uint64_t first = instance->area_offset + instance->object->layout.tags;
        if (tag >= first && tag < first + instance->object->tag_count * sizeof(uint64_t)) {
            *index = (uint32_t)((tag - first) / sizeof(uint64_t));
            return instance;
        }
    }
    return NULL;
}

static struct object_name tag_name(const struct object_module *module, uint32_t index) {
    struct object_name name = module->tags[index].name;
    for (uint32_t i = 0; i < module->export_count && name.length == 0; i++) {
        if (module->exports[i].kind == OBJECT_TAG && module->exports[i].index == index) {
            name = module->exports[i].name;
        }
    }
    return name;
}

// Names come from the guest, and so may be anything.
static void printable(char *text) {
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = '?';
        }
    }
}

static void describe_tag(const struct object_instance *owner, uint32_t index, char *text,
                         size_t size) {
    struct object_name name = {"", 0};
    if (owner != NULL) {
        name = tag_name(owner->object, index);
    }
    if (name.length > 0) {
        int length = name.length < size ? (int)name.length : (int)size;
        snprintf(text, size, "tag %.*s", length, name.data);
    } else {
        snprintf(text, size, "tag %u", index);
    }
}

static bool find_hook(struct object_instance *owner, const char *name,
                      struct faaslet_function *hook) {
    static const uint8_t types[] = {OBJECT_I32};
    if (!faaslet_find_export(owner, name, hook)) {
        return false;
    }
    return object_type_identity(types, 1, types, 1) ==
           object_type_identity(hook->type->parameters, hook->type->parameter_count,
                                hook->type->results, hook->type->result_count);
}

// An exception that the hook itself does not catch is none for the hook.
static bool is_within_hook(const struct faaslet_run *run) {
    for (; run != NULL; run = run->previous) {
        if (run->in_hook) {
            return true;
        }
    }
    return false;
}

static bool ask_hook(struct object_instance *instance, struct object_instance *owner,
                     const char *name, uint64_t value, char *text, size_t size) {
    struct faaslet_run *run = run_thread.run;
    struct faaslet_function hook;
    struct faaslet_result result;
    uint64_t values[1] = {value};
    if (is_within_hook(run) || !find_hook(owner, name, &hook)) {
        return false;
    }
    run->in_hook = true;
    faaslet_call(run->faaslet, &hook, values, &result);
    run->in_hook = false;
    run_check_stop(instance);
    if (result.outcome == FAASLET_EXITED) {
        faaslet_exit(instance, result.exit_code);
    }
    uint32_t address = (uint32_t)values[0];
    return result.outcome == FAASLET_RETURNED && address != 0 &&
           guest_read_string(owner, address, text, size);
}

static bool ask_hooks(struct object_instance *instance, struct object_instance *owner,
                      uint64_t value, char *text, size_t size) {
    for (int i = 0; i < HOOKS; i++) {
        if (ask_hook(instance, owner, hooks[i], value, text, size)) {
            return true;
        }
    }
    return false;
}

void exception_uncaught(struct object_instance *instance,
                        const struct object_exception *exception) {
    char text[256];
    uint32_t index = 0;
    uint32_t slots = exception->slots;
    uint64_t value = exception->values[0];
    struct object_instance *owner = instance_of_tag(run_thread.run, exception->tag, &index);
    if (owner == NULL || slots != 1 || !ask_hooks(instance, owner, value, text, sizeof text)) {
        describe_tag(owner, index, text, sizeof text);
    }
    printable(text);
    faaslet_raise(instance, FAASLET_TRAP_EXCEPTION, "%s", text);
}
