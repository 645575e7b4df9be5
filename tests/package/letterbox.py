"""The mail server of the canary's domain: takes messages after STARTTLS, into a Maildir. Runs
inside the machine of the test until it is ended, standard library only.

usage: letterbox.py CERTIFICATE KEY MAILDIR
"""

import itertools
import os
import socketserver
import ssl
import sys

ADDRESS = ("127.0.0.1", 25)  # of a machine of its own, where glados.toml looks for a mail server


class Letterbox(socketserver.StreamRequestHandler):
    numbers = itertools.count()

    def say(self, line):
        self.wfile.write(line + b"\r\n")

    def hear(self):
        return self.rfile.readline().rstrip(b"\r\n")

    def handle(self):
        self.say(b"220 letterbox")
        while line := self.hear():
            word = line.split()[0].upper()
            if word == b"EHLO":
                self.say(b"250-letterbox\r\n250 STARTTLS")
            elif word == b"STARTTLS":
                self.say(b"220 go on")
                self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
                self.setup_streams()
            elif word == b"DATA" and isinstance(self.connection, ssl.SSLSocket):
                self.say(b"354 go on")
                self.keep(iter(self.hear, b"."))
                self.say(b"250 taken")
            elif word == b"QUIT":
                return self.say(b"221 bye")
            else:
                self.say(b"250 yes" if word in (b"MAIL", b"RCPT", b"RSET") else b"502 no")

    def setup_streams(self):
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)

    def keep(self, lines):
        name = f"{os.getpid()}.{next(self.numbers)}"
        fresh = os.path.join(self.server.maildir, name)
        with open(fresh, "wb") as file:
            file.write(b"\r\n".join(line.removeprefix(b".") for line in lines) + b"\r\n")
        os.rename(fresh, os.path.join(self.server.maildir, "new", name))


class Post(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True

    def __init__(self, certificate, key, maildir):
        super().__init__(ADDRESS, Letterbox)
        self.maildir = maildir
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)


if __name__ == "__main__":
    with Post(*sys.argv[1:]) as post:
        post.serve_forever()
