// The table of routes. To add one: a row here, a handler in the file of its subject, a section in
// docs/operations.md.
#include "server/handlers.h"
#include "server/route.h"

// The route that is called most comes first.
const struct route server_routes[] = {
    {"POST", "/v1/functions/{name}/{name}/invoke", ROUTE_BODY_INPUT, handle_invoke},
    {"PUT", "/v1/functions/{name}/{name}", ROUTE_BODY_WASM, handle_function_put},
    {"GET", "/v1/functions/{name}/{name}", ROUTE_BODY_NONE, handle_function_get},
    {"DELETE", "/v1/functions/{name}/{name}", ROUTE_BODY_NONE, handle_function_delete},
    {"GET", "/v1/functions/{name}", ROUTE_BODY_NONE, handle_functions_of_user},
    {"GET", "/v1/functions", ROUTE_BODY_NONE, handle_functions},
    {"GET", "/v1/calls/{id}", ROUTE_BODY_NONE, handle_call},
    {"DELETE", "/v1/calls/{id}", ROUTE_BODY_NONE, handle_call_cancel},
    {"GET", "/v1/calls/{id}/output", ROUTE_BODY_NONE, handle_call_output},
    {"GET", "/v1/calls/{id}/logs", ROUTE_BODY_NONE, handle_call_logs},
    {"GET", "/v1/state/{name}/{key}", ROUTE_BODY_NONE, handle_state_get},
    {"PUT", "/v1/state/{name}/{key}", ROUTE_BODY_FILE, handle_state_put},
    {"DELETE", "/v1/state/{name}/{key}", ROUTE_BODY_NONE, handle_state_delete},
    {"GET", "/v1/state/{name}", ROUTE_BODY_NONE, handle_state_list},
    {"GET", "/v1/files/{name}/{rest}", ROUTE_BODY_NONE, handle_file_get},
    {"PUT", "/v1/files/{name}/{rest}", ROUTE_BODY_UPLOAD, handle_file_put},
    {"DELETE", "/v1/files/{name}/{rest}", ROUTE_BODY_NONE, handle_file_delete},
    {"GET", "/v1/files/{name}", ROUTE_BODY_NONE, handle_files},
    {"GET", "/v1/activity", ROUTE_BODY_NONE, handle_activity},
    {"GET", "/v1/status", ROUTE_BODY_NONE, handle_status},
    {"GET", "/healthz", ROUTE_BODY_NONE, handle_health},
    {"GET", "/readyz", ROUTE_BODY_NONE, handle_ready},
    {"GET", "/metrics", ROUTE_BODY_NONE, handle_metrics},
};
const size_t server_route_count = sizeof server_routes / sizeof server_routes[0];
