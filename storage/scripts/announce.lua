-- Replaces a member's address. KEYS: 1 members, 2 view. ARGV: 1 incarnation, 2 address.
-- Answer: 'ok' | 'none'
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record then return 'none' end
local node, folder = record:match('^([^\n]*)\n([^\n]*)\n')
redis.call('HSET', KEYS[1], ARGV[1], node .. '\n' .. folder .. '\n' .. ARGV[2])
redis.call('INCR', KEYS[2])
return 'ok'
