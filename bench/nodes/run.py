#!/usr/bin/python3
"""What a lookup costs over one, two and three nodes, in one run.

usage: bench/nodes/run.py [--quick] [--rounds N] [--seconds S] [--connections N,N] [--batch N]
                          [--threads N]

Clusters of one, two and three nodes stand side by side, each over its own Redis, filled with the
same 50,000 mappings. The same client asks each in turn, with the same number of connections shared
out over its nodes; half of the requests ask for unknown numbers. Of n nodes, n - 1 in n requests
reach a node that does not own the shard. CPU is that of all nodes and Redis, user and system.
Before that the sweeps that follow a start are through, which cost as much for few requests as for
many. Rounds are interleaved (1 2 3 1 2 3 ...), the medians count. Prints a Markdown table and the
ratios against the target of docs/performance.md, and writes result.json and result.md beside this
file.
--batch sets cluster.batch: with 1 every lookup travels alone. --threads sets http.threads of all
nodes: one each, as the nodes share the cores of one machine here, where elsewhere each has its own.
Needs build/glados and build/bench_seed. Ends all it started.
"""

import argparse
import os
import socket
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "lookup")]

import run as lookup  # noqa: E402
import servers  # noqa: E402
from frame import perform, say, write_result  # noqa: E402
from servers import BASE, KNOWN, Failed  # noqa: E402

SIZES = (1, 2, 3)
BOUND = 1.8
SETTLE_SECONDS = 60


def free_base(count):
    """A port from which node 1 to `count` find theirs free, ten apart as the sandbox wants them."""
    while True:
        base = servers.free_port()
        try:
            for number in range(count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", base + 10 * number))
            return base
        except (OSError, OverflowError):
            continue


class ClusterBox(servers.SeededSandbox):
    """The first node finds the directory filled; the others find it so, too."""

    def start_node(self, number):
        if number == 1:
            super().start_node(number)
        else:
            servers.sandbox.Sandbox.start_node(self, number)


class Cluster(servers.Glados):
    """`nodes` nodes over one Redis."""

    def __init__(self, folder, nodes):
        servers.Server.__init__(self)
        self.mark, self.nodes = str(nodes), nodes
        provider = free_base(nodes)
        admin = free_base(nodes)
        os.environ.update(GLADOS_HOME=folder, GLADOS_PROVIDER_PORT=str(provider),
                          GLADOS_ADMIN_PORT=str(admin))
        self.box = ClusterBox(servers.Home(), nodes)
        self.port = provider
        self.token_file = os.path.join(folder, "bench-token")

    def url(self):
        return ",".join(self.box.url(self.box.provider_port, number)
                        for number in self.box.numbers())

    def shards(self):
        """Shards by node, once every one has an owner and none is on its way; else nothing."""
        view = self.box.admin("operator").call("GET", "/admin/v1/cluster").json()
        owned = [node["shards_owned"] for node in view["nodes"]]
        still = view["shards_unowned"] == 0 and view["moves_under_way"] == 0
        return owned if still and len(owned) == self.nodes and min(owned) > 0 else []

    def settle(self):
        limit = time.monotonic() + SETTLE_SECONDS
        while not self.shards():
            if time.monotonic() > limit:
                raise Failed(f"{self.nodes} nodes did not share out the shards")
            time.sleep(0.1)
        return self.shards()


def measure(words, folder):
    clusters, found = [], {}
    try:
        for nodes in SIZES:
            say(f"starting {nodes}")
            clusters.append(Cluster(os.path.join(folder, str(nodes)), nodes))
            clusters[-1].start()
        for at in clusters:
            say(f"  {at.nodes}: shards {at.settle()}")
            at.tls = servers.Tls(at.box.home, os.path.join(folder, f"tls-{at.nodes}"))
            load(at, 32, "--sequential", "--requests", str(2 * KNOWN))
        say("waiting for the end of the sweeps that follow a start")
        for at in clusters:
            at.swept()
        for connections in words.connections:
            for number in range(1, words.rounds + 1):
                for at in clusters:
                    got = load(at, connections, "--warm-up", "1", "--duration",
                               str(words.seconds), "--seed", str(number))
                    found.setdefault((connections, at.nodes), []).append(got)
                    say(f"  {connections} connections, round {number}, {at.nodes} nodes: "
                               f"{got['rate']:8.0f}/s, server CPU "
                               f"{got['server_cpu_us_per_request']:5.1f} us, p50 "
                               f"{got['latency_us']['p50']:.0f} us, p99 "
                               f"{got['latency_us']['p99']:.0f} us")
        return found
    finally:
        for at in reversed(clusters):
            at.stop()


def load(at, connections, *more):
    lookup.CONNECTIONS = connections
    return lookup.load(at, at.tls, *more)


def summarise(found):
    out = []
    for (connections, nodes), rounds in sorted(found.items()):
        alone = found[(connections, SIZES[0])]
        cpu = lookup.median(rounds, "server_cpu_us_per_request")
        one = lookup.median(alone, "server_cpu_us_per_request")
        row = {"connections": connections, "nodes": nodes, "cpu_us": round(cpu, 2),
               "ratio": round(cpu / one, 3), "rate": round(lookup.median(rounds, "rate")),
               "p50_us": lookup.median(rounds, "latency_us", "p50"),
               "p99_us": lookup.median(rounds, "latency_us", "p99")}
        if nodes > 1:  # what a request that must go to another node costs more
            row["hop_us"] = round((cpu - one) / (1 - 1 / nodes), 2)
        out.append(row)
    return out


def table(rows):
    lines = ["| connections | nodes | server CPU us/lookup | over one node | a hop, us "
             "| requests/s | p50, p99 us |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        lines.append(f"| {row['connections']} | {row['nodes']} | {row['cpu_us']:.1f} "
                     f"| {row['ratio']:.2f} | {row.get('hop_us', '')} | {row['rate']:,} "
                     f"| {row['p50_us']:.0f}, {row['p99_us']:.0f} |")
    for row in rows:
        if row["nodes"] == SIZES[-1]:
            lines.append("")
            lines.append(f"CPU of {row['nodes']} nodes over that of one, {row['connections']} "
                         f"connections: {row['ratio']:.2f}, target <= {BOUND}: "
                         + ("met" if row["ratio"] <= BOUND else "MISSED"))
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round of 2 s: a smoke test")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", default="32,96,384",
                        type=lambda text: [int(word) for word in text.split(",")])
    parser.add_argument("--batch", type=int, help="cluster.batch of all nodes")
    parser.add_argument("--threads", type=int, default=1, help="http.threads of all nodes")
    words = parser.parse_args()
    if words.quick:
        words.rounds, words.seconds, words.connections = 1, 2, [32]
    if words.rounds < 1 or words.seconds < 1 or min(words.connections) < SIZES[-1]:
        parser.error(f"at least one round, one second, {SIZES[-1]} connections")
    if words.batch:
        os.environ["GLADOS_CLUSTER_BATCH"] = str(words.batch)
    os.environ["GLADOS_HTTP_THREADS"] = str(words.threads)

    def work(folder):
        rows = summarise(measure(words, folder))
        text = table(rows)
        write_result(HERE, {"batch": words.batch, "threads": words.threads, "rows": rows}, text)
        return text

    return perform(work, servers.FAILURES)


if __name__ == "__main__":
    sys.exit(main())
