"""The register of the tests and the small words they are written in."""

import base64
import contextlib
import time

TESTS = []


class Failed(Exception):
    """What a test saw was not what it wanted."""


def test(name):
    """Registers a function of the world as the test of this name."""
    def keep(function):
        TESTS.append((name, function))
        return function
    return keep


def same(seen, wanted, what=""):
    if seen != wanted:
        raise Failed(f"{what or 'value'}: {seen!r} instead of {wanted!r}")


def true(fact, what):
    if not fact:
        raise Failed(what)


def refused(answer, status, problem, what="", **members):
    """The answer is this problem, with these members of its document."""
    same((answer.status, answer.problem()), (status, problem), what or "refusal")
    told = answer.json()
    for name, value in members.items():
        same(told.get(name), value, f"{problem}: member {name}")
    return answer


def eventually(what, found, patience=5.0, pause=0.02):
    """The first true value of `found()`, asked again until the time is over."""
    limit = time.monotonic() + patience
    while True:
        value = found()
        if value:
            return value
        if time.monotonic() > limit:
            raise Failed(f"not within {patience} s: {what}")
        time.sleep(pause)


@contextlib.contextmanager
def within(seconds, what):
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    true(took < seconds, f"{what} took {took:.2f} s, at most {seconds}")


def basic(client_id, secret):
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()
