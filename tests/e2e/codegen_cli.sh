#!/usr/bin/env bash
# faasm-codegen as a program: exit codes, messages, what it leaves behind, limits, determinism.
set -u -o pipefail
: "${FAASM_BUILD_DIR:?}"
codegen=$FAASM_BUILD_DIR/bin/faasm-codegen
[ -x "$codegen" ] || { echo "skipped: no faasm-codegen"; exit 77; }
for tool in wat2wasm nm; do
    command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# expect NAME STATUS PATTERN COMMAND...: exit status, and the whole of standard error as a pattern
expect() {
    local name=$1 status=$2 pattern=$3 got=0
    shift 3
    "$@" >stdout 2>stderr || got=$?
    [ "$got" -eq "$status" ] || fail "$name: exit status $got, wanted $status: $(head -c 500 stderr)"
    [[ $(cat stderr) =~ $pattern ]] || fail "$name: '$(head -c 500 stderr)' is not '$pattern'"
}

# No object and no temporary file next to where it would be.
expect_nothing_stored() {
    local left
    left=$(find out -mindepth 1)
    [ -z "$left" ] || fail "$1: left behind: $left"
}

refused() { # refused NAME MESSAGE_PATTERN FILE
    expect "$1" 1 "^faasm-codegen: $2\$" "$codegen" "$3" out/x.so
    [ "$(wc -l <stderr)" -eq 1 ] || fail "$1: message is not one line"
    expect_nothing_stored "$1"
}

mkdir out
cat >good.wat <<'WAT'
(module (memory 1)
  (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $touch (export "touch") (param i32) (result i32) (i32.load (local.get 0))))
WAT
wat2wasm --debug-names good.wat -o good.wasm

# ---- What works
expect good 0 '^$' "$codegen" good.wasm out/good.so
nm out/good.so | grep -q ' t add$' || fail "names: no symbol add"
nm -D out/good.so | grep -q ' [DR] faasm_module$' || fail "exports: no faasm_module"
[ "$(nm -D --defined-only out/good.so | wc -l)" -eq 1 ] || fail "exports: more than one symbol"
[ "$(find out -mindepth 1)" == out/good.so ] || fail "good: left behind more than the result"
for level in 0 1 2 3; do
    expect "level $level" 0 '^$' "$codegen" -O$level good.wasm out/good.so
done
expect strict 0 '^$' "$codegen" --strict-traps good.wasm out/good.so
expect "from standard input" 0 '^$' bash -c "'$codegen' - out/good.so <good.wasm"

# ---- The same twice; other options give another identity
"$codegen" good.wasm out/a.so && "$codegen" good.wasm out/b.so
cmp out/a.so out/b.so || fail "two runs differ"
"$codegen" --identity >identity && "$codegen" --identity | cmp - identity || fail "identity changes"
"$codegen" --identity -O0 | cmp -s - identity && fail "identity without the level"
"$codegen" --identity --cpu x86-64 | cmp -s - identity && fail "identity without the CPU"
grep -q '^faasm [0-9.]* llvm 19' identity || fail "identity: $(cat identity)"
rm -f out/*

# ---- What is refused
printf '\0asm\2\0\0\0' >version.wasm
refused version 'malformed: .*offset 0x[0-9a-f]+: .+' version.wasm
: >empty.wasm
refused empty 'malformed: .*offset 0x[0-9a-f]+: .+' empty.wasm
head -c 40 good.wasm >cut.wasm
refused cut 'malformed: .*offset 0x[0-9a-f]+: .+' cut.wasm
cat >invalid.wat <<'WAT'
(module (func $f (result i32) (i64.const 1)))
WAT
wat2wasm --no-check invalid.wat -o invalid.wasm
refused invalid 'invalid: .*offset 0x[0-9a-f]+: type mismatch.*' invalid.wasm
cat >memory64.wat <<'WAT'
(module (memory i64 1))
WAT
wat2wasm --enable-memory64 memory64.wat -o memory64.wasm
refused memory64 'unsupported: .*memory64.*' memory64.wasm
# A hostile name does not reach the terminal as it is.
cat >name.wat <<'WAT'
(module (func $f (export "a\n\1b[2J") (result i32) (i64.const 1)))
WAT
wat2wasm --no-check name.wat -o name.wasm
refused name 'invalid: [^[:cntrl:]]+' name.wasm

# ---- What fails otherwise
expect "no such file" 2 '^faasm-codegen: not_found: ' "$codegen" missing.wasm out/x.so
expect "no such folder" 2 '^faasm-codegen: not_found: ' "$codegen" good.wasm none/x.so
expect usage 2 'input and an output' "$codegen" good.wasm
expect "too many" 2 'too many arguments' "$codegen" good.wasm out/x.so y
expect "bad level" 2 'is not a number' "$codegen" -O9 good.wasm out/x.so
expect "bad CPU" 2 "unknown CPU 'pentium'" "$codegen" --cpu pentium good.wasm out/x.so
expect "bad passes" 2 'passes: ' "$codegen" --passes nonsense good.wasm out/x.so
expect "no linker" 2 'cannot be run|linker' "$codegen" --linker /nonexistent good.wasm out/x.so
expect "bad linker" 2 'linker failed' "$codegen" --linker /bin/false good.wasm out/x.so
expect_nothing_stored failures

# ---- Parts: the same object however many are compiled at a time; functions, globals and tables across them
# A CPU without instructions for rounding: nothing of the C library is needed all the same.
cat >rounding.wat <<'WAT'
(module
  (func (export "f32") (param f32) (result f32)
    (f32.nearest (f32.trunc (f32.floor (f32.ceil (local.get 0))))))
  (func (export "f64") (param f64) (result f64)
    (f64.nearest (f64.trunc (f64.floor (f64.ceil (local.get 0))))))
  (func (export "lanes") (param v128) (result v128)
    (f32x4.nearest (f64x2.trunc (f32x4.floor (f64x2.ceil (local.get 0)))))))
WAT
wat2wasm rounding.wat -o rounding.wasm
for level in 0 2 3; do
    "$codegen" --cpu x86-64 --opt-level $level rounding.wasm rounding.so || fail "rounding at level $level"
    [ -z "$(nm -D --undefined-only rounding.so)" ] || fail "rounding at level $level needs the C library"
done

cat >parts.wat <<'WAT'
(module (memory (export "memory") 1) (global $g (mut i32) (i32.const 5)) (table 2 funcref) (elem (i32.const 0) $last $first)
    (func $first (export "first") (param i32) (result i32) (i32.add (call $middle (local.get 0)) (global.get $g)))
    (func $middle (param i32) (result i32) (global.set $g (i32.mul (local.get 0) (i32.const 3)))
        (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0)))
    (func $last (param i32) (result i32) (i32.store (i32.const 0) (local.get 0)) (i32.sub (local.get 0) (i32.const 1))))
WAT
wat2wasm --debug-names parts.wat -o parts.wasm
for jobs in 1 2 3; do
    "$codegen" --parts 3 --jobs $jobs parts.wasm parts$jobs.so || fail "three parts, $jobs at a time"
    cmp parts1.so parts$jobs.so || fail "parts: $jobs at a time give another object"
done
for name in first middle last; do
    nm parts1.so | grep -q " t $name\$" || fail "parts: no local symbol $name"
done
[ "$(nm -D --defined-only parts1.so | awk '{ print $3 }')" = faasm_module ] || fail "parts: exported symbols"
expect "a part that is refused" 1 'invalid: ' "$codegen" --parts 3 --jobs 2 invalid.wasm out/x.so
expect "parts and a bad linker" 2 'linker failed' "$codegen" --parts 3 --jobs 3 --linker /bin/false parts.wasm out/x.so
expect_nothing_stored parts

# ---- Limits: a module that takes long, and one whose object is large
{
    echo '(module (memory 1)'
    for ((i = 0; i < 3000; i++)); do
        echo "(func (param i32) (result i32) (local i32) (loop (local.set 1 (i32.add (i32.mul" \
            "(local.get 1) (i32.const $i)) (i32.load offset=$i (local.get 0)))) (i32.store8" \
            "(local.get 0) (local.get 1)) (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0)" \
            "(i32.const 1))) (i32.const 5000)))) (local.get 1))"
    done
    echo ')'
} >long.wat
wat2wasm long.wat -o long.wasm
expect "CPU limit" 2 'too_large: .*CPU time' "$codegen" --cpu-seconds 1 long.wasm out/x.so
expect_nothing_stored "CPU limit"
{
    printf '(module (memory 100) (data (i32.const 0) "'
    head -c 3000000 /dev/zero | tr '\0' x
    echo '"))'
} >large.wat
wat2wasm large.wat -o large.wasm
expect "output limit" 2 'too_large: .*output|io: ' "$codegen" --output-mb 1 large.wasm out/x.so
expect_nothing_stored "output limit"

[ "$failures" -eq 0 ] || exit 1
echo "all passed"
