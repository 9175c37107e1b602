// One program for many tests of state: the first word of the call's input says what to do, the
// others are arguments.
#include <faasm.h>
#include <faasm/core.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("line %d: %s\n", __LINE__, #condition);                                         \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static char input[4096];
static char *words[16];

static void read_words(void) {
    size_t length = read_call_input(input, sizeof input - 1);
    input[length] = '\0';
    int count = 0;
    for (char *word = strtok(input, " \n"); word && count < 15; word = strtok(NULL, " \n")) {
        words[count++] = word;
    }
}

static size_t number(int word) {
    return words[word] ? (size_t)strtoul(words[word], NULL, 0) : 0;
}

// ---- What each function does --------------------------------------------------------------------

static void test_copies(void) {
    char text[16] = {0};
    CHECK(get_state_size("none") == 0);
    CHECK(read_state("none", text, sizeof text) == 0);
    set_state("x", "hello", 5);
    CHECK(get_state_size("x") == 5);
    CHECK(read_state("x", text, sizeof text) == 5 && strcmp(text, "hello") == 0);
    push_state("x");
    set_state("x", "HELLO!", 6);
    CHECK(read_state("x", text, sizeof text) == 6 && strcmp(text, "HELLO!") == 0);
    CHECK(read_state("x", text, 2) == 2);
    pull_state("x", 100);
    memset(text, 0, sizeof text);
    CHECK(read_state("x", text, sizeof text) == 5 && strcmp(text, "hello") == 0);
    set_state("x", "", 0);
    CHECK(get_state_size("x") == 0);
    push_state("x");
    pull_state("x", 100);
    CHECK(get_state_size("x") == 0);
    set_state_offset("y", 10, 3, "abc", 3);
    char all[10];
    CHECK(read_state("y", all, sizeof all) == 10);
    CHECK(memcmp(all, "\0\0\0abc\0\0\0\0", 10) == 0);
    read_state_offset("y", 10, 4, text, 2);
    CHECK(text[0] == 'b' && text[1] == 'c');
}

enum { BIG = 1000003 };

static void test_pointers(void) {
    unsigned char *p = get_state("big", BIG);
    CHECK(get_state("big", BIG) == p && get_state("big", 0) == p);
    CHECK(get_state_offset("big", BIG, 500, 3) == p + 500);
    for (size_t i = 0; i < BIG; i += 1000) {
        p[i] = (unsigned char)(i / 1000 + 1);
    }
    push_state_partial("big"); // nothing was marked: the host finds what was written
    for (size_t i = 0; i < BIG; i += 1000) {
        p[i] = 0;
    }
    pull_state("big", BIG);
    for (size_t i = 0; i < BIG; i += 1000) {
        CHECK(p[i] == (unsigned char)(i / 1000 + 1));
    }
    set_state_offset("big", BIG, 500, "abc", 3);
    CHECK(p[500] == 'a' && p[502] == 'c');
    memcpy(p + 700000, p, 1000); // memory.copy within it
    push_state_partial("big");
    memset(p, 0, BIG);
    pull_state("big", BIG);
    CHECK(p[500] == 'a' && p[700501] == 'b');
    // The heap goes on behind it.
    char *heap = malloc(3000000);
    memset(heap, 7, 3000000);
    CHECK(p[500] == 'a');
    // Growth: a new address, the same bytes.
    unsigned char *q = get_state("big", 2 * BIG);
    CHECK(q != p && q[500] == 'a' && q[BIG] == 0);
    q[501] = 'B';
    p[502] = 'C';
    CHECK(p[501] == 'B' && q[502] == 'C');
    q[2 * BIG - 1] = 9;
    push_state_partial("big");
    pull_state("big", 2 * BIG);
    CHECK(get_state_size("big") == 2 * BIG && q[2 * BIG - 1] == 9 && q[501] == 'B');
    // What is set from its own bytes.
    set_state("big", q + 500, 3);
    CHECK(get_state_size("big") == 3 && q[0] == 'a' && q[1] == 'B' && q[2] == 'C' && q[3] == 0);
}

static void test_appended(void) {
    char bytes[16];
    append_state("list", "one", 3);
    append_state("list", "", 0);
    append_state("list", "three", 5);
    read_appended_state("list", bytes, sizeof bytes, 3);
    CHECK(memcmp(bytes, "onethree", 8) == 0);
    read_appended_state("list", bytes, 3, 1);
    clear_appended_state("list");
    bytes[0] = '?';
    read_appended_state("list", bytes, sizeof bytes, 3);
    CHECK(bytes[0] == '?');
}

static void test_mask(void) {
    double *values = get_state("values", 8 * sizeof(double));
    unsigned int *mask = get_state("mask", 8 * sizeof(double));
    for (int i = 0; i < 8; i++) {
        values[i] = 1;
    }
    push_state("values");
    for (int i = 0; i < 8; i++) {
        values[i] = 2 + i;
    }
    mask[2 * 3] = mask[2 * 3 + 1] = 0xffffffffu;
    push_state_partial_mask("values", "mask");
    pull_state("values", 8 * sizeof(double));
    for (int i = 0; i < 8; i++) {
        CHECK(values[i] == (i == 3 ? 5 : 1));
    }
}

static void test_files(void) {
    FILE *file = fopen("state.txt", "w");
    CHECK(file != NULL);
    fputs("from a file", file);
    fclose(file);
    CHECK(set_state_from_file("file", "state.txt") == 11);
    char text[16] = {0};
    CHECK(read_state("file", text, sizeof text) == 11 && strcmp(text, "from a file") == 0);
}

// ---- Locks --------------------------------------------------------------------------------------

enum { WORKERS = 8, ROUNDS = 500 };

static int count_locally(void) {
    volatile unsigned *counter = get_state("counter", 200000);
    for (int i = 0; i < ROUNDS; i++) {
        lock_state_write("counter");
        counter[0]++;
        unlock_state_write("counter");
    }
    return 0;
}

static int count_globally(void) {
    for (int i = 0; i < 20; i++) {
        lock_state_global_write("global");
        unsigned count = 0;
        pull_state("global", sizeof count);
        read_state("global", &count, sizeof count);
        count++;
        set_state("global", &count, sizeof count);
        push_state("global");
        unlock_state_global_write("global");
    }
    return 0;
}

static void run_workers(int (*worker)(void)) {
    call_id calls[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        calls[i] = chain_ptr(worker, NULL, 0);
    }
    for (int i = 0; i < WORKERS; i++) {
        CHECK(await_call(calls[i]) == 0);
    }
}

static void test_locks(void) {
    run_workers(count_locally);
    unsigned *counter = get_state("counter", 200000);
    CHECK(counter[0] == WORKERS * ROUNDS);
    run_workers(count_globally);
    unsigned count = 0;
    read_state("global", &count, sizeof count);
    CHECK(count == WORKERS * 20);
    lock_state_read("counter");
    lock_state_read("counter");
    unlock_state_read("counter");
    unlock_state_read("counter");
    lock_state_global_read("counter");
    unlock_state_global_read("counter");
}

static int trap_with_lock(void) {
    lock_state_write("held");
    lock_state_global_write("held");
    __builtin_trap();
}

static void test_release(void) {
    CHECK(await_call(chain_ptr(trap_with_lock, NULL, 0)) != 0);
    lock_state_write("held");
    lock_state_global_write("held");
}

// Each takes its own lock, says so, and then wants the other's.
static int cross_first(void) {
    volatile char *flags = get_state("flags", 2);
    lock_state_write("a");
    flags[0] = 1;
    while (!flags[1]) {
        usleep(1000);
    }
    lock_state_write("b");
    return 0;
}

static int cross_second(void) {
    volatile char *flags = get_state("flags", 2);
    lock_state_write("b");
    flags[1] = 1;
    while (!flags[0]) {
        usleep(1000);
    }
    lock_state_write("a");
    return 0;
}

static int want_held(void) {
    lock_state_write("awaited");
    return 0;
}

// One of the two ends with a deadlock, and so the other gets its lock.
static void test_deadlock(void) {
    call_id first = chain_ptr(cross_first, NULL, 0);
    call_id second = chain_ptr(cross_second, NULL, 0);
    int failures = (await_call(first) != 0) + (await_call(second) != 0);
    CHECK(failures == 1);
}

// Where the awaited call is the later one to wait it ends, otherwise this one.
static void test_deadlock_await(void) {
    lock_state_write("awaited");
    CHECK(await_call(chain_ptr(want_held, NULL, 0)) != 0);
}

static void test_deadlock_self(void) { // ends as a trap
    lock_state_write("own");
    lock_state_read("own");
}

// ---- Misuse, each of which ends as a trap -------------------------------------------------------

static void misuse(const char *what) {
    static char key[600];
    memset(key, 'k', 513);
    if (strcmp(what, "long-key") == 0) {
        set_state(key, "x", 1);
    } else if (strcmp(what, "longest-key") == 0) {
        key[512] = '\0';
        set_state(key, "x", 1);
        push_state(key);
        pull_state(key, 1);
        CHECK(get_state_size(key) == 1);
    } else if (strcmp(what, "empty-key") == 0) {
        set_state("", "x", 1);
    } else if (strcmp(what, "key-pointer") == 0) {
        set_state((const char *)0xfffffff0, "x", 1);
    } else if (strcmp(what, "data-pointer") == 0) {
        set_state("x", (const void *)0xfffffff0, 100);
    } else if (strcmp(what, "offset") == 0) {
        set_state_offset("x", 10, 8, "abc", 3);
    } else if (strcmp(what, "offset-overflow") == 0) {
        set_state_offset("x", 10, 0xfffffffe, "abc", 3);
    } else if (strcmp(what, "read-offset") == 0) {
        char byte[4];
        read_state_offset("x", 10, 0xfffffffe, byte, 3);
    } else if (strcmp(what, "map-offset") == 0) {
        get_state_offset("x", 10, 0xffffff00, 0xff);
    } else if (strcmp(what, "mark-offset") == 0) {
        mark_state_offset_dirty("x", 10, 11, 1);
    } else if (strcmp(what, "too-large") == 0) {
        get_state("x", 0xffffffff);
    } else if (strcmp(what, "nothing") == 0) {
        get_state("does-not-exist", 0);
    } else if (strcmp(what, "unlock") == 0) {
        unlock_state_write("x");
    } else if (strcmp(what, "unlock-global") == 0) {
        unlock_state_global_read("x");
    } else if (strcmp(what, "buffer") == 0) {
        char bytes[4];
        append_state("elements", "too long", 8);
        read_appended_state("elements", bytes, sizeof bytes, 1);
    } else if (strcmp(what, "file") == 0) {
        set_state_from_file("x", "../../etc/passwd");
    }
}

// ---- Small commands -----------------------------------------------------------------------------

static void print_value(void) {
    size_t size = get_state_size(words[1]);
    char *copy = malloc(size + 1);
    read_state(words[1], copy, size);
    write_call_output(copy, size);
}

// wait KEY: until the first byte of the value, which others on this host set, is '1'.
static void wait_for(void) {
    volatile char *flag = get_state(words[1], 1);
    while (*flag != '1') {
        usleep(1000);
    }
}

// Past the end of the memory, where a call before had a value mapped.
static void look_behind(void) {
    size_t end = __builtin_wasm_memory_size(0) << 16;
    printf("%d\n", *(volatile char *)end);
}

int main(void) {
    read_words();
    const char *command = words[0] ? words[0] : "all";
    if (strcmp(command, "all") == 0) {
        test_copies();
        test_pointers();
        test_appended();
        test_mask();
        test_locks();
        test_release();
        test_deadlock();
        puts("all as it should be");
    } else if (strcmp(command, "files") == 0) {
        test_files();
    } else if (strcmp(command, "deadlock-await") == 0) {
        test_deadlock_await();
    } else if (strcmp(command, "deadlock-self") == 0) {
        test_deadlock_self();
    } else if (strcmp(command, "misuse") == 0) {
        misuse(words[1]);
    } else if (strcmp(command, "set") == 0) {
        set_state(words[1], words[2], strlen(words[2]));
    } else if (strcmp(command, "push") == 0) {
        push_state(words[1]);
    } else if (strcmp(command, "pull") == 0) {
        pull_state(words[1], (size_t)-1);
    } else if (strcmp(command, "append") == 0) {
        append_state(words[1], words[2], strlen(words[2]));
    } else if (strcmp(command, "get") == 0) {
        print_value();
    } else if (strcmp(command, "map") == 0) {
        char *value = get_state(words[1], number(2));
        value[0]++;
    } else if (strcmp(command, "hold") ==
               0) { // hold KEY FLAG: a global lock, until the flag is set
        lock_state_global_write(words[1]);
        words[1] = words[2];
        wait_for();
    } else if (strcmp(command, "lock-push") == 0) { // lock-push KEY TEXT
        lock_state_global_write(words[1]);
        set_state(words[1], words[2], strlen(words[2]));
        push_state(words[1]);
        unlock_state_global_write(words[1]);
    } else if (strcmp(command, "wait") == 0) {
        wait_for();
    } else if (strcmp(command, "behind") == 0) {
        look_behind();
    } else {
        printf("unknown: %s\n", command);
        return 1;
    }
    return 0;
}
