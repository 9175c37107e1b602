#!/bin/bash
# The C++ library: what the standard says of it, std::filesystem on folders of the host and on files of users, and what
# is said of threads, which it does not have.
. "${FAASM_SOURCE_DIR:?}/tests/e2e/lib.sh"
need clang-19
export FAASM_CACHE=$folder/cache
guests=$FAASM_SOURCE_DIR/tests/guests
cd "$folder" || exit 1

"$faasm" c++ -std=c++20 -Wall -Wextra -Werror "$guests/library.cpp" -o library.wasm || exit 1
assert_eq "library" "made early
made first
made second
made lazy
0 failures
at exit, registered by main
gone lazy
gone second
at exit, registered by a constructor
gone first
gone early" "$("$faasm" run library.wasm 2>&1)"

# ---- std::filesystem ------------------------------------------------------------------------------
"$faasm" c++ -std=c++17 -Wall -Wextra -Werror "$guests/filesystem.cpp" -o filesystem.wasm || exit 1
"$faasm" c++ -std=c++20 -fno-exceptions "$guests/filesystem.cpp" -o silent.wasm || exit 1
mkdir root root/inner
assert_eq "filesystem on a folder" "0 failures" "$("$faasm" run --dir root::/ filesystem.wasm / 2>&1)"
assert_eq "filesystem beneath another" "0 failures" "$("$faasm" run --dir root::/mnt filesystem.wasm /mnt/inner 2>&1)"
assert_eq "filesystem without exceptions" "0 failures" "$("$faasm" run --dir root::/ silent.wasm / 2>&1)"
assert_eq "nothing is left" "inner" "$(ls -A root)"
cat >thrown.cpp <<'C'
#include <filesystem>
int main() { return std::filesystem::file_size("/nothing") != 0; }
C
"$faasm" c++ -std=c++17 thrown.cpp -o thrown.wasm && "$faasm" run --dir root::/ thrown.wasm >out 2>err
assert_eq "an error that nobody catches: status" 134 $?
assert_match "an error that nobody catches" "filesystem_error.*file_size.*/nothing" "$(<err)"

start_server
for name in filesystem shared_files; do
    [ -e $name.wasm ] || "$faasm" c++ -std=c++17 "$guests/$name.cpp" -o $name.wasm || exit 1
    "$faasm" upload "ada/$name" $name.wasm >/dev/null || fail "upload of $name"
done
said() { # said FUNCTION INPUT: its log
    "$faasm" invoke --show-logs "ada/$1" --data "$2" 2>&1
}
printf stored | "$faasm" file put ada/stored/file - >/dev/null 2>&1 || fail "file put"
assert_eq "filesystem on files of a user" "0 failures" "$(said filesystem /)"
assert_eq "beneath a folder of the store" "0 failures" "$(said filesystem /stored)"
assert_eq "shared: made" "3" "$(said shared_files make)"
assert_eq "is in the store" "top" "$("$faasm" file get ada/tree/deep/leaf -)"
assert_eq "shared: seen" "faasm://tree/deep
faasm://tree/deep/leaf 3
faasm://tree/top 3
faasm://tree/top" "$(said shared_files look)"
assert_match "shared: links" "create_symlink.*[Nn]ot supported" "$(said shared_files link)"
assert_eq "shared: removed" "4" "$(said shared_files remove)"
assert_fails "is gone from the store" "" "$faasm" file get ada/tree/top -
stop_server

# ---- What it does not have --------------------------------------------------------------------------
refused() { # refused NAME CODE
    echo "$2" >refused.cpp
    assert_match "$1" "is unavailable: libc\+\+ for WebAssembly is built without threads" \
        "$("$faasm" c++ -std=c++20 -fsyntax-only refused.cpp 2>&1)"
}
refused std::thread $'#include <thread>\nint main() { std::thread thread([] {}); }'
refused std::mutex $'#include <mutex>\nstd::mutex mutex;'
refused std::async $'#include <future>\nint main() { std::async([] {}); }'
finish
