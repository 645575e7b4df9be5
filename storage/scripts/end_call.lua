-- KEYS: 1 the reservation. ARGV: 1 fingerprint, 2 '1' when the answer is kept, 3 for how long (ms),
-- 4 shard. A reservation that is kept stays kept.
local stored = redis.call('GET', KEYS[1])
local kept, since, shard, at = 0, 0, tonumber(ARGV[4]), 0
if stored then
  kept, since, shard, at = struct.unpack('>BI8I2', stored)
  if stored:sub(at) ~= ARGV[1] then
    return 'ok'
  end
end
if ARGV[2] == '1' then
  redis.call('SET', KEYS[1], struct.pack('>BI8I2', 1, since, shard) .. ARGV[1], 'PX', ARGV[3])
elseif stored and kept == 0 then
  redis.call('DEL', KEYS[1])
end
return 'ok'
