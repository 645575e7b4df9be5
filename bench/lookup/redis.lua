-- Token, limiter and mapping in Redis, all three in one pipeline over a kept connection.
local cjson = require "cjson.safe"
local redis = require "nginx.redis"

local function answer(status, kind, text)
  ngx.status = status
  ngx.header["Content-Type"] = kind
  ngx.header["Content-Length"] = #text
  ngx.print(text)
end
local function problem(status, name)
  answer(status, "application/problem+json",
         '{"type":"urn:glados:problem:' .. name .. '","status":' .. status .. '}')
end

local token = (ngx.var.http_authorization or ""):sub(8)
ngx.req.read_body()
local asked = cjson.decode(ngx.req.get_body_data() or "")
if type(asked) ~= "table" or type(asked.sii) ~= "string" then
  return problem(400, "malformed-request")
end
local link = redis:new()
link:set_timeout(1000)
local ok = link:connect("unix:" .. ngx.shared.directory:get("socket"))
if not ok then return problem(503, "storage-unavailable") end
link:init_pipeline()
link:get("token:" .. token)
link:incr("used:" .. token)
link:get("map:" .. asked.sii)
local got = link:commit_pipeline()
if not got then return problem(503, "storage-unavailable") end
link:set_keepalive(60000, 100)
if got[1] == ngx.null then return problem(401, "unauthorized") end
if got[2] > 1000000000 then return problem(429, "rate-limited") end
if got[3] == ngx.null then return problem(404, "not-found") end
answer(200, "application/json", got[3])
