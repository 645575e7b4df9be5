"""A private Redis Cluster on loopback: three primaries, one replica each.

usage: redis_cluster.py start   start it in GLADOS_HOME and keep it until Ctrl-C
       redis_cluster.py status  say who owns what
       redis_cluster.py stop    end what runs in GLADOS_HOME

Its processes lie in GLADOS_HOME/redis/1 … 6 and keep their data and ports from one start to the
next. Clients sign in as the user `glados`, whose password is in GLADOS_HOME/redis/password (mode
0600); its rights are those of config/redis.acl.
"""

import hashlib
import json
import os
import re
import secrets
import signal
import socket
import sys
import time

import processes
from home import ROOT, Home, Refused, say
from redis_link import Link

PRIMARIES = 3
NODES = 6
SLOTS = 16384
PATIENCE = 60
# Where sandboxes listen by default: others may start later.
BASE_PORTS = {*range(8400, 8600), *range(9400, 9600)}


def free_ports(count, reserved=()):
    """Ports that nobody uses now, outside those of sandboxes and outside `reserved`."""
    held, ports = [], []
    while len(ports) < count:
        probe = socket.socket()
        probe.bind(("127.0.0.1", 0))
        held.append(probe)
        port = probe.getsockname()[1]
        if port not in BASE_PORTS and port not in reserved:
            ports.append(port)
    for probe in held:
        probe.close()
    return ports


def can_bind(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class RedisCluster:
    """Started, kept and ended by whoever runs the sandbox of `home`, whose lock it holds. Leaves
    the ports in `reserved` to others."""

    def __init__(self, home, reserved=()):
        self.home = home
        self.reserved = frozenset(reserved)
        self.children = {}  # by number
        self.ports = []  # of node n: [client, bus]
        self.rules = ""
        self.sockets = os.path.dirname(home.socket()) if os.path.isdir(home.at("redis")) else ""

    def at(self, number, *parts):
        return self.home.at("redis", str(number), *parts)

    def host(self, _number):
        """Where a process listens."""
        return "127.0.0.1"

    def command(self, number):
        return ["redis-server", self.at(number, "redis.conf")]

    def seeds(self):
        return [f"{self.host(number)}:{client}" for number, (client, _) in enumerate(self.ports, 1)]

    def password_file(self):
        return self.home.at("redis", "password")

    def settings(self):
        """What a node of GLADOS has to be told, by key."""
        return {"redis.seeds": ",".join(self.seeds()), "redis.username": "glados",
                "redis.password_file": self.password_file(), "storage.durability": "replicated"}

    # --- start

    def start(self):
        """Returns when every slot is served and every replica is in step."""
        self.home.folder("redis")
        self.home.folder("log")
        self.sockets = os.path.dirname(self.home.socket())
        first = not os.path.exists(self.home.at("redis", "formed"))
        self.choose_ports()
        self.write_secrets()
        for number in range(1, NODES + 1):
            self.write_settings(number)
            self.launch(number)
        for number in range(1, NODES + 1):
            self.wait(number, "answer", lambda link: link.ask("PING") == "PONG")
        if first:
            self.form()
        self.wait_whole()
        if first:
            processes.write_atomically(self.home.at("redis", "formed"), "")

    def choose_ports(self):
        """The ports of the last start; others, if somebody took one meanwhile."""
        known = self.home.at("redis", "ports.json")
        try:
            with open(known, encoding="ascii") as file:
                old = json.load(file)
        except (OSError, ValueError):
            old = []
        if len(old) == NODES and all(port not in self.reserved and can_bind(port)
                                     for pair in old for port in pair):
            self.ports = old
            return
        fresh = free_ports(2 * NODES, self.reserved)
        self.ports = [fresh[i:i + 2] for i in range(0, len(fresh), 2)]
        if old:
            self.move_addresses(old)
        processes.write_atomically(known, json.dumps(self.ports) + "\n")

    def move_addresses(self, old):
        """Each process remembers where the others were."""
        places = {f":{was[0]}@{was[1]}": f":{now[0]}@{now[1]}"
                  for was, now in zip(old, self.ports)}
        pattern = re.compile("|".join(map(re.escape, places)) + r"\b")
        for number in range(1, NODES + 1):
            path = self.at(number, "nodes.conf")
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                processes.write_atomically(path, pattern.sub(lambda m: places[m[0]], text))

    def secret(self, name):
        path = self.home.at("redis", name)
        if not os.path.exists(path):
            processes.write_atomically(path, secrets.token_urlsafe(32) + "\n")
        with open(path, encoding="ascii") as file:
            return file.read().strip()

    def write_secrets(self):
        with open(os.path.join(ROOT, "config", "redis.acl"), encoding="ascii") as file:
            rules = file.read()
        for user, name in (("glados", "password"), ("replica", "replica.password")):
            digest = hashlib.sha256(self.secret(name).encode()).hexdigest()
            rules = re.sub(rf"(?m)^(user {user} on )#<hash>", rf"\g<1>#{digest}", rules)
        digest = hashlib.sha256(self.secret("operator.password").encode()).hexdigest()
        self.rules = rules + f"user operator on #{digest} ~* &* +@all\n"

    def write_settings(self, number):
        self.home.folder("redis", str(number))
        client, bus = self.ports[number - 1]
        quoted = json.dumps  # Redis reads the same escapes within double quotes
        processes.write_atomically(self.at(number, "users.acl"), self.rules)
        lines = [
            f"port {client}", f"bind {self.host(number)}",
            f"unixsocket {quoted(self.socket(number))}", "unixsocketperm 700", "daemonize no",
            f"dir {quoted(self.at(number))}", f"pidfile {quoted(self.at(number, 'redis.pid'))}",
            f"aclfile {quoted(self.at(number, 'users.acl'))}",
            "masteruser replica", f"masterauth {self.secret('replica.password')}",
            "cluster-enabled yes", f"cluster-port {bus}", "cluster-config-file nodes.conf",
            "cluster-node-timeout 1000", "cluster-require-full-coverage no",
            "repl-diskless-sync-delay 0", "min-replicas-to-write 1", "min-replicas-max-lag 2",
            "appendonly yes", "appendfsync always", 'save ""', "maxmemory-policy noeviction",
            "hash-max-listpack-entries 128", "hash-max-listpack-value 512", 'logfile ""',
        ]
        processes.write_atomically(self.at(number, "redis.conf"), "\n".join(lines) + "\n")

    def socket(self, number):
        """Beside that of a single Redis, which lies elsewhere when the folder's name is long."""
        return os.path.join(self.sockets, f"redis-{number}.sock")

    def launch(self, number):
        name = f"redis-{number}"
        child = processes.start(self.command(number), self.home.at("log", f"{name}.log"))
        self.children[number] = child
        self.home.register.put(name, processes.identity(child.pid))

    def link(self, number):
        return Link(self.socket(number), self.secret("operator.password"))

    def wait(self, number, what, enough):
        limit = time.monotonic() + PATIENCE
        while True:
            try:
                with self.link(number) as link:
                    if enough(link):
                        return
            except (OSError, Refused):
                pass  # not yet
            child = self.children.get(number)
            if child is not None and child.poll() is not None:
                raise Refused(f"redis-{number} ended with status {child.returncode}; see "
                              f"{self.home.at('log', f'redis-{number}.log')}")
            if time.monotonic() > limit:
                raise Refused(f"redis-{number} did not {what} within {PATIENCE} s")
            time.sleep(0.05)

    def form(self):
        ids = {}
        for number in range(1, NODES + 1):
            with self.link(number) as link:
                ids[number] = link.ask("CLUSTER", "MYID")
                if number <= PRIMARIES and link.ask("CLUSTER", "COUNTKEYSINSLOT", 0) == 0:
                    self.give_slots(link, number)
        with self.link(1) as link:
            for number, (client, bus) in enumerate(self.ports[1:], 2):
                link.ask("CLUSTER", "MEET", self.host(number), client, bus)
        for number in range(1, NODES + 1):
            self.wait(number, "meet the others", lambda link: len([
                line for line in link.ask("CLUSTER", "NODES").splitlines()
                if "handshake" not in line]) == NODES)
        for number in range(PRIMARIES + 1, NODES + 1):
            with self.link(number) as link:
                link.ask("CLUSTER", "REPLICATE", ids[number - PRIMARIES])

    @staticmethod
    def give_slots(link, number):
        """A start that was ended half way may have done this already."""
        if "cluster_slots_assigned:0" in link.ask("CLUSTER", "INFO"):
            link.ask("CLUSTER", "SET-CONFIG-EPOCH", number)
            link.ask("CLUSTER", "ADDSLOTSRANGE", (number - 1) * SLOTS // PRIMARIES,
                     number * SLOTS // PRIMARIES - 1)

    def wait_whole(self):
        for number in range(1, NODES + 1):
            self.wait(number, "join a whole cluster", self.in_step)

    @staticmethod
    def in_step(link):
        """Every slot is served, and this process has a replica or follows its primary."""
        state, replication = link.ask("CLUSTER", "INFO"), link.ask("INFO", "replication")
        return ("cluster_state:ok" in state and f"cluster_slots_ok:{SLOTS}" in state
                and ("state=online" in replication or "master_link_status:up" in replication))

    # --- running

    def take_ended(self):
        """(name, status) of what ended since it was asked last."""
        ended = [(number, child.poll()) for number, child in self.children.items()]
        ended = [(number, status) for number, status in ended if status is not None]
        for number, _ in ended:
            del self.children[number]
        return [(f"redis-{number}", status) for number, status in ended]

    def answers(self, name):
        try:
            with self.link(int(name.removeprefix("redis-"))):
                return True
        except (OSError, Refused):
            return False

    def revive(self, name):
        """It joins the others by itself, and catches up with whoever took its place."""
        self.launch(int(name.removeprefix("redis-")))

    def stop(self):
        """All at once, so that nobody takes another's place meanwhile."""
        for child in self.children.values():
            processes.tell(child, signal.SIGTERM)
        for child in self.children.values():
            processes.end({"pid": child.pid}, 12, child)
        self.children.clear()
        for number in range(1, NODES + 1):  # somebody may have started one again by hand
            try:
                with self.link(number) as link:
                    link.ask("SHUTDOWN", "NOW")
            except (OSError, Refused):
                pass

    def status(self):
        for number in range(1, NODES + 1):
            try:
                with self.link(number) as link:
                    return link.ask("CLUSTER", "NODES")
            except OSError:
                continue
        raise Refused("no process of the cluster answers")


def end_leftovers(home):
    """Ends processes of a start that was killed."""
    known = home.register.read()
    for number in range(1, NODES + 1):
        if processes.alive(known.get(f"redis-{number}")):
            processes.end(known[f"redis-{number}"], 12)


def run(home):
    home.take()
    home.register.put("run", processes.identity(os.getpid()))
    end_leftovers(home)
    cluster = RedisCluster(home)
    awaited = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD}
    try:
        cluster.start()
        say("redis cluster: " + " ".join(cluster.seeds()))
        signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
        while signal.sigwait(awaited) == signal.SIGCHLD:
            for name, status in cluster.take_ended():
                say(f"{name} ended with status {status}: starting it again")
                cluster.revive(name)
    finally:
        cluster.stop()
        home.register.clear()
    return 0


def stop(home):
    home.refuse_foreign()
    running = home.register.read().get("run")
    if processes.alive(running):
        processes.end(running, 40)
    end_leftovers(home)
    return 0


def main(words):
    os.umask(0o077)
    home = Home()
    try:
        if words == ["start"]:
            return run(home)
        if words == ["stop"]:
            return stop(home)
        if words == ["status"]:
            cluster = RedisCluster(home)
            say(cluster.status().rstrip())
            return 0
    except KeyboardInterrupt:
        return 130
    except (Refused, OSError) as why:
        print(f"redis cluster: {why}", file=sys.stderr, flush=True)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
