"""A network of the test's own: every process has a place, which is a network namespace with one
address on a bridge. Between places packets can be dropped one way or both, or slowed.

All of it ends with the processes of this test.
"""

import os
import subprocess
import sys

import processes

PREFIX = "10.77.0."
MARK = "GLADOS_CHAOS_INSIDE"


class Unable(Exception):
    """This machine, or this user, cannot make network namespaces."""


def enter():
    """Runs this program again in a network and a process table of its own, or says why that cannot
    be. Whatever is started there, frozen or not, ends with it."""
    if os.environ.pop(MARK, None) is not None:
        return
    alone = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]
    tried = subprocess.run([*alone, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        raise Unable(tried.stderr.strip())
    os.environ[MARK] = "1"
    os.execvp(alone[0], [*alone, sys.executable, *sys.argv])


def command(*words, text=None):
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unable(f"{' '.join(words)}: {done.stderr.strip()}")


class Place:
    """A network namespace, held open by a process that does nothing."""

    def __init__(self, name, number, log):
        self.name = name
        self.address = PREFIX + str(number)
        self.dropped = set()  # addresses whose packets do not arrive here
        self.slow = False
        self._link = f"v{number}"
        self._holder = processes.start(["unshare", "--net", "sleep", "infinity"], log)

    def connect(self):
        pid = str(self._holder.pid)
        own = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{pid}/ns/net") == own:
            if self._holder.poll() is not None:
                raise Unable("a network namespace could not be made")
        command("ip", "link", "add", self._link, "type", "veth", "peer", "name", "eth0",
                "netns", pid)
        command("ip", "link", "set", self._link, "master", "bridge0", "up")
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "addr", "add", f"{self.address}/24", "dev", "eth0")
        self.run("ip", "link", "set", "eth0", "up")

    def inside(self, words):
        """The same command, to be run here. The process keeps its number."""
        return ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net", "--", *words]

    def run(self, *words, text=None):
        command(*self.inside(words), text=text)

    def apply(self):
        """Makes it so: what is dropped on its way in, and how slow the way out is."""
        rules = ["flush ruleset"]
        drops = [f"ip saddr {address} drop" for address in sorted(self.dropped)]
        if self.slow:  # every 20th packet is lost: TCP sends it again, 200 ms later and more
            drops.append("ip saddr != 127.0.0.1 numgen random mod 20 == 0 drop")
        if drops:
            rules += ["table inet chaos {", "chain arriving {",
                      "type filter hook input priority 0;", *drops, "}", "}"]
        self.run("nft", "-f", "-", text="\n".join(rules) + "\n")
        if self.slow:
            self.run("tc", "qdisc", "replace", "dev", "eth0", "root", "tbf", "rate", "2mbit",
                     "burst", "8kb", "latency", "400ms")
        else:
            subprocess.run(self.inside(["tc", "qdisc", "del", "dev", "eth0", "root"]),
                           capture_output=True, check=False)  # there may be none

    def close(self):
        processes.end({"pid": self._holder.pid}, 2, self._holder)


class Network:
    """Places by name. The test itself stands on the bridge and reaches all of them."""

    def __init__(self, names, log):
        self.places = {}
        command("ip", "link", "set", "lo", "up")
        command("ip", "link", "add", "bridge0", "type", "bridge")
        command("ip", "addr", "add", PREFIX + "1/24", "dev", "bridge0")
        command("ip", "link", "set", "bridge0", "up")
        for number, name in enumerate(names, 11):
            self.places[name] = Place(name, number, log)
            self.places[name].connect()

    def __getitem__(self, name):
        return self.places[name]

    def cut(self, senders, receivers):
        """Nothing that `senders` send arrives at `receivers` any more: one way."""
        for name in receivers:
            place = self.places[name]
            place.dropped.update(self.places[other].address for other in senders if other != name)
            place.apply()

    def slow_down(self, name):
        self.places[name].slow = True
        self.places[name].apply()

    def heal(self):
        for place in self.places.values():
            if place.dropped or place.slow:
                place.dropped.clear()
                place.slow = False
                place.apply()

    def close(self):
        for place in self.places.values():
            place.close()
