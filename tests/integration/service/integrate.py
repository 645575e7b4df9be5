"""docs/providers.md, played as a newcomer would: its blocks are copied from the page and run. And
docs/problems.md, held to the table that it explains."""

import base64
import contextlib
import importlib.util
import json
import os
import re
import secrets
import select
import shutil
import subprocess
import sys
import tempfile
import time

from checks import Failed, same, test, true
from home import ROOT
from notices import Receiver, put
from operator_line import Operator
from world import CHECKS, new_phone

PATIENCE = 30


def read(*parts):
    with open(os.path.join(ROOT, *parts), encoding="utf-8") as file:
        return file.read()


def blocks(kind):
    """The blocks of the page with this mark, as one text."""
    found = re.findall(rf"^```{kind}\n(.*?)^```$", read("docs", "providers.md"), re.M | re.S)
    true(found, f"blocks marked {kind!r}")
    return "\n".join(found)


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="glados-newcomer-") as folder:
        yield folder


def play(words, folder, told, **env):
    """Runs a program of the page and returns what it said. `told`: [(question, what is typed)] in
    order; an answer that is a function is called when its question stands there."""
    child = subprocess.Popen(words, cwd=folder, env=dict(os.environ, **env), stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seen, at, until = "", 0, time.monotonic() + PATIENCE
    try:
        for question, typed in told:
            while question not in seen[at:]:
                if not select.select([child.stdout], [], [], until - time.monotonic())[0]:
                    raise Failed(f"never asked {question!r}: {seen}")
                part = os.read(child.stdout.fileno(), 65536)
                true(part, f"ended before {question!r}: {seen}")
                seen += part.decode()
            at = len(seen)
            child.stdin.write((typed() if callable(typed) else typed).encode() + b"\n")
            child.stdin.flush()
        seen += child.communicate(timeout=PATIENCE)[0].decode()
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    same(child.returncode, 0, f"status; it said {seen}")
    return seen


def newcomer(w, box, folder):
    """A provider enrolled by the request of the page's first block: its files lie in the folder."""
    play(["bash", "-e", "-c", blocks("sh request")], folder, [])
    name = "acme-" + secrets.token_hex(4)
    op, second = Operator(w, box), Operator(w, box, "second")
    app = op.told("applications", "submit", name, "--name", "Acme Chat", "--contact", "c",
                  "--website", "https://x.example", "--app", "x", "--scopes",
                  "lookup,map,events")["id"]
    for check in CHECKS:
        op.need(0, "applications", "check", app, check, "pass", "--evidence", "seen")
    second.need(0, "applications", "approve", app, "--secret-file",
                os.path.join(folder, "client.json"))
    op.need(0, "certificates", "issue", name, "--csr", os.path.join(folder, "acme.csr"), "--ca",
            box.at("tls", "provider-authority"), "--out", os.path.join(folder, "cert.pem"))
    shutil.copy(box.at("ca.pem"), folder)
    with open(os.path.join(folder, "client.json"), encoding="utf-8") as file:
        told = json.load(file)
    box.kept_secret(told["client_secret"])
    os.remove(os.path.join(folder, "client.json"))
    write(folder, "client.json", json.dumps(dict(told, base_url=box.node()["base_url"])))
    return name


def files_of(box, name, folder):
    """The same for a provider of the sandbox."""
    for file in ("cert.pem", "key.pem", "client.json"):
        shutil.copy(box.at("providers", name, file), folder)
    shutil.copy(box.at("ca.pem"), folder)


def said_behind(text, word):
    """What a program of the page printed behind this word."""
    return json.loads(re.search(rf"{word}: (.*)$", text, re.M)[1])


@test("integrate: curl, Python and Node as docs/providers.md has them, one after the other")
def three_languages(w):
    box, phone = w.main, new_phone()
    box.kept_secret(phone)

    def code(provider):
        return lambda: box.code(phone, provider)
    with scratch() as folder:
        name = newcomer(w, box, folder)
        # bash shows the question to terminals only; the code is there before it is typed
        said = play(["bash", "-e", "-c", blocks("sh curl")], folder, [("", code(name))], SII=phone)
        true(said.index("urn:glados:problem:not-found") < said.index('"preferred":true'), said)
        true(f'"provider_id":"{name}"' in said and '"user_id":"jdrosen2"' in said, said)
        true('"name":"lookup"' in said, "the quota")
    with scratch() as folder:
        files_of(box, "beta", folder)
        program = write(folder, "glados.py", blocks("python"))
        said = play([sys.executable, program, phone], folder,
                    [("code: ", "000000"), ("code: ", code("beta")),
                     ("also at Acme Chat; replace, prefer, keep? ", "replace")])
        same(said_behind(said, "after")["provider_id"], "beta", "after the decision")
        true(said_behind(said, "mapping")["preferred"], "the mapping is preferred")
    node = found_node()
    if node is None:
        return
    with scratch() as folder:
        files_of(box, "gamma", folder)
        write(folder, "glados.mjs", blocks("js"))
        said = play([node, "glados.mjs", phone], folder,
                    [("code: ", "000000"), ("code: ", code("gamma")),
                     ("also at Beta Chat; replace, prefer, keep? ", "prefer")])
        same(said_behind(said, "after")["provider_id"], "gamma", "after the decision")
        true(said_behind(said, "mapping")["preferred"], "the mapping is preferred")


def found_node():
    node = shutil.which("node")
    if node is None:
        print("SKIPPED: Node examples of docs/providers.md (there is no node; Debian: nodejs)")
    return node


class Seen:
    """A client of the page's class whose service is a list of answers."""

    def __init__(self, module, answers):
        self.glados = object.__new__(module.Glados)
        self.glados.token, self.glados.token_ends = "t", time.monotonic() + 60
        self.glados.client = {"client_id": "c", "client_secret": "s"}
        self.answers, self.asked = list(answers), []
        self.glados.exchange = self.exchange

    def exchange(self, method, path, body, headers):
        self.asked.append((method, path, dict(headers)))
        told = self.answers.pop(0)
        if isinstance(told, Exception):
            raise told
        return told


def module_of_page(folder):
    spec = importlib.util.spec_from_file_location("page", write(folder, "page.py",
                                                                blocks("python")))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@test("integrate: the Python example sends again what may be, under the same key, and no more")
def sends_again(w):
    unknown = (503, {"Retry-After": "0"}, {"type": "urn:glados:problem:outcome-unknown"})
    spent = (429, {"Retry-After": "3600"}, {"type": "urn:glados:problem:rate-limited"})
    ended = (401, {}, {"type": "urn:glados:problem:unauthorized"})
    token = (200, {}, {"access_token": "u", "expires_in": 600})
    good = (200, {}, {"id": "m"})
    with scratch() as folder:
        page = module_of_page(folder)
        seen = Seen(page, [unknown, ConnectionResetError(), good])
        same(seen.glados.call("POST", "/v1/x", {}, once=True), {"id": "m"})
        same(len({asked[2]["Idempotency-Key"] for asked in seen.asked}), 1, "keys of one thing")
        seen = Seen(page, [ended, token, good])
        same(seen.glados.call("GET", "/v1/x"), {"id": "m"})
        same([asked[2].get("Authorization", "")[:8] for asked in seen.asked],
             ["Bearer t", "Basic Yz", "Bearer u"])
        for answers, wanted in (([spent], 1), ([unknown] * 4, 4),
                                ([ended, token] * 3 + [ended], 7)):
            seen = Seen(page, answers)
            try:
                seen.glados.call("GET", "/v1/x")
            except page.Refused as why:
                same(why.document, answers[-1][2], "what is told at last")
            same(len(seen.asked), wanted, "how often it asked")
        seen = Seen(page, [ConnectionResetError()])
        try:
            seen.glados.call("POST", "/v1/x", {}, repeatable=False)
            raise Failed("a call that may not be repeated was")
        except ConnectionResetError:
            same(len(seen.asked), 1, "how often it asked")


DRIVER = """
import { readFileSync } from "node:fs";
import { isGenuine } from "./notices.mjs";
const { headers, body, key, now } = JSON.parse(readFileSync(0, "utf8"));
console.log(isGenuine(headers, Buffer.from(body, "base64"), key, now));
"""


@test("integrate: the examples know a real notice from one that was altered, old or another's")
def notices_of_page(w):
    caller = w.main.provider("page-notices")
    with Receiver(w.main, "page-notices") as receiver:
        key = put(caller, receiver.url)["public_key"]
        caller.need(202, "POST", "/v1/webhook/test")
        got = receiver.wait_for(1)
    other = w.main.provider("page-other")
    with Receiver(w.main, "page-other") as receiver:
        foreign = put(other, receiver.url)["public_key"]
    headers = {name.lower(): value for name, value in got.headers.items()}
    sent = int(headers["webhook-timestamp"])
    double = dict(headers, **{"webhook-signature": "v1a,AAAA v2,x " + headers["webhook-signature"]})
    node = found_node()
    with scratch() as folder:
        page = module_of_page(folder)
        write(folder, "notices.mjs", blocks("js notices"))
        write(folder, "driver.mjs", DRIVER)
        for why, parts, wanted in (
                ("as it came", (headers, got.body, key, sent), True),
                ("beside other signatures", (double, got.body, key, sent + 300), True),
                ("another body", (headers, got.body + b" ", key, sent), False),
                ("another's key", (headers, got.body, foreign, sent), False),
                ("old", (headers, got.body, key, sent + 301), False),
                ("from the future", (headers, got.body, key, sent - 301), False),
                ("another id", (dict(headers, **{"webhook-id": "x"}), got.body, key, sent), False)):
            same(page.is_genuine(*parts), wanted, f"Python: {why}")
            if node is not None:
                asked = {"headers": parts[0], "body": base64.b64encode(parts[1]).decode(),
                         "key": parts[2], "now": parts[3]}
                said = subprocess.run([node, "driver.mjs"], cwd=folder, input=json.dumps(asked),
                                      text=True, capture_output=True, check=True, timeout=PATIENCE)
                same(said.stdout.strip(), str(wanted).lower(), f"Node: {why}")


@test("integrate: docs/problems.md has a section for each problem of the table, and says the same")
def problem_pages(w):
    row = re.compile(r'errc_row\{errc::\w+, (\d+),\s*"([^"]+)",\s*"([^"]+)",\s*(true|false)\}')
    table = read("domain", "errc.hpp")
    rows = row.findall(table)
    same(len(rows), int(re.search(r"errc_count = (\d+)", table)[1]), "rows of the table read")
    wanted = {}
    for status, name, title, again in rows:
        if name != "none":
            word = "yes" if again == "true" else "no"
            wanted.setdefault(name, f"{status} · {title} · again: {word}")
    page = read("docs", "problems.md")
    parts = re.split(r"^## (.+)$", page, flags=re.M)[1:]
    told = dict(zip(parts[::2], parts[1::2]))
    same(list(told), list(dict.fromkeys(told)), "each once")
    same(sorted(told), sorted(wanted), "problems of the page")
    for name, line in wanted.items():
        same(told[name].strip().splitlines()[0], line, name)
        true("\n**Means**: " in told[name] and "\n**Do**: " in told[name], f"{name} is explained")
    policies = {"lookup", "spend"} | set(re.findall(r'policy_row\{"(\w+)"',
                                                    read("http", "problem.cpp")))
    for text in (read("domain", "send_policy.hpp"), read("http", "handle_bulk.cpp")):
        policies |= set(re.findall(r'policy(?:_\w+)? = "(\w+)"', text))
    listed = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", told["rate-limited"], re.M)
    names = {name for cell in listed for name in re.findall(r"`(\w+)`", cell)} - {"policy"}
    same(sorted(names), sorted(policies), "policies of the page")
