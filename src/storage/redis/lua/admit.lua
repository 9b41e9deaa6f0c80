-- Takes everything that a call asks for, or nothing.
--
-- KEYS: call, leases, then one of each rate, place and budget.
-- ARGV: time, id, nano-dollars, lease in us, for how long calls are remembered in ms, numbers of rates, places and budgets;
--   record, member, lines, day, index and index of the key, for a call that is lost ('' where none is charged);
--   of each rate amount and per minute; of each place the limit; of each budget name, limit, what becomes of it if lost, TTL.
-- Returns 'over'; or 'admitted' and of each budget spent and reserved; or 'denied' and of each rate the wait in us (0 passes,
--   -1 never does), of each place 1 where it is full, of each budget spent, reserved and 1 where it is exceeded.

local now, id, nano, lease, keep_ms = clock(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local rates, places, budgets = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local expires = now + lease

local known = read(KEYS[1], 'HMGET', 'state', 'expires')
local is_open = known[1] == 'open' and number_in(KEYS[1], known[2]) > now
if known[1] and not is_open then return { 'over' } end
read(KEYS[2], 'ZCARD')

local key_at, argument_at = 2, 14
local denied = false

local levels, waits = {}, {}
for n = 1, rates do
  local key, amount, per_minute = KEYS[key_at + n], tonumber(ARGV[argument_at + 1]), tonumber(ARGV[argument_at + 2])
  argument_at = argument_at + 2
  local level = level_of(key, per_minute, now) + amount * MINUTE_US
  local excess = level - per_minute * MINUTE_US
  levels[n] = { key = key, level = level, per_minute = per_minute }
  waits[n] = 0
  if amount > per_minute then waits[n] = -1 elseif excess > 0 then waits[n] = math.ceil(excess / per_minute) end
  denied = denied or waits[n] ~= 0
end
key_at = key_at + rates

local full = {}
for n = 1, places do
  argument_at = argument_at + 1
  -- Places of calls that are lost are free, whether somebody has cleared them away yet or not.
  local taken = read(KEYS[key_at + n], 'ZCOUNT', '(' .. whole(now), '+inf')
  full[n] = taken >= tonumber(ARGV[argument_at]) and 1 or 0
  denied = denied or full[n] == 1
end
local places_at = key_at
key_at = key_at + places

local accounts, standing = {}, {}
for n = 1, budgets do
  local key = KEYS[key_at + n]
  local account = account_of(key)
  account.key, account.name, account.lost = key, ARGV[argument_at + 1], ARGV[argument_at + 3]
  account.ttl_ms = ARGV[argument_at + 4]
  account.over = account.spent + account.reserved + nano > tonumber(ARGV[argument_at + 2])
  denied = denied or account.over
  argument_at = argument_at + 4
  accounts[n] = account
end

if denied and not is_open then
  return { 'denied', waits, full, standing_of(accounts) }
end

for _, account in ipairs(accounts) do
  standing[#standing + 1] = account.spent
  standing[#standing + 1] = account.reserved + (is_open and 0 or nano)
end
-- It was asked before, and the answer did not arrive.
if is_open then return { 'admitted', standing } end

local call = { 'state', 'open', 'expires', whole(expires) }
if ARGV[9] ~= '' then
  append(call, 'record', ARGV[9], 'member', ARGV[10], 'lines', ARGV[11])
  append(call, 'day', ARGV[12], 'index', ARGV[13], 'key index', ARGV[14])
end
for n = 1, places do append(call, 'place ' .. KEYS[places_at + n], '') end
for _, account in ipairs(accounts) do
  append(call, 'budget ' .. account.name, whole(nano) .. ' ' .. account.lost .. ' ' .. account.key)
end
write('HSET', KEYS[1], unpack(call))
for _, rate in ipairs(levels) do write_level(rate.key, rate.level, rate.per_minute, now) end
for n = 1, places do
  local key = KEYS[places_at + n]
  write('ZREMRANGEBYSCORE', key, '-inf', whole(now))
  write_place(key, id, expires, now)
end
for _, account in ipairs(accounts) do
  -- Two claims of one account write the same.
  write_account(account.key, { spent = account.spent, reserved = account.reserved + nano }, account.ttl_ms)
end
write('PEXPIRE', KEYS[1], whole(lease / 1000 + keep_ms))
write('ZADD', KEYS[2], whole(expires), id)
write('PEXPIRE', KEYS[2], whole(lease / 1000 + keep_ms))
commit()
return { 'admitted', standing }
