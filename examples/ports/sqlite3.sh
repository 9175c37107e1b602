#!/usr/bin/env bash
# sqlite3.sh FOLDER [native]: SQLite of Debian, unmodified: FOLDER/sqlite3.wasm (the shell) and FOLDER/speedtest1.wasm, and
# for comparison, if asked for, FOLDER/speedtest1, the same built natively. Needs make and tclsh, for SQLite's own
# amalgamation.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
out=$(realpath -m "$1")
native=${2:-}
faasm=${FAASM:-faasm}
source=$out/src/sqlite3
mkdir -p "$out/src/sqlite3-build"
"$here/fetch.sh" sqlite3 "$source"
cd "$out/src/sqlite3-build"
if [ ! -e shell.c ]; then
  "$source/configure" --disable-tcl --disable-readline >configure.log 2>&1
  make sqlite3.c shell.c >make.log 2>&1
fi
options=(-O2 -w -I. -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION)
"$faasm" cc "${options[@]}" -c sqlite3.c -o sqlite3.o
"$faasm" cc "${options[@]}" -DSQLITE_OMIT_POPEN -DSQLITE_NOHAVE_SYSTEM sqlite3.o shell.c -o "$out/sqlite3.wasm"
"$faasm" cc "${options[@]}" sqlite3.o "$source/test/speedtest1.c" -o "$out/speedtest1.wasm"
if [ "$native" = native ]; then
  clang-19 "${options[@]}" sqlite3.c "$source/test/speedtest1.c" -lm -o "$out/speedtest1"
fi
