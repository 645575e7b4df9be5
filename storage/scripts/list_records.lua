-- A page of an ordered kind of the registry.
-- KEYS: 1 records, 2 their ids in order. ARGV: 1 the id to begin after ('' for the first), 2 limit.
-- Answer: {id, record, ...}
local from = ARGV[1] == '' and '-' or '(' .. ARGV[1]
local page = {}
for _, id in ipairs(redis.call('ZRANGEBYLEX', KEYS[2], from, '+', 'LIMIT', 0, ARGV[2])) do
  page[#page + 1] = id
  page[#page + 1] = redis.call('HGET', KEYS[1], id)
end
return page
