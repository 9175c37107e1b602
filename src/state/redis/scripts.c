#include "state/redis/scripts.h"

// Shared by all: refusals, accounting, fences.
#define PRELUDE                                                                                    \
    "local function no(code, text) return {'no', code, text} end\n"                                \
    "local function now()\n"                                                                       \
    "  local t = redis.call('TIME')\n"                                                             \
    "  return t[1] * 1000 + math.floor(t[2] / 1000)\n"                                             \
    "end\n"                                                                                        \
    "local function record()\n"                                                                    \
    "  local r = redis.call('HMGET', KEYS[1], 'b', 'v', 'g', 'n', 'e')\n"                          \
    "  return {b = tonumber(r[1] or 0), v = r[2] or '0', g = r[3] or '', n = tonumber(r[4] or "    \
    "0),\n"                                                                                        \
    "    e = tonumber(r[5] or 0)}\n"                                                               \
    "end\n"                                                                                        \
    "local function there(r) return r.v ~= '0' or r.n > 0 end\n"                                   \
    "local function account(old, new, limited)\n"                                                  \
    "  local more = new.b + new.e - old.b - old.e\n"                                               \
    "  local keys = (there(new) and 1 or 0) - (there(old) and 1 or 0)\n"                           \
    "  local used = redis.call('HMGET', KEYS[3], 'b', 'k')\n"                                      \
    "  local b, k = tonumber(used[1] or 0) + more, tonumber(used[2] or 0) + keys\n"                \
    "  local most_b, most_k = tonumber(ARGV[3]), tonumber(ARGV[4])\n"                              \
    "  if limited and most_b > 0 and more > 0 and b > most_b then\n"                               \
    "    return no('too_large', string.format('%.0f bytes of state, the limit of the user is "     \
    "%.0f', b, most_b))\n"                                                                         \
    "  end\n"                                                                                      \
    "  if limited and most_k > 0 and keys > 0 and k > most_k then\n"                               \
    "    return no('too_large', string.format('%.0f keys of state, the limit of the user is "      \
    "%.0f', k, most_k))\n"                                                                         \
    "  end\n"                                                                                      \
    "  redis.call('HSET', KEYS[3], 'b', string.format('%.0f', b), 'k', string.format('%.0f', "     \
    "k))\n"                                                                                        \
    "  if there(new) then redis.call('ZADD', KEYS[2], 0, ARGV[1])\n"                               \
    "  else redis.call('ZREM', KEYS[2], ARGV[1]) end\n"                                            \
    "end\n"                                                                                        \
    "local function save(r)\n"                                                                     \
    "  if not there(r) then redis.call('DEL', KEYS[1]) return end\n"                               \
    "  redis.call('HSET', KEYS[1], 'b', string.format('%.0f', r.b), 'v', r.v, 'g', r.g, 'n', "     \
    "r.n,\n"                                                                                       \
    "    'e', string.format('%.0f', r.e))\n"                                                       \
    "end\n"                                                                                        \
    "local function lock_of(owner)\n"                                                              \
    "  local text = redis.call('HGET', KEYS[5], owner)\n"                                          \
    "  if not text then return nil end\n"                                                          \
    "  local mode, granted, expires, token = string.match(text, '(%a) (%d) (%d+) (%d+)')\n"        \
    "  return {mode = mode, granted = granted == '1', expires = tonumber(expires), token = "       \
    "token}\n"                                                                                     \
    "end\n"                                                                                        \
    "local function refused(r)\n"                                                                  \
    "  if ARGV[5] ~= '0' and r.v ~= ARGV[5] then\n"                                                \
    "    return no('conflict', 'it has changed: version ' .. r.v .. ', not ' .. ARGV[5])\n"        \
    "  end\n"                                                                                      \
    "  if ARGV[6] ~= '' then\n"                                                                    \
    "    local l = lock_of(ARGV[6])\n"                                                             \
    "    if not l or not l.granted or l.mode ~= 'x' or l.token ~= ARGV[7] or l.expires <= now() "  \
    "then\n"                                                                                       \
    "      return no('conflict', 'the global lock was lost: its lease had expired')\n"             \
    "    end\n"                                                                                    \
    "  end\n"                                                                                      \
    "end\n"                                                                                        \
    "local function chunk(g, n) return 'faasm:sd:' .. g .. ':' .. n .. ARGV[2] end\n"              \
    "local function chunks(bytes) return math.ceil(bytes / 65536) end\n"                           \
    "local function drop_chunks(g, bytes)\n"                                                       \
    "  if g == '' then return end\n"                                                               \
    "  for n = 0, chunks(bytes) - 1 do redis.call('UNLINK', chunk(g, n)) end\n"                    \
    "end\n"                                                                                        \
    "local function lost()\n"                                                                      \
    "  return no('unavailable', 'Redis dropped what was sent before it was complete')\n"           \
    "end\n"                                                                                        \
    "local SPARE_CHUNKS, SPARE_SECONDS = " REDIS_SPARE_CHUNKS_TEXT ", 30\n"                        \
    "local function spare(g, bytes)\n"                                                             \
    "  redis.call('HSET', KEYS[1], 's', g, 'sb', string.format('%.0f', bytes))\n"                  \
    "end\n"                                                                                        \
    "local function copy(r) return {b = r.b, v = r.v, g = r.g, n = r.n, e = r.e} end\n"            \
    "local old = record()\n"                                                                       \
    "local new = copy(old)\n"

#define SAVE_CHANGE                                                                                \
    "local over = account(old, new, true)\n"                                                       \
    "if over then drop() return over end\n"                                                        \
    "save(new)\n"

static const char *const scripts[REDIS_SCRIPTS] = {
    [REDIS_CLAIM] = "local r = redis.call('HMGET', KEYS[1], 's', 'sb')\n"
                    "if r[1] then redis.call('HDEL', KEYS[1], 's', 'sb') end\n"
                    "return {'ok', r[1] or '', r[2] or '0'}\n",

    [REDIS_COMMIT] =
        PRELUDE "local function drop() drop_chunks(ARGV[9], ARGV[8]) end\n"
                "local refusal = refused(old)\n"
                "if refusal then drop() return refusal end\n"
                "new.b = tonumber(ARGV[8])\n"
                "new.g = ARGV[9]\n"
                "new.v = tostring(redis.call('INCR', KEYS[4]))\n"
                "for n = 0, chunks(new.b) - 1 do\n"
                "  if redis.call('PERSIST', chunk(new.g, n)) == 0 then drop() return lost() end\n"
                "end\n" SAVE_CHANGE "redis.call('HSET', KEYS[1], 'r', new.v)\n"
                "for n = chunks(new.b), chunks(ARGV[10]) - 1 do\n"
                "  redis.call('UNLINK', chunk(new.g, n))\n"
                "end\n"
                "if old.g ~= '' then\n"
                "  if chunks(old.b) < SPARE_CHUNKS then drop_chunks(old.g, old.b) else\n"
                "    for n = 0, chunks(old.b) - 1 do\n"
                "      redis.call('EXPIRE', chunk(old.g, n), SPARE_SECONDS)\n"
                "    end\n"
                "    spare(old.g, old.b)\n"
                "  end\n"
                "end\n"
                "return {'ok', new.v, ARGV[8]}\n",

    [REDIS_PATCH] =
        PRELUDE "local function drop() end\n"
                "local refusal = refused(old)\n"
                "if refusal then return refusal end\n"
                "new.b = math.max(old.b, tonumber(ARGV[8]))\n"
                "new.v = tostring(redis.call('INCR', KEYS[4]))\n"
                "if new.g == '' then new.g = new.v end\n" SAVE_CHANGE "for i = 9, #ARGV, 3 do\n"
                "  redis.call('SETRANGE', chunk(new.g, ARGV[i]), ARGV[i + 1], ARGV[i + 2])\n"
                "end\n"
                "return {'ok', new.v, string.format('%.0f', new.b)}\n",

    // Nothing is changed before all that was staged is known to be there.
    [REDIS_APPLY] = PRELUDE
    "local id, masks = ARGV[9], ARGV[9] .. 'm'\n"
    "local list = 'faasm:sp:' .. id .. ARGV[2]\n"
    "local items, runs = tonumber(ARGV[10]), tonumber(ARGV[11])\n"
    "local function each_whole(act)\n"
    "  for i = 12, 11 + runs, 2 do\n"
    "    for n = tonumber(ARGV[i]), tonumber(ARGV[i + 1]) - 1 do act(n) end\n"
    "  end\n"
    "end\n"
    "local function each_masked(act)\n"
    "  for i = 12 + runs, #ARGV do act(ARGV[i]) end\n"
    "end\n"
    "local function drop_masked(n) redis.call('UNLINK', chunk(id, n), chunk(masks, n)) end\n"
    "local function drop()\n"
    "  redis.call('UNLINK', list)\n"
    "  each_whole(function(n) redis.call('UNLINK', chunk(id, n)) end)\n"
    "  each_masked(drop_masked)\n"
    "end\n"
    "local refusal = refused(old)\n"
    "if refusal then drop() return refusal end\n"
    "new.b = math.max(old.b, tonumber(ARGV[8]))\n"
    "new.v = tostring(redis.call('INCR', KEYS[4]))\n"
    "if new.g == '' then new.g = new.v end\n"
    "local there, whole = redis.call('LLEN', list) == items, 0\n"
    "each_whole(function(n)\n"
    "  whole = whole + 1\n"
    "  there = redis.call('PERSIST', chunk(id, n)) == 1 and there\n"
    "end)\n"
    "each_masked(function(n)\n"
    "  there = redis.call('EXISTS', chunk(id, n), chunk(masks, n)) == 2 and there\n"
    "end)\n"
    "if not there then drop() return lost() end\n" SAVE_CHANGE
    "local former = whole >= SPARE_CHUNKS and 's' .. new.v\n"
    "each_whole(function(n)\n"
    "  local to = chunk(new.g, n)\n"
    "  if former and redis.call('EXISTS', to) == 1 then\n"
    "    redis.call('RENAME', to, chunk(former, n))\n"
    "    redis.call('EXPIRE', chunk(former, n), SPARE_SECONDS)\n"
    "  end\n"
    "  redis.call('RENAME', chunk(id, n), to)\n"
    "end)\n"
    "if former then spare(former, new.b) end\n"
    "each_masked(function(n)\n"
    "  local to = chunk(new.g, n)\n"
    "  redis.call('BITOP', 'AND', to, to, chunk(masks, n))\n"
    "  redis.call('BITOP', 'OR', to, to, chunk(id, n))\n"
    "  drop_masked(n)\n"
    "end)\n"
    "for first = 0, items - 1, 3000 do\n"
    "  local part = redis.call('LRANGE', list, first, first + 2999)\n"
    "  for i = 1, #part, 3 do\n"
    "    redis.call('SETRANGE', chunk(new.g, part[i]), part[i + 1], part[i + 2])\n"
    "  end\n"
    "end\n"
    "redis.call('UNLINK', list)\n"
    "return {'ok', new.v, string.format('%.0f', new.b)}\n",

    [REDIS_REMOVE] = PRELUDE "if not there(old) then return no('not_found', 'not found') end\n"
                             "local refusal = refused(old)\n"
                             "if refusal then return refusal end\n"
                             "drop_chunks(old.g, old.b)\n"
                             "redis.call('UNLINK', KEYS[7])\n"
                             "new = {b = 0, v = '0', g = '', n = 0, e = 0}\n"
                             "account(old, new, false)\n"
                             "save(new)\n"
                             "return {'ok'}\n",

    [REDIS_APPEND] =
        PRELUDE "if redis.call('EXISTS', KEYS[8]) == 1 then return {'ok'} end\n"
                "local function drop() end\n"
                "new.n = old.n + 1\n"
                "new.e = old.e + #ARGV[8]\n" SAVE_CHANGE "redis.call('RPUSH', KEYS[7], ARGV[8])\n"
                "redis.call('SET', KEYS[8], '1', 'EX', 60)\n"
                "return {'ok'}\n",

    [REDIS_CLEAR] = PRELUDE "if old.n == 0 then return {'ok'} end\n"
                            "redis.call('UNLINK', KEYS[7])\n"
                            "new.n = 0\n"
                            "new.e = 0\n"
                            "account(old, new, false)\n"
                            "save(new)\n"
                            "return {'ok'}\n",

    // Leases that have expired leave the queue; who comes first, or comes after shared ones only
    // and is shared itself, has the lock.
    [REDIS_LOCK] = PRELUDE
    "local time = now()\n"
    "local owner, mode, lease = ARGV[8], ARGV[9], tonumber(ARGV[10])\n"
    "local free, last, own = true, 0, nil\n"
    "for _, name in ipairs(redis.call('ZRANGE', KEYS[6], 0, -1)) do\n"
    "  local l = lock_of(name)\n"
    "  if not l or l.expires <= time then\n"
    "    redis.call('ZREM', KEYS[6], name)\n"
    "    redis.call('HDEL', KEYS[5], name)\n"
    "  elseif name == owner then own = l\n"
    "  elseif not own and (mode == 'x' or l.mode == 'x') then free = false end\n"
    "end\n"
    "if not own then\n"
    "  local tail = redis.call('ZRANGE', KEYS[6], -1, -1, 'WITHSCORES')\n"
    "  redis.call('ZADD', KEYS[6], (tonumber(tail[2] or 0)) + 1, owner)\n"
    "  own = {mode = mode, granted = false, token = '0'}\n"
    "end\n"
    "if free and not own.granted then\n"
    "  own.granted = true\n"
    "  own.token = tostring(redis.call(mode == 'x' and 'INCR' or 'GET', KEYS[4]) or 0)\n"
    "end\n"
    "redis.call('HSET', KEYS[5], owner, string.format('%s %d %.0f %s', mode, own.granted and 1 or "
    "0,\n"
    "  time + lease, own.token))\n"
    "redis.call('PEXPIRE', KEYS[5], lease + 600000)\n"
    "redis.call('PEXPIRE', KEYS[6], lease + 600000)\n"
    "return {'ok', own.granted and 'granted' or 'wait', own.token}\n",

    [REDIS_RENEW] =
        PRELUDE "local time = now()\n"
                "local l = lock_of(ARGV[8])\n"
                "if not l or not l.granted or l.expires <= time then\n"
                "  return no('conflict', 'the global lock was lost: its lease had expired')\n"
                "end\n"
                "redis.call('HSET', KEYS[5], ARGV[8], string.format('%s 1 %.0f %s', l.mode, time + "
                "tonumber(ARGV[10]), l.token))\n"
                "redis.call('PEXPIRE', KEYS[5], tonumber(ARGV[10]) + 600000)\n"
                "redis.call('PEXPIRE', KEYS[6], tonumber(ARGV[10]) + 600000)\n"
                "return {'ok'}\n",

    [REDIS_UNLOCK] =
        PRELUDE "local l = lock_of(ARGV[8])\n"
                "redis.call('ZREM', KEYS[6], ARGV[8])\n"
                "redis.call('HDEL', KEYS[5], ARGV[8])\n"
                "if not l or l.expires <= now() then\n"
                "  return no('conflict', 'the global lock was lost: its lease had expired')\n"
                "end\n"
                "return {'ok'}\n",
};

const char *const *redis_script_texts(void) {
    return scripts;
}
