-- What the ledger's scripts share; it stands before each of them.
--
-- Redis does not undo what a script did before it failed. So a script reads, and checks, everything first; it collects what
-- it will write, and writes it at its end. The first write is one that a full Redis refuses, so that all of them are.
--
-- Money, tokens and microseconds are whole numbers below 2^53, which Lua's doubles hold exactly. `tostring` would round them.

local MINUTE_US = 60000000

local function whole(number)
  return string.format('%.0f', number)
end

-- The time in microseconds since the epoch: Redis's own, so that it does not matter what the gateways' clocks say.
local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local REFUSAL = 'The ledger cannot read '

-- Whether an error is about what is stored under a key, rather than Redis.
local function is_refusal(failure)
  return string.find(failure, REFUSAL, 1, true) ~= nil
end

local function read(key, command, ...)
  local reply = redis.pcall(command, key, ...)
  if type(reply) == 'table' and reply.err then error(REFUSAL .. key .. ': ' .. reply.err) end
  return reply
end

local function nonsense(key, stored)
  error(REFUSAL .. key .. ': it holds "' .. string.sub(stored, 1, 100) .. '"')
end

-- A number that was stored; none is 0.
local function number_in(key, stored)
  if not stored then return 0 end
  if not string.match(stored, '^%-?%d+$') then nonsense(key, stored) end
  return tonumber(stored)
end

-- Keys that a call holds are known to its lease only. Where they are not those that the script was sent with, it says so
-- before it has written anything, and is sent again with them.
local declared = {}
for _, key in ipairs(KEYS) do declared[key] = true end
local undeclared = {}

local function declare(key)
  if declared[key] then return true end
  undeclared[#undeclared + 1] = key
  return false
end

local function ask_for_keys()
  return { 'keys', undeclared }
end

local function append(list, ...)
  for n = 1, select('#', ...) do list[#list + 1] = (select(n, ...)) end
end

local writes = {}

local function write(...)
  writes[#writes + 1] = { ... }
end

local function commit()
  for _, command in ipairs(writes) do redis.call(unpack(command)) end
end

-- GCRA as a leaky bucket; see memory/rates.ts, which says why. Stored as "level time".
local function level_of(key, per_minute, now)
  local stored = read(key, 'GET')
  if not stored then return 0 end
  local level, at = string.match(stored, '^(%d+) (%d+)$')
  if not level then nonsense(key, stored) end
  -- Where the clock of a new master is behind, nothing has drained, and nothing came on top.
  return math.max(0, tonumber(level) - math.max(0, now - tonumber(at)) * per_minute)
end

local function write_level(key, level, per_minute, now)
  -- A minute longer than it takes to drain: an empty bucket is as good as none.
  local ttl_ms = math.ceil(level / per_minute / 1000) + 60000
  write('SET', key, whole(level) .. ' ' .. whole(now), 'PX', whole(ttl_ms))
end

local function account_of(key)
  local stored = read(key, 'HMGET', 'spent', 'reserved')
  return { spent = number_in(key, stored[1]), reserved = number_in(key, stored[2]) }
end

-- An account lives until its period is over, whoever writes to it.
local function write_account(key, account, ttl_ms)
  write('HSET', key, 'spent', whole(account.spent), 'reserved', whole(account.reserved))
  if redis.call('PTTL', key) < 0 then write('PEXPIRE', key, ttl_ms) end
end

-- How accounts stand that do not take a call: of each spent, reserved, and 1 where it would be exceeded.
local function standing_of(accounts)
  local standing = {}
  for _, account in ipairs(accounts) do
    for _, value in ipairs({ account.spent, account.reserved, account.over and 1 or 0 }) do
      standing[#standing + 1] = value
    end
  end
  return standing
end

-- A place is kept for as long as its lease, and the set of places a minute longer than the last of them.
local function write_place(key, id, expires, now)
  local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
  local last_expires = math.max(expires, tonumber(last[2] or 0))
  write('ZADD', key, whole(expires), id)
  write('PEXPIRE', key, whole(math.ceil((last_expires - now) / 1000) + 60000))
end

-- A call: its lease while it is under way, and what is remembered of it afterwards.
local function call_of(key)
  local stored = read(key, 'HGETALL')
  if #stored == 0 then return nil end
  local call = { fields = {}, budgets = {}, places = {} }
  for n = 1, #stored, 2 do
    local field, value = stored[n], stored[n + 1]
    local base, place = string.match(field, '^budget (.+)$'), string.match(field, '^place (.+)$')
    if base then
      local nano, lost, account = string.match(value, '^(%d+) (%a+) (.+)$')
      if not nano then nonsense(key, value) end
      call.budgets[base] = { nano = tonumber(nano), charged = lost == 'charge', key = account }
    elseif place then
      call.places[#call.places + 1] = place
    else
      call.fields[field] = value
    end
  end
  call.state = call.fields.state
  if call.state ~= 'open' and call.state ~= 'settled' and call.state ~= 'lost' then
    nonsense(key, tostring(call.state))
  end
  call.expires = number_in(key, call.fields.expires)
  return call
end

-- The sums of days that are read, by key: groups, and how many there are.
local days = {}

-- Begins a further step, of a script that takes several.
local function begin()
  undeclared, writes, days = {}, {}, {}
end

local GROUP_LIMITS = { 100000, 110000 }

local function sum_of(key, candidates)
  local day = days[key]
  if not day then
    day = { size = read(key, 'HLEN'), groups = {} }
    days[key] = day
  end
  for n, group in ipairs(candidates) do
    if day.groups[group] then return day.groups[group] end
    local stored = read(key, 'HGET', group)
    if stored or not GROUP_LIMITS[n] or day.size < GROUP_LIMITS[n] then
      local sum = { 0, 0, 0, 0, 0, 0, 0 }
      if stored then
        local at = 0
        for counted in string.gmatch(stored, '%S+') do
          at = at + 1
          sum[at] = number_in(key, counted)
        end
        if at ~= 7 then nonsense(key, stored) end
      else
        day.size = day.size + 1
      end
      day.groups[group] = sum
      return sum
    end
  end
end

-- Adds a record's lines to its day, or takes them away again. `lines` are pairs: groups that may take it, and counts.
local function add_lines(key, lines, sign)
  for _, line in ipairs(cjson.decode(lines)) do
    local sum = sum_of(key, line[1])
    for n, count in ipairs(line[2]) do sum[n] = sum[n] + sign * count end
  end
end

local function write_days(ttl_ms)
  for key, day in pairs(days) do
    for group, sum in pairs(day.groups) do
      local counts = {}
      for n, count in ipairs(sum) do counts[n] = whole(count) end
      write('HSET', key, group, table.concat(counts, ' '))
    end
    write('PEXPIRE', key, ttl_ms)
  end
end

-- Enters a call into the lists of its day; all members have one score, and are in the order of their bytes.
local function list_record(index, member, ttl_ms)
  read(index, 'ZCARD')
  write('ZADD', index, 0, member)
  write('PEXPIRE', index, ttl_ms)
end
