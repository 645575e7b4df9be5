-- One commit on a shard: all checks first, then all writes.
-- KEYS: 1 owner record, 2 outbox, 3 what records were at a snapshot; then the keys of the parts.
-- ARGV: 1 incarnation, 2 epoch, 3 one letter a part; then the arguments of the parts.
-- Answer: {'ok', version, reserved} | {'fenced'} | {'replayed', body} | {'stale'}
--         | {'limited', milliseconds to wait}
local owner = redis.call('HMGET', KEYS[1], 'o', 'e', 'v', 'b')
if not owner[1] or owner[1] == '' or owner[1] ~= ARGV[1] or owner[2] ~= ARGV[2] then
  return {'fenced'}
end
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local now_ms = math.floor(now / 1000)

local key_at, arg_at = 3, 3
local function key()
  key_at = key_at + 1
  return KEYS[key_at]
end
local function arg()
  arg_at = arg_at + 1
  return ARGV[arg_at]
end
-- Numbers of this size would be printed with an exponent by tostring.
local function decimal(number)
  return string.format('%.0f', number)
end
local function version_of(value)
  if not value then return '0' end
  return decimal((struct.unpack('>I8', value)))
end

local read = {
  a = function() return {key = key(), body = arg(), ttl = arg()} end,
  m = function() return {key = key(), field = arg(), expected = arg(), body = arg()} end,
  v = function()
    return {key = key(), code_key = key(), expected = arg(), body = arg(), keep_until = arg(),
            code = arg(), code_until = arg()}
  end,
  c = function() return {key = key(), expected = arg(), body = arg(), keep_until = arg()} end,
  w = function() return {key = key()} end,
  s = function()
    return {key = key(), provider = arg(), most = tonumber(arg()), ceiling = tonumber(arg()),
            window = tonumber(arg()), back = arg() == '1'}
  end,
  o = function() return {body = arg()} end,
  d = function() return {id = arg()} end,
}

-- Sessions of one SII. Field '' holds the ceiling's theoretical arrival time (GCRA, ms); a
-- provider's field holds start of its window (ms), count, and whether its first one was reserved.
-- Mirrors open_session and give_back_session of domain/send_policy.cpp.
local function sessions(part)
  local stored = redis.call('HMGET', part.key, '', part.provider)
  local tat = stored[1] and struct.unpack('>I8', stored[1]) or 0
  local since, count, reserved = now_ms, 0, 0
  if stored[2] then
    local s, c, r = struct.unpack('>I8I4B', stored[2])
    if c > 0 and now_ms - s < part.window then since, count, reserved = s, c, r end
  end
  local unit = math.ceil(part.window / math.max(1, part.ceiling))
  if part.back then
    if count == 0 then return end
    if not (count == 1 and reserved == 1) then tat = math.max(0, tat - unit) end
    part.tat, part.own = tat, struct.pack('>I8I4B', since, count - 1, count > 1 and reserved or 0)
    return
  end
  if count >= part.most then return since + part.window - now_ms end
  local next = math.max(tat, now_ms) + unit
  local over = next - now_ms - unit * part.ceiling
  if over > 0 and count > 0 then return over end
  if over > 0 then
    reserved = 1
    part.reserved = true
  else
    tat = next
  end
  part.tat, part.own = tat, struct.pack('>I8I4B', since, count + 1, reserved)
end

local parts = {}
for kind in ARGV[3]:gmatch('.') do
  local part = read[kind]()
  part.kind = kind
  parts[#parts + 1] = part
end

for _, part in ipairs(parts) do
  if part.kind == 'a' then
    local body = redis.call('GET', part.key)
    if body then return {'replayed', body} end
  end
end
for _, part in ipairs(parts) do
  if part.kind == 'm' then
    part.stored = redis.call('HGET', part.key, part.field)
    if version_of(part.stored) ~= part.expected then return {'stale'} end
  end
  if (part.kind == 'v' or part.kind == 'c') and version_of(redis.call('GET', part.key)) ~= part.expected then
    return {'stale'}
  end
end
local reserved = '0'
for _, part in ipairs(parts) do
  if part.kind == 's' then
    local wait = sessions(part)
    if wait then return {'limited', decimal(wait)} end
    if part.reserved then reserved = '1' end
  end
end

-- A snapshot wants the record as it was (begin_snapshot.lua).
local function keep(part)
  if not owner[4] or not part.stored then return end
  local last, ends = owner[4]:match('^(%d+):(%d+):')
  if now_ms < tonumber(ends) and struct.unpack('>I8', part.stored) <= tonumber(last) then
    redis.call('HSETNX', KEYS[3], part.field, part.stored)
    redis.call('PEXPIRE', KEYS[3], tonumber(ends) - now_ms)
  end
end

local version = math.max((tonumber(owner[3]) or 0) + 1, now)
local prefix = struct.pack('>I8', version)
local entries = 0
local write = {
  a = function(part) redis.call('SET', part.key, part.body, 'PX', part.ttl) end,
  m = function(part)
    keep(part)
    if part.body == '' then
      redis.call('HDEL', part.key, part.field)
    else
      redis.call('HSET', part.key, part.field, prefix .. part.body)
    end
  end,
  v = function(part)
    redis.call('SET', part.key, prefix .. part.body, 'PXAT', part.keep_until)
    if part.code ~= '' and tonumber(part.code_until) > now_ms then
      redis.call('SET', part.code_key, part.code, 'PXAT', part.code_until)
    else
      redis.call('DEL', part.code_key)
    end
  end,
  c = function(part)
    redis.call('SET', part.key, prefix .. part.body, 'PXAT', part.keep_until)
  end,
  w = function(part) redis.call('DEL', part.key) end,
  s = function(part)
    if not part.own then return end
    redis.call('HSET', part.key, '', struct.pack('>I8', part.tat), part.provider, part.own)
    redis.call('PEXPIRE', part.key, part.window)
  end,
  o = function(part)
    redis.call('XADD', KEYS[2], decimal(version) .. '-' .. entries, 'b', part.body)
    entries = entries + 1
  end,
  d = function(part) redis.call('XDEL', KEYS[2], part.id) end,
}
redis.call('HSET', KEYS[1], 'v', decimal(version))
for _, part in ipairs(parts) do
  write[part.kind](part)
end
return {'ok', decimal(version), reserved}
