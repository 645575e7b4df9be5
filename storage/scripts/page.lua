-- One page of a shard's mapping records, bucket after bucket.
-- KEYS: the buckets from the cursor's on. ARGV: 1 cursor within the first of them, 2 limit.
-- Answer: {bucket to go on with, counted from the first, or -1 after the last; cursor within it;
--          field, value, field, ...}
local at, inner, out = 1, ARGV[1], {}
local limit = tonumber(ARGV[2])
while at <= #KEYS and #out < 2 * limit do
  local part = redis.call('HSCAN', KEYS[at], inner, 'COUNT', limit)
  for _, word in ipairs(part[2]) do
    out[#out + 1] = word
  end
  inner = part[1]
  if inner == '0' then at = at + 1 end
end
return {at > #KEYS and -1 or at - 1, inner, out}
