"""A provider that asks without a pause, at one node after the other, until its input ends; then it
prints what it saw as one JSON object. Runs inside the machine of the test, standard library only.

usage: asker.py CA CERTIFICATE KEY TOKEN_FILE PORT...

A node that takes no connection, or hangs up on a kept one, is left for the next, as a provider's
load balancer would. A 503 that names a Retry-After is told of as put off: which problem it was,
which node said so, after how many milliseconds and when. Everything else but an answer (404: nobody
has the number) is a failure.
"""

import http.client
import json
import ssl
import sys
import threading
import time

BODY = json.dumps({"sii": "tel:+14155550123"})
OVER = threading.Event()
LATER = "503 with Retry-After"


class Asker:
    def __init__(self, ca, certificate, key, token_file, ports):
        self.context = ssl.create_default_context(cafile=ca)
        self.context.load_cert_chain(certificate, key)
        with open(token_file, encoding="ascii") as file:
            self.headers = {"Authorization": f"Bearer {file.read().strip()}",
                            "Content-Type": "application/json"}
        self.ports = ports
        self.links = {}
        self.seen = {"answered": 0, "moved": 0, "put_off": [], "failed": {}, "longest_ms": 0}

    def ask(self, port):
        """The status, or None when this node is not there."""
        began = time.monotonic()
        link = self.links.pop(port, None)
        try:
            if link is None:
                link = http.client.HTTPSConnection("127.0.0.1", port, timeout=10,
                                                   context=self.context)
            link.request("POST", "/v1/lookup", body=BODY, headers=self.headers)
            answer = link.getresponse()
            said = answer.read()
            if not answer.will_close:
                self.links[port] = link
            if answer.status == 503 and "Retry-After" in answer.headers:
                took = int((time.monotonic() - began) * 1000)
                self.seen["put_off"].append([json.loads(said)["type"].rsplit(":", 1)[1], port, took,
                                             time.strftime("%H:%M:%S")])
                return LATER
            return answer.status
        except (ConnectionError, http.client.RemoteDisconnected, ssl.SSLEOFError):
            return None

    def ask_in_turn(self, first):
        for step in range(len(self.ports)):
            status = self.ask(self.ports[(first + step) % len(self.ports)])
            if status is not None:
                return status
            self.seen["moved"] += 1
        return None

    def once(self, first):
        began = time.monotonic()
        status = self.ask_in_turn(first)
        if status == 404:
            self.seen["answered"] += 1
        elif status != LATER:
            name = str(status)
            self.seen["failed"][name] = self.seen["failed"].get(name, 0) + 1
        took = int((time.monotonic() - began) * 1000)
        self.seen["longest_ms"] = max(self.seen["longest_ms"], took)

    def run(self):
        turn = 0
        while not OVER.wait(0.002):
            self.once(turn)
            turn += 1
        return self.seen


def end_with_input():
    sys.stdin.read()
    OVER.set()


if __name__ == "__main__":
    threading.Thread(target=end_with_input, daemon=True).start()
    print(json.dumps(Asker(*sys.argv[1:5], [int(port) for port in sys.argv[5:]]).run()))
