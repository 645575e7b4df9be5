#!/usr/bin/python3
"""How much a mapping takes, in Redis and as a live actor, and what many of them cost.

usage: bench/capacity/run.py [--quick] [--largest N] [--rounds N] [--seconds S] [--only WORDS]

  redis   memory a mapping, at 10^4, 10^6 and 10^7 of them: INFO before and after
  actors  memory a live mapping actor with its record: a node's before and after 10^6 were asked for
  cap     a node told to stay under 256 MiB of actors, over a scan of all of them, one by one
  hot     lookups of the same 10^4 identifiers among 10^4 and among 10^7, in turns; then of all

Redis runs with the settings of docs/operations.md, but keeps nothing on disk. Prints Markdown
tables, and writes result.json and result.md beside this file. Needs build/glados and
build/bench_seed, and 6 GiB of memory for 10^7. Ends all it started.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "lookup")]

import run as lookup  # noqa: E402
import servers  # noqa: E402
from frame import perform, say, write_result  # noqa: E402
from servers import BASE, PROVIDER, Failed  # noqa: E402

HOT = 10_000
CAP = 256 * 2**20
PIECE = 1_000_000
SEED_SECONDS = 900
SCAN_SECONDS = 3600
FREED_SECONDS = 13
PARTS = ("redis", "actors", "cap", "hot")


def resident(pid):
    """Bytes of memory that a process has now."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def settled(pid):
    """The same, once the allocator has given back what is free (jemalloc, after 10 s)."""
    time.sleep(FREED_SECONDS)
    return resident(pid)


class Box(servers.sandbox.Sandbox):
    """A sandbox whose Redis keeps nothing on disk and holds `known` mappings before its node
    starts."""

    known = 0
    packed = 128  # entries of a hash that stay packed
    grown = {}

    def start_node(self, number):
        self.ask_redis("CONFIG", "SET", "appendonly", "no")
        self.ask_redis("CONFIG", "SET", "hash-max-listpack-entries", str(self.packed))
        before = self.memory()
        done = subprocess.run([servers.program("bench_seed"), self.redis.socket,
                               self.home.at("keys"), PROVIDER, str(BASE), str(self.known)],
                              capture_output=True, text=True, timeout=SEED_SECONDS, check=False)
        if done.returncode != 0:
            raise Failed(done.stderr.strip() or "bench_seed failed")
        after = self.memory()
        self.grown = {name: after[name] - before[name]
                      for name in ("used_memory", "used_memory_rss")}
        super().start_node(number)

    def ask_redis(self, *words):
        done = subprocess.run(["redis-cli", "-s", self.redis.socket, *words], capture_output=True,
                              text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise Failed(f"redis-cli {words[0]}: {done.stderr.strip()}")
        return done.stdout

    def memory(self):
        lines = (line.split(":", 1) for line in self.ask_redis("INFO", "memory").splitlines()
                 if ":" in line)
        return {name: int(value) if value.isdigit() else value for name, value in lines}


class Node(servers.Glados):
    """One node over `known` mappings, under these settings."""

    def __init__(self, folder, known, settings):
        servers.Server.__init__(self)
        self.mark, self.title = str(known), f"{known:,} mappings"
        self.environment = {f"GLADOS_{name}": str(value) for name, value in settings.items()}
        os.environ.update(GLADOS_HOME=folder, GLADOS_PROVIDER_PORT=str(servers.free_port()),
                          GLADOS_ADMIN_PORT=str(servers.free_port()))
        self.box = Box(servers.Home())
        self.box.known = known
        self.port = self.box.provider_port
        self.token_file = os.path.join(folder, "bench-token")

    def start(self):
        os.environ.update(self.environment)
        try:
            self.box.start()
        finally:
            for name in self.environment:
                del os.environ[name]
        self.tls = servers.Tls(self.box.home, self.box.home.at("bench-tls"))

    @property
    def pid(self):
        return self.box.children["node-1"].pid

    def live(self):
        """Mapping actors that the node says are live."""
        text = self.box.admin("operator").call("GET", "/metrics").body.decode()
        for line in text.splitlines():
            if line.startswith('glados_actors{kind="mapping"}'):
                return int(float(line.split()[-1]))
        raise Failed("the node does not say how many mappings are live")

    def ask(self, first, count, *more):
        """Lookups of the `count` numbers from `first` on, all known."""
        self.refresh()
        done = subprocess.run(
            [servers.sandbox.GLADOS, "load", "--json", "--url", self.url(), "--ca", self.tls.ca,
             "--cert", self.tls.cert, "--key", self.tls.key, "--connections", "32",
             "--tel-range", f"{first}..{count}", "--bearer-file", self.token_file,
             "--pids", ",".join(map(str, self.pids())), *more],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SCAN_SECONDS,
            check=False)
        if done.returncode != 0:
            raise Failed(done.stderr.strip() or done.stdout.strip())
        found = json.loads(done.stdout)
        if set(found["status"]) != {"200"}:
            raise Failed(f"answers: {found['status']}")
        return found

    def scan(self, first, count):
        """Each of `count` numbers once, within the life of one token at a time."""
        for base in range(first, first + count, PIECE):
            part = min(PIECE, first + count - base)
            self.ask(base, part, "--sequential", "--requests", str(part))


class Watch:
    """The most memory that a process had meanwhile."""

    def __init__(self, pid):
        self.pid, self.most, self.ending = pid, 0, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.ending.wait(0.2):
            self.most = max(self.most, resident(self.pid))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()


def measure_redis(words, folder, out):
    runs = [(count, 128) for count in sorted({HOT, min(10**6, words.largest), words.largest})]
    # Past 128 a hash, that is 33 million in all, Redis unpacks them: seen here by packing fewer.
    for count, packed in [*runs, (words.largest, 1)]:
        node = Node(os.path.join(folder, f"redis-{count}-{packed}"), count, {})
        node.box.packed = packed
        try:
            node.start()
            got = node.box.grown
            row = {"mappings": count, "packed": packed > 1,
                   "used_bytes": round(got["used_memory"] / count, 1),
                   "rss_bytes": round(got["used_memory_rss"] / count, 1)}
            out.setdefault("redis", []).append(row)
            say(f"  redis: {row}")
        finally:
            node.stop()


def measure_actors(words, folder, out):
    count = min(10**6, words.largest)
    node = Node(os.path.join(folder, "actors"), count,
                {"ACTORS_MAX_ENTITIES": 2 * count, "ACTORS_MEMORY_CAP": "16GiB"})
    try:
        node.start()
        node.scan(BASE, 2000)  # what serving takes beside actors
        before, alive = settled(node.pid), node.live()
        node.scan(BASE, count)
        after, live = settled(node.pid), node.live()
        out["actors"] = {"live": live, "bytes": round((after - before) / (live - alive)),
                         "node_before": before}
        say(f"  actors: {out['actors']}")
    finally:
        node.stop()


def measure_cap(words, folder, out):
    node = Node(os.path.join(folder, "cap"), words.largest,
                {"ACTORS_MAX_ENTITIES": 10**8, "ACTORS_MEMORY_CAP": "256MiB"})
    try:
        node.start()
        node.scan(BASE, 2000)
        before, began = resident(node.pid), time.monotonic()
        with Watch(node.pid) as seen:
            node.scan(BASE, words.largest)
        took = time.monotonic() - began
        out["cap"] = {"scanned": words.largest, "grown": seen.most - before, "live": node.live(),
                      "rate": round(words.largest / took), "node_most": seen.most}
        say(f"  cap: {out['cap']}")
    finally:
        node.stop()


def measure_hot(words, folder, out):
    room = {"ACTORS_MAX_ENTITIES": 100_000}
    few = Node(os.path.join(folder, "few"), HOT, room)
    many = Node(os.path.join(folder, "many"), words.largest, room)
    kinds = (("few", few, HOT), ("hot", many, HOT), ("all", many, words.largest))
    found = {name: [] for name, _, _ in kinds}
    try:
        few.start()
        many.start()
        for node in (few, many):
            node.scan(BASE, HOT)
        for number in range(1, words.rounds + 1):
            for name, node, count in kinds:
                got = node.ask(BASE, count, "--warm-up", "1", "--duration", str(words.seconds),
                               "--seed", str(number))
                found[name].append(got)
                say(f"  {name}, round {number}: {got['rate']:8.0f}/s, server CPU "
                           f"{got['server_cpu_us_per_request']:5.1f} us, p99 "
                           f"{got['latency_us']['p99']:.0f} us")
            many.scan(BASE, HOT)  # live again, after all were asked for
    finally:
        many.stop()
        few.stop()
    rows = {name: {"rate": round(lookup.median(rounds, "rate")),
                   "cpu_us": round(lookup.median(rounds, "server_cpu_us_per_request"), 1),
                   "p99_us": lookup.median(rounds, "latency_us", "p99")}
            for name, rounds in found.items()}
    out["hot"] = {"mappings": words.largest, **rows,
                  "ratio": round(rows["hot"]["rate"] / rows["few"]["rate"], 3)}


def table(found):
    lines = ["| what | measured | target | |", "|---|---|---|---|"]

    def row(what, measured, target="", met=None):
        lines.append(f"| {what} | {measured} | {target} | "
                     + ("" if met is None else "met" if met else "MISSED") + " |")
    for at in found.get("redis", []):
        row(f"Redis, bytes a mapping, {at['mappings']:,} of them"
            + ("" if at["packed"] else ", not packed"),
            f"{at['used_bytes']:.0f} (resident {at['rss_bytes']:.0f})",
            *(("<= 160", at["used_bytes"] <= 160) if at["packed"] else ()))
    if "actors" in found:
        at = found["actors"]
        row(f"a live mapping actor with its record, of {at['live']:,}", f"{at['bytes']:,} bytes",
            "<= 1,638", at["bytes"] <= 1638)
    if "cap" in found:
        at = found["cap"]
        row(f"growth of a node under a cap of 256 MiB, {at['scanned']:,} asked for one by one",
            f"{at['grown'] / 2**20:.0f} MiB ({at['live']:,} live, {at['rate']:,}/s)", "<= 256 MiB",
            at["grown"] <= CAP)
    if "hot" in found:
        at = found["hot"]
        row(f"requests/s, 10,000 hot ones among {at['mappings']:,} / among 10,000",
            f"{at['hot']['rate']:,} / {at['few']['rate']:,} = {at['ratio']:.2f}", ">= 0.9",
            at["ratio"] >= 0.9)
        for name, what in (("few", "10,000 of 10,000"), ("hot", f"10,000 of {at['mappings']:,}"),
                           ("all", f"all of {at['mappings']:,}, uniform")):
            row(f"asked for {what}: requests/s, server CPU us, p99 us",
                f"{at[name]['rate']:,}, {at[name]['cpu_us']:.1f}, {at[name]['p99_us']:.0f}")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="10^5 mappings: does it still run?")
    parser.add_argument("--largest", type=int, default=10**7)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--only", default=",".join(PARTS), type=lambda text: text.split(","))
    words = parser.parse_args()
    if words.quick:
        words.largest, words.rounds, words.seconds = 10**5, 1, 2
    if set(words.only) - set(PARTS) or not HOT < words.largest <= 10**7:
        parser.error(f"--only takes words of {PARTS}; --largest is above {HOT}, at most 10^7")
    steps = {"redis": measure_redis, "actors": measure_actors, "cap": measure_cap,
             "hot": measure_hot}

    def work(folder):
        found, text = {}, ""
        for name in PARTS:
            if name in words.only:
                say(name)
                steps[name](words, folder, found)
                text = table(found)
                write_result(HERE, found, text)
        return text

    return perform(work, servers.FAILURES)


if __name__ == "__main__":
    sys.exit(main())
