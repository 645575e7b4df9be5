"""`glados admin` against a running service: every command, as each role."""

import json
import os
import signal
import time

import certificates
from abuse import put_back, report, rob
from checks import eventually, same, test, true
from operator_line import (BAD_LINE, DONE, REFUSED, UNCONFIRMED, UNREACHABLE, UNTRUE, WAITING,
                           Operator, folder, make_request, mode, run)
from receiver import Receiver
from world import CHECKS, Caller, new_phone


@test("admin cli: a provider from application to lookup, by commands alone")
def enrolment(w):
    box = w.main
    op, second = Operator(w, box), Operator(w, box, "second")
    with folder() as at:
        made = op.told("applications", "submit", "cli-chat", "--name", "Cli Chat", "--contact",
                       "desk", "--website", "https://cli.example", "--app", "Cli for phones",
                       "--scopes", "lookup,map,events")
        app = made["id"]
        op.need(REFUSED, "applications", "approve", app, "--secret-file", at("early"))
        true(not os.path.exists(at("early")), "a refused approval leaves no file")
        with open(at("evidence"), "w", encoding="utf-8") as file:
            file.write("seen in the register\nof companies")
        for check in CHECKS:
            op.told("applications", "check", app, check, "pass", "--evidence-file",
                    at("evidence"), "--note", "fine")
        shown = op.need(DONE, "applications", "show", app).out
        true("Cli Chat" in shown and "seen in the register of companies" in shown, shown)
        listed = op.told("applications", "list", "--state", "submitted")["applications"]
        true(app in [one["id"] for one in listed], "it is listed")
        second.need(DONE, "applications", "approve", app, "--secret-file", at("client"))
        same(mode(at("client")), 0o600, "mode of the secret's file")
        with open(at("client"), encoding="utf-8") as file:
            client = json.load(file)
        box.kept_secret(client["client_secret"])

        make_request(at("key.pem"), at("csr.pem"), "somebody-else")
        authority = box.at("tls", "provider-authority")
        words = ("certificates", "issue", "cli-chat", "--csr", at("csr.pem"), "--ca", authority,
                 "--out", at("cert.pem"))
        op.need(DONE, *words, "--dry-run")
        true(not os.path.exists(at("cert.pem")), "a dry run signs nothing")
        mark = op.told(*words)["thumbprint"]
        same(certificates.thumbprint(at("cert.pem")), mark, "thumbprint")
        op.need(BAD_LINE, *words)

        caller = Caller(box, box.node()["base_url"], os.path.dirname(at("x")), "cli-chat")
        caller.sign_in(client)
        same(caller.lookup(new_phone()).status, 404, "the provider works")
        held = op.told("certificates", "list", "cli-chat")["certificates"]
        same([one["thumbprint"] for one in held], [mark])
        soon = op.told("certificates", "expiring", "--days", "400")["certificates"]
        true(mark in [one["thumbprint"] for one in soon], "it ends within 400 days")
        true(mark not in op.need(DONE, "certificates", "expiring").out, "not within 30")


@test("admin cli: rejecting asks first, and is for good")
def rejection(w):
    op = Operator(w, w.main)
    form = ("--name", "No Chat", "--contact", "c", "--website", "https://no.example", "--scopes",
            "lookup,map", "--app", "x")
    made = op.told("applications", "submit", "no-chat", *form)
    app = made["id"]
    same(made["scopes"], ["lookup", "map"])
    words = ("applications", "reject", app, "--reason", "a mailbox company")
    asked = op.need(UNCONFIRMED, *words)
    true("never reopened" in asked.err and asked.out == "", asked.err)
    same(op.told("applications", "show", app)["state"], "submitted", "nothing happened")
    same(op.told(*words, "--yes")["state"], "rejected")
    op.need(REFUSED, *words, "--yes")


@test("admin cli: certificates and secrets are rotated and revoked while the provider works")
def rotation(w):
    box = w.main
    op, second = Operator(w, box), Operator(w, box, "second")
    caller = box.provider("cli-rotated")
    first = certificates.thumbprint(os.path.join(caller.folder, "cert.pem"))
    with folder() as at:
        certificates.make_leaf(at("new"), "cli-rotated", box.at("tls", "provider-authority"))
        op.need(DONE, "certificates", "add", "cli-rotated", at("new", "cert.pem"))
        op.need(BAD_LINE, "secrets", "rotate", "cli-rotated")  # nobody would see it
        second.need(DONE, "secrets", "rotate", "cli-rotated", "--secret-file", at("secret"))
        with open(at("secret"), encoding="utf-8") as file:
            fresh = json.load(file)
        box.kept_secret(fresh["client_secret"])
        same([one["number"] for one in op.told("secrets", "list", "cli-rotated")["secrets"]],
             [1, 2])
        op.need(UNCONFIRMED, "certificates", "revoke", "cli-rotated", first[:8])
        op.need(UNCONFIRMED, "secrets", "revoke", "cli-rotated", "1")
        same(caller.lookup(new_phone()).status, 404, "the old ones still work")
        op.need(BAD_LINE, "certificates", "revoke", "cli-rotated", first[:7], "--yes")
        op.need(DONE, "certificates", "revoke", "cli-rotated", first[:8], "--yes")
        op.need(DONE, "secrets", "revoke", "cli-rotated", "1", "--yes")
        op.need(REFUSED, "secrets", "revoke", "cli-rotated", "1", "--yes")
        eventually("the old certificate is dead",
                   lambda: caller.lookup(new_phone()).status == 401, 2)
        other = Caller(box, box.node()["base_url"], at("new"), "cli-rotated")
        other.sign_in({"client_id": caller.secret["client_id"],
                       "client_secret": fresh["client_secret"]})
        same(other.lookup(new_phone()).status, 404, "the new ones work")


@test("admin cli: suspending, reinstating and terminating name the thing and wait for a yes")
def standings(w):
    box = w.main
    op, second = Operator(w, box), Operator(w, box, "second")
    caller = box.provider("cli-ended")
    words = ("providers", "suspend", "cli-ended", "--reason", "a test")
    asked = op.need(UNCONFIRMED, *words)
    true("This suspends cli-ended" in asked.err and "--yes" in asked.err, asked.err)
    shown = op.need(DONE, *words, "--dry-run", "--yes")
    true("would call POST /admin/v1/providers/cli-ended/suspend" in shown.out, shown.out)
    same(caller.lookup(new_phone()).status, 404, "still served")
    same(op.told(*words, "--yes")["state"], "suspended")
    eventually("suspended", lambda: caller.lookup(new_phone()).status != 404, 2)
    same(op.told("providers", "reinstate", "cli-ended")["state"], "active")
    true("cli-ended" in op.need(DONE, "providers", "list").out, "listed")
    true("Cli Ended" in op.need(DONE, "providers", "show", "cli-ended").out, "shown")
    ending = ("providers", "terminate", "cli-ended", "--reason", "a test")
    op.need(UNCONFIRMED, *ending)
    done = op(*ending, "--yes")
    if done.code == WAITING:  # by two operators, unless the sandbox leaves that out
        done = second(*ending, "--yes")
    same(done.code, DONE, done.err)
    same(op.told("providers", "show", "cli-ended")["state"], "terminated")
    op.need(REFUSED, *words, "--yes")


@test("admin cli: scopes, quota and mail domains; bulk waits for the second operator")
def grants(w):
    box = w.main
    op, second = Operator(w, box), Operator(w, box, "second")
    box.provider("cli-granted")
    waits = op("providers", "scopes", "cli-granted", "--add", "bulk", "--json")
    same((waits.code, waits.json()["pending"]), (WAITING, True), waits.err)
    true("another operator" in waits.err, waits.err)
    op.need(WAITING, "providers", "scopes", "cli-granted", "--add", "bulk")  # the same one again
    granted = second.told("providers", "scopes", "cli-granted", "--add", "bulk")
    true("bulk" in granted["scopes"] and "lookup" in granted["scopes"], "both are there")
    left = op.told("providers", "scopes", "cli-granted", "--remove", "bulk,events")
    same(sorted(left["scopes"]), ["lookup", "map"])
    quota = op.told("providers", "quota", "cli-granted", "--lookup-daily", "50", "--sends-daily",
                    "20")["overrides"]
    same((quota["lookup_daily"], quota["sends_daily"], quota["bulk_rows"]), (50, 20, None))
    quota = op.told("providers", "quota", "cli-granted", "--lookup-daily", "none")["overrides"]
    same((quota["lookup_daily"], quota["sends_daily"]), (None, 20))
    listed = op.told("providers", "domains", "cli-granted", "--add", "example.org,example.net")
    same(listed["listed_mail_domains"], ["example.net", "example.org"])
    op.need(REFUSED, "providers", "domains", "cli-granted", "--add", "not a domain")


@test("admin cli: the abuse desk: reports, strikes, appeals, signals")
def abuse_desk(w):
    box = w.main
    op = Operator(w, box)
    victim, thief = box.provider("cli-victim"), box.provider("cli-thief")
    sii, user, change = rob(victim, thief)
    put_back(victim, sii, user, change)
    filed = report(victim, change).json()["report_id"]
    eventually("it is filed", lambda: filed in op.need(DONE, "reports", "list", "--state",
                                                       "open").out, 5)
    op.need(BAD_LINE, "reports", "resolve", filed, "upheld")  # without a note
    same(op.told("reports", "resolve", filed, "upheld", "--note", "clear")["state"], "upheld")
    op.need(REFUSED, "reports", "resolve", filed, "upheld", "--note", "again")
    eventually("the strike", lambda: op.told("strikes", "list", "cli-thief")["strikes"], 5)
    op.need(UNCONFIRMED, "standing", "reset", "cli-thief")
    same(op.told("standing", "reset", "cli-thief", "--yes")["level"], "good")
    same([one["counts"] for one in op.told("strikes", "list", "cli-thief")["strikes"]], [False])
    op.need(REFUSED, "standing", "confirm", "cli-thief", "--yes")  # nothing is proposed
    same(op.told("signals", "list", "--provider", "cli-thief")["signals"], [])
    op.need(REFUSED, "signals", "lift", "no-such", "--reason", "none")
    op.need(REFUSED, "bulk-jobs", "revert", "j0000000000000000.cli-thief", "--yes")


@test("admin cli: cluster, probe and drain")
def cluster(w):
    op = Operator(w, w.main)
    seen = op.told("cluster", "status")
    same([node["node_id"] for node in seen["nodes"]], ["node-1"])
    true("node-1" in op.need(DONE, "cluster", "status").out, "shown")
    same(op.need(DONE, "cluster", "probe").out, "ready\n")
    op.need(BAD_LINE, "cluster", "drain", "node-9", "--yes")
    true("its 1024 shards" in op.need(UNCONFIRMED, "cluster", "drain", "node-1").err, "asks")
    op.need(DONE, "cluster", "drain", "node-1", "--dry-run")
    same(op.told("cluster", "status")["nodes"][0]["state"], "serving")


@test("admin cli: who serves an id or an identifier, and who is asking")
def serving(w):
    box = w.main
    op = Operator(w, box, "auditor")
    sii = new_phone()
    box.kept_secret(sii)
    proven = box.known("alpha").prove(sii, "user-of-a-shard")
    found = op.told("cluster", "shard", proven["mapping"]["id"])
    same(found["owner"], "node-1")
    same(op.told("cluster", "shard", proven["id"])["shard"], found["shard"])
    typed = op("cluster", "shard", "--keys", box.at("keys"), "--json", typed=sii + "\n")
    same((typed.code, typed.json()), (DONE, found), typed.err)
    true(sii not in typed.out + typed.err, "the identifier is shown nowhere")
    for bad in (("no.shard",), (sii,), ()):
        op.need(BAD_LINE, "cluster", "shard", *bad)
    op.need(BAD_LINE, "cluster", "shard", "--keys", box.at("keys"))
    told = op.told("whoami")
    same((told["name"], told["role"], told["node_id"]), ("auditor", "auditor", "node-1"))


@test("admin cli: usage, budget and deliveries of a provider; the month's report names nobody")
def readings(w):
    box = w.main
    op = Operator(w, box, "auditor")
    caller = box.provider("cli-used")
    for _ in range(25):
        caller.lookup(new_phone())
    month = time.strftime("%Y-%m", time.gmtime())
    eventually("the ledger has them", lambda: op.told(
        "providers", "usage", "cli-used")["lookups"]["misses"] == 25, 5)
    true("lookup" in op.need(DONE, "providers", "usage", "cli-used", "--month", month).out, "shown")
    op.need(BAD_LINE, "providers", "usage", "cli-used", "--month", "soon")
    policies = op.told("providers", "budget", "cli-used")["policies"]
    same(policies[0]["name"], "lookup")
    op.need(REFUSED, "webhooks", "show", "cli-used")  # it has none
    url = "https://127.0.0.1:1/notices"
    same(caller.call("PUT", "/v1/webhook", {"url": url, "event_types": []}).status, 200)
    same(caller.call("POST", "/v1/webhook/test").status, 202)
    same(op.told("webhooks", "show", "cli-used")["url"], url)
    tries = eventually("it was tried", lambda: op.told(
        "webhooks", "deliveries", "cli-used", "--outcome", "will_retry")["deliveries"], 10)
    same(tries[0]["type"], "webhook.test")
    told = op.told("report", "--month", month)
    true(told["rows"]["lookups"]["by"]["nobody has it"] >= 25, str(told))
    true("cli-used" not in json.dumps(told), "a provider is named")
    shown = [cell for row in told["rows"].values()
             for cell in (row["total"], *row.get("by", {}).values()) if cell is not None]
    true(shown and min(shown) >= told["least_published"] == 20, str(told))


@test("admin cli: an operator has a notice posted once more, and the audit knows")
def redelivered(w):
    box = w.main
    op = Operator(w, box)
    caller = box.provider("cli-posted")
    with Receiver(box, "cli-posted") as receiver:
        same(caller.call("PUT", "/v1/webhook", {"url": receiver.url,
                                                "event_types": []}).status, 200)
        event = caller.need(202, "POST", "/v1/webhook/test").json()["event_id"]
        first = eventually("a delivery", lambda: op.told("webhooks", "deliveries",
                                                         "cli-posted")["deliveries"])[0]
        Operator(w, box, "auditor").need(REFUSED, "webhooks", "redeliver", "cli-posted",
                                         first["id"])
        same(op.told("webhooks", "redeliver", "cli-posted", first["id"])["event_id"], event)
        eventually("it came twice", lambda: [got.headers["webhook-id"] for got in receiver.got
                                             ] == [event, event])
        page = f"/admin/v1/providers/cli-posted/webhook/deliveries/{first['id']}/redeliver"
        same(box.admin().call("POST", page).status, 202)
        eventually("and once more", lambda: len(receiver.got) == 3)
        op.need(REFUSED, "webhooks", "redeliver", "cli-posted", "no-such")
        op.need(REFUSED, "webhooks", "redeliver", "cli-nobody", first["id"])
    kept = op.told("audit", "list", "--action", "webhook", "--target", "cli-posted")["records"]
    same([(one["record"]["actor"], one["record"]["detail"]) for one in kept],
         [("operator", {"delivery": first["id"]})] * 2)


@test("admin cli: the audit is listed, and verified link by link")
def audit(w):
    op = Operator(w, w.main, "auditor")
    Operator(w, w.main).told("providers", "reinstate", "beta", "--reason", "a mark of this test")
    found = op.told("audit", "list", "--action", "provider", "--target", "beta")["records"]
    same(found[-1]["record"]["detail"]["reason"], "a mark of this test")
    true(all(one["record"]["target"] == "beta" for one in found), "of beta only")
    text = op.need(DONE, "audit", "list", "--limit", "3").out
    same(len(text.splitlines()), 4, "a header and three records")
    head = op.told("audit", "head")
    eventually("today's head is in the chain",
               lambda: op.told("audit", "list", "--action", "audit.head")["records"], 15)
    with folder() as at:
        for _ in range(2):  # the second time against what the first one left
            told = op.told("audit", "verify", "--state", at("state"))
            true(told["whole"] and told["records"] >= head["sequence"] > 0, str(told))
            true(told["daily_heads"] >= 1 and told["signed_by"] == head["kid"], str(told))
        with open(at("state"), encoding="utf-8") as file:
            known = json.load(file)
        known["hash"] = "0" * 64
        with open(at("state"), "w", encoding="utf-8") as file:
            json.dump(known, file)
        broken = op.need(UNTRUE, "audit", "verify", "--state", at("state"))
        true("not the one that was there" in broken.err, broken.err)


@test("admin cli: an auditor reads, a viewer probes, a stranger gets nowhere")
def roles(w):
    box = w.quick
    auditor = Operator(w, box, "auditor")
    auditor.need(DONE, "providers", "list")
    refused = auditor.need(REFUSED, "providers", "reinstate", "alpha")
    true("403 insufficient-scope" in refused.err and "role operator" in refused.err, refused.err)
    certificates.make_leaf(box.at("admin", "cli-viewer"), "cli-viewer",
                           box.at("tls", "admin-authority"))
    with folder() as at:
        with open(at("p.toml"), "w", encoding="utf-8") as file:
            file.write(f'[profile.v]\nurl = "{box.node()["admin_url"]}"\n'
                       f'ca = "{box.at("ca.pem")}"\n'
                       f'certificate = "{box.at("admin", "cli-viewer", "cert.pem")}"\n'
                       f'key = "{box.at("admin", "cli-viewer", "key.pem")}"\n')
        here = ("--profile-file", at("p.toml"))
        stranger = run(w, "admin", "cluster", "probe", *here)
        same(stranger.code, REFUSED)
        true("registered for no role" in stranger.err, stranger.err)
        mark = certificates.thumbprint(box.at("admin", "cli-viewer", "cert.pem"))
        with open(box.at("tls", "admin-certificates"), "a", encoding="ascii") as file:
            file.write(f"viewer cli-viewer {mark}\n")
        os.kill(box.pid(), signal.SIGHUP)
        eventually("the viewer is known",
                   lambda: run(w, "admin", "cluster", "probe", *here).code == DONE)
        same(run(w, "admin", "cluster", "status", *here).code, DONE)
        for words in (("providers", "list"), ("audit", "head"), ("providers", "reinstate", "beta")):
            refused = run(w, "admin", *words, *here)
            same(refused.code, REFUSED, " ".join(words))


@test("admin cli: who cannot be reached or trusted is code 3, a bad profile code 2")
def reach(w):
    box = w.main
    url = box.node()["admin_url"]
    who = ("--cert", box.at("admin", "operator", "cert.pem"),
           "--key", box.at("admin", "operator", "key.pem"))
    good = ("--ca", box.at("ca.pem"), *who)
    same(run(w, "admin", "cluster", "probe", "--url", url, *good).code, DONE)
    same(run(w, "admin", "cluster", "probe", "--url", "https://127.0.0.1:1", *good).code,
         UNREACHABLE)
    distrust = run(w, "admin", "cluster", "probe", "--url", url, "--ca",
                   box.at("admin", "operator", "cert.pem"), *who)
    same(distrust.code, UNREACHABLE, distrust.err)
    for bad in (("--url", "http://127.0.0.1:1", *good), ("--url", url, "--ca", "/none", *who),
                ("--profile-file", "/none"),
                ("--profile-file", box.at("admin", "admin.toml"), "--profile", "nobody")):
        same(run(w, "admin", "cluster", "probe", *bad).code, BAD_LINE, " ".join(bad[:2]))
    home = dict(os.environ, HOME="/nonexistent")
    home.pop("XDG_CONFIG_HOME", None)
    lost = run(w, "admin", "cluster", "probe", env=home)
    same(lost.code, BAD_LINE)
    true("/nonexistent/.config/glados/admin.toml" in lost.err, lost.err)
    listed = run(w, "admin", "profiles", "list", "--json", "--profile-file",
                 box.at("admin", "admin.toml"))
    same((listed.code, [one["name"] for one in listed.json()["profiles"]]),
         (DONE, ["operator", "second", "auditor", "viewer"]), listed.err)
