-- ARGV: the window of each limit.
-- Gives, a limit, the tokens spent and held in it, and its reset.
local found = {}
for i = 1, #KEYS / 3 do
  local window = tonumber(ARGV[i])
  local spent, held = slide(i, window)
  found[2 * i - 1], found[2 * i] = spent + held, reset(i, window)
end
return found
