#!/usr/bin/env bash
# zlib.sh FOLDER: zlib of Debian, unmodified, linked with its example into FOLDER/minigzip.wasm.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
out=$(realpath -m "$1")
faasm=${FAASM:-faasm}
source=$out/src/zlib
mkdir -p "$out/src"
"$here/fetch.sh" zlib "$source"
cd "$source"
"$faasm" cc -O2 -w -DHAVE_UNISTD_H -I. ./*.c test/minigzip.c -o "$out/minigzip.wasm"
