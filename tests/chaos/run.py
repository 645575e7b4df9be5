#!/usr/bin/env python3
"""Three nodes over a Redis Cluster in a network of their own, which are killed, frozen, cut off and
slowed while callers write and read; then every identifier's history is held to linearizability.

  run.py [--full] [--seed N] [--seconds N]     two minutes, or ten with --full

The last line is "N passed, N failed". Needs root: it makes network namespaces; where it
cannot, it says so and tests its checker alone.
"""

import argparse
import os
import random
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tools")]
sys.dont_write_bytecode = True

import network  # noqa: E402

IDENTIFIERS = 240
IN_BULK = 60
READERS = ("lookup", "lookup", "lookup", "patient lookup", "patient lookup")
WRITERS = 8
# A machine that builds beside the tests starves threads for longer than nodes usually forgive.
SETTINGS = {"VERIFICATION_WAIT_SCALE": "0", "VERIFICATION_SESSIONS_PER_SII_PROVIDER": "1000",
            "VERIFICATION_SESSIONS_PER_SII": "10000", "VERIFICATION_DECISION_WINDOW": "2h",
            "VERIFICATION_GUESSES_PER_DAY": "1000000", "TOKENS_LIFETIME": "2h",
            "CLUSTER_SILENCE": "2s"}


class Scene:
    """What callers need to know of the cluster."""

    def __init__(self, cluster, tokens):
        self.cluster = cluster
        self.tokens = tokens
        self.nodes = list(cluster.numbers())

    def link(self, who, node):
        from clients import Link

        admin = who == "operator"
        base = self.cluster.admin_port if admin else self.cluster.provider_port
        folder = self.cluster.home.at("admin" if admin else "providers", who)
        return Link(self.cluster.url(base, node), self.cluster.home.at("ca.pem"), folder,
                    self.tokens.get(who))


class Verdicts:
    def __init__(self):
        self.passed = self.failed = 0

    def add(self, name, why=""):
        self.passed, self.failed = self.passed + (not why), self.failed + bool(why)
        print(f"{'FAIL' if why else 'PASS'} chaos: {name}" + (f"\n     {why}" if why else ""),
              flush=True)


def say(text):
    print(text, flush=True)


def signed_in(cluster):
    import rest

    tokens = {}
    for name in ("alpha", "beta", "gamma"):
        caller = rest.Client(cluster.base_url, cluster.home.at("ca.pem"),
                             cluster.home.at("providers", name))
        tokens[name] = caller.sign_in(cluster.client(name))["access_token"]
    return tokens


def begin_callers(population, draw):
    from clients import Loader, Reader, Writer

    callers = [Reader(population, draw.random(), patience) for patience in READERS]
    callers += [Writer(population, draw.random()) for _ in range(WRITERS)]
    callers.append(Loader(population, draw.random()))
    threads = []
    for caller in callers:
        def work(caller=caller):
            try:
                caller.run()
            except Exception as why:  # a caller that ends unseen would make the test easier
                population.surprise(f"a caller ended: {type(why).__name__}: {why}")
        threads.append(threading.Thread(target=work, daemon=True))
        threads[-1].start()
    return threads


def judge(population, verdicts):
    """Holds every identifier's history to linearizability."""
    import checker

    began, calls, wrong = time.monotonic(), 0, []
    for what in population.everything():
        calls += len(what.calls)
        try:
            stuck = checker.check(what.calls)
        except checker.Undecided as why:
            stuck = str(why)
        if stuck is not None:
            wrong.append((what, stuck))
    writes = [call for what in population.everything() for call in what.calls
              if call.kind != "lookup"]
    known = sum(call.ended is not None for call in writes)
    say(f"  {calls} calls on {len(population.everything())} identifiers, {known} writes with a "
        f"known outcome, {len(writes) - known} open; checked in {time.monotonic() - began:.1f} s")
    text = f"of {len(wrong)} identifiers it is not" if wrong else ""
    for what, stuck in wrong[:3]:
        rows = sorted(what.calls, key=lambda call: call.begun)
        text += "\n       ".join([f"\n     one stops at {stuck}:", *map(repr, rows[-80:])])
    verdicts.add("every history is linearizable, no acknowledged write is lost", text)
    verdicts.add("enough was written and read under faults",
                 "" if known > 300 and calls > 5_000 else f"only {known} writes, {calls} calls")


def perform(options, folder, verdicts):
    import clients
    import faults
    from cluster import NODE_NAMES, REDIS_NAMES, PlacedCluster
    from home import Home

    os.environ["GLADOS_HOME"] = os.path.join(folder, "home")
    for name, value in SETTINGS.items():
        os.environ["GLADOS_" + name] = value
    draw = random.Random(options.seed)
    net = network.Network(NODE_NAMES + REDIS_NAMES, os.path.join(folder, "places"))
    cluster = PlacedCluster(Home(), net, folder)
    population, threads = None, []
    try:
        cluster.start()
        took, lacking = cluster.wait_whole()
        verdicts.add(f"three nodes over 3 + 3 Redis in {len(net.places)} network namespaces",
                     lacking)
        population = clients.Population(Scene(cluster, signed_in(cluster)), draw, IDENTIFIERS,
                                        IN_BULK)
        threads = begin_callers(population, draw)
        alarmed = threading.Event()
        told, lacking = faults.play(faults.Faults(cluster, net, draw), options.seconds, say,
                                    alarmed)
        verdicts.add(f"whole again after each of {len(told)} faults", lacking)
        end_callers(population, threads)
        silent = clients.look_everywhere(population, draw.random())
        verdicts.add("at the end every node answers for every identifier",
                     f"{len(silent)} times not" if silent else "")
        report(population, told)
        judge(population, verdicts)
        verdicts.add("nothing was answered that no caller expects",
                     "; ".join(sorted(set(population.surprises))[:5]))
    finally:
        if population is not None:
            end_callers(population, threads)
        net.heal()
        cluster.stop()
        net.close()


def end_callers(population, threads):
    population.ending.set()
    for thread in threads:
        thread.join(60)


def report(population, told):
    say("  answers: " + ", ".join(f"{what} {count}"
                                  for what, count in sorted(population.seen.items())))
    if told:
        slowest = max(told, key=lambda one: one[1])
        say(f"  slowest to become whole: {slowest[1]:.1f} s after {slowest[0]}")


def skip_faults(options, verdicts, why):
    """Where no namespaces can be made only the checker is tested, and that is said."""
    import checker_test

    say(f"SKIPPED: nothing is broken on this machine, it makes no network of its own: {why}")
    verdicts.passed, verdicts.failed = checker_test.run(say, options.seed)


def main(words):
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 31))
    parser.add_argument("--seconds", type=int, default=0)
    options = parser.parse_args(words)
    options.seconds = options.seconds or (600 if options.full else 120)
    verdicts = Verdicts()
    try:
        network.enter()
        os.umask(0o077)
        say(f"chaos: seed {options.seed}, {options.seconds} s")
        import checker_test

        good, bad = checker_test.run(say, options.seed)
        verdicts.passed, verdicts.failed = good, bad
        say(f"  the checker was right about {good} of {good + bad} sets of histories")
        folder = tempfile.mkdtemp(prefix="glados-chaos-")
        try:
            perform(options, folder, verdicts)
        finally:
            if verdicts.failed and os.environ.get("CHAOS_KEEP"):
                say(f"  kept: {folder}")
            else:
                shutil.rmtree(folder, ignore_errors=True)
    except network.Unable as why:
        skip_faults(options, verdicts, why)
    except Exception as why:  # whatever it was, it is told in the last line
        verdicts.add("the run came to its end", f"{type(why).__name__}: {why}")
    say(f"{verdicts.passed} passed, {verdicts.failed} failed")
    return 0 if verdicts.failed == 0 else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
