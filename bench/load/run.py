#!/usr/bin/python3
"""What `glados load` must show of itself, against the service of ./run on one node.

usage: bench/load/run.py [--quick] [--seconds S] [--rounds N] [--only saturate,ab,freeze,direct]

  saturate  a closed loop keeps every core busy, and the client uses less CPU than the service
  ab        `ab -k` and `glados load` do the same: the same connections, the same single body,
            keep-alive, client certificate; rounds take turns, the medians count. Once with one
            connection; once with 32 and the service kept to one half of the cores, the client to
            the other, asking for signed answers, so that the service is what is slow; and once as
            things come, where the clients' own CPU time counts
  freeze    the node stands still for 200 ms: an open loop has that in its p99.9, a closed one not
  direct    the same lookups straight to the actors of a node in one process, without HTTP

Prints a table and writes result.json and result.md beside this file. Needs build/glados,
build/bench_seed and `ab` (apache2-utils, a package marked bench). Ends all it started.
"""

import argparse
import json
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "lookup")]

import servers  # noqa: E402
from direct import Direct  # noqa: E402
from frame import perform, say, write_result  # noqa: E402
from servers import BASE, KNOWN, Failed  # noqa: E402

CHECKS = ("saturate", "ab", "freeze", "direct")
AGREE = 0.10
FREEZE = 0.2
QUIET = 3.0


class Stage:
    """A sandbox with KNOWN numbers, warm, and a body that asks for one of them."""

    def __init__(self, folder):
        self.folder = folder
        self.glados = servers.Glados(os.path.join(folder, "glados"))
        self.tls = None

    def start(self):
        self.glados.start()
        self.tls = servers.Tls(self.glados.box.home, os.path.join(self.folder, "tls"))
        self.pair = servers.write_private(
            os.path.join(self.folder, "pair.pem"),
            "".join(open(path, encoding="ascii").read() for path in (self.tls.cert, self.tls.key)))
        say("warming: each of the 100,000 numbers once; waiting for the sweep after the start")
        self.load(*self.mixed(), "--sequential", "--requests", 2 * KNOWN)
        self.glados.swept()

    @staticmethod
    def mixed():
        return "--tel-range", f"{BASE}..{KNOWN}", "--unknown-share", "0.5"

    def node(self):
        return next(child.pid for name, child in self.glados.box.children.items()
                    if name.startswith("node"))

    def load(self, *words):
        """One run of `glados load`; what it printed."""
        self.glados.refresh()
        command = [servers.sandbox.GLADOS, "load", "--json", "--url", self.glados.url(),
                   "--ca", self.tls.ca, "--cert", self.tls.cert, "--key", self.tls.key,
                   "--bearer-file", self.glados.token_file,
                   "--pids", ",".join(map(str, self.glados.pids())), *map(str, words)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300, check=False)
        if done.returncode != 0:
            raise Failed(f"glados load: {done.stderr.strip()}")
        found = json.loads(done.stdout)
        wrong = set(found["status"]) - {"200", "404"}
        broken = {name: count for name, count in found["errors"].items()
                  if count and name != "unsent"}
        if wrong or broken:
            raise Failed(f"glados load saw {found['status']}, {broken}")
        return found

    def ab(self, body, connections, requests):
        """One run of `ab -k`; {"rate", "cpu_us"}."""
        self.glados.refresh()
        with open(self.glados.token_file, encoding="ascii") as file:
            token = file.read().strip()
        command = ["ab", "-q", "-k", "-c", str(connections), "-n", str(requests), "-p", body,
                   "-T", "application/json", "-H", f"Authorization: Bearer {token}",
                   "-E", self.pair, f"{self.glados.url()}/v1/lookup"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 0:
            raise Failed(f"ab: {done.stderr.strip()}")

        def figure(pattern):
            found = re.search(pattern, done.stdout, re.MULTILINE)
            if not found:
                raise Failed(f"ab printed no {pattern}")
            return float(found[1])

        kept = figure(r"^Keep-Alive requests:\s+(\d+)")
        failed = figure(r"^Failed requests:\s+(\d+)")
        if kept < requests or failed or "Non-2xx" in done.stdout:
            raise Failed(f"ab: {kept:.0f} of {requests} kept alive, {failed:.0f} failed")
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"rate": figure(r"^Requests per second:\s+([\d.]+)"),
                "cpu_us": spent * 1e6 / requests}


def row(what, measured, target, met):
    return {"what": what, "measured": measured, "target": target, "met": met}


def saturate(stage, words):
    found = [stage.load(*stage.mixed(), "--connections", 32, "--warm-up", 1, "--duration",
                        words.seconds, "--seed", number) for number in range(words.rounds)]
    client = statistics.median(one["client_cpu_us_per_request"] for one in found)
    service = statistics.median(one["server_cpu_us_per_request"] for one in found)
    rate = statistics.median(one["rate"] for one in found)
    busy = rate * (client + service) / 1e6 / os.cpu_count()
    say(f"saturate: {rate:.0f}/s, service {service:.1f} us, client {client:.1f} us, "
        f"{busy:.0%} of {os.cpu_count()} cores")
    return [row("lookups/s of a closed loop, 32 connections", f"{rate:,.0f}", "", None),
            row("share of all cores that both together kept busy", f"{busy:.0%}", ">= 90 %",
                busy >= 0.9),
            row("CPU a request, client / service", f"{client:.1f} / {service:.1f} us", "< 1",
                client < service)]


def pin(pid, cores):
    """All threads of a process."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), cores)


def compare(stage, words, what, connections, signed=False, apart=False, judged=True):
    body = servers.write_private(os.path.join(stage.folder, "body"), json.dumps(
        {"sii": f"tel:+{BASE + 7}", **({"attestation": True} if signed else {})}))
    every = sorted(os.sched_getaffinity(0))
    half = len(every) // 2
    if apart and half == 0:
        raise Failed("one core cannot be divided")
    try:
        if apart:
            pin(stage.node(), every[:half])
            os.sched_setaffinity(0, every[half:])
        ours, theirs = [], []
        for _ in range(words.rounds):
            ours.append(stage.load("--body-file", body, "--connections", connections,
                                   "--duration", words.seconds))
            count = max(1000, int(ours[0]["rate"] * words.seconds))
            theirs.append(stage.ab(body, connections, count))
    finally:
        os.sched_setaffinity(0, every)
        pin(stage.node(), every)
    mine, other = (statistics.median(one["rate"] for one in rows) for rows in (ours, theirs))
    cost = statistics.median(one["client_cpu_us_per_request"] for one in ours)
    their_cost = statistics.median(one["cpu_us"] for one in theirs)
    say(f"ab, {what}: glados load {mine:.0f}/s, {cost:.1f} us; ab -k {other:.0f}/s, "
        f"{their_cost:.1f} us")
    return row(f"requests/s, `glados load` / `ab -k`, {what}",
               f"{mine:,.0f} / {other:,.0f} = {mine / other:.2f}; client CPU a request "
               f"{cost:.1f} / {their_cost:.1f} us", "0.9 to 1.1" if judged else "",
               abs(mine / other - 1) <= AGREE if judged else None)


def against_ab(stage, words):
    if shutil.which("ab") is None:
        raise Failed("ab is missing; the packages marked bench in packages.list")
    return [compare(stage, words, "1 connection", 1),
            compare(stage, words, "32 connections, signed answers, cores apart", 32, signed=True,
                    apart=True),
            compare(stage, words, "32 connections", 32, judged=False)]


def direct(stage, words):
    """Beside the sandbox, which does nothing meanwhile."""
    folder = os.path.join(stage.folder, "direct")
    os.makedirs(folder)
    beside = Direct(folder)
    try:
        done = subprocess.run(
            beside.command("--json", *stage.mixed(), "--connections", 32, "--threads",
                           os.cpu_count(), "--warm-up", 8, "--duration", words.seconds),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False,
            env=servers.sandbox.Sandbox.environment())
    finally:
        beside.close()
    if done.returncode != 0:
        raise Failed(f"glados load --direct: {done.stderr.strip()}")
    found = json.loads(done.stdout)
    say(f"direct: {found['rate']:.0f}/s, {found['server_cpu_us_per_request']:.2f} us")
    return [row(f"lookups/s at the actors, {os.cpu_count()} threads", f"{found['rate']:,.0f}", "",
                None),
            row("CPU a lookup there, its number's key included",
                f"{found['server_cpu_us_per_request']:.2f} us", "", None)]


def frozen(stage, seconds, *words):
    """A run in whose middle the node stands still."""
    pid = stage.node()

    def stall():
        time.sleep(seconds / 2)
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(FREEZE)
        finally:
            os.kill(pid, signal.SIGCONT)

    hand = threading.Thread(target=stall)
    hand.start()
    try:
        return stage.load(*stage.mixed(), "--connections", 32, "--duration", seconds, *words)
    finally:
        hand.join()


def freeze(stage, words):
    seconds = max(4, words.seconds)
    opened = frozen(stage, seconds, "--rate", 2000)["latency_us"]
    closed = frozen(stage, seconds)["latency_us"]
    say(f"freeze: open loop p99.9 {opened['p99.9'] / 1000:.0f} ms, closed "
        f"{closed['p99.9'] / 1000:.1f} ms")
    return [row(f"p99.9 of {2000 * seconds:,.0f} requests in an open loop, one freeze of 200 ms",
                f"{opened['p99.9'] / 1000:.0f} ms", ">= 150 ms", opened["p99.9"] >= 150_000),
            row("the same freeze in a closed loop", f"{closed['p99.9'] / 1000:.1f} ms (max "
                f"{closed['max'] / 1000:.0f} ms)", "", None)]


def table(rows, quiet):
    lines = ["| | measured | target | |", "|---|---|---|---|"]
    for one in rows:
        verdict = {True: "met", False: "missed", None: ""}[one["met"]]
        lines.append(f"| {one['what']} | {one['measured']} | {one['target']} | {verdict} |")
    if not quiet:
        lines.append("\nOther work ran beside it: the figures are not to be relied on.")
    return "\n".join(lines) + "\n"


def measure(words, folder):
    stage = Stage(folder)
    steps = {"saturate": saturate, "ab": against_ab, "freeze": freeze,
             "direct": direct}
    quiet = os.getloadavg()[0] < QUIET
    try:
        say("starting a sandbox")
        stage.start()
        rows = []
        for name in words.only:
            rows += steps[name](stage, words)
    finally:
        stage.glados.stop()
    text = table(rows, quiet)
    write_result(HERE, {"rows": rows, "quiet": quiet}, text)
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round: does it still run?")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(CHECKS))
    words = parser.parse_args()
    if words.quick:
        words.rounds, words.seconds = 1, 1
    words.only = words.only.split(",")
    if set(words.only) - set(CHECKS) or words.rounds < 1 or words.seconds <= 0:
        parser.error("--only takes " + ", ".join(CHECKS))
    return perform(lambda folder: measure(words, folder),
                   (Failed, servers.sandbox.Refused, servers.rest.Unexpected))


if __name__ == "__main__":
    sys.exit(main())
