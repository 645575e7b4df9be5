"""Back-up and restore: everything is lost and comes back, but for what was taken away since."""

import os
import secrets
import signal
import subprocess

from bulk import job_of, lines_of, provider, put, some_rows
from checks import eventually, refused, same, test, true
from decisions import decide
from operator_line import (BAD_LINE, DONE, REFUSED, UNCONFIRMED, UNREACHABLE, UNTRUE, Operator,
                           folder, mode)
from provers import Provers
from redis_content import redis_at
from struck import settle_report, strikes, struck
from world import Box, new_mail, new_phone, new_user

PROVEN = 12
ROWS = 3000
SETTINGS = {"GLADOS_VERIFICATION_WAIT_SCALE": "0", "GLADOS_VERIFICATION_COUNTRY_BASE": "100000"}


def own_box(w, name):
    box = Box(w, SETTINGS)
    w.boxes[name] = box
    box.open()
    box.restart_node(signal.SIGTERM)  # from now on it is the test's to end and begin
    return box


def key_file(at):
    with open(at("key"), "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(secrets.token_bytes(32))
    return ("--key-file", at("key"))


def has_key(box, number):
    """Tells the node to look for keys."""
    os.kill(box.pid(), signal.SIGHUP)
    eventually("the node has the key", lambda: box.admin().need(
        200, "GET", "/admin/v1/cluster").json()["nodes"][0]["index_keys"] == number, 10)


def rotate(box, op, number):
    """A further index key with its seal key, put in use."""
    for kind in ("index", "seal"):
        with open(box.at("keys", f"{kind}-{number}.key"), "w", opener=lambda path, flags:
                  os.open(path, flags | os.O_EXCL, 0o600)) as file:
            file.write(os.urandom(32).hex() + "\n")
    has_key(box, number)
    op.need(DONE, "cluster", "activate-key", str(number), "--wait", "--yes")


def names_in_use(box):
    return box.admin().need(200, "GET", "/admin/v1/restore").json()["names"]


def lose_everything(box):
    box.end_node()
    with redis_at(box) as redis:
        same(redis.ask("FLUSHALL"), "OK")
    box.begin_node()


def answer_of(caller, sii):
    answer = caller.lookup(sii)
    return answer.json()["ssi"]["user_id"] if answer.status == 200 else answer.status


def users(caller):
    return caller.need(200, "GET", "/v1/quota").json()["users"]


@test("back-up: all is lost, and is as it was, but for what was taken away since")
def whole(w):
    box = own_box(w, "lost")
    op = Operator(w, box)
    alpha, beta = box.known("alpha"), box.known("beta")
    leaver = box.provider("leaver")
    mapped = {sii: new_user() for sii in [new_phone() for _ in range(PROVEN)] + [new_mail()]}
    for sii, user in mapped.items():
        alpha.prove(sii, user)
    robbed, removed, demoted = list(mapped)[:3]
    victim, thief = box.provider("lost-victim"), box.provider("lost-thief")
    stays, lifted = (struck(box, victim, thief) for _ in range(2))
    bulk = provider(box, "bulk-kept")
    rows = some_rows(ROWS, 920_000_000)
    job = job_of(bulk)
    same(put(bulk, job, 1, lines_of(rows)).status, 200)
    eventually("users are counted",
               lambda: (users(alpha)["sms"], users(bulk)["asserted"]) == (PROVEN, ROWS))

    with folder() as at:
        key = key_file(at)
        op.need(DONE, "changes", at("log"), *key)
        with Provers(box.provider("writer-a"), box.provider("writer-b")) as load:
            eventually("the writers write", lambda: len(load.proven) > 10, 20)
            told = op.told("backup", at("all"), *key)
        same(load.wrong[:3], [], "proofs during the back-up")
        same(mode(at("all")), 0o600, "the file's mode")
        true(told["rows"] >= ROWS + PROVEN + 10, f"{told['rows']} rows")
        same(told["shards"], 1024)
        seen = op.told("backup", at("all"), *key, "--verify")
        same((seen["whole"], seen["rows"]), (True, told["rows"]))

        # what is taken away, and what is made, behind the back-up
        taken = beta.prove(robbed, "thief")
        same(decide(beta, taken["mapping"], "replace").status, 200)
        same(decide(beta, beta.prove(demoted, "other")["mapping"], "prefer").status, 200)
        gone = alpha.need(200, "POST", "/v1/mappings/find", {"sii": removed}).json()["mapping"]
        same(alpha.call("DELETE", f"/v1/mappings/{gone['id']}").status, 204)
        fresh = new_phone()
        alpha.prove(fresh, new_user())
        op.need(DONE, "providers", "suspend", "leaver", "--reason", "left us", "--yes")
        pending = alpha.open(new_phone(), new_user())
        late = struck(box, victim, thief)
        settle_report(box, lifted, "dismissed")
        eventually("that strike is the reporter's",
                   lambda: (strikes(box, thief.provider), strikes(box, victim.provider)) ==
                   (sorted((stays, late)), [lifted]))
        changes = op.told("changes", at("log"), *key)
        true(changes["last_change"] >= 4, f"{changes}")
        token = alpha.token

        lose_everything(box)
        same(box.admin().need(200, "GET", "/admin/v1/providers").json()["providers"], [])
        words = ("restore", at("all"), *key)
        op.need(BAD_LINE, *words)
        op.need(BAD_LINE, *words, "--without-changes", "--log-complete")
        dry = op.told(*words, "--changes", at("log"))
        same((dry["done"], dry["rows"], dry["strikes"]), (False, told["rows"], 3))
        op.need(UNCONFIRMED, *words, "--changes", at("log"), "--into", "another")
        op.need(UNTRUE, *words, "--changes", at("log"), "--compare")
        same(box.admin().need(200, "GET", "/admin/v1/audit").json()["records"], [], "untouched")
        done = op.told(*words, "--changes", at("log"), "--into", "node-1")
        same((done["done"], done["stood_there"]), (True, 0))
        compared = op.told(*words, "--changes", at("log"), "--compare")
        same((compared["same"], compared["equal"]), (True, done["written"]))
        op.need(REFUSED, *words, "--changes", at("log"), "--into", "node-1")

    alpha, beta = box.known("alpha"), box.known("beta")
    old = alpha.token
    alpha.token = token
    same(alpha.lookup(robbed).status, 401, "a token of before")
    alpha.token = old
    wanted = {**mapped, **dict(rows[::40]), robbed: "thief", demoted: "other", removed: 404}
    for sii, user in wanted.items():
        same(answer_of(alpha, sii), user, "who is preferred")
    for sii, user in load.proven.items():
        true(answer_of(beta, sii) in (user, 404), "a proof from during the back-up")
    same(alpha.call("GET", f"/v1/verifications/{pending['id']}").status, 404, "a pending one")
    same(box.admin().need(200, "GET", "/admin/v1/providers/leaver").json()["state"], "suspended")
    same((strikes(box, thief.provider), strikes(box, victim.provider)),
         (sorted((stays, late)), [lifted]), "strikes of before, and since")
    eventually("the users are counted again", lambda: users(alpha)["sms"] == PROVEN - 2)
    asked = eventually("fresh proofs are asked for", lambda: [
        one for one in alpha.need(200, "GET", "/v1/events?limit=500").json()["events"]
        if one["type"] == "mapping.refresh_due"] or None)
    true(len(asked) >= PROVEN - 2, f"{len(asked)} notices")
    alpha.prove(removed, "again")
    same(answer_of(beta, removed), "again", "the service goes on")
    op.need(DONE, "audit", "verify")
    acts = [one["record"]["action"] for one in
            box.admin().need(200, "GET", "/admin/v1/audit").json()["records"]]
    true("backup.read" in acts and acts.count("backup.restored") == 1, f"{acts}")
    true("provider.suspend" in acts, "what operators did behind the back-up is in the audit")
    leaver.hang_up()


@test("back-up: of before a rotation, restored with what was taken away after it")
def rotated(w):
    box = own_box(w, "lost-rotated")
    op = Operator(w, box)
    alpha, beta = box.known("alpha"), box.known("beta")
    mapped = {new_phone(): new_user() for _ in range(8)}
    for sii, user in mapped.items():
        alpha.prove(sii, user)
    before, after, kept = list(mapped)[:3]

    def remove(sii):
        found = alpha.need(200, "POST", "/v1/mappings/find", {"sii": sii}).json()["mapping"]
        same(alpha.call("DELETE", f"/v1/mappings/{found['id']}").status, 204)

    with folder() as at:
        key = key_file(at)
        same(names_in_use(box), 1)
        old = op.told("backup", at("old"), *key)
        op.need(DONE, "changes", at("log"), *key)
        remove(before)
        rotate(box, op, 2)
        same(names_in_use(box), 2)
        remove(after)
        op.need(DONE, "changes", at("log"), *key)
        lose_everything(box)
        same(names_in_use(box), 1, "an empty directory begins with the first key")
        words = ("restore", at("old"), *key, "--changes", at("log"))

        # a node that lacks the key is told so, and nothing was begun
        hidden = box.at("keys", "index-2.key")
        os.rename(hidden, at("index-2.key"))
        os.rename(box.at("keys", "seal-2.key"), at("seal-2.key"))
        box.restart_node(signal.SIGTERM)
        lacking = op.need(BAD_LINE, *words, "--into", "node-1")
        true("lacks index-2.key" in lacking.err, lacking.err)
        same(box.admin().need(200, "GET", "/admin/v1/restore").json()["state"], "none")
        os.rename(at("index-2.key"), hidden)
        os.rename(at("seal-2.key"), box.at("keys", "seal-2.key"))
        has_key(box, 2)
        done = op.told(*words, "--into", "node-1")
        same((done["written"], done["stood_there"]), (old["rows"] - 2, 0))
        same(names_in_use(box), 2, "the key that the log's records need is in use")
        same(op.told(*words, "--compare")["same"], True)
        alpha, beta = box.known("alpha"), box.known("beta")
        for sii, user in mapped.items():
            same(answer_of(beta, sii), 404 if sii in (before, after) else user)
        same(alpha.need(200, "POST", "/v1/mappings/find", {"sii": kept}).json()["mapping"][
            "user_id"], mapped[kept], "the provider's own view of it")

        # the log of before goes on in no other life of the directory
        stale = op.need(UNTRUE, "changes", at("log"), *key)
        true("restored since" in stale.err, stale.err)
        young = op.told("backup", at("young"), *key)
        same(young["rows"], old["rows"] - 2)
        stale = op.need(BAD_LINE, "restore", at("young"), *key, "--changes", at("log"))
        true("another directory" in stale.err, stale.err)
        # a back-up of names of two layers, into an empty directory again
        op.need(DONE, "changes", at("log-2"), *key)
        remove(kept)
        op.need(DONE, "changes", at("log-2"), *key)
        lose_everything(box)
        words = ("restore", at("young"), *key, "--changes", at("log-2"), "--log-complete")
        op.need(DONE, *words, "--into", "node-1")
        same(op.told(*words, "--compare")["same"], True)
        beta = box.known("beta")
        for sii, user in mapped.items():
            same(answer_of(beta, sii), 404 if sii in (before, after, kept) else user)


@test("back-up: a restore that was killed goes on, and alone writes until it ends")
def killed_restore(w):
    box = w.boxes.get("lost") or own_box(w, "lost")
    op = Operator(w, box)
    bulk = provider(box, "bulk-lost")
    rows = some_rows(ROWS * 4, 930_000_000)
    job = job_of(bulk)
    same(put(bulk, job, 1, lines_of(rows)).status, 200)
    with folder() as at, redis_at(box) as redis:
        key = key_file(at)
        told = op.told("backup", at("b"), *key)
        lose_everything(box)
        line = [w.glados, "admin", "restore", at("b"), *key, "--without-changes",
                "--into", "node-1", "--profile-file", box.at("admin", "admin.toml"),
                "--profile", "operator"]

        def half_way():
            """Starts the command, and comes back when it has written something more."""
            before = redis.ask("DBSIZE")
            running = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            eventually("it writes", lambda: redis.ask("DBSIZE") > before + 300, 20, 0.002)
            return running

        running = half_way()
        running.kill()
        same(running.wait(10), -signal.SIGKILL)
        same(box.admin().need(200, "GET", "/admin/v1/restore").json()["state"], "open")
        same(box.admin().need(200, "GET", "/admin/v1/providers").json()["providers"], [])
        refused(box.admin().call("POST", "/admin/v1/applications", {
            "provider_id": "early", "name": "Early", "contact": "nobody",
            "website": "https://early.example", "apps": ["Early"], "scopes": ["lookup"]}),
            409, "conflict")
        op.need(REFUSED, "backup", at("half"), *key)
        running = half_way()
        box.restart_node(signal.SIGKILL)
        same(running.wait(30), UNREACHABLE)
        op.need(DONE, "restore", at("b"), *key, "--without-changes", "--into", "node-1")
        same(op.told("restore", at("b"), *key, "--without-changes", "--compare")["equal"],
             told["rows"])
        for sii, user in rows[::150]:
            same(answer_of(box.known("beta"), sii), user)
        op.need(DONE, "audit", "verify")


@test("back-up: ended in the middle, by whatever, it goes on")
def resumed(w):
    box = w.boxes.get("lost") or own_box(w, "lost")
    op = Operator(w, box)
    with folder() as at:
        key = key_file(at)
        line = [w.glados, "admin", "backup", at("b"), *key, "--profile-file",
                box.at("admin", "admin.toml"), "--profile", "operator"]

        def half_way():
            """Starts the command, and comes back when it has written something more."""
            before = os.path.getsize(at("b")) if os.path.exists(at("b")) else 0
            running = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            eventually("it writes", lambda: os.path.exists(at("b"))
                       and os.path.getsize(at("b")) > before + 3000, 20, 0.002)
            return running

        running = half_way()
        running.kill()
        same(running.wait(10), -signal.SIGKILL)
        running.stderr.close()
        op.need(UNTRUE, "backup", at("b"), *key, "--verify")
        running = half_way()
        box.restart_node(signal.SIGKILL)
        complaint = running.communicate(timeout=30)[1].decode()
        same(running.returncode, UNREACHABLE, complaint)
        true(len(complaint.strip()) > 10, "it says what happened")
        with open(at("k2"), "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(secrets.token_bytes(32))
        wrong = op.need(BAD_LINE, "backup", at("b"), "--key-file", at("k2"))
        true("another key" in wrong.err, wrong.err)
        told = op.told("backup", at("b"), *key)
        same(told["shards"], 1024)
        same(op.told("restore", at("b"), *key, "--without-changes", "--compare")["same"], True)
        op.need(BAD_LINE, "backup", at("b"), *key)
        op.need(REFUSED, "restore", at("b"), *key, "--without-changes", "--into", "node-1")
        with open(at("b"), "rb") as file:
            content = file.read()
        with open(at("cut"), "wb") as file:
            file.write(content[:-10])
        op.need(UNTRUE, "restore", at("cut"), *key, "--without-changes", "--into", "node-1")


@test("back-up: only an operator may read or write one")
def ranks(w):
    with folder() as at:
        key = key_file(at)
        auditor = Operator(w, w.main, "auditor")
        auditor.need(REFUSED, "backup", at("b"), *key)
        auditor.need(REFUSED, "changes", at("l"), *key)
        for path in ("backup/begin", "backup/shards/1/begin", "backup/shards/1/read",
                     "backup/records", "backup/audit", "backup/changes", "restore/begin",
                     "restore/shards/1", "restore/shards/1/names", "restore/records",
                     "restore/audit", "restore/end"):
            refused(w.main.admin("auditor").call("POST", f"/admin/v1/{path}", {"name": "x"}), 403,
                    "insufficient-scope", required_scope="operator")
        op = w.main.admin()
        refused(op.call("POST", "/admin/v1/restore/begin", {"name": "x"}), 409, "conflict")
        refused(op.call("POST", "/admin/v1/backup/shards/1024/begin", {"name": "x"}), 404,
                "not-found")
        refused(op.call("POST", "/admin/v1/backup/shards/1/read", {"name": "x"}), 404, "not-found")
        for path, body in (("restore/shards/1", {"name": "x", "content": "AQA"}),
                           ("restore/records", {"name": "x", "content": "AQA"}),
                           ("restore/audit", {"name": "x", "content": "AQA"}),
                           ("restore/end", {"name": "x"})):
            refused(op.call("POST", f"/admin/v1/{path}", body), 409, "conflict", path)
        refused(op.call("POST", "/admin/v1/restore/shards/1", {"name": "x", "content": "_"}), 400,
                "malformed-request", pointer="/content")


@test("back-up: the change log is followed, through an end of the node")
def followed(w):
    box = w.boxes.get("lost") or own_box(w, "lost")
    op = Operator(w, box)
    alpha = box.known("alpha")
    with folder() as at:
        key = key_file(at)
        line = [w.glados, "admin", "changes", at("log"), *key, "--follow", "--profile-file",
                box.at("admin", "admin.toml"), "--profile", "operator"]
        running = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            eventually("it begins", lambda: os.path.exists(at("log"))
                       and os.path.getsize(at("log")) > 200, 20)
            before = os.path.getsize(at("log"))
            box.restart_node(signal.SIGKILL)
            alpha = box.known("alpha")
            made = alpha.prove(new_phone(), new_user())["mapping"]
            same(alpha.call("DELETE", f"/v1/mappings/{made['id']}").status, 204)
            eventually("the removal is in the file",
                       lambda: os.path.getsize(at("log")) > before, 20)
            same(running.poll(), None, "it follows on")
            op.need(BAD_LINE, "changes", at("log"), *key)  # one command at a time
        finally:
            running.kill()
            running.wait(10)
        told = op.told("changes", at("log"), *key)
        true(told["last_change"] >= 1, f"{told}")
