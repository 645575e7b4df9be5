-- Callers use the names of the active index key from now on. KEYS: 1 index. ARGV: 1 its version.
-- Answer: 'ok' | 'other'
local active = redis.call('HGET', KEYS[1], 'a') or '1'
if active ~= ARGV[1] then return 'other' end
redis.call('HSET', KEYS[1], 'u', active)
return 'ok'
