#!/bin/bash
# Side modules: what `faasm cc -shared` makes, what dlopen and its relatives do with it, in `faasm run` and on a
# server, and what they say of what cannot be loaded.
. "${FAASM_SOURCE_DIR:?}/tests/e2e/lib.sh"
need clang-19 jq
export FAASM_CACHE=$folder/cache
guests=$FAASM_SOURCE_DIR/tests/guests/dynlink
cd "$folder" || exit 1

module() { # module NAME [ARGUMENT...]: libNAME.so of NAME.c
    "$faasm" cc -shared -fPIC -Wall -Werror "$guests/$1.c" "${@:2}" -o "lib$1.so" || exit 1
}
module first
# Each of the two needs the other: one is linked against a stand-in first.
echo 'int right(int x) { return x; } int right_value;' >stand_in.c
"$faasm" cc -shared -fPIC stand_in.c -o libright.so || exit 1
module left libright.so
module right libleft.so
module user
"$faasm" cc -rdynamic -Wall -Werror "$guests/loader.c" -o loader.wasm || exit 1

steps() { # steps NAME WANTED STEP...: the lines that the loader prints before "end", which must be its last
    local wanted=$2 got
    got=$("$faasm" run --with libfirst.so --with libleft.so --with libright.so --with libuser.so \
        --dir "$folder/files::/files" --dir "$folder::/" loader.wasm "${@:3}" 2>&1)
    assert_eq "$1" "$wanted"$'\nend' "$got"
}
mkdir files

assert_eq "objdump" '[["libright.so"],64]' "$("$faasm" objdump --json libleft.so |
    jq -c '[[.needed[].name], (.dylink[0].memory_bytes | if . > 0 and . < 100 then 64 else . end)]')"
assert_match "objdump as text" 'dylink.0  memory_bytes [0-9]+  memory_alignment' "$("$faasm" objdump libleft.so)"

# ---- Symbols ------------------------------------------------------------------------------------
steps functions $'open: ok\nfirst_add: 1019\nfirst_count: 1\nfirst_count: 2\nfirst_text: odd 2.50' \
    open libfirst.so add first_add 5 call first_count call first_count text first_text
steps data $'open: ok\nfirst_value: 11' open libfirst.so read first_value
steps "addresses are one everywhere" $'open: ok\nfirst_add: same\nfirst_local_address: found' \
    open libfirst.so same first_add first_add_address sym first_local_address
steps "a local symbol" $'open: ok\nsym: undefined symbol: first_local' open libfirst.so sym first_local
steps "symbols of the program" $'self: ok\nprogram_double: 14\nprogram_value: 1000' self add program_double 7 read program_value
steps "libc through the handle of all" $'abs: 4' default add abs -4
steps "weak ones that are nowhere" $'open: ok\nfirst_weak: 1' open libfirst.so call first_weak
steps "RTLD_NEXT" $'sym: RTLD_NEXT is not supported' next sym abs
steps "no such symbol" $'open: ok\nsym: undefined symbol: nothing' open libfirst.so sym nothing
output=$("$faasm" run --with libfirst.so loader.wasm open libfirst.so add first_call_weak 1 2>&1)
assert_eq "a weak function that is nowhere: status" 134 $?
assert_match "a weak function that is nowhere" "no module defines" "$output"

# ---- Modules that need each other; scopes ------------------------------------------------------
steps "a circle" $'open: ok\nleft: 26\nright: 22\nleft_through_pointers: 14\nright_through_pointer: 5' \
    open libleft.so add left 3 add right 3 call left_through_pointers call right_through_pointer
steps "the circle from its other side" $'open: ok\nright: 22\nopen: ok\nleft: 26' \
    open libright.so add right 3 open libleft.so add left 3
steps "local modules are not seen" $'open: ok\nsym: undefined symbol: left\nopen: libuser.so: undefined symbol: left' \
    open libleft.so default sym left open libuser.so
steps "global ones are" $'global: ok\nleft: 26\nopen: ok\nuser: 31' global libleft.so default add left 3 open libuser.so add user 3
steps "and stay while they are used" $'global: ok\nopen: ok\nclose: ok\nuser: 31' \
    global libleft.so open libuser.so use 1 close use 2 add user 3
steps "a module becomes global" $'open: ok\nglobal: ok\nright: 22' open libleft.so global libleft.so default add right 3

# ---- Opening and closing ----------------------------------------------------------------------
steps "opened twice, closed twice" \
    $'open: ok\nopen: ok\nfirst_count: 1\nclose: ok\nfirst_count: 2\nclose: ok\nclose: 0x2 is not the handle of an open module' \
    open libfirst.so open libfirst.so call first_count close call first_count close close
steps "closed and opened again, it begins anew" \
    $'open: ok\nfirst_count: 1\nclose: ok\nsym: 0x2 is not the handle of an open module\nopen: ok\nfirst_count: 1\nfirst_value: 11\nfirst_add: 1019' \
    open libfirst.so call first_count close sym first_count open libfirst.so call first_count read first_value add first_add 5
steps "a circle is closed as a whole" $'open: ok\nclose: ok\nnoload: libright.so is not loaded' open libleft.so close noload libright.so
steps noload $'noload: libfirst.so is not loaded\nopen: ok\nnoload: ok' noload libfirst.so open libfirst.so noload libfirst.so
steps "bad flags" $'badflags: invalid flags 0x40' badflags libfirst.so
steps "the program is never closed" $'self: ok\nclose: ok\nself: ok\nprogram_double: 2' self close self add program_double 1

# ---- Files of the guest ------------------------------------------------------------------------
cp libfirst.so files/libfile.so
steps "by path" $'open: ok\nfirst_add: 1019' open /files/libfile.so add first_add 5
steps "by a path from the working folder" $'open: ok\nfirst_add: 1019' open ./files/libfile.so add first_add 5
output=$("$faasm" run --dir "$folder/files::/plugins" --env LD_LIBRARY_PATH=/nowhere:/plugins loader.wasm open libfile.so add first_add 5)
assert_eq LD_LIBRARY_PATH $'open: ok\nfirst_add: 1019\nend' "$output"
mkdir with && cp libfirst.so with
output=$("$faasm" run --with with loader.wasm open libfirst.so call first_count)
assert_eq "a folder of modules" $'open: ok\nfirst_count: 1\nend' "$output"
ln -s / files/out && ln -s ../libfirst.so files/up.so
steps "a link out" $'open: /files/out/libfirst.so: the file cannot be opened' open /files/out/libfirst.so
output=$("$faasm" run --dir "$folder/files::/files" loader.wasm open /files/up.so)
assert_eq "a link up" $'open: /files/up.so: the file cannot be opened\nend' "$output"

# ---- What cannot be loaded ---------------------------------------------------------------------
steps missing $'open: nothing.so: no such module' open nothing.so
steps "no such file" $'open: /files/nothing.so: no such file' open /files/nothing.so
steps "a folder" $'open: /files: not a regular file' open /files
mkfifo files/fifo.so
steps "a FIFO" $'open: /files/fifo.so: not a regular file' open /files/fifo.so
: >files/empty.so
steps "an empty file" $'open: /files/empty.so: not a WebAssembly module' open /files/empty.so
cp /bin/true files/elf.so
steps "another architecture" $'open: /files/elf.so: a native shared object (ELF), not a WebAssembly module' open /files/elf.so
printf '\0asm\x0d\0\1\0' >files/component.so
steps "a component" $'open: /files/component.so: offset 0x4: unknown binary version' open /files/component.so
head -c 300 libfirst.so >files/cut.so
assert_match "a cut file" "^open: /files/cut.so: offset 0x.*" \
    "$("$faasm" run --dir "$folder/files::/files" loader.wasm open /files/cut.so)"
"$faasm" cc "$FAASM_SOURCE_DIR/examples/hello/hello.c" -o files/program.so 2>/dev/null ||
    echo 'int main(void) { return 0; }' | "$faasm" cc -x c - -o files/program.so
steps "a program" $'open: /files/program.so is not a side module: it has no section dylink.0' open /files/program.so
# The name of the needed module is in the section itself.
sed 's/libright\.so/libwrong.so/' libleft.so >files/needs.so
steps "a needed module that is missing" $'open: needed by /files/needs.so: libwrong.so: no such module' open /files/needs.so
echo 'int g;' | "$faasm" cc -shared -fPIC -x c - -o libself.so
echo 'int f(void) { return 3; }' | "$faasm" cc -shared -fPIC -x c - -x none libself.so -o itself.so
cp itself.so files/libself.so
output=$("$faasm" run --dir "$folder/files::/files" --env LD_LIBRARY_PATH=/files loader.wasm open libself.so call f)
assert_eq "one that needs itself" $'open: ok\nf: 3\nend' "$output"
# A type that the function does not have.
echo 'int program_double(double x, double y); int wrong(void) { return program_double(1, 2); }' |
    "$faasm" cc -shared -fPIC -x c - -o files/wrong.so
assert_match "another type" "incompatible import type: env.program_double" \
    "$("$faasm" run --dir "$folder/files::/files" loader.wasm open /files/wrong.so)"
# Memory and table that it asks for: dylink.0 is the first section, mem_size is its first number (5 bytes at most).
echo 'char large[200000000]; char *f(void) { return large; }' | "$faasm" cc -shared -fPIC -x c - -o files/large.so
"$faasm" cc -rdynamic -Wl,--max-memory=33554432 "$guests/loader.c" -o small.wasm || exit 1
assert_match "more memory than there is" "the limit of memory does not allow 2000000.. bytes" \
    "$("$faasm" run --dir "$folder/files::/files" small.wasm open /files/large.so)"
"$faasm" cc -Wl,--export-all "$guests/loader.c" -o fixed.wasm || exit 1
assert_match "a table that cannot grow" "function table of the program cannot grow" \
    "$("$faasm" run --with libleft.so --with libright.so fixed.wasm open libleft.so)"
echo 'void _start(void) {} __attribute__((constructor)) static void c(void) { __builtin_trap(); }' |
    "$faasm" cc -shared -fPIC -x c - -o files/traps.so
"$faasm" run --dir "$folder/files::/files" loader.wasm open /files/traps.so >out 2>err
assert_eq "a constructor that traps: status" 134 $?
assert_match "a constructor that traps" "unreachable" "$(<err)"
echo 'void exit(int); __attribute__((constructor)) static void c(void) { exit(5); }' |
    "$faasm" cc -shared -fPIC -x c - -o files/exits.so
"$faasm" run --dir "$folder/files::/files" loader.wasm open /files/exits.so >out 2>err
assert_eq "a constructor that exits: status" 5 $?

# ---- A hundred modules -------------------------------------------------------------------------
# One module with another number in it each.
echo 'int number = 0x7a7a7a7a; static int table[100]; int *get(void) { return table; } int f(void) { return number; }' |
    "$faasm" cc -shared -fPIC -x c - -o number.so
mkdir hundred
wanted= arguments=()
for i in {100..199}; do
    LC_ALL=C sed "s/zzzz/$(printf '\\x%02x\\x00\\x00\\x00' "$i")/" number.so >"hundred/lib$i.so"
    arguments+=(open "/hundred/lib$i.so" call f)
    wanted+="open: ok"$'\n'"f: $i"$'\n'
done
assert_eq "a hundred modules" "${wanted}end" "$("$faasm" run --dir "$folder/hundred::/hundred" loader.wasm "${arguments[@]}" 2>&1)"

# ---- Cycles of more than two ----------------------------------------------------------------------
# c1 needs c2, c2 needs c3, c3 needs c1; each adds its number to what the next one says.
for i in 1 2 3; do echo "int c$i(int x) { return x; }" | "$faasm" cc -shared -fPIC -x c - -o "libc$i.so"; done
for i in 1 2 3; do
    next=$((i % 3 + 1))
    echo "int c$next(int); int c$i(int x) { return x <= 0 ? $i : c$next(x - 1) * 10 + $i; }" |
        "$faasm" cc -shared -fPIC -x c - -x none "libc$next.so" -o "libnew$i.so"
done
mkdir cycle
for i in 1 2 3; do cp "libnew$i.so" "cycle/libc$i.so"; done
for i in 1 2 3; do
    case $i in 1) wanted=21321 ;; 2) wanted=32132 ;; 3) wanted=13213 ;; esac
    assert_eq "a cycle of three, from $i" $'open: ok\n'"c$i: $wanted"$'\nclose: ok\nend' \
        "$("$faasm" run --with cycle loader.wasm open "libc$i.so" add "c$i" 4 close)"
done

# ---- Thread-local data --------------------------------------------------------------------------
tls_steps=(open libtls.so call tls_next call tls_next call tls_zero call tls_zero call tls_aligned read tls_value
    same tls_value tls_address close open libtls.so call tls_next call tls_zero)
tls_wanted=$'open: ok\ntls_next: 7\ntls_next: 8\ntls_zero: 0\ntls_zero: 1\ntls_aligned: 1\ntls_value: 9\ntls_value: same\nclose: ok
open: ok\ntls_next: 7\ntls_zero: 0\nend'
module tls
assert_eq "thread-local data without threads" "$tls_wanted" "$("$faasm" run --with libtls.so loader.wasm "${tls_steps[@]}" 2>&1)"
threads=(-matomics -mbulk-memory)
module tls "${threads[@]}" -Wl,--shared-memory
"$faasm" cc -rdynamic "${threads[@]}" -Wl,--shared-memory,--max-memory=67108864,--no-check-features "$guests/loader.c" \
    -o shared.wasm || exit 1
assert_eq "thread-local data with shared memory" "$tls_wanted" "$("$faasm" run --with libtls.so shared.wasm "${tls_steps[@]}" 2>&1)"
assert_match "a module with shared memory in a program without" "^open: incompatible import type: env.memory" \
    "$("$faasm" run --with libtls.so loader.wasm open libtls.so)"

# ---- Threads ------------------------------------------------------------------------------------
"$faasm" cc -rdynamic "${threads[@]}" -Wl,--shared-memory,--max-memory=67108864,--no-check-features \
    "$guests/threads.c" -o threads.wasm || exit 1
echo 'int plain_add(int x) { return x + 1014; }' |
    "$faasm" cc -shared -fPIC "${threads[@]}" -Wl,--shared-memory -x c - -o libplain.so || exit 1
threaded() { # threaded WHAT
    "$faasm" run --with libtls.so --with libplain.so threads.wasm "$1" 2>&1
}
for round in 1 2 3; do
    assert_eq "each has thread-local data ($round)" $'main: 7\nend' "$(threaded count)"
    assert_eq "symbols are the same on all ($round)" $'main: 0\nend' "$(threaded look)"
    assert_eq "modules that are loaded once they have ended ($round)" end "$(threaded later)"
    assert_eq "modules that are loaded already ($round)" \
        $'libplain.so is not loaded, and cannot be while the call has threads\nend' "$(threaded open)"
done
assert_eq "blocks are used again" $'1 pages\nend' "$(threaded again)"
assert_match "a trap in a thread" "indirect call type mismatch|signature" "$(threaded trap)"

# ---- Linked when the program is loaded -----------------------------------------------------------
cat >program.c <<'C'
#include <stdio.h>
extern int left_value;
int left(int);
int main(void) {
    int (*pointer)(int) = left;
    printf("%d %d %d\n", left(3), pointer(0), left_value);
    return 0;
}
C
"$faasm" cc program.c libleft.so -o program.wasm || exit 1
assert_eq "needed by the program" "26 5 5" "$("$faasm" run --with libleft.so --with libright.so program.wasm)"
assert_fails "needed by the program and missing" "libleft.so: there is no" "$faasm" run program.wasm

# ---- POSIX of the SDK, in a program that has all of libc -------------------------------------------
cat >posix.c <<'C'
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void) {
    int fd = open("/mapped", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 65536);
    char *map = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    strcpy(map, "through the map");
    char text[16] = "";
    pread(dup(fd), text, 15, 0); // the emulation of wasi-libc copies files
    printf("%s %d\n", text, dlsym(NULL, "mmap") == (void *)mmap);
    return munmap(map, 65536);
}
C
"$faasm" cc -rdynamic posix.c -o posix.wasm || exit 1
assert_eq "maps are real" "through the map 1" "$("$faasm" run --dir "$folder/files::/" posix.wasm)"

# ---- C++ ----------------------------------------------------------------------------------------
"$faasm" c++ -shared -fPIC -std=c++17 "$guests/cxx.cpp" -o libcxx.so || exit 1
"$faasm" c++ -O1 -rdynamic -x c++ -fpermissive -Wno-everything "$guests/loader.c" -o loaderxx.wasm || exit 1
cxx() { "$faasm" run --with libcxx.so loaderxx.wasm "$@" 2>&1; }
assert_eq "C++" $'made first\nmade second\nopen: ok\ncxx_corners: 4\ncxx_text: second\ngone second\ngone first\nclose: ok\nend' \
    "$(cxx open libcxx.so call cxx_corners text cxx_text close)"
assert_eq "C++, destructors at the end" $'made first\nmade second\nopen: ok\nend\ngone second\ngone first' "$(cxx open libcxx.so)"

# ---- On a server: uploaded, and loaded in the zygote ----------------------------------------------
"$faasm" cc -rdynamic "$guests/zygote.c" -o zygote.wasm || exit 1
start_server
"$faasm" upload demo/zygote zygote.wasm --with libfirst.so --with libleft.so --with libright.so >out 2>err || fail "upload: $(<err)"
assert_match "modules are listed" "demo/libleft.so" "$("$faasm" ls demo)"
plain="2 11 1011 none local"
for input in plain load plain close plain reopen plain plain; do
    case $input in
        load) wanted="2 11 1011 late global" ;;
        close) wanted="2 11 -1 none local" ;;
        reopen) wanted="1 11 1011 none local" ;;
        *) wanted=$plain ;;
    esac
    assert_eq "zygote: $input" "$wanted" "$("$faasm" invoke demo/zygote --data "$input" 2>&1)"
done
# A file of the user's, which is in the store until it is read; loaded later, it has data of its own.
"$faasm" file put demo/plugins/libfile.so libright.so >out 2>&1 || fail "file put: $(<out)"
assert_eq "a file of the user" "2 11 1011 late local" "$("$faasm" invoke demo/zygote --data /plugins/libfile.so 2>&1)"
assert_eq "a file that is not there" "2 11 1011 none local" "$("$faasm" invoke demo/zygote --data /plugins/nothing.so 2>&1)"
stop_server

# ---- Compiling for guests has a limit -------------------------------------------------------------
guest opens <<'C'
#include <dlfcn.h>
#include <faasm.h>
#include <string.h>
int main(void) { // the path is the input; what became of it the output
    char path[256];
    size_t length = read_call_input(path, sizeof path - 1);
    path[length] = 0;
    const char *text = dlopen(path, RTLD_NOW) ? "ok" : dlerror();
    write_call_output(text, strlen(text));
    return 0;
}
C
"$faasm" cc -rdynamic opens.c -o opens.wasm || exit 1
start_server --library-seconds 1 --users "small: memory_mb=8"
for user in demo other; do "$faasm" upload "$user/opens" opens.wasm >/dev/null || fail upload; done
for i in {100..159}; do "$faasm" file put "demo/n/$i.so" "hundred/lib$i.so"; done
wait_for=0
for i in {100..159}; do
    text=$("$faasm" invoke demo/opens --data "/n/$i.so")
    [ "$text" == ok ] || break
    wait_for=$((wait_for + 1))
done
assert_match "a user that has the compiler at work all the time" \
    "^/n/$i.so: the modules that demo has as files were compiled for too long: again in [0-9]+ s$" "$text"
[ "$wait_for" -ge 3 ] || fail "only $wait_for modules were compiled"
assert_eq "what is compiled can be opened" ok "$("$faasm" invoke demo/opens --data /n/100.so)"
echo 'int g(void) { return 1; }' | "$faasm" cc -shared -fPIC -x c - -o g.so
"$faasm" file put other/g.so g.so
assert_eq "others are not held up" ok "$("$faasm" invoke other/opens --data /g.so)"
# What is loaded has to fit into the memory of the call: a custom section of 7 MiB is a part of the file.
{ cat g.so; printf '\0\x80\x80\xc0\x03\1x'; head -c $(((7 << 20) - 2)) /dev/zero; } >padded.so
"$faasm" upload small/opens opens.wasm >/dev/null || fail upload
for user in other small; do "$faasm" file put "$user/padded.so" padded.so; done
assert_eq "a large module" ok "$("$faasm" invoke other/opens --data /padded.so)"
assert_match "a module larger than the call's memory" \
    "^/padded.so: a file of 73[0-9]{5} bytes, and the limit of the call's memory leaves [1-7][0-9]{6}$" \
    "$("$faasm" invoke small/opens --data /padded.so)"
"$faasm" file put small/g.so g.so
assert_eq "a small one there" ok "$("$faasm" invoke small/opens --data /g.so)"
head -c 300000000 /dev/zero >huge.so
assert_eq "the limit of any file" "/huge.so: a file of more than 268435456 bytes" \
    "$("$faasm" run --dir "$folder::/" --input <(printf /huge.so) opens.wasm 2>&1)"
rm huge.so
assert_match "nor are uploads" "demo/late" "$("$faasm" upload demo/late opens.wasm 2>&1)"
stop_server
finish
