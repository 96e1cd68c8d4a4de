-- The load of one measurement, for wrk.
--
--   wrk -s load.lua URL -- EXPECTED FIRST {WEIGHT METHOD PATH HEADERS BODY}...
--
-- EXPECTED are the statuses that count as good, with commas; whatever else comes back is told, so
-- that a contender which refuses is never taken for a fast one. Each request of the list is sent
-- WEIGHT times in a row, then the next. In paths, headers ("Name: value" lines) and bodies
-- {n} is a number of its own for each request, from FIRST on; {phone} is a valid one of Toronto's,
-- Montreal's, ... made from it; {n%K} is {n} modulo K.

local AREAS = { "416", "514", "604", "212", "312", "213", "415", "617" }
local EXCHANGES, LINES = 800, 10000 -- 200 to 999, 0000 to 9999

local requests, expected, number, turn = {}, {}, 0, 0
sent, good, bad, first_bad = 0, 0, 0, ""

local threads = {}
function setup(thread) table.insert(threads, thread) end

local function parse_headers(text)
  local headers = {}
  for name, value in text:gmatch("([^\n:]+): ([^\n]+)") do headers[name] = value end
  return headers
end

function init(args)
  for status in args[1]:gmatch("%d+") do expected[tonumber(status)] = true end
  number = tonumber(args[2])
  for at = 3, #args, 5 do
    local raw = wrk.format(args[at + 1], args[at + 2], parse_headers(args[at + 3]),
                           args[at + 4] ~= "" and args[at + 4] or nil)
    for _ = 1, tonumber(args[at]) do table.insert(requests, raw) end
  end
end

local function phone()
  local area = AREAS[math.floor(number / (EXCHANGES * LINES)) % #AREAS + 1]
  local exchange = 200 + math.floor(number / LINES) % EXCHANGES
  return string.format("1%s%03d%04d", area, exchange, number % LINES)
end

-- The Content-Length is that of the filled body.
local function fill(raw)
  raw = raw:gsub("{phone}", phone):gsub("{n}", function() return string.format("%010d", number) end)
  raw = raw:gsub("{n%%(%d+)}", function(k) return string.format("%d", number % tonumber(k)) end)
  local head, body = raw:match("^(.-\r\n\r\n)(.*)$")
  return head:gsub("Content%-Length: %d+", "Content-Length: " .. #body) .. body
end

function request()
  number, sent = number + 1, sent + 1
  turn = turn % #requests + 1
  return fill(requests[turn])
end

function response(status)
  if expected[status] then good = good + 1 return end
  bad = bad + 1
  if first_bad == "" then first_bad = tostring(status) end
end

function done(summary, latency)
  local sent, good, bad, first_bad = 0, 0, 0, ""
  for _, thread in ipairs(threads) do
    sent = sent + thread:get("sent")
    good, bad = good + thread:get("good"), bad + thread:get("bad")
    if first_bad == "" then first_bad = thread:get("first_bad") end
  end
  local errors = summary.errors
  print(string.format(
    'RESULT {"sent": %d, "good": %d, "bad": %d, "first_bad": "%s", "broken": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f}',
    sent, good, bad, first_bad, errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
