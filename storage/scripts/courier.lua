-- Takes the fence of a provider's courier, or writes down how far it is under that fence.
-- KEYS: 1 fence, 2 progress.
-- ARGV: 1 epoch, 2 'take', 'take in any case' or 'save', 3 the progress to save.
-- Answer: {'ok', progress or ''} | {'fenced'}
local taken = tonumber(redis.call('GET', KEYS[1]) or 0)
local epoch = tonumber(ARGV[1])
if ARGV[2] == 'save' then
  if taken ~= epoch then
    return {'fenced'}
  end
  redis.call('SET', KEYS[2], ARGV[3])
  return {'ok', ''}
end
if taken > epoch and ARGV[2] == 'take' then
  return {'fenced'}
end
redis.call('SET', KEYS[1], ARGV[1])
return {'ok', redis.call('GET', KEYS[2]) or ''}
