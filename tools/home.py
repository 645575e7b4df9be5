"""The folder of a sandbox, GLADOS_HOME: its paths, whose it is, what an earlier start left."""

import fcntl
import hashlib
import os
import stat
import tempfile

import processes

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MARKER = ".glados-sandbox"
LONGEST_SOCKET = 100  # the kernel takes 107 bytes


class Refused(Exception):
    """The sandbox cannot be started or stopped; the text says why and what to do."""


def say(text):
    try:
        print(text, flush=True)
    except OSError:
        pass  # nobody reads any more; the sandbox goes on


def remove(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


class Home:
    """Where everything is. Knows the paths and whether the folder is ours; starts nothing."""

    def __init__(self):
        named = os.environ.get("GLADOS_HOME") or os.path.join(ROOT, "var", "sandbox")
        self.path = os.path.abspath(named)
        self.register = processes.Register(self.at(".processes.json"))
        self._lock = None

    def at(self, *parts):
        return os.path.join(self.path, *parts)

    def folder(self, *parts):
        os.makedirs(self.at(*parts), mode=0o700, exist_ok=True)
        return self.at(*parts)

    def taken(self):
        """Whether this process, and no other, runs the sandbox of this folder."""
        return self._lock is not None

    def state(self):
        """'missing', 'empty', 'own' or 'foreign'."""
        if not os.path.lexists(self.path):
            return "missing"
        if not os.path.isdir(self.path):
            return "foreign"
        if os.path.isfile(self.at(MARKER)):
            return "own"
        return "foreign" if os.listdir(self.path) else "empty"

    def refuse_foreign(self):
        if self.state() == "foreign":
            raise Refused(f"{self.path} is neither empty nor a sandbox of GLADOS: left alone. "
                          "Set GLADOS_HOME to another folder.")

    def take(self):
        self.refuse_foreign()
        os.makedirs(self.path, mode=0o700, exist_ok=True)
        if self.state() == "empty":
            os.chmod(self.path, 0o700)
            processes.write_atomically(self.at(MARKER), "This folder belongs to ./run of GLADOS.\n")
        lock = open(self.at(".lock"), "w", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"a sandbox already runs in {self.path}; ./run stop ends it") from None
        self._lock = lock  # kept until the process ends
        remove(self.at("ready"))

    def end_leftovers(self):
        """Ends processes of a start that was killed. Redis last: a node writes while it ends."""
        known = self.register.read()
        for name in sorted(known):
            if name != "run" and processes.alive(known[name]):
                say(f"      ending {name} of an earlier start (process {known[name]['pid']})")
                processes.end(known[name], 12)

    def socket(self):
        """The path of Redis' socket: here, or in a short private folder when the path is long."""
        here = self.at("redis", "redis.sock")
        if len(os.fsencode(here)) <= LONGEST_SOCKET:
            return here
        mark = hashlib.sha256(os.fsencode(os.path.realpath(self.path))).hexdigest()[:16]
        base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        if len(os.fsencode(base)) > LONGEST_SOCKET - 50:
            base = "/tmp"
        short = os.path.join(base, f"glados-{os.getuid()}-{mark}")
        os.makedirs(short, mode=0o700, exist_ok=True)
        seen = os.lstat(short)
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid() or seen.st_mode & 0o077:
            raise Refused(f"{short} is not a private folder of ours")
        target = os.path.join(short, "redis.sock")
        remove(here)
        os.symlink(target, here)
        return target

    def drop_socket(self):
        here = self.at("redis", "redis.sock")
        if os.path.islink(here):
            folder = os.path.dirname(os.readlink(here))
            remove(here)
            try:
                for name in os.listdir(folder):  # those of a cluster lie beside it
                    remove(os.path.join(folder, name))
                os.rmdir(folder)
            except OSError:
                pass
