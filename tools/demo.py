"""Plays the story of GLADOS on a sandbox of its own, over real HTTPS with client certificates, and
ends with "demo: ok". Any surprise ends it with the name of the step and status 1."""

import json
import os
import signal
import sys
import time

import certificates
import rest
from home import say
from receiver import Receiver, signed_by
from stage import Stage, Surprise

PHONE = "tel:+14155550123"
EMAIL = "mailto:alice@example.org"
ROWS = 10_000
PART = 2_500
PATIENCE = 10


class Stopped(BaseException):
    """A signal asked us to stop."""


def expect(seen, wanted, what):
    if seen != wanted:
        raise Surprise(f"{what}: {seen!r} instead of {wanted!r}")


def soon(what, found):
    """The first true value of `found()`."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        value = found()
        if value:
            return value
        time.sleep(0.02)
    raise Surprise(f"not within {PATIENCE} s: {what}")


def once():
    return {"Idempotency-Key": os.urandom(8).hex()}


class Story:
    """The steps, in order; each is a method whose first line of documentation is its name."""

    def __init__(self, stage):
        self.stage = stage
        self.delta = None
        self.beta = None
        self.secret = None
        self.held = None
        self.claimed = None
        self.change = None
        self.receiver = None
        self.webhook_key = None

    def steps(self):
        return (self.start, self.enrol, self.token, self.unknown, self.phone, self.email,
                self.look_up, self.listen, self.claim, self.decide, self.receive, self.restore,
                self.report, self.bulk, self.quota, self.leave)

    def close(self):
        if self.receiver is not None:
            self.receiver.close()

    def start(self):
        """start a service of its own: Redis, one node, certificates"""
        self.stage.open()
        return f"listening on {self.stage.node()['base_url']}"

    def enrol(self):
        """enrol the provider Delta Chat through its five checks"""
        first, second = self.stage.operator("operator"), self.stage.operator("second")
        folder = self.stage.at("providers", "delta")
        certificates.make_leaf(folder, "delta")  # self-signed, pinned at enrolment
        early = first.need(201, "POST", "/admin/v1/applications", {
            "provider_id": "early", "name": "Early Chat", "contact": "nobody",
            "website": "https://early.example", "apps": ["Early"], "scopes": ["lookup"]}).json()
        refused = second.call("POST", f"/admin/v1/applications/{early['id']}/approve")
        expect((refused.status, refused.problem()), (409, "checks-incomplete"),
               "approval before the checks")
        self.secret = rest.enrol(first, second, "delta", "Delta Chat", folder,
                                 ["lookup", "map", "events"])
        return ("an application without its checks was refused; Delta Chat passed all five, "
                "a second operator approved")

    def token(self):
        """get a token bound to the client certificate"""
        self.delta = self.stage.provider("delta")
        answer = self.delta.sign_in(self.secret)
        expect(answer["token_type"], "Bearer", "token type")
        thief = self.stage.provider("beta")
        thief.token = self.delta.token
        stolen = thief.call("POST", "/v1/lookup", {"sii": PHONE})
        expect(stolen.status, 401, "Delta's token over Beta's certificate")
        return f"good for {answer['expires_in']} s; over another certificate it is refused"

    def unknown(self):
        """look up a number nobody has mapped"""
        answer = self.delta.call("POST", "/v1/lookup", {"sii": PHONE})
        expect((answer.status, answer.problem()), (404, "not-found"), "lookup")
        return "404 not-found"

    def verify(self, caller, provider, sii, user):
        opened = caller.need(202, "POST", "/v1/verifications", {"sii": sii, "user_id": user},
                             headers=once()).json()
        expect(opened["state"], "pending", "state of the verification")
        page = f"/v1/verifications/{opened['id']}/check"
        code = self.stage.code(sii, provider)
        wrong = "000000" if code != "000000" else "111111"
        refused = caller.call("POST", page, {"code": wrong, "user_id": user})
        expect((refused.status, refused.problem()), (422, "code-incorrect"), "a wrong code")
        proven = caller.need(200, "POST", page, {"code": code, "user_id": user}).json()
        expect(proven["state"], "verified", "state after the right code")
        return proven

    def phone(self):
        """verify a phone number with the code from its message"""
        proven = self.verify(self.delta, "delta", PHONE, "alice")
        expect((proven["mapping"]["preferred"], proven["conflict"]), (True, None), "first mapping")
        self.held = proven["mapping"]["id"]
        return "a wrong code was refused, the right one made the number's first mapping"

    def email(self):
        """verify an email address the same way"""
        proven = self.verify(self.delta, "delta", EMAIL, "alice")
        expect((proven["mapping"]["preferred"], proven["mapping"]["method"]), (True, "email"),
               "mapping of the address")
        return "mapped"

    def look_up(self):
        """look both up as another provider, Beta Chat"""
        self.beta = self.stage.provider("beta")
        self.beta.sign_in(self.stage.client("beta"))
        for sii, method in ((PHONE, "sms"), (EMAIL, "email")):
            found = self.beta.need(200, "POST", "/v1/lookup", {"sii": sii}).json()
            expect(found["ssi"], {"provider_id": "delta", "provider_name": "Delta Chat",
                                  "user_id": "alice"}, "the account found")
            expect(found["method"], method, "the kind of proof")
        return "both lead to alice at Delta Chat"

    def listen(self):
        """have Delta Chat's server listen for notices"""
        self.receiver = Receiver(self.stage, "delta")
        made = self.delta.need(200, "PUT", "/v1/webhook", {
            "url": self.receiver.url, "event_types": ["mapping.removed"]}).json()
        self.webhook_key = made["public_key"]
        return f"its signatures are checked with {self.webhook_key[:12]}..."

    def claim(self):
        """claim the number from Beta Chat"""
        proven = self.verify(self.beta, "beta", PHONE, "alice.b")
        expect(proven["mapping"]["preferred"], False, "preference of the second mapping")
        existing = proven["conflict"]["existing"]
        expect([(one["provider_id"], one["preferred"]) for one in existing], [("delta", True)],
               "the conflict shown")
        found = self.beta.need(200, "POST", "/v1/lookup", {"sii": PHONE}).json()
        expect(found["ssi"]["provider_id"], "delta", "whom a lookup answers meanwhile")
        self.claimed = proven["mapping"]["id"]
        return "Beta is shown the conflict; lookups still answer Delta Chat"

    def decide(self):
        """let the user decide for Beta Chat"""
        page = f"/v1/mappings/{self.claimed}/decision"
        head = once()
        made = self.beta.need(200, "POST", page, {"action": "replace"}, headers=head).json()
        expect(made["mapping"]["preferred"], True, "preference of the decided mapping")
        again = self.beta.need(200, "POST", page, {"action": "replace"}, headers=head).json()
        expect(again, made, "the same call again")
        found = self.beta.need(200, "POST", "/v1/lookup", {"sii": PHONE}).json()
        expect((found["ssi"]["provider_id"], found["ssi"]["user_id"]), ("beta", "alice.b"),
               "whom a lookup answers now")
        expect(self.delta.call("GET", f"/v1/mappings/{self.held}").status, 404,
               "the mapping that Delta Chat had")
        self.change = made["change_id"]
        return f"lookups answer Beta Chat; the change is {self.change}"

    def receive(self):
        """receive the signed notice at Delta Chat's server"""
        got = soon("the notice", lambda: self.receiver.got and self.receiver.got[0])
        told = got.json()
        expect((told["type"], told["data"]["change_id"], told["data"]["user_id"]),
               ("mapping.removed", self.change, "alice"), "the notice")
        expect(told["data"]["by"]["provider_name"], "Beta Chat", "whose change it was")
        expect(signed_by(got, self.webhook_key), True, "the signature")
        expect(PHONE[4:] in got.body.decode(), False, "whether it names the number")
        return (f"mapping.removed, by {told['data']['by']['provider_name']}, signature good, "
                f"to restore until {told['data']['restore_until']}")

    def restore(self):
        """restore the mapping with fresh proof: the change was not the user's wish"""
        opened = self.delta.need(202, "POST", f"/v1/changes/{self.change}/restore",
                                 {"sii": PHONE, "channel": "sms"}, headers=once()).json()
        proven = self.delta.need(200, "POST", f"/v1/verifications/{opened['id']}/check", {
            "code": self.stage.code(PHONE, "delta"), "user_id": "alice"}).json()
        expect((proven["state"], proven["mapping"]["preferred"]), ("verified", True),
               "the restored mapping")
        found = self.beta.need(200, "POST", "/v1/lookup", {"sii": PHONE}).json()
        expect((found["ssi"]["provider_id"], found["ssi"]["user_id"]), ("delta", "alice"),
               "whom a lookup answers again")
        kinds = soon("the notice to Beta Chat", lambda: [
            one["type"] for one in self.beta.need(200, "GET", "/v1/events").json()["events"]
            if one["type"].startswith("mapping.")])
        expect(kinds, ["mapping.restored"], "what Beta Chat is told")
        return "lookups answer Delta Chat again, and Beta Chat was told"

    def report(self):
        """report the change as malicious"""
        made = self.delta.need(202, "POST", f"/v1/changes/{self.change}/reports",
                               {"reason": "malicious", "note": "taken over"}).json()
        expect(made["state"], "open", "the report")
        strikes = soon("the strike", lambda: self.beta.need(200, "GET", "/v1/quota").json()
                       ["standing"]["strikes"])
        return f"restored with fresh proof, so Beta Chat now has {strikes:g} strike(s)"

    def bulk(self):
        """bulk-load ten thousand rows from Gamma Chat, a trusted provider"""
        gamma = self.stage.provider("gamma")
        gamma.sign_in(self.stage.client("gamma"))
        job = gamma.need(201, "POST", "/v1/bulk-jobs", {"on_conflict": "skip", "dry_run": False},
                         headers=once()).json()
        page = f"/v1/bulk-jobs/{job['id']}"
        rows = [json.dumps({"sii": f"tel:+1415556{number:04d}", "user_id": f"g{number}"})
                for number in range(ROWS)]
        began = time.monotonic()
        for part in range(ROWS // PART):
            lines = "\n".join(rows[part * PART:(part + 1) * PART]) + "\n"
            told = gamma.need(200, "PUT", f"{page}/parts/{part + 1}", raw=lines,
                              headers={"Content-Type": "application/x-ndjson"}).json()
            expect((told["lines"], told["rejected"]), (PART, 0), "what a part says")
        took = time.monotonic() - began
        gamma.need(202, "POST", f"{page}/complete")
        done = soon("the end of the job", lambda: [
            told for told in [gamma.need(200, "GET", page).json()]
            if told["state"] == "completed"])[0]
        expect((done["lines"], done["created"], done["rejected"]), (ROWS, ROWS, 0), "the job")
        found = self.delta.need(200, "POST", "/v1/lookup", {"sii": "tel:+14155560042"}).json()
        expect((found["ssi"]["user_id"], found["method"]), ("g42", "asserted"), "one of the rows")
        return f"{done['created']} mappings created in {took:.1f} s"

    def quota(self):
        """show what is left of the daily budget"""
        told = self.delta.need(200, "GET", "/v1/quota").json()
        lookups = next(one for one in told["policies"] if one["name"] == "lookup")
        return (f"{lookups['remaining']} of {lookups['quota']} lookups left; users "
                f"{told['users']}; standing {told['standing']['level']}")

    def leave(self):
        """remove a mapping on its user's wish"""
        own = self.delta.need(200, "POST", "/v1/mappings/find", {"sii": EMAIL}).json()["mapping"]
        page = f"/v1/mappings/{own['id']}"
        seen = self.delta.need(200, "GET", page).headers["ETag"]
        stale = self.delta.call("DELETE", page, headers={"If-Match": '"1"'})
        expect((stale.status, stale.problem()), (412, "precondition-failed"), "a stale removal")
        self.delta.need(204, "DELETE", page, headers={"If-Match": seen})
        gone = self.beta.call("POST", "/v1/lookup", {"sii": EMAIL})
        expect((gone.status, gone.problem()), (404, "not-found"), "lookup of the address")
        return "no lookup finds the address any more"


def play(story):
    steps = story.steps()
    for number, step in enumerate(steps, 1):
        name = step.__doc__.strip()
        say(f"demo [{number}/{len(steps)}] {name}")
        try:
            said = step()
        except Exception as why:  # every surprise ends the demo by the name of its step
            say(f"demo: failed at step {number}, {name}: {type(why).__name__}: {why}")
            return 1
        say(f"      {said}")
    return 0


def main():
    def interrupt(*_):
        raise Stopped

    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    stage = Stage()
    story = Story(stage)
    status = 1
    try:
        status = play(story)
    except Stopped:
        say("demo: stopped")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        story.close()
        ended = stage.close()
    if status == 0 and ended != 0:
        say(f"demo: failed at stopping the service: status {ended}")
        return 1
    if status == 0:
        say("demo: ok")
    return status


if __name__ == "__main__":
    sys.exit(main())
