#!/usr/bin/env python3
"""The tests of the whole service: real processes, real TLS, the published document.

  run.py [--full] [WORD...]   with words, only tests whose names hold one of them

The last line is "N passed, N failed".
"""

import importlib
import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(HERE, "service"), os.path.join(ROOT, "tools")]
sys.dont_write_bytecode = True

GROUPS = ("sandboxes", "oauth", "credentials", "enrolment", "operators", "hygiene", "idempotency",
          "verifications", "conflicts", "decisions", "restores", "later", "abuse", "lookups",
          "quota", "guesses", "sweeps", "restarts", "connections", "hostile", "signals", "usage",
          "patterns", "blindness", "gateways", "notices", "desk", "kills", "bulk", "bulk_parts",
          "nodes", "fleet", "node_quota", "rotations", "backups", "backup_calls", "admin_cli",
          "admin_local", "published", "watching", "probing", "traces", "integrate", "loads", "days",
          "canary")


def run(name, function, world):
    began = time.monotonic()
    why = None
    try:
        function(world)
    except Exception as what:  # whatever it was, the other tests go on
        trace = traceback.extract_tb(what.__traceback__)
        places = " < ".join(f"{os.path.basename(at.filename)}:{at.lineno}"
                            for at in reversed(trace[-5:]))
        why = f"{type(what).__name__}: {what}\n     at {places}"
    took = time.monotonic() - began
    print(f"{'FAIL' if why else 'PASS'} {name} ({took:.1f} s)" + (f"\n     {why}" if why else ""),
          flush=True)
    return why is None


def main(words):
    from checks import TESTS
    from world import World

    full = "--full" in words or os.environ.get("GLADOS_TEST_FULL") == "1"
    chosen = [word for word in words if not word.startswith("--")]
    for group in GROUPS:
        importlib.import_module(group)
    os.umask(0o077)
    world = World(full)
    passed = failed = 0
    try:
        for name, function in TESTS:
            if chosen and not any(word in name for word in chosen):
                continue
            if run(name, function, world):
                passed += 1
            else:
                failed += 1
    finally:
        ended = world.close()
    for kind, status in ended.items():
        good = status == 0
        passed, failed = passed + good, failed + (not good)
        print(f"{'PASS' if good else 'FAIL'} sandbox {kind} stops with status {status}")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
