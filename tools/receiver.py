"""An HTTPS server as a provider runs it for its notices, for the demo and the tests, and a check of
their signatures with the openssl command."""

import base64
import http.server
import json
import ssl
import subprocess
import tempfile
import threading
import time

import certificates

# What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410).
ED25519_PREFIX = bytes.fromhex("302a300506032b6570032100")


class Got:
    """One notice as it arrived."""

    def __init__(self, path, headers, body):
        self.path, self.headers, self.body, self.at = path, headers, body, time.monotonic()

    def json(self):
        return json.loads(self.body)


class _Quiet(http.server.ThreadingHTTPServer):
    """One whose callers may hang up without a word about it."""

    daemon_threads = True

    def handle_error(self, *_):
        pass


class Receiver:
    """Listens on a free port while it is open. Answers what `answer(got)` says: a status, or
    (status, headers). `authority`: which folder of the sandbox's tls signs its certificate, None
    for nobody's."""

    def __init__(self, stage, name, authority="provider-authority"):
        self.got = []
        self.answer = lambda got: 204
        folder = stage.at("providers", name + "-receiver")
        certificates.make_leaf(folder, name, authority and stage.at("tls", authority))
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got = Got(self.path, self.headers, body)
                outer.got.append(got)
                told = outer.answer(got)
                status, more = told if isinstance(told, tuple) else (told, {})
                self.send_response(status)
                for header, value in more.items():
                    self.send_header(header, value)
                if status != 204:
                    self.send_header("Content-Length", "7")
                self.end_headers()
                if status != 204:
                    self.wfile.write(b"ignored")

            def log_message(self, *_):
                pass

        self.server = _Quiet(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}/in"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def signed_by(got, key):
    """Whether a signature of a notice is by this `whpk_...`, by Standard Webhooks and openssl."""
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/key", "wb") as file:
            file.write(ED25519_PREFIX + base64.b64decode(key.removeprefix("whpk_"), validate=True))
        with open(f"{folder}/signed", "wb") as file:
            file.write(signed)
        for one in got.headers["webhook-signature"].split(" "):
            version, _, text = one.partition(",")
            if version != "v1a":
                continue
            with open(f"{folder}/signature", "wb") as file:
                file.write(base64.b64decode(text, validate=True))
            done = subprocess.run(
                ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin",
                 "-inkey", f"{folder}/key", "-in", f"{folder}/signed",
                 "-sigfile", f"{folder}/signature"],
                stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if done.returncode == 0:
                return True
    return False
