-- One send, counted in the provider's UTC day (d day, n all, r:<region> one region's), in what its
-- month costs (m month, u millionths) and in the day's ledger (s:<channel>:<region>), or in none.
-- KEYS: 1 the counts, 2 the debit, 3 the month's cost, 4 what the key of a day's ledger begins with,
--       5 the user counts.
-- ARGV: 1 region, 2 daily limit, 3 the region's limit before its users earn more (0: none),
--       4 channel, 5 price, 6 most that the month may cost (0: any), 7 days are kept so many
--       seconds.
-- Answer: {'ok', second, the debit that this one replaces or ''} | {policy, seconds to wait}
local function month_of(day)
  local z = day + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) -
                          math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  return (yoe + era * 400) * 12 + math.floor((5 * doy + 2) / 153)  -- years begin in March
end
local now = tonumber(redis.call('TIME')[1])
local day = math.floor(now / 86400)
local field = 'r:' .. ARGV[1]
local seen = redis.call('HMGET', KEYS[1], 'd', 'n', field)
local today = tonumber(seen[1]) == day
local all = today and tonumber(seen[2]) or 0
local region = today and tonumber(seen[3]) or 0
local wait = tostring((day + 1) * 86400 - now)
if all >= tonumber(ARGV[2]) then
  return {'sends', wait}
end
local region_limit = tonumber(ARGV[3])
if region_limit > 0 then
  local users = tonumber(redis.call('HGET', KEYS[5], field)) or 0
  if region >= region_limit + math.max(0, users) then
    return {'country', wait}
  end
end
local month = month_of(day)
local cost = redis.call('HMGET', KEYS[3], 'm', 'u')
local spent = tonumber(cost[1]) == month and tonumber(cost[2]) or 0
local cap = tonumber(ARGV[6])
if cap > 0 and spent + tonumber(ARGV[5]) > cap then
  local next = day + 1
  while month_of(next) == month do next = next + 1 end
  return {'spend', string.format('%.0f', next * 86400 - now)}
end
if not today then
  redis.call('DEL', KEYS[1])
end
redis.call('HSET', KEYS[1], 'd', day, 'n', all + 1, field, region + 1)
redis.call('EXPIRE', KEYS[1], 172800)
redis.call('HSET', KEYS[3], 'm', month, 'u', string.format('%.0f', spent + tonumber(ARGV[5])))
redis.call('EXPIRE', KEYS[3], 2764800)
local ledger = KEYS[4] .. string.format('%.0f', day)
redis.call('HINCRBY', ledger, 's:' .. ARGV[4] .. ':' .. ARGV[1], 1)
redis.call('EXPIRE', ledger, ARGV[7])
local before = redis.call('GET', KEYS[2]) or ''
redis.call('SET', KEYS[2], now .. ':' .. ARGV[4] .. ':' .. ARGV[5] .. ':' .. month, 'EX', 86400)
return {'ok', tostring(now), before}
