-- Renews a member and reads the table. KEYS: 1 members, 2 counters, 3 draining, 4 view, 5 index,
-- 6 keys of members. ARGV: 1 incarnation.
-- Answer: {seconds, microseconds, member, view, members, counters, draining, {keys in use, active},
--          members and how many index keys each has}
local member = redis.call('HEXISTS', KEYS[1], ARGV[1])
if member == 1 then redis.call('HINCRBY', KEYS[2], ARGV[1], 1) end
local clock = redis.call('TIME')
local keys = redis.call('HGETALL', KEYS[6])
for i = 2, #keys, 2 do keys[i] = #keys[i] / 16 end
return {clock[1], clock[2], member, redis.call('GET', KEYS[4]) or '0', redis.call('HGETALL', KEYS[1]),
        redis.call('HGETALL', KEYS[2]), redis.call('SMEMBERS', KEYS[3]),
        redis.call('HMGET', KEYS[5], 'u', 'a'), keys}
