-- Adds what a back-up has of a provider's standing; what stands there already stays.
-- KEYS: 1 strikes, 2 changes by day. ARGV: 1 number of strikes, then id, body ..., day, number ...
local behind = 1 + 2 * tonumber(ARGV[1])
for at = 2, #ARGV, 2 do
  redis.call('HSETNX', at <= behind and KEYS[1] or KEYS[2], ARGV[at], ARGV[at + 1])
end
return 'ok'
