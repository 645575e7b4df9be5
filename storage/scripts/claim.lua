-- Makes an incarnation the owner of a shard, one epoch on, if the record is as it was seen.
-- KEYS: 1 owner record. ARGV: 1 node, 2 incarnation, 3 owner seen, 4 epoch seen.
-- Answer: {epoch, layers of names, layers that they are being brought to} | 'changed'
local held = redis.call('HMGET', KEYS[1], 'o', 'e')
if (held[1] or '') ~= ARGV[3] or (held[2] or '0') ~= ARGV[4] then
  return 'changed'
end
redis.call('HSET', KEYS[1], 'n', ARGV[1], 'o', ARGV[2])
local names = redis.call('HMGET', KEYS[1], 'x', 'y')
return {redis.call('HINCRBY', KEYS[1], 'e', 1), names[1] or '1', names[2] or '0'}
