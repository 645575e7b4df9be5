"""Nothing that must stay private is found in clear in logs, metrics, Redis, files or processes
after all the other tests; and what is planted there is found (must show 5)."""

import base64
import os
import re
import subprocess
import tempfile
import urllib.parse

from checks import same, test, true
from redis_content import everything, redis_at
from world import new_mail, new_phone, new_user

DIGITS = re.compile(rb"(?<![\d.])\d{6}(?!\d|\.\d)")
# Ids of traces and digests: random, and of thousands of them some hold any six digits.
IDS = re.compile(rb"[0-9a-f]{16,}")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def spellings(text):
    """How a private text may be written down: plain, percent-encoded, base64, hex."""
    raw = text.encode()
    plain = {raw, urllib.parse.quote(text, safe="").encode()}
    if text.startswith("tel:"):
        digits = text[5:].encode()
        plain |= {digits, digits[2:]}  # without the country's code, too
    elif text.startswith("mailto:"):
        address = text[7:].encode()
        plain |= {address, address.split(b"@")[0], urllib.parse.quote(text[7:], safe="").encode()}
    out = set()
    for one in plain:
        if len(one) < 8:
            continue
        out |= {one, one.hex().encode(), one.hex().upper().encode()}
        for shift in range(3):  # wherever it stands in what is encoded
            coded = base64.b64encode(bytes(shift) + one)
            out.add(coded[(0, 2, 3)[shift]:-4])
    return {one for one in out if len(one) >= 8}


class Search:
    """Looks for many texts at once, which GNU grep does in one pass."""

    def __init__(self, private, codes):
        self.texts = {spelling.translate(_URL_SAFE) for text in private
                      for spelling in spellings(text)}
        self.codes = {code.encode() for code in codes}

    def found(self, data):
        """The first of them that stands in it, or None."""
        data = (data.encode() if isinstance(data, str) else data).translate(_URL_SAFE)
        with tempfile.NamedTemporaryFile() as list_of_texts:
            list_of_texts.write(b"\n".join(sorted(self.texts)) + b"\n")
            list_of_texts.flush()
            done = subprocess.run(["grep", "-aoF", "-m1", "-f", list_of_texts.name], input=data,
                                  stdout=subprocess.PIPE, env={"LC_ALL": "C"}, check=False)
        true(done.returncode in (0, 1), "grep failed")
        if done.stdout:
            return done.stdout.splitlines()[0].decode(errors="replace")
        for match in DIGITS.finditer(IDS.sub(b" ", data)):
            if match[0] in self.codes:
                return "a code"
        return None


def read_file(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""  # gone, or a process that forbids to be looked at, which is as good


def places(box):
    """(name, bytes) of every place a private text could have got to."""
    for folder in ("log", "redis", "nodes"):
        for at, _, names in os.walk(box.at(folder)):
            for name in names:
                path = os.path.join(at, name)
                if os.path.isfile(path):
                    yield path, read_file(path)
    yield "output", read_file(box.output)
    yield "/metrics", box.admin().need(200, "GET", "/metrics").body
    yield "cluster", box.admin().need(200, "GET", "/admin/v1/cluster").body
    for name in box.processes():
        for kind in ("cmdline", "environ"):
            yield f"{kind} of {name}", read_file(f"/proc/{box.pid(name)}/{kind}")
        if name.startswith("redis"):
            yield f"Redis entry of {name}", content(box, name)


def content(box, name="redis"):
    with redis_at(box, name) as link:
        return b"\n".join(text for page in everything(link) for text in page)


def leaks(box, search):
    return sorted({f"{where}: {what}" for where, data in places(box)
                   for what in [search.found(data)] if what})


@test("canary: nothing private is in clear anywhere after all the tests")
def clean(w):
    rich(w.main)
    for kind, box in w.boxes.items():
        if not box.running():
            box.begin_node()
        box.kept_secret(box.client("alpha")["client_secret"])
        # Six digits that many other things count with are no sign: few codes, freshly used.
        search = Search(box.private, sorted(box.codes)[:8])
        true(len(search.texts) > 20, f"there is something to look for in {kind}")
        same(leaks(box, search), [], f"private texts in clear in {kind}")


def rich(box):
    """Leaves a trace of every kind, so that a run of this test alone has something to find."""
    caller = box.known("alpha")
    for sii in (new_phone(), new_mail()):
        user = new_user()
        caller.prove(sii, user)
        caller.lookup(sii)
        caller.lookup(sii + ";ext=1")
        caller.call("POST", "/v1/lookup", {"sii": sii, sii: user})
        caller.call("GET", f"/v1/{urllib.parse.quote(sii)}?user={user}")
        caller.call("POST", "/v1/lookup", {"sii": sii}, headers={"X-Request-Id": "!" + user,
                                                                 "X-Trace": sii})


@test("canary: what is planted in Redis, in a log or in the metrics is found")
def planted(w):
    box = w.main
    sii, code, user = new_phone(), "918273", new_user()
    search = Search({sii, user}, {code})
    same(leaks(box, search), [], "before")
    with redis_at(box) as redis:
        try:
            for verb, value in (("SET", sii), ("SET", user), ("SET", f"code {code}."),
                                ("SET", sii[7:]), ("SET", base64.b64encode(b"x" + sii.encode())),
                                ("SET", urllib.parse.quote(sii, safe="")),
                                ("SET", sii[5:].encode().hex())):
                redis.ask(verb, "canary:test", value)
                true(search.found(content(box)), f"{value!r} in Redis was not found")
            redis.ask("SET", "canary:test", "x")
            same(search.found(content(box)), None, "what is not there any more")
            redis.ask("SET", sii, "x")
            true(search.found(content(box)), "an identifier as a key's name was not found")
            redis.ask("DEL", sii)
            redis.ask("XADD", "canary:stream", "*", "user", user)
            true(search.found(content(box)), "a user in a stream was not found")
        finally:
            redis.ask("DEL", "canary:test", "canary:stream")
    true(any("appendonly" in leak for leak in leaks(box, search)), "the file of Redis remembers")
    with open(box.at("log", "node-1.jsonl"), "a", encoding="utf-8") as file:
        file.write('{"event":"canary","sii":"%s"}\n' % sii)
    true(any("node-1.jsonl" in leak for leak in leaks(box, search)), "a log line was not found")
    same(search.found(b'"trace_id":"7393%s34f39792"' % code.encode()), None, "digits of an id")
    true(search.found(b'{"code":"%s"}' % code.encode()), "a code in a log line was not found")
