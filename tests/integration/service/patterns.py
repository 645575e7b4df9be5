"""Signals: patterns in what a provider asks and registers, and the throttles that follow."""

import itertools
import json
import time

from checks import eventually, refused, same, test, true
from world import new_phone, new_user

# As in world.KINDS["strict"].
LOOKUPS, CODES = 20, 20
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
