"""Parts of bulk jobs: how long and how many at a time, and what happens when the node ends."""

import json
import signal
import threading
import time

from bulk import (counts, job_of, lines_of, provider, put, put_rows, results, some_rows, state)
from checks import Failed, eventually, same, refused, test, true
from wires import read_answer, rest_of, tls


def part_head(caller, job, part, size, more=""):
    return (f"PUT /v1/bulk-jobs/{job}/parts/{part} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {caller.token}\r\nContent-Type: application/x-ndjson\r\n"
            f"Content-Length: {size}\r\n{more}\r\n").encode()


def refused_at_head(caller, head, body, status):
    """Exactly one answer, then the end, though the body goes on."""
    link = tls(caller)
    try:
        link.sendall(head)
        for at in range(0, len(body), 65536):
            link.sendall(body[at:at + 65536])
    except OSError:
        pass
    got, text, content, left = read_answer(link)
    left += rest_of(link)
    link.close()
    same((got, left, "connection: close" in text.lower()), (status, b"", True), "one answer")
    return text, json.loads(content)


@test("bulk: the long limit is for parts with token and scope, and ends at 8 MiB")
def long_bodies(w):
    caller, plain = provider(w.main, "bulk-long"), w.main.known("alpha")
    job = job_of(caller)
    rows = lines_of(some_rows(1, 300_000))
    body = rows + b" " * 70_000
    same(put(caller, job, 1, rows + b"\n" * 80_000).json()["lines"], 80_001, "over 64 KiB")
    for sender, path in ((plain, f"/v1/bulk-jobs/{job}/parts/2"), (caller, "/v1/lookup"),
                         (caller, f"/v1/bulk-jobs/{job}")):
        head = (f"PUT {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sender.token}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode()
        refused_at_head(sender, head, body, 413)
    stranger = caller.again()
    stranger.token = "x" * 43
    refused_at_head(stranger, part_head(stranger, job, 2, len(body)), body, 413)
    mebi = 1 << 20
    refused_at_head(caller, part_head(caller, job, 3, 8 * mebi + 1), b"x" * (8 * mebi + 1), 413)
    refused(put(caller, job, 4, b"\n" * 300_001), 413, "payload-too-large", "too many lines")
    same(put(caller, job, 5, b"\n" * 100_000 + rows.rstrip(b"\n").rjust(8 * mebi - 100_000)).json(),
         {"lines": 100_001, "accepted": 0, "rejected": 100_001}, "8 MiB to the byte")


@test("bulk: a fifth part at a time is refused before its body, with Retry-After")
def in_flight(w):
    caller = provider(w.main, "bulk-five")
    job = job_of(caller)
    content = lines_of(some_rows(2000, 400_000))
    links = []
    for part in range(4):
        link = tls(caller)
        link.sendall(part_head(caller, job, part, len(content)) + content[:-1])
        links.append(link)

    def fifth():
        link = tls(caller)
        link.sendall(part_head(caller, job, 4, len(content)))
        got, text, body, left = read_answer(link)
        link.close()
        return got, text, body, left
    deadline = time.monotonic() + 5
    while True:  # the four heads may still be under way
        probe = tls(caller)
        probe.settimeout(0.3)
        probe.sendall(part_head(caller, job, 9, len(content)))
        try:
            same(read_answer(probe)[0], 503, "the fifth part")
            break
        except TimeoutError:
            true(time.monotonic() < deadline, "the fifth part is refused")
        finally:
            probe.close()
    got, text, body, _ = fifth()
    same((got, json.loads(body)["type"]), (503, "urn:glados:problem:overloaded"))
    true("retry-after: " in text.lower(), "Retry-After")
    for link in links:
        link.sendall(content[-1:])
    same([read_answer(link)[0] for link in links], [200] * 4, "the four")
    for link in links:
        link.close()
    same(put(caller, job, 4, content).status, 200, "then there is a place again")
    same(counts(state(caller, job)), (10_000, 2000, 8000, 0, 0, 5))


@test("bulk: a job shows its numbers while a part runs, and the same part twice at once is one")
def progress(w):
    caller = provider(w.main, "bulk-progress")
    job = job_of(caller)
    content = lines_of(some_rows(60_000, 500_000))
    seen, ended = set(), threading.Event()
    watcher = caller.again()

    def watch():
        while not ended.is_set():
            seen.add(counts(state(watcher, job))[1])
    thread = threading.Thread(target=watch)
    thread.start()
    try:
        answer = put(caller, job, 1, content)
    finally:
        ended.set()
        thread.join()
    same((answer.status, answer.json()["accepted"]), (200, 60_000))
    true(len(seen - {0, 60_000}) >= 2, f"numbers seen while it ran: {sorted(seen)[:5]}")
    told = results(caller, job, 1)
    same((len(told), {one["status"] for one in told}), (60_000, {"created"}))
    same([one["line"] for one in told], list(range(1, 60_001)))
    due = [one for one in caller.need(200, "GET", "/v1/events?limit=500").json()["events"]
           if one["type"] == "mapping.refresh_due"]
    true(25 <= len(due) <= 110, f"{len(due)} of 60,000 rows are to be proven anew")
    known = {one["mapping_id"] for one in told}
    true(all(one["data"]["mapping_id"] in known for one in due), "notices are about these rows")
    outcomes = []

    def again(part):
        outcomes.append(put(caller.again(), job, part, content).status)
    threads = [threading.Thread(target=again, args=(2,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    true(200 in outcomes and set(outcomes) <= {200, 409}, f"twice at once: {outcomes}")
    same(counts(state(caller, job)), (120_000, 60_000, 60_000, 0, 0, 2))


def repeat(caller, job, part, content):
    """Sends a part until it is answered, as a provider would."""
    def answered():
        try:
            answer = put(caller, job, part, content)
        except OSError:
            return None
        if answer.status in (503, 409, 401):
            return None
        return answer
    return eventually("the part is answered", answered, 30, 0.2)


@test("bulk: a node killed in the middle of a part loses nothing, and the repeat ends it")
def killed(w):
    box = w.frail
    caller = provider(box, "bulk-killed")
    holder = provider(box, "bulk-before")
    rows = some_rows(50_000, 700_000)
    put_rows(holder, job_of(holder), 1, rows[::1000])
    job = job_of(caller, "contest")
    first = put_rows(caller, job, 1, rows[:500])
    rows = rows[500:] + rows[500:700]
    content = lines_of(rows)
    for round_ in range(3):
        sender = caller.again()

        def send():
            try:
                put(sender, job, 2, content)
            except (OSError, Failed):
                pass
            except Exception as what:  # http.client says in many ways that the server is gone
                if "Remote" not in type(what).__name__ and "Incomplete" not in type(what).__name__:
                    raise
        before = state(caller, job)["lines"]
        thread = threading.Thread(target=send)
        thread.start()
        eventually("the part is under way", lambda: state(caller, job)["lines"] > before, 20, 0.002)
        box.restart_node(signal.SIGKILL)
        thread.join()
        caller.hang_up()
        if state(caller, job)["parts"] == 2:
            break
    answer = repeat(caller, job, 2, content)
    same((answer.status, answer.json()),
         (200, {"lines": 49_700, "accepted": 49_700, "rejected": 0}))
    same(put(caller, job, 1, lines_of(some_rows(50_000, 700_000)[:500])).json(), first)
    told = results(caller, job, 2)
    held = {i for i, row in enumerate(rows[:49_500]) if (i + 500) % 1000 == 0}
    wanted = ["conflict" if i in held else "created" for i in range(49_500)] + ["unchanged"] * 200
    same([one["status"] for one in told], wanted, "as in a run that nothing disturbed")
    same(counts(state(caller, job)), (50_200, 49_500 - len(held) + 499, 200, len(held) + 1, 0, 2))
    caller.need(202, "POST", f"/v1/bulk-jobs/{job}/complete")
    same(caller.lookup(rows[1][0]).json()["ssi"]["user_id"], rows[1][1])

    def counted():
        told = [one for one in caller.need(200, "GET", "/v1/events?limit=500").json()["events"]
                if one["type"] == "bulk_job.finished"]
        return len(told) == 1
    eventually("the notice is there", counted)
