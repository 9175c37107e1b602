#!/usr/bin/env bash
# Debug information of modules: files and lines in backtraces, at all levels of both compilers, in
# one part and in many; what is malformed is left out; gdb stops at lines and steps.
source "$(dirname "$0")/lib.sh"
need curl jq readelf
codegen=$FAASM_BUILD_DIR/bin/faasm-codegen
export FAASM_CACHE=$folder/cache
cd "$folder" || exit 1
mkdir src

cat >src/broken.c <<'C'
#include <stdio.h>
#include <stdlib.h>

static inline int check(int x) {
    if (x == 7) {
        __builtin_trap();
    }
    return x * x;
}

__attribute__((noinline)) int divide(int a, int b) {
    return a /
           b;
}

__attribute__((noinline)) int work(int n, int mode) {
    int sum = divide(n, mode - 2) + 1000 / (mode - 4);
    for (int i = 0; i < n; i++) {
        sum += check(i);
    }
    if (mode == 3) {
        sum += *(volatile int *)0x7fffff00;
    }
    return sum;
}

int main(int argc, char **argv) {
    int mode = argc > 1 ? atoi(argv[1]) : 1;
    int n = mode == 1 ? 10 : 5;
    printf("%d\n", work(n, mode));
    return 0;
}
C

cat >src/shapes.cpp <<'C'
#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace shapes {
struct Box {
    std::vector<int> sides;
    int at(int i) const {
        return sides[2] /
               i;
    }
    template <typename T> T scale(T by, int i) const { return by * at(i); }
};
__attribute__((noinline)) void refuse(int n) { throw std::runtime_error("bad side"); }
} // namespace shapes

int main(int argc, char **argv) {
    shapes::Box box{{1, 2, 3}};
    int i = argc > 1 ? atoi(argv[1]) : argc - 1;
    if (i == 9)
        shapes::refuse(i);
    return (int)box.scale(2.5, i);
}
C

# trace OF...: what a run prints when it traps, in one line
trace() { "$faasm" run "$@" 2>&1 >/dev/null | tr -s '\n ' ' '; }

test_run() { # test_run NAME FLAGS...
    local name=$1
    shift
    "$faasm" cc -g "$@" src/broken.c -o "$name.wasm" || fail "cc $*"
    assert_match "$name: trap in an inlined function" \
        'trap: unreachable #0 check \(src/broken.c:6(, inlined)?\) #1 work \(src/broken.c:19\) #2 main \(src/broken.c:30\) #3' "$(trace $name.wasm 1)"
    assert_match "$name: division" \
        'divide by zero #0 divide \(src/broken.c:12\) #1 work \(src/broken.c:17\) #2 main \(src/broken.c:30\)' "$(trace $name.wasm 2)"
    assert_match "$name: another division" \
        'divide by zero #0 work \(src/broken.c:17\) #1 main' "$(trace $name.wasm 4)"
    assert_match "$name: access" \
        'out of bounds memory access: .* #0 work \(src/broken.c:22\) #1 main \(src/broken.c:30\)' "$(trace $name.wasm 3)"
}

test_c() {
    test_run o0 -O0
    test_run o2 -O2
    test_run o2_dwarf5 -O2 -gdwarf-5
    test_run o0_dwarf5 -O0 -gdwarf-5
    "$faasm" cc src/broken.c -o none.wasm
    assert_match "without -g" '#0 divide \(function [0-9]+\) #1 work \(function' "$(trace none.wasm 2)"
}

test_cpp() {
    local level
    for level in -O0 -O2; do
        "$faasm" c++ -g $level src/shapes.cpp -o shapes.wasm || fail "c++ $level"
        assert_match "C++ $level" \
            'integer divide by zero #0 shapes::Box::at\(int\) const \(src/shapes.cpp:9(, inlined)?\) #1 double shapes::Box::scale<double>\(double, int\) const \(src/shapes.cpp:12(, inlined)?\) #2 main \(src/shapes.cpp:22\)' \
            "$(trace shapes.wasm)"
        assert_match "uncaught exception $level" \
            'std::runtime_error: bad side #0 .*main \(src/shapes.cpp:2[0-3]\)' "$(trace shapes.wasm 9)"
    done
}

# Both tiers, by way of a server.
test_levels() {
    local guest level
    cat >src/served.c <<'C'
#include <faasm.h>
__attribute__((noinline)) int third(int n) {
    return 30 / (n - 3);
}
int main(void) {
    return third(get_call_input_size() + 3);
}
C
    sed -i 's/get_call_input_size()/(int)read_call_input(0, 0)/' src/served.c
    start_server
    for guest in -O0 -O2; do
        "$faasm" cc -g $guest src/served.c -o served.wasm || fail "cc served"
        for level in 0 2; do
            "$faasm" upload ada/served served.wasm --opt-level $level >/dev/null || fail "upload"
            assert_match "clang $guest, level $level" \
                '#0 third \(src/served.c:3\) #1 main \(src/served.c:6\)' \
                "$("$faasm" invoke ada/served 2>&1 | tr -s '\n ' ' ')"
        done
    done
    stop_server
}

# Large enough to be compiled in parts, which are linked; the inlined functions are in each.
test_parts() {
    local i name
    {
        echo '#include <stdlib.h>'
        echo 'static inline int check(int x, int y) {'
        echo '    return x / y;'
        echo '}'
        for ((i = 0; i < 1500; i++)); do
            echo "__attribute__((noinline)) int work$i(int *a, int n) { int sum = $i; for (int j = 0; j < n; j++) { sum += a[j] * (j ^ $i); a[(j * $i) & 15] = sum; sum ^= a[(j + $i) & 15] >> 3; a[j & 7] += sum * $i; } return sum; }"
        done
        echo '__attribute__((noinline)) int last(int n) {'
        echo '    return check(9, n);'
        echo '}'
        echo 'int main(int argc, char **argv) { int a[16] = {1}; int sum = 0;'
        for ((i = 0; i < 1500; i++)); do echo "sum += work$i(a, 16);"; done
        echo 'return last(argc - 1) + sum; }'
    } >src/large.c
    "$faasm" cc -g -O1 src/large.c -o large.wasm || fail "cc large"
    for name in large again; do
        "$codegen" --verify --opt-level 0 large.wasm $name.so || fail "codegen large"
    done
    cmp large.so again.so || fail "parts: not reproducible"
    [ "$("$faasm" objdump large.wasm | awk '$1 == "code" {print $5}')" -gt $((128 << 10)) ] ||
        fail "large.wasm is of one part"
    assert_match "parts" '#0 check \(src/large.c:3, inlined\) #1 last \(src/large.c:1506\) #2 main' "$(trace large.wasm)"
}

# Sections of debug information in the object only where the module has some.
test_sections() {
    readelf -SW large.so | grep -q '\.faasm\.source' || fail "no source map"
    readelf -SW large.so | grep -q '\.debug_line ' || fail "no lines"
    "$codegen" none.wasm none.so
    readelf -SW none.so | grep -qE 'debug|faasm' && fail "debug information out of nothing"
    "$faasm" objdump o2.wasm | grep -qE '^  custom .* \.debug_line$' || fail "objdump: no .debug_line"
    "$faasm" objdump --json o2.wasm | jq -e '.sections | any(.name == ".debug_info")' >/dev/null ||
        fail "objdump --json: no .debug_info"
}

# The same instructions with and without: what differs is where traps are raised.
test_same_code() {
    cat >src/plain.c <<'C'
__attribute__((export_name("sum"))) float sum(const float *a, const float *b, int n) {
    float total = 0;
    for (int i = 0; i < n; i++) {
        total += a[i] * b[i];
    }
    return total;
}
__attribute__((export_name("scale"))) void scale(float *a, float by, int n) {
    for (int i = 0; i < n; i++) {
        a[i] *= by;
    }
}
C
    local level flag
    for level in 0 1 2 3; do
        for flag in -g -g0; do
            "$faasm" cc -nostdlib -Wl,--no-entry $flag src/plain.c -o plain$flag.wasm &&
                "$codegen" --opt-level $level plain$flag.wasm plain$flag.so || fail "plain $flag"
            objdump -d --no-show-raw-insn plain$flag.so | grep -v 'file format' >plain$flag.text
        done
        cmp -s plain-g.text plain-g0.text || fail "level $level: other instructions with -g"
    done
}

# damage SECTION BYTE SKIP: plain-g.wasm with a section overwritten, but for the beginning, as broken.wasm
damage() {
    local offset size start
    read -r offset size < <("$faasm" objdump plain-g.wasm | awk -v s="$1" '$NF == s {print $3, $5}')
    cp plain-g.wasm broken.wasm
    start=$((${#1} + 1 + $3))
    head -c "$size" /dev/zero | tr '\0' "$2" |
        dd of=broken.wasm bs=1 seek=$((offset + start)) count=$((size - start)) conv=notrunc status=none
}

test_malformed() {
    local section byte skip note='^note: debug information of the module is ignored: [[:print:]]+$'
    damage .debug_info '\377' 11
    "$codegen" --opt-level 3 broken.wasm broken.so 2>said || fail "broken entries: $(cat said)"
    assert_match "a note" "$note" "$(cat said)"
    objdump -d --no-show-raw-insn broken.so | grep -v 'file format' | cmp -s - plain-g0.text ||
        fail "broken entries: other code"
    for section in .debug_abbrev .debug_line .debug_info .debug_str; do
        for byte in '\0' '\1' '\377'; do
            for skip in 0 11; do
                damage $section "$byte" $skip
                "$codegen" broken.wasm broken.so 2>said || fail "$section of $byte after $skip: $(cat said)"
                [ ! -s said ] || assert_match "$section of $byte after $skip" "$note" "$(cat said)"
            done
        done
    done
    # What other tools leave of it: the stock driver has modules optimised where wasm-opt is installed.
    echo 'int main(void) { return 0; }' | clang-19 --target=wasm32-wasi --sysroot=/usr -O1 -x c - -o stock.wasm ||
        fail "stock.wasm"
    assert_eq "nothing is said of what has no lines" "" "$("$codegen" stock.wasm stock.so 2>&1)"
    # Sections that are there more than once, and too short for anything.
    printf '\0asm\1\0\0\0\0\014\013.debug_line\0\014\013.debug_line\0\014\013.debug_info' >bare.wasm
    "$codegen" bare.wasm bare.so 2>said || fail "bare sections: $(cat said)"
}

test_gdb() {
    if ! command -v gdb >/dev/null || ! gdb -nx -batch -ex run /bin/true >/dev/null 2>&1 ||
        ! gdb -nx -batch -ex 'break main' -ex run -ex 'info registers rip' "$faasm" 2>&1 | grep -q '^rip'; then
        echo "gdb: not tried, there is none or it may not trace"
        return
    fi
    cat >script <<'G'
set pagination off
set confirm off
set breakpoint pending on
handle SIGSEGV SIGBUS SIGILL nostop noprint pass
break broken.c:17
break divide
run
bt 2
list
step
bt 3
finish
delete
next
continue
G
    local level said
    for level in o0 o2; do
        # LeakSanitizer, where it is built in, gives up on a program that is traced.
        said=$(timeout 120 env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
            gdb -nx -batch -x script --args "$faasm" run $level.wasm 5 2>&1 </dev/null)
        assert_match "gdb $level: at a line" 'Breakpoint 1, work .*src/broken.c:17' "$said"
        assert_match "gdb $level: stack" '#0 +work \(\) at src/broken.c:17' "$said"
        assert_match "gdb $level: callers" '#1 +0x[0-9a-f]+ in [a-z_]+ \(\) at src/broken.c:30' "$said"
        assert_match "gdb $level: source" $'17\t    int sum = divide\(n, mode - 2\)' "$said"
        assert_match "gdb $level: a step into a function" 'divide \(\) at src/broken.c:1[12]' "$said"
        assert_match "gdb $level: its callers" '#2 +0x[0-9a-f]+ in [a-z_]+ \(\) at src/broken.c:30' "$said"
        assert_match "gdb $level: to the end" 'exited normally' "$said"
    done
}

test_c
test_cpp
test_parts
test_sections
test_same_code
test_malformed
test_gdb
test_levels
finish
