#!/usr/bin/env python3
"""`glados sim` as it is called: what it prints, writes and ends with.

  run.py          the command
  run.py --full   also builds the simulation with clang++ and compares twenty seeds with g++'s

The last line is "N passed, N failed".
"""

import html.parser
import json
import os
import subprocess
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("GLADOS_BUILD") or os.path.join(ROOT, "build")
COMPARED = ("1", "20")


def sim(*words):
    return subprocess.run([os.path.join(BUILD, "glados"), "sim", *words], capture_output=True,
                          text=True, timeout=300, check=False)


class Page(html.parser.HTMLParser):
    """What a page holds, and every address that it would ask for."""

    def __init__(self, text):
        super().__init__()
        self.tags = {}
        self.addresses = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.addresses += [value for name, value in attrs
                           if name in ("src", "href", "data", "action", "srcset")]


def a_report_is_one_file_with_plots():
    with tempfile.TemporaryDirectory(prefix="glados-sim-") as folder:
        path = os.path.join(folder, "report.html")
        got = sim("--seed", "5", "--report", path, "--json")
        assert got.returncode == 0, got.stderr
        with open(path, encoding="utf-8") as file:
            text = file.read()
        page = Page(text)
        digest = json.loads(got.stdout)["digest"]
    assert page.tags["svg"] == 4, page.tags
    assert page.tags["path"] == 9, page.tags
    assert not page.addresses and "script" not in page.tags, page.addresses
    assert "url(" not in text and "@import" not in text
    assert digest in text and "glados sim --seed 5" in text


def a_report_does_not_change_the_run():
    plain = json.loads(sim("--seed", "5", "--json").stdout)
    told = sim("--seed", "5", "--json", "--plots")
    assert json.loads(told.stdout) == plain
    for title in ("Load, calls/s", "Latency, ms", "Errors, calls/s", "Lookups admitted"):
        assert title in told.stderr, title


def a_report_of_many_seeds_is_of_the_one_that_failed():
    with tempfile.TemporaryDirectory(prefix="glados-sim-") as folder:
        path = os.path.join(folder, "report.html")
        got = sim("--seeds", "1..9", "--plant", "reuse-version", "--no-reduction", "--json",
                  "--report", path)
        failed = json.loads(got.stdout)["failed"]
        assert got.returncode == 1
        with open(path, encoding="utf-8") as file:
            text = file.read()
    assert f"seed {failed['seed']}" in text and failed["invariant"] + " broke after" in text


def a_report_that_cannot_be_written_is_a_failure():
    got = sim("--seed", "5", "--minutes", "0.1", "--report", "/nowhere/report.html")
    assert got.returncode == 1 and "/nowhere/report.html" in got.stderr, got.stderr


def a_bad_command_line_ends_with_2():
    for words in (["--seed", "x"], ["--seeds", "3..1"], ["--plant", "none-such"],
                  ["--scenario", "/nowhere.toml"], ["--faults", "a"], ["--minutes", "0"],
                  ["--report"]):
        got = sim(*words)
        assert got.returncode == 2, (words, got.returncode, got.stderr)


def two_compilers_make_the_same_of_a_seed():
    done = subprocess.run([os.path.join(ROOT, "tools", "build.sh"), "clang", "build-clang",
                           "sim_digests"], cwd=ROOT, check=False)
    assert done.returncode == 0, "clang++ cannot build it"
    lines = [subprocess.run([os.path.join(folder, "sim_digests"), *COMPARED], capture_output=True,
                            text=True, timeout=1200, check=True).stdout.splitlines()
             for folder in (BUILD, os.path.join(ROOT, "build-clang"))]
    assert len(lines[0]) == 20
    different = [pair for pair in zip(*lines) if pair[0] != pair[1]]
    assert not different, different


TESTS = [a_report_is_one_file_with_plots, a_report_does_not_change_the_run,
         a_report_of_many_seeds_is_of_the_one_that_failed,
         a_report_that_cannot_be_written_is_a_failure, a_bad_command_line_ends_with_2]
FULL = [two_compilers_make_the_same_of_a_seed]


def main(words):
    passed = failed = 0
    for test in TESTS + (FULL if "--full" in words else []):
        try:
            test()
            passed += 1
            print(f"PASS {test.__name__}", flush=True)
        except Exception:  # whatever it was, the other tests go on
            failed += 1
            print(f"FAIL {test.__name__}\n{traceback.format_exc()}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
