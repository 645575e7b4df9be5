"""Processes of a sandbox: started, remembered in a file, recognised again, ended.

A process is known by its id and the moment it started (and the boot it started in), so that an id
that was given to a stranger since is never signalled.
"""

import ctypes
import json
import os
import signal
import subprocess
import time

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _boot():
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def _started(pid):
    """Start time in clock ticks since boot, or None when there is no such living process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rsplit(b")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def identity(pid):
    return {"pid": pid, "started": _started(pid), "boot": _boot()}


def alive(who):
    """Whether exactly the process that `identity` described still runs."""
    return (who is not None and who["started"] is not None and who["boot"] == _boot()
            and _started(who["pid"]) == who["started"])


def start(command, output, parent=None, env=None):
    """Starts a child in a session of its own, so that Ctrl-C reaches only us, and that ends with us
    even if we are killed."""
    parent = os.getpid() if parent is None else parent

    def prepare():
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if os.getppid() != parent:
            os._exit(1)

    with open(output, "ab") as file:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                                env=env, start_new_session=True, preexec_fn=prepare)


def tell(child, number):
    """Signals a child, also a frozen one, that may have ended by itself."""
    try:
        os.kill(child.pid, number)
        os.kill(child.pid, signal.SIGCONT)
    except ProcessLookupError:
        pass


def end(who, patience, child=None):
    """SIGTERM, and SIGKILL after `patience` seconds. `child`: the Popen object if it is ours."""
    def gone():
        if child is not None:
            return child.poll() is not None
        return not alive(who)

    for number in (signal.SIGTERM, signal.SIGKILL):
        if gone():
            return
        try:
            os.kill(who["pid"], number)
            if number == signal.SIGTERM:
                os.kill(who["pid"], signal.SIGCONT)  # a frozen process must be able to end
        except ProcessLookupError:
            return
        limit = time.monotonic() + patience
        while not gone() and time.monotonic() < limit:
            time.sleep(0.02)


class Register:
    """The file that names the processes of one sandbox."""

    def __init__(self, path):
        self.path = path

    def read(self):
        try:
            with open(self.path, encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            return {}

    def put(self, name, who):
        known = self.read()
        known[name] = who
        write_atomically(self.path, json.dumps(known) + "\n")

    def clear(self):
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            pass


def write_atomically(path, text):
    """A private file that is either the old or the new one, never half of it."""
    fresh = f"{path}.new"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
