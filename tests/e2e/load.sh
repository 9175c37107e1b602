#!/bin/bash
# Many connections, and neighbours that make noise.
source "$(dirname "$0")/lib.sh"
need curl jq

guest echo <"$FAASM_SOURCE_DIR/examples/echo/echo.c"
# About two milliseconds of work that no compiler can do without.
guest crunch <<'C'
int main(int argc, char **argv) {
    unsigned x = (unsigned)argc;
    (void)argv;
    for (unsigned i = 0; i < 1500000; i++)
        x = x * 1664525u + 1013904223u + (x >> 7);
    return x == 12345;
}
C

# With 5,000 connections that do nothing, others are served; the server raises its own limit of files.
test_idle_connections() {
    local wanted=5000 open before
    if ! ulimit -Sn $((wanted + 500)) 2>/dev/null; then
        echo "only $(ulimit -Hn) files can be open: fewer connections"
        wanted=$(($(ulimit -Hn) - 300))
    fi
    before=$(ulimit -Sn)
    ulimit -Sn 512
    start_server
    ulimit -Sn "$before"
    "$faasm" upload ada/echo "$folder/echo.wasm" >/dev/null || fail upload
    (
        for number in $(seq 100 $((wanted + 99))); do
            eval "exec $number<>/dev/tcp/127.0.0.1/$port" || exit 1
        done
        echo open
        sleep 60
    ) >"$folder/idle" 2>/dev/null &
    local holder=$!
    for _ in $(seq 300); do
        grep -q open "$folder/idle" && break
        kill -0 $holder 2>/dev/null || break
        sleep 0.1
    done
    open=$(curl -s "$FAASM_SERVER/metrics" | sed -n 's/^faasm_http_connections //p')
    checks=$((checks + 1))
    [ "${open:-0}" -ge $wanted ] || fail "$open connections are open, $wanted are wanted"
    assert_eq "calls beside $wanted idle connections" "2000 0" \
        "$("$faasm" bench ada/echo -n 2000 -c 32 --json | jq -r '"\(.calls) \(.failed)"')"
    kill $holder
    wait $holder 2>/dev/null
    for _ in $(seq 100); do
        open=$(curl -s "$FAASM_SERVER/metrics" | sed -n 's/^faasm_http_connections //p')
        [ "$open" == 1 ] && break
        sleep 0.1
    done
    assert_eq "connections that were left" 1 "$open"
    stop_server
}

# overtaken: how many calls of noisy ended between the request of a call of quiet and its answer.
overtaken() {
    curl -sf "$FAASM_SERVER/metrics" --next -sf -X POST "$FAASM_SERVER/v1/functions/quiet/crunch/invoke" \
        --next -sf "$FAASM_SERVER/metrics" >"$folder/counts" || fail "a call of quiet"
    sed -n 's/^faasm_function_calls_total{user="noisy",.*} //p' "$folder/counts" |
        { read -r before && read -r after && echo $((after - before)); }
}

# One user's 10,000 calls that wait do not delay another's single call by more than a few of theirs.
test_noisy_neighbour() {
    start_server
    "$faasm" upload noisy/crunch "$folder/crunch.wasm" >/dev/null
    "$faasm" upload quiet/crunch "$folder/crunch.wasm" >/dev/null
    "$faasm" invoke quiet/crunch
    "$faasm" invoke noisy/crunch
    "$faasm" invoke noisy/crunch --async --count 10000 --concurrency 8 >/dev/null
    local number queued counts=()
    queued=$("$faasm" status --json | jq .calls_queued)
    checks=$((checks + 1))
    [ "$queued" -ge 1000 ] || fail "only $queued calls wait: no noise"
    assert_match "the queue by user" 'noisy +[0-9]+ +[1-9][0-9]{2,}' "$("$faasm" top --once)"
    for number in $(seq 9); do
        counts+=("$(overtaken)")
    done
    queued=$("$faasm" status --json | jq .calls_queued)
    local median
    median=$(printf '%s\n' "${counts[@]}" | sort -n | sed -n 5p)
    checks=$((checks + 1))
    [ "$median" -le 20 ] || fail "${counts[*]} calls went before single ones while $queued wait"
    kill_server
}

# Large bodies go through in both directions without being held twice.
test_large_bodies() {
    start_server --input-mb 256 --output-mb 256 --bodies-mb 300
    "$faasm" upload ada/echo "$folder/echo.wasm" >/dev/null
    head -c 100000000 /dev/urandom >"$folder/large"
    curl -s -H 'Expect:' --data-binary "@$folder/large" "$FAASM_SERVER/v1/functions/ada/echo/invoke" >"$folder/large.out"
    assert_eq "100 MB there and back" "" "$(cmp "$folder/large" "$folder/large.out" 2>&1)"
    # A slow reader does not keep others from being served.
    curl -s --limit-rate 2M --max-time 3 -H 'Expect:' --data-binary "@$folder/large" \
        "$FAASM_SERVER/v1/functions/ada/echo/invoke" >/dev/null &
    local slow=$!
    sleep 1
    assert_eq "beside a slow reader" quick "$("$faasm" invoke ada/echo --data quick)"
    wait $slow
    stop_server
}

test_idle_connections
test_noisy_neighbour
test_large_bodies
finish
