// What must happen at once in a Redis server, as scripts in Lua.
//
// Keys of the database, all beginning with "faasm:":
//   sm:USER:KEY    hash: b bytes, v version, g generation, r version of the last replacement, n
//                  elements, e bytes of elements, s a spare generation, sb its bytes
//   sd:G:N:USER:KEY  chunk N of generation G; what is missing is zeros
//   sp:G:USER:KEY  list: staged parts of chunks
//   sl:USER:KEY    list: appended elements
//   si:USER        sorted set of the user's keys
//   su:USER        hash: b bytes, k keys
//   sq:USER:KEY    sorted set of the lock's holders and waiters, in the order of arrival
//   sh:USER:KEY    hash: of each, its mode (x or s), whether it is granted, when it expires, token
//   so:ID          an append that was made, for a minute
//   sv             counter of versions and tokens
// What is written in stages (write.c) is under a generation of its own, and expires unless a script
// makes it the value, or a part of it. Chunks that are replaced are the spare generation for half a
// minute: who stages next claims it and writes over its chunks.
#ifndef FAASM_STATE_REDIS_SCRIPTS_H
#define FAASM_STATE_REDIS_SCRIPTS_H

#include <stddef.h>

// Each returns an array whose first item is "ok", or "no" followed by an error code's name and a
// message. KEYS: 1 sm, 2 si, 3 su, 4 sv, 5 sh, 6 sq, 7 sl, 8 so. ARGV: 1 the key, 2 suffix of its
// chunks
// (":USER:KEY"), 3 and 4 limits of bytes and keys (0: none), 5 expected version (0: any), 6 fence
// owner ("": none), 7 fence token; then as each says.
enum redis_script {
    REDIS_CLAIM, // -> the spare generation ("": none), which is nobody's then, and its bytes
    // 8 bytes, 9 generation, 10 bytes that it had as a spare one: makes it the value -> version,
    // bytes
    REDIS_COMMIT,
    REDIS_PATCH, // 8 least bytes, then threes of chunk, offset, data -> version, bytes
    // 8 least bytes, 9 generation, 10 items of its list, 11 how many numbers follow for runs of its
    // chunks (first, end), then of chunks that are merged by a mask, which is chunk N of generation
    // G"m", 0 where bytes are to change: makes all that a part of the value -> version, bytes
    REDIS_APPLY,
    REDIS_REMOVE,
    REDIS_APPEND, // 8 element
    REDIS_CLEAR,
    REDIS_LOCK,   // 8 owner, 9 mode, 10 lease in ms -> "granted" or "wait", token
    REDIS_RENEW,  // 8 owner, 9 mode, 10 lease in ms
    REDIS_UNLOCK, // 8 owner
    REDIS_SCRIPTS
};

// Values of fewer chunks leave no spare generation.
enum { REDIS_SPARE_CHUNKS = 16 };
#define REDIS_SPARE_CHUNKS_TEXT "16"

// Their texts.
const char *const *redis_script_texts(void);

#endif
