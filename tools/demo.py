"""Plays the story of GLADOS on a sandbox of its own, over real HTTPS with client certificates, and
ends with "demo: ok". Any surprise ends it with the name of the step and status 1."""

import os
import signal
import sys

import certificates
import rest
from home import say
from stage import Stage, Surprise

PHONE = "tel:+14155550123"
EMAIL = "mailto:alice@example.org"


class Stopped(BaseException):
    """A signal asked us to stop."""


def expect(seen, wanted, what):
    if seen != wanted:
        raise Surprise(f"{what}: {seen!r} instead of {wanted!r}")


class Story:
    """The steps, in order; each is a method whose first line of documentation is its name."""

    def __init__(self, stage):
        self.stage = stage
        self.delta = None
        self.beta = None
        self.secret = None
        self.held = None
        self.claimed = None

    def steps(self):
        return (self.start, self.enrol, self.token, self.unknown, self.phone, self.email,
                self.look_up, self.claim, self.decide, self.leave)

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
                             headers={"Idempotency-Key": os.urandom(8).hex()}).json()
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
        head = {"Idempotency-Key": os.urandom(8).hex()}
        made = self.beta.need(200, "POST", page, {"action": "replace"}, headers=head).json()
        expect(made["mapping"]["preferred"], True, "preference of the decided mapping")
        again = self.beta.need(200, "POST", page, {"action": "replace"}, headers=head).json()
        expect(again, made, "the same call again")
        found = self.beta.need(200, "POST", "/v1/lookup", {"sii": PHONE}).json()
        expect((found["ssi"]["provider_id"], found["ssi"]["user_id"]), ("beta", "alice.b"),
               "whom a lookup answers now")
        expect(self.delta.call("GET", f"/v1/mappings/{self.held}").status, 404,
               "the mapping that Delta Chat had")
        return f"lookups answer Beta Chat; the change is {made['change_id']}"

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
    status = 1
    try:
        status = play(Story(stage))
    except Stopped:
        say("demo: stopped")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        ended = stage.close()
    if status == 0 and ended != 0:
        say(f"demo: failed at stopping the service: status {ended}")
        return 1
    if status == 0:
        say("demo: ok")
    return status


if __name__ == "__main__":
    sys.exit(main())
