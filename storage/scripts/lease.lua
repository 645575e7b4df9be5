-- A node's turn at the provider's daily budget of lookups: gives units back, tells the terms that it
-- knows, leases. Mirrors lease() of domain/lookup_lease.cpp; see there for the rules.
-- KEYS: 1 the account: t TAT (us), b budget, v version and f '1' if fixed of its terms;
--         h<node> "units until" (us) of each node that holds some.
-- ARGV: 1 node, 2 budget, 3 version, 4 '1' if fixed, 5 units returned, 6 budget they came from,
--       7 units held, 8 units wanted, 9 '1' to hold more, 10 the lifetime of a lease (us)
-- Answer: {granted, limit, budget, TAT, now}
local window = 86400000000
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local function decimal(number) return string.format('%.0f', number) end

local node = 'h' .. ARGV[1]
local next_budget, next_version, next_fixed = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local returned, returned_budget = tonumber(ARGV[5]), tonumber(ARGV[6])
local held, wanted, hold = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9] == '1'

local tat, budget, version, fixed = 0, 0, 0, false
local others, nodes, gone = 0, 1, {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local name, value = fields[i], fields[i + 1]
  if name == 't' then tat = tonumber(value)
  elseif name == 'b' then budget = tonumber(value)
  elseif name == 'v' then version = tonumber(value)
  elseif name == 'f' then fixed = value == '1'
  elseif name ~= node then
    local units, till = value:match('^(%d+) (%d+)$')
    if tonumber(till) <= now then
      gone[#gone + 1] = name
    else
      others = others + tonumber(units)
      nodes = nodes + 1
    end
  end
end
local function spent() return math.max(0, tat - now) end

local worth = math.max(returned_budget, budget)
if returned > 0 and worth > 0 then
  tat = math.max(tat - math.floor(math.min(window, returned * window / worth)), now)
end

if next_version >= version then
  local share_stays = (next_fixed or fixed) and next_budget < budget
  if next_budget ~= budget and next_budget ~= 0 and budget ~= 0 and not share_stays then
    tat = now + math.ceil(math.min(spent() * budget / next_budget, 50000 * window))
  end
  budget, version, fixed = next_budget, next_version, next_fixed
end

local bound = budget == 0 and 0 or math.max(2, math.floor(budget / 100))
local limit = 0
if hold then
  local free = math.max(0, bound - others)
  local share = math.min(math.floor(bound / nodes), math.floor(free / 2))
  limit = math.min(math.max(2, share), free)
end
local left = 0
if budget > 0 and spent() < window then
  left = math.floor((window - spent()) * budget / window)
end
local granted = math.min(left, wanted + math.max(0, limit - held))
if granted > 0 then
  tat = math.max(tat, now) + math.ceil(granted * window / budget)
end

redis.call('HSET', KEYS[1], 't', decimal(tat), 'b', decimal(budget), 'v', decimal(version), 'f',
           fixed and '1' or '0')
local kept = held + granted - math.min(granted, wanted)
if hold or kept > 0 then
  redis.call('HSET', KEYS[1], node, decimal(kept) .. ' ' .. decimal(now + tonumber(ARGV[10])))
else
  gone[#gone + 1] = node
end
if #gone > 0 then
  redis.call('HDEL', KEYS[1], unpack(gone))
end
return {decimal(granted), decimal(limit), decimal(budget), decimal(tat), decimal(now)}
