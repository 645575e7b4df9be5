"""The command line of operators as the tests type it: what was run, as whom, with which end."""

import contextlib
import json
import os
import re
import subprocess
import tempfile

from checks import same
from world import CHECKS

DONE, REFUSED, BAD_LINE, UNREACHABLE, WAITING, UNCONFIRMED, UNTRUE = range(7)
DRIVEN = set()  # the first words of every line that was tried


class Ran:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return json.loads(self.out)


def commands(w, program):
    """All commands of a program, as its help lists them."""
    text = subprocess.run([w.glados, program, "--help"], capture_output=True, text=True,
                          check=True, timeout=30).stdout
    listed = text.split("\ncommands\n")[1].split("\n\n")[0]
    found = set()
    for line in listed.splitlines():
        words = re.match(r"  ([a-z-]+(?: [a-z-]+)?)(?=$| )", line)
        if words:
            found.add(words[1].split("  ")[0])
    return found


def run(w, program, *words, env=None, typed=""):
    DRIVEN.add((program, " ".join(words[:2])))
    DRIVEN.add((program, words[0]))
    done = subprocess.run([w.glados, program, *words], input=typed, text=True,
                          capture_output=True, check=False, timeout=60, env=env)
    return Ran(done.returncode, done.stdout, done.stderr)


class Operator:
    """One operator at the command line of one sandbox."""

    def __init__(self, w, box, profile="operator"):
        self.w, self.box, self.profile = w, box, profile

    def __call__(self, *words, typed=""):
        return run(self.w, "admin", *words, "--profile-file", self.box.at("admin", "admin.toml"),
                   "--profile", self.profile, typed=typed)

    def need(self, code, *words):
        done = self(*words)
        same(done.code, code, f"{' '.join(words[:2])}: {done.err.strip()}")
        return done

    def told(self, *words):
        return self.need(DONE, *words, "--json").json()


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="glados-cli-") as path:
        yield lambda *parts: os.path.join(path, *parts)


def mode(path):
    return os.stat(path).st_mode & 0o777


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=30,
                   stdin=subprocess.DEVNULL)


def make_request(key, request, name):
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", f"/CN={name}", "-keyout", key, "-out", request)


def enrolled(w, box, name, certificate, at):
    op, second = Operator(w, box), Operator(w, box, "second")
    app = op.told("applications", "submit", name, "--name", name.replace("-", " "), "--contact",
                  "c", "--website", "https://x.example", "--app", "x", "--scopes", "lookup")["id"]
    for check in CHECKS:
        op.need(DONE, "applications", "check", app, check, "pass", "--evidence", "seen")
    second.need(DONE, "applications", "approve", app, "--secret-file", at("client"))
    op.need(DONE, "certificates", "add", name, certificate)
    with open(at("client"), encoding="utf-8") as file:
        client = json.load(file)
    box.kept_secret(client["client_secret"])
    return client
