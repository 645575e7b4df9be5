"""Many providers for `glados load`, enrolled at a running sandbox.

  callers.py FOLDER COUNT    makes FOLDER/load-0001 … with cert.pem, key.pem and client.json each

Certificates come from the sandbox's provider authority through `glados pki issue`; every provider
passes its five checks and gets all scopes and the demo providers' budgets. GLADOS_HOME names the
sandbox (var/sandbox). What is there already is kept, so that a call with a larger COUNT adds the
rest.
"""

import concurrent.futures
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading

import processes
import rest
from home import Home, Refused, say
from sandbox import GLADOS, NO_LIMIT

MOST = 20_000
SCOPES = ["lookup", "map", "events"]
HANDS = 4


class Operator(rest.Client):
    """An operator over one kept connection; used by one thread."""

    _link = None

    def call(self, method, path, body=None, headers=None, form=None, raw=None):
        data, sent = self.prepared(body, headers, form)
        for last in (False, True):
            fresh = self._link is None
            self._link = self._link or self.link()
            try:
                return self.exchange(self._link, method, path, data, sent)
            except (OSError, http.client.HTTPException):
                self._link.close()
                self._link = None
                if fresh or last:
                    raise
        raise AssertionError("not reached")


class Enroller:
    """Makes callers of one sandbox in one folder."""

    def __init__(self, home, folder, node):
        """`home`: the sandbox's folder; `node`: what its node.json says."""
        self.home, self.folder, self.node = home, folder, node
        self._own = threading.local()

    def operators(self):
        if not hasattr(self._own, "pair"):
            self._own.pair = [
                Operator(self.node["admin_url"], os.path.join(self.home, "ca.pem"),
                         os.path.join(self.home, "admin", name)) for name in ("operator", "second")]
        return self._own.pair

    def make(self, name, authorities):
        at = os.path.join(self.folder, name)
        if os.path.exists(os.path.join(at, "client.json")):
            return
        if not os.path.exists(os.path.join(at, "cert.pem")):
            done = subprocess.run(
                [GLADOS, "pki", "issue", authorities, "provider", name, "--out", at],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Refused(f"glados pki issue: {done.stderr.strip()}")
        first, second = self.operators()
        client = rest.enrol(first, second, name, name.replace("-", " ").title(), at, SCOPES)
        patch = {"overrides": {"lookup_daily": NO_LIMIT, "sends_daily": NO_LIMIT},
                 "scopes": [*SCOPES, "bulk"]}
        page = f"/admin/v1/providers/{name}"
        if first.need(200, "PATCH", page, patch).json()["pending"]:
            second.need(200, "PATCH", page, patch)
        kept = {key: client[key] for key in ("provider_id", "client_id", "client_secret")}
        processes.write_atomically(os.path.join(at, "client.json"), json.dumps(kept) + "\n")

    def make_all(self, count, told=lambda _: None):
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory() as authorities:
            os.symlink(os.path.abspath(os.path.join(self.home, "tls", "provider-authority")),
                       os.path.join(authorities, "provider"))
            with concurrent.futures.ThreadPoolExecutor(HANDS) as hands:
                names = [f"load-{number:04d}" for number in range(1, count + 1)]
                work = [hands.submit(self.make, name, authorities) for name in names]
                try:
                    for number, each in enumerate(work, 1):
                        each.result()
                        told(number)
                finally:
                    for each in work:
                        each.cancel()


def main(words):
    if len(words) != 2 or not words[1].isdecimal() or not 1 <= int(words[1]) <= MOST:
        print(__doc__, file=sys.stderr)
        return 2
    os.umask(0o077)
    home = Home()
    try:
        with open(home.at("nodes", "1", "node.json"), encoding="utf-8") as file:
            node = json.load(file)

        def told(number):
            if number % 100 == 0:
                say(f"{number} of {words[1]} providers")

        Enroller(home.path, words[0], node).make_all(int(words[1]), told)
    except FileNotFoundError:
        print(f"callers: no sandbox runs in {home.path}", file=sys.stderr)
        return 1
    except (Refused, rest.Unexpected, OSError) as why:
        print(f"callers: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
