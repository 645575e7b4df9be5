"""The daily budget of lookups: its users, its operators, and that it is kept to the unit."""

import signal
import threading
import time

from checks import eventually, refused, same, test, true, within
from world import new_mail, new_phone, new_user

DAY = 86_400
CONNECTIONS = 8


def quota(caller):
    return caller.need(200, "GET", "/v1/quota").json()


def policy(caller, name):
    return next(one for one in quota(caller)["policies"] if one["name"] == name)


def set_budget(box, name, budget):
    page, patch = f"/admin/v1/providers/{name}", {"overrides": {"lookup_daily": budget}}
    if box.admin().need(200, "PATCH", page, patch).json()["pending"]:
        box.admin("second").need(200, "PATCH", page, patch)


class Crowd:
    """Eight connections that ask for unknown numbers as fast as they can."""

    def __init__(self, caller):
        self.caller = caller
        self.admitted = self.refused = self.other = 0
        self.lock = threading.Lock()
        self.began = self.ended = 0.0

    def ask(self, until):
        client = self.caller.again()
        body = {"sii": new_phone()}
        seen = {}
        while time.monotonic() < until:
            status = client.call("POST", "/v1/lookup", body).status
            seen[status] = seen.get(status, 0) + 1
        client.hang_up()
        with self.lock:
            self.admitted += seen.pop(404, 0)
            self.refused += seen.pop(429, 0)
            self.other += sum(seen.values())

    def run(self, seconds):
        self.began = time.monotonic()
        threads = [threading.Thread(target=self.ask, args=(self.began + seconds,))
                   for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.ended = time.monotonic()
        return self


@test("quota: what GET /v1/quota tells, and that users of every kind weigh what they should")
def told(w):
    caller = w.main.provider("quota-told")
    first = quota(caller)
    same(set(first), {"policies", "users", "standing"}, "members")
    same([one["name"] for one in first["policies"]], ["lookup", "sends", "guesses"], "policies")
    for one in first["policies"]:
        same(set(one), {"name", "quota", "window_seconds", "remaining", "reset_seconds"})
        same((one["window_seconds"], one["remaining"]), (DAY, one["quota"]), one["name"])
    same(first["users"], {"sms": 0, "email": 0, "asserted": 0, "weighted": 0}, "users")
    same(first["standing"], {"level": "good", "strikes": 0}, "standing")
    caller.prove(new_phone(), new_user())
    for _ in range(2):
        caller.prove(new_mail(), new_user())
    caller.prove(new_mail().replace("@", "+x@"), new_user())
    with within(2, "users in the quota"):
        eventually("users", lambda: quota(caller)["users"]["email"] == 3, 2)
    told_now = quota(caller)
    same(told_now["users"], {"sms": 1, "email": 3, "asserted": 0, "weighted": 1.2}, "users")
    same(policy(caller, "lookup")["quota"], 101, "budget")
    sends = policy(caller, "sends")
    same((sends["quota"], sends["remaining"]), (1001, 997), "sends")
    caller.lookup(new_phone())
    lookups = policy(caller, "lookup")
    same(lookups["remaining"], 99, "after a miss")
    true(lookups["reset_seconds"] > 1, "reset")


@test("quota: twenty users of a mail domain count, more when it is listed")
def domains(w):
    caller = w.main.provider("quota-domains")
    for number in range(21):
        caller.prove(f"mailto:user{number}@sub{number}.quota-domain.example", new_user())
    eventually("users", lambda: quota(caller)["users"]["email"] == 21, 3)
    same(quota(caller)["users"]["weighted"], 2, "capped")
    patch = {"listed_mail_domains": ["quota-domain.example"]}
    page = "/admin/v1/providers/quota-domains"
    if w.main.admin().need(200, "PATCH", page, patch).json()["pending"]:
        w.main.admin("second").need(200, "PATCH", page, patch)
    eventually("the listed domain", lambda: quota(caller)["users"]["weighted"] == 2.1, 1)


@test("quota: an operator's budget replaces the product within a second, both ways")
def override(w):
    caller = w.main.provider("quota-override")
    same(policy(caller, "lookup")["quota"], 100)
    for _ in range(3):
        caller.lookup(new_phone())
    set_budget(w.main, "quota-override", 10)
    eventually("the smaller one", lambda: policy(caller, "lookup")["quota"] == 10, 1)
    admitted = 0
    while caller.lookup(new_phone()).status == 404:
        admitted += 1
    same(admitted, 4, "misses: 94 % of 10 were left")
    set_budget(w.main, "quota-override", 30)
    eventually("the larger one", lambda: caller.lookup(new_phone()).status == 404, 1)
    set_budget(w.main, "quota-override", None)
    eventually("the product", lambda: policy(caller, "lookup")["quota"] == 100, 1)


@test("quota: a refusal is 429 with its policy; finds and lookups share the budget")
def shared(w):
    caller = w.main.provider("quota-shared", overrides={"lookup_daily": 6})
    for path in ("/v1/lookup", "/v1/mappings/find", "/v1/lookup"):
        same(caller.call("POST", path, {"sii": new_phone()}).status, 404, path)
    for path in ("/v1/lookup", "/v1/mappings/find"):
        answer = refused(caller.call("POST", path, {"sii": new_phone()}), 429, "rate-limited",
                         policy="lookup")
        true(answer.headers["RateLimit"].startswith('"lookup";r=0;t='), "RateLimit")
        same(answer.headers["RateLimit-Policy"], '"lookup";q=6;w=86400')
        true(1 <= int(answer.headers["Retry-After"]) <= 2 * DAY // 6, "Retry-After")
    same(caller.post_verification(new_phone(), new_user()).status, 202, "a proof costs no lookup")


@test("quota: eight connections get the budget to the unit, and no more after a kill")
def kept(w):
    box = w.frail
    seconds = 60 if w.full else 6
    caller = box.provider("quota-kept")
    warm = Crowd(caller).run(1.0)
    true(warm.admitted > 0, "some are admitted")
    # A tenth of what they ask for in the time: a miss costs 2.
    rate = warm.admitted + warm.refused
    budget = max(400, 2 * rate * seconds // 10)
    fresh = box.provider("quota-kept-eight", overrides={"lookup_daily": budget})
    crowd = Crowd(fresh).run(seconds)
    took = crowd.ended - crowd.began
    law = budget * (1 + took / DAY)
    spent = 2 * crowd.admitted
    print(f"     {CONNECTIONS} connections, {took:.1f} s, {crowd.admitted + crowd.refused} asked, "
          f"budget {budget}: {spent} units of {law:.1f} admitted")
    same(crowd.other, 0, "other answers")
    true(crowd.refused > crowd.admitted, "more were refused than admitted")
    true(spent <= law, f"{spent} units, more than {law:.1f}")
    true(spent >= law - max(2, budget / 100), f"{spent} units, too few of {law:.1f}")
    eventually("refusals in the metrics",
               lambda: box.metric("glados_lookups_refused_total") >= crowd.refused)
    true(box.metric("glados_lookup_leases_total") < crowd.admitted + 10 * (took + 1) + 100,
         "few questions to storage")
    box.restart_node(signal.SIGKILL)
    fresh.hang_up()
    again = Crowd(fresh).run(2.0)
    spent += 2 * again.admitted
    law = budget * (1 + (again.ended - crowd.began) / DAY)
    print(f"     after SIGKILL: {again.admitted} more of {again.admitted + again.refused}; "
          f"{spent} units of {law:.1f}")
    true(spent <= law, f"after the restart {spent} units, more than {law:.1f}")
    true(again.refused > 0, "refused after the restart")
