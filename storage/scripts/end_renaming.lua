-- All records of a shard have their new names. Walks through them begin anew: their cursors are
-- places among the old ones.
-- KEYS: 1 owner record, 2 walks, then the buckets of the old names.
-- ARGV: 1 incarnation, 2 epoch, 3 layers of the new names. Answer: 'ok' | 'left' | 'fenced'
local owner = redis.call('HMGET', KEYS[1], 'o', 'e')
if not owner[1] or owner[1] == '' or owner[1] ~= ARGV[1] or owner[2] ~= ARGV[2] then
  return 'fenced'
end
for i = 3, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then return 'left' end
end
redis.call('HSET', KEYS[1], 'x', ARGV[3])
redis.call('HDEL', KEYS[1], 'y')
redis.call('DEL', KEYS[2])
return 'ok'
