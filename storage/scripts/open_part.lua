-- Begins a part of a bulk job, or finds how far it is.
-- KEYS: 1 job, 2 part, 3 rows that the provider has asserted, 4 open jobs, 5 of the asserted rows
--       those that are only reserved: "rows until" (ms) by number of the job.
-- ARGV: 1 fingerprint, 2 valid rows, 3 ceiling of asserted rows, 4 kept (ms), 5 number of the job,
--       6 number of the part.
-- Answer: {'ok', rows granted, credit, names of saved shares …} | {'done', lines, rejected, stored}
--         | {'missing'} | {'conflict'}
local state = redis.call('HMGET', KEYS[1], 'st', 'dr')
if not state[1] then return {'missing'} end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local part = redis.call('HMGET', KEYS[2], 'f', 'd', 'ln', 'rn', 'gr', 'cr', 'us')
if part[1] and part[1] ~= ARGV[1] then return {'conflict'} end
if part[2] then return {'done', part[3], part[4], part[7]} end
if state[1] ~= 'open' and not (state[1] == 'running' and part[1]) then return {'conflict'} end
for _, key in ipairs({KEYS[1], KEYS[2], KEYS[4]}) do redis.call('PEXPIRE', key, ARGV[4]) end
redis.call('ZADD', KEYS[4], 'XX', now + ARGV[4], ARGV[5])
local function reserve(rows)
  redis.call('HSET', KEYS[5], ARGV[5], string.format('%.0f %.0f', rows, now + ARGV[4]))
end
local own = redis.call('HGET', KEYS[5], ARGV[5])
own = own and tonumber(own:match('^%d+')) or 0
if part[1] then
  if own > 0 then reserve(own) end
  local answer = {'ok', part[5], part[6]}
  for _, name in ipairs(redis.call('HKEYS', KEYS[2])) do
    if name:sub(1, 1) == 's' then answer[#answer + 1] = name:sub(2) end
  end
  return answer
end
local granted = tonumber(ARGV[2])
if state[2] ~= '1' then
  -- Taken before the rows are written. What jobs that have expired did not need comes back now.
  local held = tonumber(redis.call('GET', KEYS[3]) or '0')
  local all = redis.call('HGETALL', KEYS[5])
  for i = 1, #all, 2 do
    local rows, till = all[i + 1]:match('^(%d+) (%d+)$')
    if all[i] ~= ARGV[5] and tonumber(till) <= now then
      held = held - rows
      redis.call('HDEL', KEYS[5], all[i])
    end
  end
  granted = math.max(0, math.min(granted, tonumber(ARGV[3]) - held))
  redis.call('SET', KEYS[3], string.format('%.0f', held + granted))
  reserve(own + granted)
end
redis.call('HSET', KEYS[2], 'f', ARGV[1], 'gr', granted, 'cr', 0, 'us', 0)
redis.call('PEXPIRE', KEYS[2], ARGV[4])
redis.call('HINCRBY', KEYS[1], 'bg', 1)
redis.call('HSET', KEYS[1], '#' .. ARGV[6], 1)
return {'ok', tostring(granted), '0'}
