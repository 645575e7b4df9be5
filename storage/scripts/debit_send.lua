-- A provider's sends of the UTC day: d day, n all, r:<region> one region's.
-- KEYS: 1 the counts, 2 the debit, 3 the user counts.
-- ARGV: 1 region, 2 daily limit, 3 the region's limit before its users earn more (0: none).
-- Answer: {'ok', second, the debit that this one replaces or ''} | {policy, seconds to wait}
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
  local users = tonumber(redis.call('HGET', KEYS[3], field)) or 0
  if region >= region_limit + math.max(0, users) then
    return {'country', wait}
  end
end
if not today then
  redis.call('DEL', KEYS[1])
end
redis.call('HSET', KEYS[1], 'd', day, 'n', all + 1, field, region + 1)
redis.call('EXPIRE', KEYS[1], 172800)
local before = redis.call('GET', KEYS[2]) or ''
redis.call('SET', KEYS[2], tostring(now), 'EX', 86400)
return {'ok', tostring(now), before}
