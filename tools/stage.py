"""A sandbox in a folder of its own on free ports, for the demo and the tests."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import processes
import rest
from home import ROOT

START_SECONDS = 90
STOP_SECONDS = 40


class Surprise(Exception):
    """Something went otherwise than the story says."""


def free_ports(count):
    """Ports nobody listens on; held together while they are picked, so that they differ."""
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()


def free_bases(count, nodes=3):
    """Ports that are free together with those of further nodes, each 10 on."""
    def free(port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return True
            except OSError:
                return False

    while True:
        found = free_ports(count)
        wanted = [base + 10 * i for base in found for i in range(nodes)]
        if len(set(wanted)) == len(wanted) and max(wanted) < 65536 and all(map(free, wanted)):
            return found


class Stage:
    """A sandbox in a folder that goes away with it. `settings`: of the service, by variable;
    `words`: of the start script."""

    def __init__(self, settings=None, words=()):
        self.words = list(words)
        self._folder = tempfile.mkdtemp(prefix="glados-stage-")
        self._settings = settings or {}
        self._child = None
        self.home = os.path.join(self._folder, "home")
        self.output = os.path.join(self._folder, "output")

    def at(self, *parts):
        return os.path.join(self.home, *parts)

    def environment(self):
        provider, admin = free_bases(2)
        return dict(os.environ, GLADOS_HOME=self.home, GLADOS_PROVIDER_PORT=str(provider),
                    GLADOS_ADMIN_PORT=str(admin), PYTHONUNBUFFERED="1", **self._settings)

    def open(self):
        self._child = processes.start(
            [sys.executable, os.path.join(ROOT, "tools", "sandbox.py"), *self.words], self.output,
            env=self.environment())
        limit = time.monotonic() + START_SECONDS
        while not os.path.exists(self.at("ready")):
            if self._child.poll() is not None or time.monotonic() > limit:
                raise Surprise("the sandbox did not start:\n" + self.said())
            time.sleep(0.02)

    def said(self):
        """What the start script printed."""
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        """Ends the sandbox and keeps its folder. Returns the status of the start script."""
        if self._child is None:
            return 0
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        return self._child.returncode

    def close(self):
        status = self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
        return status

    def node(self):
        with open(self.at("nodes", "1", "node.json"), encoding="utf-8") as file:
            return json.load(file)

    def operator(self, name):
        return rest.Client(self.node()["admin_url"], self.at("ca.pem"), self.at("admin", name))

    def provider(self, name):
        return rest.Client(self.node()["base_url"], self.at("ca.pem"), self.at("providers", name))

    def client(self, name):
        with open(self.at("providers", name, "client.json"), encoding="utf-8") as file:
            return json.load(file)

    def code(self, sii, provider):
        """The code of the newest message to an identifier, as its owner would read it."""
        operator = self.operator("operator")
        where = "/admin/v1/sandbox/messages?" + urllib.parse.urlencode({"sii": sii})
        limit = time.monotonic() + 5
        while time.monotonic() < limit:
            found = [message for message in operator.need(200, "GET", where).json()["messages"]
                     if message["provider_id"] == provider]
            if found:
                return found[-1]["code"]
            time.sleep(0.05)
        raise Surprise("no message arrived in the outbox")
