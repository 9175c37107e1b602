// The handlers that routes.c names, one for each row. Of the room only.
#ifndef FAASM_SERVER_HANDLERS_H
#define FAASM_SERVER_HANDLERS_H

#include "server/request.h"

#include <jansson.h>

// functions.c
request_step handle_function_put, handle_function_get, handle_function_delete,
    handle_functions_of_user, handle_functions;

// invoke.c
request_step handle_invoke;

// calls.c
request_step handle_call, handle_call_output, handle_call_logs, handle_call_cancel;

// files.c
// Writes a piece of the body where it will be published from. False: `error` says why not.
bool take_file_piece(struct request *request, struct bytes piece);
request_step handle_file_put, handle_file_get, handle_file_delete, handle_files;

// health.c
request_step handle_health, handle_ready, handle_status;
json_t *health_status(struct request *request); // what handle_status answers

// activity.c
request_step handle_activity;

// metrics.c
request_step handle_metrics;

// state.c
request_step handle_state_get, handle_state_put, handle_state_delete, handle_state_list;

#endif
