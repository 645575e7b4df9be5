-- Ends an incarnation, for ever. KEYS: 1 members, 2 counters, 3 draining, 4 tombstones, 5 view,
-- 6 keys of members.
-- ARGV: 1 incarnation, 2 its counter, '0' if it stands in no table, '' for whichever.
-- Answer: 'ok' | 'changed'
local counter = redis.call('HGET', KEYS[2], ARGV[1]) or '0'
if ARGV[2] ~= '' and counter ~= ARGV[2] then return 'changed' end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[6], ARGV[1])
redis.call('SREM', KEYS[3], ARGV[1])
if redis.call('SADD', KEYS[4], ARGV[1]) == 1 then redis.call('INCR', KEYS[5]) end
return 'ok'
