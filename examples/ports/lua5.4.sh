#!/usr/bin/env bash
# lua5.4.sh FOLDER: Lua of Debian, unmodified: FOLDER/lua.wasm. Its errors are longjmp, which faasm cc makes exceptions.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
out=$(realpath -m "$1")
faasm=${FAASM:-faasm}
source=$out/src/lua5.4
mkdir -p "$out/src/lua5.4-build"
"$here/fetch.sh" lua5.4 "$source"
cd "$out/src/lua5.4-build"
# What Debian's rules generate: where modules of this architecture are.
echo '#define DEB_HOST_MULTIARCH "wasm32-wasi"' >lua5.4-deb-multiarch.h
sources=()
for file in "$source"/src/*.c; do
  [ "$(basename "$file")" = luac.c ] || sources+=("$file")
done
"$faasm" cc -O2 -w -I. -DLUA_COMPAT_5_3 "${sources[@]}" -lm -o "$out/lua.wasm"
