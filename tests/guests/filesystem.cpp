// std::filesystem: its rules one by one, beneath the folder that the first argument or the input of the call names.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#ifdef __wasm__
#include <faasm.h>
#endif

namespace fs = std::filesystem;

static int failures;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            failures++;                                                                                                \
            std::cout << "line " << __LINE__ << ": " << #condition << std::endl;                                       \
        }                                                                                                              \
    } while (0)

#define CHECK_CODE(wanted, operation)                                                                                  \
    do {                                                                                                               \
        std::error_code code;                                                                                          \
        static_cast<void>(operation);                                                                                  \
        if (code != std::errc::wanted) {                                                                               \
            failures++;                                                                                                \
            std::cout << "line " << __LINE__ << ": " << #operation << ": " << code.message() << std::endl;             \
        }                                                                                                              \
    } while (0)

static void write(const fs::path &path, const std::string &text) {
    std::ofstream(path) << text;
}

static std::string read(const fs::path &path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

static std::string elements(const fs::path &path) {
    std::string all;
    for (fs::path element : path) {
        all += "<" + element.string() + ">";
    }
    return all;
}

static void paths() {
    CHECK(elements("/usr//lib/x.so/") == "</><usr><lib><x.so><>");
    CHECK(elements("a/../b") == "<a><..><b>" && elements("").empty());
    fs::path last = "/a/b.tar.gz";
    CHECK((--last.end())->string() == "b.tar.gz");
    CHECK(last.stem() == "b.tar" && last.extension() == ".gz" && last.parent_path() == "/a");
    CHECK(fs::path(".hidden").extension().empty() && fs::path("..").stem() == ".." && fs::path("a.").extension() == ".");
    CHECK(fs::path("/").root_path() == "/" && fs::path("/").parent_path() == "/" && !fs::path("/").has_filename());
    CHECK(fs::path("a//b") == fs::path("a/b") && hash_value(fs::path("a//b")) == hash_value(fs::path("a/b")));
    CHECK(fs::path("a") < fs::path("a/b") && fs::path("a/b") < fs::path("a/c") && fs::path("z") < fs::path("/a"));
    CHECK(fs::path("foo/./bar/..").lexically_normal() == "foo/" && fs::path("foo/.///bar/../").lexically_normal() == "foo/");
    CHECK(fs::path("/../a/..").lexically_normal() == "/" && fs::path("../x/./..").lexically_normal() == "..");
    CHECK(fs::path("/a/d").lexically_relative("/a/b/c") == "../../d" && fs::path("/a/b/c").lexically_relative("/a/d") == "../b/c");
    CHECK(fs::path("a/b/c").lexically_relative("a/b/c/x/y") == "../.." && fs::path("a").lexically_relative("/a").empty());
    CHECK(fs::path("a/b").lexically_proximate("/a") == "a/b");
    CHECK((fs::path("a") / "b" / "/c") == "/c" && (fs::path("a/") / "b").native() == "a/b");
    CHECK(fs::path("a/b.c").replace_extension("d") == "a/b.d" && fs::path("a/b").replace_filename("x") == "a/x");
    std::stringstream text;
    fs::path quoted;
    text << fs::path("with \"blank");
    text >> quoted;
    CHECK(quoted == "with \"blank");
#ifdef __wasm__ // the root of shared files
    CHECK(fs::absolute("faasm://a") == "faasm://a" && (fs::path("faasm://a") / "b").native() == "faasm://a/b");
    CHECK(fs::weakly_canonical("faasm://a/../b/./c/").native() == "faasm://b/c");
#endif
}

static void making(const fs::path &root) {
    CHECK(fs::create_directories(root / "a/b/c") && !fs::create_directories(root / "a/b/c") && fs::is_directory(root / "a/b/c"));
    CHECK(fs::create_directories(root / "a/slash/") && fs::is_directory(root / "a/slash"));
    CHECK(fs::create_directory(root / "like", root / "a") && !fs::create_directory(root / "like"));
    write(root / "file", "contents");
    CHECK(fs::exists(root / "file") && fs::is_regular_file(root / "file") && fs::file_size(root / "file") == 8);
    CHECK_CODE(not_a_directory, fs::create_directories(root / "file/below", code));
    CHECK_CODE(file_exists, fs::create_directory(root / "file", code));
    CHECK_CODE(no_such_file_or_directory, fs::create_directory(root / "none/below", code));
    CHECK_CODE(no_such_file_or_directory, fs::create_directories("", code));
    CHECK_CODE(is_a_directory, fs::file_size(root / "a", code));
    CHECK_CODE(no_such_file_or_directory, fs::status(root / "none", code));
    std::error_code code = make_error_code(std::errc::io_error);
    CHECK(!fs::exists(root / "none", code) && !code);
    fs::resize_file(root / "file", 3);
    CHECK(read(root / "file") == "con");
    fs::resize_file(root / "file", 5);
    CHECK(fs::file_size(root / "file") == 5);
    CHECK(fs::is_empty(root / "a/b/c") && !fs::is_empty(root) && !fs::is_empty(root / "file"));
    fs::create_hard_link(root / "file", root / "hard");
    CHECK(fs::hard_link_count(root / "file") == 2 && fs::equivalent(root / "file", root / "hard"));
    CHECK(!fs::equivalent(root / "file", root / "a"));
    CHECK_CODE(no_such_file_or_directory, fs::equivalent(root / "file", root / "none", code));
    fs::permissions(root / "file", fs::perms::owner_all, fs::perm_options::add);
    CHECK_CODE(no_such_file_or_directory, fs::permissions(root / "none", fs::perms::owner_all, code));
}

static void links(const fs::path &root) {
    fs::create_symlink("file", root / "link");
    fs::create_directory_symlink("a/b", root / "folder");
    fs::create_symlink("nothing", root / "dangling");
    CHECK(fs::is_symlink(root / "link") && fs::is_regular_file(root / "link") && fs::read_symlink(root / "link") == "file");
    CHECK(fs::is_directory(root / "folder") && !fs::exists(root / "dangling") && fs::is_symlink(fs::symlink_status(root / "dangling")));
    CHECK(fs::canonical(root / "folder/c/..") == fs::canonical(root / "a/b") && fs::canonical(root / "folder").filename() == "b");
    CHECK_CODE(no_such_file_or_directory, fs::canonical(root / "dangling", code));
    CHECK(fs::weakly_canonical(root / "folder/none/../x") == fs::canonical(root) / "a/b/x");
    CHECK(fs::relative(root / "folder", root / "like") == "../a/b" && fs::proximate(root / "a", root) == "a");
    CHECK_CODE(invalid_argument, fs::read_symlink(root / "file", code));
    CHECK_CODE(file_exists, fs::create_symlink("x", root / "file", code));
    fs::copy_symlink(root / "link", root / "second");
    CHECK(fs::read_symlink(root / "second") == "file");
    CHECK(fs::remove(root / "second") && !fs::remove(root / "second") && fs::exists(root / "file"));
    fs::create_symlink("loop", root / "loop");
    CHECK_CODE(too_many_symbolic_link_levels, fs::status(root / "loop", code));
    CHECK(fs::remove(root / "loop"));
}

static void times(const fs::path &root) {
    using namespace std::chrono;
    fs::file_time_type now = fs::file_time_type::clock::now();
    auto age = now - fs::last_write_time(root / "file");
    CHECK(age > -minutes(1) && age < hours(1));
    fs::file_time_type then = now - hours(24 * 365);
    fs::last_write_time(root / "file", then);
    CHECK(fs::last_write_time(root / "file") == time_point_cast<fs::file_time_type::duration>(then));
    CHECK_CODE(no_such_file_or_directory, fs::last_write_time(root / "none", then, code));
}

static void copying(const fs::path &root) {
    write(root / "new", "new");
    CHECK(fs::copy_file(root / "new", root / "copy") && read(root / "copy") == "new");
    CHECK_CODE(file_exists, fs::copy_file(root / "file", root / "copy", code));
    CHECK(!fs::copy_file(root / "file", root / "copy", fs::copy_options::skip_existing) && read(root / "copy") == "new");
    CHECK(!fs::copy_file(root / "file", root / "copy", fs::copy_options::update_existing) && read(root / "copy") == "new"); // older
    CHECK(fs::copy_file(root / "file", root / "copy", fs::copy_options::overwrite_existing) && fs::file_size(root / "copy") == 5);
    CHECK_CODE(file_exists, fs::copy_file(root / "file", root / "hard", fs::copy_options::overwrite_existing, code));
    CHECK_CODE(no_such_file_or_directory, fs::copy_file(root / "none", root / "copy", code));
    write(root / "a/b/deep", std::string(200000, 'x'));
    write(root / "a/top", "top");
    fs::create_symlink("top", root / "a/to top");
    fs::copy(root / "a", root / "flat");
    CHECK(fs::exists(root / "flat/top") && !fs::exists(root / "flat/b") && !fs::is_symlink(root / "flat/to top"));
    fs::copy(root / "a", root / "whole", fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    CHECK(fs::file_size(root / "whole/b/deep") == 200000 && fs::is_directory(root / "whole/b/c") && fs::is_symlink(root / "whole/to top"));
    fs::copy(root / "a", root / "folders", fs::copy_options::recursive | fs::copy_options::directories_only);
    CHECK(fs::is_directory(root / "folders/b/c") && !fs::exists(root / "folders/top"));
    fs::copy(root / "new", root / "folders");
    CHECK(read(root / "folders/new") == "new");
    CHECK_CODE(file_exists, fs::copy(root / "a", root / "whole", fs::copy_options::recursive, code));
    CHECK_CODE(no_such_file_or_directory, fs::copy(root / "none", root / "x", code));
    CHECK_CODE(is_a_directory, fs::copy(root / "a", root / "x", fs::copy_options::create_symlinks, code));
}

static void renaming(const fs::path &root) {
    fs::rename(root / "copy", root / "renamed");
    CHECK(!fs::exists(root / "copy") && fs::exists(root / "renamed"));
    fs::rename(root / "folders", root / "moved");
    CHECK(fs::exists(root / "moved/b/c"));
    CHECK_CODE(no_such_file_or_directory, fs::rename(root / "none", root / "x", code));
    CHECK_CODE(directory_not_empty, fs::rename(root / "moved", root / "a", code));
}

static std::set<std::string> below(const fs::path &root, fs::directory_options options = {}) {
    std::set<std::string> found;
    for (const fs::directory_entry &entry : fs::recursive_directory_iterator(root, options)) {
        found.insert(entry.path().lexically_relative(root).string());
    }
    return found;
}

static void walking(const fs::path &root) {
    const fs::path tree = root / "tree";
    fs::create_directories(tree / "x/y/z");
    fs::create_directories(tree / "empty");
    write(tree / "x/y/leaf", "leaf");
    fs::create_directory_symlink("x", tree / "link");
    fs::create_symlink("none", tree / "dangling");
    CHECK((below(tree) == std::set<std::string>{"x", "x/y", "x/y/z", "x/y/leaf", "empty", "link", "dangling"}));
    CHECK(below(tree, fs::directory_options::follow_directory_symlink).count("link/y/leaf") == 1);
    int entries = 0;
    for (fs::directory_iterator entry(tree), end; entry != end; ++entry, entries++) {
        CHECK(entry->exists() != (entry->path().filename() == "dangling"));
        CHECK(entry->is_symlink() == (entry->path().filename() == "link" || entry->path().filename() == "dangling"));
    }
    CHECK(entries == 4);
    fs::recursive_directory_iterator walk(tree);
    for (; walk != fs::recursive_directory_iterator(); ++walk) {
        CHECK(walk.depth() == std::count(walk->path().native().begin() + static_cast<long>(tree.native().size()) + 1,
                                             walk->path().native().end(), '/'));
        if (walk->path().filename() == "x") {
            walk.disable_recursion_pending();
            CHECK(!walk.recursion_pending());
        }
        CHECK(walk->path().filename() != "leaf");
    }
    fs::recursive_directory_iterator popped(tree / "x");
    ++popped;
    CHECK(popped.depth() == 1);
    popped.pop();
    CHECK(popped == fs::recursive_directory_iterator());
    CHECK(fs::directory_iterator(tree / "empty") == fs::directory_iterator());
    CHECK_CODE(no_such_file_or_directory, fs::directory_iterator(tree / "none", code));
    CHECK_CODE(not_a_directory, fs::recursive_directory_iterator(tree / "x/y/leaf", code));
    fs::directory_entry entry(tree / "x/y/leaf");
    CHECK(entry.file_size() == 4 && entry.is_regular_file() && entry.hard_link_count() == 1);
    write(tree / "x/y/leaf", "longer");
    CHECK(entry.file_size() == 4);
    entry.refresh();
    CHECK(entry.file_size() == 6 && entry.last_write_time() == fs::last_write_time(entry.path()));
    // Many entries, of which some go while they are listed.
    fs::create_directory(root / "many");
    for (int i = 0; i < 300; i++) {
        write(root / "many" / ("entry number " + std::to_string(i)), "x");
    }
    CHECK(below(root / "many").size() == 300);
    CHECK(fs::remove_all(root / "many") == 301);
}

static void removing(const fs::path &root) {
    CHECK_CODE(directory_not_empty, fs::remove(root / "tree", code));
    CHECK(fs::remove_all(root / "tree/link") == 1 && fs::exists(root / "tree/x/y/leaf")); // the link, not what it leads to
    CHECK(fs::remove_all(root / "tree") == 7 && fs::remove_all(root / "tree") == 0);
}

static void places(const fs::path &root) {
    fs::path before = fs::current_path();
    fs::current_path(root / "a");
    CHECK(fs::current_path() == fs::canonical(root) / "a" && fs::exists("b/c") && fs::absolute("b") == fs::current_path() / "b");
    CHECK(fs::canonical("../file") == fs::canonical(root) / "file");
    std::error_code back; // which may be outside of what the program sees
    fs::current_path(before, back);
    CHECK_CODE(no_such_file_or_directory, fs::current_path(root / "none", code));
    setenv("TMPDIR", (root / "a").c_str(), 1);
    CHECK(fs::temp_directory_path() == root / "a");
    setenv("TMPDIR", (root / "file").c_str(), 1);
    CHECK_CODE(not_a_directory, fs::temp_directory_path(code));
}

static void throwing(const fs::path &root) {
#ifdef __cpp_exceptions
    try {
        fs::copy_file(root / "none", root / "x");
        CHECK(!"it threw");
    } catch (const fs::filesystem_error &error) {
        CHECK(error.code() == std::errc::no_such_file_or_directory && error.path1() == root / "none" && error.path2() == root / "x");
        CHECK(std::strstr(error.what(), "none") && std::strstr(error.what(), "copy"));
    }
    int thrown = 0;
    const auto tries = {+[](const fs::path &path) { (void)fs::file_size(path); }, +[](const fs::path &path) { fs::directory_iterator{path}; },
                        +[](const fs::path &path) { fs::recursive_directory_iterator{path}; },
                        +[](const fs::path &path) { (void)fs::canonical(path); }, +[](const fs::path &path) { fs::rename(path, path); },
                        +[](const fs::path &path) { fs::create_directory(path / "x"); }, +[](const fs::path &path) { (void)fs::last_write_time(path); },
                        +[](const fs::path &path) { (void)fs::read_symlink(path); }, +[](const fs::path &path) { fs::current_path(path); }};
    for (auto one : tries) {
        try {
            one(root / "none");
        } catch (const std::system_error &error) {
            thrown += error.code() == std::errc::no_such_file_or_directory;
        }
    }
    CHECK(thrown == 9);
    CHECK(!fs::remove(root / "none") && fs::remove_all(root / "none") == 0 && !fs::exists(root / "none"));
#endif
    (void)root;
}

int main(int argc, char **argv) {
    std::string folder = argc > 1 ? argv[1] : "";
#ifdef __wasm__
    if (folder.empty()) {
        folder.resize(get_call_input_size());
        read_call_input(folder.data(), folder.size());
    }
#endif
    const fs::path root = fs::path(folder) / "filesystem test";
    fs::remove_all(root);
    fs::create_directories(root);
    paths();
    making(root);
    links(root);
    times(root);
    copying(root);
    renaming(root);
    walking(root);
    removing(root);
    places(root);
    throwing(root);
    CHECK(fs::remove_all(root) > 20 && !fs::exists(root));
    std::cout << failures << " failures" << std::endl;
    return failures > 0;
}
