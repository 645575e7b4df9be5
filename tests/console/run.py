#!/usr/bin/env python3
"""The operators' console in a real browser: headless Chromium with client certificates, against a
sandbox of three nodes in which a story has happened (story.py). What is done in the browser stands
in browser.mjs. The last line is "N passed, N failed".

  run.py [WORD...]    with words, only tests whose names hold them all
  run.py --pictures   also takes the pictures of docs/console/ anew
"""

import json
import os
import subprocess
import sys
import threading
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests", "integration", "service"), os.path.join(ROOT, "tools")]
sys.dont_write_bytecode = True

BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
LIMIT = 900


class Missing(Exception):
    """Something that the test needs is not on this machine."""


def packages():
    """The folder with the npm packages of the test, fetched if its lock has changed."""
    build = os.environ.get("GLADOS_BUILD") or os.path.join(ROOT, "build")
    folder = os.path.join(build, "console-test")
    mark = os.path.join(folder, "installed")
    lock = os.path.join(HERE, "package-lock.json")
    if not os.path.exists(mark) or os.path.getmtime(mark) < os.path.getmtime(lock):
        done = subprocess.run([os.path.join(ROOT, "tools", "npm_packages.sh"), HERE, folder,
                               "Without them the console cannot be tested."], check=False)
        if done.returncode != 0:
            raise Missing("the npm packages of tests/console")
    return folder


def browser():
    for path in BROWSERS:
        if os.access(path, os.X_OK):
            return path
    raise Missing("Chromium (Debian's package chromium)")


def in_browser(box, facts, words):
    """Runs browser.mjs; (passed, failed) as it says."""
    told = {"admin_url": box.node()["admin_url"], "authority": box.at("ca.pem"),
            "operators": {name: {"cert": box.at("admin", name, "cert.pem"),
                                 "key": box.at("admin", name, "key.pem")}
                          for name in ("operator", "second", "auditor", "viewer")},
            "pictures": os.path.join(ROOT, "docs", "console")
            if "--pictures" in words else None,
            "words": [word for word in words if not word.startswith("--")],
            "browser": browser(), "packages": packages(), **facts}
    child = subprocess.Popen(["node", os.path.join(HERE, "browser.mjs"), json.dumps(told)],
                             stdout=subprocess.PIPE, text=True)
    timer = threading.Timer(LIMIT, child.kill)
    timer.start()
    passed = failed = 0
    for line in child.stdout:
        passed += line.startswith("PASS ")
        failed += line.startswith("FAIL ")
        print(line, end="", flush=True)
    timer.cancel()
    if child.wait() != 0 and failed == 0:
        print(f"FAIL the browser's part ended with status {child.returncode}")
        failed = 1
    return passed, failed


def main(words):
    from story import Story, open_box
    os.umask(0o077)
    passed = failed = 0
    box = None
    try:
        browser()
        packages()
        box = open_box()
        with Story(box) as story:
            passed, failed = in_browser(box, story.facts, words)
    except Missing as why:
        print(f"SKIPPED: the console is not tested on this machine, it lacks {why}")
    except Exception as why:  # told as a failure, whatever it was
        traceback.print_exc(limit=-4)
        print(f"FAIL the console could not be tested: {type(why).__name__}: {why}")
        failed += 1
    finally:
        status = box.close() if box else 0
    if status != 0:
        print(f"FAIL the sandbox stops with status {status}")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
