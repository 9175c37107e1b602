#include "store/redis/scripts.h"

// Shared by all: contents, their pieces, and who has them open.
#define PRELUDE                                                                                    \
    "local function no(code, text) return {'no', code, text} end\n"                                \
    "local function now()\n"                                                                       \
    "  local t = redis.call('TIME')\n"                                                             \
    "  return t[1] * 1000 + math.floor(t[2] / 1000)\n"                                             \
    "end\n"                                                                                        \
    "local function text(number) return string.format('%.0f', number) end\n"                       \
    "local function contents(digest) return 'faasm:fc:' .. digest end\n"                           \
    "local function leases(digest) return 'faasm:fl:' .. digest end\n"                             \
    "local function record(digest)\n"                                                              \
    "  local r = redis.call('HMGET', contents(digest), 'g', 'b', 'u')\n"                           \
    "  if not r[1] or not r[2] then return nil end\n"                                              \
    "  return {g = r[1], b = tonumber(r[2]), u = r[3]}\n"                                          \
    "end\n"                                                                                        \
    "local function each_piece(r, act)\n"                                                          \
    "  for n = 0, math.ceil(r.b / " FILES_PIECE_TEXT ") - 1 do\n"                                  \
    "    act('faasm:fp:' .. r.g .. ':' .. n, math.min(" FILES_PIECE_TEXT                           \
    ", r.b - n * " FILES_PIECE_TEXT "))\n"                                                         \
    "  end\n"                                                                                      \
    "end\n"                                                                                        \
    "local function whole(r)\n"                                                                    \
    "  local all = true\n"                                                                         \
    "  each_piece(r, function(key, bytes)\n"                                                       \
    "    all = all and redis.call('STRLEN', key) == bytes\n"                                       \
    "  end)\n"                                                                                     \
    "  return all\n"                                                                               \
    "end\n"                                                                                        \
    "local function drop_pieces(r)\n"                                                              \
    "  each_piece(r, function(key) redis.call('UNLINK', key) end)\n"                               \
    "end\n"                                                                                        \
    "local function drop(digest, r)\n"                                                             \
    "  drop_pieces(r)\n"                                                                           \
    "  redis.call('UNLINK', contents(digest), leases(digest))\n"                                   \
    "end\n"                                                                                        \
    "local function keep_for(digest, r, ms)\n"                                                     \
    "  redis.call('PEXPIRE', contents(digest), text(ms))\n"                                        \
    "  each_piece(r, function(key) redis.call('PEXPIRE', key, text(ms)) end)\n"                    \
    "end\n"                                                                                        \
    "local function keep(digest, r)\n"                                                             \
    "  redis.call('PERSIST', contents(digest))\n"                                                  \
    "  each_piece(r, function(key) redis.call('PERSIST', key) end)\n"                              \
    "end\n"                                                                                        \
    "local function leased(digest)\n"                                                              \
    "  local time = now()\n"                                                                       \
    "  redis.call('ZREMRANGEBYSCORE', leases(digest), '-inf', text(time))\n"                       \
    "  local last = redis.call('ZRANGE', leases(digest), -1, -1, 'WITHSCORES')\n"                  \
    "  return last[2] and tonumber(last[2]) - time\n"                                              \
    "end\n"                                                                                        \
    "local function lease(digest, r, owner, ms)\n"                                                 \
    "  redis.call('ZREMRANGEBYSCORE', leases(digest), '-inf', text(now()))\n"                      \
    "  redis.call('ZADD', leases(digest), text(now() + ms), owner)\n"                              \
    "  redis.call('PEXPIRE', leases(digest), text(ms))\n"                                          \
    "  if not r.u then keep_for(digest, r, ms) end\n"                                              \
    "end\n"

static const char *const scripts[FILES_SCRIPTS] = {
    [FILES_OPEN] = PRELUDE "local r = record(ARGV[1])\n"
                           "if not r then return no('not_found', 'no such contents') end\n"
                           "lease(ARGV[1], r, ARGV[2], tonumber(ARGV[3]))\n"
                           "return {'ok', r.g, text(r.b)}\n",

    [FILES_CLOSE] = PRELUDE "redis.call('ZREM', leases(ARGV[1]), ARGV[2])\n"
                            "local r = record(ARGV[1])\n"
                            "if r and not r.u and not leased(ARGV[1]) then drop(ARGV[1], r) end\n"
                            "return {'ok'}\n",

    // Pieces may have been evicted by a server that is short of memory: then these replace them.
    [FILES_PLACE] = PRELUDE "local digest, own = ARGV[1], {g = ARGV[2], b = tonumber(ARGV[4])}\n"
                            "local r = record(digest)\n"
                            "if r and r.b == own.b and whole(r) then\n"
                            "  if r.g ~= own.g then drop_pieces(own) end\n"
                            "else\n"
                            "  if not whole(own) then return {'ok', 'send'} end\n"
                            "  redis.call('HSET', contents(digest), 'g', own.g, 'b', ARGV[4])\n"
                            "  if r then\n"
                            "    if r.g ~= own.g then drop_pieces(r) end\n"
                            "    own.u = r.u\n"
                            "    if own.u then keep(digest, own) end\n"
                            "  end\n"
                            "  r = own\n"
                            "end\n"
                            "lease(digest, r, ARGV[2], tonumber(ARGV[3]))\n"
                            "return {'ok', 'there'}\n",

    // Nothing is written before all is known to be as it should. A server whose memory is full
    // refuses the first write if it takes some, and no later one: what frees memory begins
    // otherwise.
    [FILES_COMMIT] = PRELUDE
    "local operation = 'faasm:fo:' .. ARGV[1]\n"
    "if redis.call('EXISTS', operation) == 1 then return {'ok'} end\n"
    "local at = 3\n"
    "local function digests()\n"
    "  local all, count = {}, tonumber(ARGV[at])\n"
    "  for i = 1, count do\n"
    "    local digest = ARGV[at + i]\n"
    "    all[i] = {digest = digest, record = record(digest)}\n"
    "  end\n"
    "  at = at + 1 + count\n"
    "  return all\n"
    "end\n"
    "local changes, count = {}, tonumber(ARGV[at])\n"
    "at = at + 1\n"
    "for i = 1, count do\n"
    "  changes[i] = {key = ARGV[at], set = ARGV[at + 1] == 'set', value = ARGV[at + 2]}\n"
    "  local former = redis.call('GET', 'faasm:fn:' .. ARGV[at]) or ''\n"
    "  if ARGV[at + 3] == 'if' and former ~= ARGV[at + 4] then\n"
    "    return no('busy', 'it has changed')\n"
    "  end\n"
    "  at = at + 5\n"
    "end\n"
    "local used, unused = digests(), digests()\n"
    "for _, c in ipairs(used) do\n"
    "  if not c.record or not whole(c.record) then\n"
    "    return no('unavailable', 'Redis dropped contents before they had a name')\n"
    "  end\n"
    "end\n"
    "if ARGV[2] == 'frees' then redis.call('DEL', operation) end\n"
    "redis.call('SET', operation, '1', 'EX', 120)\n"
    "for _, c in ipairs(changes) do\n"
    "  if c.set then\n"
    "    redis.call('SET', 'faasm:fn:' .. c.key, c.value)\n"
    "    redis.call('ZADD', 'faasm:fi', 0, c.key)\n"
    "  else\n"
    "    redis.call('DEL', 'faasm:fn:' .. c.key)\n"
    "    redis.call('ZREM', 'faasm:fi', c.key)\n"
    "  end\n"
    "end\n"
    "for _, c in ipairs(used) do\n"
    "  redis.call('HSET', contents(c.digest), 'u', '1')\n"
    "  keep(c.digest, c.record)\n"
    "end\n"
    "for _, c in ipairs(unused) do\n"
    "  if c.record then\n"
    "    redis.call('HDEL', contents(c.digest), 'u')\n"
    "    local ms = leased(c.digest)\n"
    "    if ms then keep_for(c.digest, c.record, ms) else drop(c.digest, c.record) end\n"
    "  end\n"
    "end\n"
    "return {'ok'}\n",

    [FILES_LIST] =
        "local from = ARGV[3] ~= '' and '(' .. ARGV[3] or '[' .. ARGV[2]\n"
        "local keys = redis.call('ZRANGEBYLEX', 'faasm:fi', from, '+', 'LIMIT', 0, ARGV[4])\n"
        "local result = {'ok'}\n"
        "for _, key in ipairs(keys) do\n"
        "  if string.sub(key, 1, #ARGV[1]) ~= ARGV[1] then break end\n"
        "  result[#result + 1] = key\n"
        "  result[#result + 1] = redis.call('GET', 'faasm:fn:' .. key)\n"
        "end\n"
        "return result\n",
};

const char *const *files_script_texts(void) {
    return scripts;
}
