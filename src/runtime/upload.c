// Functions of a runtime: upload, remove, find.
#include "base/file.h"
#include "runtime/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool need_store(const struct runtime *runtime, struct error *error) {
    return runtime->store != NULL ||
           error_set(error, ERROR_UNAVAILABLE, "this runtime stores no functions");
}

static bool check_names(const char *user, const char *name, struct error *error) {
    const char *wrong = !store_name_valid(user) ? user : !store_name_valid(name) ? name : NULL;
    return wrong == NULL || error_set(error, ERROR_ARGUMENT, "bad name \"%.80s\"", wrong);
}

// ---- What a function of the store is given ------------------------------------------------------

static bool set_environment(struct function *function, struct error *error) {
    char folder[PATH_MAX];
    char user[STORE_NAME_MAX + 16], name[STORE_NAME_MAX + 16];
    int length = snprintf(folder, sizeof folder, "%s/files/%s", function->runtime->config.folder,
                          function->user);
    if (length < 0 || (size_t)length >= sizeof folder) {
        return error_set(error, ERROR_ARGUMENT, "path too long: %.200s",
                         function->runtime->config.folder);
    }
    if (!file_make_folders(folder, error)) {
        return false;
    }
    snprintf(user, sizeof user, "FAASM_USER=%s", function->user);
    snprintf(name, sizeof name, "FAASM_FUNCTION=%s", function->name);
    char *arguments[] = {function->name, NULL};
    char *variables[] = {user, name, NULL};
    char root[] = "/";
    struct call_folder folders[] = {{root, folder}};
    struct call_environment environment = {
        .arguments = arguments,
        .variables = variables,
        .folders = folders,
        .folder_count = 1,
        .standard_input = -1,
        .standard_output = -1,
        .standard_error = -1,
    };
    return call_environment_copy(&environment, &function->environment, error);
}

static struct function *stored_function(struct runtime *runtime, const char *user, const char *name,
                                        const char *digest, const struct store_options *options,
                                        struct error *error) {
    struct function *function = function_new(runtime, user, name, options, error);
    if (function != NULL) {
        snprintf(function->digest, sizeof function->digest, "%s", digest);
        if (!set_environment(function, error)) {
            function_release(function);
            function = NULL;
        }
    }
    return function;
}

// ---- Find ---------------------------------------------------------------------------------------

// Under the mutex of uploads, so that what the store says is still so when it is in the table.
static struct function *find_stored(struct runtime *runtime, const char *user, const char *name,
                                    struct error *error) {
    struct store_function stored;
    if (!store_get_function(runtime->store, user, name, &stored, error)) {
        return NULL;
    }
    struct function *fresh =
        stored_function(runtime, user, name, stored.digest, &stored.options, error);
    if (fresh == NULL) {
        return NULL;
    }
    struct function *function = function_table_add(&runtime->functions, fresh);
    function_release(fresh);
    return function;
}

struct function *runtime_find_function(struct runtime *runtime, const char *user, const char *name,
                                       struct error *error) {
    struct function *function = function_table_find(&runtime->functions, user, name);
    if (function != NULL) {
        return function;
    }
    if (runtime->store == NULL) {
        error_set(error, ERROR_NOT_FOUND, "there is no function %.80s/%.80s", user, name);
        return NULL;
    }
    pthread_mutex_lock(&runtime->uploads);
    function = find_stored(runtime, user, name, error);
    pthread_mutex_unlock(&runtime->uploads);
    return function;
}

// ---- Upload -------------------------------------------------------------------------------------

struct upload {
    struct runtime *runtime;
    const char *user;
    const char *name;
    struct bytes wasm;
    const struct store_options *options;
    char digest[STORE_DIGEST_LENGTH + 1];
    char path[PATH_MAX]; // of the wasm while it is compiled
    struct object_facts facts;
    struct store_function stored;
};

// Compiles and checks. One reference to the object.
static struct faaslet_object *check_module(struct upload *upload, struct error *error) {
    struct runtime *runtime = upload->runtime;
    struct faaslet_object *object =
        objects_load(&runtime->objects, upload->digest, upload->path, &upload->facts, error);
    if (object != NULL &&
        !faaslet_linker_check(runtime->linker, faaslet_object_module(object), error)) {
        faaslet_object_release(object);
        object = NULL;
    }
    if (object == NULL && upload->facts.compiled) {
        objects_remove(&runtime->objects, upload->digest);
    }
    return object;
}

static bool store_and_publish(struct upload *upload, struct function *function,
                              struct error *error) {
    struct runtime *runtime = upload->runtime;
    pthread_mutex_lock(&runtime->uploads);
    bool done = store_put_function(runtime->store, upload->user, upload->name, upload->wasm,
                                   upload->options, &upload->stored, error);
    if (done) {
        function_table_put(&runtime->functions, function);
    }
    pthread_mutex_unlock(&runtime->uploads);
    return done;
}

static bool upload_in_slot(struct upload *upload, struct error *error) {
    struct faaslet_object *object = check_module(upload, error);
    if (object == NULL) {
        return false;
    }
    struct function *function = stored_function(upload->runtime, upload->user, upload->name,
                                                upload->digest, upload->options, error);
    if (function == NULL) {
        faaslet_object_release(object);
        return false;
    }
    function->object = object;
    function->compiled_now = upload->facts.compiled;
    function->codegen_nanoseconds = upload->facts.nanoseconds;
    bool done = store_and_publish(upload, function, error);
    function_release(function);
    return done;
}

bool runtime_upload(struct runtime *runtime, const char *user, const char *name, struct bytes wasm,
                    const struct store_options *options, struct runtime_function_facts *facts,
                    struct error *error) {
    struct upload upload = {
        .runtime = runtime, .user = user, .name = name, .wasm = wasm, .options = options};
    if (!need_store(runtime, error) || !check_names(user, name, error) ||
        !store_write_temporary(runtime->store, wasm, upload.path, error)) {
        return false;
    }
    store_digest(wasm, upload.digest);
    bool done = false;
    struct object_slot *slot = objects_enter(&runtime->objects, upload.digest, error);
    if (slot != NULL) {
        done = upload_in_slot(&upload, error);
        objects_leave(&runtime->objects, slot);
    }
    unlink(upload.path);
    if (done && facts != NULL) {
        *facts = (struct runtime_function_facts){
            .stored = upload.stored,
            .compiled_now = upload.facts.compiled,
            .codegen_nanoseconds = upload.facts.nanoseconds,
        };
    }
    return done;
}

bool runtime_remove(struct runtime *runtime, const char *user, const char *name,
                    struct error *error) {
    if (!check_names(user, name, error)) {
        return false;
    }
    if (runtime->store == NULL) {
        return function_table_remove(&runtime->functions, user, name) ||
               error_set(error, ERROR_NOT_FOUND, "there is no function %s/%s", user, name);
    }
    pthread_mutex_lock(&runtime->uploads);
    bool done = store_delete_function(runtime->store, user, name, error);
    if (done) {
        function_table_remove(&runtime->functions, user, name);
    }
    pthread_mutex_unlock(&runtime->uploads);
    return done;
}

static void fill_facts(struct function *function, struct runtime_function_facts *facts) {
    facts->calls = function_calls(function);
    facts->faaslets = atomic_load(&function->pool.alive);
    facts->compiled_now = false;
    facts->limits = function->limits;
    pthread_mutex_lock(&function->mutex);
    if (atomic_load(&function->state) == FUNCTION_READY) {
        facts->image_bytes = proto_faaslet_image_bytes(function->proto);
    }
    if (atomic_load(&function->state) != FUNCTION_LOADING) {
        facts->compiled_now = function->compiled_now;
        facts->codegen_nanoseconds = function->codegen_nanoseconds;
    }
    pthread_mutex_unlock(&function->mutex);
}

bool runtime_function_facts(struct runtime *runtime, const char *user, const char *name,
                            struct runtime_function_facts *facts, struct error *error) {
    *facts = (struct runtime_function_facts){0};
    if (!check_names(user, name, error)) {
        return false;
    }
    snprintf(facts->stored.user, sizeof facts->stored.user, "%s", user);
    snprintf(facts->stored.name, sizeof facts->stored.name, "%s", name);
    if (runtime->store != NULL &&
        !store_get_function(runtime->store, user, name, &facts->stored, error)) {
        return false;
    }
    struct function *function = function_table_find(&runtime->functions, user, name);
    if (function == NULL) {
        return runtime->store != NULL ||
               error_set(error, ERROR_NOT_FOUND, "there is no function %s/%s", user, name);
    }
    fill_facts(function, facts);
    function_release(function);
    return true;
}

// ---- Without a store ----------------------------------------------------------------------------

bool runtime_add_object(struct runtime *runtime, const char *user, const char *name,
                        const char *object_path, const struct call_environment *environment,
                        struct error *error) {
    if (!check_names(user, name, error)) {
        return false;
    }
    struct function *function = function_new(runtime, user, name, NULL, error);
    if (function == NULL) {
        return false;
    }
    bool done = false;
    function->object_path = strdup(object_path);
    if (function->object_path == NULL) {
        error_set(error, ERROR_MEMORY, "%s", object_path);
        goto cleanup;
    }
    function->object = faaslet_object_load(object_path, error);
    if (function->object == NULL ||
        !faaslet_linker_check(runtime->linker, faaslet_object_module(function->object), error) ||
        !call_environment_copy(environment, &function->environment, error)) {
        goto cleanup;
    }
    function_table_put(&runtime->functions, function);
    done = true;
cleanup:
    function_release(function);
    return done;
}

bool runtime_function_durable(struct runtime *runtime, const char *user, const char *name,
                              bool *durable, struct error *error) {
    struct function *function = runtime_find_function(runtime, user, name, error);
    if (function == NULL) {
        return false;
    }
    *durable = function->durable;
    function_release(function);
    return true;
}
