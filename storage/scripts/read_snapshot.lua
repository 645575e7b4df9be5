-- One page of a shard's records as they were at the version of its snapshot: first the records that
-- have not changed since, bucket after bucket, then those that were kept. What changes after it was
-- met is kept and met again; what changes before is only met there.
-- KEYS: 1 owner record, then the buckets from the cursor's on; the last one is what records were.
-- ARGV: 1 name, 2 layers of names, 3 cursor within the first bucket, 4 limit, 5 milliseconds until it
--       ends by itself.
-- Answer: {bucket to go on with, counted from the first, or -1 after the last; cursor within it;
--          field, value, field, ...} | 'gone'
local own = redis.call('HMGET', KEYS[1], 'x', 'y', 'b')
if own[2] or not own[3] or (own[1] or '1') ~= ARGV[2] then return 'gone' end
local version, ends, name = own[3]:match('^(%d+):(%d+):(.*)$')
local clock = redis.call('TIME')
local now_ms = clock[1] * 1000 + math.floor(clock[2] / 1000)
if name ~= ARGV[1] or now_ms >= tonumber(ends) then return 'gone' end
local last = tonumber(version)
local at, inner, limit, met, out = 2, ARGV[3], tonumber(ARGV[4]), 0, {}
while at <= #KEYS and met < limit do
  local part = redis.call('HSCAN', KEYS[at], inner, 'COUNT', limit)
  local words = part[2]
  for i = 1, #words, 2 do
    met = met + 1
    if struct.unpack('>I8', words[i + 1]) <= last then
      out[#out + 1] = words[i]
      out[#out + 1] = words[i + 1]
    end
  end
  inner = part[1]
  if inner == '0' then at = at + 1 end
end
if at > #KEYS then
  redis.call('HDEL', KEYS[1], 'b')
  redis.call('DEL', KEYS[#KEYS])
  return {-1, '0', out}
end
redis.call('HSET', KEYS[1], 'b', version .. ':' .. string.format('%.0f', now_ms + ARGV[5]) .. ':' .. name)
redis.call('PEXPIRE', KEYS[#KEYS], ARGV[5])
return {at - 2, inner, out}
