// What is left of a layer after kill -9: files that are whole, counts that are right, whiteouts
// that were written in full.
#include "layer_fixture.h"

enum { VICTIMS = 40, FILE_BYTES = 3 * LAYER_PIECE / 2 };

static void fill_block(uint8_t *bytes, uint8_t with) {
    memset(bytes, with, FILE_BYTES);
}

// Changes of all kinds, over and over, until it is killed.
__attribute__((noreturn)) static void change_until_killed(void) {
    static uint8_t bytes[FILE_BYTES];
    char path[64], other[64];
    for (unsigned round = 0;; round++) {
        struct opened opened;
        unsigned n = round % VICTIMS;
        snprintf(path, sizeof path, "stored/%u", n);
        snprintf(other, sizeof other, "local/%u", n);
        switch (round / VICTIMS % 4) {
        case 0: // copied up: one byte is written over with the same
            if (open_in(layer, path, O_WRONLY, &opened) == 0) {
                close_opened(&opened);
            }
            break;
        case 1:
            if (n % 2 == 0) {
                (void)rename_in(layer, path, other);
            } else if (open_in(layer, path, O_WRONLY | O_TRUNC, &opened) == 0) {
                close_opened(&opened);
            }
            break;
        case 2:
            if (n % 3 == 0) {
                (void)unlink_in(layer, path, 0);
            }
            break;
        default:
            fill_block(bytes, (uint8_t)(n + 1));
            put(path, bytes, sizeof bytes); // another host publishes the same anew
            layer_sync(layer);
        }
    }
}

// A file is whole or, where it was truncated, empty: never in between.
static int check_whole(const char *path, const struct stat *status, int flag, struct FTW *walk) {
    static uint8_t wanted[FILE_BYTES], got[FILE_BYTES + 1];
    if (flag != FTW_F) {
        return 0;
    }
    struct opened opened;
    const char *below = path + strlen(layer_folder(layer)) + 1;
    (void)status;
    assert_int_equal(open_in(layer, below, O_RDONLY, &opened), 0);
    assert_int_equal(layer_fill(opened.file, 0, UINT64_MAX), 0);
    ssize_t length = pread(opened.fd, got, sizeof got, 0);
    assert_true(length == 0 || length == FILE_BYTES);
    if (length > 0) {
        fill_block(wanted, (uint8_t)(atoi(path + walk->base) + 1));
        assert_memory_equal(got, wanted, FILE_BYTES);
    }
    close_opened(&opened);
    return 0;
}

static uint64_t found_bytes, found_entries;

static int count_local(const char *path, const struct stat *status, int flag, struct FTW *walk) {
    (void)path;
    bool placeholder = flag == FTW_F && (status->st_mode & S_ISVTX) != 0;
    if (walk->level > 0 && !placeholder) {
        found_entries++;
        found_bytes += flag == FTW_F ? (uint64_t)status->st_blocks * 512 : 0;
    }
    return 0;
}

static void test_killed_in_the_middle(void **state) {
    (void)state;
    static uint8_t bytes[FILE_BYTES];
    char path[64];
    open_hosts(0, 0);
    for (unsigned n = 0; n < VICTIMS; n++) {
        snprintf(path, sizeof path, "stored/%u", n);
        fill_block(bytes, (uint8_t)(n + 1));
        put(path, bytes, sizeof bytes);
    }
    make_folder(layer, "local");
    for (int i = 0; i < 7; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) { // with a store and a layer of its own
            struct error error;
            char folder[128];
            snprintf(folder, sizeof folder, "%s/store", base);
            store = file_store_open(folder, &error);
            if (store == NULL) {
                _exit(1);
            }
            layer = open_layer("first", LAYER_LOCAL);
            change_until_killed();
        }
        usleep(20000 + 30000 * (useconds_t)i);
        assert_int_equal(kill(child, SIGKILL), 0);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        reopen();
        assert_int_equal(nftw(layer_folder(layer), check_whole, 16, FTW_PHYS), 0);
        reopen();
        found_bytes = found_entries = 0;
        assert_int_equal(nftw(layer_folder(layer), count_local, 16, FTW_PHYS), 0);
        assert_usage(layer, found_bytes, found_entries);
    }
}

// Whiteouts that were cut off are not relied on, and those before them are.
static void test_a_cut_list_of_whiteouts(void **state) {
    (void)state;
    open_hosts(0, 0);
    put_text("one", "1");
    put_text("two", "2");
    assert_int_equal(unlink_in(layer, "one", 0), 0);
    char path[128];
    snprintf(path, sizeof path, "%s/first/own/whiteouts", base);
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "tw", 2), 2);
    close(fd);
    reopen();
    assert_false(exists(layer, "one"));
    assert_string_equal(read_file(layer, "two"), "2");
    assert_int_equal(unlink_in(layer, "two", 0), 0);
    reopen();
    assert_false(exists(layer, "two"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        LAYER_TEST(test_killed_in_the_middle),
        LAYER_TEST(test_a_cut_list_of_whiteouts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
