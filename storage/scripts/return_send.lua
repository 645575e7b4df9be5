-- Gives the last debit of a verification back, once.
-- KEYS: 1 the day's counts, 2 the debit. ARGV: 1 region, 2 the debit to stand there instead or ''.
-- Answer: the second of the debit, or '' when there is none (any more).
local at = redis.call('GET', KEYS[2])
if not at then
  return ''
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[2])
else
  redis.call('SET', KEYS[2], ARGV[2], 'EX', 86400)
end
local field = 'r:' .. ARGV[1]
local seen = redis.call('HMGET', KEYS[1], 'd', 'n', field)
if tonumber(seen[1]) == math.floor(tonumber(at) / 86400) then
  redis.call('HSET', KEYS[1], 'n', math.max(0, (tonumber(seen[2]) or 0) - 1), field,
             math.max(0, (tonumber(seen[3]) or 0) - 1))
end
return at
