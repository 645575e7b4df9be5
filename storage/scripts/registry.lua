-- One commit on the registry: all checks first, then all writes.
-- KEYS: 1 last version, 2 audit stream, 3 its head, 4 feed, 5 outbox, 6 restore; then one hash a
-- record.
-- ARGV: 1 records, 2 notices, 3 '1' with an audit entry, 4 about how long the feed may get, 5 events
-- for the outbox, 6 name of the restore that writes, or ''; then id, expected version, body a record;
-- a body a notice; a body an event; sequence, previous, hash, body.
-- Answer: 'ok' | 'stale' | 'restoring' (a restore is open, and it is not the writer's)
local at = 6
local function arg()
  at = at + 1
  return ARGV[at]
end
local function decimal(number)
  return string.format('%.0f', number)
end
-- A record without a body is removed.
local records, notices, events, link = {}, {}, {}, nil
for i = 1, tonumber(ARGV[1]) do
  records[i] = {key = KEYS[6 + i], id = arg(), expected = arg(), body = arg()}
end
for i = 1, tonumber(ARGV[2]) do
  notices[i] = arg()
end
for i = 1, tonumber(ARGV[5]) do
  events[i] = arg()
end
if ARGV[3] == '1' then
  link = {sequence = arg(), previous = arg(), hash = arg(), body = arg()}
end

local restore = redis.call('HMGET', KEYS[6], 'n', 'o')
if (restore[2] == '1' and restore[1] or '') ~= ARGV[6] then return 'restoring' end
for _, record in ipairs(records) do
  local stored = redis.call('HGET', record.key, record.id)
  local version = stored and decimal((struct.unpack('>I8', stored))) or '0'
  if version ~= record.expected then return 'stale' end
end
if link then
  local head = redis.call('HMGET', KEYS[3], 's', 'h')
  local sequence, hash = tonumber(head[1]) or 0, head[2] or string.rep('\0', 32)
  if tonumber(link.sequence) ~= sequence + 1 or link.previous ~= hash then return 'stale' end
end

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local version = math.max((tonumber(redis.call('GET', KEYS[1])) or 0) + 1, now)
if #records > 0 or #events > 0 then
  redis.call('SET', KEYS[1], decimal(version))
end
for _, record in ipairs(records) do
  if record.body == '' then
    redis.call('HDEL', record.key, record.id)
  else
    redis.call('HSET', record.key, record.id, struct.pack('>I8', version) .. record.body)
  end
end
if link then
  redis.call('XADD', KEYS[2], link.sequence .. '-1', 'b', link.body)
  redis.call('HSET', KEYS[3], 's', link.sequence, 'h', link.hash)
end
for i, body in ipairs(events) do
  redis.call('XADD', KEYS[5], decimal(version) .. '-' .. (i - 1), 'b', body)
end
for _, notice in ipairs(notices) do
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[4], '*', 'b', notice)
end
return 'ok'
