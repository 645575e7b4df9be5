-- Replaces a value that begins with its version, if that is the expected one.
-- KEYS: 1 value. ARGV: 1 expected version, 2 body.
-- Answer: the new version, as text | 'stale'
local stored = redis.call('GET', KEYS[1])
local version = stored and struct.unpack('>I8', stored) or 0
if version ~= tonumber(ARGV[1]) then
  return 'stale'
end
-- Never one that was given before, even if a fail-over lost that.
local clock = redis.call('TIME')
local next = math.max(version + 1, clock[1] * 1000000 + clock[2])
redis.call('SET', KEYS[1], struct.pack('>I8', next) .. ARGV[2])
return string.format('%.0f', next)
