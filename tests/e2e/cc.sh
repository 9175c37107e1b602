#!/bin/bash
# `faasm cc` and `faasm c++`: what they pass to clang, what they link, and that what they link runs.
set -u -o pipefail

: "${FAASM_BUILD_DIR:?}" "${FAASM_SOURCE_DIR:?}"
faasm=$FAASM_BUILD_DIR/bin/faasm
for tool in wasm-objdump wasm-validate wasm2wat; do
    command -v "$tool" > /dev/null || { echo "skipped: no $tool"; exit 77; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0

check() { # check NAME COMMAND...: the command succeeds
    local name=$1
    shift
    if ! "$@" > out 2> err; then
        echo "FAILED: $name: $*"
        sed 's/^/    /' out err
        failures=$((failures + 1))
    fi
}

check_prints() { # check_prints NAME PATTERN COMMAND...: it succeeds, and its stdout has a line like PATTERN
    local name=$1 pattern=$2
    shift 2
    if ! "$@" > out 2> err || ! grep -q -- "$pattern" out; then
        echo "FAILED: $name: no '$pattern': $*"
        sed "s/^/    /" out err
        failures=$((failures + 1))
    fi
}

check_fails() { # check_fails NAME PATTERN COMMAND...: it fails, and its stderr has a line like PATTERN
    local name=$1 pattern=$2
    shift 2
    if "$@" > out 2> err || ! grep -q -- "$pattern" err; then
        echo "FAILED: $name: not refused with '$pattern': $*"
        sed 's/^/    /' out err
        failures=$((failures + 1))
    fi
}

check_equal() { # check_equal NAME EXPECTED ACTUAL
    if [ "$2" != "$3" ]; then
        printf 'FAILED: %s\n  expected: %s\n  actual:   %s\n' "$1" "$2" "$3"
        failures=$((failures + 1))
    fi
}

guest() { # guest FILE.wasm [ARGUMENTS]
    "$faasm" run --env GUEST_ENV=set "$@"
}
exports() { wasm-objdump -x -j Export "$1" | sed -n 's/.*-> "\(.*\)"$/\1/p' | sort | xargs; }

# ---- Passing through ----------------------------------------------------------------------------
cat > add.c <<'C'
#include "value.h"
#ifndef __OPTIMIZE__
#define KIND "unoptimized"
#else
#define KIND "optimized"
#endif
const char *kind(void) { return KIND; }
int add(int a) { return a + VALUE + EXTRA; }
C
cat > main.c <<'C'
#include <stdio.h>
int add(int);
const char *kind(void);
int main(int argc, char **argv) {
    printf("%s %d", kind(), add(1));
    for (int i = 1; i < argc; i++) printf(" %s", argv[i]);
    return 7;
}
C
mkdir include
echo '#define VALUE 40' > include/value.h

check "-c -D -I" "$faasm" cc -Werror -c add.c -o add.o -Iinclude -DEXTRA=1
check "an object of wasm" grep -q "file format wasm" <(wasm-objdump -h add.o)
check_prints "-E" "a + 40 + 1" "$faasm" cc -Werror -E add.c -Iinclude -DEXTRA=1
check "-S" "$faasm" cc -Werror -S add.c -Iinclude -DEXTRA=1
check "-S writes assembly" grep -q 'functype' add.s
check_prints "-M" include/value.h "$faasm" cc -Werror -M add.c -Iinclude -DEXTRA=1
check "-fsyntax-only" "$faasm" cc -Werror -fsyntax-only add.c -Iinclude -DEXTRA=1
check_prints "standard input" "int main" "$faasm" cc -E - < main.c
check "two objects" "$faasm" cc -Werror main.c add.o -o two.wasm
check "valid" wasm-validate two.wasm
check_equal "-O2 is the default; arguments; exit code" "optimized 42 x y z 7" \
    "$(guest two.wasm x 'y z'; echo " $?")"
check "behind --" "$faasm" cc -Werror -o dashes.wasm add.o -- main.c
check_equal "behind -- the same" "optimized 42 7" "$(guest dashes.wasm; echo " $?")"
check "-O0" "$faasm" cc -O0 main.c add.c -Iinclude -DEXTRA=2 -o zero.wasm
check_equal "-O0 wins" "unoptimized 43 7" "$(guest zero.wasm; echo " $?")"
check "an archive" llvm-ar-19 rcs libadd.a add.o
check "-L -l" "$faasm" cc main.c -L. -ladd -o archive.wasm
check_equal "the archive linked" "optimized 42 7" "$(guest archive.wasm; echo " $?")"
echo main.c add.o -o response.wasm > arguments
check "a response file" "$faasm" cc @arguments
check_equal "the same from it" "optimized 42 7" "$(guest response.wasm; echo " $?")"
check "-r" "$faasm" cc -r main.c add.o -o one.o
check "what -r made links" "$faasm" cc one.o -o one.wasm
check_equal "and runs" "optimized 42 7" "$(guest one.wasm; echo " $?")"
check "--no-wasm-opt links" "$faasm" cc --no-wasm-opt main.c add.o -o no-opt.wasm
check "it did" test -s no-opt.wasm
check "--version" "$faasm" cc --version
check "-v alone" "$faasm" cc -v
check "-print-search-dirs" "$faasm" cc -print-search-dirs
check_prints "--help" FAASM_SDK "$faasm" cc --help
check_prints "c++ --help" libc++ "$faasm" c++ --help

# ---- Failing ------------------------------------------------------------------------------------
echo 'int main(void) { return nothing; }' > bad.c
check_fails "a compile error" "use of undeclared identifier" "$faasm" cc bad.c -o bad.wasm
check "no output" test ! -e bad.wasm
check_fails "an undefined function" "undefined symbol: add" "$faasm" cc main.c -o bad.wasm
check_fails "no main" "undefined symbol: main" "$faasm" cc add.o -o bad.wasm
check_fails "no input" "no input files" "$faasm" cc
check_fails "a missing file" "no such file" "$faasm" cc missing.c
check_fails "an unknown option" "unknown argument" "$faasm" cc --frobnicate main.c
check_fails "the user's unused arguments are named" "unused" "$faasm" cc -Werror -c -lm add.c \
    -Iinclude -DEXTRA=1
echo 'int f(void) { int unused; return 0; }' > warn.c
check_fails "warnings" "unused variable" "$faasm" cc -Wall -Werror -c warn.c
echo '#include <netdb.h>' > host.c
check_fails "headers of the machine are not the guest's" "file not found" "$faasm" cc -c host.c
check_fails "FAASM_CLANG" "FAASM_CLANG names /nowhere/clang" env FAASM_CLANG=/nowhere/clang \
    "$faasm" cc -c add.c
check_fails "FAASM_SDK" "no SDK in /nowhere" env FAASM_SDK=/nowhere "$faasm" cc -c add.c
check_fails "no clang" "clang-19 not found: apt-get install" env PATH=/nowhere "$faasm" cc -c add.c
check "FAASM_CLANG chooses" env FAASM_CLANG="$(command -v clang-19)" "$faasm" cc -fsyntax-only main.c

# ---- What is linked -----------------------------------------------------------------------------
check_equal "exports" \
    "__indirect_function_table __stack_pointer _faasm_call_pointer _faasm_claim_heap _initialize _start memory" \
    "$(exports two.wasm)"
check "function names are kept" grep -q '<add>' <(wasm-objdump -x two.wasm)
check_equal "debug information is not" "" "$(wasm-objdump -h two.wasm | grep debug)"
check "-g" "$faasm" cc -g main.c add.o -o debug.wasm
check "-g keeps it" grep -q '"\.debug_info"' <(wasm-objdump -h debug.wasm)
check "a small program is small" test "$(stat -c %s two.wasm)" -lt 60000

cat > life.c <<'C'
#include <faasm.h>
#include <stdio.h>
#include <stdlib.h>
static int constructed, zygotes;
__attribute__((constructor)) static void construct(void) { constructed++; }
FAASM_ZYGOTE() { return constructed == 1 ? zygotes++ : 1; }
static void at_exit(void) { printf(" atexit"); }
int main(void) {
    atexit(at_exit);
    printf("%d %d", constructed, zygotes);
    constructed++;
    zygotes++;
    return 0;
}
C
check "a zygote" "$faasm" cc -Wall -Wextra -Werror life.c -o life.wasm
check_equal "the zygote is exported" \
    "__indirect_function_table __stack_pointer _faasm_call_pointer _faasm_claim_heap _faasm_zygote _initialize _start memory" \
    "$(exports life.wasm)"
check_equal "constructors and zygote once, memory as in the snapshot, stdio flushed" \
    "1 1 atexit" "$(guest life.wasm)"
wasm2wat life.wasm | grep -vE '\(export "(_initialize|_faasm_zygote)"' | wat2wasm - -o start.wasm
check_equal "and for a host that only knows _start" "1 1 atexit" "$(guest start.wasm)"

cat > recurse.c <<'C'
#include <stdio.h>
int deep(volatile char *previous) { volatile char here[4096]; here[0] = *previous + 1;
    return deep(here) + here[0]; }
int main(void) { volatile char start = 0; return deep(&start); }
C
check "a recursion without end" "$faasm" cc -O0 recurse.c -o recurse.wasm
check_fails "a stack overflow traps" "out of bounds memory access" guest recurse.wasm
check "another stack size" "$faasm" cc -Wl,-z,stack-size=65536 main.c add.o -o stack.wasm
check "wins" grep -q '__stack_pointer> - init i32=65536' <(wasm-objdump -x -j Global stack.wasm)

cat > emulated.c <<'C'
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char **argv) {
    (void)argv;
    void *page = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    signal(SIGINT, SIG_IGN);
    printf("%d %d %d %.3f", page != MAP_FAILED, getpid() > 0, clock() != (clock_t)-1, sqrt(argc + 1));
    return 0;
}
C
check "emulations and libm" "$faasm" cc -Wall -Wextra -Werror emulated.c -lm -o emulated.wasm
check_equal "they run" "1 1 1 1.414" "$(guest emulated.wasm)"

cat > wide.c <<'C'
#include <stdio.h>
int main(int argc, char **argv) {
    (void)argv;
    unsigned __int128 wide = ((unsigned __int128)1 << 100) + (unsigned)argc;
    printf("%llu", (unsigned long long)(wide % ((unsigned __int128)1 << 65 | 12345)));
    return 0;
}
C
check "128-bit division" "$faasm" cc wide.c -o wide.wasm
check_equal "it divides" "$(clang-19 -w wide.c -o wide && ./wide)" "$(guest wide.wasm)"

cat > state.c <<'C'
#include <faasm.h>
int main(void) { push_state("key"); return 0; }
C
check "a program that uses state links" "$faasm" cc state.c -o state.wasm
check_equal "and imports what it uses by name" "env.__faasm_push_state" \
    "$(wasm-objdump -x -j Import state.wasm | sed -n 's/.*<- \(env\..*\)/\1/p' | xargs)"
check_equal "one that uses nothing imports nothing of Faasm" "" \
    "$(wasm-objdump -x -j Import two.wasm | sed -n 's/.*<- \(env\..*\)/\1/p' | xargs)"

cat > own_names.c <<'C'
int push_state(int);
int main(void) { return push_state(1); }
C
echo 'int push_state(int x) { return x + 4; }' > own_names_2.c
check "a program may use the interface's names itself" "$faasm" cc own_names.c own_names_2.c -o own.wasm
check_equal "for itself" "5" "$(guest own.wasm; echo $?)"

# Output that the host places at the end of memory must not become malloc's.
cat > heap.c <<'C'
#include <faasm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int child(void) { char text[5000]; memset(text, 'x', sizeof text);
    write_call_output(text, sizeof text); return 3; }
int main(void) {
    void *output; size_t length;
    int code = await_call_output(chain_ptr(child, NULL, 0), &output, &length);
    for (int i = 0; i < 100; i++) memset(malloc(3000), 'y', 3000);
    size_t intact = 0;
    while (intact < length && ((char *)output)[intact] == 'x') intact++;
    printf("%d %zu %zu", code, length, intact);
    return 0;
}
C
check "a chained call" "$faasm" cc -Wall -Wextra -Werror heap.c -o heap.wasm
check_equal "its output stays intact" "3 5000 5000" "$(guest heap.wasm)"

# ---- C++ ----------------------------------------------------------------------------------------
cat > program.cpp <<'C'
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>
struct Global {
    Global() { value = 5; }
    ~Global() { std::cout << " destroyed" << std::flush; }
    int value = 0;
} global;
int main() {
    std::vector<std::string> words{"pear", "apple", "fig"};
    std::sort(words.begin(), words.end());
    std::map<std::string, int> lengths;
    for (const auto &word : words) lengths[word] = static_cast<int>(word.size());
    std::ostringstream text;
    for (const auto &[word, length] : lengths) text << word << '=' << length << ' ';
    auto shared = std::make_shared<std::string>(text.str());
    std::cout << *shared << global.value << ' ' << 1.5;
    return 0;
}
C
check "c++" "$faasm" c++ -std=c++17 -Wall -Wextra -Werror program.cpp -o program.wasm
check "valid C++" wasm-validate --enable-exceptions program.wasm
check_equal "C++ runs" "apple=5 fig=3 pear=4 5 1.5 destroyed" "$(guest program.wasm)"
echo 'int f() { throw 1; }' > throw.cpp
check "exceptions by default" "$faasm" c++ -c throw.cpp
check_fails "no exceptions on demand" "exceptions disabled" "$faasm" c++ -fno-exceptions -c throw.cpp
check "C and C++ together" "$faasm" c++ -Wno-deprecated program.cpp -x c add.c -Iinclude -DEXTRA=1 \
    -o both.wasm

# ---- The headers --------------------------------------------------------------------------------
sdk=$FAASM_BUILD_DIR/share/faasm/include
for header in faasm.h $(cd "$sdk" && ls faasm/*.h); do
    printf "#include <%s>\nint declared;\n" "$header" > header.c
    cp header.c header.cpp
    check "$header in C" "$faasm" cc -std=c99 -Wall -Wextra -Wpedantic -Werror -I"$sdk" -c header.c
    check "$header in C++" "$faasm" c++ -std=c++11 -Wall -Wextra -Werror -I"$sdk" -c header.cpp
done

cat > faasm_names.cpp <<'C'
#include <faasm/faasm.h>
#include <faasm/array.h>
#include <faasm/files.h>
#include <faasm/input.h>
#include <faasm/print.h>
#include <faasm/random.h>
#include <faasm/shared_mem.h>
#include <faasm/time.h>
#include <string>
static int zygote_value;
FAASM_ZYGOTE() { zygote_value = 9; return 0; }
int child() {
    std::string text = std::string("got ") + faasm::getStringInput("nothing");
    faasmSetOutput(text.c_str(), static_cast<long>(text.size()));
    return zygote_value;
}
int failing() { return 1; }
int main() {
    const char *input = "abc";
    unsigned int first = faasmChain(child, (uint8_t *)input, 3);
    unsigned int second = faasmChain(child, nullptr, 0);
    char *output;
    int length;
    unsigned int code = faasmAwaitCallOutput(first, &output, &length);
    printf("%u %.*s ", code, length, output);
    uint8_t buffer[11] = {0};
    code = faasmAwaitCallOutput(second, buffer, 10L);
    printf("%u %s ", code, (char *)buffer);
    printf("%u %u ", faasmChainBatch(failing, "x", 2), faasmAwaitCall(faasmChain(child, BYTES(buffer), 1)));
    int numbers[] = {1, 2, 3};
    faasm::printArray<int>(numbers, 3);
    int *parsed = faasm::parseStringToIntArray("4 -5 6", 4);
    faasm::printArray<int>(parsed, 4);
    int random = faasm::randomInteger(3, 5);
    bool good = random >= 3 && random <= 5 && faasm::randomString(8).size() == 8 &&
                faasm::getSecondsSinceEpoch() > 1.6e9 && faasm::getTypedInput<int>(7) == 7 &&
                faasm::readFileToString("/none") == nullptr;
    printf(" %s", good ? "good" : "bad");
    return 0;
}
C
check "a program with Faasm's names" "$faasm" c++ -Wall -Werror faasm_names.cpp -o faasm_names.wasm
check_equal "it runs" "9 got abc 9 got nothin 1 9 [1, 2, 3][4, -5, 6, 0] good" \
    "$(guest faasm_names.wasm)"
check_equal "it imports nothing of state" "" "$(wasm-objdump -x -j Import faasm_names.wasm | grep state)"

if [ "$failures" -ne 0 ]; then
    echo "$failures failed"
    exit 1
fi
echo "all passed"
