-- Takes a change of the user counts unless this outbox entry, or a later one of its shard, was.
-- KEYS: 1 counts, 2 high-water marks by shard, 3 users by mail domain ("fresh due").
-- ARGV: 1 shard, 2 version and 3 number of the entry's id, 4 method, 5 delta, 6 '1' if due,
--       7 tag of the mail domain or '', 8 users of one domain that count, 9 region or ''
-- Counts: by method; r:<region>; phone_due; mail, mail_due: the sums of what counts in each domain. Mirrors
-- counted_in_domain of domain/quota.hpp.
local mark = redis.call('HGET', KEYS[2], ARGV[1])
if mark then
  local version, number = mark:match('^(%d+)-(%d+)$')
  version, number = tonumber(version), tonumber(number)
  local next_version, next_number = tonumber(ARGV[2]), tonumber(ARGV[3])
  if next_version < version or (next_version == version and next_number <= number) then
    return 'taken'
  end
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. '-' .. ARGV[3])
local method, delta, due, domain = ARGV[4], tonumber(ARGV[5]), ARGV[6] == '1', ARGV[7]
redis.call('HINCRBY', KEYS[1], method, delta)
if ARGV[9] ~= '' then
  redis.call('HINCRBY', KEYS[1], 'r:' .. ARGV[9], delta)
end
if due and (method == 'sms' or method == 'voice') then
  redis.call('HINCRBY', KEYS[1], 'phone_due', delta)
end
if method ~= 'email' or domain == '' then
  return 'ok'
end
local most = tonumber(ARGV[8])
local function counted(fresh, late)
  local first = math.min(fresh, most)
  return first, math.min(late, most - first)
end
local fresh, late = 0, 0
local stored = redis.call('HGET', KEYS[3], domain)
if stored then
  fresh, late = stored:match('^(%d+) (%d+)$')
  fresh, late = tonumber(fresh), tonumber(late)
end
local fresh_before, late_before = counted(fresh, late)
if due then late = math.max(0, late + delta) else fresh = math.max(0, fresh + delta) end
local fresh_after, late_after = counted(fresh, late)
redis.call('HINCRBY', KEYS[1], 'mail', fresh_after - fresh_before)
redis.call('HINCRBY', KEYS[1], 'mail_due', late_after - late_before)
if fresh + late == 0 then
  redis.call('HDEL', KEYS[3], domain)
else
  redis.call('HSET', KEYS[3], domain, string.format('%d %d', fresh, late))
end
return 'ok'
