"""The node is killed at random points while identifiers change hands: afterwards every displaced
provider has every event, in order, and none for a change that did not happen."""

import http.client
import random
import secrets
import signal
import threading
import time

from checks import Failed, same, test, true
from notices import Receiver, put
from world import new_key, new_phone, new_user

USUAL_KILLS = 8
FULL_KILLS = 200
WORKERS = 3
PATIENCE = 60  # seconds for one call, restarts of the node included


class Witness:
    """A provider whose calls are repeated until the node gives a definite answer."""

    def __init__(self, caller):
        self.caller = caller

    def ask(self, method, path, body=None, key=None, wanted=(200, 201, 202)):
        limit = time.monotonic() + PATIENCE
        while True:
            try:
                headers = {"Idempotency-Key": key} if key else None
                answer = self.caller.call(method, path, body, headers=headers)
                if answer.status in wanted:
                    return answer
                if answer.status == 401:  # the run is longer than a token lives
                    self.caller.sign_in()
                    continue
                again = answer.status in (503, 502) or answer.problem() in (
                    "idempotency-in-progress", "too-early")
                if not again:
                    raise Failed(f"{method} {path.split('/')[2]}: {answer.status} "
                                 f"{answer.problem()}")
            except (OSError, http.client.HTTPException):
                self.caller.hang_up()
            if time.monotonic() > limit:
                raise Failed(f"{method} {path.split('/')[2]}: no definite answer")
            time.sleep(0.05)

    def code(self, sii, opened):
        """The outbox of the sandbox dies with the node; then the code is sent once more."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            try:
                where = "/admin/v1/sandbox/messages?sii=" + sii.replace("+", "%2B")
                told = self.caller.box.operator("operator").call("GET", where)
                if told.status == 200:
                    mine = [message["code"] for message in told.json()["messages"]
                            if message["provider_id"] == self.caller.provider]
                    if mine:
                        self.caller.box.codes.add(mine[-1])
                        return mine[-1]
                    self.ask("POST", f"/v1/verifications/{opened['id']}/resend", {},
                             wanted=(200, 202, 409, 410, 429))
            except OSError:
                pass
            time.sleep(0.05)
        raise Failed("no code arrived")

    def proven(self, sii, opened, user):
        """What the right code made, found out by reading where the answer was lost."""
        path = f"/v1/verifications/{opened['id']}"
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            seen = self.ask("GET", path).json()
            if seen["state"] == "verified":
                return seen
            same(seen["state"], "pending", "state of a verification")
            made = self.ask("POST", path + "/check",
                            {"code": self.code(sii, opened), "user_id": user},
                            wanted=(200, 409, 422))
            if made.status == 200:
                return made.json()
        raise Failed("the proof came to no end")

    def prove(self, sii, user):
        self.caller.box.kept_secret(sii, user)
        opened = self.ask("POST", "/v1/verifications", {"sii": sii, "user_id": user},
                          new_key()).json()
        return self.proven(sii, opened, user)["mapping"]

    def decide(self, mapping, action):
        made = self.ask("POST", f"/v1/mappings/{mapping['id']}/decision", {"action": action},
                        new_key()).json()
        return made["change_id"]

    def restore(self, change, sii, user):
        opened = self.ask("POST", f"/v1/changes/{change}/restore", {"sii": sii}, new_key()).json()
        return self.proven(sii, opened, user)["mapping"]

    def events(self, start):
        found, after = [], start
        while True:
            page = self.ask("GET", f"/v1/events?after={after}&limit=500").json()
            found += page["events"]
            if not page["events"]:
                return found
            after = page["next"]


class Story:
    """One identifier: alpha has it, beta takes it, alpha gets it back, gamma is preferred."""

    def __init__(self, alpha, beta, gamma):
        self.sii, self.one, self.two, self.three = (new_phone(), new_user(), new_user(),
                                                    new_user())
        first = alpha.prove(self.sii, self.one)
        taken = beta.decide(beta.prove(self.sii, self.two), "replace")
        back = alpha.restore(taken, self.sii, self.one)
        same((back["id"], back["preferred"]), (first["id"], True), "what a restore brought back")
        last = gamma.decide(gamma.prove(self.sii, self.three), "prefer")
        self.expected = {
            "alpha": [("mapping.removed", self.one, taken, 1),
                      ("mapping.demoted", self.one, last, 2)],
            "beta": [("mapping.restored", self.two, None, 1)],
            "gamma": [],
        }


def check_events(told, stories, name):
    """Exactly what the stories say, of each mapping in the order of `sequence`."""
    by_user = {}
    for event in told:
        if event["type"].startswith("mapping."):
            data = event["data"]
            by_user.setdefault(data["user_id"], []).append(
                (event["type"], data["user_id"], data["change_id"], data["sequence"]))
    for story in stories:
        wanted = story.expected[name]
        user = {"alpha": story.one, "beta": story.two, "gamma": story.three}[name]
        seen = by_user.pop(user, [])
        seen = [(kind, who, change if wanted[at][2] else None, number)
                if at < len(wanted) else (kind, who, change, number)
                for at, (kind, who, change, number) in enumerate(seen)]
        same(seen, wanted, f"what {name} was told")
    return by_user


def work(box, names, until, stories, faults):
    try:
        witnesses = [Witness(box.known(name).again()) for name in names]
        while not until.is_set():
            stories.append(Story(*witnesses))
    except Exception as why:  # the test fails with it
        faults.append(why)


@test("kills: after kill -9 at random points every loss is told, in order, and nothing else")
def killed(w):
    box, kills = w.frail, FULL_KILLS if w.full else USUAL_KILLS
    seed = secrets.randbelow(1 << 32)
    dice = random.Random(seed)
    print(f"     kills: seed {seed}, {kills} times", flush=True)
    names = ("alpha", "beta", "gamma")
    witnesses = {name: Witness(box.known(name)) for name in names}
    starts = {name: (witnesses[name].events("") or [{"id": ""}])[-1]["id"] for name in names}
    until, stories, faults = threading.Event(), [], []
    with Receiver(box, "kills") as receiver:
        put(box.known("alpha"), receiver.url,
            ["mapping.removed", "mapping.demoted", "mapping.restored"])
        workers = [threading.Thread(target=work, args=(box, names, until, stories, faults))
                   for _ in range(WORKERS)]
        for worker in workers:
            worker.start()
        try:
            for _ in range(kills):
                time.sleep(dice.uniform(0.02, 0.9))  # the point at which it dies
                box.restart_node(signal.SIGKILL)
        finally:
            until.set()
            for worker in workers:
                worker.join()
        if faults:
            raise faults[0]
        true(len(stories) >= kills // 4, f"{len(stories)} stories are too few")
        print(f"     kills: {len(stories)} identifiers changed hands", flush=True)
        told = settled(box, names, starts, stories)
        for name in names:
            left = check_events(told[name], stories, name)
            same(left, {}, f"{name} was told of a change that did not happen")
        posted(receiver, told["alpha"], stories)
    Witness(box.known("alpha")).ask("DELETE", "/v1/webhook", wanted=(204,))


def settled(box, names, starts, stories):
    """What every provider was told, once as much has come as was to come."""
    limit = time.monotonic() + 30
    while True:
        told = {name: Witness(box.known(name)).events(starts[name]) for name in names}
        wanted = {name: sum(len(story.expected[name]) for story in stories) for name in names}
        if all(len(told[name]) >= wanted[name] for name in names) or time.monotonic() > limit:
            return told
        time.sleep(0.2)


def posted(receiver, told, stories):
    """The webhook has every one of them, too, each mapping's in order; repeats are allowed."""
    wanted = {event["id"] for event in told if event["type"].startswith("mapping.")}
    limit = time.monotonic() + 60
    while wanted - {got.headers["webhook-id"] for got in receiver.got}:
        true(time.monotonic() < limit, "a notice was not posted")
        time.sleep(0.2)
    order = {}
    for got in receiver.got:
        data = got.json()["data"]
        if got.headers["webhook-id"] in wanted:
            order.setdefault(data["mapping_id"], []).append(data["sequence"])
    for numbers in order.values():
        firsts = [number for at, number in enumerate(numbers) if number not in numbers[:at]]
        same(firsts, sorted(firsts), "order of the posts about one mapping")
