"""Restores: a displaced provider's mapping comes back by fresh proof."""

from checks import eventually, refused, same, test, true
from decisions import contested, decide
from world import new_key, new_mail, new_phone, new_user, wrong


def restore(caller, change_id, sii, key=None, **more):
    caller.box.kept_secret(sii)
    return caller.call("POST", f"/v1/changes/{change_id}/restore", {"sii": sii, **more},
                       headers={"Idempotency-Key": key or new_key()})


def told(caller, change_id):
    """What the provider was told of this change."""
    found, after = [], ""
    while True:
        page = caller.call("GET", f"/v1/events?after={after}&limit=500").json()
        found += [event for event in page["events"]
                  if event["data"].get("change_id") == change_id]
        if not page["events"]:
            return found
        after = page["next"]


def told_soon(caller, change_id):
    return eventually("the notice", lambda: told(caller, change_id), 10)


def robbed(w, action="replace", sii=None):
    """(sii, alpha's user, its mapping, beta's user, the change)"""
    sii, one, first, two, proven = contested(w, sii)
    made = decide(w.main.known("beta"), proven["mapping"], action)
    same(made.status, 200, made.problem())
    return sii, one, first, two, made.json()["change_id"]


@test("restores: a right code puts the mapping back and tells who made the change")
def put_back(w):
    alpha, beta = w.main.known("alpha"), w.main.known("beta")
    for action, sii in (("replace", new_phone()), ("prefer", new_mail())):
        sii, one, first, two, change = robbed(w, action, sii)
        key = new_key()
        opened = restore(alpha, change, sii, key)
        same(opened.status, 202, opened.problem())
        same(opened.headers["Location"], f"/v1/verifications/{opened.json()['id']}")
        again = restore(alpha, change, sii, key)
        same((again.status, again.headers.get("Idempotent-Replayed")), (202, "true"))
        same(again.body, opened.body)
        code = alpha.code(sii)
        refused(alpha.check(opened.json(), wrong(code), one), 422, "code-incorrect")
        refused(alpha.check(opened.json(), code, new_user()), 422, "identifier-mismatch")
        same(alpha.lookup(sii).json()["ssi"]["user_id"], two)
        done = alpha.check(opened.json(), code, one)
        same(done.status, 200, done.problem())
        same((done.json()["mapping"]["id"], done.json()["mapping"]["preferred"]),
             (first["id"], True))
        same((done.json()["mapping"]["user_id"], done.json()["conflict"]), (one, None))
        same(beta.lookup(sii).json()["ssi"]["user_id"], one)
        same(beta.call("POST", "/v1/mappings/find", {"sii": sii}).json()["mapping"]["preferred"],
             False)
        refused(restore(alpha, change, sii), 409, "conflict")
        fresh = _restored(beta)
        same((fresh["data"]["user_id"], fresh["data"]["by"]["provider_id"]), (two, "alpha"))
        true(fresh["data"]["change_id"] != change, "a change of its own")
        true(fresh["data"]["restore_until"], "with its own 7 days")
        back = restore(beta, fresh["data"]["change_id"], sii)
        same(back.status, 202, back.problem())
        same(beta.check(back.json(), beta.code(sii), two).status, 200)
        same(alpha.lookup(sii).json()["ssi"]["user_id"], two)


def _restored(caller):
    """The last `mapping.restored` of a provider that has not asked for it yet."""
    seen = caller.__dict__.setdefault("restored_seen", set())

    def look():
        after = ""
        while True:
            page = caller.call("GET", f"/v1/events?after={after}&limit=500").json()
            for event in page["events"]:
                if event["type"] == "mapping.restored" and event["id"] not in seen:
                    seen.add(event["id"])
                    return event
            if not page["events"]:
                return None
            after = page["next"]
    return eventually("mapping.restored", look, 10)


@test("restores: only for who lost, the identifier that changed, and a body of the right form")
def refusals(w):
    alpha, beta, gamma = (w.main.known(name) for name in ("alpha", "beta", "gamma"))
    sii, _, _, _, change = robbed(w)
    for other in (beta, gamma):
        refused(restore(other, change, sii), 404, "not-found")
    for unknown in ("c", "nothing", change[:-1] + ("A" if change[-1] != "A" else "B"),
                    "v" + change[1:]):
        refused(restore(alpha, unknown, sii), 404, "not-found")
    refused(restore(alpha, change, new_phone()), 422, "identifier-mismatch")
    refused(restore(alpha, change, new_mail()), 422, "identifier-mismatch")
    refused(restore(alpha, change, "tel:123"), 422, "identifier-invalid")
    refused(restore(alpha, change, sii, channel="email"), 422, "identifier-unsupported")
    refused(restore(alpha, change, sii, channel="dove"), 400, "malformed-request")
    refused(restore(alpha, change, sii, user_id="x"), 400, "malformed-request")
    refused(alpha.call("POST", f"/v1/changes/{change}/restore", {"sii": sii}), 400,
            "idempotency-key-missing")
    for _ in range(4):  # alpha's proof was the first of its five sessions
        same(restore(alpha, change, sii).status, 202)
    limited = restore(alpha, change, sii)
    refused(limited, 429, "rate-limited")
    same(limited.json()["policy"], "sessions")


@test("restores: a third one that came in between is demoted, the maker of the change is told")
def third(w):
    alpha, beta, gamma = (w.main.known(name) for name in ("alpha", "beta", "gamma"))
    sii, one, _, _, change = robbed(w)
    proven = gamma.prove(sii, new_user())
    same(decide(gamma, proven["mapping"], "prefer").status, 200)
    opened = restore(alpha, change, sii)
    same(alpha.check(opened.json(), alpha.code(sii), one).json()["mapping"]["preferred"], True)
    notice = _restored(beta)
    same(notice["data"]["restore_until"], None, "it lost nothing this time")
    same([event["type"] for event in told_soon(gamma, notice["data"]["change_id"])],
         ["mapping.demoted"])
