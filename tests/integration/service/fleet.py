"""A cluster at work: nodes are restarted one after the other, strangers come to their ports, and
what is taken away at one node is taken away at all."""

import collections
import os
import signal
import socket
import threading
import time

import bulk
import certificates
from checks import basic, eventually, refused, same, test, true
from nodes import NODES, settled, shared
from redis_content import redis_at
from world import Caller, new_key, new_phone, new_user

ROUNDS = 2
LOOKERS = 4
TAKERS = 3
VISITS = 10
REACHES_WITHIN = 1.0
GRANTS = 8


class Worker(threading.Thread):
    """Calls all nodes in turn, as callers behind a list of addresses do: one that does not listen
    is passed over. What is answered with 5xx, or not at all, is a failure."""

    def __init__(self, box, ending):
        super().__init__(daemon=True)
        self.box = box
        self.ending = ending
        self.failures = []
        self.answers = collections.Counter()
        self.passed_over = 0
        self._callers = {(number, name): box.at_node(number, name)
                         for number in range(1, NODES + 1) for name in ("alpha", "beta")}
        self._turn = id(self) // 16 % NODES

    def call(self, name, method, path, body=None, key=None):
        for _ in range(2 * NODES):
            self._turn = self._turn % NODES + 1
            began = time.monotonic()
            try:
                answer = self._callers[self._turn, name].call(
                    method, path, body, headers={"Idempotency-Key": key} if key else None)
            except ConnectionRefusedError:
                self.passed_over += 1
                continue
            except OSError as why:
                self.failures.append(f"{method} {path.split('/')[2]} at node {self._turn}: {why!r}")
                continue
            self.answers[answer.status] += 1
            if answer.status >= 500:
                self.failures.append(
                    f"{method} {path.split('/')[2]} at node {self._turn}: {answer.status} "
                    f"{answer.problem()} after {time.monotonic() - began:.3f} s")
            return answer
        self.failures.append("no node listens")
        return None

    def run(self):
        try:
            while not self.ending.is_set():
                self.work()
        except Exception as why:  # the test fails with it
            self.failures.append(f"{type(why).__name__}: {why}")
        for caller in self._callers.values():
            caller.hang_up()


class Looker(Worker):
    def work(self):
        for sii, user in self.box.mapped.items():
            if self.ending.is_set():
                return
            answer = self.call("alpha", "POST", "/v1/lookup", {"sii": sii})
            if answer and answer.status == 200:
                same(answer.json()["ssi"]["user_id"], user, "the user")


class Taker(Worker):
    """Has one identifier change hands; whoever loses it must be told."""

    def __init__(self, box, ending):
        super().__init__(box, ending)
        self.losses = {"alpha": set(), "beta": set()}
        self._sii = new_phone()
        self._names = ["alpha", "beta"]

    def work(self):
        name, other = self._names
        user = new_user()
        self.box.kept_secret(self._sii, user)
        opened = self.call(name, "POST", "/v1/verifications",
                           {"sii": self._sii, "user_id": user}, new_key())
        if not opened or opened.status != 202:
            self._sii = new_phone()  # it has had its sessions
            return
        code = self.code(name)
        if code is None:
            return  # the outbox of the sandbox ended with its node
        proven = self.call(name, "POST", f"/v1/verifications/{opened.json()['id']}/check",
                           {"code": code, "user_id": user})
        if not proven or proven.status != 200:
            return
        if proven.json()["conflict"]:
            page = f"/v1/mappings/{proven.json()['mapping']['id']}/decision"
            decided = self.call(name, "POST", page, {"action": "replace"}, new_key())
            if not decided or decided.status != 200:
                return
            self.losses[other].add(decided.json()["change_id"])
        self._names.reverse()

    def code(self, name):
        where = f"/admin/v1/sandbox/messages?sii={self._sii.replace('+', '%2B')}"
        limit = time.monotonic() + 2
        while time.monotonic() < limit:
            for number in range(1, NODES + 1):
                try:
                    told = self.box.admin_at(number).call("GET", where)
                except OSError:
                    continue
                found = [one["code"] for one in told.json().get("messages", [])
                         if one["provider_id"] == name] if told.status == 200 else []
                if found:
                    self.box.codes.add(found[-1])
                    return found[-1]
            time.sleep(0.02)
        return None


def told_of(box, name, start):
    """The changes that a provider was told of since this cursor."""
    caller, found, after = box.known(name), [], start
    while True:
        page = caller.call("GET", f"/v1/events?after={after}&limit=500").json()
        found += [event["data"]["change_id"] for event in page["events"]
                  if event["type"].startswith("mapping.")]
        if not page["events"]:
            return found, page["next"]
        after = page["next"]


def restart(box, number):
    """Seconds until it served its share again."""
    began = time.monotonic()
    box.begin(number, box.end(number, signal.SIGTERM))
    eventually(f"node {number} is back", lambda: box.ready(number) and settled(box, number)
               and box.shards(number)[f"node-{number}"] > 200, 40, 0.1)
    return time.monotonic() - began


class Work:
    """Callers that look up and take identifiers from each other, through all nodes."""

    def __init__(self, box):
        self._ending = threading.Event()
        self.takers = [Taker(box, self._ending) for _ in range(TAKERS)]
        self._workers = [Looker(box, self._ending) for _ in range(LOOKERS)] + self.takers

    def __enter__(self):
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        for worker in self._workers:
            worker.join(30)

    def answers(self):
        return sum((worker.answers for worker in self._workers), collections.Counter())

    def failures(self):
        return [text for worker in self._workers for text in worker.failures]

    def changes(self):
        """Those by which one of the two lost an identifier."""
        return {name: set().union(*(taker.losses[name] for taker in self.takers))
                for name in ("alpha", "beta")}


@test("nodes: all are restarted one after the other, twice: no request fails, no event is lost")
def rolling(w):
    box, took = shared(w), []
    starts = {name: told_of(box, name, "")[1] for name in ("alpha", "beta")}
    with Work(box) as work:
        for _ in range(ROUNDS):
            for number in range(1, NODES + 1):
                took.append(restart(box, number))
    answers, failures, losses = work.answers(), work.failures(), work.changes()
    print(f"     rolling: {len(took)} restarts, the slowest in {max(took):.1f} s; "
          f"{sum(answers.values())} answers {dict(answers)}, {len(failures)} failures, "
          f"{sum(map(len, losses.values()))} identifiers changed hands", flush=True)
    same(failures[:5], [], f"{len(failures)} failures")
    true(sum(map(len, losses.values())) > 5, "too few identifiers changed hands")
    for name, start in starts.items():
        def missing(name=name, start=start):
            return losses[name] - set(told_of(box, name, start)[0])
        eventually(f"{name} is told of every loss", lambda: not missing(), 15, 0.2)
        told = [change for change in told_of(box, name, start)[0] if change in losses[name]]
        same(len(told), len(losses[name]), f"events for {name}, each once")


def replicas(box):
    """The process ids of those Redis that follow another."""
    found = []
    for name, known in box.processes().items():
        if not name.startswith("redis-"):
            continue
        with redis_at(box, name) as redis:
            if b"role:slave" in redis.ask("INFO", "replication"):
                found.append(known["pid"])
    return found


@test("nodes: replicas that stand still for most of a second cost no request")
def slow_replicas(w):
    box = shared(w)
    with Work(box) as work:
        for _ in range(3):
            pids = replicas(box)
            same(len(pids), 3, "replicas")
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            try:
                time.sleep(0.8)  # a disk that does not answer
            finally:
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
            goal = sum(work.answers().values()) + 200
            eventually("the work goes on",
                       lambda goal=goal: sum(work.answers().values()) > goal, 20)
    same(work.failures()[:5], [], f"{len(work.failures())} failures")
    true(work.answers()[202] >= 3, "too few verifications were opened")


def peer_port(box, number):
    """Where it listens for the other nodes."""
    with open(f"/proc/{box.node_pid(number)}/cmdline", encoding="utf-8") as file:
        words = file.read().split("\0")
    return next(int(word.partition("=")[2]) for word in words if word.startswith("cluster.port="))


@test("nodes: who comes to the port between them and leaves breaks no link")
def strangers(w):
    box = shared(w)
    ports = [peer_port(box, number) for number in range(1, NODES + 1)]
    with Work(box) as work:
        for _ in range(VISITS):
            for port in ports:
                for words in (b"", b"GET / HTTP/1.1\r\n\r\n"):
                    with socket.create_connection(("127.0.0.1", port), 5) as link:
                        link.sendall(words)
            goal = sum(work.answers().values()) + 100
            eventually("the work goes on",
                       lambda goal=goal: sum(work.answers().values()) > goal, 20)
    same(work.failures()[:5], [], f"{len(work.failures())} failures")


def seconds_until_refused(callers, act):
    """Of each caller, from just before `act` until its first refusal."""
    took, ready = {}, threading.Barrier(len(callers) + 1)

    def watch(caller, number):
        ready.wait(20)
        began = time.monotonic()
        while time.monotonic() - began < 5:
            sent = time.monotonic()
            try:
                status = caller.lookup(new_phone()).status
            except OSError:
                status = 401  # the handshake is refused
            if status in (401, 403):
                took[number] = sent - began
                return
            time.sleep(0.005)

    threads = [threading.Thread(target=watch, args=(caller, number))
               for number, caller in enumerate(callers, 1)]
    for thread in threads:
        thread.start()
    ready.wait(20)
    act()
    for thread in threads:
        thread.join(10)
    same(len(took), len(callers), "nodes that refuse")
    return took


@test("nodes: what is revoked, suspended or removed at one is refused by all within a second")
def reaches_all(w):
    box, seen = shared(w), {}
    operator = box.admin_at(2)
    for number, (what, act) in enumerate({
            "a token": lambda caller, page: caller.call(
                "POST", "/oauth2/revoke", form={"token": caller.token}, headers={
                    "Authorization": basic_of(caller)}),
            "all tokens": lambda caller, page: caller.call("DELETE", "/v1/tokens"),
            "a provider": lambda caller, page: operator.call(
                "POST", page + "/suspend", {"reason": "a test"}),
            "a certificate": lambda caller, page: operator.call(
                "DELETE", page + "/certificates/"
                + certificates.thumbprint(f"{caller.folder}/cert.pem")),
    }.items()):
        name = f"reach-{number}"
        first = box.provider(name)
        callers = []
        for at in range(1, NODES + 1):
            caller = Caller(box, box.node(at)["base_url"], first.folder, name)
            caller.token = first.token
            eventually("the token is known", lambda c=caller: c.lookup(new_phone()).status == 404)
            callers.append(caller)
        took = seconds_until_refused(
            callers, lambda: true(act(first, f"/admin/v1/providers/{name}").status < 300, what))
        seen[what] = max(took.values())
    print("     reached all nodes: " + ", ".join(
        f"{what} {took * 1000:.0f} ms" for what, took in seen.items()), flush=True)
    true(max(seen.values()) < REACHES_WITHIN, f"too late: {seen}")


@test("nodes: what a token shows to have been granted at one is granted at all")
def granted_at_all(w):
    for number, name, caller in just_granted(w, "granted"):
        answer = bulk.open_job(caller, dry_run=True)
        same(answer.status, 201, f"{name}, time {number + 1} ({answer.problem()})")


@test("nodes: a long part of a bulk job may go to one that did not hear of the grant yet")
def long_part_at_all(w):
    content = b"\n" * 100_000  # over the limit of all other bodies
    for number, name, caller in just_granted(w, "granted-long"):
        refused(bulk.put(caller, "b_" + "A" * 22, 1, content), 404, "not-found",
                f"{name}, time {number + 1}")


def just_granted(w, name):
    """Callers at nodes that may not have heard of what node 1 grants, each asked at once."""
    box = shared(w)
    for number in range(GRANTS):
        first = bulk.provider(box, f"{name}-{number}")  # when a first job was open at node 1
        for at in range(2, NODES + 1):
            caller = Caller(box, box.node(at)["base_url"], first.folder, first.provider)
            caller.token = first.token
            yield number, f"at node {at}", caller


def basic_of(caller):
    return basic(caller.secret["client_id"], caller.secret["client_secret"])
