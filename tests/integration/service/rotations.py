"""Index key and seal key are rotated: every record gets another name, and nobody notices."""

import base64
import glob
import json
import os
import re
import signal

from bulk import job_of, lines_of, provider, put, results, some_rows
from checks import eventually, refused, same, test, true
from decisions import decide
from nodes import NODES, Cluster, Load, settled
from operator_line import BAD_LINE, DONE, UNCONFIRMED, Operator, folder
from patterns import audit_of
from provers import Provers
from redis_content import pages_of_keys, redis_at
from restores import restore, told_soon
from world import new_key, new_phone, new_user

KNOWN = 40
ROWS = 3000  # so that shards have something to rename
OLD_NAMES = re.compile(rb"\{s\d+\}:m:")
NEW_NAMES = re.compile(rb"\{s\d+\}:m2:")


def buckets(box):
    """How many hashes of records there are under old names, and under new ones."""
    old, new = set(), set()
    for path in glob.glob(box.at("redis", "redis*.sock")):
        with redis_at(box, os.path.basename(path).removesuffix(".sock")) as redis:
            for keys in pages_of_keys(redis):
                old.update(key for key in keys if OLD_NAMES.match(key))
                new.update(key for key in keys if NEW_NAMES.match(key))
    return len(old), len(new)


def activate(box, number, node=1):
    return box.admin_at(node).call("POST", f"/admin/v1/cluster/index-keys/{number}/activate")


def index_keys(box, node=1):
    return {one["node_id"]: one["index_keys"] for one in box.view(node)["nodes"]}


def write_key(box, name):
    """A fresh key where all nodes of the sandbox look."""
    path = box.at("keys", f"{name}.key")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(os.urandom(32).hex() + "\n")


def add_key(box, number, kinds):
    """Writes the keys, and tells one node after the other."""
    for kind in kinds:
        write_key(box, f"{kind}-{number}")
    os.kill(box.node_pid(1), signal.SIGHUP)
    eventually("node 1 has the key", lambda: index_keys(box)["node-1"] == number, 10)
    answer = activate(box, number)
    refused(answer, 409, "conflict")
    true("does not have it" in answer.json()["detail"], answer.json()["detail"])
    for node in range(2, NODES + 1):
        os.kill(box.node_pid(node), signal.SIGHUP)
    eventually("all nodes have the key",
               lambda: set(index_keys(box).values()) == {number}, 10)


class Begun:
    """What was begun before the rotation, to be gone on with after it."""

    def __init__(self, box):
        self.alpha, self.beta = box.at_node(2, "alpha"), box.at_node(3, "beta")
        self.pending_sii, self.pending_user = new_phone(), new_user()
        self.pending = self.beta.open(self.pending_sii, self.pending_user)
        self.code = self.beta.code(self.pending_sii)
        self.lost_sii, self.lost_user, self.new_user = new_phone(), new_user(), new_user()
        self.lost = self.alpha.prove(self.lost_sii, self.lost_user)["mapping"]
        won = self.beta.prove(self.lost_sii, self.new_user)["mapping"]
        self.key, self.won = new_key(), won
        self.decided = decide(self.beta, won, "replace", self.key)
        same(self.decided.status, 200, self.decided.problem())
        self.change = self.decided.json()["change_id"]
        self.open_sii = new_phone()
        self.alpha.prove(self.open_sii, new_user())
        self.contested = self.beta.prove(self.open_sii, new_user())["mapping"]

    def goes_on(self):
        done = self.beta.check(self.pending, self.code, self.pending_user)
        same(done.status, 200, f"a code sent before ({done.problem()})")
        same(self.alpha.lookup(self.pending_sii).json()["ssi"]["user_id"], self.pending_user)
        again = decide(self.beta, self.won, "replace", self.key)
        same((again.status, again.headers.get("Idempotent-Replayed")), (200, "true"))
        same(again.body, self.decided.body, "the answer stored before")
        same(self.beta.need(200, "GET", f"/v1/mappings/{self.won['id']}").json()["id"],
             self.won["id"], "an id given before")
        late = decide(self.beta, self.contested, "prefer")
        same(late.status, 200, f"a decision over what was shown before ({late.problem()})")
        notice = told_soon(self.alpha, self.change)[0]
        same(notice["data"]["user_id"], self.lost_user, "a notice stored before")
        opened = restore(self.alpha, self.change, self.lost_sii)
        same(opened.status, 202, opened.problem())
        back = self.alpha.check(opened.json(), self.alpha.code(self.lost_sii), self.lost_user)
        same(back.status, 200, f"a restore of a change made before ({back.problem()})")
        same(self.beta.lookup(self.lost_sii).json()["ssi"]["user_id"], self.lost_user)
        found = self.alpha.call("POST", "/v1/mappings/find", {"sii": self.lost_sii}).json()
        same(found["mapping"]["user_id"], self.lost_user)


@test("rotation: index and seal key are rotated under lookups and writes, and no request fails")
def rotated(w):
    box = w.boxes["rotated"] = Cluster(w)
    box.open()
    alpha, mapped = box.known("alpha"), {}
    box.mapped = mapped
    for _ in range(KNOWN):
        sii, user = new_phone(), new_user()
        alpha.prove(sii, user)
        mapped[sii] = user
    bulk = provider(box, "bulk-rotated")
    rows = some_rows(ROWS, 910_000_000)
    job = job_of(bulk)
    same(put(bulk, job, 1, lines_of(rows)).status, 200)
    begun = Begun(box)
    true(buckets(box)[0] > ROWS // 4, "records are stored")
    refused(activate(box, 2), 409, "conflict")
    refused(activate(box, "two"), 404, "not-found")
    add_key(box, 2, ("seal", "index"))
    same(buckets(box)[1], 0, "records under new names before the key is active")
    with Load(box, mapped, range(1, NODES + 1)) as load, \
            Provers(box.at_node(1, "beta"), box.at_node(2, "beta")) as writers:
        answer = activate(box, 2, 2)
        same((answer.status, answer.json()), (202, {"index_key": 2, "state": "active"}))
        refused(activate(box, 3), 409, "conflict")
        wanted = {"in_use": 2, "active": 2, "shards_with_old_names": 0}
        eventually("every node names by the new key", lambda: all(
            box.view(node)["index_key"] == wanted for node in range(1, NODES + 1)), 60, 0.2)
        mark = len(load.seen)
        eventually("the load goes on", lambda: len(load.seen) > mark + 300, 20)
    load.all_good("during the rotation")
    same(writers.wrong[:3], [], "proofs during the rotation")
    true(len(writers.proven) > 4, f"only {len(writers.proven)} proofs")
    eventually("no hash of records under old names", lambda: buckets(box)[0] == 0, 5)  # replicas
    new = buckets(box)[1]
    true(new > ROWS // 4, f"{new} hashes under new names")
    for sii, user in {**mapped, **writers.proven, **dict(rows[::50])}.items():
        same(alpha.lookup(sii).json()["ssi"]["user_id"], user, "a mapping")
    for line in results(bulk, job, 1)[::500]:
        same(bulk.call("GET", f"/v1/mappings/{line['mapping_id']}").status, 200, "a row's id")
    begun.goes_on()
    same(activate(box, 2).status, 202, "once more")
    true("index_key.activate" in audit_of(box, {"index-2"}), "the audit knows nothing of it")


@test("rotation: nodes come back after it, and take a further key")
def again(w):
    box = w.boxes["rotated"]
    command = box.end(3, signal.SIGKILL)
    box.begin(3, command)
    eventually("node 3 is back", lambda: box.ready(3) and settled(box), 20, 0.1)
    add_key(box, 3, ("index",))
    op = Operator(w, box)
    keys = op.told("cluster", "keys")
    same([one["state"] for one in keys["index_keys"]], ["in use", "in use", "not active"])
    true("not active" in op.need(DONE, "cluster", "keys").out, "shown")
    asked = op.need(UNCONFIRMED, "cluster", "activate-key", "3")
    true("cannot be undone" in asked.err, asked.err)
    op.need(BAD_LINE, "cluster", "activate-key", "4", "--yes")
    same(op.told("cluster", "activate-key", "3", "--yes"), {"index_key": 3, "state": "active"})
    eventually("the third key is in use", lambda: box.view(3)["index_key"]
               == {"in_use": 3, "active": 3, "shards_with_old_names": 0}, 60, 0.2)
    sii, user = new_phone(), new_user()
    box.at_node(3, "beta").prove(sii, user)
    same(box.at_node(1, "alpha").lookup(sii).json()["ssi"]["user_id"], user)
    eventually("no hash under the two older names", lambda: buckets(box) == (0, 0), 5)


def kid_of_attestation(caller, sii):
    """Which key signs what is told of a mapping."""
    told = caller.call("POST", "/v1/lookup", {"sii": sii, "attestation": True}).json()
    head = told["attestation"].split(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]


def published_keys(caller):
    return [key["kid"] for key in caller.need(200, "GET", "/.well-known/glados").json()["keys"]]


@test("rotation: audit and attestation keys are rotated by restarts, one node after the other")
def signers(w):
    box = w.boxes["rotated"]
    op, alpha, sii = Operator(w, box, "auditor"), box.at_node(1, "alpha"), next(iter(box.mapped))
    with folder() as at:
        before = op.told("audit", "verify", "--state", at("state"))["signed_by"]
        attested, keys = kid_of_attestation(alpha, sii), published_keys(alpha)
        write_key(box, "audit-2")
        write_key(box, "attest-2")
        for number in range(1, NODES + 1):
            with Load(box, box.mapped, {*range(1, NODES + 1)} - {number}) as load:
                box.begin(number, box.end(number, signal.SIGTERM))
                eventually("it is back", lambda: box.ready(number) and settled(box), 20, 0.1)
            load.all_good(f"while node {number} took new keys")
        told = op.told("audit", "verify", "--state", at("state"))
        true(told["whole"] and told["signed_by"] != before, str(told))
        with open(at("state"), encoding="utf-8") as file:
            same(set(json.load(file)["keys"]), {before, told["signed_by"]}, "keys believed")
    alpha = box.at_node(2, "alpha")
    fresh = published_keys(alpha)
    true(set(keys) < set(fresh) and len(fresh) == len(keys) + 2, f"{keys} then {fresh}")
    true(kid_of_attestation(alpha, sii) in set(fresh) - set(keys), "the new key signs")
    true(attested in fresh, "what was signed before can still be checked")
