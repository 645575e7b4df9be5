"""Signals: patterns in what a provider asks and registers, and the throttles that follow."""

import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor

from checks import eventually, refused, same, test, true
from world import new_phone, new_user, wrong

# As in world.KINDS["strict"], or the default.
LOOKUPS, CODES, REGISTRATIONS, WRONG_CODES = 20, 20, 50, 50
_blocks = itertools.count(90_000)


def block(size):
    """German mobile numbers in a row that no other test uses."""
    start = next(_blocks) * 1_000
    return [f"tel:+49151{start + at:08d}" for at in range(size)]


def signals(box, provider):
    """All findings of a provider, page by page."""
    found, after = [], ""
    while True:
        page = box.admin("auditor").need(
            200, "GET", f"/admin/v1/signals?provider={provider}&after={after}").json()
        found += page["signals"]
        if not page["signals"]:
            return found
        after = page["next"]


def kinds(box, provider):
    return {(one["kind"], one["source"]) for one in signals(box, provider)}


def quota(caller):
    header = caller.lookup(new_phone()).headers["RateLimit-Policy"]
    return int(header.split("q=")[1].split(";")[0])


@test("signals: a scan is found, throttles on evidence without identifiers, and is lifted")
def scan(w):
    box = w.strict
    caller = box.provider("scanner")
    same(signals(box, "scanner"), [])
    same(quota(caller), 100)
    numbers = block(LOOKUPS)
    for sii in numbers:
        refused(caller.lookup(sii), 404, "not-found")
    wanted = {("sequential_numbers", "lookups"), ("miss_ratio", "lookups")}
    eventually("the scan is found", lambda: kinds(box, "scanner") >= wanted, 4)
    seen_at = time.monotonic()
    eventually("the quota is halved", lambda: quota(caller) == 50, 1.2)
    print(f"     throttled {time.monotonic() - seen_at:.2f} s after the finding was seen")
    found = signals(box, "scanner")
    for one in found:
        evidence = one["evidence"]
        true(evidence["seen"] >= LOOKUPS, "evidence")
        true(evidence["share_percent"] >= evidence["threshold_percent"], "share")
        same((one["throttle"]["quota_percent"], one["throttle"]["lifted_at"]), (50, None))
    text = json.dumps(found)
    true(not any(sii[5:] in text for sii in numbers), "an identifier in the evidence")

    operator, lift = box.admin(), "/admin/v1/signals/{}/lift"
    refused(box.admin("auditor").call("POST", lift.format(found[0]["id"]), {"reason": "x"}), 403,
            "insufficient-scope")
    refused(operator.call("POST", lift.format(found[0]["id"]), {"reason": ""}), 400,
            "malformed-request", pointer="/reason")
    refused(operator.call("POST", lift.format("sig-none"), {"reason": "x"}), 404, "not-found")
    for one in found:
        lifted = operator.need(200, "POST", lift.format(one["id"]), {"reason": "a test"}).json()
        same((lifted["id"], lifted["throttle"]["lift_reason"]), (one["id"], "a test"))
        true(lifted["throttle"]["lifted_at"] and lifted["throttle"]["lifted_by"], "lifted")
    eventually("the quota is whole", lambda: quota(caller) == 100, 1.2)
    refused(operator.call("POST", lift.format(found[0]["id"]), {"reason": "x"}), 409, "conflict")
    actions = audit_of(box, {one["id"] for one in found})
    same(sorted(actions), ["signal.lift"] * len(found) + ["signal.raise"] * len(found))


def audit_of(box, targets):
    actions, after = [], ""
    while True:
        page = box.admin().need(200, "GET", f"/admin/v1/audit?after={after}").json()
        actions += [entry["record"]["action"] for entry in page["records"]
                    if entry["record"]["target"] in targets]
        if not page["records"]:
            return actions
        after = page["next"]


@test("signals: codes that nobody confirms lower the sends; the demo providers are exempt")
def pumping(w):
    box = w.strict
    pump, alpha = box.provider("pumping"), box.known("alpha")
    for caller in (pump, alpha):
        for _ in range(CODES):
            caller.open(new_phone(), new_user())
    for name in ("pumping", "alpha"):
        eventually(f"{name} is found", lambda who=name: ("pumping", "registrations") in
                   kinds(box, who), 4)
    found = [one for one in signals(box, "pumping") if one["kind"] == "pumping"]
    same((len(found), found[0]["throttle"]["sends_percent"]), (1, 2))
    answer = eventually("sends are refused", lambda: (told := pump.post_verification(
        new_phone(), new_user())).status == 429 and told, 1.5)
    refused(answer, 429, "rate-limited", policy="sends")
    same([one["throttle"] for one in signals(box, "alpha")],
         [None] * len(signals(box, "alpha")), "alpha's throttles")
    same(alpha.post_verification(new_phone(), new_user()).status, 202, "alpha goes on")
    box.admin().need(200, "POST", f"/admin/v1/signals/{found[0]['id']}/lift", {"reason": "a test"})
    eventually("sends go on", lambda: pump.post_verification(
        new_phone(), new_user()).status == 202, 1.5)
    same(pump.lookup(new_phone()).status, 404, "lookups were never stopped")


def apart(size):
    """Numbers that are no neighbours of each other."""
    return block(4 * size)[::4]


def finding(box, provider, kind, source):
    """The one finding of this kind and source, once it is there."""
    def found():
        return [one for one in signals(box, provider)
                if (one["kind"], one["source"]) == (kind, source)]
    eventually(f"{kind} of {source}", found, 4)
    same(len(found()), 1, f"findings of {kind}")
    return found()[0]


def told(one, least, share):
    """Its evidence: so many were seen at least, of these at least this share."""
    evidence = one["evidence"]
    true(evidence["seen"] >= least, f"{one['kind']}: seen {evidence['seen']}")
    true(evidence["share_percent"] >= max(share, evidence["threshold_percent"]),
         f"{one['kind']}: {evidence}")


def prove_all(caller, siis):
    def run(some):
        again = caller.again()
        for sii in some:
            again.prove(sii, new_user())
        again.hang_up()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, [siis[at::4] for at in range(4)]))


@test("signals: made-up names on one domain are found, opened as well as looked up")
def flood(w):
    box = w.strict
    caller = box.provider("flooding")
    names = [f"mailto:x{number}k{number % 7}q{number % 5}zv@flood-domain.example"
             for number in range(100, 100 + REGISTRATIONS)]
    prove_all(caller, names)  # else it would be pumping, too
    told(finding(box, "flooding", "domain_flood", "registrations"), REGISTRATIONS, 100)
    told(finding(box, "flooding", "improbable_addresses", "registrations"), REGISTRATIONS, 100)
    for sii in names[:LOOKUPS]:
        same(caller.lookup(sii).status, 200)
    told(finding(box, "flooding", "improbable_addresses", "lookups"), LOOKUPS, 100)
    text = json.dumps(signals(box, "flooding"))
    true("flood-domain" not in text and "zv@" not in text, "an identifier in the evidence")
    refused(caller.post_verification(new_phone(), new_user()), 429, "rate-limited", policy="sends")


@test("signals: proofs of what others hold already are found")
def overlap(w):
    box = w.strict
    alpha, caller = box.known("alpha"), box.provider("overlapping")
    numbers = apart(REGISTRATIONS)
    prove_all(alpha, numbers)
    same({one for one in kinds(box, "overlapping") if one[0] == "mapped_overlap"}, set())
    prove_all(caller, numbers)
    told(finding(box, "overlapping", "mapped_overlap", "registrations"), REGISTRATIONS, 100)
    true(("mapped_overlap", "registrations") not in kinds(box, "alpha"), "alpha came first")


@test("signals: a day's wrong codes end in a refusal and a finding that does not throttle")
def guessing(w):
    box = w.strict
    caller = box.provider("guessing")
    numbers = iter(apart(WRONG_CODES))
    for _ in range(WRONG_CODES // 5):
        sii, user = next(numbers), new_user()
        opened = caller.open(sii, user)
        code = wrong(caller.code(sii))
        for _ in range(5):
            refused(eventually("its turn", lambda: (
                made := caller.check(opened, code, user)).status != 429 and made, 2),
                422, "code-incorrect")
    sii, user = next(numbers), new_user()
    opened = caller.open(sii, user)
    refused(caller.check(opened, wrong(caller.code(sii)), user), 429, "rate-limited",
            policy="guesses")
    one = finding(box, "guessing", "guesses", "registrations")
    same((one["throttle"], one["evidence"]["seen"]), (None, 1), "guesses")
    same(caller.check(opened, caller.code(sii), user).status, 429, "not even the right one")
