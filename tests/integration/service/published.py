"""The OpenAPI document itself: published as written, valid, and provoked in every operation."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import document
from checks import basic, eventually, same, test, true
from operators import new_admin
from world import CHECKS, new_key, new_phone, new_user

# What no caller can bring about from outside, whichever operation it is.
UNREACHABLE = {"500"}
# Section 1 of the contract; 500 `internal` apart.
PROBLEMS = {
    400: "malformed-request idempotency-key-missing", 401: "unauthorized",
    403: "insufficient-scope provider-suspended", 404: "not-found", 405: "method-not-allowed",
    409: "conflict idempotency-in-progress decision-already-made checks-incomplete",
    410: "verification-expired attempts-exhausted decision-window-closed restore-window-closed",
    412: "precondition-failed", 413: "payload-too-large", 415: "unsupported-media-type",
    422: "identifier-invalid identifier-unsupported code-incorrect idempotency-key-reused "
         "identifier-mismatch",
    429: "rate-limited too-early", 502: "delivery-failed",
    503: "overloaded storage-unavailable outcome-unknown",
}
# How paths of the admin listener begin.
ADMIN = ("/admin/", "/livez", "/readyz", "/metrics", "/console")


@test("document: published as it was written, and every schema of it is one")
def published(w):
    caller = w.main.known("alpha")
    answer = caller.call("GET", "/openapi.json")
    same((answer.status, answer.headers["Content-Type"].split(";")[0]), (200, "application/json"))
    told = json.loads(answer.body)
    same(sorted(told), sorted(w.document.tree), "members")
    true(told == w.document.tree, "the published document differs from http/openapi.yaml")
    same(told["openapi"][:4], "3.1.")
    document.check_schema(told)
    names = [operation["operationId"] for operation in w.document.operations()]
    same(len(names), len(set(names)), "operationIds")


@test("document: discovery names endpoints, limits and keys")
def discovery(w):
    caller = w.main.known("alpha")
    base = w.main.node()["base_url"]
    told = caller.call("GET", "/.well-known/glados").json()
    same(told["endpoints"]["lookup"], f"{base}/v1/lookup")
    same((told["sii_schemes"], told["channels"]), (["tel", "mailto"], ["sms", "email"]))
    same((told["keys"][0]["kty"], told["keys"][0]["crv"]), ("OKP", "Ed25519"))
    meta = caller.call("GET", "/.well-known/oauth-authorization-server").json()
    same(meta["token_endpoint"], f"{base}/oauth2/token")
    same(meta["tls_client_certificate_bound_access_tokens"], True)


@test("document: what every operation has in common is provoked in each")
def common(w):
    bare, naughty = w.main.known("alpha").again(), w.main.provider("suspended")
    bare.token = None
    w.main.admin().need(200, "POST", "/admin/v1/providers/suspended/suspend", {"reason": "x"})
    w.main.admin().need(200, "POST", "/admin/v1/providers/suspended/suspend", {"reason": "again"})
    stranger = new_admin(w.main, "stranger")
    for operation, method, path in listed(w):
        plain = {"body": {}} if "requestBody" in operation else {}
        admin = path.startswith(ADMIN)
        caller = w.main.admin() if admin else w.main.known("alpha")
        form = path.startswith("/oauth2/")
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        name = operation["operationId"]
        if name == "put_bulk_part":
            kind = "application/x-ndjson"
            plain = {"raw": b"{}\n", "headers": {"Content-Type": kind}}
        for raw, status in ((b"x" * 70_000, "413"), (b"{", "400"), (b"x", "415")):
            if status not in operation["responses"]:
                continue
            sent = {"Content-Type": "text/plain" if status == "415" else kind,
                    "Idempotency-Key": "common"}
            answer = caller.call(method, path, raw=raw, headers=sent)
            caller.hang_up()
            true(str(answer.status) in operation["responses"], f"{name}: {answer.status}")
        if admin:
            same(stranger.call(method, path, **plain).status, 401, f"{name} by a stranger")
            caller.box.admin("second").call(method, path, **plain)
        elif "401" in operation["responses"] and not form:
            bare.call(method, path, **plain)
            same(naughty.call(method, path, **plain).status, 403, f"{name} by a suspended provider")


def listed(w):
    """(operation, method, a path of it) of every operation."""
    samples = {"{id}": "alpha", "{thumbprint}": "0" * 64, "{n}": "99"}
    for path, item in w.document.tree["paths"].items():
        for method in document.METHODS:
            if method in item:
                real = path
                for mark, value in samples.items():
                    real = real.replace(mark, value)
                if "verifications" in path or "applications/" in path:
                    real = path.replace("{id}", "v" + "a" * 24)
                yield item[method], method.upper(), real


def bodies(box):
    """operationId -> a body that would do something."""
    with open(box.at("providers", "beta", "cert.pem"), encoding="ascii") as file:
        pem = {"pem": file.read()}
    return {"lookup": {"sii": new_phone()}, "add_certificate": pem, "add_provider_certificate": pem,
            "create_verification": {"sii": new_phone(), "user_id": new_user()},
            "check_verification": {"code": "123456", "user_id": new_user()},
            "find_mapping": {"sii": new_phone()}, "decide_mapping": {"action": "keep"},
            "submit_application": {"provider_id": "too-late", "name": "Late", "contact": "c",
                                   "website": "https://late.example", "apps": [], "scopes": []},
            "record_check": {"check": CHECKS[0], "result": "pass", "evidence": "e", "note": "n"},
            "reject_application": {"reason": "r"}, "suspend_provider": {"reason": "r"},
            "lift_signal": {"reason": "r"}, "patch_provider": {"overrides": {"lookup_daily": 5}},
            "settle_standing": {"action": "reset"}, "read_backup_records": {"kind": "provider"},
            "read_backup_audit": {}, "read_backup_changes": {}, "rename_rows": {"content": "AQA"},
            **dict.fromkeys(("begin_backup", "begin_shard_snapshot", "read_shard_snapshot",
                             "begin_restore", "end_restore"), {"name": "late"}),
            **dict.fromkeys(("restore_rows", "restore_records", "restore_audit"),
                            {"name": "late", "content": "AQA"})}


@test("document: while Redis is frozen every operation answers as listed, and in time")
def frozen(w):
    box = w.frail
    if not box.running():
        box.begin_node()
    alpha, operator, given = box.known("alpha"), box.admin(), bodies(box)
    head = {"Authorization": basic(alpha.secret["client_id"], alpha.secret["client_secret"]),
            "Idempotency-Key": new_key()}
    forms = {"token": {"grant_type": "client_credentials"}, "revoke": {"token": "x"},
             "introspect": {"token": "x"}}

    def drive(item):
        operation, method, path = item
        name = operation["operationId"]
        admin = path.startswith(ADMIN)
        if name in forms:
            return alpha.call(method, path, form=forms[name], headers=head).status
        if path.endswith("sandbox/messages"):
            path += "?sii=" + new_phone().replace("+", "%2B")
        return (operator if admin else alpha).call(
            method, path.replace("alpha", "beta"), given.get(name),
            headers={"Idempotency-Key": new_key()}).status
    pid = box.pid("redis")
    os.kill(pid, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(50) as pool:
            statuses = list(pool.map(drive, listed(w)))
        true(statuses.count(503) >= 15, f"few answers were 503: {statuses}")
    finally:
        os.kill(pid, signal.SIGCONT)
    eventually("ready again", lambda: operator.call("GET", "/readyz").status == 200, 20)


@test("document: every problem of the contract was provoked, and no other")
def every_problem(w):
    known = {(status, name) for status, names in PROBLEMS.items() for name in names.split()}
    same(sorted(w.document.problems - known), [], "problems that the contract does not have")
    same(sorted(name for _, name in known - w.document.problems), [],
         "problems that no test provoked")


@test("document: every operation was driven, and answered as listed")
def every_operation(w):
    names = {operation["operationId"] for operation in w.document.operations()}
    same(sorted(names - set(w.document.seen)), [], "operations never driven")
    failed = [operation["operationId"] for operation in w.document.operations()
              if not any(status.startswith("2") and status in w.document.seen[
                  operation["operationId"]] for status in operation["responses"])]
    same(failed, [], "operations of which no success was seen")
    missing = {name: [status for status in statuses if status not in UNREACHABLE]
               for name, statuses in w.document.never_provoked().items()}
    total = sum(len(operation["responses"]) for operation in w.document.operations())
    left = sum(len(statuses) for statuses in missing.values())
    print(f"     {total - left} of {total} listed answers seen (500 left out); never provoked:")
    for name, statuses in sorted(missing.items()):
        if statuses:
            print(f"       {name}: {' '.join(statuses)}")
    true(left < total // 8, "too few of the listed answers were provoked")
    same(w.main.known("alpha").lookup(new_phone()).status, 404, "after all that it serves")
