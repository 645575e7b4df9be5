"""`glados load --scenario`: providers and users of the simulation act at a real service."""

import json
import os
import tempfile

from callers import SCOPES, Enroller
from checks import eventually, same, test, true
from home import ROOT
from loads import Run, unharmed
from world import Box, Caller

SCENARIOS = os.path.join(ROOT, "tests", "sim", "scenarios")
CALLERS = 6
SECONDS, RATE = 10, 90

# What each call may be answered in a service where nothing fails. 404, 409 and 410: somebody else
# removed or decided it first. 422 is a wrong code; 429 at a check: five wrong ones, or too early.
ANSWERS = {
    "lookup": {"200", "404"}, "open": {"202"}, "check": {"200", "409", "410", "422", "429"},
    "decide": {"200", "404", "409", "410"}, "remove": {"204", "404"}, "events": {"200"},
    "restore": {"202", "404", "409", "410"}, "report": {"202", "404", "409"},
    "issue-token": {"200"}, "revoke-token": {"200"}, "use-token": {"200", "401"},
    "open-job": {"201", "429"}, "put-part": {"200"}, "complete-job": {"202"}}

CONFLICTS = """name = "conflicts"
about = "Three providers and their users want the same six numbers."
[time]
seconds = 600
[workload]
providers = 3
identifiers = 6
calls_per_second = 50
contested = 80
lookups = 20
openings = 40
guesses = 2
decisions = 20
removals = 2
restores = 8
reports = 4
rows = 0
repeats = 0
tokens = 4
[faults]
crashes = 2
"""


def box_of(world):
    """A sandbox in which a number may be proven as often as in a simulated node."""
    if "days" not in world.boxes:
        box = world.boxes["days"] = Box(world, {
            "GLADOS_VERIFICATION_SESSIONS_PER_SII_PROVIDER": "1000",
            "GLADOS_VERIFICATION_SESSIONS_PER_SII": "10000",
            "GLADOS_VERIFICATION_WAIT_SCALE": "0"})
        box.open()
        folder = os.path.join(box.home, "callers")
        Enroller(box.home, folder, box.node()).make_all(CALLERS)
        for name in sorted(os.listdir(folder)):
            eventually("the grant of bulk arrives",
                       lambda name=name: "bulk" in caller(box, name).scopes)
    return world.boxes["days"]


def caller(box, name):
    """One of the callers, signed in."""
    at = os.path.join(box.home, "callers", name)
    out = Caller(box, box.node()["base_url"], at, name)
    with open(os.path.join(at, "client.json"), encoding="utf-8") as file:
        out.scopes = out.sign_in(json.load(file))["scope"].split()
    return out


def play(box, *words):
    found = Run(box, "--callers", os.path.join(box.home, "callers"), *words,
                caller=None).outbox().seen()
    unharmed(found)
    same(found["codes_missing"], 0, "codes that did not come")
    for name, one in found["operations"].items():
        true(set(one["status"]) <= ANSWERS[name], f"{name} was answered {one['status']}")
    return found


def count(found, operation, status):
    return found["operations"].get(operation, {"status": {}})["status"].get(status, 0)


@test("load: a normal day of the simulation at a service, every call answered as it must be")
def normal_day(world):
    box = box_of(world)
    found = play(box, "--scenario", os.path.join(SCENARIOS, "normal-day.toml"), "--tel-range",
                 "4915170000000", "--duration", SECONDS, "--seed", 3, "--rate", RATE)
    true(3 <= found["callers"] <= CALLERS, f"{found['callers']} providers")
    same(found["callers_used"], found["callers"], "providers that acted")
    for name, status in (("lookup", "200"), ("lookup", "404"), ("open", "202"), ("check", "200"),
                         ("decide", "200"), ("remove", "204"), ("issue-token", "200"),
                         ("use-token", "200"), ("complete-job", "202")):
        true(count(found, name, status) > 0, f"no {name} was answered {status}: "
             f"{ {key: one['status'] for key, one in found['operations'].items()} }")
    due = found["requests"] - sum(count(found, name, status) for name, status in (
        ("put-part", "200"), ("complete-job", "202"))) + sum(found["not_done"].values())
    checks = found["operations"]["check"]["requests"]
    true(abs(due - checks - SECONDS * RATE) <= 2,
         f"{due} calls, {checks} of them checks, in {SECONDS} s at {RATE} a second")
    share = found["operations"]["lookup"]["requests"] / (SECONDS * RATE)
    true(0.72 < share < 0.88, f"{share:.2f} of the calls were lookups")


@test("load: users of three providers want the same numbers; decisions and restores happen")
def conflicts(world):
    box = box_of(world)
    names = sorted(os.listdir(os.path.join(box.home, "callers")))[:3]
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "conflicts.toml")
        with open(file, "w", encoding="utf-8") as out:
            out.write(CONFLICTS)
        found = play(box, "--scenario", file, "--tel-range", "4915170100000", "--duration", 12,
                     "--typing", "0.05..0.3")
    same((found["callers"], found["intended_rate"]), (3, 50.0), "what the file says")
    for name, status in (("decide", "200"), ("restore", "202"), ("report", "202"),
                         ("check", "422"), ("events", "200")):
        true(count(found, name, status) > 0, f"no {name} was answered {status}: "
             f"{ {key: one['status'] for key, one in found['operations'].items()} }")
    told = [event for name in names
            for event in caller(box, name).call("GET", "/v1/events?limit=500").json()["events"]]
    kinds = {kind: sum(one["type"] == kind for one in told)
             for kind in ("mapping.removed", "mapping.demoted", "mapping.restored")}
    true(all(kinds.values()), f"notices: {kinds}")
    proven = [caller(box, "load-0004").lookup(f"tel:+{4915170100000 + i}") for i in range(6)]
    true(any(answer.status == 200 for answer in proven), "somebody has one of the numbers")


@test("load: what a scenario cannot be is refused in words")
def refusals(world):
    box = box_of(world)
    base = [box.world.glados, "load", "--url", box.node()["base_url"], "--ca", box.at("ca.pem"),
            "--callers", os.path.join(box.home, "callers")]
    day = ["--scenario", os.path.join(SCENARIOS, "normal-day.toml")]
    numbers = ["--tel-range", "4915170200000"]
    for words, status, wanted in (
            (day, 2, "--tel-range"), ([*day, *numbers], 2, "--outbox"),
            (["--scenario", "/nowhere.toml", *numbers], 2, "/nowhere.toml"),
            ([*day, *numbers, "--mix", "lookup=1"], 2, "exclude"),
            ([*day, *numbers, "--rate", "0"], 2, "above 0"),
            ([*day, *numbers, "--workload", "nodes=3"], 2, "nodes=3"),
            ([*day, *numbers, "--workload", "contested=101"], 2, "contested=101"),
            (["--workload", "contested=5"], 2, "--scenario"),
            ([*day, *numbers, "--workload", "openings=0,providers=7"], 1, "6 can call")):
        run = Run(box, caller=None)
        run.command = base + words
        run.end(run.begin(), status)
        true(wanted in run.said, f"{words} says: {run.said}")
