#!/bin/bash
# Programs of Debian, unmodified (examples/ports): SQLite on a file, Lua with its library, zlib as a side module. What is
# fetched and built is kept in the build folder. Skipped where the sources cannot be had.
. "${FAASM_SOURCE_DIR:?}/tests/e2e/lib.sh"
need clang-19 dpkg-source make tclsh gzip
ports=$FAASM_BUILD_DIR/ports
recipes=$FAASM_SOURCE_DIR/examples/ports
guests=$FAASM_SOURCE_DIR/tests/guests/ports
export FAASM=$faasm FAASM_CACHE=$FAASM_BUILD_DIR/ports/cache
cd "$folder" || exit 1

for package in zlib lua5.4 sqlite3; do
    "$recipes/fetch.sh" "$package" "$ports/src/$package" 2>err || { echo "skipped: $(tail -n 1 err)"; exit 77; }
done
build() { # build RECIPE PROGRAM: unless it is newer than what it is built with
    local made=$ports/$2
    [ "$made" -nt "$faasm" ] && [ "$made" -nt "$FAASM_BUILD_DIR/share/faasm/lib/libfaasm.a" ] &&
        [ "$made" -nt "$recipes/$1.sh" ] && return
    "$recipes/$1.sh" "$ports" >out 2>&1 || { echo "FAILED: $1.sh: $(tail -n 5 out)"; exit 1; }
    touch "$made"
}

# ---- zlib -----------------------------------------------------------------------------------------
build zlib minigzip.wasm
{ # 24 MB, of which some can be compressed and some cannot
    seq 1 2500000
    head -c 2000000 /dev/urandom
    head -c 4000000 /dev/zero
} >large
minigzip() { # minigzip VARIANT [ARGUMENT...]
    "$faasm" run --with "$ports/libz.so" --dir "$folder::/" "$ports/minigzip$1.wasm" "${@:2}"
}
gzip -6 <large >host.gz
for variant in "" _needed _dlopen; do
    minigzip "$variant" <large >"ours$variant.gz" || fail "minigzip$variant"
    gzip -dc "ours$variant.gz" | cmp - large || fail "gzip does not read what minigzip$variant wrote"
    minigzip "$variant" -d <host.gz | cmp - large || fail "minigzip$variant does not read what gzip wrote"
    checks=$((checks + 2))
done
assert_eq "a side module makes the same" "$(cksum <ours.gz)" "$(cksum <ours_dlopen.gz)"
cp large file && minigzip _dlopen -9 /file && minigzip _dlopen -d /file.gz
cmp file large || fail "files by name"
head -c 100000 host.gz >cut.gz
assert_fails "a cut file" "failed gzclose" minigzip _dlopen -d /cut.gz
output=$("$faasm" run "$ports/minigzip_dlopen.wasm" -d </dev/null 2>&1) && fail "without the module: it ran"
assert_match "without the module" "^libz.so: no such module" "$output"
assert_fails "needed and missing" "needs libz.so|libz.so" "$faasm" run "$ports/minigzip_needed.wasm"

# ---- Lua --------------------------------------------------------------------------------------------
build lua5.4 lua.wasm
lua() { "$faasm" run --dir scripts::/ --env LUA_TEST=given "$ports/lua.wasm" "$@"; }
mkdir scripts && cp "$guests/standard.lua" scripts
output=$(lua standard.lua 2>&1)
assert_eq "Lua: status" 7 $?
assert_eq "Lua's library" "57 checks, 0 failures" "$output"
assert_eq "Lua leaves nothing" standard.lua "$(ls scripts)"
assert_eq "Lua, a script from standard input" "3 x" "$(echo 'print(1 + 2, arg[1])' | lua - x | tr '\t' ' ')"
assert_eq "Lua, an error: status" 1 "$(lua -e 'error("wrong")' 2>err; echo $?)"
assert_match "Lua, an error" "wrong.*traceback" "$(tr '\n' ' ' <err)"

# ---- SQLite -----------------------------------------------------------------------------------------
build sqlite3 sqlite3.wasm
mkdir databases
sqlite() { "$faasm" run --dir databases::/ "$ports/sqlite3.wasm" "$@"; }
assert_eq "SQLite" "20000|889320|name 9999
place 0|952|43.54
place 1|952|43.49
place 2|952|43.45
QUERY PLAN
\`--SEARCH visits USING INDEX by_place (place=?)
0
20000
0
10000
ok
2|000000|2023-11-14
name 88|1
name 178|2" "$(sqlite /my.db <"$guests/database.sql" 2>err)"
assert_match "SQLite's constraints" "UNIQUE constraint failed.*NOT NULL constraint failed" "$(tr '\n' ' ' <err)"
assert_eq "SQLite, opened again" "10000" "$(sqlite /my.db 'select count(*) from people')"
assert_eq "SQLite, write-ahead log" "wal 3 0|0|0" "$(sqlite /my.db "pragma journal_mode = wal; create table later(x);
    insert into later values (1), (2), (3); select count(*) from later; pragma wal_checkpoint(truncate)" | tr '\n' ' ' | sed 's/ $//')"
# Two at a time: locks of records keep them apart.
adder() {
    { echo ".timeout 60000"; for _ in {1..40}; do echo "insert into later values ($1);"; done; } | sqlite /my.db
}
adder 10 & one=$!
adder 20 & two=$!
wait $one || fail "SQLite, the first of two"
wait $two || fail "SQLite, the second of two"
assert_eq "SQLite, both are there" "83|1206|ok" "$(sqlite /my.db 'select count(*), sum(x) from later; pragma integrity_check' | paste -sd'|')"
# A transaction that was cut off: its journal is found and rolled back.
sqlite /my.db 'pragma journal_mode = delete' >/dev/null
mkfifo statements
"$faasm" run --dir databases::/ "$ports/sqlite3.wasm" /my.db <statements >/dev/null &
cut=$!
exec 7>statements
echo "begin; pragma cache_size = 5; update people set name = 'gone';" >&7
for _ in $(seq 300); do [ -s databases/my.db-journal ] && break; sleep 0.1; done
[ -s databases/my.db-journal ] || fail "SQLite made no journal"
kill -9 $cut
wait $cut 2>/dev/null
exec 7>&-
assert_eq "SQLite, after a crash" "0|ok" "$(sqlite /my.db "select count(*) from people where name = 'gone'; pragma integrity_check" | paste -sd'|')"
finish
