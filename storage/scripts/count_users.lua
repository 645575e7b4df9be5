-- Takes a change of the user counts unless this outbox entry, or a later one of its shard, was.
-- KEYS: 1 counts, 2 high-water marks by shard.
-- ARGV: 1 shard, 2 version and 3 number of the entry's id, 4 method, 5 delta
local mark = redis.call('HGET', KEYS[2], ARGV[1])
if mark then
  local version, number = mark:match('^(%d+)-(%d+)$')
  version, number = tonumber(version), tonumber(number)
  local next_version, next_number = tonumber(ARGV[2]), tonumber(ARGV[3])
  if next_version < version or (next_version == version and next_number <= number) then
    return 'taken'
  end
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. '-' .. ARGV[3])
redis.call('HINCRBY', KEYS[1], ARGV[4], ARGV[5])
return 'ok'
