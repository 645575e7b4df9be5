"""What an identifier must do, seen from outside: the preferred mapping as one value that proofs,
decisions and removals change and lookups read. Pure.

A value is (provider, user), or None when nobody has the identifier. Of an undecided claim nothing
is seen by others, so it has no place here.
"""


class Operation:
    """One call: sent at `begun`, answered at `ended`; None when its outcome is not known, so that
    it may have happened at any time since, or never.

    kind      value              seen
    lookup                       the value that was answered
    prove     who proved         'preferred', 'conflict', or None: it did happen, but not how
    replace   who decided        'done' or 'refused'; `shown` is (provider, user or None): whom the
                                 proof had shown as the holder
    remove    whose it was       'done' or 'absent'
    """

    __slots__ = ("kind", "value", "seen", "shown", "begun", "ended", "where")

    def __init__(self, kind, value, seen, begun, ended, shown=None, where=""):
        self.kind = kind
        self.value = value
        self.seen = seen
        self.shown = shown
        self.begun = begun
        self.ended = ended
        self.where = where

    def __repr__(self):
        end = "?" if self.ended is None else f"{self.ended:.4f}"
        return (f"{self.begun:.4f}-{end} {self.kind} {self.value} -> {self.seen}"
                + (f" over {self.shown}" if self.shown else "") + f" [{self.where}]")


IMPOSSIBLE = object()


def fits(holder, shown):
    """Whether this may be the holder that a proof showed; other providers' users are not told."""
    return holder is not None and holder[0] == shown[0] and shown[1] in (None, holder[1])


def lookup(holder, call):
    return holder if holder == call.seen else IMPOSSIBLE


def prove(holder, call):
    if call.ended is None or call.seen is None:  # whichever way it went
        return call.value if holder is None else holder
    if call.seen == "preferred":
        return call.value if holder is None else IMPOSSIBLE
    return holder if holder is not None else IMPOSSIBLE


def replace(holder, call):
    if call.ended is None:
        return call.value if fits(holder, call.shown) else holder
    if call.seen == "refused":
        return holder
    return call.value if fits(holder, call.shown) else IMPOSSIBLE


def remove(holder, call):
    if call.ended is not None and call.seen == "absent":
        return IMPOSSIBLE if holder == call.value else holder
    return None if holder == call.value else holder


STEPS = {"lookup": lookup, "prove": prove, "replace": replace, "remove": remove}


def step(holder, call):
    """The value after this call took effect on `holder`, or IMPOSSIBLE."""
    return STEPS[call.kind](holder, call)
