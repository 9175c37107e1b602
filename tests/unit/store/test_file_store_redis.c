// The file store on Redis: servers that stop, are silent, full, or lose their answers; contents
// that are damaged or hostile; leases. Skipped where there is no redis-server.
#include "file_store_fixture.h"

static void test_server_restarted(void **state) {
    (void)state;
    NEED_STORE();
    struct error error;
    put("ada", "kept", "before");
    redis_stop(SIGKILL);
    bool has;
    assert_int_equal(file_store_sequence(store, "ada"), 0);
    assert_false(file_store_has(store, "ada", "kept", &has, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    assert_true(start_redis());
    assert_contents("ada", "kept", "before");
    put("ada", "next", "after");
    redis_stop(SIGKILL);
    file_store_close(store);
    struct file_driver driver;
    open_redis(100000000, 0, &driver);
    char temporary[96];
    snprintf(temporary, sizeof temporary, "%s/away", folder);
    store = file_store_new(&driver, temporary, &error);
    assert_done(store != NULL, error);
    assert_int_equal(put_error("ada", "x", "x", 0), ERROR_UNAVAILABLE);
    struct stored_file file;
    assert_false(file_store_get(store, "ada", "kept", &file, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    assert_true(start_redis());
    assert_contents("ada", "next", "after");
}

static void test_server_silent(void **state) {
    (void)state;
    NEED_STORE();
    struct error error;
    struct file_driver driver;
    put("ada", "a", "x");
    file_store_close(store);
    open_redis(100000000, 200000000, &driver);
    char temporary[96];
    snprintf(temporary, sizeof temporary, "%s/silent", folder);
    store = file_store_new(&driver, temporary, &error);
    assert_done(store != NULL, error);
    kill(redis_server, SIGSTOP);
    struct stored_file file;
    assert_false(file_store_get(store, "ada", "a", &file, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    assert_int_equal(put_error("ada", "b", "x", 0), ERROR_UNAVAILABLE);
    assert_int_equal(file_store_sequence(store, "ada"), 0);
    kill(redis_server, SIGCONT);
    assert_contents("ada", "a", "x");
}

static void test_server_full(void **state) {
    (void)state;
    NEED_STORE();
    put_pattern("first", 1 << 20, 1);
    tell_redis("CONFIG SET maxmemory 1mb");
    uint8_t *bytes = pattern(8 << 20, 2);
    struct error error;
    assert_false(
        file_store_put(store, "ada", "first", (struct bytes){bytes, 8 << 20}, 0, NULL, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    assert_non_null(strstr(error.message, "OOM"));
    assert_int_equal(put_error("ada", "empty", "", 0), ERROR_UNAVAILABLE);
    struct stored_file file;
    struct file_contents *contents = open_contents("first", &file);
    assert_int_equal(file.size, 1 << 20);
    uint8_t *wanted = pattern(1 << 20, 1);
    assert_range(contents, wanted, 0, 1 << 20);
    file_contents_close(contents);
    assert_int_equal(count_keys("faasm:fp:*"), 1);
    assert_done(file_store_remove(store, "ada", "first", &error), error);
    assert_int_equal(count_keys("faasm:f[cpl]:*"), 0);
    tell_redis("CONFIG SET maxmemory 0");
    put("ada", "first", "again");
    free(bytes);
    free(wanted);
}

// A server in between, which loses one answer: the connection ends when it has come.
struct relay {
    int listener;
    int lost; // the number of the answer, from 0 on
    _Atomic int answers;
};

static bool pass(int from, int to) {
    static _Thread_local char bytes[1 << 16];
    ssize_t count = recv(from, bytes, sizeof bytes, 0);
    return count > 0 && send(to, bytes, (size_t)count, MSG_NOSIGNAL) == count;
}

static void relay_one(struct relay *relay, int client) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)redis_port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct pollfd ends[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    bool open = connect(server, (struct sockaddr *)&address, sizeof address) == 0;
    while (open && poll(ends, 2, -1) > 0) {
        if (ends[1].revents != 0) {
            open = atomic_fetch_add(&relay->answers, 1) != relay->lost && pass(server, client);
        } else if (ends[0].revents != 0) {
            open = pass(client, server);
        }
    }
    close(server);
    close(client);
}

static void *relay_all(void *context) {
    struct relay *relay = context;
    int client;
    while ((client = accept(relay->listener, NULL, NULL)) >= 0) {
        relay_one(relay, client); // the store of the test has one connection at a time
    }
    return NULL;
}

static int relay_open(struct relay *relay, int lost) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    *relay = (struct relay){.listener = socket(AF_INET, SOCK_STREAM, 0), .lost = lost};
    assert_int_equal(bind(relay->listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(relay->listener, 8), 0);
    assert_int_equal(getsockname(relay->listener, (struct sockaddr *)&address, &length), 0);
    return ntohs(address.sin_port);
}

static void check_with_lost_answer(int port, const char *temporary) {
    struct error error;
    struct file_driver driver;
    char url[96];
    snprintf(url, sizeof url, "redis://127.0.0.1:%d/1", port);
    assert_done(file_driver_redis(&(struct file_redis_config){.url = url}, &driver, &error), error);
    struct file_store *direct = store;
    store = file_store_new(&driver, temporary, &error);
    assert_done(store != NULL, error);
    uint64_t before = file_store_sequence(direct, "ada");
    put("ada", "one", "first");
    put("ada", "one", "second");
    put("ada", "two", "third");
    assert_done(file_store_rename(store, "ada", "one", "two", &error), error);
    assert_contents("ada", "two", "second");
    assert_done(file_store_remove(store, "ada", "two", &error), error);
    assert_nothing("ada", "two");
    file_store_close(store);
    store = direct;
    assert_int_equal(file_store_sequence(store, "ada"), before + 5);
}

// Whichever answer is lost: each change is made once.
static void test_lost_answers(void **state) {
    (void)state;
    NEED_STORE();
    char temporary[96];
    struct relay relay;
    snprintf(temporary, sizeof temporary, "%s/relayed", folder);
    int lost = 0;
    do {
        pthread_t thread;
        int port = relay_open(&relay, lost);
        assert_int_equal(pthread_create(&thread, NULL, relay_all, &relay), 0);
        check_with_lost_answer(port, temporary);
        shutdown(relay.listener, SHUT_RDWR);
        pthread_join(thread, NULL);
        close(relay.listener);
    } while (relay.answers > lost++);
    assert_true(lost > 20);
    assert_int_equal(count_keys("faasm:f[cpl]:*"), 0);
}

// What a server gives back is checked: its length, and the digest of what is fetched whole.
static void test_damaged_contents(void **state) {
    (void)state;
    NEED_STORE();
    enum { SIZE = 3 << 20 };
    struct error error;
    struct stored_file file;
    FILE *copy = tmpfile();
    put_pattern("file", SIZE, 1);
    struct file_contents *contents = open_contents("file", &file);
    tell_redis("EVAL \"local k = redis.call('KEYS', 'faasm:fp:*:1')[1] "
               "redis.call('SETRANGE', k, 5, 'damaged')\" 0");
    assert_int_equal(file_contents_copy(contents, 0, SIZE, fileno(copy), 0, &error), EIO);
    assert_non_null(strstr(error.message, "damaged"));
    assert_int_equal(file_contents_copy(contents, 0, 1 << 20, fileno(copy), 0, &error), 0);
    tell_redis("EVAL \"local k = redis.call('KEYS', 'faasm:fp:*:1')[1] "
               "redis.call('SET', k, 'short')\" 0");
    assert_int_equal(file_contents_copy(contents, 1 << 20, 100, fileno(copy), 0, &error), EIO);
    assert_non_null(strstr(error.message, "missing"));
    tell_redis("EVAL \"local k = redis.call('KEYS', 'faasm:fp:*:1')[1] "
               "redis.call('DEL', k)\" 0");
    assert_int_equal(file_contents_copy(contents, 1 << 20, 100, fileno(copy), 0, &error), EIO);
    file_contents_close(contents);
    // The next upload of the same puts that right.
    put_pattern("again", SIZE, 1);
    contents = open_contents("file", &file);
    assert_int_equal(file_contents_copy(contents, 0, SIZE, fileno(copy), 0, &error), 0);
    file_contents_close(contents);
    fclose(copy);
}

// Names that a server invents do not leave the user's folder.
static void test_hostile_names(void **state) {
    (void)state;
    NEED_STORE();
    struct error error;
    char list[512] = "";
    put("ada", "good", "x");
    tell_redis("EVAL \"local v = redis.call('GET', 'faasm:fn:file/ada/good') "
               "for _, k in ipairs({'../bad', '/bad', 'a//bad', 'a/../bad', 'b\\\\0c'}) do "
               "for _, p in ipairs({'file/ada/', 'log/ada/0000000000000009/'}) do "
               "redis.call('SET', 'faasm:fn:' .. p .. k, v) "
               "redis.call('ZADD', 'faasm:fi', 0, p .. k) end end "
               "redis.call('SET', 'faasm:fn:file/ada/short', 'x') "
               "redis.call('SET', 'faasm:fn:file/ada/odd', string.rep('z', #v)) "
               "redis.call('ZADD', 'faasm:fi', 0, 'file/ada/odd')\" 0");
    assert_true(file_store_list(store, "ada", "", collect, list, &error));
    assert_null(strstr(list, "bad"));
    assert_null(strstr(list, "odd"));
    list[0] = '\0';
    assert_true(file_store_changes(store, "ada", 0, collect, list, &error));
    assert_null(strstr(list, "bad"));
    struct stored_file file;
    assert_false(file_store_get(store, "ada", "short", &file, &error));
    assert_int_equal(error.code, ERROR_IO);
    assert_false(file_store_get(store, "ada", "odd", &file, &error));
    assert_int_equal(error.code, ERROR_IO);
}

static void test_leases_expire(void **state) {
    (void)state;
    NEED_STORE();
    struct error error;
    struct stored_file file;
    put_pattern("file", 3 << 20, 1);
    struct file_contents *contents = open_contents("file", &file);
    assert_done(file_store_remove(store, "ada", "file", &error), error);
    assert_int_equal(count_keys("faasm:fp:*"), 3);
    // All that is left expires by itself.
    char reply[64];
    ask_redis("EVAL \"local n = 0 for _, k in ipairs(redis.call('KEYS', 'faasm:f[cpl]:*')) do "
              "if redis.call('PTTL', k) < 0 then n = n + 1 end end return n\" 0",
              reply, sizeof reply);
    assert_string_equal(reply, "0");
    file_contents_close(contents);
    assert_int_equal(count_keys("faasm:f[cpl]:*"), 0);
}

static void test_many_files(void **state) {
    (void)state;
    NEED_STORE();
    enum { FILES = 1100 };
    struct error error;
    tell_redis("CONFIG SET appendfsync no");
    for (int i = 0; i < FILES; i++) {
        char path[32];
        snprintf(path, sizeof path, "folder/%d", i);
        put("ada", path, "same");
    }
    int count = 0;
    assert_true(file_store_list(store, "ada", "folder/", count_file, &count, &error));
    assert_int_equal(count, FILES);
    count = 0;
    assert_true(file_store_changes(store, "ada", 100, count_file, &count, &error));
    assert_int_equal(count, FILES - 100);
    assert_int_equal(contents_kept(), 1);
    tell_redis("CONFIG SET appendfsync always");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        REDIS_ONLY(test_many_files),    REDIS_ONLY(test_server_restarted),
        REDIS_ONLY(test_server_silent), REDIS_ONLY(test_server_full),
        REDIS_ONLY(test_lost_answers),  REDIS_ONLY(test_damaged_contents),
        REDIS_ONLY(test_hostile_names), REDIS_ONLY(test_leases_expire),
    };
    return cmocka_run_group_tests(tests, start_group, stop_group);
}
