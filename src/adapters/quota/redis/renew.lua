-- ARGV: id, tokens held, lease; then the window of each limit. A hold that Redis has lost is
-- made again; one that is settled stays so.
local id, held, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 1, #KEYS / 3 do
  local window = tonumber(ARGV[3 + i])
  local hash, _, leases = keys(i)
  local was = redis.call('HGET', hash, id)
  if was ~= SETTLED then
    if not was then
      redis.call('HSET', hash, id, text(held))
      redis.call('HINCRBY', hash, 'held', text(held))
    end
    redis.call('ZADD', leases, text(now + lease), id)
    keep(i, window + 2 * lease)
  end
end
return 1
