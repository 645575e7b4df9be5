"""Real gateways for the tests: Kannel with its simulated SMSC, a mail server, and a gateway of the
second kind whose manners the test sets."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from checks import Failed, eventually
from home import ROOT
from stage import free_ports

CODE = re.compile(r"(?:#|%23)(\d{6})")
GATEWAYS = os.path.join(ROOT, "tests", "integration", "delivery", "gateways.py")
CONFIG = """group = core
admin-port = {0}
admin-interface = 127.0.0.1
admin-password = none
smsbox-port = {1}
smsbox-interface = 127.0.0.1
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"

group = smsc
smsc = fake
smsc-id = fake
host = 127.0.0.1
connect-allow-ip = "127.0.0.1"
port = {2}

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {1}
sendsms-port = {3}
sendsms-interface = 127.0.0.1
sendsms-chars = "0123456789+"

group = sendsms-user
username = glados
password = {4}
max-messages = 5
concatenation = true

"""


class Program:
    """A child whose output goes to a file and is looked at there."""

    def __init__(self, folder, name, command):
        self.path = os.path.join(folder, f"{name}.out")
        with open(self.path, "wb") as file:
            self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file, stderr=file,
                                          cwd=folder)

    def text(self):
        with open(self.path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_for(self, words):
        eventually(f"{self.path} says {words!r}",
                   lambda: words in self.text() or self.child.poll() is not None, 15)
        if words not in self.text():
            raise Failed(f"{self.path} ended:\n{self.text()[-600:]}")

    def end(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.child.stdin.close()


class Kannel:
    """bearerbox, smsbox and fakesmsc on ports of their own."""

    def __init__(self, password, at_end):
        self.folder = tempfile.mkdtemp(prefix="glados-kannel-")
        self.parts = []
        at_end.append(self.end)  # also when the start fails half way
        ports = free_ports(4)
        self.url = f"http://127.0.0.1:{ports[3]}/cgi-bin/sendsms"
        config = os.path.join(self.folder, "kannel.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(*ports, password))
        for name, command, ready in (
                ("bearerbox", ["/usr/sbin/bearerbox", config], "Start-up done"),
                ("smsbox", ["/usr/sbin/smsbox", config], "Connected to bearerbox"),
                ("fakesmsc", ["/usr/lib/kannel/test/fakesmsc", "-H", "127.0.0.1", "-r",
                              str(ports[2]), "-m", "0", "1 2 text none"], None)):
            self.parts.append(Program(self.folder, name, command))
            if ready:
                self.parts[-1].wait_for(ready)
        self.parts[0].wait_for("Fakesmsc client connected")

    def code_for(self, number):
        def found():
            text = self.parts[2].text()
            at = text.rfind(number)
            codes = CODE.findall(text[at:]) if at >= 0 else []
            return codes and codes[0]
        return eventually("the phone shows a code", found, 10)

    def end(self):
        for part in reversed(self.parts):
            part.end()
        shutil.rmtree(self.folder, ignore_errors=True)


class MailServer:
    def __init__(self, at_end):
        self.folder = tempfile.mkdtemp(prefix="glados-mail-")
        # The system's Python, whichever runs the tests: aiosmtpd is a package of Debian.
        self.program = Program(self.folder, "smtp", ["/usr/bin/python3", GATEWAYS, "smtp"])
        at_end.append(self.end)
        self.program.wait_for("port ")
        self.url = f"smtp://127.0.0.1:{re.search('port ([0-9]+)', self.program.text())[1]}"

    def mail_to(self, address):
        def found():
            for line in self.program.text().splitlines():
                if line.startswith("{") and address in json.loads(line).get("recipients", []):
                    return json.loads(line)
            return None
        return eventually("the mail arrives", found, 10)

    def end(self):
        self.program.end()
        shutil.rmtree(self.folder, ignore_errors=True)


class Reserve:
    """A Twilio-shaped gateway in this process. `manner`: take, refuse, fail or hang."""

    def __init__(self):
        self.manner = "take"
        self.taken = []
        self.release = threading.Event()
        reserve = self

        class Messages(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                reserve.taken.append({name: values[0] for name, values in form.items()})
                if reserve.manner == "hang":
                    reserve.release.wait(30)
                status, told = {"refuse": (400, {"code": 20001, "message": "no"}),
                                "fail": (500, {"code": 20500})}.get(
                                    reserve.manner, (201, {"sid": "SM1", "status": "queued"}))
                data = json.dumps(told).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    self.close_connection = True  # it did not wait that long

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Messages)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/Messages.json"

    def code_for(self, number):
        def found():
            for form in reversed(self.taken):
                if form["To"] == number:
                    return CODE.search(form["Body"])[1]
            return None
        return eventually("the reserve gateway has a code", found, 10)

    def end(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()
