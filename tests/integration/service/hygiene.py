"""What every request is held to: strict JSON, media types, methods, ids of requests."""

import json

from checks import refused, same, test, true
from world import new_key, new_phone

LOOKUP = "/v1/lookup"
PHONE = '"sii":"tel:+4915112345678"'

MALFORMED = (
    ("", ""), ("null", ""), ("[]", ""), ('"x"', ""), ("7", ""), ("{", ""), ("{}", "/sii"),
    ("{} {}", ""), ("{,}", ""), ("{'sii':'x'}", ""), ("{" + PHONE + ",}", ""),
    ("{" + PHONE + "} x", ""), ("{" + PHONE + ',"extra":1}', "/extra"),
    ("{" + PHONE + "," + PHONE + "}", "/sii"), ('{"sii":7}', "/sii"), ('{"sii":null}', "/sii"),
    ('{"sii":["tel:+4915112345678"]}', "/sii"), ("{" + PHONE + ',"attestation":"yes"}',
                                                   "/attestation"),
    ("{" + PHONE + ',"a/b":1}', "/a~1b"), ("{" + PHONE + "} // x", ""),
    ("\ufeff{" + PHONE + "}", ""),
    ('{"sii":"\\ud800"}', ""), ('{"sii":"a\nb"}', ""), ('{"sii":NaN}', ""),
    ('{"\\u0073ii":"tel:+4915112345678",' + PHONE + "}", "/sii"),
)


@test("hygiene: JSON is read strictly, with a pointer to the member")
def strict_json(w):
    caller = w.main.known("alpha")
    for text, pointer in MALFORMED:
        answer = caller.call("POST", LOOKUP, raw=text.encode(errors="surrogatepass"))
        refused(answer, 400, "malformed-request", f"body {text!r}")
        if pointer:
            same(answer.json()["pointer"], pointer, f"pointer for {text!r}")
    for raw in (b'{"sii":"\xff"}', b'{"sii":"\xc0\xaf"}', b'{"sii":"\xed\xa0\x80"}',
                b"\xff\xfe{\x00}\x00", b'{"sii":"tel:+4915112345678"}\x00'):
        refused(caller.call("POST", LOOKUP, raw=raw), 400, "malformed-request", repr(raw))
    same(caller.call("POST", LOOKUP, raw=(" \r\n\t{ " + PHONE + " } \n").encode()).status, 404,
         "white space is all right")
    same(caller.call("POST", LOOKUP, raw=b'{"\\u0073ii":"tel:\\u002b4915112345678"}').status, 404,
         "escapes are all right")


@test("hygiene: depth and size are refused before parsing")
def bounds(w):
    caller = w.main.known("alpha")
    deep = "[" * 17 + "]" * 17
    refused(caller.call("POST", LOOKUP, raw=('{"sii":' + deep + "}").encode()), 413,
            "payload-too-large", "depth 18")
    refused(caller.call("POST", LOOKUP, raw=b"[" * 60_000), 413, "payload-too-large", "no end")
    shallow = "[" * 15 + "]" * 15
    refused(caller.call("POST", LOOKUP, raw=('{"sii":' + shallow + "}").encode()), 400,
            "malformed-request", "depth 16")
    size = 64 * 1024
    padded = "{" + PHONE + "}"
    same(caller.call("POST", LOOKUP, raw=padded.ljust(size).encode()).status, 404, "64 KiB")
    answer = refused(caller.call("POST", LOOKUP, raw=padded.ljust(size + 1).encode()), 413,
                     "payload-too-large", "one byte over 64 KiB")
    same(answer.headers.get("Connection"), "close")


@test("hygiene: media types")
def media(w):
    caller = w.main.known("alpha")
    body = ("{" + PHONE + "}").encode()
    for kind, status in (("application/json", 404), ("application/json; charset=utf-8", 404),
                         ("Application/JSON;charset=UTF-8", 404), ("text/plain", 415),
                         ("application/json; charset=latin1", 415), ("application/jsonp", 415),
                         ("application/x-www-form-urlencoded", 415), ("", 415)):
        same(caller.call("POST", LOOKUP, raw=body, headers={"Content-Type": kind}).status, status,
             f"media type {kind!r}")
    opened = caller.open(new_phone(), "user-media")
    page = f"/v1/verifications/{opened['id']}"
    for path in (page + "/resend", page + "/check", "/v1/verifications"):
        answer = caller.call("POST", path, raw=b"x", headers={
            "Content-Type": "text/plain", "Idempotency-Key": new_key()})
        refused(answer, 415, "unsupported-media-type", path)
    operator = w.main.admin()
    for method, path in (("POST", "/admin/v1/applications"), ("PATCH", "/admin/v1/providers/alpha"),
                         ("POST", "/admin/v1/providers/alpha/suspend"),
                         ("POST", "/admin/v1/providers/alpha/reinstate"),
                         ("POST", "/admin/v1/providers/alpha/secrets"),
                         ("POST", "/admin/v1/providers/alpha/certificates"),
                         ("POST", "/admin/v1/applications/x/checks"),
                         ("POST", "/admin/v1/applications/x/approve"),
                         ("POST", "/admin/v1/applications/x/reject")):
        answer = operator.call(method, path, raw=b"x", headers={"Content-Type": "text/plain"})
        refused(answer, 415, "unsupported-media-type", path)
    bare = caller.again()
    for path in ("/v1/credentials/secrets", "/v1/credentials/certificates"):
        same(bare.call("POST", path, raw=b"x", headers={"Content-Type": "text/plain"}).status, 415,
             path)


@test("hygiene: another method is 405 with Allow, another path 404, on either listener")
def methods(w):
    alpha, operator = w.main.known("alpha"), w.main.admin()
    for caller, method, path, allow in (
            (alpha, "GET", LOOKUP, {"POST"}), (alpha, "PUT", "/oauth2/token", {"POST"}),
            (alpha, "POST", "/openapi.json", {"GET", "HEAD"}),
            (alpha, "PATCH", "/v1/verifications/v" + "a" * 24, {"GET", "HEAD", "DELETE"}),
            (operator, "DELETE", "/admin/v1/providers/alpha", {"GET", "HEAD", "PATCH"}),
            (operator, "POST", "/livez", {"GET", "HEAD"})):
        answer = refused(caller.call(method, path), 405, "method-not-allowed", path)
        allowed = {word.strip() for word in answer.headers["Allow"].split(",")}
        same(allowed - {"OPTIONS"} | allow, allow, f"Allow of {path}")
        true(allow - {"HEAD"} <= allowed, f"Allow of {path}: {allowed}")
    for caller, path in ((alpha, "/"), (alpha, "/v1"), (alpha, "/v1/lookup/"),
                         (alpha, "//v1/lookup"),
                         (alpha, "/V1/lookup"), (alpha, "/admin/v1/providers"), (alpha, "/metrics"),
                         (alpha, "/v1/%6cookup"), (operator, "/v1/lookup"),
                         (operator, "/admin/v1"), (operator, "/openapi.json")):
        refused(caller.call("POST", path, {}), 404, "not-found", path)


@test("hygiene: X-Request-Id is the caller's when it may be, else a new one each time")
def request_ids(w):
    caller = w.main.known("alpha")

    def echoed(text):
        return caller.call("POST", LOOKUP, {}, headers={"X-Request-Id": text}).headers[
            "X-Request-Id"]
    for text in ("a", "A-b_c.9", "x" * 64):
        same(echoed(text), text)
    for text in ("", "x" * 65, "a b", "a;b", "a\u00e9", "a/b"):
        true(echoed(text) not in ("", text), f"{text!r} came back")
    same(len({echoed("!") for _ in range(20)}), 20, "new ids")
    for path in ("/nowhere", "/openapi.json", "/oauth2/token"):
        same(caller.call("GET", path, headers={"X-Request-Id": "mine"}).headers["X-Request-Id"],
             "mine", path)


@test("hygiene: HEAD is GET without the body; a GET takes none")
def head(w):
    caller = w.main.known("alpha")
    for path in ("/openapi.json", "/.well-known/glados"):
        full, bare = caller.call("GET", path), caller.call("HEAD", path)
        same((bare.status, bare.body), (200, b""), path)
        same(bare.headers["Content-Length"], str(len(full.body)), path)
    refused(caller.call("GET", "/.well-known/glados", {}), 400, "malformed-request")


@test("hygiene: problems are RFC 9457 documents and say nothing about the inside")
def problems(w):
    caller = w.main.known("alpha")
    for answer in (caller.call("POST", LOOKUP, {}), caller.call("GET", "/nowhere"),
                   caller.lookup(new_phone()), caller.lookup("tel:+1")):
        told = answer.json()
        same(answer.headers["Content-Type"].split(";")[0], "application/problem+json")
        same(told["status"], answer.status)
        true(told["type"].startswith("urn:glados:problem:"), "type")
        true(told["title"] and told["detail"], "title and detail")
        true(len(json.dumps(told)) < 400 and "Redis" not in answer.body.decode(), "no inside")
