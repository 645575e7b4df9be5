-- Completes, cancels or marks as reverted a bulk job; the same again changes nothing.
-- KEYS: 1 job, 2 the provider's notices, 3 open jobs, 4 rows that the provider has asserted, 5 of
--       these those that are only reserved (see open_part.lua).
-- ARGV: 1 completed | cancelled | failed, 2 notice, 3 notices kept (ms), 4 number, 5 kept (ms),
--       6 rows taken back (with failed).
-- Answer: 'ok' | 'ended' (with a notice) | 'missing' | 'conflict'
local job = redis.call('HMGET', KEYS[1], 'st', 'bg')
local state, wanted = job[1], ARGV[1]
if not state then return 'missing' end
local live = state == 'open' or state == 'running'
if wanted == 'failed' then
  if live then return 'conflict' end
  redis.call('HSET', KEYS[1], 'st', 'failed')
  redis.call('DECRBY', KEYS[4], ARGV[6])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  return 'ok'
end
if state == wanted or (wanted == 'completed' and state == 'running') then return 'ok' end
if not live then return 'conflict' end
if wanted == 'completed' and tonumber(job[2] or '0') > 0 then
  redis.call('HSET', KEYS[1], 'st', 'running')
  return 'ok'
end
redis.call('HSET', KEYS[1], 'st', wanted)
redis.call('ZREM', KEYS[3], ARGV[4])
local reserved = redis.call('HGET', KEYS[5], ARGV[4])
if reserved then
  redis.call('DECRBY', KEYS[4], (reserved:match('^%d+')))
  redis.call('HDEL', KEYS[5], ARGV[4])
end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
if wanted ~= 'completed' then return 'ok' end
local clock = redis.call('TIME')
local oldest = clock[1] * 1000 + math.floor(clock[2] / 1000) - ARGV[3]
redis.call('XADD', KEYS[2], 'MINID', '~', string.format('%.0f', oldest), '*', 'b', ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 'ended'
