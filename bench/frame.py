"""What every benchmark has around it: where it runs, what it writes, how it ends."""

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile


def say(text):
    print(text, file=sys.stderr, flush=True)


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        return (done.stdout or done.stderr).splitlines()[0]
    except (OSError, IndexError):
        return "unknown"


def machine():
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(),
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
            "nginx": first_line("/usr/sbin/nginx", "-v"),
            "redis": first_line("redis-server", "--version"),
            "openssl": first_line("openssl", "version")}


def write_result(folder, found, text):
    """result.json, for programs and with the machine, and result.md, for people."""
    at = os.path.join(folder, "result")
    with open(at + ".json", "w", encoding="utf-8") as file:
        json.dump({"machine": machine(), **found}, file, indent=1)
        file.write("\n")
    with open(at + ".md", "w", encoding="utf-8") as file:
        file.write(text)


def perform(work, failures, close=lambda: None):
    """Calls work(folder) with a folder of its own, which goes afterwards, and prints what it
    returns; the exit code. `failures` are those whose text says enough; `close` ends what was
    started, whatever happened."""
    def interrupt(*_):
        raise KeyboardInterrupt

    os.umask(0o077)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    folder = tempfile.mkdtemp(prefix="glados-bench-")
    try:
        print(work(folder), end="", flush=True)
        return 0
    except (*failures, OSError, RuntimeError, subprocess.SubprocessError) as why:
        say(f"bench: {why}")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        close()
        shutil.rmtree(folder, ignore_errors=True)
