-- Gives records of one shard other names. A record that is gone, or in another version, is left.
-- KEYS: 1 owner record, then for each record the bucket of its old name and that of its new one.
-- ARGV: 1 incarnation, 2 epoch, 3 layers of the new names; then for each record old field, expected
--       version, new field, body.
-- Answer: how many were renamed | 'fenced'
local owner = redis.call('HMGET', KEYS[1], 'o', 'e')
if not owner[1] or owner[1] == '' or owner[1] ~= ARGV[1] or owner[2] ~= ARGV[2] then
  return 'fenced'
end
redis.call('HSET', KEYS[1], 'y', ARGV[3])
local renamed, at = 0, 3
for i = 2, #KEYS, 2 do
  local stored = redis.call('HGET', KEYS[i], ARGV[at + 1])
  if stored and string.format('%.0f', (struct.unpack('>I8', stored))) == ARGV[at + 2] then
    redis.call('HSET', KEYS[i + 1], ARGV[at + 3], stored:sub(1, 8) .. ARGV[at + 4])
    redis.call('HDEL', KEYS[i], ARGV[at + 1])
    renamed = renamed + 1
  end
  at = at + 4
end
return renamed
