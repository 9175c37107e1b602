// The global tier: one suite for both drivers.
#include "fixture.h"

static bool write_bytes(const char *key, const uint8_t *bytes, size_t length, bool replace,
                        uint64_t offset, struct error *error) {
    const struct state_name name = name_of(key);
    const struct state_piece piece = {offset, {bytes, length}};
    const struct state_write write = {
        .bytes = offset + length, .replace = replace, .pieces = &piece, .count = length > 0};
    return driver.write(driver.state, &name, &write, NULL, error);
}

static void check_bytes(const char *key, uint64_t offset, const uint8_t *expected, size_t length) {
    struct error error;
    const struct state_name name = name_of(key);
    uint8_t *bytes = malloc(length + 1);
    const struct state_span span = {offset, length, bytes};
    assert_done(driver.read(driver.state, &name, &span, 1, &error), error);
    assert_memory_equal(bytes, expected, length);
    free(bytes);
}

static uint64_t size_of(const char *key) {
    struct error error;
    struct state_facts facts;
    const struct state_name name = name_of(key);
    assert_done(driver.find(driver.state, &name, &facts, &error), error);
    return facts.bytes;
}

static void test_sizes(void **state) {
    (void)state;
    NEED_DRIVER();
    static const size_t sizes[] = {0, 1, STATE_CHUNK - 1, STATE_CHUNK, STATE_CHUNK + 1, 3000000};
    struct error error;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t *bytes = pattern(sizes[i], (unsigned)i);
        assert_done(write_bytes("size", bytes, sizes[i], true, 0, &error), error);
        assert_int_equal(size_of("size"), sizes[i]);
        check_bytes("size", 0, bytes, sizes[i]);
        free(bytes);
    }
    uint8_t zeros[100] = {0};
    check_bytes("size", 3000000, zeros, 100); // past the end
    check_bytes("no such value", 10, zeros, 100);
    // Smaller, and larger again: nothing of the old one shows.
    assert_done(write_bytes("size", (const uint8_t *)"abc", 3, true, 0, &error), error);
    assert_done(write_bytes("size", (const uint8_t *)"z", 1, false, 99, &error), error);
    assert_int_equal(size_of("size"), 100);
    memcpy(zeros, "abc", 3);
    zeros[99] = 'z';
    check_bytes("size", 0, zeros, 100);
}

static void test_pieces(void **state) {
    (void)state;
    NEED_DRIVER();
    enum { SIZE = 500000, PIECES = 3000 };
    struct error error;
    uint8_t *model = pattern(SIZE, 7);
    assert_done(write_bytes("pieces", model, SIZE, true, 0, &error), error);
    static struct state_piece pieces[PIECES];
    uint8_t *changed = pattern(SIZE, 8);
    srand(2);
    uint64_t at = 0;
    size_t count = 0;
    while (count < PIECES) {
        at += 1 + (uint64_t)rand() % 100;
        uint64_t length = count == 5 ? 200000 : 1 + (uint64_t)rand() % 60;
        if (at + length > SIZE) {
            break;
        }
        memcpy(model + at, changed + at, length);
        pieces[count++] = (struct state_piece){at, {changed + at, length}};
        at += length;
    }
    const struct state_name name = name_of("pieces");
    const struct state_write write = {.bytes = SIZE, .pieces = pieces, .count = count};
    assert_done(driver.write(driver.state, &name, &write, NULL, &error), error);
    check_bytes("pieces", 0, model, SIZE);
    check_bytes("pieces", 65000, model + 65000, 200001);
    // Replaced by pieces with holes: zeros between them.
    const struct state_piece two[] = {{10, {changed, 5}}, {100000, {changed + 5, 70000}}};
    const struct state_write holes = {.bytes = 300000, .replace = true, .pieces = two, .count = 2};
    assert_done(driver.write(driver.state, &name, &holes, NULL, &error), error);
    memset(model, 0, SIZE);
    memcpy(model + 10, changed, 5);
    memcpy(model + 100000, changed + 5, 70000);
    assert_int_equal(size_of("pieces"), 300000);
    check_bytes("pieces", 0, model, 300000);
    free(model);
    free(changed);
}

// Writes larger than a message of Redis: whole chunks and parts of others in turn, values that
// shrink and grow again, replaced and changed. After each the value is that of the model.
static void test_large_writes(void **state) {
    (void)state;
    NEED_DRIVER();
    enum { MOST = 50 * STATE_CHUNK, ROUNDS = 12, PIECES = 40 };
    struct error error;
    uint8_t *model = calloc(1, MOST), *changed = pattern(MOST, 9);
    uint64_t size = 0;
    srand(3);
    for (int round = 0; round < ROUNDS; round++) {
        struct state_piece pieces[PIECES];
        size_t count = 0;
        bool replace = round % 3 == 0;
        uint64_t at = (uint64_t)rand() % STATE_CHUNK;
        uint64_t limit = 1 + (uint64_t)rand() % MOST;
        changed[round] ^= 1;
        if (replace) {
            memset(model, 0, MOST);
            size = 0;
        }
        while (count < PIECES && at < limit) {
            uint64_t length = 1 + (uint64_t)rand() % (rand() % 2 == 0 ? 1000 : 20 * STATE_CHUNK);
            length = length < limit - at ? length : limit - at;
            memcpy(model + at, changed + at, length);
            pieces[count++] = (struct state_piece){at, {changed + at, length}};
            size = at + length > size ? at + length : size;
            at += length + 1 + (uint64_t)rand() % (2 * STATE_CHUNK);
        }
        size += size < MOST - 7 ? 7 : 0;
        const struct state_name name = name_of("large");
        const struct state_write write = {
            .bytes = size, .replace = replace, .pieces = pieces, .count = count};
        struct state_facts facts;
        assert_done(driver.write(driver.state, &name, &write, &facts, &error), error);
        assert_int_equal(facts.bytes, size);
        assert_int_equal(size_of("large"), size);
        check_bytes("large", 0, model, size);
        check_bytes("large", 0, model, MOST);
    }
    free(model);
    free(changed);
}

// Refused as a whole, whichever way it is sent, and the next write is none the worse.
static void test_large_refused(void **state) {
    (void)state;
    NEED_DRIVER();
    enum { SIZE = 40 * STATE_CHUNK };
    struct error error;
    uint8_t *old = pattern(SIZE, 1), *new = pattern(SIZE, 2);
    const struct state_name name = name_of("refused");
    assert_done(write_bytes("refused", old, SIZE, true, 0, &error), error);
    for (int i = 0; i < 4; i++) { // a whole chunk more than the first half, and parts
        const struct state_piece pieces[] = {{0, {new, SIZE / 2}}, {SIZE - 100, {new, 100}}};
        const struct state_write write = {
            .bytes = SIZE,
            .replace = i % 2 == 0,
            .pieces = pieces,
            .count = 2,
            .fence_owner = i < 2 ? "nobody" : NULL,
            .fence = 1,
            .limits = {.bytes = i < 2 ? 0 : 1000},
        };
        struct state_write grown = write;
        grown.bytes = i < 2 ? SIZE : SIZE + 1;
        assert_false(driver.write(driver.state, &name, &grown, NULL, &error));
        assert_int_equal(error.code, i < 2 ? ERROR_CONFLICT : ERROR_TOO_LARGE);
        check_bytes("refused", 0, old, SIZE);
        assert_done(write_bytes("refused", old, SIZE, true, 0, &error), error);
    }
    free(old);
    free(new);
}

enum { SWAPPED = 30 * STATE_CHUNK };
static _Atomic bool swapping;

static void *swap_values(void *failed) {
    struct error error;
    uint8_t *bytes = malloc(SWAPPED);
    for (int i = 0; i < 25; i++) {
        memset(bytes, i, SWAPPED);
        if (!write_bytes("swapped", bytes, SWAPPED, true, 0, &error)) {
            *(bool *)failed = true;
        }
    }
    free(bytes);
    swapping = false;
    return NULL;
}

// A value that is replaced again and again is read as one or another, never as a mixture.
static void test_reading_meanwhile(void **state) {
    (void)state;
    NEED_DRIVER();
    struct error error;
    pthread_t thread;
    bool failed = false;
    uint8_t *bytes = calloc(1, SWAPPED);
    assert_done(write_bytes("swapped", bytes, SWAPPED, true, 0, &error), error);
    const struct state_name name = name_of("swapped");
    const struct state_span span = {0, SWAPPED, bytes};
    swapping = true;
    assert_int_equal(pthread_create(&thread, NULL, swap_values, &failed), 0);
    while (swapping) {
        if (!driver.read(driver.state, &name, &span, 1, &error)) {
            assert_int_equal(error.code, ERROR_BUSY); // it was replaced all the time
            continue;
        }
        for (size_t i = 1; i < SWAPPED; i += 512) {
            assert_int_equal(bytes[i], bytes[0]);
        }
    }
    pthread_join(thread, NULL);
    assert_false(failed);
    free(bytes);
}

// Every second word of some chunks, of a value whose last chunk is short and one that it has not
// got yet.
static void test_many_pieces(void **state) {
    (void)state;
    NEED_DRIVER();
    enum { SIZE = 3 * STATE_CHUNK + 1000, GROWN = 5 * STATE_CHUNK, PIECES = GROWN / 16 };
    struct error error;
    uint8_t *model = calloc(1, GROWN + 100), *changed = pattern(GROWN, 11);
    uint8_t *old = pattern(SIZE, 10);
    memcpy(model, old, SIZE);
    assert_done(write_bytes("many", model, SIZE, true, 0, &error), error);
    struct state_piece *pieces = calloc(PIECES, sizeof *pieces);
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = (struct state_piece){16 * i, {changed + 16 * i, 8}};
        memcpy(model + 16 * i, changed + 16 * i, 8);
    }
    const struct state_name name = name_of("many");
    const struct state_write write = {.bytes = GROWN, .pieces = pieces, .count = PIECES};
    assert_done(driver.write(driver.state, &name, &write, NULL, &error), error);
    assert_int_equal(size_of("many"), GROWN);
    check_bytes("many", 0, model, GROWN);
    assert_done(write_bytes("many", (const uint8_t *)"z", 1, false, GROWN + 99, &error), error);
    model[GROWN + 99] = 'z';
    check_bytes("many", 0, model, GROWN + 100);
    free(pieces);
    free(old);
    free(changed);
    free(model);
}

static void test_versions(void **state) {
    (void)state;
    NEED_DRIVER();
    struct error error;
    struct state_facts facts;
    const struct state_name name = name_of("versions");
    const struct state_piece piece = {0, {(const uint8_t *)"1", 1}};
    struct state_write write = {.bytes = 1, .replace = true, .pieces = &piece, .count = 1};
    assert_false(driver.find(driver.state, &name, &facts, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_done(driver.write(driver.state, &name, &write, &facts, &error), error);
    assert_int_not_equal(facts.version, 0);
    write.expected = facts.version + 1000;
    assert_false(driver.write(driver.state, &name, &write, NULL, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    write.expected = facts.version;
    struct state_facts next;
    assert_done(driver.write(driver.state, &name, &write, &next, &error), error);
    assert_int_not_equal(next.version, facts.version);
    assert_false(driver.remove(driver.state, &name, facts.version, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_done(driver.remove(driver.state, &name, next.version, &error), error);
    assert_false(driver.remove(driver.state, &name, 0, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_false(driver.find(driver.state, &name, &facts, &error));
}

static void test_elements(void **state) {
    (void)state;
    NEED_DRIVER();
    struct error error;
    const struct state_name name = name_of("elements");
    struct buffer elements = {0};
    assert_done(driver.read_appended(driver.state, &name, 10, 100, &elements, &error), error);
    assert_int_equal(elements.length, 0);
    for (int i = 0; i < 200; i++) {
        char text[16];
        int length = snprintf(text, sizeof text, "%d,", i);
        assert_done(driver.append(driver.state, &name,
                                  (struct bytes){(const uint8_t *)text, (size_t)length}, NULL,
                                  &error),
                    error);
    }
    assert_done(driver.read_appended(driver.state, &name, 3, 100, &elements, &error), error);
    assert_int_equal(elements.length, 6);
    assert_memory_equal(elements.data, "0,1,2,", 6);
    elements.length = 0;
    assert_done(driver.read_appended(driver.state, &name, 1000, 1000, &elements, &error), error);
    assert_int_equal(elements.length, 10 * 2 + 90 * 3 + 100 * 4);
    assert_false(driver.read_appended(driver.state, &name, 3, 5, &elements, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    // Elements alone are no value.
    struct state_facts facts;
    assert_false(driver.find(driver.state, &name, &facts, &error));
    assert_done(driver.clear_appended(driver.state, &name, &error), error);
    assert_done(driver.clear_appended(driver.state, &name, &error), error);
    elements.length = 0;
    assert_done(driver.read_appended(driver.state, &name, 10, 100, &elements, &error), error);
    assert_int_equal(elements.length, 0);
    buffer_destroy(&elements);
}

static bool note_key(void *context, struct bytes key, const struct state_facts *facts) {
    struct buffer *keys = context;
    (void)facts;
    return buffer_append(keys, key.data, key.length < 12 ? key.length : 12, NULL) &&
           buffer_append(keys, "|", 1, NULL);
}

static void test_keys(void **state) {
    (void)state;
    NEED_DRIVER();
    struct error error;
    static uint8_t longest[STATE_KEY_MAX], other[STATE_KEY_MAX];
    memset(longest, 'k', sizeof longest);
    memcpy(other, longest, sizeof other);
    other[STATE_KEY_MAX - 1] = 'l';
    const struct bytes keys[] = {
        {(const uint8_t *)"\0", 1},
        {(const uint8_t *)"\0\0", 2},
        {(const uint8_t *)"a", 1},
        {(const uint8_t *)"a\xff", 2},
        {(const uint8_t *)"b:c", 3},
        {(const uint8_t *)"\r\n", 2},
        {longest, sizeof longest},
        {other, sizeof other},
        {(const uint8_t *)"\xff", 1},
        {(const uint8_t *)"a\xff"
                          "b",
         3},
    };
    enum { KEYS = sizeof keys / sizeof *keys };
    for (size_t i = 0; i < KEYS; i++) {
        for (int user = 0; user < 2; user++) {
            const uint8_t byte = (uint8_t)(10 * user + (int)i);
            const struct state_name name = {user == 0 ? "keys-1" : "keys-2", keys[i]};
            const struct state_piece piece = {0, {&byte, 1}};
            const struct state_write write = {
                .bytes = 1, .replace = true, .pieces = &piece, .count = 1};
            assert_done(driver.write(driver.state, &name, &write, NULL, &error), error);
        }
    }
    for (size_t i = 0; i < KEYS; i++) {
        uint8_t byte = 255;
        const struct state_name name = {"keys-2", keys[i]};
        const struct state_span span = {0, 1, &byte};
        assert_done(driver.read(driver.state, &name, &span, 1, &error), error);
        assert_int_equal(byte, 10 + i);
    }
    struct buffer listed = {0};
    assert_done(driver.list(driver.state, "keys-1", (struct bytes){(const uint8_t *)"a", 1},
                            (struct bytes){0}, note_key, &listed, &error),
                error);
    assert_int_equal(listed.length, 9);
    assert_memory_equal(listed.data,
                        "a|a\xff|a\xff"
                        "b|",
                        9);
    listed.length = 0;
    assert_done(driver.list(driver.state, "keys-1", (struct bytes){(const uint8_t *)"a", 1},
                            (struct bytes){(const uint8_t *)"a\xff", 2}, note_key, &listed, &error),
                error);
    assert_int_equal(listed.length, 4);
    listed.length = 0;
    assert_done(driver.list(driver.state, "keys-1", (struct bytes){longest, 450}, (struct bytes){0},
                            note_key, &listed, &error),
                error);
    assert_int_equal(listed.length, 26);
    listed.length = 0;
    assert_done(driver.list(driver.state, "keys-none", (struct bytes){0}, (struct bytes){0},
                            note_key, &listed, &error),
                error);
    assert_int_equal(listed.length, 0);
    struct state_usage usage;
    assert_done(driver.usage(driver.state, "keys-1", &usage, &error), error);
    assert_int_equal(usage.keys, KEYS);
    assert_int_equal(usage.bytes, KEYS);
    buffer_destroy(&listed);
}

static void test_limits(void **state) {
    (void)state;
    NEED_DRIVER();
    struct error error;
    uint8_t *bytes = pattern(2000, 1);
    const struct state_limits limits = {.bytes = 1000, .keys = 2};
    const struct state_name first = {"limited", {(const uint8_t *)"1", 1}};
    const struct state_name second = {"limited", {(const uint8_t *)"2", 1}};
    const struct state_name third = {"limited", {(const uint8_t *)"3", 1}};
    const struct state_piece piece = {0, {bytes, 600}}, small = {0, {bytes, 300}};
    struct state_write write = {
        .bytes = 600, .replace = true, .pieces = &piece, .count = 1, .limits = limits};
    assert_done(driver.write(driver.state, &first, &write, NULL, &error), error);
    assert_done(driver.write(driver.state, &first, &write, NULL, &error), error);
    assert_false(driver.write(driver.state, &second, &write, NULL, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    assert_false(driver.append(driver.state, &second, (struct bytes){bytes, 401}, &limits, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    assert_done(driver.append(driver.state, &second, (struct bytes){bytes, 90}, &limits, &error),
                error);
    write.pieces = &small;
    write.bytes = 300;
    assert_false(driver.write(driver.state, &third, &write, NULL, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    assert_done(driver.write(driver.state, &first, &write, NULL, &error), error);
    assert_done(driver.remove(driver.state, &second, 0, &error), error);
    assert_done(driver.write(driver.state, &third, &write, NULL, &error), error);
    struct state_usage usage;
    assert_done(driver.usage(driver.state, "limited", &usage, &error), error);
    assert_int_equal(usage.bytes, 600);
    assert_int_equal(usage.keys, 2);
    free(bytes);
}

// ---- Locks --------------------------------------------------------------------------------------

static bool try_lock(const char *key, const char *owner, bool exclusive, uint64_t lease,
                     uint64_t *token) {
    struct error error;
    const struct state_name name = name_of(key);
    const struct state_lock_request request = {owner, exclusive, lease};
    enum state_lock_outcome outcome;
    assert_done(driver.lock(driver.state, &name, &request, &outcome, token, &error), error);
    return outcome == STATE_LOCK_GRANTED;
}

static bool unlock(const char *key, const char *owner) {
    struct error error;
    const struct state_name name = name_of(key);
    bool done = driver.unlock(driver.state, &name, owner, &error);
    assert_true(done || error.code == ERROR_CONFLICT);
    return done;
}

#define LONG 60000000000ull

static void test_lock_order(void **state) {
    (void)state;
    NEED_DRIVER();
    uint64_t first, second;
    assert_true(try_lock("order", "r1", false, LONG, &first));
    assert_true(try_lock("order", "r2", false, LONG, &first));
    assert_false(try_lock("order", "w1", true, LONG, &first));
    assert_false(try_lock("order", "r3", false, LONG, &first)); // behind the writer
    assert_false(try_lock("order", "w2", true, LONG, &first));
    assert_true(unlock("order", "r1"));
    assert_false(try_lock("order", "w1", true, LONG, &first));
    assert_true(unlock("order", "r2"));
    assert_false(try_lock("order", "w2", true, LONG, &second)); // not before its turn
    assert_true(try_lock("order", "w1", true, LONG, &first));
    assert_true(try_lock("order", "w1", true, LONG, &second)); // asked twice
    assert_int_equal(first, second);
    assert_true(unlock("order", "r3")); // gives up its place
    assert_true(unlock("order", "w1"));
    assert_false(unlock("order", "w1"));
    assert_true(try_lock("order", "w2", true, LONG, &second));
    assert_true(second > first);
    assert_true(unlock("order", "w2"));
}

static void test_leases(void **state) {
    (void)state;
    NEED_DRIVER();
    struct error error;
    uint64_t lost, token;
    const struct state_name name = name_of("leases");
    const struct state_piece piece = {0, {(const uint8_t *)"1", 1}};
    struct state_write write = {
        .bytes = 1, .replace = true, .pieces = &piece, .count = 1, .fence_owner = "dies"};
    assert_true(try_lock("leases", "dies", true, 100000000, &lost));
    assert_false(try_lock("leases", "lives", true, LONG, &token));
    write.fence = lost;
    assert_done(driver.write(driver.state, &name, &write, NULL, &error), error);
    usleep(150000);
    assert_true(try_lock("leases", "lives", true, LONG, &token));
    assert_true(token > lost);
    for (int replace = 0; replace < 2; replace++) { // it can't overwrite any more
        write.replace = replace != 0;
        assert_false(driver.write(driver.state, &name, &write, NULL, &error));
        assert_int_equal(error.code, ERROR_CONFLICT);
        assert_non_null(strstr(error.message, "lease had expired"));
    }
    const struct state_lock_request request = {"dies", true, LONG};
    assert_false(driver.renew(driver.state, &name, &request, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_false(unlock("leases", "dies"));
    write.fence_owner = "lives";
    write.fence = token;
    assert_done(driver.write(driver.state, &name, &write, NULL, &error), error);
    // A shared lock is no fence.
    assert_true(unlock("leases", "lives"));
    assert_true(try_lock("leases", "lives", false, LONG, &token));
    write.fence = token;
    assert_false(driver.write(driver.state, &name, &write, NULL, &error));
    assert_true(unlock("leases", "lives"));
    // One that is renewed is kept.
    assert_true(try_lock("leases", "keeps", true, 200000000, &token));
    const struct state_lock_request longer = {"keeps", true, LONG};
    assert_done(driver.renew(driver.state, &name, &longer, &error), error);
    usleep(250000);
    assert_false(try_lock("leases", "lives", true, 1000000, &token));
    assert_true(unlock("leases", "keeps"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH_DRIVER(test_sizes),        EACH_DRIVER(test_pieces),
        EACH_DRIVER(test_versions),     EACH_DRIVER(test_elements),
        EACH_DRIVER(test_keys),         EACH_DRIVER(test_limits),
        EACH_DRIVER(test_lock_order),   EACH_DRIVER(test_leases),
        EACH_DRIVER(test_large_writes), EACH_DRIVER(test_large_refused),
        EACH_DRIVER(test_many_pieces),  EACH_DRIVER(test_reading_meanwhile),
    };
    return cmocka_run_group_tests(tests, start_group, stop_group);
}
