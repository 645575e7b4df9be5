"""Whether a history is linearizable: whether every call can be given one moment between its sending
and its answer so that, one after the other, they answer what was seen.

The search of Wing and Gong with Lowe's memory of configurations: a set of calls that took effect
together with the value they led to is visited once. A call whose outcome is not known may take
effect at any time after it was sent, or never. Pure.
"""

import register


class Undecided(Exception):
    """The search was given up: nothing is known."""


class Node:
    """An event in the doubly linked list of what has not taken effect yet."""

    __slots__ = ("call", "number", "answer", "before", "after")

    def __init__(self, call, number, answer):
        self.call = call
        self.number = number
        self.answer = answer  # of a sending: the node of its answer, or None
        self.before = self.after = None

    def take(self):
        self.before.after = self.after
        if self.after is not None:
            self.after.before = self.before

    def put_back(self):
        self.before.after = self
        if self.after is not None:
            self.after.before = self


def events(calls):
    """A head, and behind it sendings and answers in the order of time. At the same moment sendings
    come first, which makes the two calls concurrent."""
    rows = []
    for number, call in enumerate(calls):
        answer = Node(call, number, None) if call.ended is not None else None
        rows.append((call.begun, 0, number, Node(call, number, answer)))
        if answer is not None:
            rows.append((call.ended, 1, number, answer))
    rows.sort(key=lambda row: row[:3])
    head = last = Node(None, -1, None)
    for *_, node in rows:
        last.after, node.before = node, last
        last = node
    return head


def useful(calls):
    """Without the calls that say nothing: lookups that were not answered."""
    return [call for call in calls if call.kind != "lookup" or call.ended is not None]


def check(calls, start=None, most=2_000_000):
    """None if `calls` are linearizable from the value `start`; else a call that no order explains:
    the one that the longest attempt could not get past."""
    head = events(useful(calls))
    wanted = sum(call.ended is not None for call in calls)
    value, done, answered = start, 0, 0
    known, taken = {(0, start)}, []
    longest, stuck = -1, None
    node, steps = head.after, 0
    while answered < wanted:
        steps += 1
        if steps > most:
            raise Undecided(f"after {most} steps over {len(calls)} calls")
        if node is not None and is_sending(node):
            after = register.step(value, node.call)
            place = (done | 1 << node.number, after)
            if after is not register.IMPOSSIBLE and place not in known:
                known.add(place)
                taken.append((node, value, done))
                value, done = after, place[0]
                if node.answer is not None:
                    node.answer.take()
                    answered += 1
                node.take()
                node = head.after
            else:
                node = node.after
            continue
        # An answer whose call has not taken effect, or the end: what was taken last was wrong.
        if node is not None and answered > longest:
            longest, stuck = answered, node.call
        if not taken:
            return stuck
        node, value, done = taken.pop()
        node.put_back()
        if node.answer is not None:
            node.answer.put_back()
            answered -= 1
        node = node.after
    return None


def is_sending(node):
    return node.answer is not None or node.call.ended is None
