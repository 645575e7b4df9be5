"""`glados load` itself: its figures are held to what was asked for, and to what the service saw."""

import itertools
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from callers import Enroller
from checks import Failed, same, test, true
from direct import Direct
from sandbox import Sandbox

PATIENCE = 90
_ranges = itertools.count(secrets.randbelow(900))


def numbers(count):
    """German mobile numbers that no other test uses, twice as many as it says."""
    return 4915180000000 + next(_ranges) * 20_000, count


def tel(first, count):
    return f"{first}..{count}"


class Run:
    """One call of the command against a sandbox."""

    def __init__(self, box, *words, caller="alpha", **more):
        self.box = box
        self.command = [box.world.glados, "load", "--json", "--url", box.node()["base_url"],
                        "--ca", box.at("ca.pem")]
        if caller is not None:
            at = box.at("providers", caller)
            self.command += ["--cert", os.path.join(at, "cert.pem"),
                             "--key", os.path.join(at, "key.pem"),
                             "--client", more.get("client") or os.path.join(at, "client.json")]
        self.command += [str(word) for word in words]

    def outbox(self):
        self.command += ["--outbox", self.box.node()["admin_url"],
                         "--outbox-cert", self.box.at("admin", "operator", "cert.pem"),
                         "--outbox-key", self.box.at("admin", "operator", "key.pem")]
        return self

    def begin(self):
        return subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def end(self, child, status=0):
        try:
            told, why = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise Failed("the load did not end") from None
        same(child.returncode, status, f"status of the load ({why.strip()[:300]})")
        self.said = why
        return told

    def seen(self):
        """What it printed, with what must hold for every run."""
        found = json.loads(self.end(self.begin()))
        same(sum(found["status"].values()), found["requests"], "answers by status")
        same(sum(one["requests"] for one in found["operations"].values()), found["requests"],
             "answers by operation")
        late = found["errors"]["timeout"] + found["errors"]["unsent"]
        same(sum(count for _, count in found["histogram_us"]), found["requests"] + late,
             "latencies in the histogram")
        order = [found["latency_us"][name] for name in ("p50", "p90", "p95", "p99", "p99.9", "max")]
        same(order, sorted(order), "percentiles")
        return found


def unharmed(found):
    same({name: count for name, count in found["errors"].items() if count}, {}, "errors")


def over_time(found):
    rows = found["over_time"]
    return sum(sum(rows[kind]) for kind in ("good", "refused", "failed"))


@test("load: a closed loop sends what was asked for over kept connections")
def closed_loop(world):
    first, count = numbers(1000)
    found = Run(world.main, "--tel-range", tel(first, count), "--unknown-share", "1",
                "--connections", 8, "--threads", 2, "--requests", 401).seen()
    unharmed(found)
    same((found["requests"], found["status"]), (401, {"404": 401}), "answers")
    same(list(found["operations"]), ["lookup"], "operations")
    same((found["handshakes"], found["reconnects"]), (0, 0), "new connections")
    same((found["callers"], found["callers_used"]), (1, 1), "callers")
    same(over_time(found), 401, "answers over time")


@test("load: an open loop keeps its rate, evenly or as independent callers come")
def open_loop(world):
    first, count = numbers(1000)
    for arrivals, least, most in (("even", 398, 402), ("poisson", 300, 500)):
        found = Run(world.main, "--tel-range", tel(first, count), "--rate", 200, "--duration", 2,
                    "--arrivals", arrivals, "--seed", 5).seen()
        unharmed(found)
        true(least <= found["requests"] <= most, f"{arrivals}: {found['requests']} of 400 requests")
        same(found["intended_rate"], 200.0, "intended rate")


@test("load: connections are made anew when that is asked for")
def new_connections(world):
    box = world.main
    first, count = numbers(1000)
    before = box.metric("glados_tls_handshakes_ok", listener="provider")
    found = Run(box, "--tel-range", tel(first, count), "--requests-each", 1, "--requests", 60,
                "--connections", 4).seen()
    unharmed(found)
    same((found["requests"], found["handshakes"]), (60, 60), "a handshake each")
    true(found["latency_us"]["p50"] > found["handshake_us"]["p50"] * 0.9,
         "latency without its handshake")
    after = box.metric("glados_tls_handshakes_ok", listener="provider")
    true(after - before >= 60, f"the service saw {after - before} handshakes")
    found = Run(box, "--tel-range", tel(first, count), "--requests-each", 10, "--requests", 60,
                "--connections", 1).seen()
    unharmed(found)
    same((found["requests"], found["handshakes"]), (60, 5), "six connections, one made before")


@test("load: many callers take turns, each with its own certificate and token")
def many_callers(world):
    box = world.main
    with tempfile.TemporaryDirectory() as folder:
        Enroller(box.home, folder, box.node()).make_all(12)
        first, count = numbers(1000)
        words = ["--callers", folder, "--tel-range", tel(first, count), "--requests", 120]
        found = Run(box, *words, "--connections", 4, "--requests-each", 1, caller=None).seen()
        unharmed(found)
        same((found["callers"], found["callers_used"]), (12, 12), "callers")
        same(found["status"], {"404": 120}, "answers")
        found = Run(box, *words, "--connections", 4, caller=None).seen()
        same((found["callers"], found["callers_used"]), (12, 4), "callers of kept connections")
        shutil.copy(os.path.join(folder, "load-0001", "key.pem"),
                    os.path.join(folder, "load-0002", "key.pem"))
        run = Run(box, *words, caller=None)
        run.end(run.begin(), 1)
        true("load-0002" in run.said and "is not the key" in run.said, f"it says: {run.said}")


@test("load: users prove numbers, and lookups find them")
def proofs(world):
    box = world.main
    first, count = numbers(30)
    found = Run(box, "--mix", "lookup=1,verify=3", "--tel-range", tel(first, count), "--prove",
                tel(first, count), "--requests", 100, "--connections", 4, "--typing",
                "0.01..0.02").outbox().seen()
    unharmed(found)
    opened, checked = (found["operations"][name]["status"] for name in ("open", "check"))
    same(set(opened), {"202"}, "openings")
    same(set(checked), {"200"}, "checks")
    same(found["codes_missing"], 0, "codes that did not come")
    proven = checked["200"]
    true(20 <= proven <= opened["202"] <= 50, f"{opened} opened, {checked} proven")
    known = Run(box, "--tel-range", tel(first, count), "--sequential", "--connections", 1,
                "--requests", count).seen()
    same(known["status"].get("200"), min(count, proven), "numbers that are known by now")


@test("load: who thinks asks less")
def thinking(world):
    first, count = numbers(1000)
    found = Run(world.main, "--tel-range", tel(first, count), "--connections", 4, "--duration", 2,
                "--think", "0.08..0.12").seen()
    unharmed(found)
    # 4 users in 2 s with 0.1 s for each thought: 80, and fewer where answers are slow.
    true(10 <= found["requests"] <= 100, f"{found['requests']} requests")


@test("load: bad clients are counted apart and do not harm the others")
def misbehaviour(world):
    box = world.main
    rogue = box.provider("load-rogue", overrides={"lookup_daily": 10**9, "sends_daily": 10**9})
    client = os.path.join(rogue.folder, "client.json")
    with open(client, "w", encoding="utf-8") as file:
        json.dump(rogue.secret, file)
    first, count = numbers(1000)
    found = Run(box, "--tel-range", tel(first, count), "--unknown-share", 1, "--prove",
                tel(first, count), "--rate", 50, "--duration", 4, "--misbehave",
                "slow-reader=2,half-request=3,junk=2,reset=2,guess=1,scrape=1",
                "--misbehave-pause", "0.05", caller="load-rogue", client=client).seen()
    unharmed(found)
    same(set(found["status"]), {"404"}, "answers to the others")
    bad = found["misbehaviour"]
    same({name: one["connections"] for name, one in bad.items()},
         {"slow-reader": 2, "half-request": 3, "junk": 2, "reset": 2, "guess": 1, "scrape": 1},
         "connections")
    for name, one in bad.items():
        true(one["tries"] > 0, f"{name} was not tried")
        same(one["unreachable"], 0, f"{name}: unreachable")
    true(bad["junk"]["ended_by_server"] + sum(bad["junk"]["status"].values()) > 2,
         f"junk: {bad['junk']}")
    true(set(bad["junk"]["status"]) <= {"400"}, f"junk was answered: {bad['junk']}")
    same(set(bad["scrape"]["status"]), {"404"}, "scraping")
    true(bad["guess"]["status"].get("422", 0) >= 5, f"guessing: {bad['guess']}")
    same(sum(found["status"].values()), found["requests"], "the misbehaving count in no figure")
    same(box.known("alpha").lookup(f"tel:+{first}").status, 404, "the service afterwards")


@test("load: a frozen server is seen in the tail of an open loop")
def freeze(world):
    box = world.main
    first, count = numbers(1000)
    run = Run(box, "--tel-range", tel(first, count), "--rate", 500, "--duration", 4, "--progress")
    child = run.begin()
    pid = box.pid()
    began = threading.Event()

    def stall():
        began.wait(20)
        time.sleep(1)
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(0.3)
        finally:
            os.kill(pid, signal.SIGCONT)

    hand = threading.Thread(target=stall)
    hand.start()
    try:
        line = child.stderr.readline()
    finally:
        began.set()
        hand.join()
    true(re.match(r"\s*1 s\s+\d+/s ", line), f"the first live line: {line!r}")
    found = json.loads(run.end(child))
    # 150 of 2,000 requests were due while it stood still; the first of them waited 300 ms.
    true(found["latency_us"]["p99.9"] > 250_000, f"p99.9 {found['latency_us']}")
    true(found["latency_us"]["p95"] > 100_000, f"p95 {found['latency_us']}")
    true(max(found["over_time"]["max_us"]) > 250_000, "the plot over time")
    same(found["requests"] + found["errors"]["unsent"], 2000, "nothing that was due is left out")


@test("load: the page holds its plots and nothing from elsewhere")
def page(world):
    box = world.main
    first, count = numbers(1000)
    with tempfile.TemporaryDirectory() as folder:
        at = os.path.join(folder, "page.html")
        found = Run(box, "--tel-range", tel(first, count), "--rate", 100, "--duration", 2,
                    "--html", at).seen()
        with open(at, encoding="utf-8") as file:
            text = file.read()
    true(text.count("<svg") == 3, "three plots")
    true("lookup" in text and f">{found['requests']}<" in text, "the table of operations")
    for hidden in ("src=", "href=", "<script", "@import", "url(", box.client("alpha")["client_id"],
                   str(first)):
        true(hidden not in text, f"the page holds {hidden}")
    run = Run(box, "--tel-range", tel(first, count), "--requests", 1, "--html",
              os.path.join(folder, "gone", "page.html"))
    run.end(run.begin(), 1)
    true("cannot be written" in run.said, f"it says: {run.said}")


@test("load: the actors of a node in its own process answer without HTTP")
def direct(world):
    count = 300
    words = ["--json", "--tel-range", tel(4915190000000, count), "--threads", 2]

    def run(beside, *more, status=0):
        done = subprocess.run(beside.command(*words, *more), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE, check=False,
                              env=Sandbox.environment())
        same(done.returncode, status, f"status ({done.stderr.strip()[:300]})")
        return json.loads(done.stdout) if status == 0 else done.stderr

    with tempfile.TemporaryDirectory() as folder:
        beside = Direct(folder)
        try:
            every = run(beside, "--sequential", "--unknown-share", "0.5", "--requests", 2 * count)
            same(every["status"], {"200": count, "404": count}, "known and unknown numbers, once")
            same(sum(n for _, n in every["histogram_us"]), 2 * count, "latencies")
            # Once more over what is there: nothing is registered twice, and a rate is kept.
            again = run(beside, "--rate", 400, "--duration", 1, "--arrivals", "poisson")
            same(list(again["status"]), ["200"], "answers")
            true(300 <= again["requests"] <= 500, f"{again['requests']} of 400 requests")
            true(0 < again["server_cpu_us_per_request"], "CPU")
            said = run(beside, "--set", "no.such=1", status=1)
            true("no.such" in said, f"with a bad setting it says: {said}")
        finally:
            beside.close()


@test("load: what cannot be done is refused in words")
def refusals(world):
    box = world.main
    base = [box.world.glados, "load"]
    at = ["--url", box.node()["base_url"], "--ca", box.at("ca.pem")]
    bad_lines = (
        ([], "--ca are needed"), (["--url", "http://127.0.0.1", "--ca", "x"], "https"),
        ([*at, "--tel-range", "5"], "BASE..COUNT"), ([*at, "--mix", "lookup=1"], "--tel-range"),
        ([*at, "--mix", "verify=1"], "--prove"), ([*at, "--mix", "fly=1"], "NAME=WEIGHT"),
        ([*at, "--think", "1", "--rate", "5"], "closed loop"),
        ([*at, "--think", "x"], "MEAN"), ([*at, "--misbehave", "guess=1"], "--prove"),
        ([*at, "--misbehave", "sing=1"], "slow-reader"), ([*at, "--connections", "0"], "range"),
        ([*at, "--threads", "9", "--connections", "8"], "more than connections"),
        ([*at, "--arrivals", "even"], "--rate"),
        ([*at, "--callers", "x", "--cert", "y"], "exclude"),
        ([*at, "--outbox", "https://127.0.0.1"], "--outbox-cert"),
        (["--direct"], "--tel-range"), ([*at, "--config", "x"], "--direct"),
        (["--direct", *at, "--tel-range", "4915190000000..5"], "no connections"))
    for words, wanted in bad_lines:
        done = subprocess.run(base + words, capture_output=True, text=True, timeout=20, check=False)
        said = done.stdout + done.stderr
        same(done.returncode, 2, f"status for {words} ({said[:200]})")
        true(wanted.lower() in said.lower(), f"{words} says: {said}")
    files = ((["--ca", "/nowhere"], "no authority"), (["--callers", "/nowhere"], "has no folder"),
             (["--cert", "/nowhere", "--key", "/nowhere"], "no certificate"),
             (["--bearer-file", "/nowhere"], "cannot be read"))
    for words, wanted in files:
        line = base + (["--url", at[1], *words] if "--ca" in words else at + words)
        done = subprocess.run(line, capture_output=True, text=True, timeout=20, check=False)
        same(done.returncode, 1, f"status for {words}")
        true(wanted in done.stderr, f"{words} says: {done.stderr}")
    run = Run(box, "--requests", 1, caller=None)
    run.end(run.begin(), 1)
    # A refusal may come after the client thinks that the handshake is over.
    true("not every connection" in run.said or "nothing was answered" in run.said,
         f"without a certificate: {run.said}")
