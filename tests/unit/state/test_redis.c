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
        stop_redis(SIGKILL);
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
    stop_redis(SIGKILL);
    uint64_t begin = clock_monotonic();
    assert_false(hasty.write(hasty.state, &name, &write, NULL, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    assert_true(clock_monotonic() - begin < 5000000000ull);
    assert_true(start_redis());
    assert_done(hasty.write(hasty.state, &name, &write, NULL, &error), error);
    hasty.close(hasty.state);
}

static void tell(const char *arguments) {
    char command[256];
    snprintf(command, sizeof command,
             "redis-cli --no-auth-warning -a 'a secret' -p %d %s >/dev/null 2>&1", redis_port,
             arguments);
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
        {"test_silence", test_silence, use_redis, close_driver, NULL},
        {"test_restarts_under_load", test_restarts_under_load, use_redis, close_driver, NULL},
        cmocka_unit_test(test_urls),
    };
    return cmocka_run_group_tests(tests, start_group, stop_group);
}
