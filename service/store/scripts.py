"""The Lua scripts of the Redis store.

An exact window is a sorted set of ids by their expiry. A counted window (scope `global`) is a
hash of how many entries each sixtieth of the window's length has seen, and `part`, how long such
a part is: its size and the cost of asking it do not grow with use. An entry counts for its
window and at most one part more, never for less.

Times are microseconds of the server's own clock, so that replicas agree on them.
"""

from __future__ import annotations

#: A counted window is made of so many parts.
PARTS = 60
#: The status by which RESERVE says that the mark is behind what it was given.
LOST_WRITES = -2

_WINDOWS = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function text(number) return string.format('%.0f', number) end

local function part_of(seconds) return math.ceil(seconds / 60) end

-- How much is used, and when the next of it frees; `clean`: let go of what is past.
local function counted(key, part, clean)
  local first, used, oldest = math.floor(now / part) - 60, 0, nil
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    local number, count = tonumber(fields[i]), tonumber(fields[i + 1])
    if number and number < first then
      if clean then redis.call('HDEL', key, fields[i]) end
    elseif number and count > 0 then
      used = used + count
      if not oldest or number < oldest then oldest = number end
    end
  end
  return used, oldest and (oldest + 61) * part - now or 0
end

local function exact(key)
  local first = redis.call('ZRANGEBYSCORE', key, '(' .. text(now), '+inf', 'WITHSCORES',
                           'LIMIT', 0, 1)[2]
  return redis.call('ZCOUNT', key, '(' .. text(now), '+inf'), first and first - now or 0
end

local function lasts(key, milliseconds)
  if redis.call('PTTL', key) < milliseconds then redis.call('PEXPIRE', key, milliseconds) end
end

local function enter(key, id, micros)
  redis.call('ZADD', key, text(now + micros), id)
  lasts(key, math.ceil(micros / 1000))
end

local function count(key, part, at, amount)
  redis.call('HSET', key, 'part', text(part))
  redis.call('HINCRBY', key, text(math.floor(at / part)), amount)
  lasts(key, math.ceil(part * 61 / 1000))
end

-- Takes one off the part of `at`; off the latest where that has none.
local function uncount(key, at)
  local part, found = tonumber(redis.call('HGET', key, 'part') or 1), nil
  local fields, wanted = redis.call('HGETALL', key), math.floor(at / part)
  for i = 1, #fields, 2 do
    local number = tonumber(fields[i])
    if number and tonumber(fields[i + 1]) > 0 and found ~= wanted
       and (number == wanted or not found or number > found) then
      found = number
    end
  end
  if found then redis.call('HINCRBY', key, text(found), -1) end
end
"""

#: KEYS: claims, then budgets, then the mark, if one is given. ARGV: id, 1 where it is asked again,
#: what the mark is at the least, or 0, number of claims; for each claim value and milliseconds;
#: for each budget its amount, its microseconds, 1 where it is counted, and an id left out.
RESERVE = (
    _WINDOWS
    + """
local id, again, known, claims = ARGV[1], ARGV[2] == '1', tonumber(ARGV[3]), tonumber(ARGV[4])
local budgets, mark = #KEYS - claims, 0

if known > 0 then
  budgets, mark = budgets - 1, tonumber(redis.call('GET', KEYS[#KEYS]) or 0)
  if mark < known then return {-2, 0, '', 0} end
end

local function claim(i) return ARGV[3 + 2 * i], ARGV[4 + 2 * i] end

for i = 1, claims do
  local standing = redis.call('GET', KEYS[i])
  if standing and not (again and standing == claim(i)) then
    return {-1, i - 1, standing, 0}
  end
end
local refused, used, frees, is_entered = -1, {}, {}, false

local function budget(i)
  local at = 4 + 2 * claims + 4 * (i - 1)
  return KEYS[claims + i], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 3] == '1',
         ARGV[at + 4]
end

for i = 1, budgets do
  local key, amount, micros, is_counted, without = budget(i)
  local left_out = 0
  if is_counted then
    used[i], frees[i] = counted(key, part_of(micros), true)
    if is_entered then left_out = 1 end
  else
    redis.call('ZREMRANGEBYSCORE', key, '-inf', text(now))
    used[i], frees[i] = exact(key)
    if without ~= '' and redis.call('ZSCORE', key, without) then left_out = 1 end
    if again and redis.call('ZSCORE', key, id) then
      left_out, is_entered = left_out + 1, true
    end
  end
  if refused < 0 and used[i] - left_out >= amount then refused = i - 1 end
end
if refused < 0 then
  if known > 0 then
    mark = mark + 1
    redis.call('SET', KEYS[#KEYS], mark, 'KEEPTTL')
  end
  local seen = {}
  for i = 1, claims do
    local value, milliseconds = claim(i)
    redis.call('SET', KEYS[i], value, 'PX', milliseconds)
  end
  for i = 1, budgets do
    local key, _, micros, is_counted = budget(i)
    if is_counted then
      if not (seen[key] or is_entered) then count(key, part_of(micros), now, 1) end
      seen[key] = true
      used[i], frees[i] = counted(key, part_of(micros), false)
    else
      enter(key, id, micros)
      used[i], frees[i] = exact(key)
    end
  end
elseif again then
  for i = 1, claims do
    if redis.call('GET', KEYS[i]) == claim(i) then redis.call('DEL', KEYS[i]) end
  end
  for i = 1, budgets do
    local key, _, _, is_counted = budget(i)
    if not is_counted then redis.call('ZREM', key, id)
    elseif is_entered then uncount(key, now) end
  end
end
local answer = {refused < 0 and 0 or 1, refused, text(now), mark}
for i = 1, budgets do
  answer[#answer + 1] = used[i]
  answer[#answer + 1] = text(frees[i])
end
return answer
"""
)

#: KEYS: budgets. ARGV: for each its microseconds, and 1 where it is counted.
WINDOWS = (
    _WINDOWS
    + """
local answer = {}
for i, key in ipairs(KEYS) do
  local used, frees
  if ARGV[2 * i] == '1' then
    used, frees = counted(key, part_of(tonumber(ARGV[2 * i - 1])), false)
  else
    used, frees = exact(key)
  end
  answer[#answer + 1] = used
  answer[#answer + 1] = text(frees)
end
return answer
"""
)

#: KEYS: one for each change. ARGV: for each change its kind and three more. Applied in order,
#: and twice is once, but for what is counted.
APPLY = (
    _WINDOWS
    + """
for i, key in ipairs(KEYS) do
  local kind, a, b, c = ARGV[4 * i - 3], ARGV[4 * i - 2], ARGV[4 * i - 1], ARGV[4 * i]
  if kind == 'enter' then enter(key, a, tonumber(b))
  elseif kind == 'remove' then redis.call('ZREM', key, a)
  elseif kind == 'count' then count(key, part_of(tonumber(a)), now - tonumber(b), tonumber(c))
  elseif kind == 'uncount' then uncount(key, tonumber(a))
  elseif kind == 'claim' then redis.call('SET', key, a, 'PX', b, 'NX')
  elseif kind == 'set' then redis.call('SET', key, a, 'PX', b)
  elseif kind == 'delete' then
    if redis.call('GET', key) == a then redis.call('DEL', key) end
  end
end
return #KEYS
"""
)

#: KEYS: the mark. ARGV: what it is at the least, milliseconds. Counts it up, which a replica
#: refuses, unless it is behind; returns what it was.
MARK = """
local had = tonumber(redis.call('GET', KEYS[1]) or 0)
if had >= tonumber(ARGV[1]) then redis.call('SET', KEYS[1], had + 1, 'PX', ARGV[2]) end
return had
"""
