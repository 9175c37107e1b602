// State: values that the functions of a user share, on this host without copies and with other
// hosts by push and pull. The imports and their meanings are those of Faasm's host interface.
//
// A refusal ends the call with a trap that names what was refused. Nothing is held at that point
// but what the call's slot gives back.
#include "faaslet/exclusive.h"
#include "faaslet/extension.h"
#include "faaslet/guest.h"
#include "host/sections.h"
#include "host/state_call.h"
#include "host/state_file.h"
#include "runtime/runtime.h"

#include <stdlib.h>

// ---- Helpers ------------------------------------------------------------------------------------

static const void *guest_bytes(struct object_instance *instance, const char *import,
                               uint32_t address, uint32_t length) {
    const void *bytes = guest_range(instance, address, length);
    if (bytes == NULL) {
        faaslet_raise(instance, FAASLET_TRAP_MEMORY_BOUNDS, "%s: %u bytes at 0x%x", import, length,
                      address);
    }
    return bytes;
}

static void finish(struct object_instance *instance, const char *import, bool done,
                   const struct error *error) {
    park_block_end();
    if (!done) {
        state_call_refuse(instance, import, error);
    }
}

// Makes the value at least `total` bytes long and there from `offset` on; its size.
static uint64_t make_ready(struct object_instance *instance, const char *import,
                           struct state_entry *entry, uint64_t total, uint64_t offset,
                           uint64_t length) {
    struct error error;
    uint64_t size = 0;
    park_block_begin();
    bool done = state_ensure(entry->value, total, &error) &&
                state_size(entry->value, &size, &error) &&
                state_load(entry->value, offset, length, &error);
    finish(instance, import, done, &error);
    return size;
}

// Bytes of the guest that may lie in a mapping of the very value that they are to be copied to are
// copied aside first; `*aside` is to be freed.
static struct bytes bytes_to_set(struct object_instance *instance, const char *import,
                                 uint32_t data, uint32_t length, void **aside) {
    const uint8_t *bytes = guest_bytes(instance, import, data, length);
    *aside = NULL;
    if ((uint64_t)data + length > state_call_of(instance, import)->mapped_from) {
        *aside = malloc(length + 1u);
        if (*aside == NULL || !guest_read(instance, data, *aside, length)) {
            free(*aside);
            faaslet_raise(instance, FAASLET_TRAP_HOST, "%s: out of memory", import);
        }
        bytes = *aside;
    }
    return (struct bytes){bytes, length};
}

// ---- Reading ------------------------------------------------------------------------------------

static uint32_t read_state(struct object_instance *instance, uint32_t key, uint32_t buffer,
                           uint32_t length) {
    HOST_EXCLUSIVE(instance);
    static const char import[] = "__faasm_read_state";
    struct state_entry *entry = state_call_entry(instance, import, key);
    void *to = length == 0 ? NULL : (void *)guest_bytes(instance, import, buffer, length);
    struct error error;
    uint64_t size = 0;
    park_block_begin();
    bool done = state_size(entry->value, &size, &error);
    uint64_t count = length == 0 || size < length ? size : length;
    if (done && length != 0) {
        done = state_read(entry->value, 0, to, count, &error);
    }
    finish(instance, import, done, &error);
    return (uint32_t)count;
}

static void read_state_offset(struct object_instance *instance, uint32_t key, uint32_t total,
                              uint32_t offset, uint32_t buffer, uint32_t length) {
    HOST_EXCLUSIVE(instance);
    static const char import[] = "__faasm_read_state_offset";
    struct state_entry *entry = state_call_entry(instance, import, key);
    void *to = (void *)guest_bytes(instance, import, buffer, length);
    make_ready(instance, import, entry, total, offset, length);
    struct error error;
    park_block_begin();
    bool done = state_read(entry->value, offset, to, length, &error);
    finish(instance, import, done, &error);
}

// ---- Mapping ------------------------------------------------------------------------------------

static void *map_value(void *owner, char *address, uint64_t bytes, struct error *error) {
    return state_map(owner, address, bytes, error);
}

static void unmap_value(void *mapping) {
    state_unmap(mapping);
}

static bool open_value(void *mapping, uint64_t offset, uint64_t length) {
    return state_mapping_open(mapping, offset, length);
}

static const struct extension_source values = {map_value, unmap_value, open_value};

// The address of all of the value. What was mapped is mapped again only when the value has grown
// and more is asked for.
static uint32_t map_entry(struct object_instance *instance, const char *import,
                          struct state_entry *entry, uint64_t needed, uint64_t size) {
    if (entry->mapped_bytes != 0 && entry->mapped_bytes >= needed) {
        return entry->address;
    }
    struct error error;
    struct state_call *state_call = state_call_of(instance, import);
    if (size == 0) {
        faaslet_raise(instance, FAASLET_TRAP_HOST,
                      "%s: there is no value '%.*s', and no size of one", import,
                      (int)entry->key_length, entry->key);
    }
    if (!extension_map(instance, &values, entry->value, size, &entry->address, &error)) {
        state_call_refuse(instance, import, &error);
    }
    entry->mapped_bytes = size;
    if (entry->address < state_call->mapped_from) {
        state_call->mapped_from = entry->address;
    }
    return entry->address;
}

static uint32_t read_state_ptr(struct object_instance *instance, uint32_t key, uint32_t total) {
    HOST_EXCLUSIVE(instance);
    static const char import[] = "__faasm_read_state_ptr";
    struct state_entry *entry = state_call_entry(instance, import, key);
    uint64_t needed = total != 0 ? total : 1;
    if (entry->mapped_bytes >= needed && state_complete(entry->value, total)) {
        return entry->address;
    }
    uint64_t size = make_ready(instance, import, entry, total, 0, STATE_VALUE_MAX);
    return map_entry(instance, import, entry, needed, size);
}

static uint32_t read_state_offset_ptr(struct object_instance *instance, uint32_t key,
                                      uint32_t total, uint32_t offset, uint32_t length) {
    HOST_EXCLUSIVE(instance);
    static const char import[] = "__faasm_read_state_offset_ptr";
    struct state_entry *entry = state_call_entry(instance, import, key);
    uint64_t end = (uint64_t)offset + length;
    uint64_t needed = end > total ? end : total;
    needed = needed != 0 ? needed : 1;
    if (entry->mapped_bytes >= needed && state_complete(entry->value, total)) {
        return entry->address + offset;
    }
    uint64_t size = make_ready(instance, import, entry, total, offset, length);
    if (end > size) {
        faaslet_raise(instance, FAASLET_TRAP_HOST, "%s: %u bytes at %u of a value of %llu bytes",
                      import, length, offset, (unsigned long long)size);
    }
    return map_entry(instance, import, entry, needed, size) + offset;
}

// ---- Writing ------------------------------------------------------------------------------------

static void write_state(struct object_instance *instance, uint32_t key, uint32_t data,
                        uint32_t length) {
    HOST_EXCLUSIVE(instance);
    static const char import[] = "__faasm_write_state";
    struct state_entry *entry = state_call_entry(instance, import, key);
    void *aside;
    struct bytes bytes = bytes_to_set(instance, import, data, length, &aside);
    struct error error;
    park_block_begin();
    bool done = state_set(entry->value, bytes, &error);
    free(aside);
    finish(instance, import, done, &error);
}

static void write_state_offset(struct object_instance *instance, uint32_t key, uint32_t total,
                               uint32_t offset, uint32_t data, uint32_t length) {
    HOST_EXCLUSIVE(instance);
    static const char import[] = "__faasm_write_state_offset";
    struct state_entry *entry = state_call_entry(instance, import, key);
    void *aside;
    struct bytes bytes = bytes_to_set(instance, import, data, length, &aside);
    struct error error;
    park_block_begin();
    bool done = state_set_range(entry->value, total, offset, bytes, &error);
    free(aside);
    finish(instance, import, done, &error);
}

static void flag_state_offset_dirty(struct object_instance *instance, uint32_t key, uint32_t total,
                                    uint32_t offset, uint32_t length) {
    HOST_EXCLUSIVE(instance);
    static const char import[] = "__faasm_flag_state_offset_dirty";
    struct state_entry *entry = state_call_entry(instance, import, key);
    make_ready(instance, import, entry, total, offset, 0);
    struct error error;
    if (!state_mark(entry->value, offset, length, &error)) {
        state_call_refuse(instance, import, &error);
    }
}

static void flag_state_dirty(struct object_instance *instance, uint32_t key, uint32_t total) {
    HOST_EXCLUSIVE(instance);
    flag_state_offset_dirty(instance, key, total, 0, total);
}

// ---- Between the tiers --------------------------------------------------------------------------

// The fence of the global lock that the call has on the key, if it may write under it.
static const struct state_fence *fence_of(const struct state_entry *entry,
                                          struct state_fence *fence) {
    if (entry->lease == NULL || !entry->lease_exclusive) {
        return NULL;
    }
    *fence = lease_fence(entry->lease);
    return fence;
}

static void push(struct object_instance *instance, const char *import, uint32_t key,
                 bool (*send)(struct state_value *, const struct state_fence *, struct error *)) {
    struct state_entry *entry = state_call_entry(instance, import, key);
    struct state_fence fence;
    struct error error;
    park_block_begin();
    bool done = send(entry->value, fence_of(entry, &fence), &error);
    finish(instance, import, done, &error);
}

static void push_state(struct object_instance *instance, uint32_t key) {
    HOST_EXCLUSIVE(instance);
    push(instance, "__faasm_push_state", key, state_push);
}

static void push_state_partial(struct object_instance *instance, uint32_t key) {
    HOST_EXCLUSIVE(instance);
    push(instance, "__faasm_push_state_partial", key, state_push_dirty);
}

static void push_state_partial_mask(struct object_instance *instance, uint32_t key,
                                    uint32_t mask_key) {
    HOST_EXCLUSIVE(instance);
    static const char import[] = "__faasm_push_state_partial_mask";
    struct state_entry *entry = state_call_entry(instance, import, key);
    struct state_entry *mask = state_call_entry(instance, import, mask_key);
    struct state_fence fence;
    struct error error;
    park_block_begin();
    bool done = state_push_masked(entry->value, mask->value, fence_of(entry, &fence), &error);
    finish(instance, import, done, &error);
}

static void pull_state(struct object_instance *instance, uint32_t key, uint32_t length) {
    HOST_EXCLUSIVE(instance);
    static const char import[] = "__faasm_pull_state";
    struct state_entry *entry = state_call_entry(instance, import, key);
    struct error error;
    park_block_begin();
    bool done = state_pull(entry->value, length, &error);
    finish(instance, import, done, &error);
}

// ---- Appended elements --------------------------------------------------------------------------

static struct state_name name_of(const struct state_call *state_call,
                                 const struct state_entry *entry) {
    return (struct state_name){state_call->call->user,
                               {(const uint8_t *)entry->key, entry->key_length}};
}

static void append_state(struct object_instance *instance, uint32_t key, uint32_t data,
                         uint32_t length) {
    HOST_EXCLUSIVE(instance);
    static const char import[] = "__faasm_append_state";
    struct state_entry *entry = state_call_entry(instance, import, key);
    struct state_call *state_call = state_call_of(instance, import);
    const struct state_driver *driver = state_driver(state_call->state);
    const struct bytes element = {guest_bytes(instance, import, data, length), length};
    const struct state_name name = name_of(state_call, entry);
    struct error error;
    park_block_begin();
    bool done = driver->append(driver->state, &name, element,
                               &state_configuration(state_call->state)->limits, &error);
    finish(instance, import, done, &error);
}

static void read_appended_state(struct object_instance *instance, uint32_t key, uint32_t buffer,
                                uint32_t length, uint32_t count) {
    HOST_EXCLUSIVE(instance);
    static const char import[] = "__faasm_read_appended_state";
    struct state_entry *entry = state_call_entry(instance, import, key);
    struct state_call *state_call = state_call_of(instance, import);
    const struct state_driver *driver = state_driver(state_call->state);
    guest_bytes(instance, import, buffer, length);
    const struct state_name name = name_of(state_call, entry);
    struct buffer elements = {0};
    struct error error;
    park_block_begin();
    bool done = driver->read_appended(driver->state, &name, count, length, &elements, &error);
    if (done) { // which is in bounds
        guest_write(instance, buffer, elements.data, elements.length);
    }
    buffer_destroy(&elements);
    finish(instance, import, done, &error);
}

static void clear_appended_state(struct object_instance *instance, uint32_t key) {
    HOST_EXCLUSIVE(instance);
    static const char import[] = "__faasm_clear_appended_state";
    struct state_entry *entry = state_call_entry(instance, import, key);
    struct state_call *state_call = state_call_of(instance, import);
    const struct state_driver *driver = state_driver(state_call->state);
    const struct state_name name = name_of(state_call, entry);
    struct error error;
    park_block_begin();
    bool done = driver->clear_appended(driver->state, &name, &error);
    finish(instance, import, done, &error);
}

// ---- Locks --------------------------------------------------------------------------------------

static void lock_state_read(struct object_instance *instance, uint32_t key) {
    HOST_EXCLUSIVE(instance);
    state_call_lock(instance, "__faasm_lock_state_read", key, LOCK_LOCAL, false);
}

static void lock_state_write(struct object_instance *instance, uint32_t key) {
    HOST_EXCLUSIVE(instance);
    state_call_lock(instance, "__faasm_lock_state_write", key, LOCK_LOCAL, true);
}

static void unlock_state_read(struct object_instance *instance, uint32_t key) {
    HOST_EXCLUSIVE(instance);
    state_call_unlock(instance, "__faasm_unlock_state_read", key, LOCK_LOCAL, false);
}

static void unlock_state_write(struct object_instance *instance, uint32_t key) {
    HOST_EXCLUSIVE(instance);
    state_call_unlock(instance, "__faasm_unlock_state_write", key, LOCK_LOCAL, true);
}

static void lock_state_global_read(struct object_instance *instance, uint32_t key) {
    HOST_EXCLUSIVE(instance);
    state_call_lock(instance, "__faasm_lock_state_global_read", key, LOCK_GLOBAL, false);
}

static void lock_state_global_write(struct object_instance *instance, uint32_t key) {
    HOST_EXCLUSIVE(instance);
    state_call_lock(instance, "__faasm_lock_state_global_write", key, LOCK_GLOBAL, true);
}

static void unlock_state_global_read(struct object_instance *instance, uint32_t key) {
    HOST_EXCLUSIVE(instance);
    state_call_unlock(instance, "__faasm_unlock_state_global_read", key, LOCK_GLOBAL, false);
}

static void unlock_state_global_write(struct object_instance *instance, uint32_t key) {
    HOST_EXCLUSIVE(instance);
    state_call_unlock(instance, "__faasm_unlock_state_global_write", key, LOCK_GLOBAL, true);
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION("env", "__faasm_read_state", "iii:i", read_state),
    HOST_FUNCTION("env", "__faasm_read_state_ptr", "ii:i", read_state_ptr),
    HOST_FUNCTION("env", "__faasm_read_state_offset", "iiiii:", read_state_offset),
    HOST_FUNCTION("env", "__faasm_read_state_offset_ptr", "iiii:i", read_state_offset_ptr),
    HOST_FUNCTION("env", "__faasm_write_state", "iii:", write_state),
    HOST_FUNCTION("env", "__faasm_write_state_offset", "iiiii:", write_state_offset),
    HOST_FUNCTION("env", "__faasm_write_state_from_file", "ii:i", state_from_file),
    HOST_FUNCTION("env", "__faasm_flag_state_dirty", "ii:", flag_state_dirty),
    HOST_FUNCTION("env", "__faasm_flag_state_offset_dirty", "iiii:", flag_state_offset_dirty),
    HOST_FUNCTION("env", "__faasm_push_state", "i:", push_state),
    HOST_FUNCTION("env", "__faasm_push_state_partial", "i:", push_state_partial),
    HOST_FUNCTION("env", "__faasm_push_state_partial_mask", "ii:", push_state_partial_mask),
    HOST_FUNCTION("env", "__faasm_pull_state", "ii:", pull_state),
    HOST_FUNCTION("env", "__faasm_append_state", "iii:", append_state),
    HOST_FUNCTION("env", "__faasm_read_appended_state", "iiii:", read_appended_state),
    HOST_FUNCTION("env", "__faasm_clear_appended_state", "i:", clear_appended_state),
    HOST_FUNCTION("env", "__faasm_lock_state_read", "i:", lock_state_read),
    HOST_FUNCTION("env", "__faasm_lock_state_write", "i:", lock_state_write),
    HOST_FUNCTION("env", "__faasm_unlock_state_read", "i:", unlock_state_read),
    HOST_FUNCTION("env", "__faasm_unlock_state_write", "i:", unlock_state_write),
    HOST_FUNCTION("env", "__faasm_lock_state_global_read", "i:", lock_state_global_read),
    HOST_FUNCTION("env", "__faasm_lock_state_global_write", "i:", lock_state_global_write),
    HOST_FUNCTION("env", "__faasm_unlock_state_global_read", "i:", unlock_state_global_read),
    HOST_FUNCTION("env", "__faasm_unlock_state_global_write", "i:", unlock_state_global_write),
};

const struct host_section host_state = {
    .name = "state",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
    .start = state_call_start,
};
