-- A provider's users and what of them counts. KEYS: 1 counts, 2 users by mail domain.
-- ARGV: 1 users of one domain that count, then the tags of domains of which all do.
-- Answer: sms, voice, email, asserted, phone_due, counted mail, counted mail that is due
local names = {'sms', 'voice', 'email', 'asserted', 'phone_due', 'mail', 'mail_due'}
local out = redis.call('HMGET', KEYS[1], unpack(names))
for i = 1, #names do out[i] = tonumber(out[i] or 0) end
local most = tonumber(ARGV[1])
for i = 2, #ARGV do
  local stored = redis.call('HGET', KEYS[2], ARGV[i])
  if stored then
    local fresh, due = stored:match('^(%d+) (%d+)$')
    fresh, due = tonumber(fresh), tonumber(due)
    local first = math.min(fresh, most)
    out[6] = out[6] + fresh - first
    out[7] = out[7] + due - math.min(due, most - first)
  end
end
return out
