-- Books a call whose lease has run out as lost, unless somebody was faster.
--
-- KEYS: call, leases.
-- ARGV: time, id, for how long usage is kept in ms, for how long a call without a record is remembered in ms.
-- Returns 'lost'; 'kept' where it is not; or 'keys' and those that it must be sent again with.

local now, id, usage_ms, tombstone_ms = clock(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]

local call = call_of(KEYS[1])
if not call or call.state ~= 'open' then
  redis.call('ZREM', KEYS[2], id)
  return { 'kept' }
end
if call.expires > now then return { 'kept' } end

local accounts = {}
local is_charged = false
for _, budget in pairs(call.budgets) do
  if declare(budget.key) then
    local account = account_of(budget.key)
    account.key = budget.key
    account.reserved = math.max(0, account.reserved - budget.nano)
    if budget.charged then account.spent = account.spent + budget.nano end
    accounts[#accounts + 1] = account
  end
  is_charged = is_charged or budget.charged
end
for _, key in ipairs(call.places) do
  if declare(key) then read(key, 'ZCARD') end
end
local estimate = is_charged and call.fields.record and call.fields
if estimate then
  for _, key in ipairs({ estimate.day, estimate.index, estimate['key index'] }) do declare(key) end
end
if #undeclared > 0 then return ask_for_keys() end
if estimate then add_lines(estimate.day, estimate.lines, 1) end

write('HSET', KEYS[1], 'state', 'lost')
write('PEXPIRE', KEYS[1], estimate and usage_ms or tombstone_ms)
for _, account in ipairs(accounts) do write_account(account.key, account, tombstone_ms) end
for _, key in ipairs(call.places) do write('ZREM', key, id) end
write_days(usage_ms)
if estimate then
  list_record(estimate.index, estimate.member, usage_ms)
  list_record(estimate['key index'], estimate.member, usage_ms)
else
  write('HDEL', KEYS[1], 'record')
end
write('ZREM', KEYS[2], id)
commit()
return { 'lost' }
