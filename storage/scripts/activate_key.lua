-- Makes the next index key the one that shards rename their records by. Mirrors may_activate of
-- domain/index_rotation.cpp. A key is known by 16 bytes that tell nothing about it.
-- KEYS: 1 members, 2 what they say of their keys, 3 index, 4 restore: while one is open its rows
-- are not given other names, so keys are activated up to those that it needs.
-- ARGV: 1 version, 2 own keys.
-- Answer: {'active'} | {'not_next'} | {'unfinished'} | {'lacking', node} | {'differing', node}
local version, mine = tonumber(ARGV[1]), ARGV[2]
local index = redis.call('HMGET', KEYS[3], 'u', 'a')
local used, active = tonumber(index[1] or '1'), tonumber(index[2] or '1')
if version == active then return {'active'} end
if used ~= active then return {'unfinished'} end
if version ~= active + 1 then return {'not_next'} end
local size = 16 * version
if #mine < size then return {'lacking', ''} end
local wanted = mine:sub(1, size)
local members = redis.call('HGETALL', KEYS[1])
for i = 1, #members, 2 do
  local node = members[i + 1]:match('^([^\n]*)\n')
  local theirs = redis.call('HGET', KEYS[2], members[i]) or ''
  if #theirs < size then return {'lacking', node} end
  if theirs:sub(1, size) ~= wanted then return {'differing', node} end
end
local restore = redis.call('HMGET', KEYS[4], 'o', 'k')
if restore[1] == '1' and version > tonumber(restore[2]) then return {'unfinished'} end
redis.call('HSET', KEYS[3], 'u', used, 'a', version, 'c', wanted)
return {'active'}
