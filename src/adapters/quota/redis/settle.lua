-- ARGV: id, tokens spent, milliseconds since then, lease; then the window of each limit.
-- Gives 1, or 0 if it was settled before. The id is remembered for a lease, so that a second
-- try charges nothing and a hold that comes late is none.
local id, spent, age, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local done = 0
for i = 1, #KEYS / 3 do
  local window = tonumber(ARGV[4 + i])
  local hash, list, leases = keys(i)
  slide(i, window)
  local was = redis.call('HGET', hash, id)
  if was ~= SETTLED then
    done = 1
    local held = number(was)
    if held > 0 then redis.call('HINCRBY', hash, 'held', text(-held)) end
    if spent > 0 and age < window then
      local at = math.floor((now - age) / BUCKET)
      local newest = redis.call('LINDEX', list, -1)
      local last, tokens = nil, 0
      if newest then last, tokens = bucket(newest) end
      if last and last >= at then
        redis.call('LSET', list, -1, text(last) .. ':' .. text(tokens + spent))
      else
        redis.call('RPUSH', list, text(at) .. ':' .. text(spent))
      end
      redis.call('HINCRBY', hash, 'spent', text(spent))
    end
    redis.call('HSET', hash, id, SETTLED)
    redis.call('ZADD', leases, text(now + lease), id)
    keep(i, window + 2 * lease)
  end
end
return done
