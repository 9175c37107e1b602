// Routes of users' files in the store: put, get (whole or one range), list, remove.
#include "server/handlers.h"
#include "server/query.h"
#include "server/range.h"
#include "server/respond.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct file_store *store_of(struct request *request) {
    return runtime_files(request->server->runtime);
}

static json_t *json_of_file(const struct stored_file *file) {
    return json_pack("{s:o,s:I,s:s,s:o}", "path", json_of_text(file->path), "bytes",
                     (json_int_t)file->size, "digest", file->digest, "modified",
                     json_of_time(file->modified));
}

static enum MHD_Result no_store(struct request *request) {
    return respond_error_code(request, ERROR_UNAVAILABLE, "this server stores nothing");
}

// ---- PUT ----------------------------------------------------------------------------------------

static bool begin_upload(struct request *request) {
    if (store_of(request) == NULL) {
        return error_set(&request->error, ERROR_UNAVAILABLE, "this server stores nothing");
    }
    uint64_t limit = runtime_configuration(request->server->runtime)->files_bytes;
    request->upload = file_store_upload_new(store_of(request), request->match.names[0],
                                            request->match.rest, limit, &request->error);
    return request->upload != NULL;
}

bool take_file_piece(struct request *request, struct bytes piece) {
    return (request->upload != NULL || begin_upload(request)) &&
           file_store_upload_append(request->upload, piece, &request->error);
}

static void put_file(struct request *request) {
    request->done = (request->upload != NULL || begin_upload(request)) &&
                    file_store_upload_publish(request->upload, &request->file, &request->error);
}

static enum MHD_Result answer_put(struct request *request) {
    return request->done ? respond_json(request, MHD_HTTP_CREATED, json_of_file(&request->file))
                         : respond_error(request, &request->error);
}

enum MHD_Result handle_file_put(struct request *request) {
    return store_of(request) == NULL
               ? no_store(request)
               : request_work(request, request->server->pool, put_file, answer_put);
}

// ---- GET ----------------------------------------------------------------------------------------

// Fetches what is asked for, as a descriptor. Contents may go between the two steps, when the file
// is replaced.
static void get_file(struct request *request) {
    struct file_store *store = store_of(request);
    struct file_contents *contents = NULL;
    for (int attempt = 0; attempt < 3 && contents == NULL; attempt++) {
        if (!file_store_get(store, request->match.names[0], request->match.rest, &request->file,
                            &request->error)) {
            return;
        }
        contents = file_store_contents(store, &request->file, &request->error);
    }
    request->satisfiable = range_read(request, request->file.size, &request->range);
    if (contents != NULL && request->satisfiable) {
        // Nothing is read from it to answer a HEAD request.
        uint64_t wanted = request->head ? 0 : request->range.length;
        request->contents = file_contents_descriptor(contents, request->range.first, wanted,
                                                     &request->contents_offset, &request->error);
    }
    request->done = contents != NULL && (!request->satisfiable || request->contents >= 0);
    file_contents_close(contents);
}

static enum MHD_Result answer_get(struct request *request) {
    const struct stored_file *file = &request->file;
    const struct range range = request->range;
    char text[96];
    if (!request->done) {
        return respond_error(request, &request->error);
    }
    if (!request->satisfiable) {
        return respond_failure(request, MHD_HTTP_RANGE_NOT_SATISFIABLE, "range",
                               "the file does not have that range", 0);
    }
    // Closes the descriptor.
    struct MHD_Response *response = MHD_create_response_from_fd_at_offset64(
        range.length, request->contents, request->contents_offset);
    if (response == NULL) {
        return MHD_NO;
    }
    request->contents = -1;
    snprintf(text, sizeof text, "\"%s\"", file->digest);
    MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, text);
    MHD_add_response_header(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/octet-stream");
    if (range.partial) {
        snprintf(text, sizeof text, "bytes %llu-%llu/%llu", (unsigned long long)range.first,
                 (unsigned long long)(range.first + range.length - 1),
                 (unsigned long long)file->size);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, text);
    }
    return respond(request, range.partial ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK, response);
}

enum MHD_Result handle_file_get(struct request *request) {
    return store_of(request) == NULL
               ? no_store(request)
               : request_work(request, request->server->state_pool, get_file, answer_get);
}

static bool add_file(void *context, const struct stored_file *file) {
    return json_array_append_new(context, json_of_file(file)) == 0;
}

static void list_files(struct request *request) {
    const char *prefix = query_text(request, "prefix");
    request->list = json_array();
    request->done = request->list != NULL
                        ? file_store_list(store_of(request), request->match.names[0],
                                          prefix == NULL ? "" : prefix, add_file, request->list,
                                          &request->error)
                        : error_set(&request->error, ERROR_MEMORY, "files of a user");
}

static enum MHD_Result answer_list(struct request *request) {
    if (!request->done) {
        return respond_error(request, &request->error);
    }
    json_t *list = request->list;
    request->list = NULL;
    return respond_json(request, MHD_HTTP_OK, json_pack("{s:o}", "files", list));
}

enum MHD_Result handle_files(struct request *request) {
    return store_of(request) == NULL
               ? no_store(request)
               : request_work(request, request->server->state_pool, list_files, answer_list);
}

// ---- DELETE -------------------------------------------------------------------------------------

static void remove_file(struct request *request) {
    request->done = file_store_remove(store_of(request), request->match.names[0],
                                      request->match.rest, &request->error);
}

static enum MHD_Result answer_delete(struct request *request) {
    if (!request->done) {
        return respond_error(request, &request->error);
    }
    return respond(request, MHD_HTTP_NO_CONTENT,
                   MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT));
}

enum MHD_Result handle_file_delete(struct request *request) {
    return store_of(request) == NULL
               ? no_store(request)
               : request_work(request, request->server->pool, remove_file, answer_delete);
}
