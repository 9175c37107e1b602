#!/bin/bash
# `faasm run`: what a program sees, what becomes of it, and what is said where it cannot be run.
. "${FAASM_SOURCE_DIR:?}/tests/e2e/lib.sh"
need clang-19 wat2wasm
export FAASM_CACHE=$folder/cache
guests=$FAASM_SOURCE_DIR/tests/guests
cd "$folder" || exit 1

"$faasm" cc -D_GNU_SOURCE "$guests/command.c" -o command.wasm || exit 1
"$faasm" cc "$guests/posix_files.c" -o posix_files.wasm || exit 1
clang-19 -D_GNU_SOURCE -O1 "$guests/posix_files.c" -o posix_files || exit 1

run() { # run ARGUMENT...: sets $status, $output (stdout) and $errors (stderr)
    status=0
    "$faasm" run "$@" >out 2>err || status=$?
    output=$(<out)
    errors=$(<err)
}

expect() { # expect NAME STATUS OUTPUT
    assert_eq "$1: status" "$2" "$status"
    assert_eq "$1: output" "$3" "$output"
}

# ---- Arguments, environment, exit status --------------------------------------------------------
run command.wasm arguments one "two words" --dir -x ""
expect arguments 0 $'[command.wasm]\n[arguments]\n[one]\n[two words]\n[--dir]\n[-x]\n[]'
SECRET=1 run --env A=1 --env "B=two words" -e C= command.wasm environment
expect environment 0 $'A=1\nB=two words\nC='
run command.wasm environment
expect "no environment" 0 ""
for code in 0 1 7 133; do
    run command.wasm exit $code
    expect "exit $code" $code exiting
    run command.wasm return $code
    expect "return $code" $code ""
done

# Signals: none, one that is ignored, one that stops, two that end, and no signal.
for signal in 0:0 16:0 18:58 31:28; do
    run command.wasm raise ${signal%:*}
    expect "raise ${signal%:*}" 0 ${signal#*:}
done
for signal in 6 15; do
    run command.wasm raise $signal
    expect "raise $signal" $((128 + signal)) ""
done

# ---- Standard streams ---------------------------------------------------------------------------
run command.wasm errors
expect streams 0 "to stdout"
assert_eq "stderr" "to stderr" "$errors"
seq 100000 >numbers
"$faasm" run command.wasm cat <numbers >copy
assert_eq "stdin from a file" "" "$(cmp numbers copy 2>&1)"
cat numbers | "$faasm" run command.wasm cat | cat >copy
assert_eq "stdin from a pipe" "" "$(cmp numbers copy 2>&1)"
assert_eq "stdin closed" "" "$("$faasm" run command.wasm cat <&- 2>&1 | tr -d "\0")"
assert_eq "much output" "$(for ((i = 0; i < 50000; i++)); do echo "line $i of many"; done | cksum)" \
    "$("$faasm" run command.wasm much 50000 | cksum)"
assert_eq "stdout that ends early" "line 0 of many" \
    "$("$faasm" run command.wasm much 1000000 2>/dev/null | head -1)"
assert_eq "pipes are no terminals" "0 0 0" "$("$faasm" run command.wasm kinds 2>&1 </dev/null | cat)"
if command -v script >/dev/null; then
    assert_match "terminals are" "1 1 1" "$(script -qec "$faasm run command.wasm kinds" /dev/null </dev/null)"
fi

# ---- Input and output of the call ---------------------------------------------------------------
printf 'some input' >input
run --input input command.wasm reverse
expect "input and output" 0 $'reversed 10 bytes\ntupni emos'
run --input input --output result command.wasm reverse
expect "output to a file" 0 "reversed 10 bytes"
assert_eq "the file" "tupni emos" "$(<result)"
assert_eq "input from stdin" $'reversed 3 bytes\ncba' "$(printf abc | "$faasm" run --input - command.wasm reverse)"
head -c 5000000 /dev/urandom >large
run --input large --output large.out command.wasm reverse
run --input large.out --output large.back command.wasm reverse
expect "large input" 0 "reversed 5000000 bytes"
assert_eq "large output" "" "$(cmp large large.back 2>&1)"
assert_fails "missing input" "nothing: No such file" "$faasm" run --input nothing command.wasm reverse
assert_fails "output that cannot be" "no/where" "$faasm" run --input input --output no/where command.wasm reverse

# ---- Files --------------------------------------------------------------------------------------
mkdir data native guest
run --dir data command.wasm write data/file "some text"
expect "write a file" 0 ""
assert_eq "what was written" "some text" "$(<data/file)"
run --dir data::/elsewhere command.wasm read /elsewhere/file
expect "a folder of another name" 0 "some text"
run --dir data::/ command.wasm read file
expect "a folder as root" 0 "some text"
run --dir data --dir guest::/guest command.wasm write /guest/second x
expect "two folders" 0 ""
assert_eq "in the second" x "$(<guest/second)"
rm guest/second
for path in ../command.wasm data/../../command.wasm /etc/passwd "$folder/command.wasm" data/outside data/absolute data/magic; do
    ln -sf ../command.wasm data/outside
    ln -sf /etc/passwd data/absolute
    ln -sf /proc/self/exe data/magic
    run --dir data command.wasm read "$path"
    assert_eq "no way to $path" 1 "$status"
done
run command.wasm read /etc/passwd
assert_eq "no folder, no files" 1 "$status"
run --dir / command.wasm read /proc/self/root/etc/hostname
assert_eq "no magic links" 1 "$status"
run --dir / command.wasm read /proc/self/mem
assert_eq "no memory of this process" 1 "$status"
run --dir /dev command.wasm read /dev/zero
assert_eq "no devices" 1 "$status"
mkfifo data/pipe
run --dir data command.wasm read data/pipe
assert_eq "no pipes" 1 "$status"
assert_fails "missing folder" "nothing: No such file" "$faasm" run --dir nothing command.wasm
assert_fails "a file as folder" "not a folder" "$faasm" run --dir input command.wasm

./posix_files native >native.out
run --dir guest::/work posix_files.wasm /work
assert_eq "files as POSIX programs use them" "" "$(diff native.out out)"
inside() { (cd "$1" && find . ! -type d -printf '%p %y %s %l\n' | sort); }
assert_eq "and what they leave" "$(inside native)" "$(inside guest)"

# ---- Traps --------------------------------------------------------------------------------------
trap_case() { # trap_case NAME BODY [FIELDS]
    echo "(module (memory 1) ${3:-} (func (export \"_start\") $2))" >trap.wat
    wat2wasm trap.wat -o trap.wasm || fail "$1 is no module"
    run trap.wasm
    assert_eq "$1: status" 134 "$status"
    assert_match "$1: message" "^faasm: trap: $1" "$errors"
}
types='(type $v (func)) (type $i (func (param i32))) (table 2 2 funcref) (elem (i32.const 0) $f) (func $f)'
trap_case "unreachable" "unreachable"
trap_case "out of bounds memory access" "(drop (i32.load (i32.const 65533)))"
trap_case "out of bounds memory access" "(i32.store8 offset=4294967295 (i32.const -1) (i32.const 1))"
trap_case "integer divide by zero" "(drop (i32.div_s (i32.const 1) (i32.const 0)))"
trap_case "integer overflow" "(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))"
trap_case "invalid conversion to integer" "(drop (i32.trunc_f64_s (f64.const nan)))"
trap_case "undefined element" "(call_indirect (type \$v) (i32.const 2))" "$types"
trap_case "uninitialized element" "(call_indirect (type \$v) (i32.const 1))" "$types"
trap_case "indirect call type mismatch" "(call_indirect (type \$i) (i32.const 1) (i32.const 0))" "$types"
trap_case "out of bounds table access" "(drop (table.get 0 (i32.const 2)))" "$types"
trap_case "call stack exhausted" "(call \$deep (i32.const 1))" \
    '(func $deep (param i32) (call $deep (i32.add (local.get 0) (i32.const 1))) (call $deep (local.get 0)))'
run command.wasm trap
assert_eq "trap in C: status" 134 "$status"
assert_eq "output before a trap" "before the trap" "$output"
assert_match "backtrace" "#0 fail_inside " "$errors"
assert_match "backtrace goes on" "main" "$errors"

# ---- Chaining -----------------------------------------------------------------------------------
run command.wasm chain-pointer
expect "chained pointers" 0 "$(for i in $(seq 0 19); do echo "$i $i"; done)"
run command.wasm chain-name
assert_eq "chained by name: status" 0 "$status"
assert_match "chained by name" "awaited 7" "$output"
cp command.wasm "./-odd name+.wasm"
run "./-odd name+.wasm" chain-name _odd_name_
assert_match "chained by an odd name" "awaited 7" "$output"
run command.wasm await-trap
expect "a chained call that traps" 0 "the call gave 134"
run command.wasm await-twice
assert_eq "awaiting twice: status" 134 "$status"
assert_match "awaiting twice" "awaited before" "$errors"
run command.wasm await-unknown
assert_eq "awaiting an unknown call: status" 134 "$status"
assert_match "awaiting an unknown call" "no call 123456" "$errors"
run command.wasm chain-unknown
assert_eq "chaining an unknown function: status" 134 "$status"
assert_match "chaining an unknown function" "nobody" "$errors"

# ---- Flags, backtraces --------------------------------------------------------------------------
run --env FAST=on --env SLOW=off command.wasm flag FAST
expect "a flag that is on" 0 1
run --env FAST=on --env SLOW=off command.wasm flag SLOW
expect "a flag that is off" 0 0
run --env FAST=on command.wasm flag FAS
expect "a flag that is not set" 0 0
run command.wasm stack
expect "a backtrace" 0 "goes on"
assert_match "its frames" "#0 .*main" "$(tr '\n' ' ' <<<"$errors")"
run command.wasm python
assert_eq "no Python: status" 134 "$status"
assert_match "no Python" "no Python function runs" "$errors"

# ---- What cannot be run -------------------------------------------------------------------------
assert_fails "missing file" "nothing.wasm: No such file" "$faasm" run nothing.wasm
assert_fails "a folder" "data: " "$faasm" run data
echo "no wasm" >text.wasm
assert_fails "a text" "text.wasm: .*offset 0x0" "$faasm" run text.wasm
head -c 1000 command.wasm >cut.wasm
assert_fails "half a module" "cut.wasm: .*offset 0x" "$faasm" run cut.wasm
echo '(module (func (export "_start") (i32.add)))' >invalid.wat
wat2wasm --no-check invalid.wat -o invalid.wasm
assert_fails "an invalid module" "invalid.wasm: .*type mismatch" "$faasm" run invalid.wasm
echo '(module (import "env" "nonesuch" (func)) (func (export "_start")))' >import.wat
wat2wasm import.wat -o import.wasm
assert_fails "an unknown import" "import.wasm: .*env.nonesuch" "$faasm" run import.wasm
assert_fails "an unknown import, from the cache" "import.wasm: .*env.nonesuch" "$faasm" run import.wasm
echo '(module (import "wasi_snapshot_preview1" "fd_close" (func)) (func (export "_start")))' >import.wat
wat2wasm import.wat -o import.wasm
assert_fails "an import of another type" "import.wasm: .*fd_close" "$faasm" run import.wasm
for arguments in "" "--env" "--env X command.wasm" "--dir ::/x command.wasm" "--nonsense command.wasm"; do
    # shellcheck disable=SC2086
    "$faasm" run $arguments >out 2>err
    assert_eq "usage '$arguments': status" 2 "$?"
    assert_match "usage '$arguments'" "faasm run: |Usage: faasm run" "$(<err)"
done
assert_match "help" "--dir" "$("$faasm" run --help)"
assert_eq "a command that is none" 2 "$("$faasm" nonsense 2>/dev/null; echo $?)"
assert_match "list of commands" "doctor" "$("$faasm" --help)"
assert_match "version" "^faasm [0-9]" "$("$faasm" --version)"

# ---- The cache ----------------------------------------------------------------------------------
rm -rf cache
run command.wasm return 3
assert_eq "a cold cache" 3 "$status"
assert_eq "one object" 1 "$(ls cache | wc -l)"
object=$(ls cache)
written=$(stat -c %Y.%i "cache/$object")
run command.wasm return 4
assert_eq "a warm cache" 4 "$status"
assert_eq "was not written again" "$written" "$(stat -c %Y.%i "cache/$object")"
printf garbage >"cache/$object"
run command.wasm return 5
assert_eq "a broken object is made anew" 5 "$status"
FAASM_CACHE=/proc/nowhere assert_fails "a cache that cannot be" "/proc/nowhere" "$faasm" run command.wasm
(unset FAASM_CACHE && HOME=$folder/home XDG_CACHE_HOME='' "$faasm" run command.wasm return 0)
assert_eq "the cache at home" 1 "$(ls home/.cache/faasm | wc -l)"
for i in 1 2 3 4; do
    FAASM_CACHE=$folder/shared "$faasm" run command.wasm return 6 &
    pids[i]=$!
done
for pid in "${pids[@]}"; do
    wait "$pid"
    assert_eq "four at once" 6 "$?"
done
assert_eq "leave one object" 1 "$(ls shared | wc -l)"
finish
