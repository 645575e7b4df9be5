"""The state machine of a verification, its waits and its limits (api.md section 5)."""

import datetime
import statistics
import time

from checks import eventually, refused, same, test, true
from world import new_mail, new_phone, new_user, wrong

MEMBERS = {"id", "state", "channel", "expires_at", "checks_left", "next_check_at", "sends_left",
           "next_send_at"}


def get(caller, opened):
    answer = caller.call("GET", f"/v1/verifications/{opened['id']}")
    same(answer.status, 200, "GET of a verification")
    return answer.json()


def resend(caller, opened, body=None):
    return caller.call("POST", f"/v1/verifications/{opened['id']}/resend", body)


def sleep_until(text):
    """Until a moment the service named; the clock of this machine is also its clock."""
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    time.sleep(max(0.0, at - time.time()) + 0.02)


def messages(box, sii):
    found = box.admin().call("GET", "/admin/v1/sandbox/messages?sii=" + sii.replace("+", "%2B"))
    return found.json()["messages"]


@test("verifications: opened, proven, and what can be done with it afterwards")
def story(w):
    caller = w.main.known("alpha")
    sii, user = new_phone(), new_user()
    opened = caller.open(sii, user)
    same(set(opened), MEMBERS, "members of the object")
    same((opened["state"], opened["channel"], opened["checks_left"], opened["sends_left"]),
         ("pending", "sms", 5, 3))
    same(get(caller, opened), opened, "GET shows the same")
    proven = caller.check(opened, caller.code(sii), user).json()
    same((proven["state"], proven["conflict"]), ("verified", None))
    mapping = proven["mapping"]
    same((mapping["user_id"], mapping["method"], mapping["preferred"]), (user, "sms", True))
    same(get(caller, opened), proven, "GET shows mapping and conflict, too")
    refused(caller.check(opened, "123456", user), 409, "conflict", "a second check")
    refused(resend(caller, opened), 409, "conflict", "a resend")
    ended = caller.call("DELETE", f"/v1/verifications/{opened['id']}")
    true(ended.status in (204, 409), f"DELETE of a verified one: {ended.status}")


@test("verifications: each takes its storage's time, not that of a worker's tick")
def quick(w):
    caller = w.main.known("alpha")
    took = []
    for _ in range(15):
        sii, user = new_phone(), new_user()
        began = time.monotonic()
        opened = caller.open(sii, user)
        took.append(time.monotonic() - began)
        same(caller.check(opened, caller.code(sii), user).status, 200)
    true(statistics.median(took) < 0.15, f"opening took {statistics.median(took):.3f} s")


@test("verifications: wrong codes, their waits, exhaustion")
def exhausted(w):
    caller = w.quick.provider("guesser")
    sii, user = new_phone(), new_user()
    opened = caller.open(sii, user)
    bad = wrong(caller.code(sii))
    for left in (4, 3, 2):
        told = refused(caller.check(opened, bad, user), 422, "code-incorrect").json()
        true(MEMBERS <= set(told), "the verification object is in the problem")
        same((told["checks_left"], told["status"], told["state"]), (left, 422, "pending"))
    early = refused(caller.check(opened, bad, user), 429, "too-early", policy="checks")
    true(int(early.headers["Retry-After"]) >= 1, "Retry-After")
    same(get(caller, opened)["checks_left"], 2, "an early check is not counted")
    sleep_until(get(caller, opened)["next_check_at"])
    refused(caller.check(opened, "abc", user), 422, "code-incorrect", "the fourth, not of digits",
            checks_left=1)
    refused(caller.check(opened, bad, user), 429, "too-early")
    sleep_until(get(caller, opened)["next_check_at"])
    refused(caller.check(opened, bad, user), 422, "code-incorrect", "the fifth", checks_left=0,
            state="exhausted")
    refused(caller.check(opened, caller.code(sii), user), 410, "attempts-exhausted")
    refused(resend(caller, opened), 410, "attempts-exhausted")
    same(get(caller, opened)["state"], "exhausted")
    same(caller.lookup(sii).status, 404, "nothing was mapped")


@test("verifications: the user of the check is the one it was opened for")
def mismatch(w):
    caller = w.main.provider("forgetful")
    sii, user = new_phone(), new_user()
    opened = caller.open(sii, user)
    refused(caller.check(opened, caller.code(sii), new_user()), 422, "identifier-mismatch")
    same(get(caller, opened)["checks_left"], 4, "it was counted")
    same(caller.check(opened, caller.code(sii), user).status, 200)
    for body, pointer in (({"code": "1"}, "/user_id"), ({"user_id": "u"}, "/code"),
                          ({"code": 123456, "user_id": "u"}, "/code"),
                          ({"code": "123456", "user_id": "a\u0001"}, "/user_id"),
                          ({"code": "123456", "user_id": "u" * 129}, "/user_id"),
                          ({"code": "", "user_id": "u"}, "/code")):
        refused(caller.call("POST", f"/v1/verifications/{opened['id']}/check", body), 400,
                "malformed-request", str(pointer), pointer=pointer)


@test("verifications: cancelled ones are over, those of others are not found")
def cancelled(w):
    caller, other = w.main.known("alpha"), w.main.known("beta")
    sii, user = new_phone(), new_user()
    opened = caller.open(sii, user)
    page = f"/v1/verifications/{opened['id']}"
    for who, place in ((other, page), (caller, "/v1/verifications/v" + "a" * 24),
                       (caller, "/v1/verifications/x")):
        for method, path, body in (("GET", place, None), ("DELETE", place, None),
                                   ("POST", place + "/resend", None),
                                   ("POST", place + "/check", {"code": "1", "user_id": user})):
            refused(who.call(method, path, body), 404, "not-found", f"{method} {path}")
    same(caller.call("DELETE", page).status, 204)
    same(get(caller, opened)["state"], "cancelled")
    refused(caller.check(opened, caller.code(sii), user), 410, "verification-expired")
    refused(resend(caller, opened), 410, "verification-expired")
    same(caller.lookup(sii).status, 404)


@test("verifications: a resend has its waits, sends the same code, and four sends are all")
def resends(w):
    caller = w.quick.known("alpha")
    sii, user = new_phone(), new_user()
    opened = caller.open(sii, user)
    refused(resend(caller, opened), 429, "too-early", policy="resends")
    for sends, left in ((2, 2), (3, 1), (4, 0)):
        sleep_until(get(caller, opened)["next_send_at"])
        for channel in ("voice", "email"):
            refused(resend(caller, opened, {"channel": channel}), 422, "identifier-unsupported")
        answer = resend(caller, opened, {"channel": "sms"} if sends == 3 else None)
        same((answer.status, answer.json()["sends_left"]), (202, left), f"send {sends}")
        eventually("the message", lambda: len(messages(w.quick, sii)) == sends, 1)
    same(len({one["code"] for one in messages(w.quick, sii)}), 1, "codes sent")
    true(refused(resend(caller, opened), 429, "rate-limited").headers["Retry-After"], "a fifth")
    refused(resend(caller, opened, {"channel": "fax"}), 400, "malformed-request",
            pointer="/channel")
    same(caller.check(opened, caller.code(sii), user).status, 200, "the code still works")


@test("verifications: codes expire, by their own clock and in storage")
def expired(w):
    caller = w.strict.known("alpha")
    sii, user = new_phone(), new_user()
    opened = caller.open(sii, user)
    code = caller.code(sii)
    eventually("it expires", lambda: get(caller, opened)["state"] == "expired", 6, 0.1)
    refused(caller.check(opened, code, user), 410, "verification-expired")
    refused(resend(caller, opened), 410, "verification-expired")


@test("verifications: email, its template, other languages, and channels that do not fit")
def channels(w):
    box, caller = w.main, w.main.known("alpha")
    sii, user = new_mail(), new_user()
    proven = caller.prove(sii, user)
    same((proven["channel"], proven["mapping"]["method"]), ("email", "email"))
    same(messages(box, sii)[-1]["channel"], "email")
    texts = set()
    for locale in ("en", "de", "es", "fr", "pt-BR"):
        phone = new_phone()
        caller.open(phone, new_user(), locale=locale)
        caller.code(phone)
        told = messages(box, phone)[-1]
        texts.add(told["text"].replace(told["code"], ""))
    same(len(texts), 5, "five languages, five texts")
    for sii, channel in ((new_phone(), "email"), (new_mail(), "sms"), (new_phone(), "voice")):
        refused(caller.post_verification(sii, new_user(), channel=channel), 422,
                "identifier-unsupported", channel)
    for bad in ({"channel": "fax"}, {"locale": "a b"}, {"more": 1}, {"channel": 1}):
        refused(caller.post_verification(new_phone(), new_user(), **bad), 400, "malformed-request",
                str(bad), pointer="/" + next(iter(bad)))
    for sii, name in (("tel:+18005551234", "identifier-unsupported"),
                      ("tel:+1", "identifier-invalid"), ("sip:a@b", "identifier-invalid")):
        refused(caller.post_verification(sii, new_user()), 422, name)
    refused(caller.post_verification(new_phone(), "a\u0007"), 400, "malformed-request",
            pointer="/user_id")


@test("verifications: five sessions an identifier, provider and day; others are not locked out")
def sessions(w):
    caller, other = w.quick.provider("opener"), w.quick.known("beta")
    sii = new_phone()
    for _ in range(5):
        caller.open(sii, new_user())
    answer = refused(caller.post_verification(sii, new_user()), 429, "rate-limited",
                     policy="sessions")
    true(int(answer.headers["Retry-After"]) > 3600, "Retry-After")
    true('"sessions"' in answer.headers["RateLimit-Policy"], "RateLimit-Policy")
    true("r=0" in answer.headers["RateLimit"], "RateLimit")
    same(other.post_verification(sii, new_user()).status, 202, "another provider")


@test("verifications: fifty wrong codes a day, then none of the provider's is compared")
def daily_guesses(w):
    caller = w.quick.provider("thief")
    seen = 0
    while seen < 50:
        sii, user = new_phone(), new_user()
        opened = caller.open(sii, user)
        bad = wrong(caller.code(sii))
        for _ in range(min(3, 50 - seen)):
            refused(caller.check(opened, bad, user), 422, "code-incorrect", f"guess {seen + 1}")
            seen += 1
    sii, user = new_phone(), new_user()
    opened = caller.open(sii, user)
    refused(caller.check(opened, caller.code(sii), user), 429, "rate-limited", policy="guesses")
    same(get(caller, opened)["checks_left"], 5, "it was not counted")


@test("verifications: a provider's sends a day and to one country are limited")
def sends(w):
    caller = w.quick.provider("pumper", overrides={"sends_daily": 3})
    for _ in range(3):
        caller.open(new_phone(), new_user())
    answer = refused(caller.post_verification(new_phone(), new_user()), 429, "rate-limited",
                     policy="sends")
    true(int(answer.headers["Retry-After"]) >= 1, "Retry-After")
