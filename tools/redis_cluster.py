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

PRIMARIES = 3
NODES = 6
SLOTS = 16384
PATIENCE = 60
# Ports of sandboxes, which a cluster's processes leave alone.
BASE_PORTS = [(8400, 8600), (9400, 9600)]


class Link:
    """One connection to Redis by its socket, as the user that may do everything."""

    def __init__(self, path, password, patience=5):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(patience)
        self.socket.connect(path)
        self.input = self.socket.makefile("rb")
        self.ask("AUTH", "operator", password)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.input.close()
        self.socket.close()

    def ask(self, *words):
        wire = b"*%d\r\n" % len(words)
        for word in words:
            raw = str(word).encode()
            wire += b"$%d\r\n%s\r\n" % (len(raw), raw)
        self.socket.sendall(wire)
        return self.answer()

    def answer(self):
        line = self.input.readline()
        if not line:
            raise OSError("the connection ended")
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b"-":
            raise Refused(f"Redis: {rest}")
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == "-1" else self.input.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        return rest


def free_ports(count):
    """Ports that nobody uses now, outside those of sandboxes."""
    held, ports = [], []
    while len(ports) < count:
        probe = socket.socket()
        probe.bind(("127.0.0.1", 0))
        held.append(probe)
        port = probe.getsockname()[1]
        if not any(first <= port < last for first, last in BASE_PORTS):
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
    """Started, kept and ended by whoever runs the sandbox of `home`, whose lock it holds."""

    def __init__(self, home):
        self.home = home
        self.children = {}
        self.ports = []  # of node n: [client, bus]
        self.rules = ""
        self.sockets = os.path.dirname(home.socket()) if os.path.isdir(home.at("redis")) else ""

    def at(self, number, *parts):
        return self.home.at("redis", str(number), *parts)

    def seeds(self):
        return [f"127.0.0.1:{client}" for client, _ in self.ports]

    def password_file(self):
        return self.home.at("redis", "password")

    def settings(self):
        """What a node of GLADOS has to be told, by key."""
        return {"redis.seeds": ",".join(self.seeds()), "redis.username": "glados",
                "redis.password_file": self.password_file()}

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
        if len(old) == NODES and all(can_bind(port) for pair in old for port in pair):
            self.ports = old
            return
        fresh = free_ports(2 * NODES)
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
            f"port {client}", "bind 127.0.0.1", f"unixsocket {quoted(self.socket(number))}",
            "unixsocketperm 700", "daemonize no", f"dir {quoted(self.at(number))}",
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
        child = processes.start(["redis-server", self.at(number, "redis.conf")],
                                self.home.at("log", f"{name}.log"))
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
            for client, bus in self.ports[1:]:
                link.ask("CLUSTER", "MEET", "127.0.0.1", client, bus)
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
        def whole(link):
            state, replication = link.ask("CLUSTER", "INFO"), link.ask("INFO", "replication")
            return ("cluster_state:ok" in state and f"cluster_slots_ok:{SLOTS}" in state
                    and ("state=online" in replication or "master_link_status:up" in replication))

        for number in range(1, NODES + 1):
            self.wait(number, "join a whole cluster", whole)

    # --- running

    def revive(self):
        """Starts again what ended; returns the numbers."""
        ended = [number for number, child in self.children.items() if child.poll() is not None]
        for number in ended:
            self.launch(number)
        return ended

    def stop(self):
        """Replicas last: a primary that ends hands what it has to them."""
        for number in sorted(self.children):
            processes.end({"pid": self.children[number].pid}, 12, self.children[number])
        self.children.clear()

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
            for number in cluster.revive():
                say(f"redis-{number} ended: started again")
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
