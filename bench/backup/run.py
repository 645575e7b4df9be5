#!/usr/bin/python3
"""A back-up of a million mappings, the loss of everything, and the restore.

usage: bench/backup/run.py [--quick] [--rows N]

  1  N rows over HTTP into one node, and the answer to a lookup of each of them
  2  `glados admin backup` and `changes`; 50 mappings are removed behind it, and `changes` again
  3  the node ends, Redis is emptied, the node starts with its keys
  4  `glados admin restore`, its `--compare`, and the lookups again: all N answers must be the
     same, but that nobody is found where a mapping was removed

Prints a Markdown table and writes result.json and result.md beside this file. Needs build/glados.
Ends all it started.
"""

import argparse
import array
import hashlib
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tools"), os.path.dirname(HERE)]
sys.dont_write_bytecode = True

import processes  # noqa: E402
from frame import perform, say, write_result  # noqa: E402
from parts import let_register, register, signed_in  # noqa: E402
from sandbox import GLADOS  # noqa: E402
from stage import Stage, Surprise  # noqa: E402

LOADERS = ("alpha", "gamma")
ASKER = "beta"
FIRST = 14_150_000_000
TAKEN = 50
PART = 40_000
ASKERS = 2
LINKS = 16
SIGN_IN_EVERY = 200


def lines_of(numbers):
    return b"".join(b'{"sii":"tel:+%d","user_id":"user-%d"}\n' % (n, n * 7) for n in numbers)


class Service:
    """The sandbox that is lost, and what an operator does to it."""

    def __init__(self, stage):
        self.stage = stage
        self.command = None
        self.child = None
        let_register(stage, *LOADERS)

    def load(self, name, first, count):
        """Rows of one provider; the parts of one job."""
        last = first + count
        register(signed_in(self.stage, name, "bulk"),
                 (lines_of(range(at, min(at + PART, last))) for at in range(first, last, PART)), 2)

    def admin(self, *words):
        """What a command told, and its seconds."""
        began = time.monotonic()
        done = subprocess.run([GLADOS, "admin", *words, "--json", "--profile-file",
                               self.stage.at("admin", "admin.toml"), "--profile", "operator"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Surprise(f"{words[0]} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return json.loads(done.stdout), time.monotonic() - began

    def lose(self):
        """Ends the node, empties Redis, and starts the node again with the keys it had."""
        with open(self.stage.at(".processes.json"), encoding="utf-8") as file:
            pid = json.load(file)["node-1"]["pid"]
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            self.command = [word.decode() for word in file.read().split(b"\0")[:-1]]
        who = processes.identity(pid)
        os.kill(pid, signal.SIGTERM)
        wait_for("the node ends", lambda: not processes.alive(who))
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(60)
            link.connect(self.stage.at("redis", "redis.sock"))
            link.sendall(b"FLUSHALL\r\n")
            if link.recv(100) != b"+OK\r\n":
                raise Surprise("Redis was not emptied")
        env = {name: value for name, value in os.environ.items() if name != "GLADOS_BUILD"}
        self.child = processes.start(self.command, self.stage.at("log", "node-1.err"), env=env)
        wait_for("the node is ready", self.ready)

    def ready(self):
        try:
            return self.stage.operator("operator").call("GET", "/readyz").status == 200
        except OSError:
            return False

    def close(self):
        if self.child is not None:
            processes.end({"pid": self.child.pid}, 12, self.child)


def wait_for(what, done):
    limit = time.monotonic() + 60
    while not done():
        if time.monotonic() > limit:
            raise Surprise(f"not within a minute: {what}")
        time.sleep(0.05)


# --- the lookups ---------------------------------------------------------------------------------

class Link:
    """A connection that asks one question at a time, and lets others ask meanwhile."""

    def __init__(self, caller):
        self.kept = caller.link()
        self.kept.connect()
        self.file = self.kept.sock.makefile("rb")

    def ask(self, number, token):
        body = b'{"sii":"tel:+%d"}' % number
        self.kept.sock.sendall(b"POST /v1/lookup HTTP/1.1\r\nHost: localhost\r\n"
                               b"Content-Type: application/json\r\nAuthorization: Bearer %s\r\n"
                               b"Content-Length: %d\r\n\r\n%s" % (token, len(body), body))

    def answer(self):
        status, length = self.file.readline().split()[1], 0
        while (line := self.file.readline()) not in (b"\r\n", b""):
            name, _, text = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(text)
        return status, self.file.read(length)

    def close(self):
        self.file.close()
        self.kept.close()


def ask_some(stage, numbers, out):
    """For each number eight bytes of a digest of what a lookup answers; 0: not found."""
    caller = stage.provider(ASKER)
    links, since = [], 0
    answers = array.array("Q")
    try:
        for at in range(0, len(numbers), LINKS):
            if not links or time.monotonic() - since > SIGN_IN_EVERY:
                caller.sign_in(stage.client(ASKER))
                since = time.monotonic()
                links = links or [Link(caller) for _ in range(LINKS)]
            some = numbers[at:at + LINKS]
            for link, number in zip(links, some):
                link.ask(number, caller.token.encode())
            for link, _ in zip(links, some):
                status, body = link.answer()
                if status not in (b"200", b"404"):
                    raise Surprise(f"a lookup was answered {status}: {body[:200]}")
                digest = hashlib.sha256(body).digest()[:8] if status == b"200" else bytes(8)
                answers.append(int.from_bytes(digest, "big"))
        out.send_bytes(answers.tobytes())
    except Exception as why:  # whatever it was, the other side must not wait
        out.send_bytes(repr(why).encode())
        raise
    finally:
        for link in links:
            link.close()


def ask_all(stage, count):
    """What every number is answered, and the seconds that took."""
    began = time.monotonic()
    share = count // ASKERS
    running = []
    for i in range(ASKERS):
        numbers = range(FIRST + i * share, FIRST + (count if i + 1 == ASKERS else (i + 1) * share))
        mine, other = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(target=ask_some, args=(stage, numbers, other))
        process.start()
        other.close()
        running.append((process, mine, len(numbers)))
    answers = array.array("Q")
    for process, mine, expected in running:
        told = mine.recv_bytes()
        process.join()
        if len(told) != 8 * expected:
            raise Surprise(f"the lookups ended: {told[:300]!r}")
        answers.frombytes(told)
    return answers, time.monotonic() - began


# --- the run -------------------------------------------------------------------------------------

def measure(rows, stage, service, folder):
    half = rows // 2
    say(f"1: {rows} rows, and a lookup of each")
    began = time.monotonic()
    service.load(LOADERS[0], FIRST, half)
    service.load(LOADERS[1], FIRST + half, rows - half)
    loaded = time.monotonic() - began
    before, asked = ask_all(stage, rows)
    if 0 in before or len(set(before)) != rows:
        raise Surprise("not every row is found, or two have the same answer")
    say("2: the back-up")
    key, backup, log = (os.path.join(folder, name) for name in ("key", "backup", "log"))
    with open(key, "wb") as file:
        file.write(os.urandom(32))
    service.admin("changes", log, "--key-file", key)
    told, backing_up = service.admin("backup", backup, "--key-file", key)
    _, verifying = service.admin("backup", backup, "--key-file", key, "--verify")
    owner = signed_in(stage, LOADERS[0], "map")
    taken = [i * (half // TAKEN) for i in range(TAKEN)]
    for i in taken:
        found = owner.need(200, "POST", "/v1/mappings/find", {"sii": f"tel:+{FIRST + i}"}).json()
        owner.need(204, "DELETE", f"/v1/mappings/{found['mapping']['id']}")
    wait_for("the log has the removals", lambda: service.admin(
        "changes", log, "--key-file", key)[0]["last_change"] >= TAKEN)
    say("3: the loss")
    service.lose()
    say("4: the restore")
    words = ("restore", backup, "--key-file", key, "--changes", log, "--log-complete")
    done, restoring = service.admin(*words, "--into", "node-1")
    compared, comparing = service.admin(*words, "--compare")
    after, asked_again = ask_all(stage, rows)
    gone = set(taken)
    wrong = sum(1 for i in range(rows) if after[i] != (0 if i in gone else before[i]))
    return {"rows": rows, "load_seconds": loaded, "backup_seconds": backing_up,
            "backup_bytes": os.path.getsize(backup), "rows_in_backup": told["rows"],
            "verify_seconds": verifying, "removed_since": TAKEN, "restore_seconds": restoring,
            "rows_restored": done["written"], "compare_seconds": comparing,
            "compared_equal": compared["equal"], "lookup_seconds": asked + asked_again,
            "answers": rows, "answers_wrong": wrong}


def table(got):
    rows, size = got["rows"], got["backup_bytes"]
    lines = [("back-up", f"{got['backup_seconds']:.1f} s, "
              f"{rows / got['backup_seconds']:,.0f} rows/s"),
             ("its size", f"{size / 1e6:,.1f} MB, {size / rows:.0f} bytes a row"),
             ("reading it through (`--verify`)", f"{got['verify_seconds']:.1f} s"),
             ("restore", f"{got['restore_seconds']:.1f} s, "
              f"{got['rows_restored'] / got['restore_seconds']:,.0f} rows/s"),
             ("comparing rows (`--compare`)", f"{got['compare_seconds']:.1f} s"),
             ("removed behind the back-up, and still gone", f"{got['removed_since']}"),
             ("lookups whose answer is not as before", f"{got['answers_wrong']} of {rows:,}")]
    return "\n".join(["| | measured |", "|---|---|",
                      *(f"| {name} | {value} |" for name, value in lines)]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="20,000 rows: does it still run?")
    parser.add_argument("--rows", type=int, default=1_000_000)
    words = parser.parse_args()
    rows = 20_000 if words.quick else words.rows
    stage = Stage()
    service = None

    def work(folder):
        nonlocal service
        stage.open()
        service = Service(stage)
        got = measure(rows, stage, service, folder)
        text = table(got)
        write_result(HERE, got, text)
        if got["answers_wrong"] or got["compared_equal"] != rows - TAKEN:
            raise Surprise("the service is not what it was:\n" + text)
        return text

    def close():
        if service is not None:
            service.close()
        stage.close()

    return perform(work, (Surprise,), close)


if __name__ == "__main__":
    sys.exit(main())
