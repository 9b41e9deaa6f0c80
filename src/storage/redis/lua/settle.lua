-- Books the ends of calls: each once, however often it is sent, and whatever became of its lease. Each is a step by itself: one
-- that cannot be booked leaves the others alone.
--
-- KEYS: leases; then of each call its own, day, index, index of the key, one of each rate, budget and place, and those that it
--   was asked for.
-- ARGV: time, for how long usage is kept in ms, for how long a call without a record is remembered in ms; then of each call
--   numbers of keys and of arguments, and the arguments: id, nano-dollars, numbers of rates, budgets and places, record
--   ('' for none), member, lines; of each rate per minute, what was reserved and what was taken; of each budget name and TTL.
-- Returns of each call 'settled'; 'keys' and those that it must be sent again with; or 'refused' and why. What Redis itself
--   fails with is about none of them, and fails them all.

local now, usage_ms, tombstone_ms = clock(ARGV[1]), ARGV[2], ARGV[3]
local leases = KEYS[1]

local function settle(keys, args)
  local id, nano = args[1], tonumber(args[2])
  local rates, budgets, places = tonumber(args[3]), tonumber(args[4]), tonumber(args[5])
  local record, member, lines = args[6], args[7], args[8]

  local call = call_of(keys[1])
  if call and call.state == 'settled' then return { 'settled' } end
  local was_open, was_lost = call and call.state == 'open', call and call.state == 'lost'
  read(leases, 'ZCARD')

  local argument_at = 8
  local levels = {}
  for n = 1, rates do
    local key, per_minute = keys[4 + n], tonumber(args[argument_at + 1])
    -- What was reserved was taken by the admission, if there was one.
    local reserved = call and tonumber(args[argument_at + 2]) or 0
    local correction = tonumber(args[argument_at + 3]) - reserved
    argument_at = argument_at + 3
    if correction ~= 0 then
      local level = math.max(0, level_of(key, per_minute, now) + correction * MINUTE_US)
      levels[#levels + 1] = { key = key, level = level, per_minute = per_minute }
    end
  end

  -- In the periods of the admission, which may be over; where there was none, in those that the gateway names.
  local held = call and call.budgets or {}
  local ttls = {}
  for n = 1, budgets do
    local name = args[argument_at + 1]
    ttls[name] = args[argument_at + 2]
    argument_at = argument_at + 2
    if not held[name] then held[name] = { nano = 0, charged = false, key = keys[4 + rates + n] } end
  end
  local accounts = {}
  for name, budget in pairs(held) do
    if declare(budget.key) then
      local account = account_of(budget.key)
      -- Never below nothing: should an account have been deleted by hand, what was reserved is gone too.
      if was_open then account.reserved = math.max(0, account.reserved - budget.nano) end
      if was_lost and budget.charged then account.spent = math.max(0, account.spent - budget.nano) end
      account.spent = account.spent + nano
      account.key, account.ttl_ms = budget.key, ttls[name] or tombstone_ms
      accounts[#accounts + 1] = account
    end
  end

  for n = 1, places do read(keys[4 + rates + budgets + n], 'ZCARD') end

  -- The record of a lost call gives way to the truth.
  local estimate = was_lost and call.fields.record and call.fields
  if estimate then
    local all_declared = true
    for _, key in ipairs({ estimate.day, estimate.index, estimate['key index'] }) do
      all_declared = declare(key) and all_declared
    end
    if all_declared then
      read(estimate.index, 'ZCARD')
      read(estimate['key index'], 'ZCARD')
      add_lines(estimate.day, estimate.lines, -1)
    end
  end
  if #undeclared > 0 then return ask_for_keys() end
  if record ~= '' then add_lines(keys[2], lines, 1) end

  write('HSET', keys[1], 'state', 'settled', 'record', record)
  if call then
    local outlived = { 'expires', 'member', 'lines', 'day', 'index', 'key index' }
    for name in pairs(call.budgets) do append(outlived, 'budget ' .. name) end
    for _, key in ipairs(call.places) do append(outlived, 'place ' .. key) end
    write('HDEL', keys[1], unpack(outlived))
  end
  write('PEXPIRE', keys[1], record == '' and tombstone_ms or usage_ms)
  for _, rate in ipairs(levels) do write_level(rate.key, rate.level, rate.per_minute, now) end
  for _, account in ipairs(accounts) do write_account(account.key, account, account.ttl_ms) end
  for n = 1, places do write('ZREM', keys[4 + rates + budgets + n], id) end
  if estimate then
    write('ZREM', estimate.index, estimate.member)
    write('ZREM', estimate['key index'], estimate.member)
  end
  write_days(usage_ms)
  if record ~= '' then
    list_record(keys[3], member, usage_ms)
    list_record(keys[4], member, usage_ms)
  end
  write('ZREM', leases, id)
  commit()
  return { 'settled' }
end

local replies = {}
local key_at, argument_at = 1, 3
while argument_at < #ARGV do
  local keys, args = tonumber(ARGV[argument_at + 1]), tonumber(ARGV[argument_at + 2])
  argument_at = argument_at + 2
  begin()
  local done, reply = pcall(settle, { unpack(KEYS, key_at + 1, key_at + keys) },
    { unpack(ARGV, argument_at + 1, argument_at + args) })
  if not done then
    if not is_refusal(reply) then return redis.error_reply(reply) end
    reply = { 'refused', reply }
  end
  replies[#replies + 1] = reply
  key_at, argument_at = key_at + keys, argument_at + args
end
return replies
