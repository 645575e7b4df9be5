"""Callers that write while something else goes on."""

import threading

from world import new_phone, new_user


class Provers:
    """Each caller proves one number after the other, until told to end."""

    def __init__(self, *callers):
        self.proven, self.wrong = {}, []
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(caller,))
                         for caller in callers]

    def _run(self, caller):
        while not self._ending.is_set():
            sii, user = new_phone(), new_user()
            try:
                caller.prove(sii, user)
                self.proven[sii] = user
            except Exception as why:
                self.wrong.append(f"{type(why).__name__}: {why}")
        caller.hang_up()

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        for thread in self._threads:
            thread.join(30)
