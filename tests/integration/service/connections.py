"""Connections: persistence, resumption, slow clients beside good ones (must show 2 and 3)."""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile

from checks import same, test, true, within
from wires import get_bytes, rate, read_answer, tls
from world import new_phone, new_user

HERE = os.path.dirname(os.path.abspath(__file__))


def files(caller):
    return ["--cert", f"{caller.folder}/cert.pem", "--key", f"{caller.folder}/key.pem"]


@test("connections: curl makes 100 requests over one")
def curl(w):
    caller = w.main.known("alpha")
    base = caller.box.node()["base_url"]
    command = ["curl", "-sS", "--cacert", caller.box.at("ca.pem"), *files(caller),
               "-w", "%{num_connects} %{http_code}\n", "-o", "/dev/null"]
    done = subprocess.run(command + [f"{base}/.well-known/glados?n=[1-100]"], capture_output=True,
                          text=True, check=True, timeout=60)
    rows = [line.split() for line in done.stdout.splitlines()]
    same(len(rows), 100, "answers")
    same({status for _, status in rows}, {"200"}, "statuses")
    same(sum(int(made) for made, _ in rows), 1, "connections made")
    old = subprocess.run(command + ["--http1.0", "-H", "Connection: keep-alive"]
                         + [f"{base}/.well-known/glados?n=[1-5]"], capture_output=True, text=True,
                         check=True, timeout=60)
    same(sum(int(line.split()[0]) for line in old.stdout.splitlines()), 1, "HTTP/1.0 keep-alive")


def s_client(caller, *words, text=""):
    command = ["openssl", "s_client", "-connect", "%s:%d" % caller.where, "-CAfile",
               caller.box.at("ca.pem"), "-cert", f"{caller.folder}/cert.pem", "-key",
               f"{caller.folder}/key.pem", *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60,
                          check=False)
    return done.stdout + done.stderr


@test("connections: sessions with a client certificate resume, in TLS 1.2 and 1.3")
def resume(w):
    caller = w.main.known("alpha")
    seen = s_client(caller, "-tls1_2", "-reconnect")
    same((seen.count("New, TLSv1.2"), seen.count("Reused, TLSv1.2")), (1, 5), "TLS 1.2")
    request = "GET /.well-known/glados HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with tempfile.TemporaryDirectory() as folder:
        kept = os.path.join(folder, "session")
        first = s_client(caller, "-tls1_3", "-ign_eof", "-sess_out", kept, text=request)
        true("New, TLSv1.3" in first and "200 OK" in first, "a new TLS 1.3 session")
        again = s_client(caller, "-tls1_3", "-ign_eof", "-sess_in", kept, text=request)
        true("Reused, TLSv1.3" in again and "200 OK" in again, "a resumed TLS 1.3 session")
        true("HTTP/1.1 401" not in again, "still known")
    true(w.main.metric("glados_tls_handshakes_resumed", listener="provider") >= 6, "the metric")
    old = s_client(caller, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
    true("Cipher is (NONE)" in old or "alert" in old, "TLS 1.1 is refused")


@test("connections: requests in one piece and in many are answered in order")
def pipelined(w):
    caller = w.main.known("alpha")
    link = tls(caller)
    link.sendall(get_bytes("/.well-known/glados") * 20 + get_bytes("/nowhere"))
    left, statuses = b"", []
    for _ in range(21):
        status, _, _, left = read_answer(link, left)
        statuses.append(status)
    same(statuses, [200] * 20 + [404])
    for byte in get_bytes("/nowhere"):
        link.sendall(bytes([byte]))
    same(read_answer(link)[0], 404, "byte by byte")
    link.close()


@contextlib.contextmanager
def slow_clients(caller, silent, dribbling):
    """So many silent clients and ones that send byte by byte, while the block runs."""
    command = [sys.executable, os.path.join(HERE, "slow_clients.py"), str(caller.where[1]),
               caller.box.at("ca.pem"), caller.folder, str(silent), str(dribbling)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        same(child.stdout.readline().strip(), "ready")
        yield
        same(child.poll(), None, "the slow clients still try")
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait(20)


@test("connections: 50 silent and 20 byte-by-byte clients neither stop nor slow a good one")
def slow(w):
    caller = w.main.known("alpha")
    sii = new_phone()
    caller.prove(sii, new_user())
    rate(caller, sii, 0.5)

    def alone():  # but for the other process, which costs something by itself
        with slow_clients(caller, 0, 0):
            return rate(caller, sii, 0.7)

    around, beside = [alone()], []
    for _ in range(7):  # in turns, since a busy machine slows now the one, now the other
        with slow_clients(caller, 50, 20):
            with within(1.0, "a good client's whole first request"):
                same(caller.again().lookup(sii).status, 200)
            beside.append(rate(caller, sii, 0.7))
        around.append(alone())
    share = statistics.median(2 * one / (before + after)
                              for one, before, after in zip(beside, around, around[1:]))
    print(f"     warm lookups over one connection: {statistics.median(around):.0f}/s alone, "
          f"{share:.0%} of the rates just before and after it beside slow clients")
    true(share >= 0.8, f"{share:.0%} of the rate is left")
