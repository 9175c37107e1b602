#include "runtime/queue.h"

void call_queue_push(struct call_queue *queue, struct call *call) {
    struct call_list *list = &queue->calls;
    call->private->in_queue = true;
    call->private->queue_links = (struct call_links){.previous = list->last};
    if (list->last != NULL) {
        list->last->private->queue_links.next = call;
    } else {
        list->first = call;
    }
    list->last = call;
    list->count++;
    queue->bytes += call->input.length;
}

void call_queue_remove(struct call_queue *queue, struct call *call) {
    struct call_list *list = &queue->calls;
    struct call *next = call->private->queue_links.next;
    struct call *previous = call->private->queue_links.previous;
    if (next != NULL) {
        next->private->queue_links.previous = previous;
    } else {
        list->last = previous;
    }
    if (previous != NULL) {
        previous->private->queue_links.next = next;
    } else {
        list->first = next;
    }
    list->count--;
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
