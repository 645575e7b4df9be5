-- KEYS: 1 owner record, 2 walks. ARGV: 1 incarnation, 2 epoch, 3 name, 4 cursor ('' ends the walk).
-- Answer: 'ok' | 'fenced'
local owner = redis.call('HMGET', KEYS[1], 'o', 'e')
if not owner[1] or owner[1] == '' or owner[1] ~= ARGV[1] or owner[2] ~= ARGV[2] then
  return 'fenced'
end
if ARGV[4] == '' then
  redis.call('HDEL', KEYS[2], ARGV[3])
else
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
end
return 'ok'
