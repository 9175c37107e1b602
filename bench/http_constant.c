// The peer of the HTTP figures: a server on the same library that answers every request with the
// same five bytes, with its threads set up as those of `faasm serve`. Prints its port, and serves
// until its standard input ends.
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *length, void **state) {
    (void)path;
    (void)method;
    (void)version;
    (void)data;
    static char begun;
    if (*state == NULL) {
        *state = &begun;
        return MHD_YES;
    }
    if (*length != 0) {
        *length = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, context);
}

int main(void) {
    static char text[] = "hello";
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_PERSISTENT);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned half = cores > 1 ? (unsigned)(cores + 1) / 2 : 1;
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, response,
                         MHD_OPTION_THREAD_POOL_SIZE, half > 1 ? half : 0, MHD_OPTION_END);
    if (response == NULL || daemon == NULL ||
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                "application/octet-stream") == MHD_NO) {
        fprintf(stderr, "http_constant: the server did not start\n");
        return 1;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    printf("%u\n", info->port);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    MHD_stop_daemon(daemon);
    MHD_destroy_response(response);
    return 0;
}
