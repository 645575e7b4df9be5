-- KEYS: 1 index by expiry, 2 the token. ARGV: 1 hash, 2 body, 3 expiry (ms), 4 limit.
-- Answer: 'ok' | 'limited'
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then
  return 'limited'
end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('SET', KEYS[2], ARGV[2], 'PXAT', ARGV[3])
return 'ok'
