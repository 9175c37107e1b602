// Log lines of the host itself (not of guests), to standard error, one line each:
//   2026-01-31T12:00:00.000Z warn  text
// Thread-safe: a line is one write.
#ifndef FAASM_BASE_LOG_H
#define FAASM_BASE_LOG_H

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR, LOG_LEVEL_OFF };

// The level below which lines are dropped, for the process; warn at the start, and set once when a
// program begins (FAASM_LOG=debug|info|warn|error|off overrides it).
void log_set_level(enum log_level level);

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)  log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
