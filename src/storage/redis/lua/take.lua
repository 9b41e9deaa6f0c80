-- Takes from rates that no call is held to: from all of them, or none.
--
-- KEYS: one of each rate.
-- ARGV: time; of each rate amount, per minute and how much may come at once.
-- Returns 'taken' and 0, or 'denied' and the wait in us.

local now = clock(ARGV[1])
local levels, wait = {}, 0
for n, key in ipairs(KEYS) do
  local amount, per_minute, at_once = tonumber(ARGV[3 * n - 1]), tonumber(ARGV[3 * n]), tonumber(ARGV[3 * n + 1])
  local level = level_of(key, per_minute, now)
  local excess = level - math.max(0, at_once - amount) * MINUTE_US
  if excess > 0 then wait = math.max(wait, math.ceil(excess / per_minute)) end
  levels[n] = { key = key, level = level + amount * MINUTE_US, per_minute = per_minute }
end
if wait > 0 then return { 'denied', wait } end
for _, rate in ipairs(levels) do write_level(rate.key, rate.level, rate.per_minute, now) end
commit()
return { 'taken', 0 }
