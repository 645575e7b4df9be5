"""What `glados load --direct` needs beside itself: keys, and a Redis of its own."""

import os
import shutil
import socket
import subprocess
import time

import processes
from home import ROOT, Refused
from sandbox import GLADOS, Sandbox

PATIENCE = 20


class Direct:
    """In a folder that is there and stays; `close` ends the Redis."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = os.path.join(folder, "redis.sock")
        self.keys = os.path.join(folder, "keys")
        done = subprocess.run([GLADOS, "keys", "create", self.keys], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False,
                              env=Sandbox.environment())
        if done.returncode != 0:
            raise Refused(f"glados keys create: {done.stderr.strip()}")
        self.redis = processes.start(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", folder,
             "--appendonly", "yes", "--appendfsync", "always", "--save", ""],
            os.path.join(folder, "redis.log"))
        limit = time.monotonic() + PATIENCE
        while not self._answers():
            if self.redis.poll() is not None or time.monotonic() > limit:
                self.close()
                raise Refused("redis did not get ready")
            time.sleep(0.03)

    def _answers(self):
        with socket.socket(socket.AF_UNIX) as link:
            try:
                link.connect(self.socket)
                link.sendall(b"PING\r\n")
                return link.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def command(self, *words):
        settings = {"node.id": "direct", "node.data_dir": os.path.join(self.folder, "node"),
                    "redis.socket": self.socket, "keys.directory": self.keys,
                    "templates.directory": os.path.join(ROOT, "config", "templates"),
                    "usage.prices": os.path.join(ROOT, "config", "prices.toml")}
        out = [GLADOS, "load", "--direct", "--config", os.path.join(ROOT, "config", "sandbox.toml")]
        for key, value in settings.items():
            out += ["--set", f"{key}={value}"]
        return out + [str(word) for word in words]

    def close(self):
        processes.end({"pid": self.redis.pid}, 10, self.redis)
        shutil.rmtree(os.path.join(self.folder, "node"), ignore_errors=True)
