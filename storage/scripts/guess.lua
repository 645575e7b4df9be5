-- Wrong and right codes of a provider in a UTC day: d day, w wrong, r right.
-- KEYS: 1 the counts. ARGV: 1 'reserve' | 'wrong' | 'right' | 'not_compared', 2 base.
-- Answer: {'ok'} | {'guesses', seconds to wait}
local now = tonumber(redis.call('TIME')[1])
local day = math.floor(now / 86400)
local seen = redis.call('HMGET', KEYS[1], 'd', 'w', 'r')
local today = tonumber(seen[1]) == day
local wrong = today and tonumber(seen[2]) or 0
local right = today and tonumber(seen[3]) or 0
if ARGV[1] == 'reserve' then
  if wrong >= tonumber(ARGV[2]) + math.floor(right / 2) then
    return {'guesses', tostring((day + 1) * 86400 - now)}
  end
  wrong = wrong + 1
elseif ARGV[1] ~= 'wrong' then
  wrong = math.max(0, wrong - 1)
  if ARGV[1] == 'right' then right = right + 1 end
end
redis.call('HSET', KEYS[1], 'd', day, 'w', wrong, 'r', right)
redis.call('EXPIRE', KEYS[1], 172800)
return {'ok'}
