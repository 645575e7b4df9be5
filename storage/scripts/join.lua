-- Makes an incarnation a member. KEYS: 1 identity, 2 members, 3 counters, 4 tombstones, 5 view,
-- 6 index, 7 keys of members. ARGV: 1 own identity, 2 the identity of the schema before,
-- 3 incarnation, 4 node, 5 data folder, 6 address, 7 own index keys.
-- Answer: {'joined'} | {'identity', stored} | {'keys', needed} | {'live'} | {'ended'}
local stored = redis.call('GET', KEYS[1])
if stored and stored ~= ARGV[1] and stored ~= ARGV[2] then return {'identity', stored} end
local needed = redis.call('HGET', KEYS[6], 'c') or ''
if ARGV[7]:sub(1, #needed) ~= needed then return {'keys', needed} end
if redis.call('SISMEMBER', KEYS[4], ARGV[3]) == 1 then return {'ended'} end
local members = redis.call('HGETALL', KEYS[2])
for i = 1, #members, 2 do
  if members[i + 1]:match('^([^\n]*)\n') == ARGV[4] and members[i] ~= ARGV[3] then return {'live'} end
end
if not stored then redis.call('SET', KEYS[1], ARGV[1]) end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4] .. '\n' .. ARGV[5] .. '\n' .. ARGV[6])
redis.call('HINCRBY', KEYS[3], ARGV[3], 1)
redis.call('HSET', KEYS[7], ARGV[3], ARGV[7])
redis.call('INCR', KEYS[5])
return {'joined'}
