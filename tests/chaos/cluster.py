"""Three nodes over a Redis Cluster of three primaries and three replicas, each process in a place
of the network of its own; how they are broken, and when they are whole again."""

import json
import os
import signal
import subprocess
import time

import certificates
import processes
from home import Refused
from network import Unable
from redis_cluster import NODES as REDIS_PROCESSES
from redis_cluster import RedisCluster
from sandbox import Sandbox

NODES = 3
NODE_NAMES = [f"node-{number}" for number in range(1, NODES + 1)]
REDIS_NAMES = [f"redis-{number}" for number in range(1, REDIS_PROCESSES + 1)]
# Seconds that the wall clocks of the nodes are ahead of Redis' and the callers'.
CLOCKS = {1: 0, 2: 427, 3: 90_000}
HEALS_WITHIN = 45


def number_of(name):
    return int(name.rsplit("-", 1)[1])


class PlacedRedis(RedisCluster):
    def __init__(self, home, network):
        super().__init__(home)
        self.network = network

    def host(self, number):
        return self.network[f"redis-{number}"].address

    def command(self, number):
        return self.network[f"redis-{number}"].inside(super().command(number))


class PlacedCluster(Sandbox):
    """Started, broken and ended by the main thread."""

    def __init__(self, home, network, folder):
        self.network = network
        certificates.ADDRESSES += [f"IP:{network[name].address}" for name in NODE_NAMES]
        super().__init__(home, NODES, cluster=True)
        self.shifted = os.path.join(folder, "shifted_clock.so")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shifted_clock.c")
        done = subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", self.shifted, source],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Unable(f"the shifted clock cannot be built: {done.stderr.strip()}")

    def host(self, number):
        return self.network[f"node-{number}"].address

    def start_redis(self):
        self.redis = PlacedRedis(self.home, self.network)
        self.redis.start()

    def node_command(self, number):
        command = super().node_command(number)
        if CLOCKS[number]:
            command = ["env", f"LD_PRELOAD={self.shifted}",
                       f"CHAOS_CLOCK_OFFSET={CLOCKS[number]}", *command]
        return self.network[f"node-{number}"].inside(command)

    # --- breaking

    def child(self, name):
        return self.children[name] if name in NODE_NAMES else self.redis.children[number_of(name)]

    def kill(self, name):
        child = self.child(name)
        child.kill()
        child.wait()

    def end(self, name):
        """As an operator ends it."""
        processes.end({"pid": self.child(name).pid}, 15, self.child(name))

    def freeze(self, name):
        os.kill(self.child(name).pid, signal.SIGSTOP)

    def thaw(self, name):
        os.kill(self.child(name).pid, signal.SIGCONT)

    def begin(self, name):
        """Starts again what ended; does not wait for it."""
        number = number_of(name)
        if name in NODE_NAMES:
            self.remember(name, self.node_command(number), f"{name}.err")
        else:
            self.redis.launch(number)

    def running(self, name):
        return self.child(name).poll() is None

    def primaries(self):
        return [name for name in REDIS_NAMES if self.roles()[name] == "master"]

    def roles(self):
        """Of each process of Redis; None where it does not answer."""
        found = {}
        for name in REDIS_NAMES:
            try:
                with self.redis.link(number_of(name)) as link:
                    found[name] = link.ask("ROLE")[0]
            except (OSError, Refused):
                found[name] = None
        return found

    # --- whole again

    def lacking(self):
        """What is not as it should be; empty when the next fault may come."""
        for name in REDIS_NAMES:
            try:
                with self.redis.link(number_of(name)) as link:
                    if not self.redis.in_step(link):
                        return f"{name} is not in step"
            except (OSError, Refused) as why:
                return f"{name}: {why}"
        for number in range(1, NODES + 1):
            try:
                caller = self.admin("operator", number)
                caller.timeout = 2
                if caller.call("GET", "/readyz").status != 200:
                    return f"node-{number} is not ready"
                page = caller.call("GET", "/admin/v1/cluster").json()
            except (OSError, ValueError) as why:
                return f"node-{number}: {why}"
            owned = {node["node_id"]: node["shards_owned"] for node in page["nodes"]}
            if sorted(owned) != NODE_NAMES or min(owned.values()) < 200:
                return f"node-{number} sees {owned}"
            if page["shards_unowned"] or page["moves_under_way"]:
                return f"node-{number} sees shards on their way"
        return ""

    def wait_whole(self):
        """(seconds it took, what is still lacking)."""
        began = time.monotonic()
        while True:
            lacking = self.lacking()
            took = time.monotonic() - began
            if not lacking or took > HEALS_WITHIN:
                return took, lacking
            time.sleep(0.1)

    def client(self, name):
        with open(self.home.at("providers", name, "client.json"), encoding="utf-8") as file:
            return json.load(file)
