#include "faaslet/exclusive.h"

#include "faaslet/run.h"
#include "faaslet/space.h"
#include "faaslet/thread.h"

// Whether there are threads changes on the only thread that there is, outside of what this guards.
struct faaslet_run *exclusive_enter(struct object_instance *instance) {
    struct faaslet *faaslet = faaslet_of(instance);
    if (!faaslet_is_threaded(faaslet)) {
        return NULL;
    }
    struct faaslet_run *run = run_thread.run;
    if (run->exclusive++ == 0) {
        pthread_mutex_lock(&faaslet->exclusive);
    }
    return run;
}

void exclusive_leave(struct faaslet_run **run) {
    if (*run != NULL && --(*run)->exclusive == 0) {
        pthread_mutex_unlock(&(*run)->faaslet->exclusive);
    }
}

void exclusive_give_up(struct faaslet_run *run) {
    if (run->exclusive > 0) {
        run->exclusive = 0;
        pthread_mutex_unlock(&run->faaslet->exclusive);
    }
}

void exclusive_lend(void) {
    const struct faaslet_run *run = run_thread.run;
    if (run != NULL && run->exclusive > 0) {
        pthread_mutex_unlock(&run->faaslet->exclusive);
    }
}

void exclusive_take_back(void) {
    const struct faaslet_run *run = run_thread.run;
    if (run != NULL && run->exclusive > 0) {
        pthread_mutex_lock(&run->faaslet->exclusive);
    }
}
