"""Before its code is proven nothing tells an identifier that somebody holds from a new one: status,
headers, sizes and times of every call of a verification. Times are compared by their ranks; leaks
are planted to see that they would be found."""

import gc
import random
import time
from concurrent.futures import ThreadPoolExecutor

from checks import same, test, true
from ranks import mann_whitney, quartiles
from world import new_key, new_mail, new_phone, new_user, wrong

STEPS = ("create", "get", "wrong check", "resend", "again get")
# Two samples of one distribution are further apart than this in 1 of 50,000 tests; what is, is
# measured again, so that a run fails by chance in 1 of some 100 million.
SUSPICIOUS = 4.3


class Prober:
    """One provider that asks about identifiers of both classes, over one connection."""

    def __init__(self, caller, rng):
        self.caller, self.rng = caller, rng
        self.asked = 0

    def timed(self, method, path, body=None, headers=None):
        """(seconds, answer). Holding the answer to the document is not timed, and done for some."""
        data, sent = self.caller.prepared(body, headers)
        began = time.perf_counter()
        answer = self.caller._exchange(method, path, data, sent)
        took = time.perf_counter() - began
        self.asked += 1
        if self.asked % 40 == 0:
            self.caller.box.world.document.hold(method, path, answer)
        return took, answer

    def walk(self, sii, code_of, leak):
        """Every call of one verification before its proof: {step: (seconds, shape)}."""
        user = new_user()
        self.caller.box.kept_secret(sii, user)
        out = {}

        def note(step, method, path, body=None, headers=None):
            took, answer = self.timed(method, path, body, headers)
            out[step] = leak(step, took, shape(answer))
            return answer
        opened = note("create", "POST", "/v1/verifications", {"sii": sii, "user_id": user},
                      {"Idempotency-Key": new_key()}).json()
        path = f"/v1/verifications/{opened['id']}"
        note("get", "GET", path)
        note("wrong check", "POST", path + "/check", {"code": wrong(code_of(sii)), "user_id": user})
        note("resend", "POST", path + "/resend")
        note("again get", "GET", path)
        self.timed("DELETE", path)
        return out


def shape(answer):
    """What a caller sees beside content that differs between any two verifications."""
    told = answer.json()
    kept = {name: value for name, value in told.items()
            if name not in ("id", "expires_at", "next_check_at", "next_send_at")}
    headers = tuple(sorted((name.lower(), len(value)) for name, value in answer.headers.items()))
    return answer.status, headers, len(answer.body), repr(sorted(kept.items())), tuple(told)


def no_leak(_step, took, seen):
    return took, seen


def measure(prober, taken, free, code_of, leak=no_leak):
    """{step: ([seconds, shape] of taken ones, the same of free ones)}, interleaved at random."""
    order = [(sii, 0) for sii in taken] + [(sii, 1) for sii in free]
    prober.rng.shuffle(order)
    found = {step: ([], []) for step in STEPS}
    gc.disable()
    try:
        for sii, side in order:
            told = prober.walk(sii, code_of, leak if side == 0 else no_leak)
            for step, value in told.items():
                found[step][side].append(value)
    finally:
        gc.enable()
    return found


def times(sample):
    return [took for took, _ in sample]


def apart(found):
    """{step: z} of the times that chance hardly explains."""
    scores = {step: mann_whitney(times(taken), times(free))[0]
              for step, (taken, free) in found.items()}
    return {step: z for step, z in scores.items() if abs(z) > SUSPICIOUS}


def differing(found):
    """Steps at which one class showed a shape that the other never did."""
    return [step for step, (taken, free) in found.items()
            if {seen for _, seen in taken} != {seen for _, seen in free}]


def identifiers(count, make):
    return [make() for _ in range(count)]


def prove_all(callers, siis):
    """Maps them, with several callers at once."""
    def run(index):
        for sii in siis[index::len(callers)]:
            callers[index].prove(sii, new_user())
    with ThreadPoolExecutor(len(callers)) as pool:
        list(pool.map(run, range(len(callers))))


def code_reader(box):
    """Reads codes over a connection of its own, so that it disturbs no timed one."""
    admin = box.admin()

    def code_of(sii):
        answer = admin._exchange("GET", "/admin/v1/sandbox/messages?sii=" +
                                 sii.replace("+", "%2B").replace("@", "%40"), None, {})
        code = answer.json()["messages"][-1]["code"]
        box.codes.add(code)
        return code
    return code_of


@test("blindness: the statistic knows two equal samples from two that differ")
def statistic(_w):
    z, share = mann_whitney([1, 2, 3, 4], [5, 6, 7, 8])
    same((round(z, 3), share), (-2.309, 0.0))
    same(mann_whitney([1, 2, 2, 3], [2, 1, 3, 2]), (0.0, 0.5))
    same(mann_whitney([7] * 30, [7] * 30), (0.0, 0.5), "all equal")
    rng = random.Random(5)
    one, two = ([rng.lognormvariate(0, 1) for _ in range(2000)] for _ in range(2))
    true(abs(mann_whitney(one, two)[0]) < SUSPICIOUS, "two of one distribution")
    slower = [value * 1.3 for value in two]
    true(mann_whitney(slower, one)[0] > SUSPICIOUS, "30 % slower")


def blind(w, make, count):
    box = w.frail
    seed = random.randrange(1 << 30)
    print(f"     seed {seed}, {count} verifications a class")
    alpha, beta = box.known("alpha"), box.known("beta")
    prober = Prober(beta.again(), random.Random(seed))
    code_of = code_reader(box)

    def fresh(size):
        taken = identifiers(size, make)
        prove_all([alpha.again() for _ in range(3)], taken)
        return taken, identifiers(size, make)
    measure(prober, *fresh(10), code_of)  # warm: connections, caches, the interpreter
    found = measure(prober, *fresh(count), code_of)
    same(differing(found), [], "what an answer shows besides its time")
    for step, (taken, free) in found.items():
        z, share = mann_whitney(times(taken), times(free))
        low, middle, high = (value * 1000 for value in quartiles(times(free)))
        print(f"     {step}: z {z:+.2f}, taken slower in {share:.1%}; "
              f"free {low:.2f} / {middle:.2f} / {high:.2f} ms")
    suspects = apart(found)
    if suspects:
        print(f"     measured again: {suspects}")
        again = apart(measure(prober, *fresh(count), code_of))
        both = [step for step, z in suspects.items() if again.get(step, 0) * z > 0]
        same(both, [], "steps whose times tell taken from free")
    return prober, fresh, code_of, found


@test("blindness: taken and free numbers look alike before the proof; planted leaks are found")
def phones(w):
    prober, fresh, code_of, found = blind(w, new_phone, 2000 if w.full else 120)
    low, _, high = quartiles(times(found["create"][1]))
    delay = max(1.5 * (high - low), 0.0002)

    def slow(step, took, seen):
        if step == "create":
            until = time.perf_counter() + delay
            while time.perf_counter() < until:
                pass
            took += delay
        return took, seen
    leaky = apart(measure(prober, *fresh(100), code_of, slow))
    true(leaky.get("create", 0) > SUSPICIOUS, f"{delay * 1000:.2f} ms more were not found")
    print(f"     found: {delay * 1000:.2f} ms more at create, z {leaky['create']:+.1f} of 100 each")

    def padded(step, took, seen):
        return took, (*seen[:2], seen[2] + 1, *seen[3:]) if step == "get" else seen
    same(differing(measure(prober, *fresh(5), code_of, padded)), ["get"], "one byte more")


@test("blindness: a taken mail address and a free one look alike before the proof")
def mails(w):
    blind(w, new_mail, 1000 if w.full else 40)
