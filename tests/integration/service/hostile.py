"""Clients that break off, do not read, send too much, or send what is no HTTP (must show 3)."""

import re
import socket
import time

from checks import eventually, same, test, true
from wires import get_bytes, lookup_bytes, read_answer, reset, rest_of, tls
from world import new_phone

DOCUMENT = "/openapi.json"
STATUS_LINE = re.compile(rb"HTTP/1\.1 \d{3} ")


@test("hostile: resets in mid-response leave the process alive, its descriptors at the baseline")
def resets(w):
    box, caller = w.main, w.main.known("alpha")
    caller.lookup(new_phone())
    wanted = get_bytes(DOCUMENT) * 8
    pid = box.pid()
    eventually("idle", lambda: box.metric("glados_connections", listener="provider") < 10, 10, 0.1)
    baseline = box.descriptors()
    session = None
    for number in range(10_000 if w.full else 300):
        link = tls(caller, session=session)
        link.sendall(wanted)
        if number % 3:
            link.recv(1000)
        session = link.session or session
        reset(link)
    eventually("descriptors are back", lambda: box.descriptors() <= baseline + 2, 15, 0.1)
    same(box.pid(), pid)
    true(box.alive(), "the process lives")
    same(caller.lookup(new_phone()).status, 404, "and serves")


@test("hostile: a client that stops reading costs no CPU and is dropped")
def not_reading(w):
    box, caller = w.main, w.main.known("alpha")
    dropped = box.metric("glados_connections_dropped_slow", listener="provider")
    links = [tls(caller, small_buffer=True) for _ in range(5)]
    for link in links:
        link.setblocking(False)
        try:
            for _ in range(400):
                link.sendall(get_bytes(DOCUMENT))
        except OSError:
            pass  # the server reads no more either: that is the point
    eventually("the writes stand still", lambda: box.metric("glados_connections",
                                                            listener="provider") >= 5, 5)

    def cost(seconds):
        began = box.cpu_seconds()
        time.sleep(seconds)  # the measure itself, not a synchronisation
        return (box.cpu_seconds() - began) / seconds
    time.sleep(0.5)
    true(cost(3.0) < 0.10, "CPU beside clients that do not read")
    eventually("all are dropped", lambda: box.metric(
        "glados_connections_dropped_slow", listener="provider") >= dropped + 5, 60, 0.5)
    for link in links:
        link.close()


@test("hostile: an upload over the limit gets exactly one 413 and a closed connection")
def upload(w):
    caller = w.main.known("alpha")
    head = (f"POST /v1/lookup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {caller.token}\r\n"
            "Content-Type: application/json\r\nX-Request-Id: big-one\r\n")
    for kind, piece in (("Content-Length: 10000000\r\n", b"x" * 65536),
                        ("Transfer-Encoding: chunked\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n")):
        link = tls(caller)
        link.sendall((head + kind + "\r\n").encode())
        sent = 0
        try:
            while sent < 10_000_000:
                link.sendall(piece)
                sent += 65536
        except OSError:
            pass  # closed in the middle, once the answer is out
        seen = rest_of(link)
        same(len(STATUS_LINE.findall(seen)), 1, f"answers to {kind.strip()}")
        true(seen.startswith(b"HTTP/1.1 413 "), f"the answer begins {seen[:20]!r}")
        true(b"\r\nConnection: close\r\n" in seen and b"\r\nX-Request-Id: big-one\r\n" in seen,
             "its headers")
        link.close()


AMBIGUOUS = (
    "Content-Length: 2\r\nContent-Length: 2\r\n", "Content-Length: 2\r\nContent-Length: 3\r\n",
    "Content-Length: +2\r\n", "Content-Length: -2\r\n", "Content-Length: 2x\r\n",
    "Content-Length: 2, 2\r\n", "Content-Length: \r\n", "Content-Length : 2\r\n",
    "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked, chunked\r\n",
    "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding : chunked\r\n", "X-A: b\r\n c\r\n",
    "Transfer-Encoding: \x0bchunked\r\n", "No colon\r\n", "X-A: \x00\r\n", ": x\r\n",
    "Transfer-Encoding: gzip\r\n",
)


@test("hostile: requests that could be read two ways are refused and the connection closed")
def ambiguous(w):
    caller = w.main.known("alpha")
    smuggled = get_bytes("/.well-known/glados").decode()
    for lines in AMBIGUOUS:
        link = tls(caller)
        link.sendall(f"POST /v1/lookup HTTP/1.1\r\nHost: x\r\n{lines}\r\n{{}}{smuggled}".encode())
        seen = rest_of(link)
        same(len(STATUS_LINE.findall(seen)), 1, f"answers to {lines!r}")
        true(seen[9:12] in (b"400", b"501"), f"{lines!r} got {seen[9:12]!r}")
        true(b"Connection: close" in seen and b"X-Request-Id: " in seen, f"headers for {lines!r}")
        link.close()
    for line in ("GET / HTTP/3.0", "GET /", "get / HTTP/1.1", "GET  / HTTP/1.1", "\x16\x03\x01",
                 "GET /" + "a" * 20_000 + " HTTP/1.1", "GET http://x/ HTTP/1.1"):
        link = tls(caller)
        link.sendall(f"{line}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        seen = rest_of(link)
        true(len(STATUS_LINE.findall(seen)) <= 1 and seen[9:10] in (b"4", b"5", b""),
             f"{line[:20]!r} got {seen[:40]!r}")
        link.close()


@test("hostile: plain text on the TLS port and nonsense over it leave the listener serving")
def nonsense(w):
    caller = w.main.known("alpha")
    for text in (b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)), b"\x16\x03\x01\xff\xff" * 100):
        with socket.create_connection(caller.where, timeout=10) as link:
            link.sendall(text)
            link.shutdown(socket.SHUT_WR)
            rest_of(link)
    link = tls(caller)
    link.sendall(lookup_bytes(caller, new_phone()))
    same(read_answer(link)[0], 404)
    link.close()
