#!/usr/bin/env python3
"""Holds the tree to the rules of rules.py, to clang-format and to its own CMake table; proves first
that every rule finds what it is for. The last line is "N passed, N failed".

  check.py          clang-tidy looks at files changed since the last commit only
  check.py --full   clang-tidy looks at every file
"""

import os
import re
import subprocess
import sys

import planted
import rules

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCES = (".cpp", ".hpp")
NOT_TEXT = (".pem", ".der", ".png", ".svg", ".gz", ".bin", ".lock")


class Score:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def add(self, name, found):
        found = list(found)
        if not found:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAIL {name}")
        for line in found[:40]:
            print(f"  {line}")
        if len(found) > 40:
            print(f"  and {len(found) - 40} more")


def git(*words):
    done = subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else None


def all_files():
    """What belongs to the project: what git knows or would add, or every file without git."""
    known = git("ls-files", "--cached", "--others", "--exclude-standard")
    if known is None:
        known = []
        for folder, below, names in os.walk(ROOT):
            below[:] = [name for name in below if not name.startswith((".git", "build"))
                        and name not in ("var", "__pycache__")]
            known += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
    return sorted(set(path for path in known if os.path.isfile(os.path.join(ROOT, path))))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def apply(rule, paths):
    for path in paths:
        for number, what in rule(path, read(path)):
            yield f"{path}:{number}: {what}"


def self_test(score):
    for rule, path, text, wanted in planted.SAMPLES:
        found = len(list(rule(path, text)))
        name = f"self-test of {rule.__name__} on {path}"
        wrong = [f"found {found} instead of {wanted} in:\n{text[:300]}"]
        score.add(name, [] if found == wanted else wrong)


def cmake_table():
    """The link lines name no folder that the table does not allow, and every folder is in it."""
    text = read("CMakeLists.txt")
    for match in re.finditer(r"glados_folder\((\w+)([^)]*)\)", text):
        own = match[1]
        if own not in rules.MAY_USE:
            yield f"CMakeLists.txt: {own} is not in the table of tests/tidy/rules.py"
            continue
        for other in re.findall(r"glados_(\w+)", match[2]):
            if other not in rules.MAY_USE[own]:
                yield f"CMakeLists.txt: {own} may not link {other}"


def tests_are_built(sources):
    """Every folder of tests has its line in CMake; without one its tests would never run."""
    text = read("tests/CMakeLists.txt")
    listed = set(re.findall(r"glados_test\((\w+)\s+(\w+)", text))
    for path in sources:
        match = re.match(r"tests/(unit|contract|actors|sim|integration)/(\w+)/[^/]+\.cpp$", path)
        if match and (match[1], match[2]) not in listed:
            yield f"{path}: no glados_test({match[1]} {match[2]} ...) in tests/CMakeLists.txt"


def wire_is_kept():
    """The numbers of messages between nodes stay: types are appended to actors/type_ids.hpp."""
    now = re.findall(r"CAF_ADD_TYPE_ID\(glados, \(([\w:<>]+)\)\)", read("actors/type_ids.hpp"))
    known = read("tests/tidy/type_ids.txt").split()
    for number, name in enumerate(known):
        if number >= len(now) or now[number] != name:
            yield f"tests/tidy/type_ids.txt: {name} has not its old number any more"


def formatted(sources):
    """clang-format agrees with every file."""
    for start in range(0, len(sources), 40):
        done = subprocess.run(["clang-format", "--dry-run", "-Werror", *sources[start:start + 40]],
                              cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            bad = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", done.stderr, re.M)))
            yield from bad or [done.stderr.strip()[:500] or "clang-format failed"]


def analysed(sources, full):
    """clang-tidy finds nothing in the files that changed, or in all."""
    build = os.environ.get("GLADOS_BUILD") or os.path.join(ROOT, "build")
    if not os.path.exists(os.path.join(build, "compile_commands.json")):
        yield f"{build} has no compile_commands.json: build first"
        return
    changed = set((git("diff", "--name-only", "HEAD") or [])
                  + (git("ls-files", "--others", "--exclude-standard") or []))
    chosen = [path for path in sources if path.endswith(".cpp") and (full or path in changed)]
    pending = list(chosen)
    running = []
    while pending or running:
        while pending and len(running) < (os.cpu_count() or 1):
            running.append(subprocess.Popen(
                ["clang-tidy", "-p", build, "--quiet", pending.pop(0)], cwd=ROOT, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
        done = running.pop(0)
        output, _ = done.communicate()
        if done.returncode != 0:
            yield from (line.replace(ROOT + "/", "") for line in output.splitlines()
                        if ": error:" in line or ": warning:" in line)


def main(words):
    score = Score()
    self_test(score)
    files = all_files()
    sources = [path for path in files if path.endswith(SOURCES)]
    scripts = [path for path in files if path.endswith((".py", ".sh"))]
    texts = [path for path in files if not path.endswith(NOT_TEXT)]
    score.add("the tree has sources", [] if sources else ["no C++ file was found"])
    for group, chosen in ((rules.SOURCE_RULES, sources), (rules.SCRIPT_RULES, scripts),
                          (rules.TEXT_RULES, texts)):
        for rule in group:
            score.add(rule.__doc__.splitlines()[0], apply(rule, chosen))
    score.add(cmake_table.__doc__, cmake_table())
    score.add(tests_are_built.__doc__, tests_are_built(sources))
    score.add(wire_is_kept.__doc__, wire_is_kept())
    score.add(formatted.__doc__, formatted(sources))
    score.add(analysed.__doc__, analysed(sources, "--full" in words))
    print(f"{score.passed} passed, {score.failed} failed")
    return 0 if score.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
