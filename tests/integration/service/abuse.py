"""Reports, strikes, standings, and the end of a provider."""

from checks import eventually, refused, same, test, true
from decisions import decide
from restores import restore
from world import new_key, new_phone, new_user


def report(caller, change_id, reason="malicious", note="nobody asked for this"):
    return caller.call("POST", f"/v1/changes/{change_id}/reports",
                       {"reason": reason, "note": note})


def rob(victim, thief, action="replace"):
    """(sii, victim's user, the change by which the thief took it)"""
    sii, user = new_phone(), new_user()
    victim.prove(sii, user)
    proven = thief.prove(sii, new_user())
    made = decide(thief, proven["mapping"], action)
    same(made.status, 200, made.problem())
    return sii, user, made.json()["change_id"]


def put_back(victim, sii, user, change_id):
    opened = restore(victim, change_id, sii)
    same(opened.status, 202, opened.problem())
    same(victim.check(opened.json(), victim.code(sii), user).status, 200)


def standing(caller):
    return caller.call("GET", "/v1/quota").json()["standing"]


def strikes(w, provider):
    return w.main.admin().call("GET", f"/admin/v1/providers/{provider}/strikes").json()


def resolve(w, report_id, outcome, note="looked at"):
    return w.main.admin().call("POST", f"/admin/v1/reports/{report_id}/resolve",
                               {"outcome": outcome, "note": note})


def events(caller, kind):
    found, after = [], ""
    while True:
        page = caller.call("GET", f"/v1/events?after={after}&limit=500").json()
        found += [event for event in page["events"] if event["type"] == kind]
        if not page["events"]:
            return found
        after = page["next"]


def listed(w, report_id):
    after = ""
    while True:
        page = w.main.admin("auditor").call("GET", f"/admin/v1/reports?after={after}").json()
        for one in page["reports"]:
            if one["id"] == report_id:
                return one
        if not page["reports"]:
            return None
        after = page["next"]


@test("abuse: a malicious change, reported and restored, is a strike within a second")
def strike(w):
    victim, thief = w.main.provider("abuse-victim"), w.main.provider("abuse-thief")
    same(standing(thief), {"level": "good", "strikes": 0})
    for number in (1, 2):
        sii, user, change = rob(victim, thief)
        answer = report(victim, change)
        same((answer.status, answer.json()["state"]), (202, "open"), answer.problem())
        refused(report(victim, change), 409, "conflict")
        refused(report(thief, change), 404, "not-found")
        put_back(victim, sii, user, change)
        eventually("the strike shows",
                   lambda wanted=number: wanted - 0.01 < standing(thief)["strikes"] <= wanted, 1.5)
    # A third one of the same reporter does not count without an operator.
    sii, user, change = rob(victim, thief)
    put_back(victim, sii, user, change)
    third = report(victim, change).json()["report_id"]
    eventually("all strikes are there",
               lambda: len(strikes(w, "abuse-thief")["strikes"]) == 3, 5)
    same(sorted(one["counts"] for one in strikes(w, "abuse-thief")["strikes"]),
         [False, True, True])
    true(standing(thief)["strikes"] <= 2, "held back")
    same(resolve(w, third, "upheld").status, 200)
    eventually("warned", lambda: standing(thief)["level"] == "warned", 5)
    told = eventually("standing.changed", lambda: events(thief, "standing.changed"), 5)
    same((told[-1]["data"]["level"], told[-1]["data"]["previous"]), ("warned", "good"))
    same(eventually("report.resolved", lambda: events(victim, "report.resolved"),
                    5)[-1]["data"]["outcome"], "upheld")
    # The appeal: the same report turned over.
    same(resolve(w, third, "dismissed").status, 200)
    refused(resolve(w, third, "dismissed"), 409, "conflict")
    eventually("good again", lambda: standing(thief)["level"] == "good", 5)
    eventually("it counts against the reporter", lambda: standing(victim)["strikes"] > 0.9, 5)


@test("abuse: the desk lists reports and shows no identifier")
def desk(w):
    alpha, beta = w.main.known("alpha"), w.main.known("beta")
    sii, user, change = rob(alpha, beta)
    number = sii.removeprefix("tel:")
    made = report(alpha, change, "recycled", f"the owner of {number} is {user}")
    one = eventually("the report is listed", lambda: listed(w, made.json()["report_id"]), 5)
    same((one["reason"], one["reporter"], one["provider_id"], one["change_id"], one["state"]),
         ("recycled", "alpha", "beta", change, "open"))
    same(one["note"], "[redacted]")
    done = resolve(w, one["id"], "upheld")
    same((done.status, done.json()["state"], done.json()["resolution"]),
         (200, "upheld", "looked at"))
    true(all(one["id"] != entry["report_id"] for entry in strikes(w, "beta")["strikes"]),
         "no strike for a recycled number")
    refused(resolve(w, "rnothing", "upheld"), 404, "not-found")
    for body in ({"outcome": "maybe", "note": ""}, {"outcome": "upheld"}):
        refused(w.main.admin().call("POST", f"/admin/v1/reports/{one['id']}/resolve", body), 400,
                "malformed-request")
    for body in ({"reason": "spite", "note": ""}, {"reason": "mistake"},
                 {"reason": "mistake", "note": "x" * 2001}):
        refused(alpha.call("POST", f"/v1/changes/{change}/reports", body), 400,
                "malformed-request")
    refused(w.main.admin("auditor").call("POST", f"/admin/v1/reports/{one['id']}/resolve",
                                         {"outcome": "dismissed", "note": ""}), 403,
            "insufficient-scope")


@test("abuse: the ladder's last steps wait for an operator; no new mappings, all else goes on")
def ladder(w):
    thief, key = w.main.provider("abuse-ladder"), 0
    victims = [w.main.known(name) for name in ("alpha", "beta", "gamma")]
    reports, taken = [], None
    for key in range(12):
        victim = victims[key % 3]
        sii, _, change = rob(victim, thief)
        taken = sii
        reports.append(report(victim, change).json()["report_id"])
    for one in reports:
        eventually("it is at the desk", lambda at=one: listed(w, at), 5)
        same(resolve(w, one, "upheld").status, 200)
    eventually("a tenth", lambda: standing(thief)["level"] == "quota_tenth", 5)
    proposed = eventually("proposed",
                          lambda: strikes(w, "abuse-ladder")["standing"]["proposed_level"], 5)
    same(proposed, "no_new_mappings")
    same(thief.call("GET", "/v1/quota").json()["policies"][0]["name"], "lookup")
    page = "/admin/v1/providers/abuse-ladder/standing"
    same(w.main.admin().call("POST", page, {"action": "confirm"}).json()["level"],
         "no_new_mappings")
    eventually("no new mappings", lambda: standing(thief)["level"] == "no_new_mappings", 2)
    refused(thief.post_verification(new_phone(), new_user()), 403, "provider-suspended")
    same(thief.lookup(taken).status, 200)
    refused(w.main.admin().call("POST", page, {"action": "confirm"}), 409, "conflict")
    same(w.main.admin().call("POST", page, {"action": "reset"}).json(),
         {"level": "good", "strikes": 0, "proposed_level": None})
    eventually("forgiven", lambda: standing(thief) == {"level": "good", "strikes": 0}, 2)
    same(thief.post_verification(new_phone(), new_user()).status, 202)
    actions = [record["action"] for record in audit(w) if record["target"] == "abuse-ladder"]
    for wanted in ("standing.step", "standing.confirm", "standing.reset"):
        true(wanted in actions, wanted)


def audit(w):
    found, after = [], ""
    while True:
        page = w.main.admin("auditor").call("GET", f"/admin/v1/audit?after={after}").json()
        records = page["records"]
        found += [one["record"] for one in records]
        if not records:
            return found
        after = page["next"]


@test("abuse: a terminated provider's mappings go, and the next ones are preferred")
def terminate(w):
    gone, alpha = w.main.provider("abuse-gone"), w.main.known("alpha")
    alone, shared = new_phone(), new_phone()
    gone.prove(alone, new_user())
    user = new_user()
    alpha.prove(shared, user)
    same(decide(gone, gone.prove(shared, new_user())["mapping"], "prefer").status, 200)
    same(alpha.lookup(shared).json()["ssi"]["provider_id"], "abuse-gone")
    page = "/admin/v1/providers/abuse-gone/terminate"
    refused(w.main.admin().call("POST", page, {}), 400, "malformed-request")
    ended = w.main.admin().call("POST", page, {"reason": "it is over"})
    same((ended.status, ended.json()["state"]), (200, "terminated"))
    eventually("its token is refused",
               lambda: gone.call("GET", "/v1/quota").status in (401, 403), 2)
    eventually("its mappings are gone", lambda: alpha.lookup(alone).status == 404, 40, 0.3)
    eventually("the next is preferred",
               lambda: alpha.lookup(shared).json()["ssi"]["user_id"] == user, 40, 0.3)
    refused(w.main.admin().call("POST", page, {"reason": "again"}), 409, "conflict")


@test("abuse: a provider is ended by two operators, not by one who asks twice")
def terminate_by_two(w):
    box = w.strict
    gone, sii = box.provider("abuse-gone-by-two"), new_phone()
    gone.prove(sii, new_user())
    page, body = "/admin/v1/providers/abuse-gone-by-two/terminate", {"reason": "it is over"}
    for _ in range(2):
        asked = box.admin().call("POST", page, body)
        same((asked.status, asked.json()["pending"]), (202, True), "one operator")
    refused(box.admin("auditor").call("POST", page, body), 403, "insufficient-scope")
    same(gone.lookup(sii).status, 200, "nothing has ended yet")
    ended = box.admin("second").call("POST", page, body)
    same((ended.status, ended.json()["state"]), (200, "terminated"), ended.problem())
    eventually("its token is refused",
               lambda: gone.call("GET", "/v1/quota").status in (401, 403), 2)
    eventually("its mappings are gone",
               lambda: box.known("alpha").lookup(sii).status == 404, 40, 0.3)
