-- KEYS: 1 owner record. ARGV: 1 incarnation, 2 epoch. Answer: the next epoch, or 'fenced'.
local held = redis.call('HMGET', KEYS[1], 'o', 'e')
if not held[1] or held[1] == '' or held[1] ~= ARGV[1] or held[2] ~= ARGV[2] then
  return 'fenced'
end
return redis.call('HINCRBY', KEYS[1], 'e', 1)
