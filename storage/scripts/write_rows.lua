-- Many records of one shard, each on its own: a row whose version is not the expected one is left
-- as it is and answered with what stands there. All or nothing only for a fence.
-- KEYS: 1 owner record, 2 outbox, then the bucket of each row.
-- ARGV: 1 incarnation, 2 epoch, 3 outbox entry that counts users, up to its number ('': none), 4 the
--       rest of it, 5 what each row written adds to that number (1 or -1); then for each row field,
--       expected version, body ('': remove), how many outbox entries, and these.
-- Answer: {'ok', version, then for each row left alone its index and value} | {'fenced'}
local owner = redis.call('HMGET', KEYS[1], 'o', 'e', 'v')
if not owner[1] or owner[1] == '' or owner[1] ~= ARGV[1] or owner[2] ~= ARGV[2] then
  return {'fenced'}
end
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local version = math.max((tonumber(owner[3]) or 0) + 1, now)
-- Numbers of this size would be printed with an exponent by tostring.
local function decimal(number)
  return string.format('%.0f', number)
end
local prefix, printed = struct.pack('>I8', version), decimal(version)
local answer, written, entries = {'ok', printed}, 0, 0
local function leave(body)
  redis.call('XADD', KEYS[2], printed .. '-' .. entries, 'b', body)
  entries = entries + 1
end

local at = 5
for i = 3, #KEYS do
  local key, field, expected, body = KEYS[i], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local more = tonumber(ARGV[at + 4])
  local fits
  if expected == '0' then
    fits = redis.call('HSETNX', key, field, prefix .. body) == 1
  else
    local stored = redis.call('HGET', key, field)
    fits = stored and decimal((struct.unpack('>I8', stored))) == expected
    if fits and body == '' then
      redis.call('HDEL', key, field)
    elseif fits then
      redis.call('HSET', key, field, prefix .. body)
    end
  end
  if fits then
    written = written + 1
    for j = 1, more do leave(ARGV[at + 4 + j]) end
  else
    answer[#answer + 1] = tostring(i - 3)
    answer[#answer + 1] = redis.call('HGET', key, field) or ''
  end
  at = at + 4 + more
end
if written > 0 then
  redis.call('HSET', KEYS[1], 'v', printed)
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
