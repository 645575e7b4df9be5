"""`glados probe` against a sandbox: its canary is proven by mail and looked up, and what breaks on
the way is told by exit code and metrics."""

import contextlib
import itertools
import json
import os
import shutil
import signal
import threading
import time
import urllib.parse

import processes
from checks import eventually, same, test, true
from operator_line import BAD_LINE, DONE, REFUSED, UNREACHABLE, UNTRUE, folder, run
from watching import PROBE, documented, promtool, published

NUMBERS = 3
STEPS = ["token", "open", "code", "check", "lookup"]


class Postman(threading.Thread):
    """Puts what the sandbox would have sent to the canaries into a Maildir, as a mail server does,
    until told to end. `late`: he has the mail and does not bring it."""

    def __init__(self, box, addresses, maildir):
        super().__init__()
        self.addresses = addresses
        self.operator = box.operator("operator")
        self.maildir, self.late = maildir, False
        self._ending, self._seen, self._names = threading.Event(), {}, itertools.count()
        os.makedirs(os.path.join(maildir, "new"))

    def run(self):
        while not self._ending.wait(0.05):
            for sii in self.addresses:
                self._bring(sii)

    def _bring(self, sii):
        query = "/admin/v1/sandbox/messages?" + urllib.parse.urlencode({"sii": sii})
        letters = self.operator.call("GET", query).json().get("messages", [])
        fresh, self._seen[sii] = letters[self._seen.get(sii, 0):], len(letters)
        for letter in [] if self.late else fresh:
            name = os.path.join(self.maildir, f"{next(self._names)}.mail")
            with open(name, "w", encoding="utf-8") as file:
                file.write(f"To: <{sii[7:]}>\r\nSubject: a code\r\n\r\n{letter['text']}\r\n")
            os.rename(name, os.path.join(self.maildir, "new", os.path.basename(name)))

    def end(self):
        self._ending.set()
        self.join(10)


@contextlib.contextmanager
def canary(w, name):
    """(its provider, folder, postman, words of the prober). Its addresses are its own: one that
    another provider holds it cannot take without a decision."""
    box, pattern = w.main, f"mailto:{name}-{{n}}@probe.example"
    with folder() as at:
        caller = box.provider(name, ("lookup", "map"))
        for file in ("cert.pem", "key.pem"):
            shutil.copy(os.path.join(caller.folder, file), at(file))
        shutil.copy(box.at("ca.pem"), at("ca.pem"))
        with open(at("client.json"), "w", encoding="utf-8") as file:
            json.dump(dict(caller.secret, base_url=box.node()["base_url"]), file)
        addresses = [pattern.replace("{n}", str(number)) for number in range(NUMBERS)]
        postman = Postman(box, addresses, at("mail"))
        postman.start()
        words = ("--folder", at("."), "--sii", pattern, "--of", str(NUMBERS), "--maildir",
                 at("mail"), "--metrics", at("probe.prom"))
        try:
            yield caller, at, postman, words
        finally:
            postman.end()


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


@test("prober: a round proves the canary and looks it up; its metrics are those of the page")
def good_round(w):
    with canary(w, "canary-good") as (caller, at, postman, words):
        def once(*more):
            return run(w, "probe", "once", *words, *more)
        done = once("--json")
        same(done.code, DONE, done.err)
        same(list(done.json()), STEPS, "steps")
        told = read(at("probe.prom"))
        for line in ("glados_probe_success 1", "glados_probe_rounds_total 1",
                     'glados_probe_failures_total{step="code"} 0'):
            true(line + "\n" in told, f"{line} in {told}")
        page = {name: facts for name, facts in documented().items() if name.startswith(PROBE)}
        same(published(told), page, "metrics of the prober and of docs/metrics.md")
        with open(at("probe.prom"), "rb") as file:
            promtool("check", "metrics", stdin=file)
        holders = [caller.lookup(sii) for sii in postman.addresses]
        same([one.json()["ssi"]["user_id"] for one in holders if one.status == 200], ["canary"])
        same(once().code, DONE, "again, of the same or the next canary")


@test("prober: what goes wrong is told by its step, by exit code and by metrics")
def bad_rounds(w):
    with canary(w, "canary-bad") as (caller, at, postman, words):
        def once(*more):
            return run(w, "probe", "once", *words, *more)
        postman.late = True
        late = once("--patience", "1")
        same((late.code, late.out), (UNTRUE, ""), late.err)
        true("code failed: no code came in time" in late.err, late.err)
        told = read(at("probe.prom"))
        true("glados_probe_success 0\n" in told
             and 'glados_probe_failures_total{step="code"} 1\n' in told, told)
        postman.late = False
        page = f"/admin/v1/providers/{caller.provider}"
        w.main.admin().need(200, "POST", page + "/suspend", {"reason": "a test of the prober"})
        eventually("it is suspended", lambda: caller.call("GET", "/v1/quota").status != 200, 2)
        refused = once()
        same(refused.code, REFUSED, refused.err)
        true("failed: 40" in refused.err, refused.err)
        w.main.admin().need(200, "POST", page + "/reinstate")
        gone = once("--url", "https://127.0.0.1:1")
        same(gone.code, UNREACHABLE, gone.err)
        true(gone.err.startswith("glados probe: token failed: "), gone.err)
        for bad in (("--maildir", at("none")), ("--sii", "nobody"), ("--folder", at("none")),
                      ("--of", "0"), ("--patience", "0"), ("--url", "http://127.0.0.1:1")):
            same(once(*bad).code, BAD_LINE, " ".join(bad))


@test("prober: it goes on by itself, over a round that failed")
def goes_on(w):
    with canary(w, "canary-on") as (_, at, postman, words):
        postman.late = True

        def says(line):
            return os.path.exists(at("probe.prom")) and line + "\n" in read(at("probe.prom"))
        child = processes.start([w.glados, "probe", "run", *words, "--every", "5", "--patience",
                                 "1"], at("said"))
        try:
            eventually("a round that failed", lambda: says("glados_probe_success 0"), 20)
            postman.late = False
            eventually("a good one after it", lambda: says("glados_probe_success 1"), 30)
            true(not says("glados_probe_rounds_total 1"), "the same process")
        finally:
            began = time.monotonic()
            child.send_signal(signal.SIGTERM)
            same(child.wait(10), -signal.SIGTERM, "how it ends")
            true(time.monotonic() - began < 5, "it ends at once")
        true("code failed: no code came in time" in read(at("said")), "what went wrong is said")
