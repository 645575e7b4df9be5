-- Opens a bulk job, once for its Idempotency-Key.
-- KEYS: 1 the job of this key, 2 open jobs by the time they expire, 3 the job.
-- ARGV: 1 number, 2 at most so many open, 3 kept (ms), 4 conflict rule, 5 dry run (0, 1),
--       6 how long the key is kept (ms).
-- Answer: 'ok' | 'full' | 'taken' | number of the job that was made under this key
local made = redis.call('GET', KEYS[1])
if made then return made end
if redis.call('EXISTS', KEYS[3]) == 1 then return 'taken' end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[2]) then return 'full' end
redis.call('HSET', KEYS[3], 'st', 'open', 'oc', ARGV[4], 'dr', ARGV[5])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[6])
return 'ok'
