#!/bin/bash
# Files of users in Redis: hosts that share nothing else see the same ones, whatever dies meanwhile.
. "${FAASM_SOURCE_DIR:?}/tests/e2e/lib.sh"
need jq curl redis-server redis-cli
redis=
trap 'kill -9 $redis $(jobs -p) 2>/dev/null; rm -rf "$folder"' EXIT

# The guest of files.sh.
sed -n "/^guest fs <<'C'\$/,/^C\$/p" "$FAASM_SOURCE_DIR/tests/e2e/files.sh" | sed '1d;$d' | guest fs

guest map <<'C'
#include <errno.h>
#include <faasm.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) { // publishes by fsync, then by msync, and tells when: input is "PATH"
    char path[256] = {0}, text[64];
    read_call_input(path, sizeof path - 1);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, "by fsync", 8) != 8 || fsync(fd) != 0) return errno;
    char *map = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) return errno;
    memcpy(map, "by msync", 8);
    if (msync(map, 8, MS_SYNC) != 0) return errno;
    int other = open(path, O_RDONLY);
    int length = sprintf(text, "%.*s", (int)read(other, text + 32, 8), text + 32);
    write_call_output(text, length);
    return 0;
}
C

on() { # on HOST NAME WANTED LINE...: invokes with the lines there and compares what comes back
    local server=$1 name=$2 wanted=$3
    shift 3
    assert_eq "$name" "$wanted" "$(printf '%s\n' "$@" | "$faasm" invoke --server "$server" ada/fs --input - 2>&1)"
}

start_redis() { # start_redis [ARGUMENT...]
    redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$folder" --save "" --appendonly yes \
        --appendfsync always --requirepass secret "$@" >/dev/null 2>&1 &
    redis=$!
    for _ in $(seq 100); do
        ask ping >/dev/null 2>&1 && break
        sleep 0.1
    done
}
ask() { redis-cli --no-auth-warning -a secret -p "$redis_port" -n 3 "$@"; }

redis_port=$((20000 + RANDOM % 10000))
start_redis
url=redis://:secret@127.0.0.1:$redis_port/3

# ---- Settings -----------------------------------------------------------------------------------
assert_fails "both" "files_url and files_folder" "$faasm" serve --port 0 --folder "$folder/none" --files-url "$url" --files-folder "$folder/f"
assert_fails "no URL" "files_url" "$faasm" serve --port 0 --folder "$folder/none" --files-url http://here
store_of() { curl -s "$1/v1/status" | jq -r .files; }
serve local --state-url "$url" --files-folder "$folder/f"
assert_eq "a folder beside state in Redis" folder "$(store_of "$served_url")"
kill "$served"; wait "$served" || fail "it ended with $?"

start_server --files-url "$url" --files-mb 14
first=$FAASM_SERVER
first_process=$server
serve second --state-url "$url" --files-mb 14
second=$served_url
second_process=$served
assert_eq "the files' own URL" redis "$(store_of "$first")"
assert_eq "that of state" redis "$(store_of "$second")"
assert_eq "doctor" "Redis, of FAASM_FILES_URL" \
    "$(FAASM_FILES_URL=$url "$faasm" doctor --json | jq -r '.checks[] | select(.name == "files").fact')"
for server_url in "$first" "$second"; do
    for name in fs map; do
        "$faasm" upload --server "$server_url" ada/$name "$folder/$name.wasm" >/dev/null || fail "upload"
    done
done

# ---- The store ----------------------------------------------------------------------------------
printf 'of the store' >"$folder/in"
"$faasm" file put ada/data/a.txt "$folder/in" || fail "put"
printf 'b' | "$faasm" file put ada/b.txt || fail "put of standard input"
assert_eq "get" "of the store" "$("$faasm" file get ada/data/a.txt -)"
assert_eq "get from the other host" "of the store" "$("$faasm" file get --server "$second" ada/data/a.txt -)"
assert_eq "ls" "b.txt data/a.txt" "$("$faasm" file ls --server "$second" ada --json | jq -r '[.[].path] | join(" ")')"
assert_fails "a folder in the way" "is a file" "$faasm" file put --server "$second" ada/b.txt/below "$folder/in"
assert_fails "a file in the way" "is a folder" "$faasm" file put ada/data "$folder/in"
http 206 GET /v1/files/ada/data/a.txt -H 'Range: bytes=3-5'
assert_eq "a range" "the" "$body"
http 416 GET /v1/files/ada/data/a.txt -H 'Range: bytes=12-'
http 404 GET /v1/files/ada/nothing
assert_eq "HEAD" 12 "$(curl -sI "$FAASM_SERVER/v1/files/ada/data/a.txt" | tr -d '\r' | sed -n 's/^Content-Length: //ip')"

# ---- Global read, local write -------------------------------------------------------------------
on "$first" "read" $'of the store\n12\nb.txt,data' "read /data/a.txt" "size /data/a.txt" "list /"
on "$second" "read on the other host" $'of the store\na.txt' "read /data/a.txt" "list data"
on "$first" "write" $'ok\nlocal\nok\nOF the store' "write /new.txt local" "read new.txt" "overwrite data/a.txt OF" "read data/a.txt"
on "$second" "writes stay local" $'No such file or directory\nof the store' "read /new.txt" "read data/a.txt"
assert_eq "nothing goes back" "of the store" "$("$faasm" file get ada/data/a.txt -)"
printf 'newer' | "$faasm" file put ada/b.txt
on "$second" "a change of the store shows" newer "read b.txt"
"$faasm" file rm --server "$second" ada/b.txt
on "$first" "a removal, too" "No such file or directory" "read b.txt"

# ---- By range -----------------------------------------------------------------------------------
head -c 6000000 /dev/urandom >"$folder/large"
"$faasm" file put ada/large "$folder/large"
wanted=$(od -An -tu1 -j 5000000 -N 1 "$folder/large" | tr -d ' ')
on "$second" "a byte of a large file" $'6000000\n'"$wanted" "size large" "byte large 5000000"
here=$(stat -c '%b' "$folder/second/files/ada/large")
[ $((here * 512)) -lt 3000000 ] || fail "a byte of a large file brought all of it: $here blocks"
assert_eq "all of it" "" "$("$faasm" file get --server "$second" ada/large - | cmp - "$folder/large" 2>&1)"
assert_eq "a range over pieces" "$(head -c 4000000 "$folder/large" | tail -c 3000000 | cksum)" \
    "$(curl -s -r 1000000-3999999 "$second/v1/files/ada/large" | cksum)"
large_pieces() { ask keys 'faasm:fp:*:[1-9]' | grep -c faasm; } # but the first
assert_eq "in pieces" 5 "$(large_pieces)"
"$faasm" file put --server "$second" ada/same "$folder/large"
assert_eq "the same contents once" 5 "$(large_pieces)"
assert_fails "the limit of all hosts" "may have" "$faasm" file put --server "$second" ada/more "$folder/large"
"$faasm" file rm ada/same
"$faasm" file rm ada/large
assert_eq "what a host has begun to read stays for it" 5 "$(large_pieces)"
on "$second" "removed" "No such file or directory" "read large"
assert_eq "contents go with their names" 0 "$(large_pieces)"

# ---- Shared files -------------------------------------------------------------------------------
on "$first" "a shared file" $'ok\nhello' "write faasm://note hello" "read faasm://note"
on "$second" "is seen on the other host" $'hello\nhello' "read faasm://note" "read /note"
on "$second" "appended to there" $'ok\nhello, you' "append faasm://note , you" "read faasm://note"
on "$first" "read here" "hello, you" "read faasm://note"
on "$second" "renamed" $'ok\nok\nhello, you' "mkdir faasm://dir" "rename faasm://note faasm://renamed" "read faasm://renamed"
on "$first" "renamed here" $'hello, you\nNo such file or directory' "read faasm://renamed" "read faasm://note"
on "$first" "removed" $'ok' "unlink faasm://renamed"
on "$second" "removed there" "No such file or directory" "read faasm://renamed"
assert_eq "fsync and msync publish" "by msync" "$("$faasm" invoke --server "$first" ada/map --data faasm://mapped)"
on "$second" "what msync published" "by msync" "read faasm://mapped"
assert_match "the limit reaches the guest" '^[0-9]+ Quota exceeded$' \
    "$(printf 'fill faasm://much 15000\n' | "$faasm" invoke --server "$second" ada/fs --input -)"

# ---- Many hosts at once -------------------------------------------------------------------------
for host in "$first" "$second"; do
    (for n in $(seq 15); do "$faasm" file put --server "$host" "ada/all/${host##*:}-$n" "$folder/in"; done) &
    putters+=($!)
done
wait "${putters[@]}" || fail "puts at the same time"
assert_eq "no change is lost" 30 "$("$faasm" file ls ada/all --json | jq length)"

# ---- kill -9 while publishing, over and over ----------------------------------------------------
head -c 3000000 /dev/zero | tr '\0' a >"$folder/a"
head -c 3000000 /dev/zero | tr '\0' b >"$folder/b"
"$faasm" file put ada/victim "$folder/a"
guest_writes() { "$faasm" invoke --server "$second" ada/fs --data "fill faasm://guest $1" >/dev/null; }
guest_writes 1000
for round in 1 2 3 4; do
    (while "$faasm" file put --server "$second" ada/victim "$folder/b" && "$faasm" file put --server "$second" ada/victim "$folder/a"; do :; done) >/dev/null 2>&1 &
    putting=$!
    (while guest_writes 2000 && guest_writes 1000; do :; done) >/dev/null 2>&1 &
    writing=$!
    sleep "0.$((round * 7 % 10))$round"
    kill -9 "$second_process"
    wait "$second_process" 2>/dev/null
    wait $putting $writing
    assert_match "round $round: what a guest published" '^(1024000|2048000)$' "$("$faasm" file get ada/guest - | wc -c)"
    "$faasm" file get ada/victim "$folder/now" || fail "get after kill -9"
    cmp -s "$folder/now" "$folder/a" || cmp -s "$folder/now" "$folder/b" || fail "round $round: neither the old nor the new"
    serve second --state-url "$url" --files-mb 14
    second=$served_url
    second_process=$served
done
lasting='local n = 0 for _, k in ipairs(redis.call("KEYS", "faasm:f[cp]:*")) do if redis.call("PTTL", k) < 0 then n = n + 1 end end return n'
named='local n = 0 for _, k in ipairs(redis.call("KEYS", "faasm:fc:*")) do if redis.call("HEXISTS", k, "u") == 1 then n = n + 1 + math.ceil(redis.call("HGET", k, "b") / 1048576) end end return n'
assert_eq "what has no name expires" "$(ask eval "$named" 0)" "$(ask eval "$lasting" 0)"

# ---- Redis goes and comes back ------------------------------------------------------------------
kill -9 "$redis"
wait "$redis" 2>/dev/null
(sleep 1; start_redis; echo "$redis" >"$folder/redis.pid"; wait) &
"$faasm" file put ada/waited "$folder/in" || fail "a put while Redis was away"
for _ in $(seq 50); do [ -s "$folder/redis.pid" ] && break; sleep 0.1; done
redis=$(cat "$folder/redis.pid")
assert_eq "put while it was away" "of the store" "$("$faasm" file get --server "$second" ada/waited -)"
assert_match "kept" '^(1024000|2048000)$' "$("$faasm" file get ada/guest - | wc -c)"

# One that stays away: what is here is read, the rest says so in time.
serve third --files-url "$url" --state-wait-ms 300
third=$served_url
third_process=$served
FAASM_SERVER=$third
"$faasm" upload ada/fs "$folder/fs.wasm" >/dev/null || fail "upload"
on "$third" "read before" "of the store" "read waited"
kill -9 "$redis"
while kill -0 "$redis" 2>/dev/null; do sleep 0.05; done
on "$third" "while it is away" $'of the store\nI/O error\nok\nI/O error' \
    "read waited" "write faasm://waited x" "write local x" "read victim"
on "$third" "what is removed then stays so" $'ok\nNo such file or directory' "unlink waited" "read waited"
http 503 GET /v1/files/ada/waited
http 503 PUT /v1/files/ada/waited --data x
http 503 GET /v1/files/ada
http 503 DELETE /v1/files/ada/waited
start_redis
on "$third" "when it is back" $'ok\nx\nNo such file or directory' "write faasm://waited x" "read faasm://waited" "read waited"

# A silent one holds up those that need it, and nobody else: more calls wait than there are threads.
"$faasm" upload --server "$second" bob/fs "$folder/fs.wasm" >/dev/null || fail "upload"
"$faasm" invoke --server "$second" bob/fs --data "" || fail "a call of bob"
kill -STOP "$redis"
waiters=()
for n in $(seq 6); do
    "$faasm" invoke --server "$second" ada/fs --data "write faasm://silent$n x" >"$folder/silent$n" 2>&1 &
    waiters+=($!)
done
for n in $(seq 5); do "$faasm" invoke --server "$second" bob/fs --data "" || fail "a call of bob"; done
kill -0 "${waiters[5]}" 2>/dev/null || fail "it did not wait"
kill -CONT "$redis"
wait "${waiters[@]}" || fail "a call of ada"
assert_eq "those that waited" "ok ok ok ok ok ok" "$(cat "$folder"/silent* | paste -sd ' ')"

# A full one refuses what adds to it, and what it has is read and can be removed.
ask config set maxmemory 1mb >/dev/null
http 503 PUT /v1/files/ada/refused --data-binary "@$folder/b"
assert_match "it says why" "OOM" "$(jq -r .error.message <<<"$body")"
assert_eq "get" x "$("$faasm" file get ada/waited -)"
"$faasm" file rm ada/waited || fail "a removal where memory is full"
ask config set maxmemory 0 >/dev/null
http 201 PUT /v1/files/ada/refused --data-binary "@$folder/b"

# ---- The end ------------------------------------------------------------------------------------
for process in "$third_process" "$second_process"; do
    kill "$process"
    wait "$process" || fail "a server ended with $?"
done
server=$first_process
stop_server
finish
