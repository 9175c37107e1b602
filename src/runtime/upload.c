// Functions of a runtime: upload, remove, find.
#include "base/file.h"
#include "runtime/optimise.h"
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
    char user[STORE_NAME_MAX + 16], name[STORE_NAME_MAX + 16];
    struct layer *local, *shared;
    if (!user_files_layers(&function->runtime->files, function->user, &local, &shared, error)) {
        return false;
    }
    snprintf(user, sizeof user, "FAASM_USER=%s", function->user);
    snprintf(name, sizeof name, "FAASM_FUNCTION=%s", function->name);
    char *arguments[] = {function->name, NULL};
    char *variables[] = {user, name, NULL};
    char root[] = "/";
    struct call_folder folders[] = {
        {.guest = root, .host = (char *)layer_folder(local), .layer = local, .shared = shared}};
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
                                        const char *digest, uint64_t wasm_bytes,
                                        const struct store_options *options, struct error *error) {
    struct function *function = function_new(runtime, user, name, options, error);
    if (function != NULL) {
        snprintf(function->digest, sizeof function->digest, "%s", digest);
        function->wasm_bytes = wasm_bytes;
        if (!set_environment(function, error)) {
            function_release(function);
            function = NULL;
        }
    }
    return function;
}

int runtime_level(const struct runtime *runtime, const struct store_options *options) {
    return options != NULL && options->opt_level != 0 ? (int)options->opt_level - 1
                                                      : runtime->config.compile.opt_level;
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
        stored_function(runtime, user, name, stored.digest, stored.bytes, &stored.options, error);
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
    int opt_level; // that it is compiled with first
    struct object_facts facts;
    struct store_function stored;
};

// Compiles and checks. One reference to the object.
static struct faaslet_object *check_module(struct upload *upload, const struct object_slot *slot,
                                           struct error *error) {
    struct runtime *runtime = upload->runtime;
    struct faaslet_object *object =
        objects_load(&runtime->objects, slot, &(struct object_source){.wasm = &upload->wasm},
                     &upload->facts, error);
    if (object != NULL &&
        !faaslet_linker_check(runtime->linker, faaslet_object_module(object), error)) {
        faaslet_object_release(object);
        object = NULL;
    }
    if (object == NULL && upload->facts.compiled) {
        objects_remove(&runtime->objects, upload->digest, upload->opt_level);
    }
    return object;
}

static bool store_and_publish(struct upload *upload, struct function *function,
                              struct error *error) {
    struct runtime *runtime = upload->runtime;
    pthread_mutex_lock(&runtime->uploads);
    bool done = store_put_function(runtime->store, upload->user, upload->name, upload->wasm,
                                   upload->digest, upload->options, &upload->stored, error);
    if (done) {
        function_table_put(&runtime->functions, function);
    }
    pthread_mutex_unlock(&runtime->uploads);
    return done;
}

static bool upload_in_slot(struct upload *upload, const struct object_slot *slot,
                           struct error *error) {
    struct runtime *runtime = upload->runtime;
    struct faaslet_object *object = check_module(upload, slot, error);
    if (object == NULL) {
        return false;
    }
    struct code *code = code_new(object, upload->opt_level, &runtime->pool_totals, error);
    if (code == NULL) {
        return false;
    }
    struct function *function = stored_function(runtime, upload->user, upload->name, upload->digest,
                                                upload->wasm.length, upload->options, error);
    if (function == NULL) {
        code_release(code);
        return false;
    }
    function_set_code(function, code);
    function->compiled_now = upload->facts.compiled;
    function->codegen_nanoseconds = upload->facts.nanoseconds;
    bool done = store_and_publish(upload, function, error);
    if (done) {
        optimiser_add(&runtime->optimiser, function, upload->opt_level);
    }
    function_release(function);
    return done;
}

bool runtime_upload(struct runtime *runtime, const char *user, const char *name, struct bytes wasm,
                    const struct store_options *options, struct runtime_function_facts *facts,
                    struct error *error) {
    struct upload upload = {
        .runtime = runtime, .user = user, .name = name, .wasm = wasm, .options = options};
    if (!need_store(runtime, error) || !check_names(user, name, error)) {
        return false;
    }
    store_digest(wasm, upload.digest);
    upload.opt_level =
        optimise_first_level(runtime, upload.digest, wasm.length, runtime_level(runtime, options));
    bool done = false;
    struct object_slot *slot =
        objects_enter(&runtime->objects, upload.digest, upload.opt_level, NULL, error);
    if (slot != NULL) {
        done = upload_in_slot(&upload, slot, error);
        objects_leave(&runtime->objects, slot);
    }
    if (done && facts != NULL) {
        *facts = (struct runtime_function_facts){
            .stored = upload.stored,
            .compiled_now = upload.facts.compiled,
            .codegen_nanoseconds = upload.facts.nanoseconds,
            .opt_level = upload.opt_level,
            .wanted_level = runtime_level(runtime, options),
        };
        facts->optimising =
            facts->opt_level == facts->wanted_level ? RUNTIME_OPTIMISED : RUNTIME_OPTIMISING_QUEUED;
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

static void fill_code_facts(struct function *function, struct runtime_function_facts *facts) {
    struct code *code = function_code(function);
    facts->opt_level = -1;
    if (code != NULL) {
        facts->opt_level = code->opt_level;
        facts->faaslets = atomic_load(&code->pool.alive);
        if (atomic_load(&function->state) == FUNCTION_READY) {
            facts->image_bytes = proto_faaslet_image_bytes(code->proto);
        }
    }
    code_release(code);
    pthread_mutex_lock(&function->code_mutex);
    const struct function_optimisation *optimisation = &function->optimisation;
    facts->optimising =
        facts->opt_level == facts->wanted_level ? RUNTIME_OPTIMISED : optimisation->state;
    facts->optimise_nanoseconds = optimisation->nanoseconds;
    snprintf(facts->optimise_error, sizeof facts->optimise_error, "%s", optimisation->message);
    pthread_mutex_unlock(&function->code_mutex);
}

static void fill_facts(struct function *function, struct runtime_function_facts *facts) {
    facts->calls = function_calls(function);
    facts->wanted_level = function->opt_level;
    fill_code_facts(function, facts);
    facts->compiled_now = false;
    facts->limits = function->limits;
    pthread_mutex_lock(&function->mutex);
    if (atomic_load(&function->state) != FUNCTION_LOADING) {
        facts->compiled_now = function->compiled_now;
        facts->codegen_nanoseconds = function->codegen_nanoseconds;
    }
    pthread_mutex_unlock(&function->mutex);
}

// Of a function that was not needed since the process began: what there is of it in the cache.
static void fill_stored_facts(struct runtime *runtime, struct runtime_function_facts *facts) {
    const char *digest = facts->stored.digest;
    facts->wanted_level = runtime_level(runtime, &facts->stored.options);
    facts->opt_level = -1;
    if (runtime->store != NULL && objects_have(&runtime->objects, digest, facts->wanted_level)) {
        facts->opt_level = facts->wanted_level;
        facts->optimising = RUNTIME_OPTIMISED;
    }
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
        fill_stored_facts(runtime, facts);
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
    struct faaslet_object *object = faaslet_object_load(object_path, error);
    struct code *code =
        object != NULL ? code_new(object, function->opt_level, &runtime->pool_totals, error) : NULL;
    if (code == NULL) {
        goto cleanup;
    }
    function_set_code(function, code);
    if (!faaslet_linker_check(runtime->linker, faaslet_object_module(object), error) ||
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
