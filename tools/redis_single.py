"""A private Redis on a Unix socket in the folder of a sandbox."""

import json
import os
import socket
import time

import processes
from home import Refused

PATIENCE = 60
NAME = "redis"


class RedisSingle:
    """Started, kept and ended by whoever runs the sandbox of `home`, whose lock it holds."""

    def __init__(self, home):
        self.home = home
        self.socket = None
        self.child = None

    def settings(self):
        """What a node of GLADOS has to be told, by key."""
        return {"redis.socket": self.socket}

    def start(self):
        """Returns when it serves."""
        self.socket = self.home.socket()
        quoted = json.dumps  # Redis reads the same escapes within double quotes
        lines = [
            "port 0", f"unixsocket {quoted(self.socket)}", "unixsocketperm 700", "daemonize no",
            f"dir {quoted(self.home.at('redis'))}",
            f"pidfile {quoted(self.home.at('redis', 'redis.pid'))}",
            "appendonly yes", "appendfsync always", 'save ""', "maxmemory-policy noeviction",
            "hash-max-listpack-entries 128", "hash-max-listpack-value 512", "logfile \"\"",
        ]
        processes.write_atomically(self.home.at("redis", "redis.conf"), "\n".join(lines) + "\n")
        self.child = processes.start(["redis-server", self.home.at("redis", "redis.conf")],
                                     self.home.at("log", "redis.log"))
        self.home.register.put(NAME, processes.identity(self.child.pid))
        limit = time.monotonic() + PATIENCE
        while not self.answers():
            gone = self.child.poll()
            if gone is not None:
                raise Refused(f"redis ended with status {gone}; see log/redis.log")
            if time.monotonic() > limit:
                raise Refused("redis did not get ready")
            time.sleep(0.03)

    def answers(self, _name=NAME):
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            try:
                link.connect(self.socket)
                link.sendall(b"PING\r\n")
                return link.recv(16).startswith(b"+PONG")  # while loading it says -LOADING
            except OSError:
                return False

    def take_ended(self):
        """(name, status) of what ended since it was asked last."""
        if self.child is None or self.child.poll() is None:
            return []
        status, self.child = self.child.returncode, None
        return [(NAME, status)]

    def revive(self, _name=NAME):
        self.start()

    def stop(self):
        if self.child is not None:
            processes.end({"pid": self.child.pid}, 12, self.child)
            self.child = None
        # Somebody may have started it again by hand: it ends with us all the same.
        if self.socket is not None and self.answers():
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(10)
                link.connect(self.socket)
                link.sendall(b"SHUTDOWN\r\n")
                link.recv(64)  # nothing comes; the connection ends with Redis
