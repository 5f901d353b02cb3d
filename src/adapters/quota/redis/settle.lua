-- ARGV: id, tokens spent, milliseconds since then, lease; then the window of each limit.
-- Gives 1, or 0 if it was settled before. The id is remembered for a lease, so that a hold
-- that comes late is none, and for a window, after which a second try is too late to charge.
local id, spent, age, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local done = 0

-- Adds to the tenth of a second in which it was spent, with whose window it leaves.
local function charge(list, at)
  local last = -1
  while true do
    local entries = redis.call('LRANGE', list, last - 99, last)
    for i = #entries, 1, -1 do
      local own, tokens = bucket(entries[i])
      local place = last - (#entries - i)
      if own == at then
        return redis.call('LSET', list, place, text(at) .. ':' .. text(tokens + spent))
      elseif own < at and place == -1 then
        return redis.call('RPUSH', list, text(at) .. ':' .. text(spent))
      elseif own < at then
        return redis.call('LINSERT', list, 'AFTER', entries[i], text(at) .. ':' .. text(spent))
      end
    end
    if #entries < 100 then return redis.call('LPUSH', list, text(at) .. ':' .. text(spent)) end
    last = last - 100
  end
end

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
      charge(list, math.floor((now - age) / BUCKET))
      redis.call('HINCRBY', hash, 'spent', text(spent))
    end
    redis.call('HSET', hash, id, SETTLED)
    redis.call('ZADD', leases, text(now + math.max(lease, window)), id)
    keep(i, window + 2 * lease)
  end
end
return done
