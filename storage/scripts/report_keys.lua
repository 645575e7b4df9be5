-- What a member says of its index keys. KEYS: 1 members, 2 what they say.
-- ARGV: 1 incarnation, 2 16 bytes a key. Answer: 'ok' | 'none'
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 'none' end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 'ok'
