#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic int minimum_level = LOG_LEVEL_WARN;

static const char *const level_names[] = {"debug", "info", "warn", "error", "off"};

void log_set_level(enum log_level level) {
    const char *wanted = getenv("FAASM_LOG");
    if (wanted != NULL) {
        for (int i = 0; i <= LOG_LEVEL_OFF; i++) {
            if (strcmp(wanted, level_names[i]) == 0) {
                level = (enum log_level)i;
            }
        }
    }
    atomic_store_explicit(&minimum_level, (int)level, memory_order_relaxed);
}

void log_write(enum log_level level, const char *format, ...) {
    if ((int)level < atomic_load_explicit(&minimum_level, memory_order_relaxed)) {
        return;
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm calendar;
    gmtime_r(&now.tv_sec, &calendar);
    char line[2048];
    size_t length = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%S", &calendar);
    length += (size_t)snprintf(line + length, sizeof line - length, ".%03ldZ %-5s ",
                               now.tv_nsec / 1000000, level_names[level]);
    va_list arguments;
    va_start(arguments, format);
    int text = vsnprintf(line + length, sizeof line - length - 1, format, arguments);
    va_end(arguments);
    if (text > 0) {
        length += (size_t)text;
    }
    if (length > sizeof line - 2) {
        length = sizeof line - 2;
    }
    line[length++] = '\n';
    // A log line that cannot be written has nowhere else to go.
    if (write(STDERR_FILENO, line, length) < 0) {
        return;
    }
}
