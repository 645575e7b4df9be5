-- Keeps shares of a part's results, each once, and ends the part with its last ones.
-- KEYS: 1 job, 2 part, 3 rows that the provider has asserted, 4 its notices, 5 open jobs, 6 of the
--       asserted rows those that are only reserved (see open_part.lua).
-- ARGV: 1 credit, 2 last (0, 1), 3 lines, 4 rejected, 5 results of the rejected, 6 notice of the
--       job's end, 7 notices kept (ms), 8 number of the job, 9 kept (ms); then for each share its
--       name, results, created, unchanged, conflicts, stored.
-- Answer: {'ok' | 'ended' (and with it the job), stored so far} | {'missing'} | {'conflict'}: the
--         job has ended; its shares are kept all the same, for their rows stand.
local job = redis.call('HMGET', KEYS[1], 'st', 'dr')
local state, dry = job[1], job[2] == '1'
if not state then return {'missing'} end
local live = state == 'open' or state == 'running'
local part = redis.call('HMGET', KEYS[2], 'f', 'd', 'gr', 'us')
if part[2] then return {'ok', part[4]} end
if not part[1] then return {'conflict'} end
local last = live and ARGV[2] == '1'
local fresh = 0
for at = 10, #ARGV, 6 do
  if redis.call('HSETNX', KEYS[2], 's' .. ARGV[at], ARGV[at + 1]) == 1 then
    redis.call('HINCRBY', KEYS[1], 'cr', ARGV[at + 2])
    redis.call('HINCRBY', KEYS[1], 'un', ARGV[at + 3])
    redis.call('HINCRBY', KEYS[1], 'co', ARGV[at + 4])
    redis.call('HINCRBY', KEYS[1], 'li', ARGV[at + 2] + ARGV[at + 3] + ARGV[at + 4])
    fresh = fresh + ARGV[at + 5]
  end
end
local used = tonumber(part[4]) + fresh
redis.call('HSET', KEYS[2], 'us', used, 'cr', ARGV[1])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if not dry then
  local held = redis.call('HGET', KEYS[6], ARGV[8]) or '0 0'
  local rows, till = held:match('^(%d+) (%d+)$')
  local reserved = tonumber(rows)
  -- Rows of a job that has ended have no reserve any more: they are counted anew.
  local count = fresh - math.min(reserved, fresh)
  reserved = reserved - math.min(reserved, fresh)
  if last then
    local back = math.min(reserved, math.max(0, part[3] - used))
    count, reserved, till = count - back, reserved - back, string.format('%.0f', now + ARGV[9])
  end
  if count ~= 0 then redis.call('INCRBY', KEYS[3], count) end
  if reserved > 0 then
    redis.call('HSET', KEYS[6], ARGV[8], string.format('%.0f ', reserved) .. till)
  else
    redis.call('HDEL', KEYS[6], ARGV[8])
  end
end
if not live then return {'conflict'} end
if not last then return {'ok', tostring(used)} end
redis.call('HSET', KEYS[2], 'd', 1, 'ln', ARGV[3], 'rn', ARGV[4], 'rj', ARGV[5])
redis.call('HINCRBY', KEYS[1], 'li', ARGV[4])
redis.call('HINCRBY', KEYS[1], 're', ARGV[4])
redis.call('HINCRBY', KEYS[1], 'pa', 1)
for _, key in ipairs({KEYS[1], KEYS[2], KEYS[5]}) do redis.call('PEXPIRE', key, ARGV[9]) end
redis.call('ZADD', KEYS[5], 'XX', now + ARGV[9], ARGV[8])
if redis.call('HINCRBY', KEYS[1], 'bg', -1) > 0 or state ~= 'running' then
  return {'ok', tostring(used)}
end
redis.call('HSET', KEYS[1], 'st', 'completed')
redis.call('ZREM', KEYS[5], ARGV[8])
redis.call('XADD', KEYS[4], 'MINID', '~', string.format('%.0f', now - ARGV[7]), '*', 'b', ARGV[6])
redis.call('PEXPIRE', KEYS[4], ARGV[7])
return {'ended', tostring(used)}
