-- Opens a restore if the registry is empty, or goes on with the one that is open.
-- KEYS: 1 the restore, then what must be empty. ARGV: 1 name. Answer: 'ok' | 'taken'
local held = redis.call('HMGET', KEYS[1], 'n', 'o')
if held[1] then
  return held[1] == ARGV[1] and held[2] == '1' and 'ok' or 'taken'
end
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then return 'taken' end
end
redis.call('HSET', KEYS[1], 'n', ARGV[1], 'o', '1')
return 'ok'
