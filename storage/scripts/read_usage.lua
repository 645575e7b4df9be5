-- The ledgers of these days, each as field, count, field, count …
local days = {}
for i, key in ipairs(KEYS) do
  days[i] = redis.call('HGETALL', key)
end
return days
