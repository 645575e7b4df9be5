-- The conversion breaker of one destination: by provider, codes sent and confirmed in slots of five
-- minutes, twelve of them live. Mirrors hour_counts and check_breaker of domain/send_policy.cpp.
-- KEYS: 1 the state: p:<provider> slots, x:<provider> and x: closed until (second).
-- ARGV: 1 'send' | 'return' | 'confirm', 2 provider, 3 least sent, 4 percent, 5 the debit's second.
-- Answer: {'ok'} | {'breaker', seconds to wait}
local slot_s, slots, closed_s, least_providers = 300, 12, 3600, 3
local now = tonumber(redis.call('TIME')[1])
local slot = math.floor(now / slot_s)
local own_field = 'p:' .. ARGV[2]

local function parse(raw)
  local live, at = {}, 1
  while raw and at <= #raw do
    local s, sent, confirmed
    s, sent, confirmed, at = struct.unpack('>I4I4I4', raw, at)
    if s <= slot and s > slot - slots then
      live[#live + 1] = {s, sent, confirmed}
    end
  end
  return live
end
local function sum(live)
  local sent, confirmed = 0, 0
  for _, one in ipairs(live) do
    sent, confirmed = sent + one[2], confirmed + one[3]
  end
  return sent, confirmed
end
local function add(at, sent, confirmed)
  local live = parse(redis.call('HGET', KEYS[1], own_field))
  local hit
  for _, one in ipairs(live) do
    if one[1] == at then hit = one end
  end
  if not hit then
    if sent < 0 then return end
    hit = {at, 0, 0}
    live[#live + 1] = hit
  end
  hit[2], hit[3] = math.max(0, hit[2] + sent), hit[3] + confirmed
  local out = {}
  for _, one in ipairs(live) do
    out[#out + 1] = struct.pack('>I4I4I4', one[1], one[2], one[3])
  end
  redis.call('HSET', KEYS[1], own_field, table.concat(out))
  redis.call('EXPIRE', KEYS[1], 2 * closed_s)
end
local function too_few(sent, confirmed)
  return sent >= tonumber(ARGV[3]) and confirmed * 100 < sent * tonumber(ARGV[4])
end
-- Seconds for which a field keeps the prefix closed; closes it now when `trips`.
local function closed(field, trips)
  local till = tonumber(redis.call('HGET', KEYS[1], field) or 0)
  if till <= now and trips then
    till = now + closed_s
    redis.call('HSET', KEYS[1], field, till)
    redis.call('EXPIRE', KEYS[1], 2 * closed_s)
  end
  if till > now then return {'breaker', tostring(till - now)} end
end

if ARGV[1] == 'return' then
  add(math.floor(tonumber(ARGV[5]) / slot_s), -1, 0)
  return {'ok'}
end
if ARGV[1] == 'confirm' then
  add(slot, 0, 1)
  return {'ok'}
end

local sent, confirmed, largest, senders, own_trips = 0, 0, 0, 0, false
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if all[i]:sub(1, 2) == 'p:' then
    local s, c = sum(parse(all[i + 1]))
    sent, confirmed, largest = sent + s, confirmed + c, math.max(largest, s)
    if s > 0 then senders = senders + 1 end
    if all[i] == own_field then own_trips = too_few(s, c) end
    if s == 0 and c == 0 then redis.call('HDEL', KEYS[1], all[i]) end
  end
end
local everybody = senders >= least_providers and largest * 2 <= sent and too_few(sent, confirmed)
local refused = closed('x:' .. ARGV[2], own_trips) or closed('x:', everybody)
if refused then return refused end
add(slot, 1, 0)
return {'ok'}
