"""SIGHUP keeps connections and takes new files; SIGTERM lets requests finish."""

import os
import signal

import certificates
from checks import eventually, same, test, true
from wires import get_bytes, lookup_bytes, read_answer, rest_of, tls
from world import new_phone, new_user


@test("signals: SIGHUP reopens the log and takes a new certificate, connections go on")
def hangup(w):
    box, caller = w.main, w.main.known("alpha")
    sii = new_phone()
    caller.prove(sii, new_user())
    link = tls(caller)
    link.sendall(lookup_bytes(caller, sii))
    same(read_answer(link)[0], 200)
    shown = link.getpeercert(binary_form=True)
    log, folder = box.at("log", "node-1.jsonl"), box.at("tls", "provider")
    os.rename(log, log + ".1")
    certificates.make_leaf(folder, "GLADOS provider listener", box.at("tls", "provider-authority"))
    os.kill(box.pid(), signal.SIGHUP)
    eventually("a new log", lambda: os.path.exists(log))

    def fresh():
        other = tls(caller)
        try:
            return other.getpeercert(binary_form=True) != shown
        finally:
            other.close()
    eventually("the new certificate is shown", fresh)
    link.sendall(lookup_bytes(caller, sii))
    same(read_answer(link)[0], 200, "the old connection")
    link.close()
    with open(os.path.join(folder, "key.pem"), "w", encoding="ascii") as file:
        file.write("no key")
    os.kill(box.pid(), signal.SIGHUP)

    def complained():
        with open(log, encoding="utf-8") as file:
            return "tls.refused" in file.read()
    eventually("an unusable key is refused", complained)
    same(caller.again().lookup(sii).status, 200, "the last good one is kept")
    certificates.make_leaf(folder, "GLADOS provider listener", box.at("tls", "provider-authority"))


@test("signals: SIGHUP changes the ticket keys, so that no old session is resumed")
def tickets(w):
    box, caller = w.main, w.main.known("alpha")

    def visit(session=None):
        link = tls(caller, session=session)
        link.sendall(get_bytes("/.well-known/glados"))
        read_answer(link)
        seen = link.session, link.session_reused
        link.close()
        return seen
    session, _ = visit()
    same(visit(session)[1], True, "resumed before")
    os.kill(box.pid(), signal.SIGHUP)
    eventually("not resumed any more", lambda: visit(session)[1] is False, 5, 0.1)


@test("signals: SIGTERM answers what is in flight, then the node ends with 0 within 10 s")
def drain(w):
    box = w.frail
    box.restart_node(signal.SIGTERM)
    caller = box.known("alpha")
    sii, user = new_phone(), new_user()
    caller.prove(sii, user)
    idle, half = tls(caller), tls(caller)
    idle.sendall(get_bytes("/.well-known/glados"))
    read_answer(idle)
    whole = lookup_bytes(caller, sii)
    half.sendall(whole[:-5])
    eventually("half a request has arrived", lambda: box.metric(
        "glados_connections", listener="provider") >= 2)
    node = box._node
    node.send_signal(signal.SIGTERM)
    same(rest_of(idle), b"", "an idle connection is closed")
    half.sendall(whole[-5:])
    status, head, body, _ = read_answer(half)
    same(status, 200, "the request in flight")
    true(user.encode() in body and "Connection: close" in head, "its answer")
    same(rest_of(half), b"", "and then it is closed")
    same(box.end_node()[0], 0, "exit status")
    box.begin_node()  # other tests use this sandbox, too
