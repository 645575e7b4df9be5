"""Gateways on loopback for the delivery tests. Prints "port N" once it listens, then one JSON
object a line for everything it took. Run with the system's python3 (aiosmtpd is a Debian package
there)."""

import argparse
import asyncio
import base64
import json
import ssl
import sys
import threading
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


def say(what):
    sys.stdout.write(what + "\n")
    sys.stdout.flush()


def report(**fields):
    say(json.dumps(fields, ensure_ascii=False, sort_keys=True))


class Mailbox:
    """Takes mail; the local part of the recipient decides what is answered."""

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusals = {
            "unknown": "550 5.1.1 no such mailbox",
            "blocked": "554 5.7.1 refused by policy",
            "busy": "451 4.2.0 try again later",
        }
        refusal = refusals.get(address.split("@")[0])
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        report(
            mail_from=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            tls=server.transport.get_extra_info("sslcontext") is not None,
            login=session.auth_data.login.decode() if session.auth_data else "",
            headers={name: str(value) for name, value in mail.items()},
            text=mail.get_content().replace("\r\n", "\n"),
        )
        return "250 taken"


async def serve_smtp(options):
    from aiosmtpd.smtp import SMTP, AuthResult

    def authenticator(server, session, envelope, mechanism, data):
        report(mechanism=mechanism)
        good = (data.login.decode(), data.password.decode()) == (options.user, options.password)
        return AuthResult(success=good, handled=False, auth_data=data if good else None)

    context = None
    if options.cert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.cert, options.key)
    starttls = context if not options.implicit else None

    def connection():
        return SMTP(
            Mailbox(),
            hostname="relay.test",
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_required=bool(options.user),
            auth_require_tls=starttls is not None,
            authenticator=authenticator,
            enable_SMTPUTF8=True,
        )

    server = await asyncio.get_running_loop().create_server(
        connection, "127.0.0.1", 0, ssl=context if options.implicit else None
    )
    say("port %d" % server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def serve_silent_quit(options):
    """A relay that knows one mailbox and never answers QUIT."""

    def answer(line):
        if line.upper().startswith(b"RCPT") and b"<known@" not in line:
            return b"550 5.1.1 no such mailbox\r\n"
        return b"354 go on\r\n" if line.upper().startswith(b"DATA") else b"250 OK\r\n"

    async def talk(reader, writer):
        writer.write(b"220 relay.test\r\n")
        in_data = False
        while line := await reader.readline():
            if in_data:
                in_data = line != b".\r\n"
                if not in_data:
                    writer.write(b"250 taken\r\n")
            elif not line.upper().startswith(b"QUIT"):
                writer.write(answer(line))
                in_data = line.upper().startswith(b"DATA")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    say("port %d" % server.sockets[0].getsockname()[1])
    await server.serve_forever()


def serve_twilio(options):
    expected = "Basic " + base64.b64encode(f"{options.user}:{options.password}".encode()).decode()
    never = threading.Event()

    class Messages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def answer(self, status, body):
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self):
            length = int(self.headers["Content-Length"])
            form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
            report(path=self.path, form=form, type=self.headers["Content-Type"])
            if options.mode == "hang":
                never.wait()
            if options.mode == "500":
                return self.answer(500, {"code": 20500, "message": "broken"})
            if options.mode == "flood":
                return self.answer(201, b'{"status":"queued","x":"' + b"x" * 200_000 + b'"}')
            if options.mode == "redirect":
                self.send_response(307)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                return self.end_headers()
            if self.headers["Authorization"] != expected:
                return self.answer(401, {"code": 20003, "message": "Authenticate"})
            if form["To"].endswith("0000"):
                return self.answer(400, {"code": 21211, "message": "not a valid number"})
            return self.answer(201, {"sid": "SM1", "status": "queued", "error_code": None})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Messages)
    server.daemon_threads = True
    say("port %d" % server.server_address[1])
    server.serve_forever()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["smtp", "silent-quit", "twilio"])
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--implicit", action="store_true")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--mode", default="ok")
    options = parser.parse_args()
    if options.kind == "twilio":
        serve_twilio(options)
    elif options.kind == "smtp":
        asyncio.run(serve_smtp(options))
    else:
        asyncio.run(serve_silent_quit(options))


main()
