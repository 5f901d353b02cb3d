-- One window of one payer is three keys, in this order:
--   a hash: 'spent', 'held', and each hold's tokens under its id ('-' once it is settled);
--   a list of 'tenth of a second:tokens', the oldest first, which add up to 'spent';
--   a sorted set of the hash's ids by the millisecond at which they may go.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local BUCKET = 100
local SETTLED = '-'

local function text(number)
  return string.format('%.0f', number)
end

local function number(value)
  return tonumber(value or '0') or 0
end

local function bucket(entry)
  local at, tokens = string.match(entry, '^(-?%d+):(%d+)$')
  return tonumber(at), tonumber(tokens)
end

local function keys(i)
  return KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i]
end

-- The clock was set back: what lies in the future is moved to where it was from now.
local function follow_back(list)
  local newest = redis.call('LINDEX', list, -1)
  if not newest then return end
  local ahead = bucket(newest) - math.floor(now / BUCKET)
  if ahead <= 0 then return end
  local entries = redis.call('LRANGE', list, 0, -1)
  redis.call('DEL', list)
  for _, entry in ipairs(entries) do
    local at, tokens = bucket(entry)
    redis.call('RPUSH', list, text(at - ahead) .. ':' .. text(tokens))
  end
end

-- Holds whose gateway is gone, and settled ones that were remembered long enough.
local function expire(hash, leases)
  local ids = redis.call('ZRANGEBYSCORE', leases, '-inf', text(now), 'LIMIT', 0, 1000)
  for _, id in ipairs(ids) do
    local tokens = number(redis.call('HGET', hash, id))
    if tokens > 0 then redis.call('HINCRBY', hash, 'held', text(-tokens)) end
    redis.call('HDEL', hash, id)
    redis.call('ZREM', leases, id)
  end
end

-- Takes out what has left the window; gives what is spent and held in it.
local function slide(i, window)
  local hash, list, leases = keys(i)
  expire(hash, leases)
  follow_back(list)
  while true do
    local first = redis.call('LINDEX', list, 0)
    if not first then
      redis.call('HDEL', hash, 'spent')
      break
    end
    local at, tokens = bucket(first)
    if (at + 1) * BUCKET + window > now then break end
    redis.call('LPOP', list)
    redis.call('HINCRBY', hash, 'spent', text(-tokens))
  end
  local sums = redis.call('HMGET', hash, 'spent', 'held')
  return math.max(number(sums[1]), 0), math.max(number(sums[2]), 0)
end

-- Milliseconds until the newest token has left.
local function reset(i, window)
  local _, list = keys(i)
  local newest = redis.call('LINDEX', list, -1)
  if not newest then return 0 end
  return (bucket(newest) + 1) * BUCKET + window - now
end

-- The three keys outlive all that is in them, and not by much.
local function keep(i, span)
  local hash, list, leases = keys(i)
  redis.call('PEXPIRE', hash, text(span))
  redis.call('PEXPIRE', list, text(span))
  redis.call('PEXPIRE', leases, text(span))
end
