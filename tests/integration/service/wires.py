"""Requests below the level of a client library: bytes over TLS, and rates of them."""

import json
import socket
import ssl
import struct
import time

from checks import Failed


def tls(caller, small_buffer=False, session=None):
    """A TLS connection of this caller to its listener."""
    raw = socket.socket()
    if small_buffer:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.settimeout(20)
    raw.connect(caller.where)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return caller.context.wrap_socket(raw, server_hostname="127.0.0.1", session=session)


def lookup_bytes(caller, sii):
    body = json.dumps({"sii": sii})
    return (f"POST /v1/lookup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {caller.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


def get_bytes(path):
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def read_answer(link, left=b""):
    """(status, head, body, what came after it) of one answer."""
    while b"\r\n\r\n" not in left:
        part = link.recv(65536)
        if not part:
            raise Failed(f"the connection ended after {len(left)} bytes")
        left += part
    head, _, rest = left.partition(b"\r\n\r\n")
    size = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            size = int(value)
    while len(rest) < size:
        part = link.recv(65536)
        if not part:
            raise Failed("the connection ended within a body")
        rest += part
    return int(head.split(b" ")[1]), head.decode(), rest[:size], rest[size:]


def rest_of(link):
    """Everything until the server closes; a reset counts as an end."""
    out = b""
    try:
        while True:
            part = link.recv(65536)
            if not part:
                return out
            out += part
    except (ConnectionError, ssl.SSLError):
        return out


def reset(link):
    """Closes at once with RST."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.close()


def rate(caller, sii, seconds):
    """Requests a second of one closed loop over one connection."""
    link, wanted = tls(caller), lookup_bytes(caller, sii)
    count, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        link.sendall(wanted)
        status = read_answer(link)[0]
        if status != 200:
            raise Failed(f"a warm lookup answered {status}")
        count += 1
    link.close()
    return count / (time.monotonic() - began)
