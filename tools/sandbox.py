"""The sandbox of GLADOS: a private Redis, one node or more, throw-away authorities, providers.

  sandbox.py               starts it with one node, in the foreground, until Ctrl-C or SIGTERM
  sandbox.py cluster [N]   the same with N nodes (3) over a Redis Cluster
  sandbox.py stop          stops what runs in this GLADOS_HOME

The folder GLADOS_HOME keeps everything; two sandboxes share nothing but the built program.
"""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time

import authorities
import processes
import redis_move
import rest
from home import ROOT, Home, Refused, remove, say
from redis_cluster import free_ports

GLADOS = os.path.join(os.environ.get("GLADOS_BUILD") or os.path.join(ROOT, "build"), "glados")
PROVIDERS = {"alpha": "Alpha Chat", "beta": "Beta Chat", "gamma": "Gamma Chat"}
OPERATORS = {"operator": "operator", "second": "operator", "auditor": "auditor", "viewer": "viewer"}
NO_LIMIT = 1_000_000_000
START_SECONDS = 60
MOST_NODES = 9
# Every other GLADOS_* variable is a setting of the service.
OWN_VARIABLES = ("GLADOS_HOME", "GLADOS_PROVIDER_PORT", "GLADOS_ADMIN_PORT", "GLADOS_TEST_FULL",
                 "GLADOS_BUILD")


class Stopped(BaseException):
    """A signal asked us to stop."""


def port_of(name, default):
    text = os.environ.get(name, "") or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise Refused(f"{name} must be a port from 1 to 65535")
    return int(text)


class Sandbox:
    """One start of one home: made, watched and ended by the main thread."""

    def __init__(self, home, nodes=1, cluster=False):
        self.home = home
        self.nodes = nodes
        self.cluster = cluster
        self.provider_port = port_of("GLADOS_PROVIDER_PORT", 8443)
        self.admin_port = port_of("GLADOS_ADMIN_PORT", 9443)
        if self.provider_port == self.admin_port:
            raise Refused("GLADOS_PROVIDER_PORT and GLADOS_ADMIN_PORT must differ")
        ports = [self.port(base, i) for base in (self.provider_port, self.admin_port)
                 for i in range(1, nodes + 1)]
        if len(set(ports)) < len(ports) or max(ports) > 65535:
            raise Refused("node i listens on the ports + 10 (i - 1): these would meet")
        self.base_url = self.url(self.provider_port, 1)
        self.admin_url = self.url(self.admin_port, 1)
        self.children = {}
        self.redis = None
        self.linked = cluster or nodes > 1
        self.peer_ports = free_ports(nodes, self.reserved()) if self.linked else []

    def reserved(self):
        """Ports that this sandbox may listen on, however many nodes it has."""
        return {self.port(base, i) for base in (self.provider_port, self.admin_port)
                for i in range(1, MOST_NODES + 1)}

    @staticmethod
    def port(base, number):
        return base + 10 * (number - 1)

    def host(self, _number):
        """Where a node listens."""
        return "127.0.0.1"

    def url(self, base, number):
        return f"https://{self.host(number)}:{self.port(base, number)}"

    def numbers(self):
        return range(1, self.nodes + 1)

    def start(self):
        if not os.access(GLADOS, os.X_OK):
            raise Refused(f"{GLADOS} is not built; ./run builds it")
        self.home.take()
        self.home.register.put("run", processes.identity(os.getpid()))
        self.home.end_leftovers()
        for name, port in (("GLADOS_PROVIDER_PORT", self.provider_port),
                           ("GLADOS_ADMIN_PORT", self.admin_port)):
            for number in self.numbers():
                self.need_free(name, self.port(port, number))
        first = not os.path.exists(self.home.at("enrolled"))
        if first:  # also what is left of a first start that did not get to its end
            for name in ("redis", "nodes", "keys", "tls", "admin", "providers"):
                shutil.rmtree(self.home.at(name), ignore_errors=True)
        for name in ("log", "redis", *(f"nodes/{number}/data" for number in self.numbers())):
            self.home.folder(name)
        for name in os.listdir(self.home.at("nodes")):
            remove(self.home.at("nodes", name, "node.json"))
        say("[3/5] redis: private, append-only, "
            + ("three primaries with a replica each" if self.cluster else "on a socket of its own"))
        self.start_redis()
        say("[4/5] certificates and keys: " + ("new, for this sandbox only" if first else "kept"))
        if first:
            authorities.make(self.home, PROVIDERS, OPERATORS)
            self.run_glados("keys", "create", self.home.at("keys"))
        if self.linked:
            authorities.make_nodes(self.home, self.numbers())
        which = "node 1" if self.nodes == 1 else f"{self.nodes} nodes"
        say(f"[5/5] {which}: starting" + (" and enrolling three providers" if first else ""))
        for number in self.numbers():
            self.start_node(number)
        if first:
            self.enrol()
            processes.write_atomically(self.home.at("enrolled"), "")
        self.write_addresses()
        authorities.write_profiles(self.home, self.admin_url, OPERATORS)
        processes.write_atomically(self.home.at("ready"), "")

    @staticmethod
    def need_free(name, port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as why:
                raise Refused(f"port {port} cannot be used ({why.strerror}): "
                              f"set {name} to a free one") from None

    def start_redis(self):
        self.redis = redis_move.start(self.home, self.cluster, self.reserved())

    @staticmethod
    def environment():
        return {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}

    def run_glados(self, *words):
        done = subprocess.run([GLADOS, *words], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env=self.environment(), check=False)
        if done.returncode != 0:
            raise Refused(f"glados {words[0]} {words[1]} failed: "
                          f"{(done.stderr or done.stdout).strip()}")

    def link_settings(self, number):
        if not self.linked:
            return {}
        at = self.home.at
        return {
            "cluster.address": self.host(number),
            "cluster.port": self.peer_ports[number - 1],
            "cluster.certificate": at("tls", f"node-{number}", "cert.pem"),
            "cluster.key": at("tls", f"node-{number}", "key.pem"),
            "cluster.authority": at("tls", "cluster-authority", "cert.pem"),
        }

    def node_settings(self, number):
        at = self.home.at
        return {
            "node.id": f"node-{number}",
            "node.data_dir": at("nodes", str(number), "data"),
            "log.path": at("log", f"node-{number}.jsonl"),
            **self.link_settings(number),
            **self.redis.settings(),
            "keys.directory": at("keys"),
            "http.provider_address": self.host(number),
            "http.admin_address": self.host(number),
            "http.provider_port": self.port(self.provider_port, number),
            "http.admin_port": self.port(self.admin_port, number),
            "tls.provider.certificate": at("tls", "provider", "cert.pem"),
            "tls.provider.key": at("tls", "provider", "key.pem"),
            "tls.provider.client_ca": at("tls", "provider-authority", "cert.pem"),
            "tls.admin.certificate": at("tls", "admin", "cert.pem"),
            "tls.admin.key": at("tls", "admin", "key.pem"),
            "tls.admin.client_ca": at("tls", "admin-authority", "cert.pem"),
            "admin.certificates_file": at("tls", "admin-certificates"),
            "webhook.ca_file": at("ca.pem"),
            "templates.directory": os.path.join(ROOT, "config", "templates"),
            "usage.prices": os.environ.get("GLADOS_USAGE_PRICES",
                                           os.path.join(ROOT, "config", "prices.toml")),
        }

    def node_command(self, number):
        command = [GLADOS, "serve", "--config", os.path.join(ROOT, "config", "sandbox.toml")]
        for key, value in self.node_settings(number).items():
            command += ["--set", f"{key}={value}"]
        return command

    def start_node(self, number):
        name = f"node-{number}"
        self.remember(name, self.node_command(number), f"{name}.err")
        self.wait_for(name, lambda: self.node_answers(number), f"{name}.err", f"{name}.jsonl")

    def admin(self, name, number=1):
        return rest.Client(self.url(self.admin_port, number), self.home.at("ca.pem"),
                           self.home.at("admin", name))

    def node_answers(self, number):
        try:
            return self.admin("operator", number).call("GET", "/readyz").status == 200
        except OSError:
            return False

    def remember(self, name, command, log):
        child = processes.start(command, self.home.at("log", log), env=self.environment())
        self.children[name] = child
        self.home.register.put(name, processes.identity(child.pid))

    def wait_for(self, name, ready, *logs):
        child = self.children[name]
        limit = time.monotonic() + START_SECONDS
        while not ready():
            gone = child.poll()
            if gone is None and time.monotonic() < limit:
                time.sleep(0.03)
                continue
            what = "did not get ready" if gone is None else f"ended with status {gone}"
            raise Refused(f"{name} {what}. Its last lines:\n{self.last_lines(logs)}")

    def last_lines(self, logs, count=12):
        found = []
        for log in logs:
            try:
                with open(self.home.at("log", log), encoding="utf-8", errors="replace") as file:
                    found += file.readlines()[-count:]
            except OSError:
                pass
        return "".join(f"  {line.rstrip()}\n" for line in found) or "  (none)\n"

    def enrol(self):
        first, second = self.admin("operator"), self.admin("second")
        for name, title in PROVIDERS.items():
            scopes = ["lookup", "map", "events"]
            client = rest.enrol(first, second, name, title, self.home.at("providers", name), scopes)
            page = f"/admin/v1/providers/{name}"
            grants = [{"overrides": {"lookup_daily": NO_LIMIT, "sends_daily": NO_LIMIT}}]
            if name == "gamma":
                grants.append({"scopes": scopes + ["bulk"]})
            for grant in grants:
                if first.need(200, "PATCH", page, grant).json()["pending"]:  # it takes two
                    second.need(200, "PATCH", page, grant)
            self.write_client(name, client)

    def write_client(self, name, client):
        kept = {key: client[key] for key in ("provider_id", "client_id", "client_secret")}
        kept["base_url"] = self.base_url
        processes.write_atomically(self.home.at("providers", name, "client.json"),
                                   json.dumps(kept) + "\n")

    def write_addresses(self):
        for name in PROVIDERS:
            with open(self.home.at("providers", name, "client.json"), encoding="utf-8") as file:
                client = json.load(file)
            if client["base_url"] != self.base_url:
                self.write_client(name, client)
        for number in self.numbers():
            processes.write_atomically(self.home.at("nodes", str(number), "node.json"), json.dumps({
                "node_id": f"node-{number}", "pid": self.children[f"node-{number}"].pid,
                "base_url": self.url(self.provider_port, number),
                "admin_url": self.url(self.admin_port, number)}) + "\n")

    def watch(self):
        """Until a signal. A node that dies stays dead; Redis, which holds the data, comes back."""
        awaited = {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD}
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            awaited.add(signal.SIGHUP)
        signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
        while True:
            for name, status in self.redis.take_ended():
                say(f"{name} ended with status {status}: starting it again")
                self.revive_redis(name)
            for name, child in list(self.children.items()):
                if child.poll() is not None:
                    del self.children[name]
                    say(f"{name} ended with status {child.returncode}: it is left dead; "
                        "Ctrl-C and ./run start it again")
            seen = signal.sigtimedwait(awaited, 5)
            if seen is not None and seen.si_signo != signal.SIGCHLD:
                return

    def revive_redis(self, name):
        if signal.sigtimedwait({signal.SIGINT, signal.SIGTERM}, 0.5) is not None:
            raise Stopped
        if self.redis.answers(name):
            say(f"{name}: somebody else started it meanwhile; left to them")
            return
        try:
            self.redis.revive(name)
        except Refused as why:
            say(str(why))

    def stop(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        remove(self.home.at("ready"))
        for name in sorted(self.children):  # the nodes before their Redis
            child = self.children[name]
            processes.end({"pid": child.pid}, 12, child)
        if self.redis is not None:
            self.redis.stop()
        for number in self.numbers():
            remove(self.home.at("nodes", str(number), "node.json"))
        self.home.drop_socket()
        self.home.register.clear()


def tour(box):
    """Commands to copy. They read secrets from client.json; none is printed."""
    with open(os.path.join(ROOT, "tools", "tour.txt"), encoding="utf-8") as file:
        text = file.read()
    for name, value in (("HOME", shlex.quote(box.home.path)), ("BASE", box.base_url),
                        ("ADMIN", box.admin_url), ("GLADOS", shlex.quote(GLADOS))):
        text = text.replace(f"<{name}>", value)
    return text


def start(nodes, cluster):
    def interrupt(*_):
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupt)
    box = Sandbox(Home(), nodes, cluster)
    status = 130
    try:
        box.start()
        status = 0  # from here on, ending is what was asked for
        say(tour(box))
        box.watch()
    except Stopped:
        pass
    finally:
        if box.home.taken():
            say("stopping")
            box.stop()
    return status


def stop():
    home = Home()
    home.refuse_foreign()
    known = home.register.read()
    living = {name: who for name, who in known.items() if processes.alive(who)}
    if not living:
        say(f"nothing is running in {home.path}")
        return 0
    remove(home.at("ready"))
    if "run" in living:
        processes.end(living["run"], 40)
    home.end_leftovers()
    home.drop_socket()
    home.register.clear()
    say(f"stopped what ran in {home.path}")
    return 0


def main(words):
    os.umask(0o077)
    nodes, cluster = 1, words[:1] == ["cluster"]
    if cluster:
        words, count = [], "".join(words[1:]) or "3"
        nodes = int(count) if count.isascii() and count.isdigit() else 0
    if words not in ([], ["stop"]) or not 1 <= nodes <= MOST_NODES:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return stop() if words else start(nodes, cluster)
    except (Refused, rest.Unexpected, RuntimeError, OSError) as why:
        print(f"run: {why}", file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
