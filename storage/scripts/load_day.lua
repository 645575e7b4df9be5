-- What a provider has used of its UTC day. KEYS: 1 sends (debit_send.lua), 2 guesses (guess.lua).
-- Answer: {sends, wrong codes, right codes, seconds to the next day}
local now = tonumber(redis.call('TIME')[1])
local day = math.floor(now / 86400)
local sends = redis.call('HMGET', KEYS[1], 'd', 'n')
local guesses = redis.call('HMGET', KEYS[2], 'd', 'w', 'r')
local sent, wrong, right = 0, 0, 0
if tonumber(sends[1]) == day then sent = tonumber(sends[2]) or 0 end
if tonumber(guesses[1]) == day then
  wrong, right = tonumber(guesses[2]) or 0, tonumber(guesses[3]) or 0
end
return {sent, wrong, right, (day + 1) * 86400 - now}
