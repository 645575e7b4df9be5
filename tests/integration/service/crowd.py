"""Many lookups over several connections, made by `glados load`: as many, and at the rate, that the
test says, however slow the machine is."""

import json
import os
import subprocess
import tempfile
import time

from checks import Failed, same
from world import new_phone

CONNECTIONS = 8


class Crowd:
    """Eight connections of one provider that ask a node for unknown numbers. Used once."""

    def __init__(self, box, caller, requests, rate, url=None):
        self.requests, self.rate = requests, rate
        self.began = time.monotonic()
        self.admitted = self.refused = self.other = 0
        self.ended = None
        with tempfile.NamedTemporaryFile("w", dir=box.home, delete=False) as file:
            file.write(caller.token)
        self._token = file.name
        command = [
            box.world.glados, "load", "--json", "--url", url or box.node()["base_url"],
            "--ca", box.at("ca.pem"), "--cert", os.path.join(caller.folder, "cert.pem"),
            "--key", os.path.join(caller.folder, "key.pem"), "--bearer-file", self._token,
            "--connections", str(CONNECTIONS), "--requests", str(requests), "--rate", str(rate),
            "--tel-range", f"{new_phone()[5:]}..{1_000_000}", "--unknown-share", "1"]
        self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)

    def wait(self):
        """All were answered: 404 was admitted, 429 refused."""
        try:
            told, why = self._child.communicate(timeout=30 + 4 * self.requests / self.rate)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.communicate()
            raise Failed("the load did not end") from None
        finally:
            self.ended = time.monotonic()
            os.unlink(self._token)
        same(self._child.returncode, 0, f"status of the load ({why.strip()})")
        seen = json.loads(told)
        self.admitted = seen["status"].pop("404", 0)
        self.refused = seen["status"].pop("429", 0)
        self.other = {**seen["status"], **{name: count for name, count in seen["errors"].items()
                                           if count}}
        return self


def law(budget, seconds):
    """The most units that a span of so many seconds admits."""
    return budget * (1 + seconds / 86_400)


def least(budget, seconds):
    """The least that it admits when more was asked for: what nodes may hold leased is missing."""
    return law(budget, seconds) - max(2, budget / 100)
