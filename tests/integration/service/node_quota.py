"""One budget of lookups over several nodes: exact in their sum, also when one of them dies."""

import signal

from checks import eventually, same, test, true
from crowd import Crowd, law, least
from nodes import NODES, settled, shared

ASKED_A_SECOND = 200  # of each node
BUDGET_A_SECOND = 2 * NODES * ASKED_A_SECOND // 10  # a tenth gets through


def crowds(box, caller, numbers, requests):
    started = [Crowd(box, caller, requests, ASKED_A_SECOND, box.node(number)["base_url"])
               for number in numbers]
    return [crowd.wait() for crowd in started]


@test("nodes: all of them together spend one budget to the unit, and no more after a kill")
def one_budget(w):
    box, seconds = shared(w), 60 if w.full else 6
    budget = BUDGET_A_SECOND * seconds
    caller = box.provider("quota-nodes", overrides={"lookup_daily": budget})
    for number in range(1, NODES + 1):  # it hears of a provider by the change feed
        there = box.same_at(number, caller)
        eventually("the node knows the provider and its budget", lambda at=there: (
            told := at.call("GET", "/v1/quota")).status == 200 and
                   told.json()["policies"][0]["quota"] == budget, 5, 0.1)
    ran = crowds(box, caller, range(1, NODES + 1), ASKED_A_SECOND * seconds)
    began = min(crowd.began for crowd in ran)
    took = max(crowd.ended for crowd in ran) - began
    by_node = [crowd.admitted for crowd in ran]
    spent = 2 * sum(by_node)
    print(f"     {took:.1f} s, {NODES * ASKED_A_SECOND * seconds} asked, admitted by node "
          f"{by_node}: {spent} units of {law(budget, took):.1f}")
    same([crowd.other for crowd in ran], [{}] * NODES, "other answers")
    true(min(by_node) > 0, "a node admitted nothing")
    true(spent <= law(budget, took), f"{spent} units, too many")
    true(spent >= least(budget, took), f"{spent} units, too few")
    command = box.end(3, signal.SIGKILL)
    try:
        again = crowds(box, caller, (1, 2), 2 * ASKED_A_SECOND)
    finally:
        box.begin(3, command)
        eventually("node 3 is back", lambda: box.ready(3) and settled(box), 20, 0.1)
    again += crowds(box, caller, (3,), 2 * ASKED_A_SECOND)
    spent += 2 * sum(crowd.admitted for crowd in again)
    most = law(budget, again[-1].ended - began)
    print(f"     with node 3 killed and started again: {spent} units of {most:.1f}")
    true(spent <= most, f"after the kill {spent} units, too many")
