// The state of a runtime.
#include "state/state.h"

#include "runtime/private.h"
#include "state/lock.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// What a call awaits, for the search for deadlocks.
static uint32_t awaits(void *context, uint32_t id) {
    struct runtime *runtime = context;
    struct call *call = runtime_find_call(runtime, id);
    if (call == NULL) {
        return 0;
    }
    pthread_mutex_lock(&runtime->waits);
    const struct call *awaited = call->private->waits_for;
    uint32_t awaited_id = awaited == NULL ? 0 : awaited->id;
    pthread_mutex_unlock(&runtime->waits);
    call_release(call);
    return awaited_id;
}

// Where nothing is stored, values live as long as the runtime, in a folder that has no name any
// more once they are opened.
static bool open_temporary(struct state_driver *driver, struct error *error) {
    char folder[] = "/tmp/faasm-state-XXXXXX";
    if (mkdtemp(folder) == NULL) {
        return error_set(error, ERROR_IO, "%s: cannot be made", folder);
    }
    char path[sizeof folder + 16], lock[sizeof folder + 24];
    snprintf(path, sizeof path, "%s/state.mdb", folder);
    snprintf(lock, sizeof lock, "%s-lock", path);
    bool done = state_lmdb_open(path, driver, error);
    unlink(path);
    unlink(lock);
    rmdir(folder);
    return done;
}

static bool open_driver(const struct runtime *runtime, struct state_driver *driver,
                        struct error *error) {
    if (runtime->folder == NULL) {
        return open_temporary(driver, error);
    }
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/state.mdb", runtime->config.folder) >= (int)sizeof path) {
        return error_set(error, ERROR_ARGUMENT, "%s: too long", runtime->config.folder);
    }
    return state_lmdb_open(path, driver, error);
}

bool runtime_open_state(struct runtime *runtime, struct error *error) {
    struct state_driver driver;
    if (runtime->config.state_driver != NULL) {
        driver = *runtime->config.state_driver;
        runtime->config.state_driver = NULL;
    } else if (!open_driver(runtime, &driver, error)) {
        return error_prefix(error, "state");
    }
    struct state_config config = runtime->config.state;
    config.awaits = awaits;
    config.context = runtime;
    struct state *state = state_new(&config, &driver, error);
    atomic_store(&runtime->state, state);
    return state != NULL;
}

struct state *runtime_state(struct runtime *runtime, struct error *error) {
    struct state *state = atomic_load(&runtime->state);
    if (state == NULL) {
        pthread_mutex_lock(&runtime->waits);
        state = atomic_load(&runtime->state);
        if (state == NULL && runtime_open_state(runtime, error)) {
            state = atomic_load(&runtime->state);
        }
        pthread_mutex_unlock(&runtime->waits);
    }
    return state;
}

bool runtime_check_wait(struct runtime *runtime, const struct call *waiter, struct error *error) {
    struct state *state = atomic_load(&runtime->state);
    return state == NULL || lock_check_wait(state_locks(state), waiter->id, error);
}
