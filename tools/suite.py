"""Builds and runs the suite; the last line is "N passed, N failed". Usage: see ./test.

Every Boost.Test case counts as one test, and so does each test of the scripts below, which end with
the same line. A program that crashes, is missing, runs too long or runs nothing counts as failed.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml

import coverage

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCRIPTS = ("tests/tidy/check.py", "tests/sim/run.py", "tests/integration/run.py",
           "tests/chaos/run.py", "tests/console/run.py", "tests/package/run.py")
BOOST_KINDS = ("unit", "contract", "actors", "sim", "integration")
SHOWN_LINES = 60
FAIL_LINES = 4
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
SUM = re.compile(r"^(\d+) passed, (\d+) failed$")


def say(text):
    print(text, flush=True)


class Variant:
    """What is built, and which of its programs run."""

    def __init__(self, title, preset, folder, scripts=(), wanted=lambda name: True, env=None,
                 words=()):
        self.title = title
        self.preset = preset
        self.folder = os.path.join(ROOT, folder)
        self.scripts = scripts
        self.wanted = wanted
        self.env = env or {}
        self.words = list(words)


FEWER_SEEDS = "10"  # of property tests and simulation, under sanitizers: a tenth of what is usual
RELEASE = Variant("release", "release", "build", SCRIPTS)
# Sanitizers report a crash themselves, with a stack; Boost must not catch it first.
ASAN = Variant("address and undefined-behaviour sanitizers", "asan-ubsan", "build-asan",
               env={"GLADOS_FEWER_SEEDS": FEWER_SEEDS, "ASAN_OPTIONS": "detect_leaks=1",
                    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:suppressions="
                                     + os.path.join(ROOT, "tests", "ubsan.supp")},
               words=["--catch_system_errors=no"])
# Under these sanitizers the other programs alone take half an hour to build.
ASAN_UNIT = Variant("sanitizers, domain to storage (./test --asan runs all)", ASAN.preset,
                    "build-asan", wanted=lambda name: name in (
                        "unit_domain", "unit_crypto", "unit_config", "unit_telemetry",
                        "unit_storage"),
                    env=ASAN.env, words=ASAN.words)
TSAN = Variant("thread sanitizer, actor and http tests", "tsan", "build-tsan",
               wanted=lambda name: name.startswith("actors_") or name.endswith("_http"),
               env={"GLADOS_FEWER_SEEDS": FEWER_SEEDS,
                    "TSAN_OPTIONS": "second_deadlock_stack=1:suppressions="
                                    + os.path.join(ROOT, "tests", "tsan.supp")},
               words=["--catch_system_errors=no"])
COVERAGE = Variant("coverage", "coverage", "build-coverage")


class Score:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def add(self, name, passed, failed, took, why=""):
        self.passed += passed
        self.failed += failed
        verdict = "ok  " if failed == 0 else "FAIL"
        say(f"{verdict} {name:<32} {passed:>6} passed {failed:>4} failed {took:8.1f} s"
            + (f"  {why}" if why else ""))


def build(variant, targets):
    command = [os.path.join(ROOT, "tools", "build.sh"), variant.preset,
               os.path.relpath(variant.folder, ROOT), *targets]
    return subprocess.run(command, check=False).returncode == 0


def programs(variant):
    """(name, command) of every test CTest knows, as the build folder has it now."""
    out = subprocess.run(["ctest", "--test-dir", variant.folder, "--show-only=json-v1"],
                         capture_output=True, text=True, check=False).stdout
    start = out.find("{")
    found = json.loads(out[start:])["tests"] if start >= 0 else []
    return [(test["name"], test.get("command", [])) for test in found
            if variant.wanted(test["name"])]


def cases(path):
    """(passed, failed) of a JUnit file, or None when the program did not write it to its end."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = CONTROL.sub("?", file.read())  # Boost writes them as they are
        tree = xml.fromstring(text.encode())
    except (OSError, xml.ParseError):
        return None
    passed = failed = 0
    for case in tree.iter("testcase"):
        if any(case.find(bad) is not None for bad in ("failure", "error")):
            failed += 1
        elif case.find("skipped") is None:
            passed += 1
    return passed, failed


def show(output):
    """The end, and what failed before it."""
    lines = output.splitlines()
    for at, line in enumerate(lines[:-SHOWN_LINES]):
        if any(near.startswith("FAIL") for near in lines[max(0, at - FAIL_LINES + 1):at + 1]):
            say(f"     | {line}")
    for line in lines[-SHOWN_LINES:]:
        say(f"     | {line}")


def execute(command, env, limit):
    """(status, output): status None when the limit was hit. The output goes through a file, since a
    process that a test left behind would hold a pipe open."""
    with tempfile.TemporaryFile() as sink:
        try:
            child = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ, **env), stdout=sink,
                                     stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                                     start_new_session=True)
        except OSError as why:
            return -1, str(why)
        try:
            status = child.wait(limit)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        sink.seek(0)
        return status, sink.read().decode(errors="replace")


def run_program(name, command, variant, full, score):
    began = time.monotonic()
    kind = name.split("_")[0]
    env = dict(variant.env)
    if full:
        env["GLADOS_TEST_FULL"] = "1"
    with tempfile.TemporaryDirectory(prefix="glados-test-") as folder:
        report = os.path.join(folder, "report.xml")
        words = []
        if kind in BOOST_KINDS:
            words = ["--logger=JUNIT,message," + report + ":HRF,error,stdout",
                     "--report_level=no", "--color_output=no", *variant.words]
        status, output = execute((command or ["missing"]) + words, env, 3600 if full else 900)
        seen = cases(report) if words else ((1, 0) if status == 0 else (0, 1))
    passed, failed = seen or (0, 0)
    why = ""
    if status is None:
        why = "took too long"
    elif seen is None:
        why = f"ended with status {status} and no report"
    elif passed + failed == 0:
        why = "ran no test"
    elif status != 0 and failed == 0:
        why = f"ended with status {status}"
    if why:
        failed += 1
    score.add(name, passed, failed, time.monotonic() - began, why)
    if failed:
        show(output)


def run_script(path, variant, full, score):
    began = time.monotonic()
    env = {"GLADOS_BUILD": variant.folder}
    if full:
        env["GLADOS_TEST_FULL"] = "1"
    words = [sys.executable, os.path.join(ROOT, path)] + (["--full"] if full else [])
    status, output = execute(words, env, 7200 if full else 1500)
    lines = output.strip().splitlines()
    match = SUM.match(lines[-1]) if lines else None
    passed, failed = (int(match[1]), int(match[2])) if match else (0, 0)
    why = ""
    if status is None:
        why = "took too long"
    elif match is None:
        why = f"ended with status {status} without its sum"
    elif passed + failed == 0 and not any(line.startswith("SKIPPED: ") for line in lines):
        why = "ran no test"
    elif status != 0 and failed == 0:
        why = f"ended with status {status}"
    score.add(path, passed, failed + bool(why), time.monotonic() - began, why)
    for line in lines:
        if line.startswith("SKIPPED: "):
            say(f"     {line}")
    if failed or why:
        show(output)


def run_variant(variant, full, score):
    say(f"\n== {variant.title} ==")
    if "GLADOS_FEWER_SEEDS" in variant.env:
        say(f"property tests and simulation: one in {FEWER_SEEDS} of their usual seeds")
    began = time.monotonic()
    # A first pass only configures, so that CTest can say which programs there are.
    targets = [] if variant in (RELEASE, COVERAGE, ASAN) else ["build.ninja"]
    if not build(variant, targets):
        score.add(f"build of {variant.preset}", 0, 1, time.monotonic() - began)
        return
    found = programs(variant)
    if targets:
        if not build(variant, [name for name, _ in found]):
            score.add(f"build of {variant.preset}", 0, 1, time.monotonic() - began)
            return
        found = programs(variant)  # CTest names the path of a program only once it exists
    say(f"built in {time.monotonic() - began:.0f} s")
    if not found:
        score.add(f"programs of {variant.preset}", 0, 1, 0.0, "there is none")
    for name, command in found:
        run_program(name, command, variant, full, score)
    for path in variant.scripts:
        if os.path.exists(os.path.join(ROOT, path)):
            run_script(path, variant, full, score)


def main(words):
    full = "--full" in words
    if "--asan" in words:
        variants = [ASAN]
    elif "--tsan" in words:
        variants = [TSAN]
    elif "--coverage" in words:
        variants = [COVERAGE]
    elif os.environ.get("CI") == "true":
        variants = [RELEASE, ASAN_UNIT]
    else:
        variants = [RELEASE]
    score = Score()
    began = time.monotonic()
    for variant in variants:
        run_variant(variant, full, score)
    if variants == [COVERAGE]:
        for line in coverage.report(ROOT, COVERAGE.folder):
            say(line)
    say(f"\ntook {time.monotonic() - began:.0f} s")
    say(f"{score.passed} passed, {score.failed} failed")
    return 0 if score.failed == 0 and score.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
