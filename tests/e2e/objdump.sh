#!/bin/bash
# `faasm objdump` and `faasm codegen`: what they show of a module.
. "${FAASM_SOURCE_DIR:?}/tests/e2e/lib.sh"
need wat2wasm jq
cd "$folder" || exit 1

cat >module.wat <<'WAT'
(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func (param i64)))
    (import "env" "no \"such\" function" (func (param f64) (result i32)))
    (memory (export "memory") 2 7)
    (table (export "table") 3 funcref)
    (global (export "counter") (mut i64) (i64.const 1))
    (func (export "both") (param i32 f32) (result i64 v128) (i64.const 1) (v128.const i64x2 1 2))
    (data (i32.const 0) "text"))
WAT
wat2wasm module.wat -o module.wasm || exit 1
query() { # query NAME WANTED FILTER
    assert_eq "$1" "$2" "$("$faasm" objdump --json module.wasm | jq -r "$3" 2>&1)"
}
query imports 'proc_exit=yes fd_close=no: it has another type no "such" function=no' \
    '[.imports[] | .name + "=" + .provided_by_host] | join(" ")'
query "type of an import" "function (f64) -> (i32)" '.imports[2].type'
query exports "memory 2 to 7 pages;table of funcref 3;mutable global i64;function (i32, f32) -> (i64, v128)" \
    '[.exports[].type] | join(";")'
query memories 'memory 2 to 7 pages' '.memories[].type'
query tables 'table of funcref 3' '.tables[].type'
query features simd '.features[].name'
# Offsets are of contents: the data section's ends with its text.
query sections "type import function table memory global export code data" '[.sections[].section] | join(" ")'
read -r offset size <<<"$("$faasm" objdump --json module.wasm | jq -r '.sections[-1] | "\(.offset) \(.size)"')"
assert_eq "the last section ends the file" "$(stat -c %s module.wasm)" "$((offset + size))"
assert_eq "its contents" text "$(tail -c +"$((offset + size - 3))" module.wasm)"
assert_match "as text" 'proc_exit  function \(i32\) -> \(\)  provided by the host:  yes' "$("$faasm" objdump module.wasm)"

cat >tags.wat <<'WAT'
(module (import "env" "t" (tag (param i32 i64))) (tag (export "u") (param f32)))
WAT
wat2wasm --enable-exceptions tags.wat -o tags.wasm || exit 1
assert_eq tags "tag (i32, i64);tag (f32)" \
    "$("$faasm" objdump --json tags.wasm | jq -r '[.imports[0].type, .exports[0].type] | join(";")')"

head -c 60 module.wasm >cut.wasm
assert_fails "a module that is cut off" 'faasm objdump: cut.wasm: offset 0x' "$faasm" objdump cut.wasm
assert_fails "no such file" 'nowhere.wasm' "$faasm" objdump nowhere.wasm

# ---- What it is compiled to
"$faasm" codegen --emit=asm module.wasm || fail "assembly"
assert_match assembly 'f3:' "$(cat module.s)"
"$faasm" codegen --emit=ir -o out.ll module.wasm || fail "IR"
assert_match "IR" 'define internal .* @f3' "$(cat out.ll)"
"$faasm" codegen module.wasm || fail "object"
assert_eq object $'\x7fELF' "$(head -c 4 module.so)"
assert_fails "codegen of a module that is cut off" 'offset 0x' "$faasm" codegen cut.wasm
status=0
"$faasm" codegen --emit=nonsense module.wasm 2>/dev/null || status=$?
assert_eq "an unknown kind: status" 2 $status
finish
