-- Gives a shard back; its epoch and last version stay. KEYS: 1 owner record. ARGV: 1 incarnation.
local held = redis.call('HGET', KEYS[1], 'o')
if held and held ~= '' and held == ARGV[1] then
  redis.call('HSET', KEYS[1], 'n', '', 'o', '')
end
return 'ok'
