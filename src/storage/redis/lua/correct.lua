-- Puts the truth in the place of what was taken from rates.
--
-- KEYS: one of each rate.
-- ARGV: time; of each rate per minute and what comes on top, which may be negative.
-- Returns 'corrected'.

local now = clock(ARGV[1])
for n, key in ipairs(KEYS) do
  local per_minute, more = tonumber(ARGV[2 * n]), tonumber(ARGV[2 * n + 1])
  if more ~= 0 then
    write_level(key, math.max(0, level_of(key, per_minute, now) + more * MINUTE_US), per_minute, now)
  end
end
commit()
return { 'corrected' }
