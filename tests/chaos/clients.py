"""Callers that prove, decide, remove, load in bulk and look up, through all nodes, and write down
what they sent, when, and what they were told.

Every identifier has at most one writer a provider at a time. A call that gets no definite answer is
repeated at another node with the same key; if none comes in time its outcome stays open.
"""

import http.client
import itertools
import json
import random
import threading
import time
import urllib.parse

import rest
from register import Operation

PATIENCE = {"lookup": 4, "patient lookup": 25, "write": 6}  # seconds for one answer
WRITE_WITHIN = 15  # seconds until the outcome of a write is left open
CODE_WITHIN = 3
MOST_OPEN = 5  # an identifier with so many open outcomes is only read from then on
AGAIN = (401, 429, 500, 502, 503)
ROWS = 10


class NoAnswer(Exception):
    """The connection broke, or nothing came in time."""


class Link(rest.Client):
    """A kept connection of one thread to one node."""

    def __init__(self, base_url, ca, folder, token):
        super().__init__(base_url, ca, folder)
        self.token = token
        self._link = None

    def ask(self, patience, method, path, body=None, headers=None, raw=None):
        data, sent = self.prepared(body, headers)
        if raw is not None:
            data = raw
            sent["Content-Type"] = "application/x-ndjson"
        if self._link is None:
            self._link = self.link()
        self._link.timeout = patience
        if self._link.sock is not None:
            self._link.sock.settimeout(patience)
        try:
            answer = self.exchange(self._link, method, path, data, sent)
        except (OSError, http.client.HTTPException, ValueError) as why:
            self.hang_up()
            raise NoAnswer(str(why)) from None
        if answer.headers.get("Connection") == "close":
            self.hang_up()
        return answer

    def hang_up(self):
        if self._link is not None:
            self._link.close()
            self._link = None


class Identifier:
    def __init__(self, sii):
        self.sii = sii
        self.calls = []
        self.own = {}  # provider -> (mapping id, user) that was settled when it was last seen
        self.busy = {"alpha": threading.Lock(), "beta": threading.Lock()}

    def open_outcomes(self):
        return sum(call.ended is None and call.kind != "lookup" for call in self.calls)


class Population:
    """All identifiers, and what was seen of them. `scene` tells addresses and files."""

    def __init__(self, scene, draw, count, in_bulk):
        self.scene = scene
        first = draw.randrange(20_000_000, 70_000_000)
        made = [Identifier(f"tel:+49151{first + i:08d}") for i in range(count + in_bulk)]
        self.written, self.bulk = made[:count], made[count:]
        self.ending = threading.Event()
        self.users = itertools.count()
        self.seen = {}  # what -> how often
        self.surprises = []
        self._counting = threading.Lock()

    def everything(self):
        return self.written + self.bulk

    def count(self, what):
        with self._counting:
            self.seen[what] = self.seen.get(what, 0) + 1

    def surprise(self, text):
        with self._counting:
            self.surprises.append(text)


class Caller:
    """What a thread calls with: links to all nodes, as every provider."""

    def __init__(self, population, seed):
        self.population = population
        self.scene = population.scene
        self.draw = random.Random(seed)
        self._links = {}

    def link(self, who, node):
        if (who, node) not in self._links:
            self._links[who, node] = self.scene.link(who, node)
        return self._links[who, node]

    def node(self):
        return self.draw.choice(self.scene.nodes)

    def close(self):
        for link in self._links.values():
            link.hang_up()

    def once(self, who, patience, *words, node=None, **more):
        """(answer, node); a lost one has the status 0."""
        node = node or self.node()
        try:
            return self.link(who, node).ask(patience, *words, **more), node
        except NoAnswer:
            return rest.Answer(0, {}, b""), node

    def until(self, definite, who, *words, within=WRITE_WITHIN, **more):
        """(answer or None, whether it was the first): asked again, elsewhere, until definite."""
        limit, first = time.monotonic() + within, True
        while time.monotonic() < limit:
            answer, _ = self.once(who, PATIENCE["write"], *words, **more)
            self.population.count(f"write {answer.status}")
            if definite(answer):
                return answer, first
            # A refusal that happened certainly before anything was done is as if never sent.
            first = first and answer.status == 429
            if self.population.ending.wait(0.05 + 0.2 * self.draw.random()):
                pass  # what is under way is brought to its end
        return None, first


def settled(answer):
    return answer.status not in (0, *AGAIN) and answer.problem() != "idempotency-in-progress"


class Reader(Caller):
    def __init__(self, population, seed, patience):
        super().__init__(population, seed)
        self.patience = PATIENCE[patience]

    def run(self):
        everything = self.population.everything()
        hot = everything[::7]
        while not self.population.ending.is_set():
            self.look(self.draw.choice(hot if self.draw.random() < 0.5 else everything))
            time.sleep(0.004)
        self.close()

    def look(self, what, node=None):
        """Whether it was answered."""
        begun = time.monotonic()
        answer, node = self.once("alpha", self.patience, "POST", "/v1/lookup", {"sii": what.sii},
                                 node=node)
        ended = time.monotonic()
        self.population.count(f"lookup {answer.status}")
        if answer.status not in (200, 404):
            if answer.status not in (0, *AGAIN):
                self.population.surprise(f"lookup: {answer.status} {answer.problem()}")
            return False
        ssi = answer.json()["ssi"] if answer.status == 200 else None
        value = (ssi["provider_id"], ssi["user_id"]) if ssi else None
        what.calls.append(Operation("lookup", None, value, begun, ended, where=node))
        return True


class Writer(Caller):
    def run(self):
        while not self.population.ending.is_set():
            what = self.draw.choice(self.population.written)
            who = self.draw.choice(("alpha", "beta"))
            if what.open_outcomes() < MOST_OPEN and what.busy[who].acquire(blocking=False):
                try:
                    self.write(what, who)
                finally:
                    what.busy[who].release()
            time.sleep(0.01)
        self.close()

    def write(self, what, who):
        if who in what.own and self.draw.random() < 0.3:
            return self.remove(what, who, *what.own.pop(who))
        proof = self.open(what, who)
        if proof is not None:
            self.check(what, who, *proof)

    def open(self, what, who):
        """(verification, code, user), or None: of one that nobody proves nothing is seen."""
        user = f"user-{next(self.population.users)}"
        answer, _ = self.until(settled, who, "POST", "/v1/verifications",
                               {"sii": what.sii, "user_id": user}, headers=self.key(user))
        if answer is None or answer.status != 202:
            return None
        opened = answer.json()["id"]
        where = "/admin/v1/sandbox/messages?" + urllib.parse.urlencode({"sii": what.sii})
        limit = time.monotonic() + CODE_WITHIN
        while time.monotonic() < limit:
            answer, _ = self.once("operator", 3, "GET", where)
            found = [one for one in answer.json().get("messages", []) if one["provider_id"] == who
                     ] if answer.status == 200 else []
            if found:
                return opened, found[-1]["code"], user
            time.sleep(0.05)
        self.population.count("codes that were lost")
        return None

    @staticmethod
    def key(text):
        return {"Idempotency-Key": text}

    def check(self, what, who, opened, code, user):
        begun, value = time.monotonic(), (who, user)
        page = f"/v1/verifications/{opened}"
        answer, first = self.until(settled, who, "POST", page + "/check",
                                   {"code": code, "user_id": user})
        ended, seen = time.monotonic(), None
        if answer is not None and answer.status == 409 and not first:
            answer, _ = self.until(settled, who, "GET", page)
        elif answer is not None and answer.status == 200:
            seen = "preferred" if answer.json()["conflict"] is None else "conflict"
        elif answer is not None and answer.problem() == "code-incorrect" and first:
            return  # the outbox still showed an earlier code
        if answer is None or answer.status != 200 or answer.json()["state"] != "verified":
            if answer is not None and first:
                self.population.surprise(f"check: {answer.status} {answer.problem()}")
            what.calls.append(Operation("prove", value, None, begun, None, where=who))
            return
        what.calls.append(Operation("prove", value, seen, begun, ended, where=who))
        found = answer.json()
        mapping = found["mapping"]
        if found["conflict"] is None:
            if mapping is not None:
                what.own[who] = mapping["id"], user
        elif self.draw.random() < 0.95:
            self.decide(what, who, mapping["id"], user, found["conflict"]["existing"])

    def decide(self, what, who, mapping, user, existing):
        if len(existing) != 1:
            self.population.surprise(f"{len(existing)} settled mappings shown")
            return
        shown = existing[0]["provider_id"], existing[0].get("user_id")
        begun, value = time.monotonic(), (who, user)
        answer, first = self.until(settled, who, "POST", f"/v1/mappings/{mapping}/decision",
                                   {"action": "replace"}, headers=self.key("decide-" + user))
        ended, seen = time.monotonic(), None
        if answer is not None and answer.status == 200:
            seen = "done"
            what.own[who] = mapping, user
        elif answer is not None and (first or answer.problem() == "conflict"):
            seen = "refused"
            if answer.status not in (404, 409, 410):
                self.population.surprise(f"decision: {answer.status} {answer.problem()}")
        what.calls.append(Operation("replace", value, seen, begun, ended if seen else None, shown,
                                    where=who))

    def remove(self, what, who, mapping, user):
        begun = time.monotonic()
        answer, first = self.until(settled, who, "DELETE", f"/v1/mappings/{mapping}")
        ended, seen = time.monotonic(), None
        if answer is not None and answer.status in (204, 404):
            # Absent after an answer that was lost: by that call or by another.
            seen = "absent" if answer.status == 404 and first else "done"
        elif answer is not None:
            self.population.surprise(f"removal: {answer.status} {answer.problem()}")
        what.calls.append(Operation("remove", (who, user), seen, begun, ended if seen else None,
                                    where=who))


class Loader(Caller):
    """Sends parts of a bulk job, each until it is answered."""

    def run(self):
        answer, _ = self.until(settled, "gamma", "POST", "/v1/bulk-jobs",
                               {"on_conflict": "skip", "dry_run": False},
                               headers={"Idempotency-Key": "the-job"})
        if answer is None or answer.status != 201:
            self.population.surprise("no bulk job could be made")
            return
        job = f"/v1/bulk-jobs/{answer.json()['id']}"
        rows = self.population.bulk
        for part, at in enumerate(range(0, len(rows), ROWS)):
            if self.population.ending.is_set():
                break
            self.load(job, part, rows[at:at + ROWS])
            self.population.ending.wait(2 * self.draw.random())
        self.close()

    def load(self, job, part, rows):
        lines = "".join(json.dumps({"sii": what.sii, "user_id": f"row-{part}-{i}"}) + "\n"
                        for i, what in enumerate(rows))
        begun = time.monotonic()
        answer, _ = self.until(settled, "gamma", "PUT", f"{job}/parts/{part}", raw=lines,
                               within=40)
        ended = time.monotonic()
        done = answer is not None and answer.status == 200
        if done and answer.json()["accepted"] != len(rows):
            self.population.surprise(f"part {part}: {answer.json()}")
        if answer is not None and not done:
            self.population.surprise(f"part {part}: {answer.status} {answer.problem()}")
        for i, what in enumerate(rows):
            what.calls.append(Operation("prove", ("gamma", f"row-{part}-{i}"),
                                        "preferred" if done else None, begun,
                                        ended if done else None, where="gamma"))


def look_everywhere(population, seed, within=20):
    """Every identifier once through every node. Returns those that were not answered."""
    reader = Reader(population, seed, "lookup")
    silent, limit = [], time.monotonic() + within
    for what in population.everything():
        for node in population.scene.nodes:
            while not reader.look(what, node):
                if time.monotonic() > limit:
                    silent.append((what, node))
                    break
                time.sleep(0.05)
    reader.close()
    return silent
