-- Marks the member of a node as draining. KEYS: 1 members, 2 draining, 3 view. ARGV: 1 node.
-- Answer: 'ok' | 'none'
local members = redis.call('HGETALL', KEYS[1])
for i = 1, #members, 2 do
  if members[i + 1]:match('^([^\n]*)\n') == ARGV[1] then
    if redis.call('SADD', KEYS[2], members[i]) == 1 then redis.call('INCR', KEYS[3]) end
    return 'ok'
  end
end
return 'none'
