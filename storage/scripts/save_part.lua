-- Keeps shares of a part's results, each once, and ends the part with its last ones.
-- KEYS: 1 job, 2 part, 3 rows that the provider has asserted, 4 its notices, 5 open jobs.
-- ARGV: 1 credit, 2 last (0, 1), 3 lines, 4 rejected, 5 results of the rejected, 6 notice of the
--       job's end, 7 notices kept (ms), 8 number of the job, 9 kept (ms); then for each share its
--       name, results, created, unchanged, conflicts, stored.
-- Answer: {'ok' | 'ended' (and with it the job), stored so far} | {'missing'} | {'conflict'}
local state = redis.call('HGET', KEYS[1], 'st')
if not state then return {'missing'} end
local part = redis.call('HMGET', KEYS[2], 'f', 'd', 'gr', 'us')
if part[2] then return {'ok', part[4]} end
if not part[1] or (state ~= 'open' and state ~= 'running') then return {'conflict'} end
local used = tonumber(part[4])
for at = 10, #ARGV, 6 do
  if redis.call('HSETNX', KEYS[2], 's' .. ARGV[at], ARGV[at + 1]) == 1 then
    redis.call('HINCRBY', KEYS[1], 'cr', ARGV[at + 2])
    redis.call('HINCRBY', KEYS[1], 'un', ARGV[at + 3])
    redis.call('HINCRBY', KEYS[1], 'co', ARGV[at + 4])
    redis.call('HINCRBY', KEYS[1], 'li', ARGV[at + 2] + ARGV[at + 3] + ARGV[at + 4])
    used = used + ARGV[at + 5]
  end
end
redis.call('HSET', KEYS[2], 'us', used, 'cr', ARGV[1])
if ARGV[2] ~= '1' then return {'ok', tostring(used)} end
redis.call('HSET', KEYS[2], 'd', 1, 'ln', ARGV[3], 'rn', ARGV[4], 'rj', ARGV[5])
redis.call('HINCRBY', KEYS[1], 'li', ARGV[4])
redis.call('HINCRBY', KEYS[1], 're', ARGV[4])
redis.call('HINCRBY', KEYS[1], 'pa', 1)
if redis.call('HGET', KEYS[1], 'dr') ~= '1' then
  redis.call('DECRBY', KEYS[3], part[3] - used)
end
redis.call('PEXPIRE', KEYS[1], ARGV[9])
redis.call('PEXPIRE', KEYS[2], ARGV[9])
if redis.call('HINCRBY', KEYS[1], 'bg', -1) > 0 or state ~= 'running' then
  return {'ok', tostring(used)}
end
redis.call('HSET', KEYS[1], 'st', 'completed')
redis.call('ZREM', KEYS[5], ARGV[8])
local clock = redis.call('TIME')
local oldest = clock[1] * 1000 + math.floor(clock[2] / 1000) - ARGV[7]
redis.call('XADD', KEYS[4], 'MINID', '~', string.format('%.0f', oldest), '*', 'b', ARGV[6])
redis.call('PEXPIRE', KEYS[4], ARGV[7])
return {'ended', tostring(used)}
