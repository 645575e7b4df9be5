"""Enrolment: applications, the five checks, approval, grants, and what takes two operators."""

import certificates
from checks import eventually, refused, same, test, true
from credentials import pem_of, try_token
from world import CHECKS

HOME = "/admin/v1/applications"


def form(provider, **changes):
    return {"provider_id": provider, "name": provider.title(), "contact": "somebody",
            "website": "https://chat.example", "apps": ["Chat"], "scopes": ["lookup", "map"],
            **changes}


def step(operator, page, check, result="pass"):
    return operator.call("POST", f"{page}/checks", {
        "check": check, "result": result, "evidence": "a letter", "note": ""})


def apply(operator, provider, **changes):
    answer = operator.call("POST", HOME, form(provider, **changes))
    same(answer.status, 201, f"application ({answer.problem()})")
    page = f"{HOME}/{answer.json()['id']}"
    same(answer.headers["Location"], page)
    return page


@test("enrolment: approval takes all five checks, and the last word on each counts")
def five_checks(w):
    first, second = w.main.admin(), w.main.admin("second")
    page = apply(first, "applicant")
    refused(second.call("POST", f"{page}/approve"), 409, "checks-incomplete")
    for check in CHECKS[:4]:
        same(step(first, page, check).status, 201)
    refused(second.call("POST", f"{page}/approve"), 409, "checks-incomplete")
    same(step(first, page, "spam", "fail").status, 201)
    refused(second.call("POST", f"{page}/approve"), 409, "checks-incomplete")
    told = step(first, page, "spam").json()
    same({one["check"]: (one["result"], one["by"]) for one in told["checks"]},
         {check: ("pass", "operator") for check in CHECKS})
    made = second.call("POST", f"{page}/approve")
    same(made.status, 201)
    w.main.kept_secret(made.json()["client_secret"])
    same(made.headers.get("Cache-Control"), "no-store")
    for answer in (second.call("POST", f"{page}/approve"), step(first, page, "spam"),
                   first.call("POST", f"{page}/reject", {"reason": "too late"})):
        same(answer.status, 409, "decided")
    refused(first.call("POST", HOME, form("applicant")), 409, "conflict", "the id is taken")
    same(first.call("GET", page).json()["state"], "approved")
    told = first.call("GET", "/admin/v1/providers/applicant").json()
    same((told["state"], told["scopes"]), ("active", ["lookup", "map"]))
    true("client_secret" not in str(told), "no secret is shown again")


@test("enrolment: rejection, unknown applications, and forms that are refused with a pointer")
def forms(w):
    first = w.main.admin()
    page = apply(first, "unwanted")
    refused(first.call("POST", f"{page}/reject", {}), 400, "malformed-request", pointer="/reason")
    same(first.call("POST", f"{page}/reject", {"reason": "spam"}).json()["state"], "rejected")
    same(first.call("POST", f"{page}/approve").status, 409)
    for changes, pointer in (
            ({"name": "go.to evil"}, "/name"), ({"name": ""}, "/name"),
            ({"name": "x" * 33}, "/name"),
            ({"provider_id": "UPPER"}, "/provider_id"), ({"provider_id": "a"}, "/provider_id"),
            ({"scopes": ["root"]}, "/scopes/0"), ({"apps": 7}, "/apps"),
            ({"more": 1}, "/more"), ({"contact": "a\nb"}, "/contact")):
        answer = first.call("POST", HOME, form("goodname", **changes))
        refused(answer, 400, "malformed-request", f"form with {changes}")
        true(answer.json()["pointer"].startswith(pointer.rsplit("/0", 1)[0]),
             f"{changes}: pointer {answer.json()['pointer']}")
    for method, path, body in (
            ("GET", f"{HOME}/app-none", None), ("POST", f"{HOME}/app-none/approve", None),
            ("POST", f"{HOME}/app-none/reject", {"reason": "x"})):
        refused(first.call(method, path, body), 404, "not-found", path)
    same(step(first, f"{HOME}/app-none", "spam").status, 404)
    page = apply(first, "unchecked")
    for body, pointer in (({"check": "luck"}, "/check"), ({"result": "maybe"}, "/result"),
                          ({"evidence": ""}, "/evidence")):
        whole = {"check": "spam", "result": "pass", "evidence": "e", "note": "n", **body}
        refused(first.call("POST", f"{page}/checks", whole), 400, "malformed-request",
                pointer=pointer)


@test("enrolment: lists go on with their cursor and end with an empty page")
def lists(w):
    for path, member in ((HOME, "applications"), ("/admin/v1/providers", "providers")):
        seen, after = [], ""
        for _ in range(100):
            page = w.main.admin("auditor").call("GET", f"{path}?after={after}").json()
            if not page[member]:
                break
            seen += [one.get("id") or one["provider_id"] for one in page[member]]
            after = page["next"]
        same(page[member], [], "the last page")
        same(len(seen), len(set(seen)), "no repeats")
        true(len(seen) >= 3, f"{path} shows {len(seen)}")


@test("enrolment: with two_person nobody approves what he checked alone")
def not_alone(w):
    first, second = w.strict.admin(), w.strict.admin("second")
    page = apply(first, "lonely")
    for check in CHECKS:
        same(step(first, page, check).status, 201)
    refused(first.call("POST", f"{page}/approve"), 409, "conflict", "approval by one person alone")
    same(second.call("POST", f"{page}/approve").status, 201, "approval by another")
    page = apply(first, "shared")
    for check in CHECKS:
        same(step(first if check != "spam" else second, page, check).status, 201)
    same(first.call("POST", f"{page}/approve").status, 201, "two had checked")


@test("enrolment: with two_person credentials, overrides and listed domains take two operators")
def two_persons(w):
    box = w.strict
    first, second = box.admin(), box.admin("second")
    caller = box.provider("guarded")
    page = "/admin/v1/providers/guarded"
    folder = box.at("providers", "guarded-2")
    certificates.make_leaf(folder, "guarded")
    for path, body in ((f"{page}/secrets", None), (f"{page}/certificates",
                                                   {"pem": pem_of(folder)})):
        for _ in range(2):
            answer = first.call("POST", path, body)
            same((answer.status, answer.json().get("pending")), (202, True), path)
        answer = second.call("POST", path, body)
        same(answer.status, 201, path)
        if "client_secret" in answer.json():
            box.kept_secret(answer.json()["client_secret"])
            same(try_token(caller, answer.json()["client_secret"]), 200)
    for patch in ({"overrides": {"lookup_daily": 5000}}, {"overrides": {"sends_daily": 5000}},
                  {"listed_mail_domains": ["example.org"]},
                  {"scopes": ["lookup", "map", "bulk"]}):
        answer = first.call("PATCH", page, patch)
        same((answer.status, answer.json()["pending"]), (200, True), f"one alone: {patch}")
        other = {"overrides": {"lookup_daily": 5001}}
        same(second.call("PATCH", page, other).json()["pending"], True, "not the same request")
        same(second.call("PATCH", page, patch).json()["pending"], False, f"both: {patch}")
    told = first.call("GET", page).json()
    same((told["overrides"]["lookup_daily"], told["overrides"]["sends_daily"],
          told["listed_mail_domains"], sorted(told["scopes"])),
         (5000, 5000, ["example.org"], ["bulk", "lookup", "map"]))
    lower = first.call("PATCH", page, {"overrides": {"lookup_daily": 10, "sends_daily": None}})
    same((lower.json()["pending"], lower.json()["overrides"]["lookup_daily"],
          lower.json()["overrides"]["sends_daily"]), (False, 10, None), "less takes one")


@test("enrolment: bulk takes two operators even in the sandbox; other grants merge at once")
def grants(w):
    first, second = w.main.admin(), w.main.admin("second")
    caller = w.main.provider("granted")
    page = "/admin/v1/providers/granted"
    bulk = {"scopes": ["lookup", "map", "events", "bulk"]}
    for _ in range(2):
        told = first.call("PATCH", page, bulk).json()
        same((told["pending"], "bulk" in told["scopes"]), (True, False), "one alone, twice")
    told = second.call("PATCH", page, bulk).json()
    same((told["pending"], "bulk" in told["scopes"]), (False, True), "both")
    told = first.call("PATCH", page, {"overrides": {"lookup_daily": 7}}).json()
    same(told["overrides"], {"lookup_daily": 7, "sends_daily": None, "bulk_rows": None})
    told = first.call("PATCH", page, {"overrides": {"sends_daily": 9}}).json()
    same(told["overrides"], {"lookup_daily": 7, "sends_daily": 9, "bulk_rows": None}, "merged")
    wanted = '"lookup";q=7;w=86400'
    eventually("the override works within 1 s", lambda: caller.call(
        "POST", "/v1/lookup", {}).headers["RateLimit-Policy"] == wanted, 1)
    told = first.call("PATCH", page, {"overrides": {"lookup_daily": None}}).json()
    same(told["overrides"]["lookup_daily"], None, "taken away")
    for body, pointer in (({"scopes": ["all"]}, "/scopes"), ({"name": "x"}, "/name"),
                          ({"overrides": {"x": 1}}, "/overrides/x"),
                          ({"overrides": {"lookup_daily": -1}}, "/overrides/lookup_daily"),
                          ({"overrides": {"lookup_daily": "1"}}, "/overrides/lookup_daily"),
                          ({"listed_mail_domains": ["not a domain"]}, "/listed_mail_domains")):
        refused(first.call("PATCH", page, body), 400, "malformed-request", f"PATCH {body}",
                pointer=pointer)
    for method, path, body in (("GET", "", None), ("PATCH", "", {}), ("POST", "/secrets", None),
                               ("POST", "/suspend", {"reason": "x"}), ("POST", "/reinstate", None),
                               ("POST", "/certificates", {"pem": pem_of(caller.folder)}),
                               ("DELETE", "/secrets/1", None),
                               ("DELETE", "/certificates/" + "0" * 64, None)):
        answer = first.call(method, "/admin/v1/providers/nobody-here" + path, body)
        refused(answer, 404, "not-found", f"{method} {path} of an unknown provider")
    refused(first.call("POST", f"{page}/suspend", {}), 400, "malformed-request", pointer="/reason")
