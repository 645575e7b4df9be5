-- KEYS: 1 the restore. ARGV: 1 name. Answer: 'ok' | 'taken'
local held = redis.call('HMGET', KEYS[1], 'n', 'o')
if held[1] ~= ARGV[1] or held[2] ~= '1' then return 'taken' end
redis.call('HSET', KEYS[1], 'o', '0')
return 'ok'
