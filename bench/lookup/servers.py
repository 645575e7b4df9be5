"""The four servers of the lookup benchmark. Each is started, knows its processes, and is ended by
their ids. All show the same certificate and ask clients for one of the same authority."""

import glob
import json
import os
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tools"))

import processes  # noqa: E402
import rest  # noqa: E402
import sandbox  # noqa: E402
from home import Home  # noqa: E402

PROVIDER = "alpha"
BASE, KNOWN = 14152000000, 50_000
START_SECONDS = 30
SWEEP_SECONDS = 180


class Failed(Exception):
    """The benchmark cannot go on; the text says why."""


FAILURES = (Failed, sandbox.Refused, rest.Unexpected)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(name):
    path = os.path.join(ROOT, "build", name)
    if not os.access(path, os.X_OK):
        raise Failed(f"build/{name} is missing: ninja -C build {name}")
    return path


def children_of(pid):
    out = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, "rb") as file:
                fields = file.read().rsplit(b")", 1)[1].split()
        except (OSError, IndexError):
            continue
        if int(fields[1]) == pid:
            out.append(int(path.split("/")[2]))
    return out


def write_private(path, text):
    processes.write_atomically(path, text)
    return path


class Tls:
    """Certificates of the sandbox, under the names the other servers want."""

    def __init__(self, home, folder):
        os.makedirs(folder, mode=0o700)
        self.folder, self.home = folder, home
        for source, name in ((("tls", "provider", "cert.pem"), "server.pem"),
                             (("tls", "provider", "key.pem"), "server.key"),
                             (("tls", "provider-authority", "cert.pem"), "ca.pem")):
            shutil.copy(home.at(*source), os.path.join(folder, name))
        self.ca = home.at("ca.pem")
        self.cert = home.at("providers", PROVIDER, "cert.pem")
        self.key = home.at("providers", PROVIDER, "key.pem")

    def accepts(self, port):
        """Whether a server there finishes a handshake with our client certificate."""
        context = ssl.create_default_context(cafile=self.ca)
        context.load_cert_chain(self.cert, self.key)
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as plain:
                with context.wrap_socket(plain, server_hostname="127.0.0.1"):
                    return True
        except OSError:
            return False


class Server:
    """One contender. `mark` is its letter in the issue's list."""

    mark, title = "", ""

    def __init__(self):
        self.children = []
        self.port = 0
        self.token_file = None

    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def pids(self):
        return [pid for child in self.children for pid in (child.pid, *children_of(child.pid))]

    def begin(self, command, log):
        child = processes.start(command, log)
        self.children.append(child)
        return child

    def wait_until(self, ready, log):
        limit = time.monotonic() + START_SECONDS
        while not ready():
            if time.monotonic() > limit or any(c.poll() is not None for c in self.children):
                with open(log, encoding="utf-8", errors="replace") as file:
                    raise Failed(f"{self.title} did not start:\n{file.read()[-2000:]}")
            time.sleep(0.05)

    def refresh(self):
        """Before each measurement."""

    def stop(self):
        for child in reversed(self.children):
            processes.end({"pid": child.pid}, 10, child)
        self.children = []


class SeededSandbox(sandbox.Sandbox):
    """A sandbox whose directory is filled before its node starts."""

    def start_node(self, number):
        done = subprocess.run([program("bench_seed"), self.redis.socket, self.home.at("keys"),
                               PROVIDER, str(BASE), str(KNOWN)], capture_output=True, text=True,
                              timeout=120, check=False)
        if done.returncode != 0:
            raise Failed(done.stderr.strip() or "bench_seed failed")
        super().start_node(number)


class Glados(Server):
    mark, title = "a", "GLADOS, warm directory"

    def __init__(self, folder):
        super().__init__()
        os.environ.update(GLADOS_HOME=folder, GLADOS_PROVIDER_PORT=str(free_port()),
                          GLADOS_ADMIN_PORT=str(free_port()))
        self.box = SeededSandbox(Home())
        self.port = self.box.provider_port
        self.token_file = os.path.join(folder, "bench-token")

    def start(self):
        self.box.start()

    def pids(self):
        return [self.box.redis.child.pid, *(child.pid for child in self.box.children.values())]

    def refresh(self):
        at = self.box.home.at
        client = rest.Client(self.box.base_url, at("ca.pem"), at("providers", PROVIDER))
        with open(at("providers", PROVIDER, "client.json"), encoding="utf-8") as file:
            client.sign_in(json.load(file))
        write_private(self.token_file, client.token)

    def swept(self):
        """Waits until the first sweep is through: it visits every record soon after a start, at
        2,000/s, and not again for an hour."""
        limit = time.monotonic() + SWEEP_SECONDS
        before, seen = -1, 0
        while seen < KNOWN or seen != before:  # nodes that came later visit what they took over
            if time.monotonic() > limit:
                raise Failed(f"{self.title}: the first sweep did not end")
            time.sleep(2)
            before, seen = seen, sum(map(self.visited, self.box.numbers()))

    def visited(self, number):
        """Records that a node's sweep has visited."""
        text = self.box.admin("operator", number).need(200, "GET", "/metrics").body.decode()
        seen = re.search(r"^glados_swept_records_total (\d+)", text, re.MULTILINE)
        return int(seen[1]) if seen else 0

    def stop(self):
        if self.box.home.taken():
            self.box.stop()


class FixedReply(Server):
    mark, title = "b", "our acceptor and transport, fixed reply"

    def __init__(self, tls, folder):
        super().__init__()
        self.tls, self.log = tls, os.path.join(folder, "fixed.log")

    def start(self):
        self.port = free_port()
        self.begin([program("bench_fixed_reply"), self.tls.folder, str(self.port),
                    str(os.cpu_count())], self.log)
        self.wait_until(lambda: self.tls.accepts(self.port), self.log)


class Nginx(Server):
    """nginx running one of the Lua files, with what it needs in `init.lua`."""

    script = ""

    def __init__(self, tls, folder):
        super().__init__()
        os.makedirs(folder, mode=0o700)
        self.tls, self.folder = tls, folder
        self.token = secrets.token_urlsafe(32)
        self.token_file = write_private(os.path.join(folder, "token"), self.token)

    @staticmethod
    def answer(number):
        return json.dumps({"ssi": {"provider_id": PROVIDER, "provider_name": "Alpha Chat",
                                   "user_id": f"user-{number}"}, "method": "sms",
                           "verified_at": "2026-01-01T00:00:00.000Z"}, separators=(",", ":"))

    def start_nginx(self, init):
        if shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin") is None:
            raise Failed("nginx is missing; the packages marked bench in packages.list")
        arch = glob.glob("/usr/lib/*/lua/5.1/cjson.so")
        if not arch:
            raise Failed("lua-cjson is missing; the packages marked bench in packages.list")
        write_private(os.path.join(self.folder, "init.lua"), init)
        self.port = free_port()
        with open(os.path.join(HERE, "nginx.conf"), encoding="utf-8") as file:
            text = file.read()
        for name, value in (("USER", "user root;" if os.geteuid() == 0 else ""),
                            ("WORKERS", str(os.cpu_count())), ("FOLDER", self.folder),
                            ("MODULES", "/usr/lib/nginx/modules"), ("HERE", HERE),
                            ("CPATH", os.path.dirname(arch[0])), ("PORT", str(self.port)),
                            ("TLS", self.tls.folder), ("LUA", self.script)):
            text = text.replace(f"@{name}@", value)
        settings = write_private(os.path.join(self.folder, "nginx.conf"), text)
        log = os.path.join(self.folder, "nginx.log")
        self.begin(["/usr/sbin/nginx", "-p", self.folder, "-c", settings], log)
        self.wait_until(lambda: self.tls.accepts(self.port), log)


class NginxRedis(Nginx):
    mark, title, script = "c", "nginx + Lua + Redis", "redis.lua"

    def start(self):
        path = os.path.join(self.folder, "redis.sock")
        log = os.path.join(self.folder, "redis.log")
        self.begin(["redis-server", "--port", "0", "--unixsocket", path, "--save", "",
                    "--appendonly", "no", "--dir", self.folder], log)
        self.wait_until(lambda: os.path.exists(path), log)
        self.fill(path)
        self.start_nginx(f'ngx.shared.directory:set("socket", {json.dumps(path)})\n')

    def fill(self, path):
        def command(*words):
            parts = [f"*{len(words)}\r\n"] + [f"${len(word)}\r\n{word}\r\n" for word in words]
            return "".join(parts).encode()
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(20)
            link.connect(path)
            link.sendall(command("SET", f"token:{self.token}", PROVIDER))
            expected = len(b"+OK\r\n")
            for first in range(0, KNOWN, 1000):
                link.sendall(b"".join(
                    command("SET", f"map:tel:+{BASE + i}", self.answer(i))
                    for i in range(first, min(first + 1000, KNOWN))))
                expected += min(1000, KNOWN - first) * len(b"+OK\r\n")
                while expected > 0:
                    got = link.recv(65536)
                    if not got.startswith((b"+", b"O", b"K", b"\r", b"\n")):
                        raise Failed("Redis refused a mapping")
                    expected -= len(got)


class NginxDictionary(Nginx):
    mark, title, script = "d", "nginx + Lua + shared dictionary", "dictionary.lua"

    def start(self):
        text = self.answer("NUMBER").replace('"', '\\"').replace("NUMBER", '" .. i .. "')
        self.start_nginx(
            "local directory = ngx.shared.directory\n"
            f'assert(directory:set("token:{self.token}", "{PROVIDER}"))\n'
            f"for i = 0, {KNOWN - 1} do\n"
            f'  local number = string.format("%.0f", {BASE} + i)\n'
            f'  assert(directory:safe_set("map:tel:+" .. number, "{text}"))\n'
            "end\n")
