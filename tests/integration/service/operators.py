"""The admin listener: roles, foreign pages, probes, the audit's chain of hashes."""

import hashlib
import json
import os
import signal

import certificates
from checks import eventually, refused, same, test, true
from world import Caller, new_phone

READS = ("/admin/v1/applications", "/admin/v1/providers", "/admin/v1/providers/alpha",
         "/admin/v1/audit", "/admin/v1/audit/head", "/admin/v1/providers/alpha/quota",
         "/admin/v1/providers/alpha/usage", "/admin/v1/providers/alpha/webhook/deliveries",
         "/admin/v1/sandbox/messages?sii=tel:%2B4915112345678")
PROBES = ("/livez", "/readyz", "/metrics", "/admin/v1/cluster", "/admin/v1/cluster/shards",
          "/admin/v1/self", "/console")
CHANGES = (("POST", "/admin/v1/applications", {}),
           ("POST", "/admin/v1/providers/alpha/secrets", None),
           ("POST", "/admin/v1/providers/alpha/suspend", {"reason": "x"}),
           ("POST", "/admin/v1/providers/alpha/reinstate", None),
           ("POST", "/admin/v1/providers/alpha/certificates", {"pem": "x"}),
           ("POST", "/admin/v1/applications/a/checks", {}),
           ("POST", "/admin/v1/applications/a/approve", None),
           ("POST", "/admin/v1/applications/a/reject", {}),
           ("POST", "/admin/v1/bulk-jobs/x/revert", None),
           ("POST", "/admin/v1/cluster/nodes/node-9/drain", None),
           ("POST", "/admin/v1/cluster/index-keys/9/activate", None),
           ("POST", "/admin/v1/providers/alpha/webhook/deliveries/5-5/redeliver", None),
           ("PATCH", "/admin/v1/providers/alpha", {}),
           ("DELETE", "/admin/v1/providers/alpha/secrets/9", None),
           ("DELETE", "/admin/v1/providers/alpha/certificates/" + "0" * 64, None))


@test("operators: an auditor reads everything and changes nothing")
def auditor(w):
    caller = w.main.admin("auditor")
    for path in READS + PROBES:
        same(caller.call("GET", path).status, 200, path.split("?")[0])
    for method, path, body in CHANGES:
        refused(caller.call(method, path, body), 403, "insufficient-scope", path,
                required_scope="operator")


def new_admin(box, name):
    folder = box.at("admin", name)
    certificates.make_leaf(folder, name, box.at("tls", "admin-authority"))
    return Caller(box, box.node()["admin_url"], folder)


@test("operators: a viewer registered by SIGHUP sees the probes only; strangers see nothing")
def viewer(w):
    box = w.quick
    caller = new_admin(box, "watcher")
    for path in READS[:2] + PROBES:
        refused(caller.call("GET", path), 401, "unauthorized", path)
    for method, path, body in CHANGES:
        same(caller.call(method, path, body).status, 401, path)
    mark = certificates.thumbprint(os.path.join(caller.folder, "cert.pem"))
    with open(box.at("tls", "admin-certificates"), "a", encoding="ascii") as file:
        file.write(f"viewer watcher {mark}\n")
    os.kill(box.pid(), signal.SIGHUP)
    eventually("the viewer is known", lambda: caller.call("GET", "/livez").status == 200)
    for path in PROBES:
        same(caller.call("GET", path).status, 200, path)
    for path in READS:
        refused(caller.call("GET", path), 403, "insufficient-scope", path.split("?")[0],
                required_scope="auditor")
    for method, path, body in CHANGES:
        refused(caller.call(method, path, body), 403, "insufficient-scope", path,
                required_scope="operator")


@test("operators: a call that another site's page makes the browser send is refused")
def foreign(w):
    caller = w.main.admin()
    own = f"https://{caller.where[0]}:{caller.where[1]}"
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"},
                    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}):
        answer = caller.call("POST", "/admin/v1/providers/alpha/suspend", {"reason": "x"},
                             headers=headers)
        same((answer.status, answer.problem()), (403, "insufficient-scope"), str(headers))
        same(caller.call("GET", "/admin/v1/providers", headers=headers).status, 403, str(headers))
    same(w.main.known("alpha").lookup(new_phone()).status, 404, "nothing happened")
    for headers in ({"Origin": own}, {"Sec-Fetch-Site": "same-origin"},
                    {"Sec-Fetch-Site": "none"}):
        same(caller.call("GET", "/admin/v1/providers", headers=headers).status, 200, str(headers))


@test("operators: probes and metrics tell what runs")
def probes(w):
    caller = w.main.admin()
    same(caller.call("GET", "/livez").json(), {"status": "alive"})
    same(caller.call("GET", "/readyz").json(), {"status": "ready"})
    nodes = caller.call("GET", "/admin/v1/cluster").json()["nodes"]
    same([(node["node_id"], node["ready"]) for node in nodes], [("node-1", True)])
    text = caller.call("GET", "/metrics").body.decode()
    for line in text.splitlines():
        name = line.split(" ")[2] if line.startswith("# ") else line
        true(name.startswith("glados_"), f"metric name {line[:60]!r}")
    for name in ("glados_http_requests_total", "glados_http_request_seconds_bucket",
                 "glados_actors", "glados_mailbox_age_seconds_count",
                 "glados_redis_latency_seconds_count", "glados_redis_queue",
                 "glados_tls_handshakes_ok", "glados_code_sends_total",
                 "glados_mappings_made_total", "glados_directory_loads_total"):
        true(name in text, f"no metric {name}")


def whole_audit(caller):
    records, after = [], ""
    while True:
        page = caller.call("GET", f"/admin/v1/audit?after={after}").json()
        records += page["records"]
        if not page["records"] or page["next"] == after:
            return records
        after = page["next"]


@test("operators: the audit is a chain whose every hash can be computed again")
def audit(w):
    box = w.main
    operator = box.admin()
    box.provider("audited")
    page = "/admin/v1/providers/audited"
    same(operator.call("POST", f"{page}/suspend", {"reason": "a test"}).status, 200)
    records = whole_audit(box.admin("auditor"))
    previous = bytes(32)
    for number, record in enumerate(records, 1):
        same(record["sequence"], number, "sequence")
        same(record["previous"], previous.hex(), f"link {number}")
        body = record["body"]
        same(json.loads(body), record["record"], f"record {number}")
        previous = hashlib.sha256(previous + number.to_bytes(8, "big") + body.encode()).digest()
        same(record["hash"], previous.hex(), f"hash {number}")
    head = box.admin("auditor").call("GET", "/admin/v1/audit/head").json()
    true(head["sequence"] >= len(records), "the head is not behind")
    if head["sequence"] == len(records):  # a day's head may have come in between
        same(head["hash"], previous.hex(), "head")
    about = [(one["record"]["action"], one["record"]["actor"]) for one in records
             if "audited" in one["body"]]
    for wanted in (("application.submit", "operator"), ("application.approve", "second"),
                   ("certificate.add", "operator"), ("provider.suspend", "operator")):
        true(wanted in about, f"no audit record of {wanted}: {about}")
    why = [one["record"]["detail"].get("reason") for one in records
           if one["record"]["action"] == "provider.suspend" and "audited" in one["body"]]
    same(why, ["a test"], "the reason in the audit")
    same(operator.call("GET", "/admin/v1/audit?after=x").status, 400, "a bad cursor")


def calls_of(box, name):
    """What the audit says that somebody called, by operation."""
    found = {}
    for one in whole_audit(box.admin()):
        if (one["record"]["action"], one["record"]["actor"]) == ("admin.calls", name):
            for operation, text in one["record"]["detail"].items():
                found.setdefault(operation, []).append(text)
    return found


@test("operators: what they read and were refused is in the audit as counts")
def read_too(w):
    box = w.quick  # writes it by the second
    auditor = box.admin("auditor")
    for _ in range(3):
        same(auditor.call("GET", "/admin/v1/providers/gamma").status, 200)
    same(auditor.call("GET", f"/admin/v1/providers/{new_phone()}").status, 404)
    refused(auditor.call("POST", "/admin/v1/providers/gamma/suspend", {"reason": "x"}), 403,
            "insufficient-scope", required_scope="operator")

    def numbers():
        texts = [part for text in calls_of(box, "auditor").get("get_provider", [])
                 for part in text.split("; ")]
        return (sum(int(text.split(":")[0]) for text in texts if text.endswith(": gamma")),
                sum(int(text.split()[0]) for text in texts if text.endswith("refused")))
    eventually("the calls are in the audit", lambda: numbers() >= (3, 1), 10)
    eventually("the refused change, too", lambda: "1 refused" in calls_of(box, "auditor").get(
        "suspend_provider", []), 10)
    true(all("tel:" not in one["body"] for one in whole_audit(auditor)),
         "what was typed where an id belongs is not kept")

    box = w.frail  # writes it by the hour, and at the node's end
    if not box.running():
        box.begin_node()
    same(box.admin("second").call("GET", "/admin/v1/signals").status, 200)
    same(calls_of(box, "second").get("list_signals"), None, "not yet")
    box.restart_node(signal.SIGTERM)
    same(calls_of(box, "second").get("list_signals"), ["1"])


@test("operators: no admin answer but the outbox's holds an identifier or a user id")
def silent(w):
    box = w.main
    caller = box.known("alpha")
    sii, user = new_phone(), "user-very-private-one"
    caller.prove(sii, user)
    for path in READS[:5] + PROBES:
        body = box.admin().call("GET", path).body.decode()
        true(sii[5:] not in body and user not in body, f"{path} tells")
    found = box.admin().call("GET", "/admin/v1/sandbox/messages?sii=" + sii.replace("+", "%2B"))
    told = found.json()["messages"][-1]
    same((told["sii"], told["provider_id"], told["channel"]), (sii, "alpha", "sms"))
    true("Alpha Chat" in told["text"] and told["code"] in told["text"], "provider and code")
    same(told["text"].splitlines()[-1], f"@glados.example #{told['code']}", "the autofill line")
    outbox = "/admin/v1/sandbox/messages"
    for query, status in (("?sii=nonsense", 422), ("", 400), ("?sii=", 422)):
        seen = box.admin().call("GET", outbox + query).status
        true(seen in (status, 400), f"outbox{query} answered {seen}")
