-- Appends to a provider's stream. With an outbox entry: unless that, or a later one of its shard,
-- was taken.
-- KEYS: 1 stream, 2 high-water marks by shard (with an outbox entry only).
-- ARGV: 1 body, 2 kept for so many milliseconds, 3 at most about so many entries (0: any number),
--       then with an outbox entry 4 shard, 5 version and 6 number of its id.
-- Answer: the id | ''
if KEYS[2] then
  local mark = redis.call('HGET', KEYS[2], ARGV[4])
  if mark then
    local version, number = mark:match('^(%d+)-(%d+)$')
    version, number = tonumber(version), tonumber(number)
    local next_version, next_number = tonumber(ARGV[5]), tonumber(ARGV[6])
    if next_version < version or (next_version == version and next_number <= number) then
      return ''
    end
  end
  redis.call('HSET', KEYS[2], ARGV[4], ARGV[5] .. '-' .. ARGV[6])
end
local clock = redis.call('TIME')
local oldest = clock[1] * 1000 + math.floor(clock[2] / 1000) - ARGV[2]
local id = redis.call('XADD', KEYS[1], 'MINID', '~', string.format('%.0f', oldest), '*',
                      'b', ARGV[1])
if ARGV[3] ~= '0' then
  redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[3])
end
-- A provider to which nothing happens any more keeps nothing.
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return id
