#include "runtime/pressure.h"

#include "base/error.h"
#include "runtime/cgroup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void pressure_find(struct pressure *pressure) {
    char folder[PATH_MAX], own[PATH_MAX];
    struct error error;
    *pressure = (struct pressure){.stalls = "/proc/pressure/memory", .facts = "/proc/meminfo"};
    if (cgroups_find(folder, &error) &&
        snprintf(own, sizeof own, "%.4000s/memory.pressure", folder) < (int)sizeof own &&
        access(own, R_OK) == 0) {
        memcpy(pressure->stalls, own, sizeof own);
    }
}

// The percentage of "some avg10=…"; false where it cannot be read, as when the kernel was started
// without.
static bool read_stalls(const char *path, double *percent) {
    FILE *file = path[0] != '\0' ? fopen(path, "re") : NULL;
    bool read = file != NULL && fscanf(file, "some avg10=%lf", percent) == 1;
    if (file != NULL) {
        fclose(file);
    }
    return read;
}

static bool little_available(const char *path) {
    unsigned long long total = 0, available = 0, value;
    bool known = false;
    char line[128];
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "MemTotal: %llu", &value) == 1) {
            total = value;
        } else if (sscanf(line, "MemAvailable: %llu", &value) == 1) {
            available = value;
            known = true;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return known && total > 0 && available < total / 100 * PRESSURE_AVAILABLE_PERCENT;
}

bool pressure_is_high(const struct pressure *pressure) {
    double percent = 0;
    return read_stalls(pressure->stalls, &percent) ? percent >= (double)PRESSURE_STALLED_PERCENT
                                                   : little_available(pressure->facts);
}
