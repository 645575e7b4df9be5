-- Opens a restore if the registry is empty, or goes on with the one that is open.
-- KEYS: 1 the restore, 2 index, then what must be empty. ARGV: 1 name, 2 layers of the names that it
-- writes, unless more are in use. Answer: 'ok' | 'taken'
local held = redis.call('HMGET', KEYS[1], 'n', 'o')
if held[1] then
  return held[1] == ARGV[1] and held[2] == '1' and 'ok' or 'taken'
end
local index = redis.call('HMGET', KEYS[2], 'u', 'a')
if index[1] ~= index[2] then return 'taken' end  -- records are being given other names
for i = 3, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then return 'taken' end
end
local names = math.max(tonumber(ARGV[2]), tonumber(index[2] or '1'))
redis.call('HSET', KEYS[1], 'n', ARGV[1], 'o', '1', 'k', tostring(names))
return 'ok'
