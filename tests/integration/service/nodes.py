"""Three nodes over a Redis Cluster: any node answers for all; one dies, freezes, drains, joins."""

import collections
import json
import os
import signal
import threading
import time

import processes
from checks import eventually, same, test, true, within
from patterns import audit_of
from world import Box, Caller, new_phone, new_user

NODES = 3
IDENTIFIERS = 60
TAKEN_OVER_WITHIN = 5.0
# A machine that builds beside the tests starves threads for longer than nodes usually forgive.
SETTINGS = {"GLADOS_VERIFICATION_WAIT_SCALE": "0", "GLADOS_CLUSTER_SILENCE": "3s"}


class Cluster(Box):
    """A sandbox of three nodes. Nodes that tests start again are children of the test."""

    def __init__(self, world):
        super().__init__(world, SETTINGS, words=("cluster", "3"))
        self.started = {}
        self.commands = {}  # of nodes that were ended

    def open(self):
        """Until all have their share: joins under load have tests of their own."""
        super().open()
        eventually("all have their share",
                   lambda: settled(self) and min(self.shards().values()) > 200, 30, 0.1)

    def node(self, number=1):
        with open(self.at("nodes", str(number), "node.json"), encoding="utf-8") as file:
            return json.load(file)

    def node_pid(self, number):
        child = self.started.get(number)
        return child.pid if child else self.node(number)["pid"]

    def pid(self, name="node-1"):
        number = name.removeprefix("node-")
        child = self.started.get(int(number)) if number.isdigit() else None
        return child.pid if child else super().pid(name)

    def at_node(self, number, name):
        """A caller of that node, signed in at node 1: tokens are good everywhere."""
        return self.same_at(number, self.known(name))

    def same_at(self, number, known):
        caller = Caller(self, self.node(number)["base_url"], known.folder, known.provider)
        caller.token = known.token
        return caller

    def admin_at(self, number):
        return Caller(self, self.node(number)["admin_url"], self.at("admin", "operator"))

    def view(self, number=1):
        return self.admin_at(number).call("GET", "/admin/v1/cluster").json()

    def shards(self, number=1):
        """Shards by node, as node `number` sees it."""
        return {node["node_id"]: node["shards_owned"] for node in self.view(number)["nodes"]}

    def ready(self, number):
        try:
            return self.admin_at(number).call("GET", "/readyz").status == 200
        except OSError:
            return False

    def end(self, number, how):
        who = processes.identity(self.node_pid(number))
        with open(f"/proc/{who['pid']}/cmdline", "rb") as file:
            command = [word.decode() for word in file.read().split(b"\0")[:-1]]
        self.commands[number] = command
        os.kill(who["pid"], how)
        child = self.started.pop(number, None)
        if child:
            child.wait(15)
        else:
            eventually("the node ends", lambda: not processes.alive(who), 15)
        return command

    def begin(self, number, command):
        self.commands.pop(number, None)
        self.started[number] = processes.start(command, self.at("log", f"node-{number}.err"),
                                               env=self.node_environment())

    def stop(self):
        for child in self.started.values():
            processes.end({"pid": child.pid}, 12, child)
        self.started = {}
        return super().stop()


class Load:
    """Callers that look known identifiers up at these nodes, without a pause, until told to end.
    Each begins with another identifier: one that waits for a shard must not hold up all."""

    def __init__(self, box, known, numbers, callers=2):
        self.seen = []  # (when, identifier, status, Retry-After, seconds, node, problem)
        self.began = time.monotonic()
        self.wrong = []
        self._known = list(known.items())
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(
                box.at_node(number, "alpha"), number, one * len(self._known) // callers))
            for number in numbers for one in range(callers)]

    def _run(self, caller, number, first):
        known = self._known[first:] + self._known[:first]
        while not self._ending.is_set():
            for sii, user in known:
                if self._ending.is_set():
                    break
                began = time.monotonic()
                try:
                    answer = caller.lookup(sii)
                except OSError as why:
                    self.wrong.append(f"no answer: {why}")
                    continue
                self.seen.append((began, sii, answer.status, answer.headers.get("Retry-After"),
                                  time.monotonic() - began, number, answer.problem()))
                if answer.status == 200 and answer.json()["ssi"]["user_id"] != user:
                    self.wrong.append("another user")
        caller.hang_up()

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        eventually("the load runs", lambda: len(self.seen) > 200, 20)
        return self

    def __exit__(self, *_):
        self._ending.set()
        for thread in self._threads:
            thread.join(20)

    def refused(self):
        return [one for one in self.seen if one[2] != 200]

    def all_good(self, what):
        same(self.wrong[:3], [], what)
        counts = collections.Counter(one[2] for one in self.seen)
        first = [f"{one[0] - self.began:.2f} s on: {one[2]} {one[6]} at node {one[5]} after "
                 f"{one[4]:.3f} s"
                 for one in self.refused()][:4]
        same(set(counts), {200}, f"{what}: answers by status {dict(counts)}; {first}")


def shared(w):
    """The cluster of these tests, with mappings that all nodes can look up."""
    if "cluster" not in w.boxes:
        box = Cluster(w)
        w.boxes["cluster"] = box
        box.open()
        alpha = box.known("alpha")
        box.mapped = {}
        for _ in range(IDENTIFIERS):
            sii, user = new_phone(), new_user()
            alpha.prove(sii, user)
            box.mapped[sii] = user
    box = w.boxes["cluster"]
    for number, command in list(box.commands.items()):  # left dead by a test that failed
        box.begin(number, command)
        eventually("the node is back", lambda at=number: box.ready(at), 20, 0.1)
    return box


def settled(box, number=1, without=()):
    """Every shard has an owner, none is on its way, and the nodes `without` own nothing."""
    view = box.view(number)
    owned = {node["node_id"]: node["shards_owned"] for node in view["nodes"]}
    return (view["shards_unowned"] == 0 and view["moves_under_way"] == 0
            and all(owned.get(f"node-{gone}", 0) == 0 for gone in without))


@test("nodes: whichever is asked answers for all of them")
def any_node(w):
    box = shared(w)
    for number in range(1, NODES + 1):
        owned = box.shards(number)
        same((len(owned), sum(owned.values())), (NODES, 1024), f"shards as node {number} sees them")
        true(min(owned.values()) > 200, f"shared out unevenly: {owned}")
        caller = box.at_node(number, "alpha")
        for sii, user in list(box.mapped.items())[:20]:
            same(caller.lookup(sii).json()["ssi"]["user_id"], user, f"at node {number}")
    beta = [box.at_node(number, "beta") for number in range(1, NODES + 1)]
    for i in range(6):  # opened at one node, read at another, proven at the third
        sii, user = new_phone(), new_user()
        opened = beta[i % 3].open(sii, user)
        with within(2, "the outbox of all nodes"):
            found = eventually("the message", lambda: box.admin_at(1 + (i + 1) % 3).need(
                200, "GET", f"/admin/v1/sandbox/messages?sii={sii.replace('+', '%2B')}"
            ).json()["messages"])
        box.codes.add(found[-1]["code"])
        same(beta[(i + 1) % 3].call("GET", f"/v1/verifications/{opened['id']}").json()["state"],
             "pending")
        same(beta[(i + 2) % 3].check(opened, found[-1]["code"], user).status, 200, "the right code")
        same(beta[i % 3].lookup(sii).json()["ssi"]["user_id"], user)


@test("nodes: the shards of a killed node are served again in under 5 s, the others all the time")
def killed(w):
    box = shared(w)
    with Load(box, box.mapped, (1, 2), 8) as load:
        command = box.end(3, signal.SIGKILL)
        dead = time.monotonic()
        eventually("no shard without an owner", lambda: settled(box, 1, (3,)), 10, 0.1)
        took = time.monotonic() - dead
        mark = len(load.seen)
        eventually("the load goes on", lambda: len(load.seen) > mark + 300, 10)
    same(load.wrong[:3], [], "answers")
    failed = load.refused()
    true(failed, "nobody noticed that the node was gone")
    same({one[2] for one in failed}, {503}, "refusals")
    true(all(one[3] for one in failed), "a refusal without Retry-After")
    lost = {one[1] for one in failed}
    # Answered, not only asked, before a lease can be over.
    served = {one[1] for one in load.seen
              if one[2] == 200 and dead + 0.6 < one[0] and one[0] + one[4] < dead + 2.5}
    true(served, "no shard was served meanwhile")
    both = [f"{one[0] - dead:.2f} s: {one[2]} at node {one[5]} after {one[4]:.3f} s"
            for one in load.seen if one[1] in lost & served and -1 < one[0] - dead < 4]
    same(lost & served, set(), f"refused although their shards did not move: {both[:30]}")
    last = max(one[0] + one[4] for one in failed) - dead
    true(last < TAKEN_OVER_WITHIN, f"still refused {last:.2f} s after the kill")
    true(took < TAKEN_OVER_WITHIN, f"taken over {took:.2f} s after the kill")
    others = [one for one in load.seen if one[1] not in lost and dead < one[0] < dead + took]
    print(f"     killed: every shard has an owner {took:.2f} s later, the last refusal came after "
          f"{last:.2f} s; meanwhile {len(others)} answers of the other shards, "
          f"{sum(one[2] != 200 for one in others)} of them refusals", flush=True)
    box.begin(3, command)
    eventually("node 3 is back", lambda: box.ready(3) and settled(box), 20, 0.1)


@test("nodes: one that joins and one that is drained cost no request")
def joins_and_drains(w):
    box = shared(w)
    with Load(box, box.mapped, (1, 2, 3)) as load:
        same(box.admin_at(1).call("POST", "/admin/v1/cluster/nodes/node-2/drain").status, 202)
        with within(10, "the drain"):
            eventually("node 2 owns nothing", lambda: settled(box, 1, (2,)), 12, 0.1)
        mark = len(load.seen)
        eventually("the load goes on", lambda: len(load.seen) > mark + 300, 10)
    load.all_good("during the drain")
    print(f"     drained under load: {len(load.seen)} answers, {len(load.refused())} refusals",
          flush=True)
    same(box.admin_at(1).call("POST", "/admin/v1/cluster/nodes/node-9/drain").status, 404)
    same(box.admin_at(1).call("POST", "/admin/v1/cluster/nodes/Node_2/drain").status, 404)
    same(audit_of(box, {"node-2", "Node_2"}), ["node.drain"], "the audit of the drain")
    with Load(box, box.mapped, (1, 3)) as load:
        command = box.end(2, signal.SIGKILL)
        box.begin(2, command)
        eventually("node 2 has its share",
                   lambda: box.ready(2) and settled(box) and box.shards()["node-2"] > 200, 20, 0.1)
        mark = len(load.seen)
        eventually("the load goes on", lambda: len(load.seen) > mark + 300, 10)
    load.all_good("while the drained node was killed and came back")
    print(f"     joined under load: {len(load.seen)} answers, {len(load.refused())} refusals",
          flush=True)


@test("nodes: SIGTERM hands everything over first")
def ended(w):
    box = shared(w)
    with Load(box, box.mapped, (1, 2)) as load:
        with within(10, "the end of the node"):
            command = box.end(3, signal.SIGTERM)
        eventually("the others have it all", lambda: settled(box), 5, 0.1)
        box.begin(3, command)
        eventually("node 3 is back", lambda: box.ready(3) and settled(box), 20, 0.1)
    load.all_good("over a restart")


@test("nodes: one that wakes after three leases does nothing and tells nothing old")
def frozen(w):
    box = shared(w)
    alpha, moved = box.at_node(1, "alpha"), {}
    sleeper = box.at_node(3, "alpha")
    for sii in list(box.mapped)[:12]:
        same(sleeper.lookup(sii).status, 200)
        moved[sii] = new_user()
    pid = box.node_pid(3)
    os.kill(pid, signal.SIGSTOP)
    try:
        asleep = time.monotonic()
        eventually("the others have it all", lambda: settled(box, 1, (3,)), 10, 0.1)
        for sii, user in moved.items():
            opened = alpha.open(sii, user)
            proven = alpha.check(opened, alpha.code(sii), user).json()
            decided = alpha.call("POST", f"/v1/mappings/{proven['mapping']['id']}/decision",
                                 {"action": "replace"}, headers={"Idempotency-Key": user})
            same(decided.status, 200, "the decision")
            box.mapped[sii] = user
        eventually("three leases", lambda: time.monotonic() - asleep > 10, 15)
    finally:
        os.kill(pid, signal.SIGCONT)
    awake = time.monotonic()
    answered = refused = 0
    served = awake
    while time.monotonic() - awake < 10 and answered < 2 * len(moved):
        for sii, user in moved.items():
            answer = sleeper.lookup(sii)
            if answer.status == 200:
                served = time.monotonic() if answered == 0 else served
                answered += 1
                same(answer.json()["ssi"]["user_id"], user, "told by the node that slept")
            else:
                refused += 1
                same((answer.status, bool(answer.headers.get("Retry-After"))), (503, True))
    true(answered >= 2 * len(moved), "the node serves again within 10 s of waking")
    print(f"     frozen for {awake - asleep:.1f} s: it served again {served - awake:.1f} s after "
          f"waking; {refused} refusals, {answered} answers, none of them old", flush=True)
    eventually("it has its share again", lambda: box.ready(3) and settled(box), 10, 0.1)
    for number in range(1, NODES + 1):
        caller = box.at_node(number, "alpha")
        for sii, user in box.mapped.items():
            same(caller.lookup(sii).json()["ssi"]["user_id"], user, f"at node {number}")
