"""The sandboxes of the tests, the callers of them, and what of a running node can be watched."""

import itertools
import json
import os
import secrets
import signal
import threading
import time

import certificates
import processes
import rest
from checks import Failed, eventually, same
from document import Document
from home import ROOT
from sandbox import GLADOS
from stage import Stage

CHECKS = rest.CHECKS
HERE = os.path.dirname(os.path.abspath(__file__))
TOKEN_SECONDS = 600
_phones = itertools.count(secrets.randbelow(50_000_000) + 20_000_000)


def new_phone():
    """A German mobile number that no other test uses."""
    return f"tel:+49151{next(_phones):08d}"


def new_mail():
    return f"mailto:canary.{secrets.token_hex(6)}@mail.example.org"


def new_user():
    return "user-" + secrets.token_hex(6)


def new_key():
    return "key-" + secrets.token_hex(8)


class Caller(rest.Client):
    """One caller over one kept connection a thread; each of its answers is held to the document."""

    def __init__(self, box, base, folder, provider=None):
        super().__init__(base, box.at("ca.pem"), folder, timeout=20)
        self.box = box
        self.folder = folder
        self.provider = provider
        self.secret = None
        self._links = threading.local()

    def call(self, method, path, body=None, headers=None, form=None, raw=None):
        data, sent = self.prepared(body, headers, form)
        if raw is not None:
            data = raw
            sent.setdefault("Content-Type", "application/json")
        answer = self._exchange(method, path, data, sent)
        self.box.world.document.hold(method, path, answer)
        return answer

    def _exchange(self, method, path, data, sent):
        for last in (False, True):
            link = getattr(self._links, "link", None)
            fresh = link is None
            if fresh:
                link = self._links.link = self.link()
            try:
                answer = self.exchange(link, method, path, data, sent)
                if answer.headers.get("Connection") == "close":
                    self.hang_up()
                return answer
            except OSError:
                self.hang_up()
                if fresh or last:
                    raise
            except Exception:
                self.hang_up()
                if fresh or last:
                    raise
        raise Failed("no answer")

    def hang_up(self):
        link = getattr(self._links, "link", None)
        if link is not None:
            link.close()
        self._links.link = None

    def sign_in(self, client=None):
        self.secret = client or self.secret
        told = super().sign_in(self.secret)
        self.signed_in = time.monotonic()
        self.box.kept_secret(told["access_token"], self.secret["client_secret"])
        return told

    def again(self):
        """A second caller with the same certificate and token."""
        other = Caller(self.box, self.box.node()["base_url"], self.folder, self.provider)
        other.token, other.secret = self.token, self.secret
        return other

    # --- what providers do ---------------------------------------------------------------------

    def lookup(self, sii):
        self.box.kept_secret(sii)
        return self.call("POST", "/v1/lookup", {"sii": sii})

    def post_verification(self, sii, user, key=None, **more):
        self.box.kept_secret(sii, user)
        return self.call("POST", "/v1/verifications", {"sii": sii, "user_id": user, **more},
                         headers={"Idempotency-Key": key or new_key()})

    def open(self, sii, user, **more):
        answer = self.post_verification(sii, user, **more)
        same(answer.status, 202, f"opening a verification ({answer.problem()})")
        return answer.json()

    def check(self, opened, code, user):
        return self.call("POST", f"/v1/verifications/{opened['id']}/check",
                         {"code": code, "user_id": user})

    def code(self, sii):
        code = self.box.code(sii, self.provider)
        self.box.codes.add(code)
        return code

    def prove(self, sii, user, **more):
        opened = self.open(sii, user, **more)
        answer = self.check(opened, self.code(sii), user)
        same(answer.status, 200, f"the right code ({answer.problem()})")
        return answer.json()


def wrong(code):
    return "000000" if code != "000000" else "111111"


class Box(Stage):
    """A sandbox of the tests: its callers, its processes, and what must never be seen in clear."""

    def __init__(self, world, settings=None, words=()):
        super().__init__(settings, words)
        self.world = world
        self.private = set()
        self.codes = set()
        self._callers = {}
        self._node = None
        self._command = None

    def kept_secret(self, *texts):
        self.private.update(text for text in texts if text)

    def admin(self, name="operator"):
        if name not in self._callers:
            self._callers[name] = Caller(self, self.node()["admin_url"], self.at("admin", name))
        return self._callers[name]

    def known(self, name):
        """One of alpha, beta, gamma, signed in."""
        if name not in self._callers:
            caller = Caller(self, self.node()["base_url"], self.at("providers", name), name)
            caller.sign_in(self.client(name))
            self._callers[name] = caller
        caller = self._callers[name]
        if time.monotonic() - caller.signed_in > TOKEN_SECONDS / 2:  # a whole run takes longer
            caller.sign_in()
        return caller

    def provider(self, name, scopes=("lookup", "map", "events"), overrides=None):
        """A provider of this test alone, enrolled and signed in."""
        folder = self.at("providers", name)
        certificates.make_leaf(folder, name, self.at("tls", "provider-authority"))
        client = rest.enrol(self.admin(), self.admin("second"), name,
                            name.replace("-", " ").title(), folder, list(scopes))
        if overrides:
            patch = {"overrides": overrides}
            page = f"/admin/v1/providers/{name}"
            if self.admin().need(200, "PATCH", page, patch).json()["pending"]:
                self.admin("second").need(200, "PATCH", page, patch)
        caller = Caller(self, self.node()["base_url"], folder, name)
        caller.sign_in(client)
        return caller

    def forget_callers(self):
        for caller in self._callers.values():
            caller.hang_up()
        self._callers = {}

    # --- its processes -------------------------------------------------------------------------

    def pid(self, name="node-1"):
        if name == "node-1" and self._node is not None:
            return self._node.pid
        return self.processes()[name]["pid"]

    def processes(self):
        """Those of the sandbox, by name."""
        with open(self.at(".processes.json"), encoding="utf-8") as file:
            return json.load(file)

    def command(self):
        with open(f"/proc/{self.pid()}/cmdline", "rb") as file:
            return [word.decode() for word in file.read().split(b"\0")[:-1]]

    def node_environment(self):
        own = ("GLADOS_BUILD", "GLADOS_TEST_FULL")
        return {name: value for name, value in dict(os.environ, **self._settings).items()
                if name not in own}

    def restart_node(self, number):
        """Ends the node by this signal and starts it again as a child of the test."""
        command, who = self.command(), processes.identity(self.pid())
        if self._node is not None:
            self._node.send_signal(number)
            status = self._node.wait(15)
        else:
            os.kill(who["pid"], number)
            status = None
            eventually("the node ends", lambda: not processes.alive(who), 15)
        self._command = command
        self.begin_node()
        return status

    def begin_node(self):
        """Starts the node that `restart_node` or `end_node` ended."""
        self._node = processes.start(self._command, self.at("log", "node-1.err"),
                                     env=self.node_environment())
        self.wait_ready()

    def running(self):
        return processes.alive(processes.identity(self.pid()))

    def restart_redis(self, number):
        """Ends Redis by this signal; the start script brings it back."""
        before = processes.identity(self.pid("redis"))
        os.kill(before["pid"], number)
        eventually("Redis ends", lambda: not processes.alive(before), 10)
        eventually("Redis comes back", lambda: self.pid("redis") != before["pid"], 15)
        self.wait_ready()

    def wait_ready(self):
        self.forget_callers()

        def ready():
            try:
                return self.operator("operator").call("GET", "/readyz").status == 200
            except OSError:
                return False
        try:
            eventually("the node is ready", ready, 30)
        except Failed as why:
            raise Failed(f"{why}; {self.state_of_node()}") from None

    def state_of_node(self):
        """For the report of a test that waited for it in vain."""
        if not self.running():
            with open(self.at("log", "node-1.err"), encoding="utf-8", errors="replace") as file:
                return "it has ended: " + " / ".join(file.read().splitlines()[-3:])
        try:
            return "it says " + self.operator("operator").call(
                "GET", "/admin/v1/cluster").body.decode()
        except OSError as why:
            return f"it runs and answers nothing: {why}"

    def end_node(self, patience=12):
        """SIGTERM to a node that the test started; returns (status, seconds)."""
        began = time.monotonic()
        self._node.send_signal(signal.SIGTERM)
        try:
            return self._node.wait(patience), time.monotonic() - began
        finally:
            if self._node.poll() is None:
                self._node.kill()
                self._node.wait()
            self._node = None

    def stop(self):
        self.forget_callers()
        if self._node is not None:
            processes.end({"pid": self._node.pid}, 12, self._node)
            self._node = None
        return super().stop()

    # --- what can be watched -------------------------------------------------------------------

    def metric(self, name, **labels):
        """The sum of all samples of this name with these labels."""
        total, found = 0.0, False
        for line in self.admin().need(200, "GET", "/metrics").body.decode().splitlines():
            if line.startswith(name + "{") or line.startswith(name + " "):
                if all(f'{key}="{value}"' in line for key, value in labels.items()):
                    total += float(line.rsplit(" ", 1)[1])
                    found = True
        if not found:
            raise Failed(f"no metric {name} {labels}")
        return total

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid()}/fd"))

    def cpu_seconds(self):
        with open(f"/proc/{self.pid()}/stat", "rb") as file:
            fields = file.read().rsplit(b")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def alive(self):
        return os.path.exists(f"/proc/{self.pid()}/stat")


class World:
    """Every sandbox that tests share. A box starts when a test first asks for it."""

    KINDS = {
        "main": {},
        "quick": {"GLADOS_VERIFICATION_WAIT_SCALE": "0.01", "GLADOS_CREDENTIALS_SETTLE": "2s",
                  "GLADOS_ADMIN_CALLS_AUDITED_EVERY": "1s",
                  "GLADOS_TOKENS_PER_CLIENT": "30",
                  "GLADOS_USAGE_PRICES": os.path.join(HERE, "prices.toml")},
        "strict": {"GLADOS_ADMIN_TWO_PERSON": "true", "GLADOS_VERIFICATION_LIFETIME": "3s",
                   "GLADOS_VERIFICATION_WAIT_SCALE": "0.001",
                   "GLADOS_SIGNALS_WINDOW": "24h", "GLADOS_SIGNALS_MIN_LOOKUPS": "20",
                   "GLADOS_SIGNALS_MIN_CODES": "20", "GLADOS_SIGNALS_THROTTLE_AFTER": "1",
                   "GLADOS_SIGNALS_THROTTLE_SENDS": "0.02"},
        "aging": {"GLADOS_VERIFICATION_WAIT_SCALE": "0", "GLADOS_VERIFICATION_REFRESH_AFTER": "3s",
                  "GLADOS_VERIFICATION_COUNTRY_BASE": "1", "GLADOS_SWEEP_INTERVAL": "1s",
                  "GLADOS_SWEEP_RECORDS_PER_SECOND": "100000"},
        "frail": {"GLADOS_VERIFICATION_WAIT_SCALE": "0",
                  "GLADOS_VERIFICATION_GUESSES_PER_DAY": "1000000",
                  "GLADOS_LOG_SLOW_REQUEST": "1ms"},
    }

    def __init__(self, full):
        self.full = full
        self.glados = GLADOS
        self.document = Document(os.path.join(ROOT, "http", "openapi.yaml"))
        self.boxes = {}
        self.delivery = None  # what gateways.py shares
        self.at_end = []

    def __getattr__(self, kind):
        if kind not in self.KINDS:
            raise AttributeError(kind)
        if kind not in self.boxes:
            box = Box(self, self.KINDS[kind])
            self.boxes[kind] = box  # known before it starts, so that it ends in any case
            box.open()
        return self.boxes[kind]

    def close(self):
        """{kind: status of its start script} of every box that was open."""
        ended = {kind: box.close() for kind, box in self.boxes.items()}
        for end in self.at_end:
            end()
        return ended
