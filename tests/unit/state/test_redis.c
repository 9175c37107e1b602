// Redis that is killed, restarted, silent, full or read-only.
#include "fixture.h"

enum { APPENDERS = 3 };
static _Atomic bool ending;

struct appender {
    int number;
    int acknowledged;
    int refused;
};

// Appends numbers and remembers which were acknowledged; waits for Redis where it is away.
static void *append(void *argument) {
    struct appender *appender = argument;
    struct state_driver own;
    open_redis(20000000000ull, &own);
    char key[16];
    snprintf(key, sizeof key, "appended%d", appender->number);
    const struct state_name name = name_of(key);
    while (!ending) {
        struct error error;
        uint32_t number = (uint32_t)appender->acknowledged;
        if (own.append(own.state, &name, (struct bytes){(const uint8_t *)&number, 4}, NULL,
                       &error)) {
            appender->acknowledged++;
        } else {
            appender->refused++;
            break;
        }
    }
    own.close(own.state);
    return NULL;
}

static void check_appended(const struct appender *appender) {
    struct error error;
    char key[16];
    snprintf(key, sizeof key, "appended%d", appender->number);
    const struct state_name name = name_of(key);
    struct buffer elements = {0};
    assert_done(driver.read_appended(driver.state, &name, 10000000, 1 << 30, &elements, &error),
                error);
    assert_int_equal(appender->refused, 0);
    assert_true(appender->acknowledged > 0);
    assert_int_equal(elements.length, 4 * appender->acknowledged);
    for (int i = 0; i < appender->acknowledged; i++) { // each once, in order
        assert_memory_equal(elements.data + 4 * i, &i, 4);
    }
    buffer_destroy(&elements);
}

static void test_restarts_under_load(void **state) {
    (void)state;
    NEED_DRIVER();
    pthread_t threads[APPENDERS];
    struct appender appenders[APPENDERS] = {0};
    for (int i = 0; i < APPENDERS; i++) {
        appenders[i].number = i;
        assert_int_equal(pthread_create(&threads[i], NULL, append, &appenders[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        usleep(200000);
        redis_stop(SIGKILL);
        usleep(100000);
        assert_true(start_redis());
    }
    usleep(200000);
    ending = true;
    for (int i = 0; i < APPENDERS; i++) {
        pthread_join(threads[i], NULL);
        check_appended(&appenders[i]);
    }
}

static void test_away(void **state) {
    (void)state;
    NEED_DRIVER();
    struct error error;
    struct state_driver hasty;
    open_redis(300000000, &hasty);
    const struct state_name name = name_of("away");
    const struct state_piece piece = {0, {(const uint8_t *)"1", 1}};
    const struct state_write write = {.bytes = 1, .pieces = &piece, .count = 1};
    assert_done(hasty.write(hasty.state, &name, &write, NULL, &error), error);
    redis_stop(SIGKILL);
    uint64_t begin = clock_monotonic();
    assert_false(hasty.write(hasty.state, &name, &write, NULL, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    assert_true(clock_monotonic() - begin < 5000000000ull);
    assert_true(start_redis());
    assert_done(hasty.write(hasty.state, &name, &write, NULL, &error), error);
    hasty.close(hasty.state);
}

static void tell(const char *arguments) {
    char command[512];
    snprintf(command, sizeof command,
             "PORT=%d; redis-cli --no-auth-warning -a 'a secret' -p %d %s >/dev/null 2>&1",
             redis_port, redis_port, arguments);
    assert_int_equal(system(command), 0);
}

// Full and read-only: a clear error, the value as it was, and on it goes when that is over.
static void test_refusals(void **state) {
    (void)state;
    NEED_DRIVER();
    static const struct {
        const char *begin, *end, *says;
    } refusals[] = {
        {"config set maxmemory 1", "config set maxmemory 0", "OOM"},
        {"replicaof 127.0.0.1 1", "replicaof no one", "READONLY"},
    };
    struct error error;
    struct state_driver hasty;
    open_redis(300000000, &hasty);
    const struct state_name name = name_of("refused");
    const struct state_piece old = {0, {(const uint8_t *)"old", 3}},
                             new = {0, {(const uint8_t *)"new", 3}};
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct state_write write = {.bytes = 3, .replace = true, .pieces = &old, .count = 1};
        assert_done(hasty.write(hasty.state, &name, &write, NULL, &error), error);
        tell(refusals[i].begin);
        write.pieces = &new;
        assert_false(hasty.write(hasty.state, &name, &write, NULL, &error));
        assert_non_null(strstr(error.message, refusals[i].says));
        tell(refusals[i].end);
        uint8_t bytes[3];
        const struct state_span span = {0, 3, bytes};
        assert_done(hasty.read(hasty.state, &name, &span, 1, &error), error);
        assert_memory_equal(bytes, "old", 3);
        assert_done(hasty.write(hasty.state, &name, &write, NULL, &error), error);
    }
    hasty.close(hasty.state);
}

// The memory ends in the middle of a push that is sent in stages; and a push that is cut off in the
// middle leaves the old value, and what it has sent goes by itself.
static void test_full_in_the_middle(void **state) {
    (void)state;
    NEED_DRIVER();
    enum { SIZE = 16 << 20 };
    struct error error;
    struct state_driver hasty;
    open_redis(300000000, &hasty);
    const struct state_name name = name_of("middle");
    uint8_t *old = pattern(SIZE, 1), *new = pattern(SIZE, 2), *now = malloc(SIZE);
    const struct state_piece pieces[] = {{0, {old, SIZE}}, {0, {new, SIZE}}};
    struct state_write write = {.bytes = SIZE, .replace = true, .pieces = pieces, .count = 1};
    assert_done(hasty.write(hasty.state, &name, &write, NULL, &error), error);
    write.pieces = pieces + 1;
    for (int replace = 0; replace < 2; replace++) {
        write.replace = replace != 0;
        tell("config set maxmemory $(($(redis-cli --no-auth-warning -a 'a secret' -p $PORT info "
             "memory | tr -d '\\r' | sed -n 's/^used_memory://p') + 4000000))");
        assert_false(hasty.write(hasty.state, &name, &write, NULL, &error));
        assert_int_equal(error.code, ERROR_IO);
        assert_non_null(strstr(error.message, "OOM"));
        tell("config set maxmemory 0");
        const struct state_span span = {0, SIZE, now};
        assert_done(hasty.read(hasty.state, &name, &span, 1, &error), error);
        assert_memory_equal(now, old, SIZE);
    }
    assert_done(hasty.write(hasty.state, &name, &write, NULL, &error), error);
    const struct state_span span = {0, SIZE, now};
    assert_done(hasty.read(hasty.state, &name, &span, 1, &error), error);
    assert_memory_equal(now, new, SIZE);
    // Nothing is left behind that would never expire, but the chunks of values.
    tell("-n 1 eval \"local n = 0; for _, k in ipairs(redis.call('keys', 'faasm:s[dp]:*:middle')) "
         "do if redis.call('ttl', k) < 0 then n = n + 1 end end; return n\" 0 | grep -q '^256$'");
    hasty.close(hasty.state);
    free(now);
    free(new);
    free(old);
}

struct delayed {
    struct state_driver *driver;
    const struct state_name *name;
    uint64_t done; // when it was, 0: it was not
};

static void *find_late(void *argument) {
    struct delayed *delayed = argument;
    struct state_facts facts;
    struct error error;
    if (delayed->driver->find(delayed->driver->state, delayed->name, &facts, &error)) {
        delayed->done = clock_monotonic();
    }
    return NULL;
}

// One that answers late, but in time, costs time and nothing else.
static void test_slow(void **state) {
    (void)state;
    NEED_DRIVER();
    struct error error;
    const struct state_name name = name_of("slow");
    const struct state_piece piece = {0, {(const uint8_t *)"1", 1}};
    const struct state_write write = {.bytes = 1, .pieces = &piece, .count = 1};
    assert_done(driver.write(driver.state, &name, &write, NULL, &error), error);
    struct delayed delayed = {&driver, &name, 0};
    pthread_t thread;
    kill(redis_server, SIGSTOP);
    assert_int_equal(pthread_create(&thread, NULL, find_late, &delayed), 0);
    usleep(700000);
    uint64_t resumed = clock_monotonic();
    kill(redis_server, SIGCONT);
    pthread_join(thread, NULL);
    assert_true(delayed.done >= resumed);
}

static void test_silence(void **state) {
    (void)state;
    NEED_DRIVER();
    struct error error;
    struct state_driver patient;
    char url[96];
    snprintf(url, sizeof url, "redis://:a%%20secret@127.0.0.1:%d/1", redis_port);
    const struct state_redis_config config = {.url = url, .wait = 200000000, .timeout = 200000000};
    assert_done(state_redis_open(&config, &patient, &error), error);
    const struct state_name name = name_of("silent");
    struct state_facts facts;
    assert_false(patient.find(patient.state, &name, &facts, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    kill(redis_server, SIGSTOP);
    assert_false(patient.find(patient.state, &name, &facts, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    kill(redis_server, SIGCONT);
    assert_false(patient.find(patient.state, &name, &facts, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    patient.close(patient.state);
}

static void test_log_in(void **state) {
    (void)state;
    NEED_DRIVER();
    static const char *const bad[] = {"redis://127.0.0.1:%d", "redis://:wrong@127.0.0.1:%d",
                                      "redis://u:wrong@127.0.0.1:%d"};
    struct error error;
    const struct state_name name = name_of("login");
    struct state_facts facts;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char url[96];
        struct state_driver refused;
        snprintf(url, sizeof url, bad[i], redis_port);
        const struct state_redis_config config = {.url = url, .wait = 1};
        assert_done(state_redis_open(&config, &refused, &error), error);
        assert_false(refused.find(refused.state, &name, &facts, &error));
        assert_int_equal(error.code, ERROR_UNAVAILABLE);
        assert_null(strstr(error.message, "wrong@"));
        refused.close(refused.state);
    }
}

// ---- TLS ----------------------------------------------------------------------------------------

static bool run_shell(const char *format, ...) {
    char command[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    return system(command) == 0;
}

// Two authorities, and a certificate of the first one for 127.0.0.1.
static bool make_certificates(void) {
    static const char *const request = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "
                                       "/CN=%s -keyout %s/%s.key -out %s/%s.pem 2>/dev/null";
    return run_shell(request, "first", folder, "first", folder, "first") &&
           run_shell(request, "second", folder, "second", folder, "second") &&
           run_shell("cd %s && openssl req -newkey rsa:2048 -nodes -subj /CN=redis -keyout "
                     "server.key -out server.csr 2>/dev/null && printf "
                     "'subjectAltName=IP:127.0.0.1' >server.ext && openssl x509 -req -days 2 -in "
                     "server.csr -CA first.pem -CAkey first.key -CAcreateserial -extfile "
                     "server.ext -out server.pem 2>/dev/null",
                     folder);
}

static pid_t start_tls_redis(int port) {
    char number[16];
    snprintf(number, sizeof number, "%d", port);
    pid_t server = fork();
    if (server == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        if (chdir(folder) == 0) {
            execlp("redis-server", "redis-server", "--port", "0", "--tls-port", number, "--bind",
                   "127.0.0.1", "--save", "", "--tls-cert-file", "server.pem", "--tls-key-file",
                   "server.key", "--tls-ca-cert-file", "first.pem", "--tls-auth-clients", "no",
                   "--requirepass", "a secret", (char *)NULL);
        }
        _exit(127);
    }
    for (int i = 0; i < 200 && !reachable(port); i++) {
        if (waitpid(server, NULL, WNOHANG) == server) {
            return 0; // a server without TLS
        }
        usleep(50000);
    }
    return server;
}

static void open_tls(int port, const char *host, const char *password, const char *authority,
                     struct state_driver *opened) {
    char url[256], ca[128] = "";
    struct error error;
    if (authority != NULL) {
        snprintf(ca, sizeof ca, "?ca=%s/%s.pem", folder, authority);
    }
    snprintf(url, sizeof url, "rediss://:%s@%s:%d/0%s", password, host, port, ca);
    const struct state_redis_config config = {.url = url, .wait = 1};
    assert_done(state_redis_open(&config, opened, &error), error);
}

static void test_tls(void **state) {
    (void)state;
    NEED_DRIVER();
    enum { SIZE = 5 << 20 };
    assert_true(make_certificates());
    int port = free_port();
    pid_t server = start_tls_redis(port);
    if (server == 0) {
        skip();
    }
    struct error error;
    struct state_driver trusted;
    open_tls(port, "127.0.0.1", "a%20secret", "first", &trusted);
    const struct state_name name = name_of("tls");
    uint8_t *bytes = pattern(SIZE, 1), *read = malloc(SIZE);
    const struct state_piece piece = {0, {bytes, SIZE}};
    const struct state_write write = {.bytes = SIZE, .replace = true, .pieces = &piece, .count = 1};
    const struct state_span span = {0, SIZE, read};
    for (int i = 0; i < 2; i++) {
        assert_done(trusted.write(trusted.state, &name, &write, NULL, &error), error);
        assert_done(trusted.read(trusted.state, &name, &span, 1, &error), error);
        assert_memory_equal(read, bytes, SIZE);
        bytes[i] ^= 1;
    }
    trusted.close(trusted.state);
    // Another authority, those of the system, another name of the host, a wrong password, and no
    // TLS at all.
    static const struct {
        const char *host, *password, *authority, *says;
    } refused[] = {
        {"127.0.0.1", "a%20secret", "second", "certificate verify failed"},
        {"127.0.0.1", "a%20secret", NULL, "certificate verify failed"},
        {"localhost", "a%20secret", "first", "certificate verify failed"},
        {"127.0.0.1", "wrong", "first", "WRONGPASS"},
        {"127.0.0.1", "a%20secret", "missing", "certificates of authorities"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct state_facts facts;
        open_tls(port, refused[i].host, refused[i].password, refused[i].authority, &trusted);
        assert_false(trusted.find(trusted.state, &name, &facts, &error));
        assert_int_equal(error.code, ERROR_UNAVAILABLE);
        if (strstr(error.message, refused[i].says) == NULL) {
            fail_msg("no '%s' in '%s'", refused[i].says, error.message);
        }
        trusted.close(trusted.state);
    }
    char url[64];
    struct state_facts facts;
    snprintf(url, sizeof url, "redis://127.0.0.1:%d", port);
    const struct state_redis_config config = {.url = url, .wait = 1, .timeout = 2000000000};
    assert_done(state_redis_open(&config, &trusted, &error), error);
    assert_false(trusted.find(trusted.state, &name, &facts, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    trusted.close(trusted.state);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    free(read);
    free(bytes);
}

static void test_urls(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",           "http://x",      "redis:/x",         "redis://h:65536",
        "redis://h:", "redis://h:1/x", "redis://h/1?ca=x", "redis://%zz",
        "redis://%0", "redis://a%00b", "redis://[::1",     "unix://relative"};
    static const char *const good[] = {"redis://h", "redis://",
                                       "rediss://u:p%40ss@h:1/15?ca=/etc/ca.pem",
                                       "redis://[::1]:1/", "unix:///run/redis.sock"};
    struct error error;
    struct state_driver opened;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct state_redis_config config = {.url = bad[i]};
        assert_false(state_redis_open(&config, &opened, &error));
        assert_int_equal(error.code, ERROR_ARGUMENT);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const struct state_redis_config config = {.url = good[i]};
        assert_done(state_redis_open(&config, &opened, &error), error);
        opened.close(opened.state);
    }
}

// One round trip for the lock, one for the unlock.
static void test_round_trips(void **state) {
    (void)state;
    NEED_DRIVER();
    struct error error;
    const struct state_name name = name_of("trips");
    const struct state_lock_request request = {"me", true, 1000000000};
    struct state_redis_traffic before, after;
    enum state_lock_outcome outcome;
    uint64_t token;
    for (int i = 0; i < 2; i++) { // the first one connects
        state_redis_traffic(&driver, &before);
        assert_done(driver.lock(driver.state, &name, &request, &outcome, &token, &error), error);
        assert_done(driver.unlock(driver.state, &name, "me", &error), error);
        state_redis_traffic(&driver, &after);
    }
    assert_int_equal(after.round_trips - before.round_trips, 2);
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        {"test_round_trips", test_round_trips, use_redis, close_driver, NULL},
        {"test_log_in", test_log_in, use_redis, close_driver, NULL},
        {"test_away", test_away, use_redis, close_driver, NULL},
        {"test_refusals", test_refusals, use_redis, close_driver, NULL},
        {"test_full_in_the_middle", test_full_in_the_middle, use_redis, close_driver, NULL},
        {"test_slow", test_slow, use_redis, close_driver, NULL},
        {"test_tls", test_tls, use_redis, close_driver, NULL},
        {"test_silence", test_silence, use_redis, close_driver, NULL},
        {"test_restarts_under_load", test_restarts_under_load, use_redis, close_driver, NULL},
        cmocka_unit_test(test_urls),
    };
    return cmocka_run_group_tests(tests, start_group, stop_group);
}
