"""From the request to the phone and back, over real gateways, one of which dies."""

import os
import re
import shutil
import signal
import tempfile
import threading
import time

import relays
from checks import eventually, refused, same, test, true
from verifications import get
from world import Box, new_key, new_mail, new_phone, new_user, wrong


class Delivery:
    """A node that sends for real, and the gateways it sends to. Shared by the tests below."""

    def __init__(self, world):
        self.folder = tempfile.mkdtemp(prefix="glados-secrets-")
        self.password = "kannel-" + os.urandom(6).hex()
        for name in ("kannel", "reserve"):
            path = os.path.join(self.folder, name)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w",
                      encoding="ascii") as file:
                file.write(self.password + "\n")
        world.at_end.append(lambda: shutil.rmtree(self.folder, ignore_errors=True))
        self.kannel = relays.Kannel(self.password, world.at_end)
        self.mail = relays.MailServer(world.at_end)
        self.reserve = relays.Reserve()
        world.at_end.append(self.reserve.end)
        settings = {"DELIVERY_MODE": "gateway", "DELIVERY_SMS_GATEWAYS": "kannel,reserve",
                    "DELIVERY_SMTP_URL": self.mail.url, "DELIVERY_SMTP_STARTTLS": "off",
                    "DELIVERY_WAIT": "2s"}
        for name, kind, url in (("KANNEL", "kannel", self.kannel.url),
                                ("RESERVE", "twilio", self.reserve.url)):
            settings.update({f"DELIVERY_SMS_{name}_TYPE": kind, f"DELIVERY_SMS_{name}_URL": url,
                             f"DELIVERY_SMS_{name}_USERNAME": "glados",
                             f"DELIVERY_SMS_{name}_FROM": "GLADOS",
                             f"DELIVERY_SMS_{name}_PASSWORD_FILE":
                                 os.path.join(self.folder, name.lower())})
        self.box = Box(world, {f"GLADOS_{name}": value for name, value in settings.items()})
        self.box.kept_secret(self.password)
        world.boxes["gateways"] = self.box
        self.box.open()


def delivery(w):
    if w.delivery is None:
        w.delivery = Delivery(w)
    return w.delivery


def prove(d, caller, sii, user, code_of, **more):
    opened = caller.open(sii, user, **more)
    code = code_of(sii.split(":", 1)[1])
    d.box.codes.add(code)
    refused(caller.check(opened, wrong(code), user), 422, "code-incorrect")
    answer = caller.check(opened, code, user)
    same(answer.status, 200, "the code that arrived")
    same(caller.lookup(sii).json()["ssi"]["user_id"], user)


@test("gateways: the code that arrives on a phone by Kannel verifies it")
def phone(w):
    d = delivery(w)
    prove(d, d.box.known("alpha"), new_phone(), new_user(), d.kannel.code_for)
    true(d.box.metric("glados_code_sends_total", channel="sms", outcome="accepted") >= 1, "metric")
    same(d.box.admin().call("GET", "/admin/v1/sandbox/messages?sii=tel:%2B49").status, 404,
         "there is no outbox beside real gateways")


@test("gateways: the code in a mail verifies its address")
def mail(w):
    d = delivery(w)
    sii, texts = new_mail(), []

    def code_of(address):
        told = d.mail.mail_to(address)
        texts.append((told["headers"]["Subject"], told["text"]))
        return re.search(r"^\s+(\d{6})$", told["text"], re.M)[1]
    prove(d, d.box.known("beta"), sii, new_user(), code_of, locale="de")
    true(all("Beta Chat" in text for text in texts[0]), "the provider is named")


@test("gateways: while a gateway thinks, the same call is in progress; later it is replayed")
def in_progress(w):
    d = delivery(w)
    d.kannel.end()
    d.reserve.manner = "hang"
    caller, seen = d.box.known("alpha"), []
    sii, user, key = new_phone(), new_user(), new_key()
    first = threading.Thread(target=lambda: seen.append(caller.post_verification(sii, user, key)))
    first.start()
    eventually("the gateway was asked", lambda: any(
        form["To"] == sii[4:] for form in d.reserve.taken), 5)
    refused(caller.post_verification(sii, user, key), 409, "idempotency-in-progress")
    first.join(10)
    same(seen[0].status, 202, "no word yet is 202")
    d.reserve.manner = "take"
    d.reserve.release.set()
    again = caller.post_verification(sii, user, key)
    same((again.status, again.json()["id"]), (202, seen[0].json()["id"]), "replayed")
    d.reserve.release.clear()


@test("gateways: the first one dead, the second delivers within the same session")
def fail_over(w):
    d = delivery(w)
    began = time.monotonic()
    prove(d, d.box.known("alpha"), new_phone(), new_user(), d.reserve.code_for)
    true(time.monotonic() - began < 3, "in time")


@test("gateways: refused by all is 502 and nothing is counted")
def refused_by_all(w):
    d = delivery(w)
    caller = d.box.provider("unlucky", overrides={"sends_daily": 6})
    sii = new_phone()
    for manner, kind in (("fail", "temporary"), ("refuse", "temporary")) * 4:
        d.reserve.manner = manner
        answer = refused(caller.post_verification(sii, new_user()), 502, "delivery-failed", manner)
        true(answer.json()["failure"] in ("temporary", "permanent"), "class of the failure")
    d.reserve.manner = "take"
    for _ in range(5):
        caller.open(sii, new_user())
    refused(caller.post_verification(sii, new_user()), 429, "rate-limited", policy="sessions")
    opened = caller.open(new_phone(), new_user())
    same(get(caller, opened)["sends_left"], 3)
    refused(caller.post_verification(new_phone(), new_user()), 429, "rate-limited", policy="sends")


@test("gateways: SIGTERM waits for a request whose gateway still thinks")
def drain(w):
    d = delivery(w)
    d.box.restart_node(signal.SIGTERM)
    caller, seen = d.box.known("alpha"), []
    sii, user = new_phone(), new_user()
    d.reserve.manner = "hang"
    try:
        first = threading.Thread(target=lambda: seen.append(caller.post_verification(sii, user)))
        first.start()
        eventually("the gateway was asked", lambda: any(
            form["To"] == sii[4:] for form in d.reserve.taken), 5)
        status, took = d.box.end_node()
        first.join(10)
        same((seen[0].status, status), (202, 0), "the answer, and the node's status")
        true(took < 10, f"it took {took:.1f} s")
    finally:
        d.reserve.manner = "take"
        d.reserve.release.set()
