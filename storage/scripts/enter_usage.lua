-- Takes a batch of usage into the ledger of today (UTC), unless it, or a later one of the same
-- writer and incarnation, was taken.
-- KEYS: 1 the writer's mark, 2 what the month costs so far (m month, u millionths),
--       3 what the key of a day's ledger begins with.
-- ARGV: 1 incarnation, 2 number, 3 hits, 4 misses, 5 bulk rows, 6 what they cost, 7 days are kept
--       so many seconds.
-- Answer: 'ok' | 'taken'
local function month_of(day)
  local z = day + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) -
                          math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  return (yoe + era * 400) * 12 + math.floor((5 * doy + 2) / 153)  -- years begin in March
end
local mark = redis.call('GET', KEYS[1])
if mark then
  local who, number = mark:match('^(%S+) (%d+)$')
  if who == ARGV[1] and tonumber(ARGV[2]) <= tonumber(number) then
    return 'taken'
  end
end
local day = math.floor(tonumber(redis.call('TIME')[1]) / 86400)
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'EX', 2592000)
local ledger = KEYS[3] .. string.format('%.0f', day)
for i, field in ipairs({'h', 'm', 'r'}) do
  if ARGV[2 + i] ~= '0' then
    redis.call('HINCRBY', ledger, field, ARGV[2 + i])
  end
end
redis.call('EXPIRE', ledger, ARGV[7])
if ARGV[6] ~= '0' then
  local month = month_of(day)
  if tonumber(redis.call('HGET', KEYS[2], 'm')) ~= month then
    redis.call('HSET', KEYS[2], 'm', month, 'u', 0)
  end
  redis.call('HINCRBY', KEYS[2], 'u', ARGV[6])
  redis.call('EXPIRE', KEYS[2], 2764800)
end
return 'ok'
