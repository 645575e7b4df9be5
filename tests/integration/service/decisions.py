"""Decisions over conflicts, and a provider's own mappings."""

import time
from concurrent.futures import ThreadPoolExecutor

from checks import refused, same, test, true
from world import new_key, new_mail, new_phone, new_user


def decide(caller, mapping, action, key=None):
    return caller.call("POST", f"/v1/mappings/{mapping['id']}/decision", {"action": action},
                       headers={"Idempotency-Key": key or new_key()})


def contested(w, sii=None):
    """(sii, alpha's user, its mapping, beta's user, what beta's check answered)"""
    sii, one, two = sii or new_phone(), new_user(), new_user()
    first = w.main.known("alpha").prove(sii, one)["mapping"]
    return sii, one, first, two, w.main.known("beta").prove(sii, two)


@test("decisions: replace moves lookups and takes the old mapping away")
def replace(w):
    alpha, beta = w.main.known("alpha"), w.main.known("beta")
    sii, _, first, two, proven = contested(w)
    made = decide(beta, proven["mapping"], "replace")
    same(made.status, 200, made.problem())
    told = made.json()
    same((told["mapping"]["preferred"], told["mapping"]["user_id"]), (True, two))
    true(told["change_id"], "a change has an id")
    same(alpha.lookup(sii).json()["ssi"]["user_id"], two)
    refused(alpha.call("GET", f"/v1/mappings/{first['id']}"), 404, "not-found")
    refused(alpha.call("POST", "/v1/mappings/find", {"sii": sii}), 404, "not-found")


@test("decisions: prefer leaves the old mapping, keep leaves its preference")
def prefer_and_keep(w):
    alpha, beta = w.main.known("alpha"), w.main.known("beta")
    sii, one, first, two, proven = contested(w, new_mail())
    same(decide(beta, proven["mapping"], "prefer").json()["mapping"]["preferred"], True)
    same(alpha.lookup(sii).json()["ssi"]["user_id"], two)
    same(alpha.call("GET", f"/v1/mappings/{first['id']}").json()["preferred"], False)
    sii, one, _, _, proven = contested(w)
    kept = decide(beta, proven["mapping"], "keep").json()
    same((kept["mapping"]["preferred"], kept["change_id"]), (False, None))
    same(alpha.lookup(sii).json()["ssi"]["user_id"], one)


@test("decisions: once only, by the key's owner, over an own conflict")
def once(w):
    alpha, beta = w.main.known("alpha"), w.main.known("beta")
    _, _, first, _, proven = contested(w)
    key = new_key()
    refused(decide(alpha, proven["mapping"], "keep"), 404, "not-found")
    refused(decide(alpha, first, "keep"), 410, "decision-window-closed")
    made = decide(beta, proven["mapping"], "prefer", key)
    same((made.status, made.headers.get("Idempotent-Replayed")), (200, None))
    again = decide(beta, proven["mapping"], "prefer", key)
    same((again.status, again.headers.get("Idempotent-Replayed")), (200, "true"))
    same(again.body, made.body)
    refused(decide(beta, proven["mapping"], "keep", key), 422, "idempotency-key-reused")
    refused(decide(beta, proven["mapping"], "keep"), 409, "decision-already-made")
    path = f"/v1/mappings/{proven['mapping']['id']}/decision"
    refused(beta.call("POST", path, {"action": "keep"}), 400, "idempotency-key-missing")
    for body in ({}, {"action": "take"}, {"action": "keep", "why": "x"}):
        refused(beta.call("POST", path, body, headers={"Idempotency-Key": new_key()}), 400,
                "malformed-request")


@test("decisions: a conflict that changed since is shown, and nothing is applied")
def changed(w):
    alpha, beta, gamma = (w.main.known(name) for name in ("alpha", "beta", "gamma"))
    sii, _, _, _, proven = contested(w)
    third, user = gamma.prove(sii, new_user()), None
    same(decide(gamma, third["mapping"], "prefer").status, 200)
    user = third["mapping"]["user_id"]
    key = new_key()
    answer = decide(beta, proven["mapping"], "replace", key)
    refused(answer, 409, "conflict")
    shown = {entry["provider_id"]: entry["preferred"]
             for entry in answer.json()["conflict"]["existing"]}
    same(shown, {"alpha": False, "gamma": True})
    same(answer.json()["conflict"]["decide_by"], proven["conflict"]["decide_by"])
    same(alpha.lookup(sii).json()["ssi"]["user_id"], user)
    same(decide(beta, proven["mapping"], "replace", key).status, 200, "the key was free again")
    same(alpha.lookup(sii).json()["ssi"]["provider_id"], "beta")


@test("decisions: of many at once exactly one is made")
def at_once(w):
    beta = w.main.known("beta")
    for _ in range(5):
        _, _, _, _, proven = contested(w)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(
                lambda action, over=proven["mapping"]: decide(beta, over, action),
                ("replace", "prefer", "keep", "replace") * 2))
        statuses = sorted(answer.status for answer in answers)
        same(statuses, [200] + [409] * 7, "statuses")
        key = new_key()
        _, _, _, _, proven = contested(w)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(
                lambda _, over=proven["mapping"], same_key=key:
                decide(beta, over, "replace", same_key), range(8)))
        true({answer.status for answer in answers} <= {200, 409}, "statuses with one key")
        same(len({answer.body for answer in answers if answer.status == 200}), 1, "answers")


@test("decisions: over a number that moved the old user's mapping goes, or the new one's")
def moved(w):
    alpha = w.main.known("alpha")
    for action, left in (("replace", 1), ("prefer", 1), ("keep", 0)):
        sii, users = new_phone(), (new_user(), new_user())
        ids = []
        for user in users:
            proven = alpha.prove(sii, user)
            ids.append(proven["mapping"]["id"])
        same(decide(alpha, proven["mapping"], action).status, 200)
        same(alpha.lookup(sii).json()["ssi"]["user_id"], users[left], action)
        found = alpha.call("POST", "/v1/mappings/find", {"sii": sii}).json()["mapping"]
        same((found["id"], found["user_id"]), (ids[left], users[left]), action)
        refused(alpha.call("GET", f"/v1/mappings/{ids[1 - left]}"), 404, "not-found")


@test("mappings: read, found and removed by their own provider alone")
def own(w):
    alpha, beta = w.main.known("alpha"), w.main.known("beta")
    sii, user = new_phone(), new_user()
    made = alpha.prove(sii, user)["mapping"]
    page = f"/v1/mappings/{made['id']}"
    read = alpha.call("GET", page)
    same((read.status, read.json()), (200, made))
    found = alpha.call("POST", "/v1/mappings/find", {"sii": sii})
    same((found.status, found.json()), (200, {"mapping": made}))
    true("RateLimit" in found.headers and "RateLimit-Policy" in found.headers, "RateLimit")
    for answer in (beta.call("GET", page), beta.call("DELETE", page),
                   beta.call("POST", "/v1/mappings/find", {"sii": sii}),
                   alpha.call("GET", page[:-1] + ("a" if page[-1] != "a" else "b"))):
        refused(answer, 404, "not-found")
    refused(alpha.call("POST", "/v1/mappings/find", {"sii": "tel:+1"}), 422, "identifier-invalid")
    refused(alpha.call("DELETE", page, headers={"If-Match": '"1"'}), 412, "precondition-failed")
    refused(alpha.call("DELETE", page, headers={"If-Match": "W/" + read.headers["ETag"]}), 412,
            "precondition-failed")
    time.sleep(0.01)  # times are told in milliseconds
    alpha.prove(sii, user)
    refused(alpha.call("DELETE", page, headers={"If-Match": read.headers["ETag"]}), 412,
            "precondition-failed")
    now = alpha.call("GET", page).headers["ETag"]
    same(alpha.call("DELETE", page, headers={"If-Match": f'"1", {now}'}).status, 204)
    for caller in (alpha, beta, w.main.known("gamma")):
        same(caller.lookup(sii).status, 404, "gone")
    refused(alpha.call("DELETE", page, headers={"If-Match": "*"}), 404, "not-found")


@test("mappings: after the preferred one the most recently verified is preferred")
def promoted(w):
    alpha, beta, gamma = (w.main.known(name) for name in ("alpha", "beta", "gamma"))
    sii, _, first, _, proven = contested(w)
    decide(beta, proven["mapping"], "keep")
    third = gamma.prove(sii, new_user())
    decide(gamma, third["mapping"], "keep")
    same(alpha.call("DELETE", f"/v1/mappings/{first['id']}").status, 204)
    same(beta.lookup(sii).json()["ssi"]["provider_id"], "gamma")
    same(gamma.call("DELETE", f"/v1/mappings/{third['mapping']['id']}").status, 204)
    same(beta.lookup(sii).json()["ssi"]["provider_id"], "beta")


@test("mappings: a find beyond the budget is refused as a lookup is")
def budget(w):
    poor = w.main.provider("finder", overrides={"lookup_daily": 6})
    for _ in range(3):
        refused(poor.call("POST", "/v1/mappings/find", {"sii": new_phone()}), 404, "not-found")
    answer = poor.call("POST", "/v1/mappings/find", {"sii": new_phone()})
    refused(answer, 429, "rate-limited")
    same(answer.json()["policy"], "lookup")
    refused(poor.lookup(new_phone()), 429, "rate-limited", "a lookup")
