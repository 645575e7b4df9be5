"""Node or Redis ends between send and check: nothing proven, spent or sent is lost."""

import os
import signal

from checks import eventually, refused, same, test, true
from verifications import get
from world import new_key, new_phone, new_user, wrong


class Before:
    """What is under way when something ends."""

    def __init__(self, box, name):
        self.box = box
        self.caller = caller = box.provider(name)
        self.mapped, self.mapped_user = new_phone(), new_user()
        caller.prove(self.mapped, self.mapped_user)
        self.sii, self.user, self.key = new_phone(), new_user(), new_key()
        self.opened = caller.post_verification(self.sii, self.user, self.key).json()
        self.code = caller.code(self.sii)
        refused(caller.check(self.opened, wrong(self.code), self.user), 422, "code-incorrect")
        refused(caller.check(self.opened, wrong(self.code), self.user), 422, "code-incorrect")
        spent_sii = new_phone()
        self.spent = caller.open(spent_sii, self.user)
        self.spent_code = caller.code(spent_sii)
        for _ in range(5):
            refused(caller.check(self.spent, wrong(self.spent_code), self.user), 422,
                    "code-incorrect")

    def still_holds(self):
        caller = self.caller
        caller.hang_up()
        same(caller.lookup(self.mapped).json().get("ssi", {}).get("user_id"), self.mapped_user,
             "a mapping made before")
        same(get(caller, self.opened)["checks_left"], 3, "attempts left")
        again = caller.post_verification(self.sii, self.user, self.key)
        same((again.status, again.json()["id"], again.headers.get("Idempotent-Replayed")),
             (202, self.opened["id"], "true"), "the same call again")
        refused(caller.check(self.spent, self.spent_code, self.user), 410, "attempts-exhausted")
        refused(caller.check(self.opened, wrong(self.code), self.user), 422, "code-incorrect",
                checks_left=2)
        same(caller.check(self.opened, self.code, self.user).status, 200, "the right code")
        same(caller.lookup(self.sii).json()["ssi"]["user_id"], self.user)


@test("restarts: SIGTERM of the node between send and check")
def node_term(w):
    before = Before(w.frail, "node-term")
    w.frail.restart_node(signal.SIGTERM)
    before.still_holds()


@test("restarts: SIGKILL of the node between send and check")
def node_kill(w):
    before = Before(w.frail, "node-kill")
    w.frail.restart_node(signal.SIGKILL)
    before.still_holds()


@test("restarts: SIGTERM of Redis between send and check")
def redis_term(w):
    before = Before(w.frail, "redis-term")
    w.frail.restart_redis(signal.SIGTERM)
    before.still_holds()


@test("restarts: SIGKILL of Redis between send and check")
def redis_kill(w):
    before = Before(w.frail, "redis-kill")
    w.frail.restart_redis(signal.SIGKILL)
    before.still_holds()


@test("restarts: while Redis is frozen calls fail with 503 in time, warm lookups and probes go on")
def frozen(w):
    box = w.frail
    caller = box.provider("patient")
    sii, user = new_phone(), new_user()
    caller.prove(sii, user)
    same(caller.lookup(sii).status, 200, "warm")
    pid = box.pid("redis")
    os.kill(pid, signal.SIGSTOP)
    try:
        same(caller.lookup(sii).status, 200, "a warm lookup")
        same(box.admin().call("GET", "/livez").status, 200)
        answer = caller.lookup(new_phone())
        true(answer.status == 503 and answer.headers["Retry-After"], f"unknown: {answer.status}")
        answer = caller.post_verification(new_phone(), user)
        same(answer.status, 503, "opening a verification")
        eventually("readyz says so", lambda: box.admin().call("GET", "/readyz").status == 503, 12)
    finally:
        os.kill(pid, signal.SIGCONT)
    eventually("ready again", lambda: box.admin().call("GET", "/readyz").status == 200, 15)
    eventually("a verification can be opened",
               lambda: caller.post_verification(new_phone(), user).status == 202, 10, 0.2)
    same(caller.lookup(sii).json()["ssi"]["user_id"], user)
