-- Appends to the change log, unless that entry of the shard's outbox, or a later one, was taken.
-- KEYS: 1 log, 2 high-water marks by shard, and how many entries there were (n).
-- ARGV: 1 shard, 2 version and 3 number of the entry's id, 4 body, 5 about how many entries are kept.
-- Answer: 1 | 0
local mark = redis.call('HGET', KEYS[2], ARGV[1])
if mark then
  local version, number = mark:match('^(%d+)-(%d+)$')
  version, number = tonumber(version), tonumber(number)
  local next_version, next_number = tonumber(ARGV[2]), tonumber(ARGV[3])
  if next_version < version or (next_version == version and next_number <= number) then
    return 0
  end
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. '-' .. ARGV[3])
local clock = redis.call('TIME')
local now = string.format('%.0f', clock[1] * 1000000 + clock[2])
local id = string.format('%.0f', redis.call('HINCRBY', KEYS[2], 'n', 1)) .. '-1'
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], id, 'b', ARGV[4], 't', now)
return 1
