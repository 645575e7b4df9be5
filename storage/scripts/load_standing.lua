-- KEYS: 1 strikes, 2 changes by day. Answer: {id, body, ...}, {day, number, ...}
return {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2])}
