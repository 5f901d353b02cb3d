-- ARGV: id, tokens held, lease; then the window of each limit. A hold that Redis has lost, or
-- of which it knows only what was added since, is made again; one that is settled stays so.
local id, held, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 1, #KEYS / 3 do
  local window = tonumber(ARGV[3 + i])
  local hash, _, leases = keys(i)
  local was = redis.call('HGET', hash, id)
  if was ~= SETTLED then
    local missing = held - number(was)
    if missing > 0 then
      redis.call('HINCRBY', hash, id, text(missing))
      redis.call('HINCRBY', hash, 'held', text(missing))
    end
    redis.call('ZADD', leases, text(now + lease), id)
    keep(i, window + 2 * lease)
  end
end
return 1
