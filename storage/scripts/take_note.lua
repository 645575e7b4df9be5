-- Adds to what a provider's standing is made of, unless this outbox entry, or a later one of its
-- shard, was taken.
-- KEYS: 1 strikes, 2 changes by day, 3 high-water marks by shard.
-- ARGV: 1 shard, 2 version and 3 number of the entry's id, 4 what: 'change' | 'new' (a strike unless
--       one is there) | 'strike' | 'lifted', 5 day or id, 6 body of a strike, 7 oldest day to keep or
--       most strikes to keep.
local mark = redis.call('HGET', KEYS[3], ARGV[1])
if mark then
  local version, number = mark:match('^(%d+)-(%d+)$')
  version, number = tonumber(version), tonumber(number)
  local next_version, next_number = tonumber(ARGV[2]), tonumber(ARGV[3])
  if next_version < version or (next_version == version and next_number <= number) then
    return 'taken'
  end
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2] .. '-' .. ARGV[3])
if ARGV[4] == 'lifted' then
  redis.call('HDEL', KEYS[1], ARGV[5])
elseif ARGV[4] == 'change' then
  if redis.call('HINCRBY', KEYS[2], ARGV[5], 1) == 1 then
    for _, day in ipairs(redis.call('HKEYS', KEYS[2])) do
      if tonumber(day) < tonumber(ARGV[7]) then
        redis.call('HDEL', KEYS[2], day)
      end
    end
  end
elseif redis.call('HEXISTS', KEYS[1], ARGV[5]) == 1 then
  if ARGV[4] == 'strike' then
    redis.call('HSET', KEYS[1], ARGV[5], ARGV[6])
  end
elseif redis.call('HLEN', KEYS[1]) < tonumber(ARGV[7]) then
  redis.call('HSET', KEYS[1], ARGV[5], ARGV[6])
end
return 'ok'
