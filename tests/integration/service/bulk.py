"""Bulk registration: jobs, parts, results, what rows do, what they cost."""

import json
import time

from checks import eventually, refused, same, test, true
from patterns import audit_of
from world import new_key, new_mail, new_phone, new_user

SCOPES = ("lookup", "map", "events")


def provider(box, name, overrides=None):
    """A provider with the scope that two operators grant."""
    caller = box.provider(name, SCOPES, overrides)
    page, patch = f"/admin/v1/providers/{name}", {"scopes": [*SCOPES, "bulk"]}
    true(box.admin().need(200, "PATCH", page, patch).json()["pending"], "one operator alone")
    true(not box.admin("second").need(200, "PATCH", page, patch).json()["pending"], "two operators")

    def granted():
        caller.sign_in()
        return open_job(caller, dry_run=True).status == 201
    eventually("the grant arrives", granted)
    return caller


def open_job(caller, rule="skip", key=None, **more):
    return caller.call("POST", "/v1/bulk-jobs", {"on_conflict": rule, **more},
                       headers={"Idempotency-Key": key or new_key()})


def job_of(caller, rule="skip", **more):
    answer = open_job(caller, rule, **more)
    same(answer.status, 201, f"opening a job ({answer.problem()})")
    return answer.json()["id"]


def lines_of(rows):
    return b"".join(json.dumps({"sii": sii, "user_id": user}).encode() + b"\n"
                    for sii, user in rows)


def put(caller, job, part, content, kind="application/x-ndjson"):
    return caller.call("PUT", f"/v1/bulk-jobs/{job}/parts/{part}", raw=content,
                       headers={"Content-Type": kind})


def put_rows(caller, job, part, rows):
    answer = put(caller, job, part, lines_of(rows))
    same(answer.status, 200, f"a part ({answer.problem()})")
    return answer.json()


def state(caller, job):
    return caller.need(200, "GET", f"/v1/bulk-jobs/{job}").json()


def results(caller, job, part):
    answer = caller.need(200, "GET", f"/v1/bulk-jobs/{job}/results?part={part}")
    return [json.loads(line) for line in answer.body.splitlines()]


def some_rows(count, start):
    """Canonical numbers that nobody else in these tests has."""
    return [(f"tel:+4917{start + i:09d}", f"bulk-{start + i}") for i in range(count)]


def counts(job):
    return tuple(job[name] for name in ("lines", "created", "unchanged", "conflicts", "rejected",
                                        "parts"))


@test("bulk: a job from its opening to its notice")
def whole(w):
    caller = provider(w.main, "bulk-whole")
    key = new_key()
    first = open_job(caller, "skip", key)
    job = first.json()["id"]
    same(first.headers["Location"], f"/v1/bulk-jobs/{job}", "Location")
    again = open_job(caller, "skip", key)
    same((again.status, again.json(), again.headers.get("Idempotent-Replayed")),
         (201, first.json(), "true"), "the same call again")
    refused(open_job(caller, "contest", key), 422, "idempotency-key-reused")
    rows = [(new_phone(), new_user()), (new_mail(), new_user())]
    w.main.kept_secret(*(text for row in rows for text in row))
    same(put_rows(caller, job, 7, rows), {"lines": 2, "accepted": 2, "rejected": 0})
    same(put_rows(caller, job, 7, rows), {"lines": 2, "accepted": 2, "rejected": 0}, "repeated")
    refused(put(caller, job, 7, lines_of(rows[:1])), 409, "conflict", "another content")
    told = results(caller, job, 7)
    same([(one["line"], one["status"], one["problem"]) for one in told],
         [(1, "created", None), (2, "created", None)])
    for (sii, user), one in zip(rows, told):
        found = w.main.known("beta").lookup(sii).json()
        same((found["ssi"]["provider_id"], found["ssi"]["user_id"], found["method"]),
             ("bulk-whole", user, "asserted"))
        mapping = caller.need(200, "GET", f"/v1/mappings/{one['mapping_id']}").json()
        same((mapping["user_id"], mapping["preferred"]), (user, True), "the mapping of the result")
    same(put_rows(caller, job, 8, rows), {"lines": 2, "accepted": 2, "rejected": 0})
    same([one["status"] for one in results(caller, job, 8)], ["unchanged"] * 2)
    same((state(caller, job)["state"], counts(state(caller, job))), ("open", (4, 2, 2, 0, 0, 2)))
    month = time.strftime("%Y-%m", time.gmtime())
    used = caller.need(200, "GET", f"/v1/usage?month={month}").json()
    same(used["bulk_rows"], 2, "what was stored is billed, once")
    done = caller.need(202, "POST", f"/v1/bulk-jobs/{job}/complete").json()
    same(done["state"], "completed")
    caller.need(202, "POST", f"/v1/bulk-jobs/{job}/complete")
    refused(put(caller, job, 9, lines_of(rows)), 409, "conflict", "a part after the end")
    same(put_rows(caller, job, 8, rows)["accepted"], 2, "a part from before the end")
    refused(caller.call("DELETE", f"/v1/bulk-jobs/{job}"), 409, "conflict")
    told = caller.need(200, "GET", "/v1/events").json()["events"]
    same([(one["type"], one["data"]) for one in told if one["type"] == "bulk_job.finished"],
         [("bulk_job.finished", {"job_id": job, "state": "completed"})])


@test("bulk: a wrong line is rejected by itself, with the name of its problem")
def rejected(w):
    caller = provider(w.main, "bulk-wrong")
    job = job_of(caller)
    sii = new_phone()
    good = json.dumps({"sii": sii, "user_id": "ann"}).encode()
    shown = "tel:+49-" + sii.removeprefix("tel:+49")
    cases = [(b"", "malformed-request"), (b"x", "malformed-request"), (b"[]", "malformed-request"),
             (b'{"sii":"' + sii.encode() + b'"}', "malformed-request"),
             (good[:-1] + b',"more":1}', "malformed-request"),
             (json.dumps({"sii": sii, "user_id": ""}).encode(), "malformed-request"),
             (json.dumps({"sii": sii, "user_id": "x" * 129}).encode(), "malformed-request"),
             (json.dumps({"sii": "tel:123", "user_id": "a"}).encode(), "identifier-invalid"),
             (json.dumps({"sii": "tel:+18005550199", "user_id": "a"}).encode(),
              "identifier-unsupported"),
             (b'{"sii":"tel:+4915100000000","user_id":"\xff"}', "malformed-request"),
             (good + b" " * (4096 - len(good) + 1), "payload-too-large"),
             (good + b" " * (4096 - len(good)), None), (b" " + good + b"\r", None),
             (json.dumps({"user_id": "b", "sii": shown}).encode(), None)]
    answer = put(caller, job, 1, b"\n".join(line for line, _ in cases))
    same((answer.status, answer.json()), (200, {"lines": 14, "accepted": 3, "rejected": 11}))
    told = results(caller, job, 1)
    same([one["line"] for one in told], list(range(1, 15)))
    same([one["problem"] for one in told], [problem for _, problem in cases])
    true(all((one["status"] == "rejected") == (one["problem"] is not None) for one in told),
         "rejected are those with a problem")
    same([one["status"] for one in told[11:]], ["created", "unchanged", "unchanged"])
    refused(put(caller, job, 2, good, "application/json"), 415, "unsupported-media-type")
    same(put(caller, job, 3, b"").json(), {"lines": 0, "accepted": 0, "rejected": 0}, "empty")
    same(results(caller, job, 3), [])
    for part in ("x", "-1", "01", "1000000"):
        refused(put(caller, job, part, good), 404, "not-found", part)
        refused(caller.call("GET", f"/v1/bulk-jobs/{job}/results?part={part}"), 400,
                "malformed-request", part, pointer="/part")
    refused(caller.call("GET", f"/v1/bulk-jobs/{job}/results?part=99"), 404, "not-found")
    for body in ({}, {"on_conflict": "replace"}, {"on_conflict": "skip", "dry_run": "no"},
                 {"on_conflict": "skip", "x": 1}):
        refused(caller.call("POST", "/v1/bulk-jobs", body, headers={"Idempotency-Key": new_key()}),
                400, "malformed-request", str(body))


@test("bulk: another provider's identifier is a conflict and costs one lookup")
def conflicts(w):
    holder, caller = w.main.known("alpha"), provider(w.main, "bulk-conflict")
    rows = [(new_phone(), new_user()) for _ in range(3)]
    holder.prove(rows[0][0], "held-0")
    holder.prove(rows[1][0], "held-1")

    def left():
        answer = refused(caller.lookup("x"), 422, "identifier-invalid")
        return int(answer.headers["RateLimit"].split(";r=")[1].split(";")[0])
    before = left()
    dry = job_of(caller, "contest", dry_run=True)
    put_rows(caller, dry, 1, rows)
    same([(one["status"], one["mapping_id"]) for one in results(caller, dry, 1)],
         [("created", None)] * 3)
    same(left(), before, "a dry run costs nothing")
    refused(caller.call("POST", "/v1/mappings/find", {"sii": rows[2][0]}), 404, "not-found")
    before = left()
    skip = job_of(caller, "skip")
    put_rows(caller, skip, 1, rows[:1])
    same([(one["status"], one["mapping_id"]) for one in results(caller, skip, 1)],
         [("conflict", None)])
    same(left(), before - 1, "one lookup")
    put_rows(caller, skip, 1, rows[:1])
    same(left(), before - 1, "and nothing for the repeat")
    contest = job_of(caller, "contest")
    put_rows(caller, contest, 1, rows)
    told = results(caller, contest, 1)
    same([one["status"] for one in told], ["conflict", "conflict", "created"])
    mapping = caller.need(200, "GET", f"/v1/mappings/{told[0]['mapping_id']}").json()
    same((mapping["method"], mapping["preferred"]), ("asserted", False))
    same(holder.lookup(rows[0][0]).json()["ssi"]["user_id"], "held-0", "the preference stays")
    proven = caller.prove(rows[2][0], rows[2][1])
    same((proven["mapping"]["id"], proven["mapping"]["method"], proven["conflict"]),
         (told[2]["mapping_id"], "sms", None), "a later proof upgrades the assertion")
    met = caller.prove(rows[1][0], rows[1][1])
    same((met["mapping"]["id"], met["mapping"]["preferred"]), (told[1]["mapping_id"], False))
    same([one["provider_id"] for one in met["conflict"]["existing"]], ["alpha"])


@test("bulk: with no lookups left the part waits, and pays for nothing twice")
def spent(w):
    holder = provider(w.main, "bulk-holder", {"lookup_daily": 1000})
    caller = provider(w.main, "bulk-spent", {"lookup_daily": 30})
    rows = some_rows(300, 100_000)
    put_rows(holder, job_of(holder), 1, rows)
    job = job_of(caller, "skip")
    answer = put(caller, job, 1, lines_of(rows))
    refused(answer, 429, "rate-limited", policy="lookup")
    true(int(answer.headers["Retry-After"]) >= 1, "Retry-After")
    first = state(caller, job)
    true(first["conflicts"] <= 30 and first["parts"] == 0, f"shown {counts(first)}")
    refused(caller.call("GET", f"/v1/bulk-jobs/{job}/results?part=1"), 409, "conflict")
    refused(put(caller, job, 1, lines_of(rows)), 429, "rate-limited")
    caller.need(202, "POST", f"/v1/bulk-jobs/{job}/complete")
    same(state(caller, job)["state"], "running")
    refused(put(caller, job, 2, lines_of(rows)), 409, "conflict", "a new part while running")
    page, patch = "/admin/v1/providers/bulk-spent", {"overrides": {"lookup_daily": 100_000_000}}
    if w.main.admin().need(200, "PATCH", page, patch).json()["pending"]:
        w.main.admin("second").need(200, "PATCH", page, patch)

    def goes_on():
        return put(caller, job, 1, lines_of(rows)).status == 200
    eventually("the part goes on", goes_on)
    same((state(caller, job)["state"], counts(state(caller, job))),
         ("completed", (300, 0, 0, 300, 0, 1)))


@test("bulk: limits of open jobs and asserted rows; jobs of others are not found")
def limits(w):
    caller = provider(w.main, "bulk-limits", {"bulk_rows": 10})
    jobs = [job_of(caller) for _ in range(4)]  # one was opened while the grant was awaited
    answer = refused(open_job(caller), 429, "rate-limited", policy="bulk_jobs")
    true(int(answer.headers["Retry-After"]) >= 1, "Retry-After")
    same(caller.call("DELETE", f"/v1/bulk-jobs/{jobs[3]}").status, 204)
    same(caller.call("DELETE", f"/v1/bulk-jobs/{jobs[3]}").status, 204, "again")
    same(state(caller, jobs[3])["state"], "cancelled")
    refused(put(caller, jobs[3], 1, b"{}"), 409, "conflict", "a part of a cancelled job")
    refused(caller.call("POST", f"/v1/bulk-jobs/{jobs[3]}/complete"), 409, "conflict")
    jobs[3] = job_of(caller)
    rows = some_rows(14, 200_000)
    same(put_rows(caller, jobs[0], 1, rows[:6]), {"lines": 6, "accepted": 6, "rejected": 0})
    same(put_rows(caller, jobs[1], 1, rows[6:]), {"lines": 8, "accepted": 4, "rejected": 4})
    same([(one["status"], one["problem"]) for one in results(caller, jobs[1], 1)],
         [("created", None)] * 4 + [("rejected", "rate-limited")] * 4)
    same(put_rows(caller, jobs[2], 1, rows[:2])["accepted"], 0, "nothing is left")
    other = provider(w.main, "bulk-other")
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/complete"),
                         ("GET", "/results?part=1")):
        for wrong in (jobs[0], jobs[0].replace("bulk-limits", "bulk-other"), "x"):
            refused(other.call(method, f"/v1/bulk-jobs/{wrong}{path}"), 404, "not-found", path)
    refused(put(other, jobs[0], 1, b"{}"), 404, "not-found", "a part")
    plain = w.main.known("alpha")
    refused(open_job(plain), 403, "insufficient-scope", required_scope="bulk")


@test("bulk: two operators undo a finished job, but not what was proven since")
def reverted(w):
    box = w.strict
    caller = provider(box, "bulk-revert")
    rows = some_rows(300, 600_000) + [(new_phone(), new_user())]
    first, second = box.admin(), box.admin("second")
    job = job_of(caller)
    page = f"/admin/v1/bulk-jobs/{job}/revert"
    put_rows(caller, job, 1, rows)
    ids = [one["mapping_id"] for one in results(caller, job, 1)]
    caller.prove(*rows[-1])
    refused(first.call("POST", page), 409, "conflict", "an open job")
    caller.need(202, "POST", f"/v1/bulk-jobs/{job}/complete")
    refused(box.admin("auditor").call("POST", page), 403, "insufficient-scope",
            required_scope="operator")
    for wrong in ("x", job.replace("bulk-revert", "bulk-nobody")):
        refused(first.call("POST", f"/admin/v1/bulk-jobs/{wrong}/revert"), 404, "not-found")
    for _ in range(2):
        same(first.need(202, "POST", page).json()["pending"], True, "one operator, twice")
    same(caller.call("GET", f"/v1/mappings/{ids[0]}").status, 200, "nothing happened yet")
    done = second.need(200, "POST", page).json()
    same((done["pending"], done["retracted"], done["job"]["state"]), (False, 300, "failed"))
    same(state(caller, job)["state"], "failed")
    same({caller.call("GET", f"/v1/mappings/{one}").status for one in ids[:-1:50]}, {404})
    same(caller.need(200, "GET", f"/v1/mappings/{ids[-1]}").json()["method"], "sms")
    refused(caller.lookup(rows[0][0]), 404, "not-found")
    same(audit_of(box, {job})[-1:], ["bulk.revert"], "the audit")
    again = job_of(caller)
    same(put_rows(caller, again, 1, rows)["accepted"], 301, "they can be registered again")
    same([one["status"] for one in results(caller, again, 1)], ["created"] * 300 + ["unchanged"])
