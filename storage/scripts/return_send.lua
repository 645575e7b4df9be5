-- Gives the last debit of a verification back, once. The ledger is only added to: it keeps the send
-- (s) and gets an entry that takes it back (b).
-- KEYS: 1 the day's counts, 2 the debit (second:channel:price:month), 3 the month's cost, 4 what the
--       key of a day's ledger begins with.
-- ARGV: 1 region, 2 the debit to stand there instead or ''.
-- Answer: the second of the debit, or '' when there is none (any more).
local debit = redis.call('GET', KEYS[2])
if not debit then
  return ''
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[2])
else
  redis.call('SET', KEYS[2], ARGV[2], 'EX', 86400)
end
local at, way, price, month = debit:match('^(%d+):(%a+):(%d+):(%d+)$')
local day = math.floor(tonumber(at) / 86400)
local field = 'r:' .. ARGV[1]
local seen = redis.call('HMGET', KEYS[1], 'd', 'n', field)
if tonumber(seen[1]) == day then
  redis.call('HSET', KEYS[1], 'n', math.max(0, (tonumber(seen[2]) or 0) - 1), field,
             math.max(0, (tonumber(seen[3]) or 0) - 1))
end
local cost = redis.call('HMGET', KEYS[3], 'm', 'u')
if tonumber(cost[1]) == tonumber(month) then
  redis.call('HSET', KEYS[3], 'u',
             string.format('%.0f', math.max(0, (tonumber(cost[2]) or 0) - tonumber(price))))
end
redis.call('HINCRBY', KEYS[4] .. string.format('%.0f', day), 'b:' .. way .. ':' .. ARGV[1], 1)
return at
