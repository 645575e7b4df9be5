"""The daily budget of lookups: its users, its operators, and that it is kept to the unit."""

import signal
import time

from checks import eventually, refused, same, test, true, within
from crowd import Crowd, law, least
from world import new_mail, new_phone, new_user

DAY = 86_400
# A tenth of what is asked for gets through: a miss costs 2.
ASKED_A_SECOND, BUDGET_A_SECOND = 1000, 200


def quota(caller):
    return caller.need(200, "GET", "/v1/quota").json()


def policy(caller, name):
    return next(one for one in quota(caller)["policies"] if one["name"] == name)


def set_budget(box, name, budget):
    page, patch = f"/admin/v1/providers/{name}", {"overrides": {"lookup_daily": budget}}
    if box.admin().need(200, "PATCH", page, patch).json()["pending"]:
        box.admin("second").need(200, "PATCH", page, patch)


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
    box, seconds = w.frail, 60 if w.full else 6
    budget = BUDGET_A_SECOND * seconds
    caller = box.provider("quota-kept", overrides={"lookup_daily": budget})
    leases = box.metric("glados_lookup_leases_total")
    crowd = Crowd(box, caller, ASKED_A_SECOND * seconds, ASKED_A_SECOND).wait()
    took = crowd.ended - crowd.began
    spent = 2 * crowd.admitted
    print(f"     {took:.1f} s, {crowd.requests} asked, {crowd.admitted} admitted: {spent} units of "
          f"{law(budget, took):.1f}")
    same(crowd.other, {}, "other answers")
    true(crowd.admitted * 9 <= crowd.refused * 1.01, "more than a tenth got through")
    true(spent <= law(budget, took), f"{spent} units, too many")
    true(spent >= least(budget, took), f"{spent} units, too few")
    eventually("refusals in the metrics",
               lambda: box.metric("glados_lookups_refused_total") >= crowd.refused)
    leases = box.metric("glados_lookup_leases_total") - leases
    true(leases < crowd.admitted + 10 * (took + 1) + 100, f"{leases} questions to storage")
    box.restart_node(signal.SIGKILL)
    again = Crowd(box, caller, 500, 250).wait()
    spent += 2 * again.admitted
    most = law(budget, again.ended - crowd.began)
    print(f"     after SIGKILL: {again.admitted} more of {again.requests}; {spent} units of "
          f"{most:.1f}")
    same(again.other, {}, "other answers after the restart")
    true(spent <= most, f"after the restart {spent} units, too many")
    true(again.refused > 0, "refused after the restart")
