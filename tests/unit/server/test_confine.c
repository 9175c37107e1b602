// What a confined process can and cannot do: each case in a child.
#include "server/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/var/tmp/faasm-confine-XXXXXX";
enum { SKIPPED = 77 };

// Runs `attempt` in a child that is confined; its wait status.
static int run_confined(const char *parts, int (*attempt)(const struct confine_state *state)) {
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct confine_config config = {.folder = folder, .port = 0};
        struct confine_state state;
        struct error error;
        if (!confine_parse(parts, config.wanted, &error) ||
            !confine_process(&config, &state, &error)) {
            fprintf(stderr, "%s\n", error.message);
            _exit(99);
        }
        _exit(attempt(&state));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static bool is_on(const struct confine_state *state, enum confine_part part) {
    return strcmp(state->parts[part], "on") == 0;
}

// ---- Lists --------------------------------------------------------------------------------------

static void test_parts(void **context) {
    (void)context;
    bool wanted[CONFINE_PART_COUNT];
    struct error error;
    assert_true(confine_parse("all", wanted, &error));
    assert_true(wanted[CONFINE_SECCOMP] && wanted[CONFINE_CAPABILITIES]);
    assert_true(confine_parse("none", wanted, &error));
    assert_false(wanted[CONFINE_SECCOMP] || wanted[CONFINE_NO_NEW_PRIVS]);
    assert_true(confine_parse("landlock,seccomp", wanted, &error));
    assert_true(wanted[CONFINE_SECCOMP] && wanted[CONFINE_LANDLOCK]);
    assert_false(wanted[CONFINE_CAPABILITIES]);
    assert_false(confine_parse("seccomp,walls", wanted, &error));
    assert_int_equal(error.code, ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "walls"));
}

// ---- What goes on working -----------------------------------------------------------------------

static void *thread_main(void *context) {
    *(int *)context = 5;
    return context;
}

static int try_work(const struct confine_state *state) {
    (void)state;
    pthread_t thread;
    int value = 0, status = 0;
    pid_t child;
    char path[256], program[] = "/bin/true", *arguments[] = {program, NULL};
    if (pthread_create(&thread, NULL, thread_main, &value) != 0 ||
        pthread_join(thread, NULL) != 0 || value != 5) {
        return 1;
    }
    if (posix_spawn(&child, program, NULL, NULL, arguments, arguments + 1) != 0 ||
        waitpid(child, &status, 0) != child || status != 0) {
        return 2;
    }
    snprintf(path, sizeof path, "%s/file", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, "x", 1) != 1 || close(fd) != 0 || unlink(path) != 0) {
        return 3;
    }
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return listening < 0 || bind(listening, (struct sockaddr *)&address, sizeof address) != 0 ||
           listen(listening, 1) != 0;
}

static void test_work_goes_on(void **context) {
    (void)context;
    assert_int_equal(run_confined("all", try_work), 0);
    assert_int_equal(run_confined("none", try_work), 0);
}

// ---- Rights -------------------------------------------------------------------------------------

static int try_rights(const struct confine_state *state) {
    if (!is_on(state, CONFINE_NO_NEW_PRIVS) || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
        return 1;
    }
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    unsigned long long effective = ~0ull;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        sscanf(line, "CapEff: %llx", &effective);
    }
    return effective != 0;
}

static void test_rights(void **context) {
    (void)context;
    assert_int_equal(run_confined("all", try_rights), 0);
}

// ---- Files --------------------------------------------------------------------------------------

static int try_files(const struct confine_state *state) {
    if (!is_on(state, CONFINE_LANDLOCK)) {
        return SKIPPED;
    }
    if (open("/var/tmp/faasm-outside", O_WRONLY | O_CREAT, 0600) >= 0 || errno != EACCES) {
        return 1;
    }
    if (open("/root", O_RDONLY | O_DIRECTORY) >= 0 || open("/etc/passwd", O_RDONLY) < 0) {
        return 2;
    }
    char path[256], *arguments[] = {path, NULL};
    snprintf(path, sizeof path, "%s/program", folder);
    return execv(path, arguments) != -1 || errno != EACCES;
}

static void test_files(void **context) {
    (void)context;
    char command[600];
    snprintf(command, sizeof command, "cp /bin/true %s/program", folder);
    assert_int_equal(system(command), 0);
    int status = run_confined("landlock", try_files);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        skip();
    }
    assert_int_equal(status, 0);
}

// ---- System calls -------------------------------------------------------------------------------

static int try_unknown_call(const struct confine_state *state) {
    if (!is_on(state, CONFINE_SECCOMP)) {
        return SKIPPED;
    }
    errno = 0;
    return syscall(SYS_get_kernel_syms) != -1 || errno != ENOSYS ||
           syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0) != -1 || errno != ENOSYS ||
           syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) != -1 || errno != ENOSYS;
}

static void test_unknown_calls_fail(void **context) {
    (void)context;
    int status = run_confined("seccomp", try_unknown_call);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        skip();
    }
    assert_int_equal(status, 0);
}

static int call_to_try;

static int try_deadly_call(const struct confine_state *state) {
    if (!is_on(state, CONFINE_SECCOMP)) {
        return SKIPPED;
    }
    syscall(call_to_try, 0, 0, 0, 0, 0, 0);
    return 0;
}

static void test_attacks_end_the_process(void **context) {
    (void)context;
    static const int attacks[] = {SYS_ptrace, SYS_mount,  SYS_bpf,         SYS_io_uring_setup,
                                  SYS_keyctl, SYS_setuid, SYS_init_module, SYS_unshare};
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        call_to_try = attacks[i];
        int status = run_confined("all", try_deadly_call);
        if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
            skip();
        }
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}

static int make_folder(void **context) {
    (void)context;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **context) {
    (void)context;
    char command[600];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_work_goes_on),
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_unknown_calls_fail),
        cmocka_unit_test(test_attacks_end_the_process),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
