-- Reserves an Idempotency-Key. KEYS: 1 the reservation.
-- ARGV: 1 fingerprint, 2 shard, 3 how long the first call may run (ms), 4 how long to keep it (ms).
-- Answer: {'proceed' | 'replay' | 'look' | 'in_progress' | 'reused', shard}
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local stored = redis.call('GET', KEYS[1])
if not stored then
  redis.call('SET', KEYS[1], struct.pack('>BI8I2', 0, now, ARGV[2]) .. ARGV[1], 'PX', ARGV[4])
  return {'proceed', ARGV[2]}
end
local kept, since, shard, at = struct.unpack('>BI8I2', stored)
if stored:sub(at) ~= ARGV[1] then
  return {'reused', tostring(shard)}
end
if kept == 1 then
  return {'replay', tostring(shard)}
end
if now - since < tonumber(ARGV[3]) then
  return {'in_progress', tostring(shard)}
end
-- The first call may have died. Whoever asks now takes its place, so that only one looks.
redis.call('SET', KEYS[1], struct.pack('>BI8I2', 0, now, shard) .. ARGV[1], 'PX', ARGV[4])
return {'look', tostring(shard)}
