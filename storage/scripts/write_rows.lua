-- Many records of one shard, each on its own: a row whose version is not the expected one is left
-- as it is and answered with what stands there. All or nothing only for a fence.
-- KEYS: 1 owner record, 2 outbox, 3 what records were at a snapshot, then the bucket of each row.
-- ARGV: 1 incarnation, 2 epoch, 3 outbox entry that counts users, up to its number ('': none), 4 the
--       rest of it, 5 what each row written adds to that number (1 or -1), 6 the rows, packed: in one
--       argument they cost Redis a third less than one by one, and it reads more of them in one go.
-- A row: size of its body (0: remove) and number of its outbox entries (3 bytes each, big endian),
--       whether a record is expected (1); then its version (8) if so, field (16), body, and the
--       entries, each behind its size (3).
-- Answer: {'ok', version, then for each row left alone its index and value} | {'fenced'}
local call, byte, sub = redis.call, string.byte, string.sub
local keys, rows = KEYS, ARGV[6]
local owner = call('HMGET', keys[1], 'o', 'e', 'v', 'b')
if not owner[1] or owner[1] == '' or owner[1] ~= ARGV[1] or owner[2] ~= ARGV[2] then
  return {'fenced'}
end
local clock = call('TIME')
local now = clock[1] * 1000000 + clock[2]
local version = math.max((tonumber(owner[3]) or 0) + 1, now)
-- Numbers of this size would be printed with an exponent by tostring.
local prefix, printed = struct.pack('>I8', version), string.format('%.0f', version)
local answer, written, entries = {'ok', printed}, 0, 0
local function leave(body)
  call('XADD', keys[2], printed .. '-' .. entries, 'b', body)
  entries = entries + 1
end
-- A snapshot wants the record as it was (begin_snapshot.lua).
local last, ends = nil, 0
if owner[4] then
  last, ends = owner[4]:match('^(%d+):(%d+):')
  last, ends = tonumber(last), tonumber(ends) - math.floor(now / 1000)
end
local function write_over(key, field, expected, body)
  local stored = call('HGET', key, field)
  if not stored or sub(stored, 1, 8) ~= expected then
    return false
  end
  if ends > 0 and struct.unpack('>I8', stored) <= last then
    call('HSETNX', keys[3], field, stored)
    call('PEXPIRE', keys[3], ends)
  end
  if body == '' then
    call('HDEL', key, field)
  else
    call('HSET', key, field, prefix .. body)
  end
  return true
end

local at = 1
for i = 4, #keys do
  local high, middle, low, much, some, few, known = byte(rows, at, at + 6)
  local more, from = much * 65536 + some * 256 + few, at + 7 + known * 8
  local field = sub(rows, from, from + 15)
  at = from + 16 + high * 65536 + middle * 256 + low
  local body = sub(rows, from + 16, at - 1)
  local fits
  if known == 0 then
    fits = call('HSETNX', keys[i], field, prefix .. body) == 1
  else
    fits = write_over(keys[i], field, sub(rows, from - 8, from - 1), body)
  end
  if fits then
    written = written + 1
  else
    answer[#answer + 1] = tostring(i - 4)
    answer[#answer + 1] = call('HGET', keys[i], field) or ''
  end
  for _ = 1, more do
    high, middle, low = byte(rows, at, at + 2)
    local stop = at + 3 + high * 65536 + middle * 256 + low
    if fits then
      leave(sub(rows, at + 3, stop - 1))
    end
    at = stop
  end
end
if written > 0 then
  call('HSET', keys[1], 'v', printed)
  if ARGV[3] ~= '' then
    -- As byte_writer::signed_number: zigzag, seven bits a byte.
    local number = ARGV[5] == '1' and written * 2 or written * 2 - 1
    local tail = ''
    while number >= 128 do
      tail = tail .. string.char(number % 128 + 128)
      number = math.floor(number / 128)
    end
    leave(ARGV[3] .. tail .. string.char(number) .. ARGV[4])
  end
end
return answer
