#include "runtime/queue.h"

enum { QUEUE_LINKS = offsetof(struct call_private, queue_links) };

void call_queue_push(struct call_queue *queue, struct call *call) {
    call->private->in_queue = true;
    call_list_append(&queue->calls, call, QUEUE_LINKS);
    queue->bytes += call->input.length;
}

void call_queue_remove(struct call_queue *queue, struct call *call) {
    call_list_remove(&queue->calls, call, QUEUE_LINKS);
    queue->bytes -= call->input.length;
    call->private->in_queue = false;
}

struct call *call_queue_pop(struct call_queue *queue) {
    struct call *call = queue->calls.first;
    if (call != NULL) {
        call_queue_remove(queue, call);
    }
    return call;
}
