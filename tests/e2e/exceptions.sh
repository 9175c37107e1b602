#!/bin/bash
# Exceptions of C++ and longjmp of C in guests, from `faasm c++` and `faasm cc` to what a call says.
. "$FAASM_SOURCE_DIR/tests/e2e/lib.sh"
need jq
cd "$folder" || exit 1
guests=$FAASM_SOURCE_DIR/tests/guests

"$faasm" c++ -std=c++17 "$guests/exceptions.cpp" -o exceptions.wasm || exit 1
wanted='base: fallen, alive 1
second base: 2
pointer
after: alive 0
constructor: 42, alive 0
element: 42, alive 0
inner: fallen
between: 7
outer: fallen, alive 1
effect, because of cause
held: alive 1
again: fallen, uncaught 0
again: fallen, uncaught 0
released: alive 0
made
string::at: basic_string
vector::at: vector
stoi: stoi: no conversion
stoi: stoi: out of range
new: std::bad_alloc
resize: basic_string
dynamic_cast: std::bad_cast
ios: ios_base::clear
a million: 999999'
assert_eq "C++" "$wanted" "$("$faasm" run exceptions.wasm 2>&1; echo "${?#0}")"
for level in 0 1 3; do
    "$faasm" c++ -std=c++17 "-O$level" "$guests/exceptions.cpp" -o "exceptions$level.wasm" || exit 1
    assert_eq "C++ -O$level" "$wanted" "$("$faasm" run "exceptions$level.wasm" 2>&1)"
done

ended() { # ended WAY: what is printed, and the status
    "$faasm" run exceptions.wasm "$1" 2>&1
    echo "status $?"
}
assert_match "uncaught" 'uncaught exception: shop::Derived: nobody wants it.*status 134' "$(ended uncaught)"
assert_match "uncaught number" 'uncaught exception: int.*status 134' "$(ended number)"
assert_match "noexcept" 'terminating: uncaught exception of type std::out_of_range: vector.*trap: unreachable' \
    "$(ended noexcept)"
assert_eq "terminate handler" $'the program\'s own\nstatus 7' "$(ended handler)"

# Without exceptions nothing of them is linked.
echo '#include <vector>
int main(int count, char **) { return std::vector<int>(3).at(count) + !count; }' >plain.cpp
"$faasm" c++ -fno-exceptions plain.cpp -o plain.wasm || exit 1
assert_eq "no tags with -fno-exceptions" "" "$(wasm-objdump -h plain.wasm | grep -w Tag)"
"$FAASM_BUILD_DIR/bin/faasm-codegen" --features simd plain.wasm plain.so || fail "a module without exceptions needs the feature"
assert_fails "exceptions are a feature" 'unsupported: .*exceptions' \
    "$FAASM_BUILD_DIR/bin/faasm-codegen" --features simd exceptions.wasm exceptions.so

# Jumps
jumps='counted 10
jumped 40
chain 321
one
sum 399995, calls 0'
for level in 0 2; do
    "$faasm" cc -Wall -Wextra -Werror "-O$level" "$guests/jumps.c" -o jumps.wasm || exit 1
    assert_eq "longjmp -O$level" "$jumps" "$("$faasm" run jumps.wasm 2>&1)"
done
nowhere() { # what is printed, and the status
    "$faasm" run "$1" nowhere 2>&1
    echo "status $?"
}
returned='uncaught exception: longjmp to a setjmp whose function has returned.*status 134'
assert_match "a jump to nowhere" "$returned" "$(nowhere jumps.wasm)"
# Where there are C++ exceptions, too, and no names.
cat >both.cpp <<'C'
#include <setjmp.h>
#include <stdexcept>
static jmp_buf where;
static __attribute__((noinline)) int leave() { return setjmp(where); }
static __attribute__((noinline)) void fail(int count) { if (count > 5) throw std::runtime_error("often"); }
int main(int count, char **arguments) {
    try { fail(count + 5); } catch (const std::exception &) { count++; }
    if (leave() == 0 && arguments[1][0] == 'n') longjmp(where, 1);
    fail(count + 5);
}
C
"$faasm" c++ -O2 -s both.cpp -o both.wasm || exit 1
assert_match "a jump to nowhere in C++" "$returned" "$(nowhere both.wasm)"
assert_match "an exception beside jumps" 'uncaught exception: std::runtime_error: often.*status 134' \
    "$("$faasm" run both.wasm throw 2>&1; echo "status $?")"
printf '#include <csetjmp>\n#include <setjmp.h>\nstd::jmp_buf here;\nint main() { return setjmp(here); }\n' >header.cpp
"$faasm" c++ header.cpp -o header.wasm && "$faasm" run header.wasm || fail "setjmp.h in C++"

# Between a program and a side module
cat >side.cpp <<'C'
extern "C" int side(int x) {
    try {
        if (x > 2) throw x;
        if (x == 0) throw "text";
    } catch (const char *) {
        return 9;
    }
    return x;
}
C
cat >program.cpp <<'C'
#include <cstdio>
#include <dlfcn.h>
int main() {
    auto side = reinterpret_cast<int (*)(int)>(dlsym(dlopen("libside.so", RTLD_NOW), "side"));
    try {
        std::printf("%d %d ", side(1), side(0));
        side(5);
    } catch (int number) {
        std::printf("caught %d\n", number);
    }
}
C
"$faasm" c++ -shared -fPIC side.cpp -o libside.so && "$faasm" c++ -rdynamic program.cpp -o program.wasm || exit 1
assert_eq "out of a side module" "1 9 caught 5" "$("$faasm" run --with libside.so program.wasm 2>&1)"

# In a server: what a call says, and that a loop which catches everything meets its deadline.
start_server
"$faasm" upload test/exceptions exceptions.wasm --timeout-ms=1000 >/dev/null || fail "upload"
assert_match "the call's error" 'uncaught exception: shop::Derived: nobody wants it' \
    "$("$faasm" invoke test/exceptions --data uncaught 2>&1)"
assert_match "a loop that catches everything" 'deadline exceeded' \
    "$("$faasm" invoke test/exceptions --data forever 2>&1)"
stop_server
finish
