"""A cluster as one service: what is taken away at one node is taken away at all."""

import threading
import time

import certificates
from checks import basic, eventually, same, test, true
from nodes import NODES, shared
from world import Caller, new_phone

REACHES_WITHIN = 1.0


def seconds_until_refused(callers, act):
    """Of each caller, from just before `act` until its first refusal."""
    took, ready = {}, threading.Barrier(len(callers) + 1)

    def watch(caller, number):
        ready.wait(20)
        began = time.monotonic()
        while time.monotonic() - began < 5:
            sent = time.monotonic()
            try:
                status = caller.lookup(new_phone()).status
            except OSError:
                status = 401  # the handshake is refused
            if status in (401, 403):
                took[number] = sent - began
                return
            time.sleep(0.005)

    threads = [threading.Thread(target=watch, args=(caller, number))
               for number, caller in enumerate(callers, 1)]
    for thread in threads:
        thread.start()
    ready.wait(20)
    act()
    for thread in threads:
        thread.join(10)
    same(len(took), len(callers), "nodes that refuse")
    return took


@test("nodes: what is revoked, suspended or removed at one is refused by all within a second")
def reaches_all(w):
    box, seen = shared(w), {}
    operator = box.admin_at(2)
    for number, (what, act) in enumerate({
            "a token": lambda caller, page: caller.call(
                "POST", "/oauth2/revoke", form={"token": caller.token}, headers={
                    "Authorization": basic_of(caller)}),
            "all tokens": lambda caller, page: caller.call("DELETE", "/v1/tokens"),
            "a provider": lambda caller, page: operator.call(
                "POST", page + "/suspend", {"reason": "a test"}),
            "a certificate": lambda caller, page: operator.call(
                "DELETE", page + "/certificates/"
                + certificates.thumbprint(f"{caller.folder}/cert.pem")),
    }.items()):
        name = f"reach-{number}"
        first = box.provider(name)
        callers = []
        for at in range(1, NODES + 1):
            caller = Caller(box, box.node(at)["base_url"], first.folder, name)
            caller.token = first.token
            eventually("the token is known", lambda c=caller: c.lookup(new_phone()).status == 404)
            callers.append(caller)
        took = seconds_until_refused(
            callers, lambda: true(act(first, f"/admin/v1/providers/{name}").status < 300, what))
        seen[what] = max(took.values())
    print("     reached all nodes: " + ", ".join(
        f"{what} {took * 1000:.0f} ms" for what, took in seen.items()), flush=True)
    true(max(seen.values()) < REACHES_WITHIN, f"too late: {seen}")


def basic_of(caller):
    return basic(caller.secret["client_id"], caller.secret["client_secret"])
