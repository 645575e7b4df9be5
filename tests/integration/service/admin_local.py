"""`glados admin` at a terminal and in a shell; `glados pki`; and that no command goes untested."""

import os
import pty
import re
import select
import subprocess
import time

import certificates
from checks import same, test, true
from home import ROOT
from operator_line import (BAD_LINE, DONE, DRIVEN, UNCONFIRMED, UNTRUE, Operator, Ran, commands,
                           enrolled, folder, make_request, openssl, run)
from world import Caller, new_phone


def at_terminal(command, typed, until):
    """What a command shows on a terminal, answered with `typed` once `until` is seen."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    seen, sent, limit = b"", False, time.monotonic() + 30
    try:
        while time.monotonic() < limit:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                got = os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
            if not got:
                break
            seen += got
            if not sent and until in seen:
                os.write(terminal, typed)
                sent = True
    finally:
        os.close(terminal)
        status = os.waitpid(pid, 0)[1]
    return Ran(os.waitstatus_to_exitcode(status), seen.decode(), "")


@test("admin cli: on a terminal the name is typed, and a secret is shown once")
def terminal(w):
    box = w.main
    box.provider("cli-typed")
    base = [w.glados, "admin", "--profile-file", box.at("admin", "admin.toml")]
    words = [*base, "providers", "suspend", "cli-typed", "--reason", "a test"]
    op = Operator(w, box)
    refused = at_terminal(words, b"yes\n", b"to go on: ")
    same(refused.code, UNCONFIRMED, refused.out)
    same(op.told("providers", "show", "cli-typed")["state"], "active")
    done = at_terminal(words, b"cli-typed\n", b"to go on: ")
    same(done.code, DONE, done.out)
    same(op.told("providers", "show", "cli-typed")["state"], "suspended")
    op.told("providers", "reinstate", "cli-typed")
    shown = at_terminal([*base, "secrets", "rotate", "cli-typed"], b"", b"never")
    same(shown.code, DONE, shown.out)
    secret = re.search(r"client_secret\s+(\S{43})", shown.out)
    true(secret, "the secret is shown")
    box.kept_secret(secret[1])


COMPLETE = """
source <({glados} {program} completion bash)
COMP_WORDS=({words})
COMP_CWORD={at}
COMPREPLY=()
_glados
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(w, *words):
    text = COMPLETE.format(glados=w.glados, program="admin", words=" ".join(
        f"'{word}'" for word in words), at=len(words) - 1)
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=False,
                          timeout=30, cwd="/")
    same((done.returncode, done.stderr), (0, ""), "bash")
    return done.stdout.split()


@test("admin cli: bash completes commands, choices, options and files")
def completion(w):
    run(w, "admin", "completion", "fish")
    same(completed(w, "glados", ""), ["admin", "pki"])
    same(completed(w, "glados", "admin", "prov"), ["providers"])
    same(completed(w, "glados", "admin", "providers", "s"), ["show", "scopes", "suspend"])
    same(completed(w, "glados", "admin", "--json", "secrets", "ro"), ["rotate"])
    same(completed(w, "glados", "admin", "reports", "resolve", "r1", "u"), ["upheld"])
    same(completed(w, "glados", "admin", "providers", "suspend", "x", "--rea"),
         ["--reason", "--reason-file"])
    same(completed(w, "glados", "pki", "issue", "folder", "cl"), ["cluster"])
    true(completed(w, "glados", "admin", "config", "check", os.path.join(ROOT, "config/pro")),
         "files")


@test("admin cli: config check tells all faults at once")
def config(w):
    with folder() as at:
        with open(at("bad.toml"), "w", encoding="utf-8") as file:
            file.write('surprise = 1\n[http]\nidle_timeout = "soon"\n')
        clean = {name: text for name, text in os.environ.items()
                 if not name.startswith("GLADOS_")}
        done = run(w, "admin", "config", "check", at("bad.toml"), "--json", env=clean)
        same(done.code, UNTRUE)
        told = " ".join(done.json()["faults"])
        true("surprise" in told and "http.idle_timeout" in told, told)


@test("admin cli: authorities of its own: a service's listeners, an operator, a provider")
def pki(w):
    with folder() as at:
        same(run(w, "pki", "init", at("pki")).code, DONE)
        same(run(w, "pki", "init", at("pki")).code, BAD_LINE, "never twice")
        made = run(w, "pki", "issue", at("pki"), "server", "admin listener", "--san",
                   "DNS:localhost,IP:127.0.0.1", "--out", at("server"))
        same(made.code, DONE, made.err)
        anna = run(w, "pki", "issue", at("pki"), "operator", "anna", "--role", "viewer", "--out",
                   at("anna"), "--key-type", "ed25519", "--json").json()
        same(anna["row"], f"viewer anna {certificates.thumbprint(at('anna', 'cert.pem'))}")
        make_request(at("key.pem"), at("csr.pem"), "mallory")
        same(run(w, "pki", "issue", at("pki"), "provider", "alpha", "--csr", at("csr.pem"),
                 "--out", at("alpha.pem")).code, DONE)
        for authority, leaf in (("server", at("server", "cert.pem")),
                                ("operator", at("anna", "cert.pem")),
                                ("provider", at("alpha.pem"))):
            openssl("verify", "-x509_strict", "-CAfile", at("pki", authority, "cert.pem"), leaf)
        shown = run(w, "pki", "show", at("alpha.pem"), "--json").json()
        same(shown["name"], "alpha", "the request's own name counts for nothing")


@test("admin cli: a provider works with a certificate that glados pki signed")
def pki_in_service(w):
    box = w.quick
    with folder() as at:
        make_request(at("key.pem"), at("csr.pem"), "cli-pki")
        os.makedirs(at("signer"))
        os.symlink(box.at("tls", "provider-authority"), at("signer", "provider"))
        same(run(w, "pki", "issue", at("signer"), "provider", "cli-pki", "--csr", at("csr.pem"),
                 "--out", at("cert.pem"), "--days", "2").code, DONE)
        client = enrolled(w, box, "cli-pki", at("cert.pem"), at)
        caller = Caller(box, box.node()["base_url"], os.path.dirname(at("x")), "cli-pki")
        caller.sign_in(client)
        same(caller.lookup(new_phone()).status, 404)


@test("admin cli: every command of the help was driven by the tests above")
def everything(w):
    for program in ("admin", "pki"):
        missing = sorted(one for one in commands(w, program) if (program, one) not in DRIVEN)
        same(missing, [], f"commands of glados {program} that no test drives")
