-- KEYS: 1 identity. ARGV: 1 mine. Answer: 'ok' when it is the stored one, else 'conflict'.
local stored = redis.call('GET', KEYS[1])
if not stored then
  redis.call('SET', KEYS[1], ARGV[1])
  return 'ok'
end
return stored == ARGV[1] and 'ok' or 'conflict'
