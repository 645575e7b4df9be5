"""Traces (W3C Trace Context) and slow requests in the log."""

import json
import os
import secrets
import signal
from concurrent.futures import ThreadPoolExecutor

from checks import eventually, same, test, true
from world import new_key, new_phone, new_user


def new_trace():
    """(trace id, span id) of a caller; a trace id has some digit from a to f."""
    return "a" + secrets.token_hex(16)[1:], secrets.token_hex(8)


def header(trace, span):
    return {"traceparent": f"00-{trace}-{span}-01"}


def lines(box, trace):
    """What the log has of a trace."""
    with open(box.at("log", "node-1.jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file if trace in line]


def ready(w):
    box = w.frail  # where a millisecond is slow
    if not box.running():
        box.begin_node()
    return box


@test("traces: a caller's goes through to the store that fails, and is in the log of each step")
def through(w):
    box = ready(w)
    alpha, sii = box.known("alpha"), new_phone()
    mapping = alpha.prove(new_phone(), new_user())["mapping"]
    alpha.lookup(new_phone())  # so that it has a lease of its budget
    read, write = new_trace(), new_trace()
    box.kept_secret(sii)

    def look():
        return alpha.call("POST", "/v1/lookup", {"sii": sii}, headers=header(*read)).status

    def remove():
        return alpha.call("DELETE", f"/v1/mappings/{mapping['id']}", headers=header(*write)).status
    os.kill(box.pid("redis"), signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(2) as pool:
            same([one.result() for one in [pool.submit(look), pool.submit(remove)]], [503, 503])
    finally:
        os.kill(box.pid("redis"), signal.SIGCONT)
    for (trace, span), route, step in ((read, "lookup", "load"),
                                       (write, "remove_mapping", "commit")):
        found = eventually("its lines", lambda: {line["event"]: line for line in lines(box, trace)
                                                 } if len(lines(box, trace)) > 2 else None, 10)
        same(sorted(found), ["http.failed", "http.slow", "store.failed"], route)
        same((found["http.failed"]["route"], found["http.failed"]["status"]), (route, 503))
        same((found["store.failed"]["step"], "shard" in found["store.failed"]), (step, True))
        spans = {line["span_id"] for line in found.values()}
        true(len(spans) == 1 and span not in spans, f"one span, of ours: {spans}")
    eventually("it is ready", lambda: box.admin().call("GET", "/readyz").status == 200, 20)


@test("traces: what is no traceparent is not believed, and a number in one is not kept")
def refused(w):
    box = ready(w)
    alpha = box.known("alpha")
    digits = "0" * 20 + "491511234567"
    for text in (f"00-{digits}-00f067aa0ba902b7-01", "00-xyz", "f" * 600,
                 "00-" + "0" * 32 + "-00f067aa0ba902b7-01"):
        answer = alpha.call("POST", "/v1/verifications", {"sii": new_phone(), "user_id": "u"},
                            headers={"traceparent": text, "Idempotency-Key": new_key()})
        same(answer.status, 202, text[:40])
    eventually("they are in the log, under traces of ours",
               lambda: len(lines(box, '"create_verification"')) >= 4)
    same(lines(box, digits[-12:]), [], "lines with the number")


@test("traces: slow requests are logged by route and time alone; long polls are not slow")
def slow(w):
    box = ready(w)
    alpha, sii = box.known("alpha"), new_phone()
    before = box.metric("glados_http_slow_total", listener="provider")
    traces = {}
    for path, body in (("/v1/verifications", {"sii": sii, "user_id": "a-user"}),
                       ("/v1/events?after=&wait=1", None)):
        trace = traces[path] = new_trace()
        method = "GET" if body is None else "POST"
        alpha.call(method, path, body, headers={"Idempotency-Key": new_key(), **header(*trace)})
    told = eventually("a line", lambda: [  # storage may have been slow, too
        line for line in lines(box, traces["/v1/verifications"][0])
        if line["event"] != "store.slow"])
    same([sorted(line) for line in told], [["event", "level", "route", "span_id", "status",
                                            "time", "took_ms", "trace_id"]], "members of it")
    same((told[0]["event"], told[0]["route"], told[0]["status"]),
         ("http.slow", "create_verification", 202))
    true(told[0]["took_ms"] >= 1, told)
    true(box.metric("glados_http_slow_total", listener="provider") > before, "it is counted")
    same(lines(box, traces["/v1/events?after=&wait=1"][0]), [], "lines about a long poll")
