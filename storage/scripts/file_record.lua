-- Adds a record to an ordered kind of the registry, unless one with its id is there.
-- KEYS: 1 records, 2 their ids in order, 3 last version. ARGV: 1 id, 2 body, 3 most to keep.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  return 'there'
end
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local version = math.max((tonumber(redis.call('GET', KEYS[3])) or 0) + 1, now)
redis.call('SET', KEYS[3], string.format('%.0f', version))
redis.call('HSET', KEYS[1], ARGV[1], struct.pack('>I8', version) .. ARGV[2])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[3])
if over > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, over - 1)) do
    redis.call('HDEL', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
  end
end
return 'ok'
