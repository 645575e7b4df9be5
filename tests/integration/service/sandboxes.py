"""Configuration, the start script, and sandboxes beside each other."""

import os
import subprocess
import sys
import tempfile
import time

import processes
from checks import eventually, same, test, true, within
from home import ROOT
from world import Box, new_phone, new_user

FAULTS = """
profile = "production"
surprise = 1
[http]
idle_timeout = "soon"
max_handshakes = 20000
[admin]
two_person = false
[verification]
max_checks = 9
"""


def glados(w, *words, **environment):
    env = {name: value for name, value in os.environ.items() if not name.startswith("GLADOS_")}
    return subprocess.run([w.glados, *words], capture_output=True, text=True, cwd=ROOT, check=False,
                          env=dict(env, **environment), timeout=30)


@test("configuration: every profile that comes along is accepted and shown without secrets")
def profiles(w):
    for name in ("reference", "production", "sandbox"):
        done = glados(w, "config", "check", "--config", f"config/{name}.toml", "--set",
                      "templates.directory=config/templates",
                      "usage.prices=config/prices.toml", GLADOS_REDIS_PASSWORD="")
        same((done.returncode, done.stderr), (0, ""), name)
        true("[http]" in done.stdout and "idle_timeout" in done.stdout, f"{name} is shown")
    done = glados(w, "config", "check", "--config", "config/sandbox.toml",
                  GLADOS_REDIS_PASSWORD="hunter2hunter2")
    same(done.returncode, 0)
    true("hunter2" not in done.stdout + done.stderr, "a secret is printed")
    with open(os.path.join(ROOT, "config", "reference.toml"), encoding="utf-8") as file:
        same(glados(w, "config", "reference").stdout, file.read(), "config reference")


@test("configuration: all faults are told at once, with their places")
def faults(w):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bad.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(FAULTS)
        done = glados(w, "config", "check", "--config", path, GLADOS_HTTP_THREADS="many")
    same(done.returncode, 1)
    for wanted in ("surprise", "http.idle_timeout", "http.max_handshakes", "admin.two_person",
                   "verification.check_waits", "GLADOS_HTTP_THREADS", "bad.toml:5"):
        true(wanted in done.stderr, f"{wanted} is not told:\n{done.stderr}")
    same(glados(w, "serve", "--config", "/nonexistent").returncode, 1, "no such file")
    same(glados(w, "dance").returncode, 2, "a bad command line")


@test("configuration: secrets are refused on the command line and not repeated")
def no_secret_words(w):
    done = glados(w, "config", "check", "--config", "config/sandbox.toml", "--set",
                  "redis.password=hunter2hunter2")
    same(done.returncode, 1)
    true("redis.password" in done.stderr and "hunter2" not in done.stderr, done.stderr)


def start_script(home, *words):
    """Runs the start script on a home until it ends."""
    env = dict(os.environ, GLADOS_HOME=home, GLADOS_PROVIDER_PORT="1", GLADOS_ADMIN_PORT="2")
    return subprocess.run([sys.executable, os.path.join(ROOT, "tools", "sandbox.py"), *words],
                          capture_output=True, text=True, env=env, check=False, timeout=60)


@test("sandboxes: a folder of somebody else is left alone")
def foreign(w):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "precious")
        with open(path, "w", encoding="utf-8") as file:
            file.write("mine")
        for words in ((), ("stop",)):
            done = start_script(folder, *words)
            same(done.returncode, 1)
            true("neither empty nor a sandbox" in done.stderr, done.stderr)
        same(os.listdir(folder), ["precious"])
        same(start_script(path).returncode, 1, "a file")


@test("sandboxes: the second start is ready in under 5 s and keeps everything")
def second_start(w):
    box = Box(w)
    try:
        box.open()
        caller = box.provider("stayer")
        sii, user = new_phone(), new_user()
        caller.prove(sii, user)
        token, secret, folder = caller.token, caller.secret, caller.folder
        same(box.stop(), 0, "status of the start script")
        true(not os.path.exists(box.at("ready")), "ready is gone")
        began = time.monotonic()
        box.open()
        took = time.monotonic() - began
        true(took < 5, f"the second start took {took:.1f} s")
        from world import Caller
        again = Caller(box, box.node()["base_url"], folder, "stayer")
        again.secret, again.token = secret, token
        same(again.lookup(sii).json()["ssi"]["user_id"], user, "the token and the mapping")
        again.sign_in()
        same(again.lookup(sii).status, 200, "the secret")
    finally:
        same(box.close(), 0, "status of the start script")


@test("sandboxes: what one node kept goes on in a cluster, and comes back from it")
def grows(w):
    box = Box(w)
    try:
        box.open()
        secret, mapped = box.client("alpha")["client_secret"], {}

        def check(kind):
            box.forget_callers()
            alpha = box.known("alpha")
            same(box.client("alpha")["client_secret"], secret, "the credentials")
            sii, user = new_phone(), new_user()
            alpha.prove(sii, user)
            mapped[sii] = user
            for known, owner in mapped.items():
                same(alpha.lookup(known).json()["ssi"]["user_id"], owner, f"with {kind}")
            page = box.admin().need(200, "GET", "/admin/v1/cluster").json()
            return len(page["nodes"]), sorted(one["role"] for one in page["redis"]["processes"])

        same(check("one node"), (1, ["primary"]), "nodes and processes of Redis")
        for words, kind, processes_of_redis in (
                (["cluster", "2"], "a cluster", 3 * ["primary"] + 3 * ["replica"]),
                ([], "one node again", ["primary"])):
            same(box.stop(), 0, "status of the start script")
            box.words = words
            box.open()
            nodes, roles = check(kind)
            same(roles, processes_of_redis, "processes of Redis")
            true(nodes >= (2 if words else 1), "nodes")
    finally:
        same(box.close(), 0, "status of the start script")


@test("sandboxes: two run side by side; stopping one leaves the other")
def side_by_side(w):
    one, two = w.main, Box(w)
    two.open()
    try:
        sii = new_phone()
        one.known("alpha").prove(sii, new_user())
        same(two.known("alpha").lookup(sii).status, 404, "they share nothing")
        taken = start_script(one.home)
        same(taken.returncode, 1, "a second start in the same folder")
        true("already runs" in taken.stderr, taken.stderr)
        node = processes.identity(two.pid())
        redis = processes.identity(two.pid("redis"))
        with within(12, "stopping"):
            done = start_script(two.home, "stop")
            same(done.returncode, 0, done.stderr)
        for who in (node, redis):
            eventually("it ended", lambda who=who: not processes.alive(who), 5)
        same(one.known("alpha").lookup(sii).status, 200, "the other goes on")
        same(start_script(two.home, "stop").returncode, 0, "stopping twice")
    finally:
        two.close()


@test("sandboxes: nothing of the start script's output is a secret; a node that dies stays dead")
def output(w):
    box = Box(w)
    try:
        box.open()
        secrets = [box.client(name)["client_secret"] for name in ("alpha", "beta", "gamma")]
        pid = box.pid()
        os.kill(pid, 9)
        eventually("it says so", lambda: "it is left dead" in box.said(), 10)
        text = box.said()
        true(not any(secret in text for secret in secrets), "a secret was printed")
        true(box.node()["base_url"] in text, "the base URL was not")
    finally:
        same(box.close(), 0, "status of the start script")
