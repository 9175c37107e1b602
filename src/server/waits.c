#include "server/waits.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { BUCKETS = 256, LOOK_NANOSECONDS = 5000000 };

struct waits {
    pthread_mutex_t mutex;
    pthread_cond_t changed; // somebody waits, or the thread is to end
    struct wait *buckets[BUCKETS];
    size_t count;
    bool stopping;
    pthread_t thread;
};

static void insert(struct waits *waits, struct wait *wait) {
    struct wait **head = &waits->buckets[wait->call->id % BUCKETS];
    wait->next = *head;
    wait->link = head;
    if (wait->next != NULL) {
        wait->next->link = &wait->next;
    }
    *head = wait;
    waits->count++;
}

static void unlink_wait(struct waits *waits, struct wait *wait) {
    *wait->link = wait->next;
    if (wait->next != NULL) {
        wait->next->link = wait->link;
    }
    waits->count--;
}

// Moves those of a bucket that are over to `over`.
static void collect(struct waits *waits, struct wait *first, uint64_t now, struct wait **over) {
    struct wait *next;
    for (struct wait *wait = first; wait != NULL; wait = next) {
        next = wait->next;
        if (now >= wait->deadline || call_status_finished(call_status(wait->call))) {
            unlink_wait(waits, wait);
            wait->next = *over;
            *over = wait;
        }
    }
}

static void wake_all(struct wait *over) {
    while (over != NULL) {
        struct wait *next = over->next;
        over->wake(over);
        over = next;
    }
}

static void *look(void *context) {
    struct waits *waits = context;
    const struct timespec pause = {.tv_nsec = LOOK_NANOSECONDS};
    pthread_mutex_lock(&waits->mutex);
    while (!waits->stopping) {
        if (waits->count == 0) {
            pthread_cond_wait(&waits->changed, &waits->mutex);
            continue;
        }
        struct wait *over = NULL;
        uint64_t now = clock_monotonic();
        for (int i = 0; i < BUCKETS; i++) {
            collect(waits, waits->buckets[i], now, &over);
        }
        pthread_mutex_unlock(&waits->mutex);
        wake_all(over);
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&waits->mutex);
    }
    pthread_mutex_unlock(&waits->mutex);
    return NULL;
}

struct waits *waits_new(struct error *error) {
    struct waits *waits = calloc(1, sizeof *waits);
    if (waits == NULL) {
        error_set(error, ERROR_MEMORY, "set of waiting requests");
        return NULL;
    }
    pthread_mutex_init(&waits->mutex, NULL);
    pthread_cond_init(&waits->changed, NULL);
    int number = pthread_create(&waits->thread, NULL, look, waits);
    if (number != 0) {
        error_set_errno(error, number, "thread of waiting requests");
        pthread_cond_destroy(&waits->changed);
        pthread_mutex_destroy(&waits->mutex);
        free(waits);
        return NULL;
    }
    return waits;
}

void waits_delete(struct waits *waits) {
    if (waits == NULL) {
        return;
    }
    pthread_mutex_lock(&waits->mutex);
    waits->stopping = true;
    pthread_cond_signal(&waits->changed);
    pthread_mutex_unlock(&waits->mutex);
    pthread_join(waits->thread, NULL);
    pthread_cond_destroy(&waits->changed);
    pthread_mutex_destroy(&waits->mutex);
    free(waits);
}

void waits_add(struct waits *waits, struct wait *wait) {
    pthread_mutex_lock(&waits->mutex);
    // Who finishes it says so first and looks into the set then.
    bool finished = call_status_finished(call_status(wait->call));
    if (!finished) {
        insert(waits, wait);
        if (waits->count == 1) {
            pthread_cond_signal(&waits->changed);
        }
    }
    pthread_mutex_unlock(&waits->mutex);
    if (finished) {
        wait->wake(wait);
    }
}

void waits_finished(void *context, struct call *call) {
    struct waits *waits = context;
    struct wait *over = NULL;
    pthread_mutex_lock(&waits->mutex);
    collect(waits, waits->buckets[call->id % BUCKETS], 0, &over);
    pthread_mutex_unlock(&waits->mutex);
    wake_all(over);
}
