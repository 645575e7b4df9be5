"""Clients that hold a server up, in a process of their own.

  slow_clients.py PORT CA FOLDER SILENT DRIBBLING

Opens silent connections and ones that send byte by byte, half of them within the TLS handshake and
half within a request; opens each anew when it is closed. Prints "ready", and goes on until its
standard input ends.
"""

import select
import socket
import ssl
import sys
import time

HELLO = bytes.fromhex("1603010200010001fc0303") + bytes(501)
REQUEST = b"POST /v1/lookup HTTP/1.1\r\nHost: slow\r\nX-Filler: " + b"a" * 4000


class Dribbler:
    """One connection that sends a byte at a time."""

    def __init__(self, where, context):
        self.where, self.context = where, context
        self.link, self.sent = None, 0

    def open(self):
        link = socket.create_connection(self.where, timeout=10)
        self.sent = 0
        self.link = self.context.wrap_socket(link) if self.context else link

    def step(self):
        try:
            if self.link is None:
                self.open()
            text = REQUEST if self.context else HELLO
            self.link.sendall(text[self.sent % len(text):][:1])
            self.sent += 1
        except OSError:
            if self.link is not None:
                self.link.close()
            self.link = None


def main(port, ca, folder, silent, dribbling):
    where = ("127.0.0.1", int(port))
    context = ssl.create_default_context(cafile=ca)
    context.check_hostname = False
    context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
    still = [socket.create_connection(where, timeout=10) for _ in range(int(silent))]
    slow = [Dribbler(where, context if number % 2 else None) for number in range(int(dribbling))]
    for each in slow:
        each.step()
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        for number, link in enumerate(still):
            if select.select([link], [], [], 0)[0]:  # the server gave it up
                link.close()
                still[number] = socket.create_connection(where, timeout=10)
        for each in slow:
            each.step()
        time.sleep(0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])
