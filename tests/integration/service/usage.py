"""GET /v1/usage: what is metered, the statement over it, the spend cap."""

import datetime
import signal

from checks import eventually, refused, same, test, true
from world import new_mail, new_phone, new_user


def month():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m")


def used(caller):
    return caller.need(200, "GET", f"/v1/usage?month={month()}").json()


@test("usage: lookups and sends are metered, and the statement adds them up")
def metered(w):
    caller, before = w.quick.provider("metered"), used(w.quick.known("beta"))["sends"]
    same(used(caller), {"month": month(), "lookups": {"hits": 0, "misses": 0}, "sends": [],
                        "bulk_rows": 0, "spend_cap_micros": None,
                        "statement": {"currency": "EUR", "lines": [], "total_micros": 0}})
    phone, user = new_phone(), new_user()
    caller.prove(phone, user)
    caller.open(new_mail(), user)
    for sii, times in ((phone, 3), (new_phone(), 2)):
        for _ in range(times):
            caller.lookup(sii)
    caller.call("POST", "/v1/mappings/find", {"sii": phone})
    told = eventually("lookups reach the ledger",
                      lambda: (now := used(caller))["lookups"]["hits"] == 4 and now, 3)
    same(told["lookups"], {"hits": 4, "misses": 2})
    same(told["sends"], [{"channel": "sms", "country": "DE", "count": 1},
                         {"channel": "email", "country": None, "count": 1}])
    same(told["statement"]["total_micros"], 6 * 50 + 75_000 + 400)
    same([line["amount_micros"] for line in told["statement"]["lines"]], [300, 75_000, 400])
    same(used(w.quick.known("beta"))["sends"], before, "another provider's")
    same(caller.need(200, "GET", "/v1/usage").json()["month"], month())
    same(caller.need(200, "GET", "/v1/usage?month=2001-02").json()["sends"], [])
    refused(caller.call("GET", "/v1/usage?month=2026-13"), 400, "malformed-request",
            pointer="/month")


@test("usage: a node that ends in peace enters what it metered; a killed one charges nothing twice")
def restarts(w):
    box = w.quick
    caller = box.provider("restarted")
    for number, exact in ((signal.SIGTERM, True), (signal.SIGKILL, False)):
        before = used(caller)["lookups"]["misses"]
        for _ in range(10):
            refused(caller.lookup(new_phone()), 404, "not-found")
        box.restart_node(number)
        caller = caller.again()
        now = used(caller)["lookups"]["misses"] - before
        true(now == 10 if exact else now <= 10, f"{now} of 10 after signal {number}")


@test("usage: the spend cap stops sends, to the edge, and never lookups")
def cap(w):
    caller = w.quick.provider("thrifty")
    same(used(caller)["spend_cap_micros"], 150_400)
    phone, user = new_phone(), new_user()
    caller.prove(phone, user)
    opened = caller.open(new_phone(), user)
    caller.open(new_mail(), user)
    answer = refused(caller.post_verification(new_mail(), user), 429, "rate-limited",
                     policy="spend")
    true(int(answer.headers["Retry-After"]) >= 1, "Retry-After")
    same(used(caller)["statement"]["total_micros"], 150_400)
    same(caller.lookup(phone).status, 200, "lookups go on")
    same(caller.call("DELETE", f"/v1/verifications/{opened['id']}").status, 204)
