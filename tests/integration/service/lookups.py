"""POST /v1/lookup: hits, misses, forms of identifiers, the budget."""

import datetime

from checks import eventually, refused, same, test, true
from world import new_phone, new_user

INVALID = ("", "x", "tel:", "tel:+", "tel:4915112345678", "tel:+49151123456789012345",
           "tel:+4915112345678;ext=1", "tel:+49151%2012345678", "+4915112345678", "sip:a@b.example",
           "http://x", "mailto:", "mailto:a", "mailto:a@", "mailto:@b.example",
           "mailto:a@b.example?x=y", "mailto:a@b.example,c@d.example", 'mailto:"a"@b.example',
           "mailto:a%40b@c.example", "mailto:" + "a" * 65 + "@b.example", "tel:+999123456789",
           "mailto:a@b..example", "mailto:a@-b.example")


def today():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT00:00:00")


@test("lookups: a hit is the preferred account, its proof cut to the day; a miss is 404")
def hit(w):
    alpha, beta = w.main.known("alpha"), w.main.known("beta")
    sii, user = new_phone(), new_user()
    refused(beta.lookup(sii), 404, "not-found")
    days = [today()]
    alpha.prove(sii, user)
    days.append(today())
    answer = beta.lookup(sii)
    told = answer.json()
    same(told["ssi"], {"provider_id": "alpha", "provider_name": "Alpha Chat", "user_id": user})
    same((set(told), told["method"]), ({"ssi", "method", "verified_at"}, "sms"))
    true(told["verified_at"][:19] in days, f"verified_at {told['verified_at']}")
    same(alpha.lookup(sii).json(), told, "the same for its own provider")


@test("lookups: one canonical form for writing and reading")
def forms(w):
    caller = w.main.known("alpha")
    user = new_user()
    caller.prove("tel:+1-650-253-0000", user)
    for text in ("tel:+16502530000", "tel:+1(650)253.0000", "tel:+1-650-2530000"):
        same(caller.lookup(text).json()["ssi"]["user_id"], user, text)
    mail = new_user()
    caller.prove("mailto:Canary.Case@B\u00fccher.EXAMPLE", mail)
    for text in ("mailto:canary.case@xn--bcher-kva.example",
                 "mailto:CANARY.CASE@b\u00fccher.example"):
        same(caller.lookup(text).json()["ssi"]["user_id"], mail, text)


@test("lookups: what is no identifier is 422, with the budget in the headers")
def invalid(w):
    caller = w.main.known("alpha")
    for text in INVALID:
        answer = refused(caller.lookup(text), 422, "identifier-invalid", repr(text))
        true('"lookup"' in answer.headers["RateLimit"], "RateLimit")
    refused(caller.lookup("mailto:a@" + "b" * 250 + ".example"), 422, "identifier-invalid", "long")


def remaining(answer):
    fields = dict(part.split("=") for part in answer.headers["RateLimit"].split(";")[1:])
    return int(fields["r"])


@test("lookups: a hit costs one, a miss two, 100 a day without users, then 429")
def budget(w):
    caller = w.main.provider("newcomer")
    sii = new_phone()
    w.main.known("alpha").prove(sii, new_user())
    first = caller.call("POST", "/v1/lookup", {})
    same((first.status, first.headers["RateLimit-Policy"], remaining(first)),
         (400, '"lookup";q=100;w=86400', 100), "a malformed call costs nothing")
    same(remaining(caller.lookup(sii)), 99, "a hit")
    same(remaining(caller.lookup(sii)), 98, "another hit")
    for miss in range(49):
        answer = caller.lookup(new_phone())
        same((answer.status, remaining(answer)), (404, 96 - 2 * miss), f"miss {miss + 1}")
    for number in (sii, new_phone()):
        answer = refused(caller.lookup(number), 429, "rate-limited", policy="lookup")
        same(remaining(answer), 0)
        true(1 <= int(answer.headers["Retry-After"]) <= 86_400 // 50, "Retry-After")


@test("lookups: fifty misses are all that a newcomer has")
def misses(w):
    caller = w.main.provider("scanner")
    seen = [caller.lookup(new_phone()).status for _ in range(51)]
    same(seen, [404] * 50 + [429])
    w.main.admin().need(200, "PATCH", "/admin/v1/providers/scanner",
                        {"overrides": {"lookup_daily": 1_000_000_000}})
    eventually("an operator's override works within 1 s",
               lambda: caller.lookup(new_phone()).status == 404, 1, 0.1)


@test("lookups: unknown numbers make no actor")
def no_actor(w):
    caller = w.main.known("alpha")
    before = w.main.metric("glados_actors", kind="mapping")
    for _ in range(300):
        caller.lookup(new_phone())
    same(w.main.metric("glados_actors", kind="mapping"), before, "live mappings")
