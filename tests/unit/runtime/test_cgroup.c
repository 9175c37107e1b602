// CPU shares of users: what is written to which file, in a folder of plain files; then the same
// with the kernel's, where this machine lets it.
#include "base/clock.h"
#include "base/file.h"
#include "runtime/shares.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[PATH_MAX];

static void path_of(char path[PATH_MAX], const char *name) {
    assert_true(snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX);
}

static void put(const char *name, const char *text) {
    char path[PATH_MAX];
    path_of(path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void make_folder(const char *name) {
    char path[PATH_MAX];
    path_of(path, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void expect_text(const char *name, const char *text) {
    char path[PATH_MAX];
    struct buffer found = {0};
    path_of(path, name);
    assert_true(file_read(path, 4096, &found, NULL));
    assert_true(buffer_append(&found, "", 1, NULL));
    assert_string_equal((const char *)found.data, text);
    buffer_destroy(&found);
}

// As the kernel would make them with the folder of a group.
static void put_group(const char *user) {
    char name[128];
    snprintf(name, sizeof name, "user-%s", user);
    make_folder(name);
    static const char *const files[] = {"cgroup.type", "cpu.weight", "cgroup.threads"};
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "user-%s/%s", user, files[i]);
        put(name, "");
    }
}

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/faasm-cgroup-XXXXXX");
    assert_non_null(mkdtemp(folder));
    put("cgroup.controllers", "cpuset cpu io memory\n");
    put("cgroup.procs", "");
    put("cgroup.threads", "");
    put("cgroup.subtree_control", "");
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int tear_down(void **state) {
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void test_what_is_written(void **state) {
    (void)state;
    struct error error;
    const struct cgroup_weight weights[] = {{"ada", 300}};
    char own[16];
    snprintf(own, sizeof own, "%d", (int)getpid());
    make_folder("user-left");
    make_folder("other");
    struct cgroups *groups = cgroups_open(folder, weights, 1, &error);
    assert_non_null(groups);
    expect_text("cgroup.procs", own);
    expect_text("cgroup.subtree_control", "+cpu");
    char path[PATH_MAX];
    path_of(path, "user-left");
    assert_int_not_equal(access(path, F_OK), 0);
    path_of(path, "other");
    assert_int_equal(access(path, F_OK), 0);
    put_group("ada");
    put_group("bob");
    struct cgroup *ada = cgroups_of(groups, "ada", &error);
    struct cgroup *bob = cgroups_of(groups, "bob", &error);
    assert_non_null(ada);
    assert_non_null(bob);
    assert_ptr_equal(cgroups_of(groups, "ada", &error), ada);
    expect_text("user-ada/cgroup.type", "threaded");
    expect_text("user-ada/cpu.weight", "300");
    expect_text("user-bob/cpu.weight", "100");
    assert_true(cgroup_move(ada, NULL, 1234, &error));
    assert_true(cgroup_move(bob, ada, 1234, &error));
    expect_text("user-ada/cgroup.threads", "1234");
    expect_text("user-bob/cgroup.threads", "1234");
    cgroup_forget(bob);
    struct cgroups_facts facts;
    cgroups_facts(groups, &facts);
    assert_int_equal(facts.groups, 2);
    assert_int_equal(facts.moves, 2);
    cgroups_close(groups);
}

static void test_failures(void **state) {
    (void)state;
    struct error error;
    char path[PATH_MAX];
    struct cgroups *groups = cgroups_open(folder, NULL, 0, &error);
    assert_non_null(groups);
    // The kernel would have made the files.
    assert_null(cgroups_of(groups, "ada", &error));
    assert_non_null(strstr(error.message, "user-ada: cgroup.type"));
    path_of(path, "user-ada");
    assert_int_not_equal(access(path, F_OK), 0);
    cgroups_close(groups);
    path_of(path, "cgroup.subtree_control");
    assert_int_equal(unlink(path), 0);
    assert_null(cgroups_open(folder, NULL, 0, &error));
    assert_non_null(strstr(error.message, "cgroup.subtree_control"));
    assert_false(cgroups_check(folder, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    assert_non_null(strstr(error.message, "is not in a cgroup2 file system"));
    path_of(path, "no/where");
    assert_false(cgroups_check(path, &error));
}

// Groups without threads make room, those with threads stay.
static void test_many_users(void **state) {
    (void)state;
    struct error error;
    struct cgroups *groups = cgroups_open(folder, NULL, 0, &error);
    assert_non_null(groups);
    struct cgroup *first = NULL;
    for (int i = 0; i <= CGROUPS_MAX; i++) {
        char user[16];
        snprintf(user, sizeof user, "u%d", i);
        put_group(user);
        struct cgroup *group = cgroups_of(groups, user, &error);
        assert_non_null(group);
        if (i == 0) {
            first = group;
            assert_true(cgroup_move(group, NULL, 99, &error));
        }
    }
    struct cgroups_facts facts;
    cgroups_facts(groups, &facts);
    assert_int_equal(facts.groups, CGROUPS_MAX);
    assert_ptr_equal(cgroups_of(groups, "u0", &error), first);
    cgroups_close(groups);
}

static void test_weights(void **state) {
    (void)state;
    struct cgroup_weight *weights;
    size_t count;
    struct error error;
    assert_true(cgroups_parse(" ada=300  bob=1,eve=10000", &weights, &count, &error));
    assert_int_equal(count, 3);
    assert_string_equal(weights[0].user, "ada");
    assert_int_equal(weights[0].weight, 300);
    assert_int_equal(weights[1].weight, 1);
    assert_int_equal(weights[2].weight, 10000);
    free(weights);
    assert_true(cgroups_parse("", &weights, &count, &error));
    assert_int_equal(count, 0);
    assert_null(weights);
    static const char *const wrong[] = {
        "ada", "ada=",   "ada=0",  "ada=10001",       "ada=-1",  "ada=1x",
        "=5",  "../a=5", "ada= 5", "ada=99999999999", "ada=5=5", "ada=+5"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(cgroups_parse(wrong[i], &weights, &count, &error));
        assert_int_equal(error.code, ERROR_ARGUMENT);
        assert_null(weights);
    }
}

// ---- Workers ------------------------------------------------------------------------------------

static _Atomic bool go_on;
static struct shares shares;
static const struct call_limits limits = {.log_bytes = 4096, .output_bytes = 4096};

static void run(void *context, struct call *call) {
    (void)context;
    call_begin(call);
    while (atomic_load(&go_on)) {
        usleep(100);
    }
    call_end(call, CALL_SUCCEEDED);
}

static void abandon(void *context, struct call *call) {
    (void)context;
    call_end(call, CALL_ERROR);
}

static void crowded(void *context) {
    (void)context;
    shares_wake(&shares);
}

// Calls of two users on one worker: both run after a while, each in the group of its user.
static void run_two_users(struct cgroups *groups, pid_t threads[2]) {
    struct error error;
    struct scheduler_config config = {.workers = 1,
                                      .extra_workers = 3,
                                      .queued_calls = 10,
                                      .queued_bytes = 1000,
                                      .run = run,
                                      .abandon = abandon,
                                      .crowded = crowded,
                                      .user_threads = 1};
    struct scheduler *scheduler = scheduler_new(&config, &error);
    assert_non_null(scheduler);
    assert_true(shares_create(&shares, scheduler, scheduler_seats(&config), groups, &error));
    atomic_store(&go_on, true);
    static const char *const users[] = {"ada", "bob"};
    struct call *calls[2];
    for (int i = 0; i < 2; i++) {
        struct buffer none = {0};
        calls[i] = call_new(NULL, users[i], "f", &none, &limits, NULL);
        assert_non_null(calls[i]);
        assert_true(scheduler_submit(scheduler, calls[i], &error));
    }
    struct cgroups_facts facts;
    uint64_t deadline = clock_monotonic() + 20000000000u;
    do {
        assert_true(clock_monotonic() < deadline);
        usleep(1000);
        cgroups_facts(groups, &facts);
    } while (facts.moves < 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(call_status(calls[i]), CALL_RUNNING);
        call_release(calls[i]);
    }
    struct scheduler_seat views[4];
    unsigned count;
    scheduler_look(scheduler, views, &count);
    assert_int_equal(count, 2);
    for (unsigned i = 0; i < count; i++) {
        threads[strcmp(views[i].user, "bob") == 0] = views[i].thread;
    }
}

static void stop_two_users(void) {
    struct scheduler *scheduler = shares.scheduler;
    atomic_store(&go_on, false);
    assert_true(scheduler_stop(scheduler, UINT64_MAX));
    shares_destroy(&shares);
    scheduler_delete(scheduler);
}

static void test_workers_move(void **state) {
    (void)state;
    struct error error;
    struct cgroups *groups = cgroups_open(folder, NULL, 0, &error);
    assert_non_null(groups);
    put_group("ada");
    put_group("bob");
    pid_t threads[2];
    char ada[16], bob[16];
    run_two_users(groups, threads);
    snprintf(ada, sizeof ada, "%d", (int)threads[0]);
    snprintf(bob, sizeof bob, "%d", (int)threads[1]);
    stop_two_users();
    expect_text("user-ada/cgroup.threads", ada);
    expect_text("user-bob/cgroup.threads", bob);
    cgroups_close(groups);
}

static void test_guest_threads_move(void **state) {
    (void)state;
    struct error error;
    struct cgroups *groups = cgroups_open(folder, NULL, 0, &error);
    struct shares_guest guest = {0}, other = {0};
    pid_t threads[2];
    char own[16];
    bool moved = false;
    assert_non_null(groups);
    put_group("ada");
    put_group("bob");
    put_group("eve");
    run_two_users(groups, threads);
    shares_guest_begins(&shares, &other, "eve");
    shares_guest_begins(&shares, &guest, "eve");
    shares_guest_ends(&shares, &other);
    uint64_t deadline = clock_monotonic() + 20000000000u;
    while (!moved) {
        assert_true(clock_monotonic() < deadline);
        usleep(1000);
        pthread_mutex_lock(&shares.mutex);
        moved = guest.group != NULL;
        pthread_mutex_unlock(&shares.mutex);
    }
    shares_guest_ends(&shares, &guest);
    snprintf(own, sizeof own, "%d", (int)gettid());
    stop_two_users();
    char path[PATH_MAX], text[64] = "";
    path_of(path, "user-eve/cgroup.threads");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_memory_equal(text, own, strlen(own));
    cgroups_close(groups);
}

// With the kernel's own files. Every machine with cgroups v2 can tell threads of groups apart;
// weights need the controller cpu there, too.
static void test_in_the_kernel(void **state) {
    (void)state;
    char path[PATH_MAX];
    struct error error;
    const char *given = getenv("FAASM_TEST_CGROUP");
    if (given != NULL) {
        snprintf(path, sizeof path, "%s", given);
    } else if (!cgroups_find(path, &error)) {
        print_message("skipped: %s\n", error.message);
        skip();
    }
    if (!cgroups_check(path, &error)) {
        print_message("skipped: %s\n", error.message);
        skip();
    }
    const struct cgroup_weight weights[] = {{"ada", 300}};
    struct cgroups *groups = cgroups_open(path, weights, 1, &error);
    if (groups == NULL) {
        print_message("skipped: %s\n", error.message);
        skip();
    }
    pid_t threads[2];
    run_two_users(groups, threads);
    for (int i = 0; i < 2; i++) {
        char name[64];
        struct buffer text = {0};
        snprintf(name, sizeof name, "/proc/self/task/%d/cgroup", (int)threads[i]);
        assert_true(file_read(name, 4096, &text, NULL));
        assert_true(buffer_append(&text, "", 1, NULL));
        assert_non_null(strstr((const char *)text.data, i == 0 ? "/user-ada" : "/user-bob"));
        buffer_destroy(&text);
    }
    stop_two_users();
    cgroups_close(groups);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_written), TEST(test_failures),     TEST(test_many_users),
        TEST(test_weights),         TEST(test_workers_move), TEST(test_guest_threads_move),
        TEST(test_in_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
