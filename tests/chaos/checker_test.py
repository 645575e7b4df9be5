"""The checker is shown histories that it must accept and histories that it must reject."""

import itertools
import random

import checker
import register
from register import Operation

A1, A2, B1 = ("alpha", "a1"), ("alpha", "a2"), ("beta", "b1")


def looked(seen, begun, ended):
    return Operation("lookup", None, seen, begun, ended)


def proved(value, begun, ended, seen="preferred"):
    return Operation("prove", value, seen, begun, ended)


def replaced(value, shown, begun, ended, seen="done"):
    return Operation("replace", value, seen, begun, ended, shown)


def removed(value, begun, ended, seen="done"):
    return Operation("remove", value, seen, begun, ended)


GOOD = {
    "nothing at all": [],
    "one after the other": [looked(None, 0, 1), proved(A1, 2, 3), looked(A1, 4, 5),
                            removed(A1, 6, 7), looked(None, 8, 9)],
    "a read beside a write sees either": [proved(A1, 0, 10), looked(None, 1, 2), looked(A1, 3, 4)],
    "an unknown write that happens late": [proved(A1, 0, None), looked(None, 5, 6),
                                           looked(A1, 7, 8)],
    "an unknown write that never happens": [proved(A1, 0, None), looked(None, 5, 6)],
    "an unknown decision, seen later": [proved(A1, 0, 1), proved(A2, 2, 3, "conflict"),
                                        replaced(A2, A1, 4, None), looked(A1, 5, 6),
                                        looked(A2, 7, 8)],
    "two proofs at once, one wins": [proved(A1, 0, 5), proved(B1, 0, 5, "conflict"),
                                     looked(A1, 6, 7)],
    "a decision over another provider's": [proved(A1, 0, 1), proved(B1, 2, 3, "conflict"),
                                           replaced(B1, ("alpha", None), 4, 5), looked(B1, 6, 7)],
    "a refused decision changes nothing": [proved(A1, 0, 1), replaced(B1, A2, 2, 3, "refused"),
                                           looked(A1, 4, 5)],
    "an unanswered lookup says nothing": [proved(A1, 0, 1), looked(None, 2, None),
                                          looked(A1, 3, 4)],
    "a proof that happened, nobody knows how": [proved(A1, 0, 1, None), looked(A1, 2, 3)],
    "an answer that was begun before a freeze and sent after it": [
        proved(A1, 0, 1), looked(A1, 2, 20), removed(A1, 3, 4), looked(None, 5, 6)],
    "the same moment": [proved(A1, 0, 1), looked(None, 1, 2)],
}

BAD = {
    "an acknowledged write is lost": [proved(A1, 0, 1), looked(None, 2, 3)],
    "a read of what nobody wrote": [looked(A1, 0, 1)],
    "a read before the write was sent": [looked(A1, 0, 1), proved(A1, 2, 3)],
    "an old value after a new one": [proved(A1, 0, 1), proved(A2, 2, 3, "conflict"),
                                     replaced(A2, A1, 4, 5), looked(A1, 6, 7)],
    "new, then old, beside the write": [
        proved(A1, 0, 1), proved(A2, 2, 3, "conflict"), replaced(A2, A1, 4, 20), looked(A2, 5, 6),
        looked(A1, 7, 8)],
    "two proofs that both met nobody": [proved(A1, 0, 1), proved(B1, 2, 3)],
    "a conflict with nobody": [proved(A1, 0, 1, "conflict")],
    "a removal that comes back": [proved(A1, 0, 1), removed(A1, 2, 3), looked(A1, 4, 5)],
    "a decision over one who was gone": [proved(A1, 0, 1), proved(B1, 2, 3, "conflict"),
                                         removed(A1, 4, 5), replaced(B1, ("alpha", None), 6, 7)],
    "an unknown write that came, went and came": [
        proved(A1, 0, None), looked(A1, 1, 2), looked(None, 3, 4), looked(A1, 5, 6)],
    "absent, although it was there": [proved(A1, 0, 1), removed(A1, 2, 3, "absent"),
                                      looked(A1, 4, 5)],
    "an unknown write before it was sent": [looked(A1, 0, 1), proved(A1, 2, None)],
    "a stale answer sent after a freeze to a call begun after the change": [
        proved(A1, 0, 1), removed(A1, 2, 3), looked(A1, 4, 20)],
}


def by_trying(calls):
    """The same question answered by trying every order of every choice: for small histories."""
    calls = checker.useful(calls)
    sure = [call for call in calls if call.ended is not None]
    unsure = [call for call in calls if call.ended is None]
    for count in range(len(unsure) + 1):
        for some in itertools.combinations(unsure, count):
            if any(explains(order) for order in itertools.permutations(sure + list(some))):
                return True
    return False


def explains(order):
    value = None
    for at, call in enumerate(order):
        if any(later.ended is not None and later.ended < call.begun for later in order[at + 1:]):
            return False
        value = register.step(value, call)
        if value is register.IMPOSSIBLE:
            return False
    return True


def drawn(draw, size):
    """A small history, mostly of what could be, in any order of time."""
    values, calls = (A1, A2, B1), []
    for _ in range(size):
        begun = draw.randrange(8)
        ended = None if draw.random() < 0.25 else begun + draw.randrange(1, 5)
        kind = draw.choice(("lookup", "lookup", "prove", "replace", "remove"))
        value = draw.choice(values)
        seen = {"lookup": draw.choice((None, *values)),
                "prove": draw.choice(("preferred", "conflict", None)),
                "replace": draw.choice(("done", "refused")),
                "remove": draw.choice(("done", "absent"))}[kind]
        shown = draw.choice((A1, A2, B1, ("alpha", None))) if kind == "replace" else None
        calls.append(Operation(kind, value, seen, begun, ended, shown))
    return calls


def played(draw, size):
    """A history of a register that works: every call takes effect somewhere within its time."""
    value, calls, at = None, [], 0.0
    for number in range(size):
        at += 1
        begun, ended = at - 2.5 * draw.random(), at + 2.5 * draw.random()
        kind = draw.choice(("lookup", "lookup", "lookup", "prove", "replace", "remove"))
        fresh = (draw.choice(("alpha", "beta")), f"u{number}")
        if kind == "lookup":
            calls.append(looked(value, begun, ended))
        elif kind == "prove":
            calls.append(proved(fresh, begun, ended, "preferred" if value is None else "conflict"))
            value = fresh if value is None else value
        elif kind == "replace" and value is not None:
            calls.append(replaced(fresh, value, begun, ended))
            value = fresh
        elif kind == "remove" and value is not None:
            calls.append(removed(value, begun, ended))
            value = None
        if calls and calls[-1].kind != "lookup" and draw.random() < 0.1:
            calls[-1].ended = None
    return calls


def run(say, seed, rounds=400):
    """(passed, failed)."""
    passed = failed = 0

    def judge(name, good):
        nonlocal passed, failed
        passed, failed = passed + good, failed + (not good)
        if not good:
            say(f"FAIL checker: {name}")

    for name, calls in GOOD.items():
        judge(f"accepts {name}", checker.check(calls) is None)
    for name, calls in BAD.items():
        judge(f"rejects {name}", checker.check(calls) is not None)
    draw = random.Random(seed)
    both = [0, 0]
    for turn in range(rounds):
        calls = drawn(draw, draw.randrange(1, 6))
        wanted = by_trying(calls)
        both[wanted] += 1
        if (checker.check(calls) is None) != wanted:
            judge(f"seed {seed}, small history {turn}: {calls}", False)
    judge("small histories of both kinds", min(both) > rounds // 20)
    caught = 0
    for turn in range(rounds // 10):
        calls = played(draw, 120)
        if checker.check(calls) is not None:
            judge(f"seed {seed}, played history {turn}", False)
        spoil = draw.choice([call for call in calls if call.kind == "lookup"])
        spoil.seen = ("alpha", "never written")
        caught += checker.check(calls) is not None
    judge("every spoilt history is caught", caught == rounds // 10)
    return passed, failed
