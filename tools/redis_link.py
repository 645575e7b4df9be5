"""One connection to a Redis of a sandbox, for the scripts that run it."""

import socket

from home import Refused


class Link:
    """One connection to Redis by its socket, as the user that may do everything; without a
    password as whoever comes. `raw`: strings are answered as bytes."""

    def __init__(self, path, password, patience=5, raw=False):
        self.raw = raw
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(patience)
        try:
            self.socket.connect(path)
            self.input = self.socket.makefile("rb")
            if password is not None:
                self.ask("AUTH", "operator", password)
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.input.close()
        self.socket.close()

    @staticmethod
    def wire(words):
        parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        return b"*%d\r\n" % len(parts) + b"".join(
            b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)

    def ask(self, *words):
        return self.ask_all([words])[0]

    def ask_all(self, commands):
        """The answers to several commands that are sent together."""
        self.socket.sendall(b"".join(map(self.wire, commands)))
        return [self.answer() for _ in commands]

    def answer(self):
        line = self.input.readline()
        if not line:
            raise OSError("the connection ended")
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b"-":
            raise Refused(f"Redis: {rest}")
        if kind == b":":
            return int(rest)
        if kind == b"$":
            text = None if rest == "-1" else self.input.read(int(rest) + 2)[:-2]
            return text if self.raw or text is None else text.decode()
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        return rest
