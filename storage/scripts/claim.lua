-- Makes an incarnation the owner of a shard, one epoch on.
-- KEYS: 1 owner record. ARGV: 1 node, 2 incarnation. Answer: the epoch, or 'conflict'.
local held = redis.call('HMGET', KEYS[1], 'n', 'o')
if held[2] and held[2] ~= '' and held[1] ~= ARGV[1] then
  return 'conflict'
end
redis.call('HSET', KEYS[1], 'n', ARGV[1], 'o', ARGV[2])
return redis.call('HINCRBY', KEYS[1], 'e', 1)
