// What must happen at once in a Redis server, as scripts in Lua.
//
// Keys of the database, all beginning with "faasm:":
//   fn:KEY       a value under a key of the store (driver.h)
//   fi           sorted set of these keys, in the order of their bytes
//   fc:DIGEST    hash: contents; b bytes, g where the pieces are, u there when a name uses them
//   fp:G:N       piece N, of 1 MiB
//   fl:DIGEST    sorted set: who has the contents open, by when that expires (ms)
//   fo:ID        a change that was made, for two minutes
// Contents that no name uses expire, with their pieces, unless who has them open extends that.
#ifndef FAASM_STORE_REDIS_SCRIPTS_H
#define FAASM_STORE_REDIS_SCRIPTS_H

enum { FILES_PIECE = 1 << 20 };
#define FILES_PIECE_TEXT "1048576"

// Each returns an array whose first item is "ok", or "no" followed by an error code's name and a
// message.
enum files_script {
    // digest, owner, milliseconds: has the contents open for so long from now on -> where the
    // pieces are, bytes
    FILES_OPEN,
    FILES_CLOSE, // digest, owner: contents that nobody uses go
    // digest, owner, milliseconds, bytes: makes pieces that are there under the owner's name the
    // contents, unless these are there already; opens them -> "there", or "send" when the pieces
    // are missing
    FILES_PLACE,
    // id of the change; "frees" or ""; how many changes, and a five of each: key, "set" or
    // "remove", value,
    // "if" or "any", former value; how many, and digests of contents that are used from now on; the
    // same of those that are not used any more
    FILES_COMMIT,
    // prefix, key to begin at, key to begin behind or "", how many -> keys and values in turn
    FILES_LIST,
    FILES_SCRIPTS
};

const char *const *files_script_texts(void);

#endif
