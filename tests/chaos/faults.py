"""What is broken, one thing at a time, and how it is mended. Which, where and for how long is drawn
from a seed."""

import time

from cluster import NODE_NAMES, REDIS_NAMES


class Fault:
    """`begin` breaks something, `end` mends it after `span` seconds."""

    def __init__(self, text, span, begin, end):
        self.text = text
        self.span = span
        self.begin = begin
        self.end = end


class Faults:
    def __init__(self, cluster, network, draw):
        self.cluster = cluster
        self.network = network
        self.draw = draw
        self._left = []

    def next(self):
        """Every kind comes once before one comes again."""
        kinds = (self.node_killed, self.node_frozen, self.node_restarted, self.node_without_redis,
                 self.node_without_nodes, self.node_alone, self.node_slowed, self.primary_killed,
                 self.replica_killed, self.redis_frozen, self.redis_without_redis,
                 self.redis_without_nodes, self.redis_slowed)
        if not self._left:
            self._left = list(kinds)
            self.draw.shuffle(self._left)
        return self._left.pop()()

    # --- drawing

    def span(self, least, most):
        return least + (most - least) * self.draw.random()

    def node(self):
        return self.draw.choice(NODE_NAMES)

    def redis(self):
        """A primary more often than a replica: there is more to lose."""
        primaries = self.cluster.primaries()
        return self.draw.choice(primaries if self.draw.random() < 0.7 else
                                [name for name in REDIS_NAMES if name not in primaries])

    # --- processes

    def killed(self, name, text):
        def begin():
            self.cluster.kill(name)
        return Fault(f"{name} killed{text}", self.span(1, 5), begin,
                     lambda: self.cluster.begin(name))

    def frozen(self, name, span):
        return Fault(f"{name} frozen", span, lambda: self.cluster.freeze(name),
                     lambda: self.cluster.thaw(name))

    def node_killed(self):
        return self.killed(self.node(), "")

    def node_frozen(self):
        return self.frozen(self.node(), self.span(0.5, 11))

    def node_restarted(self):
        name = self.node()
        return Fault(f"{name} ended by an operator", 0.5, lambda: self.cluster.end(name),
                     lambda: self.cluster.begin(name))

    def primary_killed(self):
        return self.killed(self.draw.choice(self.cluster.primaries()), " (primary)")

    def replica_killed(self):
        primaries = self.cluster.primaries()
        return self.killed(self.draw.choice([name for name in REDIS_NAMES
                                             if name not in primaries]), " (replica)")

    def redis_frozen(self):
        return self.frozen(self.redis(), self.span(0.3, 7))

    # --- the network

    def between(self, one, others, text):
        ways = self.draw.choice(("both ways", "to it", "from it"))

        def begin():
            if ways != "from it":
                self.network.cut(others, [one])
            if ways != "to it":
                self.network.cut([one], others)
        return Fault(f"{one} cut off {text}, {ways}", self.span(1, 8), begin, self.network.heal)

    def node_without_redis(self):
        return self.between(self.node(), REDIS_NAMES, "from Redis")

    def node_without_nodes(self):
        return self.between(self.node(), NODE_NAMES, "from the other nodes")

    def node_alone(self):
        return self.between(self.node(), NODE_NAMES + REDIS_NAMES, "from everything")

    def redis_without_redis(self):
        return self.between(self.redis(), REDIS_NAMES, "from the rest of Redis")

    def redis_without_nodes(self):
        return self.between(self.redis(), NODE_NAMES, "from the nodes")

    def slowed(self, name):
        return Fault(f"{name} on a slow line that loses packets", self.span(3, 8),
                     lambda: self.network.slow_down(name), self.network.heal)

    def node_slowed(self):
        return self.slowed(self.node())

    def redis_slowed(self):
        return self.slowed(self.redis())


def play(faults, seconds, say, alarmed):
    """Breaks and mends for so long. Returns [(what, seconds until all was whole again)], and what
    did not become whole."""
    began, told = time.monotonic(), []
    while time.monotonic() - began < seconds:
        fault = faults.next()
        at = time.monotonic() - began
        fault.begin()
        try:
            alarmed.wait(fault.span)
        finally:
            fault.end()
        took, lacking = faults.cluster.wait_whole()
        say(f"  {at:6.1f} s  {fault.text}, for {fault.span:.1f} s; whole {took:.1f} s later")
        told.append((fault.text, took))
        if lacking:
            return told, f"{fault.text}: {lacking}"
        alarmed.wait(0.5)
    return told, ""
