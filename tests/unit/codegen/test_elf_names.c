// Guest names in the symbol table, and what the check of the linked object refuses.
#include "codegen/elf_file.h"
#include "codegen/elf_names.h"

#include "harness.h"

static const char names_text[] =
    "(module"
    " (func $plain (result i32) (i32.const 1))"
    " (func $memcpy (result i32) (i32.const 2))"
    " (func (export \"exported name\") (result i32) (i32.const 3))"
    " (func (result i32) (i32.const 4))"
    " (func (export \"a\\n\\1b[31m\\00b\\c2\\85\") (result i32) (i32.const 5)))";

struct object_bytes {
    char folder[64];
    struct wasm_module module;
    struct buffer shared;
};

static void read_whole(const char *folder, const char *name, struct buffer *contents) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t block[4096];
    size_t length = 0;
    while ((length = fread(block, 1, sizeof block, file)) > 0) {
        assert_true(buffer_append(contents, block, length, NULL));
    }
    fclose(file);
}

static struct object_bytes make_object(void) {
    struct object_bytes bytes = {0};
    harness_make_folder(bytes.folder, sizeof bytes.folder);
    harness_assemble(bytes.folder, "names", names_text);
    assert_int_equal(harness_codegen(bytes.folder, "names", "").exit_code, 0);
    read_whole(bytes.folder, "names.so", &bytes.shared);
    return bytes;
}

static void free_object(struct object_bytes *bytes) {
    buffer_destroy(&bytes->shared);
    harness_remove_folder(bytes->folder);
}

static bool has_symbol(struct buffer *shared, const char *wanted, unsigned char *binding) {
    struct elf_file file;
    Elf64_Shdr table, strings;
    uint32_t index = 0;
    assert_true(elf_file_open(&file, shared->data, shared->length, NULL));
    assert_true(elf_file_find(&file, SHT_SYMTAB, &index, &table, NULL));
    assert_int_not_equal(index, 0);
    assert_true(elf_file_section(&file, table.sh_link, &strings, NULL));
    for (uint64_t i = 0; i < table.sh_size / sizeof(Elf64_Sym); i++) {
        Elf64_Sym symbol;
        const char *name = NULL;
        assert_true(elf_file_symbol(&file, &table, i, &symbol, NULL));
        assert_true(elf_file_string(&file, &strings, symbol.st_name, &name, NULL));
        if (strcmp(name, wanted) == 0) {
            *binding = ELF64_ST_BIND(symbol.st_info);
            return true;
        }
    }
    return false;
}

static void test_guest_names(void **state) {
    (void)state;
    struct object_bytes bytes = make_object();
    static const char *const expected[] = {"plain", "memcpy", "exported name", "wasm-function[3]",
                                           "a??[31m?b??"};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        unsigned char binding = STB_GLOBAL;
        if (!has_symbol(&bytes.shared, expected[i], &binding)) {
            fail_msg("no symbol %s", expected[i]);
        }
        assert_int_equal(binding, STB_LOCAL);
    }
    unsigned char binding = STB_LOCAL;
    assert_true(has_symbol(&bytes.shared, OBJECT_SYMBOL, &binding));
    assert_int_equal(binding, STB_GLOBAL);
    assert_false(has_symbol(&bytes.shared, "f0", &binding));
    free_object(&bytes);
}

// Renaming twice changes nothing (no symbol is called f<number> any more), so it can be tried on
// damaged copies of a finished object: each byte of its headers and symbols in turn.
static void test_damaged_objects(void **state) {
    (void)state;
    struct object_bytes bytes = make_object();
    struct wasm_module empty = {0};
    assert_true(elf_names_check(&bytes.shared, NULL));
    static const uint8_t changes[] = {0x01, 0x80, 0xff};
    size_t refused = 0;
    for (size_t i = 0; i < bytes.shared.length; i++) {
        for (size_t j = 0; j < sizeof changes; j++) {
            struct buffer copy = {0};
            struct error error = {0};
            assert_true(buffer_append(&copy, bytes.shared.data, bytes.shared.length, NULL));
            copy.data[i] ^= changes[j];
            bool ok = elf_names_check(&copy, &error) && elf_names_apply(&copy, &empty, &error);
            assert_true(ok || error.code != ERROR_NONE);
            refused += !ok;
            buffer_destroy(&copy);
        }
    }
    assert_true(refused > 100);
    for (size_t length = 0; length < bytes.shared.length; length += 7) {
        struct buffer copy = {0};
        assert_true(buffer_append(&copy, bytes.shared.data, length, NULL));
        assert_false(elf_names_check(&copy, NULL) && elf_names_apply(&copy, &empty, NULL));
        buffer_destroy(&copy);
    }
    free_object(&bytes);
}

static void check_refused(const char *folder, const char *source, const char *flags) {
    char path[128], command[512];
    snprintf(path, sizeof path, "%s/foreign.c", folder);
    harness_write_file(path, source, strlen(source));
    snprintf(command, sizeof command,
             "clang-19 -shared -fPIC -nostdlib %s -o '%s/foreign.so' '%s' 2>&1", flags, folder,
             path);
    struct run_result result = harness_run(command);
    if (result.exit_code != 0) {
        fail_msg("clang-19: %s", result.errors);
    }
    struct buffer foreign = {0};
    read_whole(folder, "foreign.so", &foreign);
    assert_false(elf_names_check(&foreign, NULL));
    buffer_destroy(&foreign);
}

static void test_foreign_objects(void **state) {
    (void)state;
    char folder[64];
    harness_make_folder(folder, sizeof folder);
    check_refused(folder, "int faasm_module; int other;", "");
    check_refused(folder, "int system(const char *); int (*faasm_module)(const char *) = system;",
                  "");
    check_refused(folder,
                  "int faasm_module; __attribute__((constructor)) static void run(void) { "
                  "faasm_module = 1; }",
                  "");
    check_refused(folder, "int faasm_module;", "-Wl,--no-as-needed -lc");
    harness_remove_folder(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guest_names),
        cmocka_unit_test(test_damaged_objects),
        cmocka_unit_test(test_foreign_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
