-- KEYS: 1 change log, 2 its marks. ARGV: 1 number, 2 limit.
-- Answer: {id of the oldest entry or '', how many entries there were, the entries behind the number}
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
return {oldest[1] and oldest[1][1] or '', redis.call('HGET', KEYS[2], 'n') or '0',
        redis.call('XRANGE', KEYS[1], '(' .. ARGV[1] .. '-1', '+', 'COUNT', ARGV[2])}
