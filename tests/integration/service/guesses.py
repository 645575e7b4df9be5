"""A thousand guesses at once: at most five are compared (must show 4)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from checks import refused, same, test, true
from verifications import get
from world import new_phone, new_user

LINKS = 10
GUESSES = 1000


def storm(caller, opened, code, user):
    """Status and problem of each of the parallel guesses; none of them is the code."""
    codes = [f"{number:06d}" for number in range(GUESSES + 1) if f"{number:06d}" != code]
    callers = [caller.again() for _ in range(LINKS)]

    def run(index):
        return Counter((answer.status, answer.problem()) for answer in (
            callers[index].check(opened, guess, user) for guess in codes[index:GUESSES:LINKS]))
    with ThreadPoolExecutor(LINKS) as pool:
        return sum(pool.map(run, range(LINKS)), Counter())


@test("guesses: of 1,000 in parallel at most five are compared, with and without waits")
def thousand(w):
    for box, name, most in ((w.main, "storm-a", 3), (w.frail, "storm-b", 5)):
        caller = box.provider(name)
        sii, user = new_phone(), new_user()
        opened = caller.open(sii, user)
        code = caller.code(sii)
        seen = storm(caller, opened, code, user)
        same(sum(seen.values()), GUESSES, "answers")
        same(seen.pop((422, "code-incorrect")), most, f"codes compared in {name}")
        allowed = {(410, "attempts-exhausted"), (429, "too-early"), (429, "rate-limited"),
                   (503, "overloaded")}
        true(set(seen) <= allowed, f"other answers: {dict(seen)}")
        same(get(caller, opened)["checks_left"], 5 - most, "what is left")
        last = caller.check(opened, code, user)
        true(last.status in (410, 429), f"the right code came too late: {last.status}")
        same(caller.lookup(sii).status, 404, "nothing was mapped")


@test("guesses: the right code among parallel ones maps once at most")
def one_right(w):
    caller = w.frail.known("alpha")
    for _ in range(10):
        sii, user = new_phone(), new_user()
        opened = caller.open(sii, user)
        code = caller.code(sii)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: caller.check(opened, code, user), range(8)))
        good = [answer for answer in answers if answer.status == 200]
        same(len(good), 1, "checks that verified")
        for answer in answers:
            if answer.status != 200:
                refused(answer, 409, "conflict", "a second check")
        same(get(caller, opened), good[0].json())
