-- Gives a shard back; its epoch and last version stay. KEYS: 1 owner record.
-- ARGV: 1 incarnation, 2 epoch. Answer: 'ok' | 'fenced'
local held = redis.call('HMGET', KEYS[1], 'o', 'e')
if not held[1] or held[1] == '' or held[1] ~= ARGV[1] or held[2] ~= ARGV[2] then
  return 'fenced'
end
redis.call('HSET', KEYS[1], 'n', '', 'o', '')
return 'ok'
