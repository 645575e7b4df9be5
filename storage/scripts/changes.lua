-- What the change feed holds after a cursor.
-- KEYS: 1 feed. ARGV: 1 cursor ('' for the end), 2 limit.
-- Answer: {cursor of the end or '', '1' when notices may be missing, entries}
if redis.call('EXISTS', KEYS[1]) == 0 then
  local fresh = ARGV[1] == '' or ARGV[1] == '0-0'
  return {'0-0', fresh and '0' or '1', {}}
end
local about, info = redis.call('XINFO', 'STREAM', KEYS[1]), {}
for i = 1, #about, 2 do
  info[about[i]] = about[i + 1]
end
local last = info['last-generated-id']
if ARGV[1] == '' then
  return {last, '0', {}}
end
local function before(a, b)
  local a1, a2 = a:match('^(%d+)-(%d+)$')
  local b1, b2 = b:match('^(%d+)-(%d+)$')
  a1, a2, b1, b2 = tonumber(a1), tonumber(a2), tonumber(b1), tonumber(b2)
  return a1 < b1 or (a1 == b1 and a2 < b2)
end
-- Beyond the end: the feed was restored from an older copy. Before its first entry while entries
-- were trimmed: the reader fell behind.
if before(last, ARGV[1]) then
  return {last, '1', {}}
end
local trimmed = info['entries-added'] > info['length']
local gap = trimmed and before(ARGV[1], info['recorded-first-entry-id'])
local entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])
return {'', gap and '1' or '0', entries}
