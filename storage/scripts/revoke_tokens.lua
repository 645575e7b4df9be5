-- Ends one token, or all that are in the index.
-- KEYS: 1 index by expiry, 2 what the tokens' keys begin with. ARGV: 1 hash, or '' for all.
local function hex(bytes)
  return (bytes:gsub('.', function(c) return string.format('%02x', c:byte()) end))
end
local ended = {ARGV[1]}
if ARGV[1] == '' then
  ended = redis.call('ZRANGE', KEYS[1], 0, -1)
  redis.call('DEL', KEYS[1])
else
  redis.call('ZREM', KEYS[1], ARGV[1])
end
for _, hash in ipairs(ended) do
  redis.call('DEL', KEYS[2] .. hex(hash))
end
return 'ok'
