"""Nothing that must stay private is found in clear in logs, metrics, Redis, files or processes
after all the other tests; and what is planted there is found (must show 5)."""

import base64
import os
import re
import socket
import urllib.parse

from checks import same, test, true
from world import new_mail, new_phone, new_user

DIGITS = re.compile(rb"(?<![\d.])\d{6}(?!\d|\.\d)")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class Redis:
    """Just enough of a client to read everything there is."""

    def __init__(self, path, password_file=""):
        """`password_file` exists if it is one of a cluster."""
        self.link = socket.socket(socket.AF_UNIX)
        self.link.settimeout(20)
        self.link.connect(path)
        self.file = self.link.makefile("rb")
        if os.path.exists(password_file):
            same(self.ask("AUTH", "operator", read_file(password_file).strip()), b"OK", "AUTH")
            same(self.ask("READONLY"), b"OK", "READONLY")  # or a replica points to its primary

    def ask(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.link.sendall(b"*%d\r\n" % len(words)
                          + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
        return self.read()

    def read(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        return rest

    def everything(self):
        """Name and content of every key, in one text each."""
        readers = {b"string": ("GET",), b"hash": ("HGETALL",), b"set": ("SMEMBERS",),
                   b"list": ("LRANGE", 0, -1), b"zset": ("ZRANGE", 0, -1, "WITHSCORES"),
                   b"stream": ("XRANGE", "-", "+")}
        cursor = b"0"
        while True:
            cursor, keys = self.ask("SCAN", cursor, "COUNT", 1000)
            for key in keys:
                verb, *more = readers[self.ask("TYPE", key)]
                yield b"\n".join(flat([key, self.ask(verb, key, *more), self.ask("DUMP", key)]))
            if cursor == b"0":
                return

    def close(self):
        self.file.close()
        self.link.close()


def flat(value):
    if isinstance(value, list):
        for item in value:
            yield from flat(item)
    elif value is not None:
        yield value


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
    """Looks for many texts at once: all that are searched have one of a few lengths' beginnings."""

    def __init__(self, private, codes):
        self.heads = {}
        for text in private:
            for spelling in spellings(text):
                spelling = spelling.translate(_URL_SAFE)
                self.heads.setdefault(spelling[:8], set()).add(spelling)
        self.codes = {code.encode() for code in codes}

    def found(self, data):
        data = (data.encode() if isinstance(data, str) else data).translate(_URL_SAFE)
        for at in range(len(data) - 7):
            for spelling in self.heads.get(data[at:at + 8], ()):
                if data.startswith(spelling, at):
                    return spelling.decode(errors="replace")
        for match in DIGITS.finditer(data):
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
            redis = Redis(box.at("redis", name + ".sock"), box.at("redis", "operator.password"))
            for number, text in enumerate(redis.everything()):
                yield f"entry {number} of {name}", text
            redis.close()


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
        true(len(search.heads) > 20, f"there is something to look for in {kind}")
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
    redis = Redis(box.at("redis", "redis.sock"))
    try:
        for verb, value in (("SET", sii), ("SET", user), ("SET", f"code {code}."),
                            ("SET", sii[7:]), ("SET", base64.b64encode(b"x" + sii.encode())),
                            ("SET", urllib.parse.quote(sii, safe="")),
                            ("SET", sii[5:].encode().hex())):
            redis.ask(verb, "canary:test", value)
            true(any("Redis entry" in leak for leak in leaks_in_redis(box, search)),
                 f"{value!r} in Redis was not found")
        redis.ask("SET", sii, "x")
        true(leaks_in_redis(box, search), "an identifier as a key's name was not found")
        redis.ask("DEL", sii)
        redis.ask("XADD", "canary:stream", "*", "user", user)
        true(leaks_in_redis(box, search), "a user in a stream was not found")
    finally:
        redis.ask("DEL", "canary:test", "canary:stream")
        redis.close()
    true(any("appendonly" in leak for leak in leaks(box, search)), "the file of Redis remembers")
    with open(box.at("log", "node-1.jsonl"), "a", encoding="utf-8") as file:
        file.write('{"event":"canary","sii":"%s"}\n' % sii)
    true(any("node-1.jsonl" in leak for leak in leaks(box, search)), "a log line was not found")


def leaks_in_redis(box, search):
    redis = Redis(box.at("redis", "redis.sock"))
    try:
        return [f"Redis entry: {what}" for text in redis.everything()
                for what in [search.found(text)] if what]
    finally:
        redis.close()
