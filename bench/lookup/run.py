#!/usr/bin/python3
"""Lookups side by side: GLADOS, its bare front end, and nginx + Lua, in one run.

usage: bench/lookup/run.py [--quick] [--rounds N] [--seconds S] [--only abcd] [--profile]

  a  GLADOS over a warm directory        c  nginx + Lua + Redis
  b  our front end with a fixed reply    d  nginx + Lua + shared dictionary

Half of the requests ask for unknown numbers among 100,000. Rounds are short and interleaved (a b c
d, d c b a, ...): a ratio is taken within each round, whose parts see the same neighbours on the
host, and the median of the rounds counts. Prints a Markdown table and the ratios against the
targets of docs/performance.md, and writes result.json and result.md beside this file. Needs
build/glados, build/bench_fixed_reply, build/bench_seed and the packages marked bench. Ends all it
started.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import servers  # noqa: E402
from frame import perform, say, write_result  # noqa: E402
from servers import BASE, KNOWN, Failed  # noqa: E402

CONNECTIONS = 32
HALF_ROUNDS = 25  # of a second each, at half the peak


def load(server, tls, *more, patience=120):
    """One run of `glados load` against a server; what it printed."""
    server.refresh()
    command = [servers.sandbox.GLADOS, "load", "--json", "--url", server.url(), "--ca", tls.ca,
               "--cert", tls.cert, "--key", tls.key, "--connections", str(CONNECTIONS),
               "--tel-range", f"{BASE}..{KNOWN}", "--unknown-share", "0.5",
               "--pids", ",".join(map(str, server.pids())), *more]
    if server.token_file:
        command += ["--bearer-file", server.token_file]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=patience, check=False)
    if done.returncode != 0:
        raise Failed(f"{server.mark}: {done.stderr.strip() or done.stdout.strip()}")
    found = json.loads(done.stdout)
    del found["histogram_us"], found["over_time"]  # more than a result file needs
    check(server, found)
    return found


def check(server, found):
    """A fast wrong answer is no answer."""
    wanted = {"200"} if server.mark == "b" else {"200", "404"}
    failed = {name: count for name, count in found["errors"].items() if count and name != "unsent"}
    if set(found["status"]) != wanted or failed:
        raise Failed(f"{server.mark} answered {found['status']}, failed {failed}")
    if server.mark != "b" and not 0.45 < found["status"]["404"] / found["requests"] < 0.55:
        raise Failed(f"{server.mark} found too many or too few: {found['status']}")


def in_turn(contenders, number):
    """So that nobody always comes after the same one, or first."""
    return contenders if number % 2 else contenders[::-1]


def peaks(contenders, tls, rounds, seconds):
    found = {server.mark: [] for server in contenders}
    for number in range(1, rounds + 1):
        for server in in_turn(contenders, number):
            got = load(server, tls, "--warm-up", "1", "--duration", str(seconds),
                       "--seed", str(number))
            found[server.mark].append(got)
            say(f"  round {number} {server.mark}: {got['rate']:8.0f}/s, server CPU "
                f"{got['server_cpu_us_per_request']:5.1f} us, client CPU "
                f"{got['client_cpu_us_per_request']:4.1f} us, "
                f"p99 {got['latency_us']['p99']:.0f} us")
    return found


def half_loads(contenders, tls, rounds, rates):
    """Many rounds of a second: what stops the whole machine for some milliseconds, as the host of
    a virtual one does, falls into some of them and not into the middle one."""
    found = {server.mark: [] for server in contenders}
    for number in range(1, rounds + 1):
        for server in in_turn(contenders, number):
            got = load(server, tls, "--warm-up", "1", "--duration", "1", "--seed", str(number),
                       "--rate", f"{rates[server.mark] / 2:.0f}")
            found[server.mark].append(got)
    for server in contenders:
        tails = sorted(got["latency_us"]["p99"] for got in found[server.mark])
        say(f"  {server.mark} at {rates[server.mark] / 2:.0f}/s, {rounds} rounds of 1 s: p99 "
            f"{tails[0]:.0f} to {tails[-1]:.0f} us, median {statistics.median(tails):.0f}, unsent "
            f"{sum(got['errors']['unsent'] for got in found[server.mark])}")
    return found


def picked(rows, path):
    for name in path:
        rows = [row[name] for row in rows]
    return rows


def median(rows, *path):
    return statistics.median(picked(rows, path))


# By column: whether of the rounds at half the peak, and where it stands in what a round found.
COLUMNS = {
    "rate": (False, ("rate",)),
    "server_cpu_us": (False, ("server_cpu_us_per_request",)),
    "client_cpu_us": (False, ("client_cpu_us_per_request",)),
    "p99_us": (False, ("latency_us", "p99")),
    "half_p50_us": (True, ("latency_us", "p50")),
    "half_p99_us": (True, ("latency_us", "p99")),
}


def summarise(contenders, at_peak, at_half):
    rows = {}
    for server in contenders:
        rows[server.mark] = {"what": server.title}
        for column, (half, path) in COLUMNS.items():
            found = (at_half if half else at_peak).get(server.mark)
            if found:
                rows[server.mark][column] = median(found, *path)
    return rows


# What is compared, of whom, the column to compare, the bound, whether more is better.
TARGETS = (
    ("requests/s, a / b", "a", "b", "rate", 0.75, True),
    ("requests/s, a / c", "a", "c", "rate", 1.3, True),
    ("server CPU a request, a / b", "a", "b", "server_cpu_us", 1.4, False),
    ("server CPU a request, a / d", "a", "d", "server_cpu_us", 1.5, False),
    ("p99 at half the peak, a / b", "a", "b", "half_p99_us", 2.0, False),
)


def ratios(at_peak, at_half):
    out = []
    for name, over, under, column, bound, more in TARGETS:
        half, path = COLUMNS[column]
        found = at_half if half else at_peak
        if over not in found or under not in found:
            continue
        each = sorted(one / other for one, other in zip(picked(found[over], path),
                                                        picked(found[under], path)))
        ratio = statistics.median(each)
        met = ratio >= bound if more else ratio <= bound
        low, high = each[len(each) // 4], each[-1 - len(each) // 4]
        out.append({"name": name, "ratio": round(ratio, 3), "half_of_rounds": [low, high],
                    "bound": bound, "at_least": more, "met": met})
    return out


def stalls(seconds=4):
    """How often the machine itself stands still: gaps of a loop that only reads the clock, while
    the servers are idle. What it sees, every server's tail has, too."""
    gaps, begun = [], time.perf_counter()
    last = begun
    while last - begun < seconds:
        now = time.perf_counter()
        if now - last > 0.001:
            gaps.append(now - last)
        last = now
    return {"seconds": seconds, "over_1_ms": len(gaps),
            "longest_ms": round(1000 * max(gaps, default=0), 1)}


def table(rows, found):
    lines = ["| | what | requests/s | server CPU us/request | client CPU us/request | p99 us "
             "| p50, p99 us at half the peak |", "|---|---|---|---|---|---|---|"]
    for mark, row in rows.items():
        half = f"{row['half_p50_us']:.0f}, {row['half_p99_us']:.0f}" if "half_p99_us" in row else ""
        lines.append(f"| {mark} | {row['what']} | {row['rate']:,.0f} | {row['server_cpu_us']:.1f} "
                     f"| {row['client_cpu_us']:.1f} | {row['p99_us']:.0f} | {half} |")
    lines += ["", "| ratio | measured | half of the rounds between | target | |",
              "|---|---|---|---|---|"]
    for row in found:
        sign = ">=" if row["at_least"] else "<="
        low, high = row["half_of_rounds"]
        lines.append(f"| {row['name']} | {row['ratio']:.2f} | {low:.2f} and {high:.2f} "
                     f"| {sign} {row['bound']} | {'met' if row['met'] else 'missed'} |")
    return "\n".join(lines) + "\n"


def symbol_name(text):
    """Without template arguments, which fill pages."""
    out, depth = "", 0
    for char in text:
        depth += char == "<"
        if depth == 0:
            out += char
        depth -= char == ">" and depth > 0
    return out.strip()[:70]


def perf_rows(record, *sort):
    done = subprocess.run(["perf", "report", "-i", record, "--stdio", "--no-children", "-g", "none",
                           "--percent-limit", "0.5", "-w", "0", "-F", "overhead," + ",".join(sort),
                           "-t", "@"], capture_output=True, text=True, timeout=300, check=False)
    for line in done.stdout.splitlines():
        cells = [cell.strip() for cell in line.split("@")]
        if len(cells) > 1 and not line.startswith("#"):
            yield cells


def profile(server, tls, folder, seconds):
    """Where the time of GLADOS goes, by library and by function, their own share: from perf."""
    record = os.path.join(folder, "perf.data")
    with subprocess.Popen(["perf", "record", "-q", "-g", "-F", "1999", "-o", record, "-p",
                           str(server.box.children["node-1"].pid)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as perf:
        try:
            load(server, tls, "--duration", str(max(seconds, 5)), "--seed", "99")
        finally:
            perf.send_signal(signal.SIGINT)
            perf.wait(timeout=30)
    lines = ["| share | where |", "|---|---|"]
    lines += [f"| {share} | {where} |" for share, where in perf_rows(record, "dso")]
    lines += ["", "| share | function | of |", "|---|---|---|"]
    for share, where, symbol in list(perf_rows(record, "dso", "symbol"))[:40]:
        lines.append(f"| {share} | `{symbol_name(symbol[4:])}` | {where} |")  # "[.] " in front
    with open(os.path.join(servers.HERE, "profile.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    say("  wrote bench/lookup/profile.md")


def measure(chosen, words, folder):
    glados = servers.Glados(os.path.join(folder, "glados"))
    started = [glados]
    try:
        say("starting (GLADOS first: its sandbox makes the certificates of all)")
        glados.start()
        tls = servers.Tls(glados.box.home, os.path.join(folder, "tls"))
        others = [servers.FixedReply(tls, folder),
                  servers.NginxRedis(tls, os.path.join(folder, "c")),
                  servers.NginxDictionary(tls, os.path.join(folder, "d"))]
        contenders = [s for s in (glados, *others) if s.mark in chosen]
        for server in contenders:
            if server is not glados:
                started.append(server)
                server.start()
        if glados in contenders:
            say("warming a: each of the 100,000 numbers once")
            load(glados, tls, "--sequential", "--requests", str(2 * KNOWN))
            say("waiting for the end of the sweep that follows a start")
            glados.swept()
        if words.profile:
            profile(glados, tls, folder, words.seconds)
        say(f"closed loop, {CONNECTIONS} connections")
        at_peak = peaks(contenders, tls, words.rounds, words.seconds)
        rates = {mark: median(rows, "rate") for mark, rows in at_peak.items()}
        still = stalls()
        say(f"a loop that reads the clock for {still['seconds']} s: {still['over_1_ms']} gaps of "
            f"over 1 ms, the longest of {still['longest_ms']} ms")
        say("fixed rate, half of each one's own peak")
        at_half = half_loads([s for s in contenders if s.mark in "ab"], tls,
                             min(HALF_ROUNDS, words.rounds * words.seconds), rates)
        return contenders, at_peak, at_half, still
    finally:
        for server in reversed(started):
            server.stop()


def report(contenders, at_peak, at_half, still):
    rows = summarise(contenders, at_peak, at_half)
    found = ratios(at_peak, at_half)
    text = table(rows, found)
    write_result(servers.HERE, {"stalls": still, "connections": CONNECTIONS, "medians": rows,
                                "ratios": found, "rounds": {"peak": at_peak, "half": at_half}},
                 text)
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round of 2 s: a smoke test")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--only", default="abcd", help="letters of those to measure")
    parser.add_argument("--profile", action="store_true", help="perf profile of a, to profile.md")
    words = parser.parse_args()
    if words.quick:
        words.rounds, words.seconds = 1, 2
    if not words.only or set(words.only) - set("abcd") or words.rounds < 1 or words.seconds < 1:
        parser.error("--only takes letters of abcd; --rounds and --seconds are at least 1")
    return perform(lambda folder: report(*measure(words.only, words, folder)), servers.FAILURES)


if __name__ == "__main__":
    sys.exit(main())
