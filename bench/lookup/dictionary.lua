-- Token, limiter and mapping in nginx' shared dictionary: the bound for anything scripted in nginx.
local cjson = require "cjson.safe"
local directory = ngx.shared.directory

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
local provider = directory:get("token:" .. token)
if not provider then return problem(401, "unauthorized") end
ngx.req.read_body()
local asked = cjson.decode(ngx.req.get_body_data() or "")
if type(asked) ~= "table" or type(asked.sii) ~= "string" then
  return problem(400, "malformed-request")
end
if directory:incr("used:" .. provider, 1, 0, 86400) > 1000000000 then
  return problem(429, "rate-limited")
end
local found = directory:get("map:" .. asked.sii)
if not found then return problem(404, "not-found") end
answer(200, "application/json", found)
