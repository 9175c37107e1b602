#!/bin/bash
# What a server makes of clients that do not keep to HTTP, or keep to it with bad intent.
source "$(dirname "$0")/lib.sh"
need curl jq

"$faasm" cc -o "$folder/echo.wasm" "$FAASM_SOURCE_DIR/examples/echo/echo.c" || { echo "FAILED: cc"; exit 1; }
start_server --input-mb 1 --wasm-mb 1 --bodies-mb 3 --connections 200 --idle-seconds 2 --compile-queue 2 \
    --compile-threads 1
"$faasm" upload ada/echo "$folder/echo.wasm" >/dev/null || fail "upload"
invoke=/v1/functions/ada/echo/invoke

# raw TEXT [SECONDS]: sends the bytes (printf escapes), prints the status line of the answer.
raw() {
    { exec 9<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || { echo "no connection"; return; }
    printf "$1" >&9 2>/dev/null
    timeout "${2:-5}" head -n 1 <&9 2>/dev/null | tr -d '\r\0'
    exec 9>&- 9<&-
}

# The server still answers, and nothing is left of the requests before.
alive() { # alive NAME
    assert_eq "$1: a call afterwards" alive "$("$faasm" invoke ada/echo --data alive 2>&1)"
}

bodies_held() {
    curl -s "$FAASM_SERVER/metrics" | sed -n 's/^faasm_http_body_bytes //p'
}

test_broken_requests() {
    local bad='^HTTP/1\.[01] 4[0-9][0-9] '
    assert_match "no host" "$bad" "$(raw 'GET /healthz HTTP/1.1\r\n\r\n')"
    assert_match "no method" "^(HTTP/1\.[01] 4.*)?$" "$(raw 'GARBAGE\r\n\r\n')"
    assert_match "a negative length" "$bad" "$(raw "POST $invoke HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n")"
    assert_match "a length that is a word" "$bad" "$(raw "POST $invoke HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n")"
    assert_match "a length past 64 bits" "$bad" \
        "$(raw "POST $invoke HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n")"
    assert_match "a length near 64 bits" "$bad" \
        "$(raw "POST $invoke HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551615\r\n\r\n")"
    assert_match "a length past the limit" 'HTTP/1.1 413' \
        "$(raw "PUT /v1/functions/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")"
    assert_match "a chunk size that is none" "$bad" \
        "$(raw "POST $invoke HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n")"
    assert_match "a chunk size past 64 bits" "$bad" \
        "$(raw "POST $invoke HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n")"
    assert_match "a long path" "^(HTTP/1\.[01] 4.*)?$" "$(raw "GET /$(head -c 50000 /dev/zero | tr '\0' a) HTTP/1.1\r\nHost: x\r\n\r\n")"
    assert_match "2,000 headers" '^(HTTP/1\.[01] 4.*)?$' \
        "$(raw "GET /healthz HTTP/1.1\r\nHost: x\r\n$(printf 'X-%d: aaaaaaaaaaaaaaaaaaaaaaaaa\\r\\n' $(seq 2000))\r\n")"
    assert_match "one header without an end" '^(HTTP/1\.[01] 4.*)?$' \
        "$(raw "GET /healthz HTTP/1.1\r\nHost: x\r\nX: $(head -c 60000 /dev/zero | tr '\0' a)")"
    alive "broken requests"
}

test_paths() {
    local path
    for path in '/v1/functions/ada/%%00' '/v1/functions/ada/echo%%00x' '/v1/functions/ada/%%2e%%2e' \
        '/v1/functions/%%2e%%2e/%%2e%%2e%%2fetc' '/v1/functions/ada/%%' '/v1/functions/ada/%%zz' \
        "/v1/functions/ada/$(head -c 65 /dev/zero | tr '\0' x)" '/v1/functions/ada/%%f0%%9f%%98%%80' \
        '/v1/functions/ada/\\xff\\xfe' '/v1/calls/%%31' '/v1/calls/-1' '/v1/functions//echo'; do
        assert_match "$path" 'HTTP/1.1 400' "$(raw "GET $path HTTP/1.1\r\nHost: x\r\n\r\n")"
    done
    for path in '/v1/functions/ada/echo/../../../metrics' '/%%68ealthz' '/%%25s%%25n' '/\\x01' \
        '/healthz%%00' '/healthz/..'; do
        assert_match "$path" 'HTTP/1.1 404' "$(raw "GET $path HTTP/1.1\r\nHost: x\r\n\r\n")"
    done
    for path in '/v1/functions/ada/echo?%%00=%%00&&=&async' '/v1/functions/ada/echo?async=%%' '/healthz?'; do
        assert_match "$path" 'HTTP/1.1 200' "$(raw "GET $path HTTP/1.1\r\nHost: x\r\n\r\n")"
    done
    assert_match "PUT of a path" 'HTTP/1.1 400' \
        "$(raw 'PUT /v1/functions/%%2e%%2e/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx')"
    assert_eq "nothing was made" "ada/echo" "$("$faasm" ls --json | jq -r '.[] | "\(.user)/\(.name)"')"
    alive paths
}

test_sizes() {
    head -c 3000000 /dev/zero >"$folder/large"
    local status
    # Far past the limit the connection is closed without an answer.
    for arguments in "" "-H Expect:" "-H Transfer-Encoding:chunked"; do
        status=$(curl -s -o /dev/null -w '%{http_code}' $arguments --data-binary "@$folder/large" "$FAASM_SERVER$invoke")
        assert_match "3 MB into 1 MB ($arguments)" '^(413|100|000)$' "$status"
    done
    head -c 1048576 "$folder/large" >"$folder/exact"
    head -c 1048577 "$folder/large" >"$folder/over"
    for arguments in "" "-H Transfer-Encoding:chunked"; do
        assert_eq "exactly the limit ($arguments)" 200 "$(curl -s -o /dev/null -w '%{http_code}' $arguments \
            --data-binary "@$folder/exact" "$FAASM_SERVER$invoke")"
        assert_eq "a byte more ($arguments)" 413 "$(curl -s -o /dev/null -w '%{http_code}' $arguments \
            --data-binary "@$folder/over" "$FAASM_SERVER$invoke")"
    done
    # A body where none belongs is read past.
    assert_eq "GET with a body" "200 200" "$(curl -s -o /dev/null -o /dev/null -w '%{http_code} ' -X GET -d body \
        "$FAASM_SERVER/healthz" "$FAASM_SERVER/readyz" | xargs)"
    alive sizes
    assert_eq "bodies held" 0 "$(bodies_held)"
}

# Bodies that never end hold memory, up to the limit of all bodies; the idle limit ends them.
test_bodies_that_stop() {
    local number
    for number in $(seq 8); do
        (exec 9<>"/dev/tcp/127.0.0.1/$port"
            { printf 'POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n' $invoke
                head -c 900000 /dev/zero; } >&9
            sleep 1) 2>/dev/null &
    done
    sleep 0.5
    local held
    held=$(bodies_held)
    checks=$((checks + 1))
    [ "${held:-99999999}" -le 3145728 ] && [ "${held:-0}" -ge 900000 ] || fail "bodies held: $held"
    alive "bodies that stop"
    wait $(jobs -p | grep -vx "$server")
    sleep 0.5
    assert_eq "bodies held by clients that left" 0 "$(bodies_held)"
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    printf 'POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc' $invoke >&9
    timeout 15 cat <&9 >"$folder/silent"
    assert_eq "a silent client is cut off" 0 $?
    exec 9>&- 9<&-
}

# A client that ends its side in the middle of a body is not waited for, even where its end came together with bytes.
test_half_closed() {
    cat >"$folder/half.c" <<'C'
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int count, char **arguments) { // half PORT: sends stdin, ends its side, prints what comes
    static char text[1 << 20];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    size_t length = fread(text, 1, sizeof text, stdin);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (count != 2 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) return 2;
    for (size_t done = 0; done < length;) {
        ssize_t sent = send(fd, text + done, length - done, MSG_NOSIGNAL);
        if (sent <= 0) return 3;
        done += sent;
    }
    if (shutdown(fd, SHUT_WR) != 0) return 4;
    ssize_t got;
    while ((got = recv(fd, text, sizeof text, 0)) > 0) fwrite(text, 1, got, stdout);
    return 0;
}
C
    clang-19 -w "$folder/half.c" -o "$folder/half" || { fail "half.c"; return; }
    serve patient --idle-seconds 600
    "$faasm" upload --server "$served_url" ada/echo "$folder/echo.wasm" >/dev/null || fail "upload"
    local length='Content-Length: 1000000' chunked='Transfer-Encoding: chunked' path status large
    half() { # half NAME HEADERS BODY
        printf "$2\r\n\r\n$3" | timeout 20 "$folder/half" "${served_url##*:}" >"$folder/answer"
        status=${PIPESTATUS[1]}
        assert_eq "half closed, $1" "0 0" "$status $(stat -c %s "$folder/answer")"
    }
    large=$(head -c 500000 /dev/zero | tr '\0' x)
    for path in "POST $invoke" "PUT /v1/files/ada/half" "PUT /v1/functions/ada/half" "GET /healthz" "POST /nowhere"; do
        path="$path HTTP/1.1\r\nHost: x\r\n"
        half "a length: $path" "$path$length" "abc"
        half "a length, much: $path" "$path$length" "$large"
        half "chunked, in a chunk: $path" "$path$chunked" "ffff\r\nabc"
        half "chunked, after one: $path" "$path$chunked" "3\r\nabc\r\n"
    done
    kill "$served"
    wait "$served"
}

test_pipelining() {
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    printf 'POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\noneGET /nowhere HTTP/1.1\r\nHost: x\r\n\r\nPOST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\ntwo' \
        $invoke $invoke >&9
    timeout 10 cat <&9 | tr -d '\r' >"$folder/answers"
    exec 9>&- 9<&-
    assert_eq "answers in order" "200 404 200" "$(sed -n 's/.*HTTP\/1.1 \([0-9]*\).*/\1/p' "$folder/answers" | xargs)"
    assert_match "the first output" one "$(cat "$folder/answers")"
    assert_match "the last output" 'two$' "$(cat "$folder/answers")"
}

test_random_bytes() {
    local number
    for number in $(seq 40); do
        head -c $((number * 200)) /dev/urandom 2>/dev/null >"/dev/tcp/127.0.0.1/$port" 2>/dev/null
    done
    # A valid request with some bytes replaced.
    local request=$'POST /v1/functions/ada/echo/invoke?async=0 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello'
    for number in $(seq 150); do
        local at=$((RANDOM % ${#request})) byte
        byte=$(printf '\\x%02x' $((RANDOM % 256)))
        { exec 9<>"/dev/tcp/127.0.0.1/$port" && printf "%s$byte%s" "${request:0:at}" "${request:at+1}" >&9; } 2>/dev/null
        exec 9>&- 9<&-
    done
    alive "random bytes"
}

# More connections than are taken: those beyond are refused, and later ones are served again.
test_many_connections() {
    local number
    (for number in $(seq 10 250); do
        eval "exec $number<>/dev/tcp/127.0.0.1/$port"
    done
    sleep 1) 2>/dev/null
    sleep 0.3
    alive "many connections"
}

# One compilation at a time and two that wait: the others are told to come back.
test_many_uploads() {
    local number jobs=()
    for number in $(seq 20); do
        { cat "$folder/echo.wasm"; printf '\0\3\1x%b' "\\x$(printf %02x "$number")"; } >"$folder/many.$number"
        curl -s -o /dev/null -w '%{http_code}\n' -T "$folder/many.$number" \
            "$FAASM_SERVER/v1/functions/many/f$number" >>"$folder/statuses" &
        jobs+=($!)
    done
    wait "${jobs[@]}"
    assert_eq "uploads are done or refused" "201 429" "$(sort -u "$folder/statuses" | xargs)"
    assert_eq "those that were done are there" "$(grep -c 201 "$folder/statuses")" \
        "$("$faasm" ls many --json | jq length)"
    alive "many uploads"
}

test_broken_requests
test_paths
test_sizes
test_bodies_that_stop
test_half_closed
test_pipelining
test_random_bytes
test_many_connections
test_many_uploads
stop_server
finish
