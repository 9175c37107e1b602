// The local tier over both drivers, with mappings as Faaslets have them.
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "fixture.h"

enum { REGION = 1 << 24 };

// The mappings of this test, for the handler.
static struct {
    char *begin;
    size_t bytes;
    _Atomic(struct state_mapping *) mapping; // set last
} maps[8];

static void on_fault(int number, siginfo_t *info, void *context) {
    (void)context;
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        char *at = info->si_addr;
        struct state_mapping *mapping = maps[i].mapping;
        if (mapping != NULL && at >= maps[i].begin && at < maps[i].begin + maps[i].bytes &&
            state_mapping_open(mapping, (uint64_t)(at - maps[i].begin), 1)) {
            return;
        }
    }
    signal(number, SIG_DFL);
}

static uint8_t *map_value(int slot, struct state_value *value, size_t bytes) {
    struct error error;
    // cmocka has a handler of its own for each test.
    const struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    assert_int_equal(sigaction(SIGBUS, &action, NULL), 0);
    char *at = mmap(NULL, REGION, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(at, MAP_FAILED);
    struct state_mapping *mapping = state_map(value, at, bytes, &error);
    assert_done(mapping != NULL, error);
    maps[slot].begin = at;
    maps[slot].bytes = REGION;
    maps[slot].mapping = mapping;
    return (uint8_t *)at;
}

static void unmap_value(int slot) {
    state_unmap(maps[slot].mapping);
    maps[slot].mapping = NULL;
    munmap(maps[slot].begin, REGION);
}

static void check_value(struct state_value *value, const void *expected, size_t length) {
    struct error error;
    uint64_t size;
    assert_done(state_size(value, &size, &error), error);
    assert_int_equal(size, length);
    uint8_t *bytes = malloc(length + 1);
    assert_done(state_read(value, 0, bytes, length, &error), error);
    assert_memory_equal(bytes, expected, length);
    free(bytes);
}

static void check_global(const char *key, const void *expected, size_t length) {
    struct state *host = new_host(NULL);
    struct state_value *value = open_value(host, key);
    check_value(value, expected, length);
    state_release(value);
    state_delete(host);
}

static void test_set_and_push(void **state) {
    (void)state;
    NEED_DRIVER();
    static const size_t sizes[] = {0, 1, STATE_CHUNK - 1, STATE_CHUNK, STATE_CHUNK + 1, 300001};
    struct error error;
    struct state *host = new_host(NULL);
    struct state_value *value = open_value(host, "set");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t *bytes = pattern(sizes[i], (unsigned)i);
        assert_done(state_set(value, (struct bytes){bytes, sizes[i]}, &error), error);
        check_value(value, bytes, sizes[i]);
        assert_done(i % 2 == 0 ? state_push(value, NULL, &error)
                               : state_push_dirty(value, NULL, &error),
                    error);
        check_global("set", bytes, sizes[i]);
        free(bytes);
    }
    assert_false(state_set_range(value, 0, 300000, (struct bytes){(uint8_t *)"ab", 2}, &error));
    assert_int_equal(error.code, ERROR_ARGUMENT);
    assert_false(state_set_range(value, STATE_VALUE_MAX + 1, 0, (struct bytes){0}, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    assert_false(state_mark(value, UINT64_MAX, 2, &error));
    state_release(value);
    state_delete(host);
}

// Reading a megabyte out of a large value moves about a megabyte.
static void test_chunks(void **state) {
    (void)state;
    NEED_DRIVER();
    enum { SIZE = 20 << 20 };
    struct error error;
    uint8_t *bytes = pattern(SIZE, 3);
    struct state *writer = new_host(NULL), *reader = new_host(NULL);
    struct state_value *value = open_value(writer, "chunks");
    assert_done(state_set(value, (struct bytes){bytes, SIZE}, &error), error);
    assert_done(state_push(value, NULL, &error), error);
    struct state_value *other = open_value(reader, "chunks");
    uint8_t *part = malloc(1 << 20);
    assert_done(state_read(other, 5000000, part, 1 << 20, &error), error);
    assert_memory_equal(part, bytes + 5000000, 1 << 20);
    struct state_statistics statistics;
    state_statistics(reader, &statistics);
    assert_true(statistics.pulled_bytes >= 1 << 20);
    assert_true(statistics.pulled_bytes <= (1 << 20) + 2 * STATE_CHUNK);
    assert_false(state_complete(other, 1));
    // What was set before its chunk was pulled stays.
    assert_done(state_set_range(other, SIZE, 10000000, (struct bytes){part, 100}, &error), error);
    memcpy(bytes + 10000000, part, 100);
    check_value(other, bytes, SIZE);
    assert_true(state_complete(other, SIZE));
    assert_done(state_push_dirty(other, NULL, &error), error);
    state_statistics(reader, &statistics);
    assert_int_equal(statistics.pushed_bytes, 100);
    check_global("chunks", bytes, SIZE);
    free(part);
    free(bytes);
    state_release(value);
    state_release(other);
    state_delete(writer);
    state_delete(reader);
}

static uint64_t shared_kilobytes(void) {
    char line[256];
    unsigned long kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL &&
           sscanf(line, "RssShmem: %lu", &kilobytes) != 1) {
    }
    fclose(file);
    return kilobytes;
}

// And takes about a megabyte of memory. What was cut off takes none, and comes back as zeros.
static void test_sparse_memory(void **state) {
    (void)state;
    NEED_DRIVER();
#ifdef SANITIZED
    skip(); // they keep memory of their own for it
#endif
    enum { SIZE = 256 << 20, PART = 1 << 20 };
    struct error error;
    const struct state_name name = name_of("sparse");
    const struct state_piece piece = {SIZE - 1, {(const uint8_t *)"z", 1}};
    struct state_write write = {.bytes = SIZE, .pieces = &piece, .count = 1};
    assert_done(driver.write(driver.state, &name, &write, NULL, &error), error);
    struct state *host = new_host(NULL);
    struct state_value *value = open_value(host, "sparse");
    uint8_t *part = malloc(PART);
    uint64_t before = shared_kilobytes();
    assert_done(state_read(value, SIZE - PART, part, PART, &error), error);
    assert_int_equal(part[PART - 1], 'z');
    assert_true(shared_kilobytes() - before < 2048);
    // A smaller value, and a larger one again.
    write = (struct state_write){.bytes = 10, .replace = true};
    assert_done(driver.write(driver.state, &name, &write, NULL, &error), error);
    assert_done(state_pull(value, SIZE, &error), error);
    assert_true(shared_kilobytes() < before + 256);
    assert_done(state_ensure(value, SIZE, &error), error);
    assert_done(state_read(value, SIZE - PART, part, PART, &error), error);
    for (size_t i = 0; i < PART; i++) {
        assert_int_equal(part[i], 0);
    }
    free(part);
    state_release(value);
    state_delete(host);
}

static void test_mappings(void **state) {
    (void)state;
    NEED_DRIVER();
    enum { SIZE = 1000000 };
    struct error error;
    uint8_t *model = calloc(1, 4 * SIZE);
    struct state *host = new_host(NULL);
    struct state_value *value = open_value(host, "mapped");
    assert_done(state_ensure(value, SIZE, &error), error);
    uint8_t *first = map_value(0, value, SIZE);
    uint8_t *second = map_value(1, value, SIZE);
    for (int round = 0; round < 3; round++) { // writes through both, then sends what was written
        for (size_t i = (size_t)round; i < SIZE; i += 5003) {
            uint8_t *map = i % 2 == 0 ? first : second;
            map[i] = model[i] = (uint8_t)(i + 1 + (size_t)round);
            assert_int_equal(first[i], second[i]);
        }
        struct state_statistics before, after;
        state_statistics(host, &before);
        assert_done(state_push_dirty(value, NULL, &error), error);
        state_statistics(host, &after);
        assert_true(after.pushed_bytes - before.pushed_bytes <= 8 * (SIZE / 5003 + 1));
        check_global("mapped", model, SIZE);
    }
    // A larger mapping shows the same bytes; the old one stays.
    assert_done(state_ensure(value, 3 * SIZE, &error), error);
    uint8_t *larger = map_value(2, value, 3 * SIZE);
    first[100] = model[100] = 1;
    larger[200] = model[200] = 2;
    larger[3 * SIZE - 1] = model[3 * SIZE - 1] = 3;
    assert_int_equal(first[200], 2);
    unmap_value(0); // what was written through it is not forgotten
    assert_done(state_push_dirty(value, NULL, &error), error);
    check_global("mapped", model, 3 * SIZE);
    // A pull shows what is global, in all mappings.
    second[100] = 77;
    assert_done(state_pull(value, 3 * SIZE, &error), error);
    assert_int_equal(second[100], 1);
    assert_int_equal(larger[100], 1);
    unmap_value(1);
    unmap_value(2);
    state_release(value);
    state_delete(host);
    free(model);
}

// ---- Several hosts ------------------------------------------------------------------------------

enum { WRITERS = 4, WORDS = 1 << 13, ROUNDS = 20 };

struct writer {
    struct state *host;
    int number;
};

// Each writes words of its own, of the same pages, through mappings of hosts of their own or by
// setting ranges, and pushes what it wrote.
static void *write_words(void *argument) {
    const struct writer *writer = argument;
    struct error error;
    struct state_value *value = open_value(writer->host, "words");
    uint64_t *words = writer->number % 2 == 0
                          ? (uint64_t *)(void *)map_value(writer->number, value, 8 * WORDS)
                          : NULL;
    for (int round = 1; round <= ROUNDS; round++) {
        for (uint64_t i = (uint64_t)writer->number; i < WORDS; i += WRITERS) {
            uint64_t word = i * 1000 + (uint64_t)round;
            if (words != NULL) {
                words[i] = word;
            } else if (!state_set_range(value, 8 * WORDS, 8 * i,
                                        (struct bytes){(const uint8_t *)&word, 8}, &error)) {
                return (void *)"set";
            }
        }
        if (!state_push_dirty(value, NULL, &error)) {
            return (void *)"push";
        }
    }
    if (words != NULL) {
        unmap_value(writer->number);
    }
    state_release(value);
    return NULL;
}

static void run_writers(bool one_host) {
    struct error error;
    struct state *hosts[WRITERS];
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    struct state *host = new_host(NULL);
    struct state_value *value = open_value(host, "words");
    uint64_t *zeros = calloc(WORDS, 8);
    assert_done(state_set(value, (struct bytes){(const uint8_t *)zeros, 8 * WORDS}, &error), error);
    assert_done(state_push(value, NULL, &error), error);
    for (int i = 0; i < WRITERS; i++) {
        hosts[i] = one_host ? host : new_host(NULL);
        writers[i] = (struct writer){hosts[i], i};
        struct state_value *all = open_value(hosts[i], "words");
        assert_done(state_load(all, 0, 8 * WORDS, &error), error);
        state_release(all);
    }
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, write_words, &writers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        void *failure;
        pthread_join(threads[i], &failure);
        assert_null(failure);
    }
    for (uint64_t i = 0; i < WORDS; i++) {
        zeros[i] = i * 1000 + ROUNDS;
    }
    check_global("words", zeros, 8 * WORDS);
    free(zeros);
    state_release(value);
    for (int i = 0; i < WRITERS && !one_host; i++) {
        state_delete(hosts[i]);
    }
    state_delete(host);
}

static void test_writers_of_one_host(void **state) {
    (void)state;
    NEED_DRIVER();
    run_writers(true);
}

static void test_writers_of_several_hosts(void **state) {
    (void)state;
    NEED_DRIVER();
    run_writers(false);
}

// ---- Memory -------------------------------------------------------------------------------------

static void test_dropping(void **state) {
    (void)state;
    NEED_DRIVER();
    enum { SIZE = 1 << 20 };
    struct error error;
    const struct state_config config = {
        .local_bytes = 4 * SIZE, .local_values = 6, .user_bytes = 4 * SIZE, .user_values = 6};
    struct state *host = new_host(&config);
    uint8_t *bytes = pattern(SIZE, 5);
    char key[16];
    struct state_statistics statistics;
    for (int i = 0; i < 20; i++) { // pushed: they may go
        snprintf(key, sizeof key, "drop%d", i);
        struct state_value *value = open_value(host, key);
        assert_done(state_set(value, (struct bytes){bytes, SIZE}, &error), error);
        assert_done(state_push(value, NULL, &error), error);
        state_release(value);
        state_statistics(host, &statistics);
        assert_true(statistics.bytes <= config.local_bytes && statistics.values <= 6);
    }
    // Not pushed, or mapped: they stay, and what needs room is refused.
    struct state_value *mapped = open_value(host, "drop0");
    assert_done(state_load(mapped, 0, SIZE, &error), error);
    uint8_t *map = map_value(0, mapped, SIZE);
    state_release(mapped);
    int kept = 0;
    for (; kept < 10; kept++) {
        snprintf(key, sizeof key, "keep%d", kept);
        struct state_value *value = open_value(host, key);
        bool done = state_set(value, (struct bytes){bytes, SIZE}, &error);
        state_release(value);
        if (!done) {
            break;
        }
    }
    assert_int_equal(error.code, ERROR_MEMORY);
    assert_int_equal(kept, 3);
    assert_memory_equal(map, bytes, SIZE);
    unmap_value(0);
    struct state_value *value = open_value(host, "keep2");
    check_value(value, bytes, SIZE);
    state_release(value);
    state_delete(host);
    free(bytes);
}

// What was written through a mapping that is gone is dirty, too; what was only read is not.
static void test_written_stays(void **state) {
    (void)state;
    NEED_DRIVER();
    enum { SIZE = 1 << 20 };
    struct error error;
    const struct state_config config = {.local_bytes = 4 * SIZE, .user_bytes = 4 * SIZE};
    struct state *host = new_host(&config);
    uint8_t *bytes = pattern(3 * (size_t)SIZE, 6);
    static const char *const keys[] = {"written", "read"};
    for (int i = 0; i < 2; i++) {
        struct state_value *value = open_value(host, keys[i]);
        assert_done(state_set(value, (struct bytes){bytes, SIZE}, &error), error);
        assert_done(state_push(value, NULL, &error), error);
        uint8_t *map = map_value(0, value, SIZE);
        volatile uint8_t byte = map[5000];
        assert_int_equal(byte, bytes[5000]);
        if (i == 0) {
            map[5000] ^= 1;
        }
        unmap_value(0);
        state_release(value);
    }
    char key[16];
    for (int i = 0; i < 8; i++) { // needs the room
        snprintf(key, sizeof key, "needs%d", i);
        struct state_value *value = open_value(host, key);
        assert_done(state_set(value, (struct bytes){bytes, 3 * SIZE}, &error), error);
        assert_done(state_push(value, NULL, &error), error);
        state_release(value);
        bytes[0] ^= (uint8_t)i;
    }
    bytes[5000] ^= 1;
    struct state_value *value = open_value(host, "written");
    uint8_t now;
    assert_done(state_read(value, 5000, &now, 1, &error), error);
    assert_int_equal(now, bytes[5000]);
    assert_done(state_push_dirty(value, NULL, &error), error);
    state_release(value);
    struct state *other = new_host(NULL);
    value = open_value(other, "written");
    assert_done(state_read(value, 5000, &now, 1, &error), error);
    assert_int_equal(now, bytes[5000]);
    state_release(value);
    state_delete(other);
    state_delete(host);
    free(bytes);
}

static struct state_value *open_of(struct state *host, const char *user, const char *key) {
    struct error error;
    const struct state_name name = {user, {(const uint8_t *)key, strlen(key)}};
    struct state_value *value = state_open(host, &name, &error);
    assert_done(value != NULL, error);
    return value;
}

// A user who pushes nothing leaves the other half to the others.
static void test_shares(void **state) {
    (void)state;
    NEED_DRIVER();
    enum { SIZE = 1 << 20 };
    struct error error;
    const struct state_config config = {.local_bytes = 8 * SIZE, .local_values = 40};
    struct state *host = new_host(&config);
    uint8_t *bytes = pattern(SIZE, 7);
    char key[16];
    int kept = 0;
    for (bool done = true; done && kept < 20; kept += done) {
        snprintf(key, sizeof key, "hog%d", kept);
        struct state_value *value = open_of(host, "eve", key);
        done = state_set(value, (struct bytes){bytes, SIZE}, &error);
        state_release(value);
    }
    assert_int_equal(kept, 4);
    assert_int_equal(error.code, ERROR_MEMORY);
    assert_non_null(strstr(error.message, "eve"));
    // Files that are open count, too.
    int small = 0;
    for (; small < 30; small++) {
        snprintf(key, sizeof key, "file%d", small);
        const struct state_name name = {"mallory", {(const uint8_t *)key, strlen(key)}};
        struct state_value *value = state_open(host, &name, &error);
        if (value == NULL) {
            break;
        }
        assert_done(state_set(value, (struct bytes){bytes, 1}, &error), error);
        state_release(value);
    }
    assert_int_equal(small, 20);
    assert_int_equal(error.code, ERROR_BUSY);
    for (int i = 0; i < 10; i++) { // another user goes on, as do values that are pushed
        snprintf(key, sizeof key, "mine%d", i);
        struct state_value *value = open_of(host, "bob", key);
        assert_done(state_set(value, (struct bytes){bytes, SIZE}, &error), error);
        assert_done(state_push(value, NULL, &error), error);
        state_release(value);
    }
    struct state_value *value = open_of(host, "eve", "hog0");
    assert_done(state_push(value, NULL, &error), error);
    state_release(value);
    value = open_of(host, "eve", "hog9");
    assert_done(state_set(value, (struct bytes){bytes, SIZE}, &error), error);
    state_release(value);
    state_delete(host);
    free(bytes);
}

static void test_changed(void **state) {
    (void)state;
    NEED_DRIVER();
    struct error error;
    struct state *first = new_host(NULL), *second = new_host(NULL);
    struct state_value *one = open_value(first, "changed"), *two = open_value(second, "changed");
    assert_done(state_set(one, (struct bytes){(const uint8_t *)"old", 3}, &error), error);
    assert_done(state_push(one, NULL, &error), error);
    check_value(two, "old", 3);
    assert_done(state_set(one, (struct bytes){(const uint8_t *)"newer", 5}, &error), error);
    assert_done(state_push(one, NULL, &error), error);
    check_value(two, "old", 3);
    const struct state_name name = name_of("changed");
    state_changed(second, &name);
    check_value(two, "newer", 5);
    assert_done(state_set(two, (struct bytes){(const uint8_t *)"mine", 4}, &error), error);
    state_changed(second, &name);
    check_value(two, "mine", 4);
    state_release(one);
    state_release(two);
    state_delete(first);
    state_delete(second);
}

static void test_mask(void **state) {
    (void)state;
    NEED_DRIVER();
    struct error error;
    struct state *host = new_host(NULL);
    struct state_value *value = open_value(host, "masked"), *mask = open_value(host, "mask");
    assert_done(state_set(value, (struct bytes){(const uint8_t *)"aaaaaaaa", 8}, &error), error);
    assert_done(state_push(value, NULL, &error), error);
    assert_done(state_set_range(value, 0, 1, (struct bytes){(const uint8_t *)"bbbbbb", 6}, &error),
                error);
    assert_done(state_set(mask, (struct bytes){(const uint8_t *)"\1\0\1\1\0\0\0", 7}, &error),
                error);
    assert_false(state_push_masked(value, mask, NULL, &error)); // too short
    assert_int_equal(error.code, ERROR_ARGUMENT);
    assert_done(state_set(mask, (struct bytes){(const uint8_t *)"\1\0\1\1\0\0\0\1", 8}, &error),
                error);
    assert_done(state_push_masked(value, mask, NULL, &error), error);
    check_global("masked", "aabbaaaa", 8);
    assert_done(state_push_dirty(value, NULL, &error), error); // the others are still dirty
    check_global("masked", "abbbbbba", 8);
    state_release(value);
    state_release(mask);
    state_delete(host);
}

// ---- Global locks -------------------------------------------------------------------------------

static bool sleep_well(void *context, uint64_t nanoseconds) {
    (void)context;
    usleep((unsigned)(nanoseconds / 1000));
    return true;
}

static bool never_sleep(void *context, uint64_t nanoseconds) {
    (void)context, (void)nanoseconds;
    return false;
}

struct counting {
    struct state *host;
    uint32_t id;
};

static void *count_under_lock(void *argument) {
    const struct counting *counting = argument;
    const struct state_name name = name_of("counted");
    const struct lease_waiter waiter = {sleep_well, NULL};
    struct state_value *value = open_value(counting->host, "counted");
    for (int i = 0; i < 25; i++) {
        struct error error;
        struct lease *lease =
            lease_take(counting->host, &name, counting->id, true, &waiter, &error);
        if (lease == NULL) {
            return (void *)"lock";
        }
        struct state_fence fence = lease_fence(lease);
        uint32_t count = 0;
        if (!state_pull(value, 4, &error) || !state_ensure(value, 4, &error) ||
            !state_read(value, 0, &count, 4, &error)) {
            return (void *)"read";
        }
        count++;
        if (!state_set(value, (struct bytes){(const uint8_t *)&count, 4}, &error) ||
            !state_push(value, &fence, &error) || !lease_give(counting->host, lease, &error)) {
            return (void *)"write";
        }
    }
    state_release(value);
    return NULL;
}

static void test_global_locks(void **state) {
    (void)state;
    NEED_DRIVER();
    struct state *hosts[3];
    struct counting counting[3];
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        hosts[i] = new_host(NULL);
        counting[i] = (struct counting){hosts[i], 1};
        assert_int_equal(pthread_create(&threads[i], NULL, count_under_lock, &counting[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        void *failure;
        pthread_join(threads[i], &failure);
        assert_null(failure);
        state_delete(hosts[i]);
    }
    const uint32_t expected = 75;
    check_global("counted", &expected, 4);
}

// A host that lives keeps its locks; one that is cut off loses them, and cannot push.
static void test_renewal(void **state) {
    (void)state;
    NEED_DRIVER();
    const struct state_config brief = {.lease = 300000000};
    const struct state_name name = name_of("renewed");
    const struct lease_waiter waiter = {sleep_well, NULL}, hasty = {never_sleep, NULL};
    struct error error;
    struct state *host = new_host(&brief), *other = new_host(&brief);
    struct lease *lease = lease_take(host, &name, 1, true, &waiter, &error);
    assert_done(lease != NULL, error);
    usleep(800000);
    assert_null(lease_take(other, &name, 1, true, &hasty, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    // As when it had been cut off for longer than its lease.
    struct state_fence fence = lease_fence(lease);
    assert_done(driver.unlock(driver.state, &name, fence.owner, &error), error);
    struct lease *taken = lease_take(other, &name, 1, true, &waiter, &error);
    assert_done(taken != NULL, error);
    struct state_value *value = open_value(host, "renewed");
    assert_done(state_set(value, (struct bytes){(const uint8_t *)"late", 4}, &error), error);
    assert_false(state_push(value, &fence, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_false(lease_give(host, lease, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_done(lease_give(other, taken, &error), error);
    state_release(value);
    state_delete(host);
    state_delete(other);
}

// A host that takes a lock, says so, and waits to be killed.
__attribute__((noreturn)) static void hold_lock(const struct state_config *config, int told) {
    struct error error;
    const struct state_name name = name_of("killed");
    const struct lease_waiter waiter = {sleep_well, NULL};
    open_redis(0, &driver);
    struct state *host = new_host(config);
    struct lease *lease = lease_take(host, &name, 1, true, &waiter, &error);
    struct state_fence fence = {0};
    if (lease != NULL) {
        fence = lease_fence(lease);
    }
    if (lease == NULL || write(told, fence.owner, strlen(fence.owner) + 1) < 0 ||
        write(told, &fence.token, sizeof fence.token) < 0) {
        _exit(1);
    }
    for (;;) {
        pause();
    }
}

// The lock of a host that was killed is free after its lease, and what that host would still push
// is refused.
static void test_killed_holder(void **state) {
    (void)state;
    NEED_DRIVER();
    struct error error;
    const struct state_config brief = {.lease = 500000000};
    const struct state_name name = name_of("killed");
    const struct lease_waiter waiter = {sleep_well, NULL}, hasty = {never_sleep, NULL};
    int told[2];
    assert_int_equal(pipe(told), 0);
    pid_t child = fork();
    if (child == 0) {
        hold_lock(&brief, told[1]);
    }
    char owner[STATE_OWNER_MAX + 1];
    size_t length = 0;
    do {
        assert_int_equal(read(told[0], &owner[length], 1), 1);
    } while (owner[length++] != '\0');
    struct state_fence fence = {owner, 0};
    assert_int_equal(read(told[0], &fence.token, sizeof fence.token), sizeof fence.token);
    usleep(700000); // longer than the lease: it renews
    struct state *host = new_host(&brief);
    assert_null(lease_take(host, &name, 1, true, &hasty, &error));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    struct lease *lease = lease_take(host, &name, 1, true, &waiter, &error);
    assert_done(lease != NULL, error);
    struct state_value *value = open_value(host, "killed");
    assert_done(state_set(value, (struct bytes){(const uint8_t *)"late", 4}, &error), error);
    assert_false(state_push(value, &fence, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    fence = lease_fence(lease);
    assert_done(state_push(value, &fence, &error), error);
    assert_done(lease_give(host, lease, &error), error);
    state_release(value);
    state_delete(host);
    close(told[0]);
    close(told[1]);
}

// From here on there is no userfaultfd, as where the system does not permit it.
static bool deny_faults(void) {
    static struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_userfaultfd, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH_DRIVER(test_set_and_push),
        EACH_DRIVER(test_chunks),
        EACH_DRIVER(test_sparse_memory),
        EACH_DRIVER(test_mappings),
        EACH_DRIVER(test_writers_of_one_host),
        EACH_DRIVER(test_writers_of_several_hosts),
        EACH_DRIVER(test_dropping),
        EACH_DRIVER(test_written_stays),
        EACH_DRIVER(test_shares),
        EACH_DRIVER(test_changed),
        EACH_DRIVER(test_mask),
        EACH_DRIVER(test_global_locks),
        EACH_DRIVER(test_renewal),
        {"test_killed_holder", test_killed_holder, use_redis, close_driver, NULL},
    };
    int failed = cmocka_run_group_tests_name("state", tests, start_group, stop_group);
    if (!deny_faults()) {
        return 1;
    }
    return failed +
           cmocka_run_group_tests_name("state without userfaultfd", tests, start_group, stop_group);
}
