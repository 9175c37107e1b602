#!/bin/bash
# State from outside: the routes and `faasm state`; the same over Redis, which two servers share and which
# is killed meanwhile; a server that is killed while its call holds a lock.
. "$FAASM_SOURCE_DIR/tests/e2e/lib.sh"
need jq curl redis-server redis-cli

"$faasm" cc -O2 -o "$folder/state.wasm" "$FAASM_SOURCE_DIR/tests/guests/state.c" || exit 1
redis=
trap 'kill -9 $redis $(jobs -p) 2>/dev/null; rm -rf "$folder"' EXIT # one Redis is started by a shell of its own

call() { # call USER WORDS...
    local user=$1
    shift
    printf '%s' "$*" >"$folder/input.$BASHPID"
    "$faasm" invoke "$user/state" --input "$folder/input.$BASHPID"
}

upload() {
    "$faasm" upload ada/state "$folder/state.wasm" >/dev/null || fail "upload"
}

value() { # value PATH [CURL ARGUMENT...]
    local path=$1
    shift
    curl -s --path-as-is "$@" "$FAASM_SERVER$path"
}

etag() { sed -n 's/^ETag: //Ip' <<<"$headers"; }

check_routes() {
    http 404 GET /v1/state/ada/key
    http 204 PUT /v1/state/ada/key --data-binary "0123456789"
    http 200 GET /v1/state/ada/key
    assert_eq "value" 0123456789 "$(value /v1/state/ada/key)"
    http 206 GET /v1/state/ada/key -H 'Range: bytes=2-4'
    assert_eq "range" 234 "$(value /v1/state/ada/key -H 'Range: bytes=2-4')"
    assert_match "range" 'bytes 2-4/10' "$headers"
    assert_eq "last bytes" 89 "$(value /v1/state/ada/key -H 'Range: bytes=-2')"
    http 416 GET /v1/state/ada/key -H 'Range: bytes=10-'
    local old
    old=$(etag)
    http 200 GET /v1/state/ada/key
    old=$(etag)
    http 204 PUT /v1/state/ada/key -H "If-Match: $old" --data-binary "new"
    http 412 PUT /v1/state/ada/key -H "If-Match: $old" --data-binary "newer"
    http 412 DELETE /v1/state/ada/key -H "If-Match: $old"
    http 412 GET /v1/state/ada/key -H "If-Match: $old"
    http 412 PUT /v1/state/ada/none -H "If-Match: *" --data-binary "x"
    http 412 PUT /v1/state/ada/key -H "If-Match: nonsense" --data-binary "x"
    assert_eq "after conflicts" new "$(value /v1/state/ada/key)"
    http 404 GET /v1/state/bob/key
    # Any bytes, as far as 512.
    http 204 PUT '/v1/state/ada/%00%ff%2F%25/x' --data-binary "odd"
    assert_eq "odd key" odd "$(value '/v1/state/ada/%00%ff%2F%25/x')"
    local long
    long=$(printf 'k%.0s' $(seq 512))
    http 204 PUT "/v1/state/ada/$long" --data-binary "long"
    http 400 PUT "/v1/state/ada/${long}k" --data-binary "x"
    http 400 GET "/v1/state/ada/%zz"
    http 204 PUT /v1/state/ada/empty --data-binary ""
    http 200 GET /v1/state/ada/empty
    # Listing, in pages.
    for i in 1 2 3 4 5; do
        http 204 PUT "/v1/state/ada/page/$i" --data-binary "$i"
    done
    assert_eq "prefix" "page/1 page/2 page/3 page/4 page/5" \
        "$(value '/v1/state/ada?prefix=page/' | jq -r '[.values[].key] | join(" ")')"
    assert_eq "page" "page/3 page/4 true" \
        "$(value '/v1/state/ada?prefix=page/&limit=2&after=page/2' | jq -r '([.values[].key] | join(" ")) + " " + (.more | tostring)')"
    assert_eq "path" odd "$(value "$(value '/v1/state/ada' | jq -r '.values[] | select(.bytes == 3 and (.path | test("%00"))) | .path')")"
    http 405 POST /v1/state/ada/key
    # A guest sees what was put, though it had another value before.
    assert_eq "guest" new "$(call ada get key)"
    http 204 PUT /v1/state/ada/key --data-binary "changed"
    assert_eq "guest" changed "$(call ada get key)"
    call ada set key "from a guest" && call ada push key || fail "guest"
    assert_eq "from a guest" "from" "$(value /v1/state/ada/key)"
    http 204 DELETE /v1/state/ada/key
    http 404 DELETE /v1/state/ada/key
    assert_eq "removed" "" "$(call ada get key)"
    # The command.
    head -c 300000 /dev/urandom >"$folder/random"
    "$faasm" state set ada/file "$folder/random" && "$faasm" state get ada/file "$folder/back" &&
        cmp "$folder/random" "$folder/back" || fail "state set and get"
    assert_match "state ls" "300000  file" "$("$faasm" state ls ada/fi)"
    "$faasm" state rm ada/file || fail "state rm"
    assert_fails "state get" "not found" "$faasm" state get ada/file
    assert_fails "state get" "not USER/KEY" "$faasm" state get ada
}

# On the embedded store.
start_server
upload
check_routes
stop_server

# On Redis.
start_redis() {
    redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$folder" --save "" --appendonly yes \
        --appendfsync always >/dev/null 2>&1 &
    redis=$!
    for _ in $(seq 100); do
        redis-cli -p "$redis_port" ping >/dev/null 2>&1 && break
        sleep 0.1
    done
}
redis_port=$((20000 + RANDOM % 10000))
start_redis
export FAASM_STATE_URL=redis://127.0.0.1:$redis_port
rm -rf "$folder/data"
start_server --state-lease-ms 1000 --state-mb 1 --state-keys 100
upload
check_routes
head -c 2000000 /dev/zero >"$folder/large"
http 413 PUT /v1/state/ada/large --data-binary "@$folder/large"
first_process=$server

# A second server sees what the first one pushes, and its locks.
serve second --state-lease-ms 1000
second=$served
second_url=$served_url
FAASM_SERVER=$second_url upload
call ada set shared one && call ada push shared || fail "set"
assert_eq "on the other host" one "$(FAASM_SERVER=$second_url call ada get shared)"
call ada set shared two && call ada push shared || fail "set"
assert_eq "not before a pull" one "$(FAASM_SERVER=$second_url call ada get shared)"
FAASM_SERVER=$second_url call ada pull shared || fail "pull"
assert_eq "after a pull" two "$(FAASM_SERVER=$second_url call ada get shared)"

# Redis goes and comes back: the call waits for it.
kill -9 "$redis"
wait "$redis" 2>/dev/null
(sleep 1; start_redis; echo "$redis" >"$folder/redis.pid"; wait) &
call ada append list waited || fail "append while Redis was away"
for _ in $(seq 50); do [ -s "$folder/redis.pid" ] && break; sleep 0.1; done
redis=$(cat "$folder/redis.pid")
assert_eq "kept" two "$(FAASM_SERVER=$second_url call ada get shared)"

# The host whose call holds a lock is killed: another one gets the lock when the lease has expired.
call ada hold held flag >/dev/null 2>&1 &
holder=$!
for _ in $(seq 100); do
    [ "$(redis-cli -p "$redis_port" exists faasm:sq:ada:held)" != 1 ] || break
    sleep 0.05
done
kill -9 "$first_process"
wait "$first_process" "$holder" 2>/dev/null
server=
FAASM_SERVER=$second_url call ada lock-push held mine || fail "the lock of a dead host"
assert_eq "under the lock" mine "$(FAASM_SERVER=$second_url value /v1/state/ada/held)"
kill -TERM "$second"
wait "$second" || fail "the second server ended with $?"

finish
