// Routes of users' files in the store: put, get (whole or one range), list, remove.
#include "server/handlers.h"
#include "server/query.h"
#include "server/range.h"
#include "server/respond.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static enum MHD_Result respond_contents(struct request *request, const struct stored_file *file,
                                        int fd) {
    struct range range;
    char text[96];
    if (!range_read(request, file->size, &range)) {
        close(fd);
        return respond_failure(request, MHD_HTTP_RANGE_NOT_SATISFIABLE, "range",
                               "the file does not have that range", 0);
    }
    // Closes the descriptor.
    struct MHD_Response *response =
        MHD_create_response_from_fd_at_offset64(range.length, fd, range.first);
    if (response == NULL) {
        close(fd);
        return MHD_NO;
    }
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
    struct file_store *store = store_of(request);
    struct stored_file file;
    int fd = -1;
    if (store == NULL) {
        return no_store(request);
    }
    // Contents may go between the two steps, when the file is replaced.
    for (int attempt = 0; attempt < 3 && fd < 0; attempt++) {
        if (!file_store_get(store, request->match.names[0], request->match.rest, &file,
                            &request->error)) {
            return respond_error(request, &request->error);
        }
        fd = file_store_contents(store, file.digest, &request->error);
    }
    return fd < 0 ? respond_error(request, &request->error) : respond_contents(request, &file, fd);
}

static bool add_file(void *context, const struct stored_file *file) {
    return json_array_append_new(context, json_of_file(file)) == 0;
}

enum MHD_Result handle_files(struct request *request) {
    struct file_store *store = store_of(request);
    const char *prefix = query_text(request, "prefix");
    json_t *list = json_array();
    if (store == NULL || list == NULL) {
        json_decref(list);
        return no_store(request);
    }
    if (!file_store_list(store, request->match.names[0], prefix == NULL ? "" : prefix, add_file,
                         list, &request->error)) {
        json_decref(list);
        return respond_error(request, &request->error);
    }
    return respond_json(request, MHD_HTTP_OK, json_pack("{s:o}", "files", list));
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
