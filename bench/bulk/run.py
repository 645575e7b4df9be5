#!/usr/bin/python3
"""Bulk registration against plain Redis, in one run.

usage: bench/bulk/run.py [--quick] [--rows N] [--part-mib M] [--senders S]

  1  N rows over HTTP into one node                                  rows/s
  2  N more while `glados load` looks up at 1,000/s                  rows/s, p99, refusals
  3  what 1 has stored, as plain HSETs, by `redis-cli --pipe` into
     a Redis of its own with the same settings for durability        rows/s

Prints a Markdown table with the targets of docs/performance.md and writes result.json and
result.md beside this file. Needs build/glados and redis-tools. Ends all it started.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tools"), os.path.dirname(HERE)]
sys.dont_write_bytecode = True

import processes  # noqa: E402
from frame import perform, say, write_result  # noqa: E402
from parts import let_register, register, signed_in  # noqa: E402
from sandbox import GLADOS  # noqa: E402
from stage import Stage, Surprise  # noqa: E402

PROVIDER = "alpha"
FIRST = 14_152_000_000
KNOWN = 20_000
RATE = 1_000


def parts_of(first, count, size):
    """Contents of at most `size` bytes, made beforehand: making them is not measured."""
    out, lines, length = [], [], 0
    for number in range(first, first + count):
        line = b'{"sii":"tel:+%d","user_id":"user-%d"}\n' % (number, number)
        if length + len(line) > size:
            out.append(b"".join(lines))
            lines, length = [], 0
        lines.append(line)
        length += len(line)
    return out + [b"".join(lines)]


class Node:
    """The sandbox that is measured, and its provider."""

    def __init__(self, stage):
        self.stage = stage
        self.pid = self._process("node-1")
        let_register(stage, PROVIDER)
        stage.operator("operator").need(200, "PATCH", f"/admin/v1/providers/{PROVIDER}",
                                        {"overrides": {"lookup_daily": 1_000_000_000}})
        self.caller = signed_in(stage, PROVIDER, "bulk")

    def _process(self, name):
        with open(self.stage.at(".processes.json"), encoding="utf-8") as file:
            return json.load(file)[name]["pid"]

    def peak_mib(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))

    def cpu_seconds(self):
        total = 0
        for pid in (self.pid, self._process("redis")):
            with open(f"/proc/{pid}/stat", "rb") as file:
                fields = file.read().rsplit(b")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def send(self, contents, senders):
        """Registers all contents as the parts of one job; seconds."""
        self.caller.sign_in(self.stage.client(PROVIDER))
        return register(self.caller, contents, senders)

    def lookups(self, *how):
        """`glados load` for the known numbers; what it printed comes with `ended`."""
        token = self.stage.at("bench-token")
        processes.write_atomically(token, self.caller.token)
        at = self.stage.at
        return subprocess.Popen(
            [GLADOS, "load", "--json", "--url", self.stage.node()["base_url"], "--ca",
             at("ca.pem"), "--cert", at("providers", PROVIDER, "cert.pem"), "--key",
             at("providers", PROVIDER, "key.pem"), "--bearer-file", token, "--tel-range",
             f"{FIRST}..{KNOWN}", "--connections", "32", *how],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(load):
    out, said = load.communicate(timeout=300)
    if load.returncode != 0:
        raise Surprise(f"glados load: {said.strip() or out.strip()}")
    return json.loads(out)


# --- plain Redis ---------------------------------------------------------------------------------

class Wire:
    """A few commands to a Redis by its socket, pipelined."""

    def __init__(self, path):
        self.link = socket.socket(socket.AF_UNIX)
        self.link.settimeout(60)
        self.link.connect(path)
        self.file = self.link.makefile("rb", buffering=1 << 20)

    def ask(self, commands):
        self.link.sendall(b"".join(encoded(words) for words in commands))
        return [self.answer() for _ in commands]

    def answer(self):
        line = self.file.readline().rstrip(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        if kind == b"$":
            if rest == b"-1":
                return None
            out = self.file.read(int(rest))
            self.file.read(2)
            return out
        if kind == b"-":
            raise Surprise(f"Redis: {rest.decode()}")
        return rest

    def close(self):
        self.file.close()
        self.link.close()


def encoded(words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def stored_rows(path, to):
    """Writes an HSET for every mapping record that this Redis holds; how many."""
    wire = Wire(path)
    cursor, keys = b"0", set()
    while True:
        cursor, found = wire.ask([(b"SCAN", cursor, b"MATCH", b"{s*}:m:*", b"COUNT", b"5000")])[0]
        keys.update(found)
        if cursor == b"0":
            break
    keys = sorted(keys)
    rows = 0
    with open(to, "wb") as file:
        for at in range(0, len(keys), 1000):
            some = keys[at:at + 1000]
            for key, pairs in zip(some, wire.ask([(b"HGETALL", key) for key in some])):
                for i in range(0, len(pairs), 2):
                    file.write(encoded((b"HSET", key, pairs[i], pairs[i + 1])))
                    rows += 1
    wire.close()
    return rows


def plain_redis(folder, commands):
    """Seconds that redis-cli --pipe takes to load the file into a Redis of its own."""
    path = os.path.join(folder, "plain.sock")
    child = processes.start(
        ["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "yes",
         "--appendfsync", "always", "--hash-max-listpack-entries", "128",
         "--hash-max-listpack-value", "512", "--dir", folder], os.path.join(folder, "plain.log"))
    try:
        limit = time.monotonic() + 20
        while not os.path.exists(path):
            if time.monotonic() > limit:
                raise Surprise("the plain Redis did not start")
            time.sleep(0.05)
        with open(commands, "rb") as file:
            began = time.monotonic()
            done = subprocess.run(["redis-cli", "-s", path, "--pipe"], stdin=file,
                                  capture_output=True, text=True, timeout=600, check=False)
            took = time.monotonic() - began
        if "errors: 0" not in done.stdout:
            raise Surprise(f"redis-cli --pipe: {done.stdout.strip()} {done.stderr.strip()}")
        return took
    finally:
        processes.end({"pid": child.pid}, 10, child)


# --- the run -------------------------------------------------------------------------------------

def measure(words, stage, folder):
    size = words.part_mib << 20
    node = Node(stage)
    say(f"the {KNOWN} numbers that are looked up")
    node.send(parts_of(FIRST, KNOWN, size), 1)
    say(f"1: {words.rows} rows alone")
    contents = parts_of(FIRST + 10_000_000, words.rows, size)
    cpu = node.cpu_seconds()
    alone = node.send(contents, words.senders)
    cpu = node.cpu_seconds() - cpu
    say(f"   {words.rows / alone:,.0f} rows/s, {cpu / words.rows * 1e6:.1f} us of CPU a row")
    commands = os.path.join(folder, "commands")
    held = stored_rows(stage.at("redis", "redis.sock"), commands)
    say(f"2: {words.rows} rows while looking up at {RATE}/s")
    contents = parts_of(FIRST + 20_000_000, words.rows, size)
    ended(node.lookups("--sequential", "--requests", str(KNOWN)))
    load = node.lookups("--rate", str(RATE), "--warm-up", "0.5", "--duration",
                        f"{max(1.0, alone * 0.9):.1f}")
    beside = node.send(contents, words.senders)
    found = ended(load)
    peak = node.peak_mib()
    say(f"   {words.rows / beside:,.0f} rows/s, p50 {found['latency_us']['p50'] / 1000:.1f} ms, "
        f"p99 {found['latency_us']['p99'] / 1000:.1f} ms, "
        f"{found['status']}, peak {peak:.0f} MiB")
    say(f"3: {held} HSETs by redis-cli --pipe")
    plain = plain_redis(folder, commands)
    say(f"   {held / plain:,.0f} rows/s")
    return {"rows": words.rows, "rows_per_second": words.rows / alone,
            "rows_per_second_beside_lookups": words.rows / beside,
            "cpu_us_a_row": cpu / words.rows * 1e6, "plain_hsets_per_second": held / plain,
            "ratio": words.rows / alone / (held / plain), "peak_mib": peak,
            "lookup_p99_ms": found["latency_us"]["p99"] / 1000,
            "lookups": found["requests"], "lookup_status": found["status"],
            "lookups_failed": sum(found["errors"].values())}


def table(got):
    refused = got["lookups_failed"] + sum(count for status, count in got["lookup_status"].items()
                                          if status != "200")
    rows = [("rows/s over HTTP", f"{got['rows_per_second']:,.0f}", ">= 40,000",
             got["rows_per_second"] >= 40_000),
            ("plain HSETs/s, redis-cli --pipe", f"{got['plain_hsets_per_second']:,.0f}", "", None),
            ("ratio", f"{got['ratio']:.2f}", ">= 0.5", got["ratio"] >= 0.5),
            ("CPU a row, node and Redis, us", f"{got['cpu_us_a_row']:.1f}", "", None),
            ("rows/s beside 1,000 lookups/s", f"{got['rows_per_second_beside_lookups']:,.0f}", "",
             None),
            ("lookups' p99 meanwhile, ms", f"{got['lookup_p99_ms']:.1f}", "< 20",
             got["lookup_p99_ms"] < 20),
            ("lookups refused or failed", f"{refused} of {got['lookups']:,}", "0", refused == 0),
            ("peak memory of the node, MiB", f"{got['peak_mib']:.0f}", "< 300",
             got["peak_mib"] < 300)]
    lines = ["| | measured | target | |", "|---|---|---|---|"]
    for name, value, target, met in rows:
        verdict = "" if met is None else "met" if met else "missed"
        lines.append(f"| {name} | {value} | {target} | {verdict} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="50,000 rows: does it still run?")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--part-mib", type=int, default=4)
    parser.add_argument("--senders", type=int, default=2)
    words = parser.parse_args()
    if words.quick:
        words.rows = 50_000
    stage = Stage()

    def work(folder):
        stage.open()
        got = measure(words, stage, folder)
        text = table(got)
        write_result(HERE, got, text)
        return text

    return perform(work, (Surprise,), stage.close)


if __name__ == "__main__":
    sys.exit(main())
