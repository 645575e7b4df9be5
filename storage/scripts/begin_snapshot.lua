-- A shard's records are to be read as they are at this moment (commit.lua and write_rows.lua keep
-- what they change meanwhile). KEYS: 1 owner record, 2 what records were.
-- ARGV: 1 name, 2 milliseconds until it ends by itself.
-- Answer: {version, epoch, layers of names} | 'taken' (another name's goes on) | 'renaming'
local own = redis.call('HMGET', KEYS[1], 'v', 'e', 'x', 'y', 'b')
if own[4] then return 'renaming' end
local clock = redis.call('TIME')
local now_ms = clock[1] * 1000 + math.floor(clock[2] / 1000)
if own[5] then
  local ends, name = own[5]:match('^%d+:(%d+):(.*)$')
  if name ~= ARGV[1] and now_ms < tonumber(ends) then return 'taken' end
end
local version = own[1] or '0'
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'b', version .. ':' .. string.format('%.0f', now_ms + ARGV[2]) .. ':' .. ARGV[1])
return {version, own[2] or '0', own[3] or '1'}
