"""A machine with a systemd of its own, over this machine's files: what is installed, started and
removed in it leaves no trace here. Needs root and the right to make namespaces."""

import os
import shutil
import subprocess
import tempfile
import time

import processes

HERE = os.path.dirname(os.path.abspath(__file__))
BOOT_SECONDS = 60
NAMESPACES = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]


class Unable(Exception):
    """This machine cannot make another one; the text says why."""


class Wrong(Exception):
    """Something inside went otherwise than it should."""


class Machine:
    """Open while a test needs it. Commands run in it as root, one after the other."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="glados-machine-")
        self.console = os.path.join(self.folder, "console")
        self.child = None
        self.systemd = None

    def __enter__(self):
        try:
            self.boot()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def boot(self):
        if os.geteuid() != 0:
            raise Unable("needs root")
        for program in ("/lib/systemd/systemd", "/usr/bin/unshare", "/usr/bin/nsenter"):
            if not os.path.exists(program):
                raise Unable(f"{program} is missing")
        place = os.path.join(self.folder, "machine")
        os.mkdir(place)
        with open(self.console, "w", encoding="utf-8"):
            pass
        log = os.path.join(self.folder, "log")
        self.child = processes.start(
            ["unshare", "--fork", "--kill-child", *NAMESPACES, "bash",
             os.path.join(HERE, "machine.sh"), place], log)
        limit = time.monotonic() + BOOT_SECONDS
        while not self.booted():
            if time.monotonic() > limit:
                raise Wrong(f"the machine was not up within {BOOT_SECONDS} s")
            if self.child.poll() is not None:
                with open(log, encoding="utf-8", errors="replace") as file:
                    said = file.read().strip().splitlines()[-3:]
                raise Unable("no machine could be made: " + (" / ".join(said) or "no word of why"))
            time.sleep(0.05)

    def booted(self):
        """Whether its systemd answers."""
        try:
            with open(f"/proc/{self.child.pid}/task/{self.child.pid}/children",
                      encoding="ascii") as file:
                below = file.read().split()
            if not below:
                return False
            with open(f"/proc/{below[0]}/comm", encoding="ascii") as file:
                if file.read().strip() != "systemd":
                    return False
        except OSError:
            return False
        self.systemd = below[0]
        state = self.run("systemctl is-system-running", 10)[1].strip()
        return state in ("running", "degraded")

    def enter(self, *command):
        """The command line that runs a command inside."""
        return ["nsenter", "-t", self.systemd, "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w",
                "/usr/bin/env", "-i", "HOME=/root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", *command]

    def run(self, script, seconds=120):
        """(status, output) of a script."""
        try:
            done = subprocess.run(self.enter("bash", "-c", f"cd; {script}"), text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=seconds, check=False,
                                  errors="replace")
        except subprocess.TimeoutExpired:
            return None, f"took longer than {seconds} s: {script}"
        return done.returncode, done.stdout

    def need(self, script, seconds=120):
        """The output of a script that must succeed."""
        status, output = self.run(script, seconds)
        if status != 0:
            raise Wrong(f"status {status} of: {script}\n{output[-3000:]}")
        return output

    def put(self, source, target):
        """A file of this machine inside, in the home of its root."""
        with open(source, "rb") as file:
            subprocess.run(self.enter("bash", "-c", f"cd; cat > '{target}'"), stdin=file,
                           check=True, timeout=60)

    def journal(self, unit):
        return self.run(f"journalctl --no-pager -o cat -u '{unit}' | tail -n 30")[1]

    def close(self):
        if self.child is not None:
            processes.end({"pid": self.child.pid}, 0, self.child)
            self.child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
