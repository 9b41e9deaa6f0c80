-- Reserves more for a call under way, and renews its lease.
--
-- KEYS: call, leases, then one of each budget and place.
-- ARGV: time, id, nano-dollars on top, lease in us, for how long calls are remembered in ms, numbers of budgets and places;
--   record, member, lines, day, index and index of the key, as in admit;
--   of each budget name, limit, what becomes of it if lost, TTL.
-- Returns as admit does, where rates and places are never why; or 'keys' and those that it must be sent again with.

local now, id, nano, lease, keep_ms = clock(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local budgets = tonumber(ARGV[6])
local expires = now + lease

local call = call_of(KEYS[1])
if not call or call.state ~= 'open' or call.expires <= now then return { 'over' } end
read(KEYS[2], 'ZCARD')
for _, key in ipairs(call.places) do
  if declare(key) then read(key, 'ZCARD') end
end

local accounts, standing = {}, {}
local denied = false
for n = 1, budgets do
  local at = 13 + (n - 1) * 4
  local name, limit = ARGV[at + 1], tonumber(ARGV[at + 2])
  -- The period in which the call was admitted may be over.
  local held = call.budgets[name]
  local key = held and held.key or KEYS[2 + n]
  if declare(key) then
    local account = account_of(key)
    account.key, account.name, account.ttl_ms = key, name, ARGV[at + 4]
    account.held = held and held.nano or 0
    account.lost = ARGV[at + 3]
    account.over = account.spent + account.reserved + nano > limit
    denied = denied or account.over
    accounts[#accounts + 1] = account
  end
end
if #undeclared > 0 then return ask_for_keys() end

if denied then
  return { 'denied', {}, {}, standing_of(accounts) }
end

write('HSET', KEYS[1], 'expires', whole(expires))
if ARGV[8] ~= '' then
  write('HSET', KEYS[1], 'record', ARGV[8], 'member', ARGV[9], 'lines', ARGV[10],
    'day', ARGV[11], 'index', ARGV[12], 'key index', ARGV[13])
end
for _, account in ipairs(accounts) do
  standing[#standing + 1] = account.spent
  standing[#standing + 1] = account.reserved + nano
  write_account(account.key, { spent = account.spent, reserved = account.reserved + nano }, account.ttl_ms)
  write('HSET', KEYS[1], 'budget ' .. account.name, whole(account.held + nano) .. ' ' .. account.lost .. ' ' .. account.key)
end
for _, key in ipairs(call.places) do write_place(key, id, expires, now) end
write('PEXPIRE', KEYS[1], whole(lease / 1000 + keep_ms))
write('ZADD', KEYS[2], whole(expires), id)
write('PEXPIRE', KEYS[2], whole(lease / 1000 + keep_ms))
commit()
return { 'admitted', standing }
