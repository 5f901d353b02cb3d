-- ARGV: id, tokens of the prompt, tokens of the answer, lease, 1 for more under a known id;
-- then tokens and window of each limit.
-- Gives: 1 held, 0 refused, -1 settled before; tokens held; which limit takes longest, from 1,
-- and how long; which one has the least room, from 1, its room and its reset.
local id, prompt, output, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local is_more = ARGV[5] == '1'
local count = #KEYS / 3

local function limit(i)
  return tonumber(ARGV[4 + 2 * i]), tonumber(ARGV[5 + 2 * i])
end

-- Milliseconds until `needed` fit, if calls under way give nothing back.
local function wait(i, needed, used)
  local tokens, window = limit(i)
  local _, list = keys(i)
  local from = 0
  while true do
    local entries = redis.call('LRANGE', list, from, from + 99)
    for _, entry in ipairs(entries) do
      local at, gone = bucket(entry)
      used = used - gone
      if used + needed <= tokens then return (at + 1) * BUCKET + window - now end
    end
    if #entries < 100 then return math.min(window, 1000) end
    from = from + 100
  end
end

local least, room, longest, refuser = 0, math.huge, -1, 0
for i = 1, count do
  local tokens, window = limit(i)
  local spent, held = slide(i, window)
  local left = math.max(tokens - spent - held, 0)
  if left < room then least, room = i, left end
  local needed = math.max(prompt, 1)
  if needed > left then
    local long = wait(i, needed, spent + held)
    if long > longest then longest, refuser = long, i end
  end
end

local hash = keys(1)
local known = redis.call('HGET', hash, id)
if known == SETTLED then return { -1, 0, 0, 0, 0, 0, 0 } end
local _, window = limit(least)
if known and not is_more then
  -- Asked twice, because the first answer was lost.
  return { 1, number(known), 0, 0, least, room, reset(least, window) }
end
if refuser > 0 then
  return { 0, 0, refuser, longest, least, room, reset(least, window) }
end
local taken = math.min(prompt + output, room)
for i = 1, count do
  local own, _, leases = keys(i)
  local _, span = limit(i)
  redis.call('HINCRBY', own, id, text(taken))
  redis.call('HINCRBY', own, 'held', text(taken))
  redis.call('ZADD', leases, text(now + lease), id)
  keep(i, span + 2 * lease)
end
return { 1, taken, 0, 0, least, room - taken, reset(least, window) }
