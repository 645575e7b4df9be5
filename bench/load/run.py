#!/usr/bin/python3
"""What `glados load` must show of itself, against the service of ./run on one node.

usage: bench/load/run.py [--quick] [--seconds S] [--rounds N] [--only saturate,ab,freeze]

  saturate  a closed loop keeps every core busy, and the client uses less CPU than the service
  ab        `ab -k` and `glados load` do the same: the same connections, the same single body,
            keep-alive, client certificate; rounds take turns, the medians count
  freeze    the node stands still for 200 ms: an open loop has that in its p99.9, a closed one not

Prints a table and writes result.json and result.md beside this file. Needs build/glados,
build/bench_seed and `ab` (apache2-utils, a package marked bench). Ends all it started.
"""

import argparse
import json
import os
import re
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
from frame import perform, say, write_result  # noqa: E402
from servers import BASE, KNOWN, Failed  # noqa: E402

CHECKS = ("saturate", "ab", "freeze")
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
        self.body = servers.write_private(os.path.join(self.folder, "body"),
                                          json.dumps({"sii": f"tel:+{BASE + 7}"}))
        self.pair = servers.write_private(
            os.path.join(self.folder, "pair.pem"),
            "".join(open(path, encoding="ascii").read() for path in (self.tls.cert, self.tls.key)))
        say("warming: each of the 100,000 numbers once; waiting for the sweep after the start")
        self.load(*self.mixed(), "--sequential", "--requests", 2 * KNOWN)
        self.glados.swept()

    @staticmethod
    def mixed():
        return "--tel-range", f"{BASE}..{KNOWN}", "--unknown-share", "0.5"

    def single(self):
        return "--body-file", self.body

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

    def ab(self, connections, requests):
        """One run of `ab -k`; {"rate", "mean_us"}."""
        self.glados.refresh()
        with open(self.glados.token_file, encoding="ascii") as file:
            token = file.read().strip()
        command = ["ab", "-q", "-k", "-c", str(connections), "-n", str(requests), "-p", self.body,
                   "-T", "application/json", "-H", f"Authorization: Bearer {token}",
                   "-E", self.pair, f"{self.glados.url()}/v1/lookup"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300, check=False)
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
        return {"rate": figure(r"^Requests per second:\s+([\d.]+)"),
                "mean_us": 1000 * figure(r"^Time per request:\s+([\d.]+) \[ms\] \(mean\)$")}


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


def compare(stage, words, connections):
    ours, theirs = [], []
    count = 0
    for _ in range(words.rounds):
        ours.append(stage.load(*stage.single(), "--connections", connections, "--duration",
                               words.seconds))
        count = count or max(1000, int(ours[0]["rate"] * words.seconds))
        theirs.append(stage.ab(connections, count))
    mine = statistics.median(one["rate"] for one in ours)
    other = statistics.median(one["rate"] for one in theirs)
    mean = statistics.median(one["latency_us"]["mean"] for one in ours)
    their_mean = statistics.median(one["mean_us"] for one in theirs)
    say(f"ab, {connections} connections: glados load {mine:.0f}/s, mean {mean:.0f} us; "
        f"ab -k {other:.0f}/s, mean {their_mean:.0f} us")
    return row(f"requests/s, `glados load` / `ab -k`, {connections} connections",
               f"{mine:,.0f} / {other:,.0f} = {mine / other:.2f} (mean latency "
               f"{mean:.0f} / {their_mean:.0f} us)", "0.9 to 1.1", abs(mine / other - 1) <= AGREE)


def against_ab(stage, words):
    if shutil.which("ab") is None:
        raise Failed("ab is missing; the packages marked bench in packages.list")
    return [compare(stage, words, connections) for connections in words.connections]


def frozen(stage, seconds, *words):
    """A run in whose middle the node stands still."""
    pid = next(child.pid for name, child in stage.glados.box.children.items()
               if name.startswith("node"))

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
    steps = {"saturate": saturate, "ab": against_ab, "freeze": freeze}
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
    parser.add_argument("--connections", default="1,32", help="of the comparison with ab")
    parser.add_argument("--only", default=",".join(CHECKS))
    words = parser.parse_args()
    if words.quick:
        words.rounds, words.seconds = 1, 1
    words.only = words.only.split(",")
    words.connections = [int(one) for one in words.connections.split(",")]
    if set(words.only) - set(CHECKS) or words.rounds < 1 or words.seconds <= 0:
        parser.error("--only takes " + ", ".join(CHECKS))
    return perform(lambda folder: measure(words, folder),
                   (Failed, servers.sandbox.Refused, servers.rest.Unexpected))


if __name__ == "__main__":
    sys.exit(main())
