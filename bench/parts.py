"""Bulk rows by the parts of one job, and the right to register them."""

import http.client
import json
import threading
import time

from stage import Surprise


def let_register(stage, *names):
    """Both operators give the providers the scope."""
    for name in names:
        for who in ("operator", "second"):
            stage.operator(who).need(200, "PATCH", f"/admin/v1/providers/{name}",
                                     {"scopes": ["lookup", "map", "events", "bulk"]})


def signed_in(stage, name, scope):
    """A caller whose token has the scope; what operators grant counts within a second."""
    caller = stage.provider(name)
    limit = time.monotonic() + 30
    while scope not in caller.sign_in(stage.client(name))["scope"]:
        if time.monotonic() > limit:
            raise Surprise(f"{name} was not granted {scope}")
        time.sleep(0.1)
    return caller


def register(caller, contents, senders):
    """Registers each of `contents`, an iterable, as a part of one job over so many connections.
    Seconds from the first part to the last answer; every row must have made a mapping."""
    job = caller.need(201, "POST", "/v1/bulk-jobs", {"on_conflict": "skip"},
                      headers={"Idempotency-Key": f"bench-{time.monotonic_ns()}"}).json()["id"]
    waiting, turn, failed = enumerate(contents), threading.Lock(), []

    def next_part():
        with turn:
            return next(waiting, None)

    def work():
        link = caller.link()
        link.timeout = 120
        try:
            while not failed and (part := next_part()) is not None:
                number, content = part
                link.request("PUT", f"/v1/bulk-jobs/{job}/parts/{number}", body=content, headers={
                    "Content-Type": "application/x-ndjson",
                    "Authorization": f"Bearer {caller.token}"})
                answer = link.getresponse()
                text = answer.read()
                if answer.status != 200 or json.loads(text)["rejected"] != 0:
                    failed.append(f"a part was answered {answer.status}: {text[:200]!r}")
        except (OSError, http.client.HTTPException) as why:
            failed.append(f"a part was not answered: {why!r}")
        finally:
            link.close()
    threads = [threading.Thread(target=work) for _ in range(senders)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    if failed:
        raise Surprise(failed[0])
    told = caller.need(202, "POST", f"/v1/bulk-jobs/{job}/complete").json()
    if told["state"] != "completed" or told["created"] != told["lines"]:
        raise Surprise(f"the job ended as {told}")
    return took
