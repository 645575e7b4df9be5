#!/usr/bin/env python3
"""The Debian package: made, installed by the commands of docs/operations.md, started under its real
units, upgraded under load, broken, mended, removed and purged, on a machine of its own with a
systemd of its own. Where no such machine can be made it says so and looks at the package alone.

  run.py            the last line is "N passed, N failed"
"""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tools")]
sys.dont_write_bytecode = True

import page  # noqa: E402
from life import LIFE, Life  # noqa: E402
from machine import Machine, Unable, Wrong  # noqa: E402

BUILD = os.environ.get("GLADOS_BUILD") or os.path.join(ROOT, "build")
WANTED = ("/usr/bin/glados", "/etc/glados/glados.toml", "/lib/systemd/system/glados.service",
          "/lib/systemd/system/glados@.service", "/lib/systemd/system/glados-probe.service",
          "/usr/share/doc/glados/probe.env", "/usr/share/glados/templates/en.toml",
          "/usr/share/glados/prices.toml", "/usr/share/glados/redis.acl",
          "/usr/share/glados/alerts.yaml", "/usr/share/glados/grafana-dashboard.json",
          "/usr/share/glados/redis.conf", "/usr/share/doc/glados/operations.md",
          "/usr/share/doc/glados/reference.toml", "/usr/share/doc/glados/copyright",
          "/usr/share/man/man8/glados.8.gz", "/usr/share/bash-completion/completions/glados")


def say(text):
    print(text, flush=True)


def need(truth, what):
    if not truth:
        raise Wrong(what)


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Score:
    def __init__(self):
        self.passed = self.failed = 0

    def run(self, name, test, *words):
        try:
            said = test(*words)
        except (Wrong, page.Failed, OSError, subprocess.SubprocessError) as why:
            self.failed += 1
            say(f"FAIL package: {name}\n     {why}")
            if not isinstance(why, (Wrong, page.Failed)):
                traceback.print_exc()
            return False
        self.passed += 1
        say(f"PASS package: {name}" + (f" ({said})" if said else ""))
        return True


def make_package():
    """cpack makes a package of the build"""
    for old in glob.glob(os.path.join(BUILD, "package", "*.deb")):
        os.unlink(old)
    done = subprocess.run(["cpack", "-G", "DEB"], cwd=BUILD, capture_output=True, text=True,
                          check=False)
    made = glob.glob(os.path.join(BUILD, "package", "glados_*.deb"))
    need(done.returncode == 0 and len(made) == 1, done.stdout + done.stderr)


def package():
    return glob.glob(os.path.join(BUILD, "package", "glados_*.deb"))[0]


def what_it_holds():
    """it holds what it should, owned by root, and nothing of the place it was built in"""
    with tempfile.TemporaryDirectory() as folder:
        output("dpkg-deb", "-R", package(), folder)
        for path in WANTED:
            need(os.path.isfile(folder + path), f"{path} is missing")
        for at, _, names in os.walk(folder):
            for name in names:
                if name == "glados" and at.endswith("/bin"):
                    continue  # assertions of libraries name the headers they stand in
                with open(os.path.join(at, name), "rb") as file:
                    need(BUILD.encode() not in file.read(), f"{name} names the build folder")
        with open(os.path.join(BUILD, "generated", "console", "console_files.cpp"),
                  encoding="utf-8") as file:
            bare = "return {};" in file.read()
    for line in output("dpkg-deb", "-c", package()).splitlines():
        need(line.split()[1] == "root/root" and line[8] != "w", line)
    description = output("dpkg-deb", "-f", package(), "Description")
    need(("WITHOUT the operators' console" in description) == bare, description)
    need(output("dpkg-deb", "-I", package(), "conffiles") == "/etc/glados/glados.toml\n",
         "conffiles")
    return "without a console" if bare else "with its console"


def what_it_needs():
    """it depends on the libraries it is linked with, all of them Debian's"""
    depends = [word.split()[0] for word in
               output("dpkg-deb", "-f", package(), "Depends").split(",")]
    for name in ("adduser", "libc6", "libcaf-core0.17", "libpistache0", "libhiredis0.14",
                 "libssl3"):
        need(name in depends, f"{name} is not in {depends}")
    states = output("dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\n", *depends)
    need(len(states.splitlines()) >= len(depends), states)


def walks_are_strict():
    """a walk through a page fails where a command fails, says something else, or says nothing"""
    shell = []

    def walk(text):
        return list(page.run(page.blocks(text, "trial"), shell, 20))

    good = ("```sh trial\nX=a\necho $X b\n```\n```text says\na … b\n```\n"
            "```sh trial\ntest $X = a\n```\n")
    need(len(walk(good)) == 2, "a good walk")
    need(not page.blocks("```sh\nfalse\n```\n", "trial"), "an unmarked block")
    need(not page.blocks(good + "```sh b\nfalse\n```\n```text says\nc\n```\n", "trial")[1].says,
         "what another walk says")
    for bad in ("```sh trial\nfalse\necho a\n```\n", "```sh trial\nfalse | true\n```\n",
                "```sh trial\necho b; echo a\n```\n```text says\na\nb\n```\n",
                "```sh trial\ntrue\n```\n```text says\na\n```\n", "```sh trial\nexit 0\n```\n",
                "```sh trial\necho $UNSET\n```\n", "```text says\na\n```\n", "```sh trial\ntrue\n"):
        try:
            walk(bad)
        except page.Failed:
            continue
        raise Wrong("not found: " + bad)


def on_a_machine(score):
    """Every test of the package's life, in its order; one that fails ends them all."""
    with Machine() as machine, tempfile.TemporaryDirectory(prefix="glados-package-") as folder:
        life = Life(machine, package(), folder)
        try:
            for number, step in enumerate(LIFE):
                if not score.run(step.__doc__, step, life):
                    for later in LIFE[number + 1:]:
                        score.failed += 1
                        say(f"FAIL package: {later.__doc__}\n     not tried")
                    return
        finally:
            life.close()


def main():
    score = Score()
    score.run(walks_are_strict.__doc__, walks_are_strict)
    if shutil.which("cpack") is None or shutil.which("dpkg-shlibdeps") is None:
        say("SKIPPED: the package (needs cmake, dpkg-dev and file)")
    elif score.run(make_package.__doc__, make_package):
        score.run(what_it_holds.__doc__, what_it_holds)
        score.run(what_it_needs.__doc__, what_it_needs)
        try:
            on_a_machine(score)
        except Wrong as why:
            score.failed += 1
            say(f"FAIL package: a machine for it\n     {why}")
        except Unable as why:
            say(f"SKIPPED: {len(LIFE)} tests of the installed package: {why}")
    say(f"{score.passed} passed, {score.failed} failed")
    return 0 if score.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
