"""What takes days: a sandbox whose Redis, and with it the service, has a clock to be moved."""

import os
import shutil
import struct
import subprocess
import tempfile
import time
from datetime import datetime

from checks import eventually, refused, same, test
from decisions import decide
from restores import restore, told_soon
from world import Box, new_phone, new_user

DAY = 86_400
HERE = os.path.dirname(os.path.abspath(__file__))


class LaterBox(Box):
    """Its redis-server is found on a PATH of its own, and preloads shifted_clock.c."""

    def __init__(self, world):
        self._tools = tempfile.mkdtemp(prefix="glados-clock-")
        self._clock = os.path.join(self._tools, "ahead")
        library = os.path.join(self._tools, "shifted_clock.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library,
                        os.path.join(HERE, "shifted_clock.c")], check=True)
        wrapper = os.path.join(self._tools, "redis-server")
        with open(wrapper, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nLD_PRELOAD='{library}' SHIFTED_CLOCK='{self._clock}' "
                       f"exec '{shutil.which('redis-server')}' \"$@\"\n")
        os.chmod(wrapper, 0o700)
        self.seconds = 0
        self.go_on(0)
        super().__init__(world, {"PATH": self._tools + os.pathsep + os.environ["PATH"],
                                 "GLADOS_VERIFICATION_WAIT_SCALE": "0"})

    def go_on(self, seconds):
        self.seconds += seconds
        mode = "r+b" if os.path.exists(self._clock) else "wb"
        with open(self._clock, mode) as file:  # in place: Redis has it mapped
            file.write(struct.pack("@l", self.seconds))

    def time(self):
        return time.time() + self.seconds

    @staticmethod
    def time_of(caller):
        """As the node has it: a code lives ten minutes from now. Tokens of before are over, and
        so is the one got here if the node takes over the time between the two calls: zero then.
        """
        caller.sign_in()
        opened = caller.post_verification(new_phone(), new_user())
        if opened.status == 401:
            return 0
        same(opened.status, 202, opened.problem())
        end = opened.json()["expires_at"]
        return datetime.fromisoformat(end.replace("Z", "+00:00")).timestamp() - 600

    def close(self):
        status = super().close()
        shutil.rmtree(self._tools, ignore_errors=True)
        return status


@test("later: a change can be restored for seven days, and then no more")
def restored(w):
    box = w.boxes["later"] = LaterBox(w)
    box.open()
    alpha, beta = box.known("alpha"), box.known("beta")
    sii, user = new_phone(), new_user()
    alpha.prove(sii, user)
    change = decide(beta, beta.prove(sii, new_user())["mapping"], "replace").json()["change_id"]
    same(told_soon(alpha, change)[0]["type"], "mapping.removed")

    def days_later(seconds):
        box.go_on(seconds)
        eventually("the node takes over the time", lambda: box.time_of(beta) > box.time() - 2, 5)
        alpha.sign_in()
    days_later(7 * DAY - 120)
    early = restore(alpha, change, sii)
    same(early.status, 202, early.problem())
    days_later(120)
    refused(restore(alpha, change, sii), 410, "restore-window-closed")
    refused(restore(beta, change, sii), 404, "not-found")
    # Asked for in time, it may be proven after: its code lives ten minutes.
    same(alpha.check(early.json(), alpha.code(sii), user).status, 200)
    same(alpha.lookup(sii).json()["ssi"]["user_id"], user)
