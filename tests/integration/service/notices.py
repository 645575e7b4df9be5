"""Change notices over real TLS: the feed, and webhooks checked with another implementation."""

import base64
import signal
import threading
import time

from checks import eventually, refused, same, test, true, within
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from receiver import Got, Receiver as ProviderServer
from world import new_key, new_phone, new_user

PAGE = "/v1/webhook"
ALL = ["mapping.removed", "credential.changed"]


def read_key(text):
    true(text.startswith("whpk_"), "the form of a public key")
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text[5:], validate=True))


def signed_by(got, key):
    """Whether one of the signatures of a received notice is by this key."""
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    for one in got.headers["webhook-signature"].split(" "):
        version, _, text = one.partition(",")
        same(version, "v1a", "version of a signature")
        try:
            read_key(key).verify(base64.b64decode(text, validate=True), signed)
            return True
        except InvalidSignature:
            pass
    return False


class Receiver(ProviderServer):
    def wait_for(self, count, patience=5.0):
        eventually(f"{count} notices", lambda: len(self.got) >= count, patience)
        return self.got[count - 1]


def put(caller, url, types=None):
    answer = caller.call("PUT", PAGE, {"url": url, "event_types": ALL if types is None else types})
    same(answer.status, 200, f"the webhook ({answer.problem()})")
    return answer.json()


def told_so_far(caller):
    """The cursor after what enrolment has told (the operator's certificate)."""
    return feed(caller)["next"]


def feed(caller, after="", **more):
    query = "".join(f"&{name}={value}" for name, value in more.items())
    answer = caller.call("GET", f"/v1/events?after={after}{query}")
    same(answer.status, 200, f"the feed ({answer.problem()})")
    return answer.json()


@test("notices: a test notice arrives, signed, equal to the feed, and is in the log")
def arrives(w):
    caller = w.main.provider("notice-test")
    refused(caller.call("GET", PAGE), 404, "not-found")
    refused(caller.call("POST", PAGE + "/test"), 404, "not-found")
    with Receiver(w.main, "notice-test") as receiver:
        made = put(caller, receiver.url)
        same(made["state"], "active")
        same(caller.call("GET", PAGE).json(), made, "the settings read again")
        event = caller.need(202, "POST", PAGE + "/test").json()["event_id"]
        got = receiver.wait_for(1)
        same(got.headers["webhook-id"], event)
        same(got.headers["Content-Type"], "application/json")
        true(abs(int(got.headers["webhook-timestamp"]) - time.time()) < 10, "the time of the try")
        true(signed_by(got, made["public_key"]), "the signature")
        true(not signed_by(Got(got.path, got.headers, got.body + b" "), made["public_key"]),
             "a signature of another body")
        page = feed(caller)
        same(page["events"][-1], got.json(), "the event in the feed")
        same((page["events"][-1]["type"], page["next"]), ("webhook.test", event))
        log = eventually("the log", lambda: caller.call("GET", PAGE + "/deliveries")
                         .json()["deliveries"])
        same([(one["event_id"], one["status"], one["outcome"], one["attempt"]) for one in log],
             [(event, 204, "delivered", 1)])
        caller.need(202, "POST", f"{PAGE}/deliveries/{log[0]['id']}/redeliver")
        same(receiver.wait_for(2).headers["webhook-id"], event, "the same notice again")
        refused(caller.call("POST", PAGE + "/deliveries/5-5/redeliver"), 404, "not-found")
        same(caller.call("DELETE", PAGE).status, 204)
        refused(caller.call("DELETE", PAGE), 404, "not-found")


@test("notices: a failing receiver is tried again after 5 s, and after Retry-After")
def tried_again(w):
    caller = w.main.provider("notice-retry")
    with Receiver(w.main, "notice-retry") as receiver:
        receiver.answer = lambda got: {1: 500, 2: (503, {"Retry-After": "2"})}.get(
            len(receiver.got), 200)
        put(caller, receiver.url, ["credential.changed"])
        caller.need(201, "POST", "/v1/credentials/secrets")
        first, second = receiver.wait_for(1), receiver.wait_for(2, 9)
        true(3.9 < second.at - first.at < 7.5, f"{second.at - first.at:.1f} s to the second try")
        same(second.headers["webhook-id"], first.headers["webhook-id"])
        log = eventually("two attempts", lambda: [
            one for one in caller.call("GET", PAGE + "/deliveries").json()["deliveries"]][:2])
        same([(one["status"], one["outcome"]) for one in log[:1]], [(500, "will_retry")])
        true(log[0]["next_try"] is not None, "the next try is told")
        same(first.json()["data"]["change"], "secret_added")


@test("notices: 410 disables the webhook, the feed goes on, new settings enable it")
def gone(w):
    caller = w.main.provider("notice-gone")
    start = told_so_far(caller)
    with Receiver(w.main, "notice-gone") as receiver:
        receiver.answer = lambda got: 410
        put(caller, receiver.url)
        caller.need(202, "POST", PAGE + "/test")
        receiver.wait_for(1)
        eventually("it is disabled",
                   lambda: caller.call("GET", PAGE).json()["state"] == "disabled")
        events = feed(caller, start)["events"]
        same([one["type"] for one in events], ["webhook.test", "webhook.disabled"])
        same(events[1]["data"], {"reason": "gone"})
        refused(caller.call("POST", PAGE + "/test"), 409, "conflict")
        receiver.answer = lambda got: 200
        same(put(caller, receiver.url)["state"], "active")
        same(receiver.wait_for(2).headers["webhook-id"], events[0]["id"], "it goes on there")


@test("notices: redirects are not followed, strangers' certificates not believed")
def no_detours(w):
    caller = w.main.provider("notice-detour")
    with Receiver(w.main, "notice-detour") as receiver, \
            Receiver(w.main, "notice-stranger", authority=None) as stranger:
        receiver.answer = lambda got: (307, {"Location": "/elsewhere"})
        put(caller, receiver.url)
        caller.need(202, "POST", PAGE + "/test")
        receiver.wait_for(1)
        eventually("the first attempt is over", lambda: caller.call("GET", PAGE + "/deliveries")
                   .json()["deliveries"])
        put(caller, stranger.url)  # what is open is tried at once
        log = eventually("both attempts", lambda: [
            one for one in [caller.call("GET", PAGE + "/deliveries").json()["deliveries"]]
            if len(one) == 2])[0]
        same([one["status"] for one in log], [307, None])
        same(([got.path for got in receiver.got], stranger.got), (["/in"], []))


@test("notices: where webhooks may not go is refused at once")
def refused_urls(w):
    caller = w.main.known("alpha")
    for url in ("http://127.0.0.1/", "https://user@127.0.0.1/", "https://10.0.0.1/",
                "https://169.254.169.254/", "https://[fe80::1]/", "https://[::ffff:10.0.0.1]/",
                "https://[64:ff9b::a00:1]/", "https://0x7f.1/", "https:///", "nonsense"):
        refused(caller.call("PUT", PAGE, {"url": url, "event_types": []}), 400,
                "malformed-request", url, pointer="/url")
    good = "https://receiver.example/"
    refused(caller.call("PUT", PAGE, {"url": good, "event_types": ["all"]}), 400,
            "malformed-request", pointer="/event_types")
    refused(caller.call("PUT", PAGE, {"url": good}), 400, "malformed-request",
            pointer="/event_types")
    refused(caller.call("PUT", PAGE, {"url": good, "event_types": [], "rotate": True}), 400,
            "malformed-request", pointer="/rotate")


@test("notices: removed and made anew, the old key signs beside the new one")
def rotated(w):
    caller = w.main.provider("notice-key")
    with Receiver(w.main, "notice-key") as receiver:
        old = put(caller, receiver.url)["public_key"]
        same(caller.call("DELETE", PAGE).status, 204)
        caller.need(201, "POST", "/v1/credentials/secrets")  # in between: not left out
        new = put(caller, receiver.url)
        same(new["previous_public_key"], old)
        true(new["public_key"] != old, "a new key")
        got = receiver.wait_for(1)
        same(got.json()["type"], "credential.changed")
        true(signed_by(got, old) and signed_by(got, new["public_key"]), "both signatures")
        other = w.main.provider("notice-other")
        true(put(other, receiver.url)["public_key"] not in (old, new["public_key"]),
             "another provider has a key of its own")


@test("notices: a waiting call is woken, two wait, a third is answered at once")
def long_poll(w):
    caller = w.main.provider("notice-wait")
    start = told_so_far(caller)
    told = {}

    def wait(name, seconds):
        other = caller.again()
        told[name] = (feed(other, start, wait=seconds), time.monotonic())
        other.hang_up()

    began = time.monotonic()
    first = threading.Thread(target=wait, args=("first", 20))
    second = threading.Thread(target=wait, args=("second", 20))
    first.start()
    second.start()
    eventually("both calls wait",
               lambda: w.main.metric("glados_http_in_flight", listener="provider") >= 2)
    with within(1.0, "a third call"):
        same(feed(caller, start, wait=20), {"events": [], "next": start})
    true(not told, "the other two wait")
    changed = time.monotonic()
    caller.need(201, "POST", "/v1/credentials/secrets")
    first.join()
    second.join()
    for page, at in told.values():
        same([one["type"] for one in page["events"]], ["credential.changed"])
        true(at - changed < 2, f"woken after {at - changed:.1f} s")
    true(changed - began < 15, "the machine was not too slow for this test")
    after = told["first"][0]["next"]
    with within(3.0, "a wait of one second"):
        same(feed(caller, after=after, wait=1), {"events": [], "next": after})
    for query, pointer in (("limit=0", "/limit"), ("limit=501", "/limit"), ("wait=31", "/wait"),
                           ("after=nonsense", "/after")):
        refused(caller.call("GET", f"/v1/events?{query}"), 400, "malformed-request", query,
                pointer=pointer)


@test("notices: a killed node goes on with what was not taken")
def killed(w):
    box = w.frail
    caller = box.provider("notice-kill")
    start = told_so_far(caller)
    with Receiver(box, "notice-kill") as receiver:
        receiver.answer = lambda got: 200 if got.json()["type"] == "webhook.test" else 503
        put(caller, receiver.url)
        caller.need(202, "POST", PAGE + "/test")
        receiver.wait_for(1)
        caller.need(201, "POST", "/v1/credentials/secrets")
        receiver.wait_for(2)
        before = feed(caller, start)["events"]
        same(len(before), 2, "events")
        box.restart_node(signal.SIGKILL)
        caller.hang_up()
        receiver.answer = lambda got: 200
        eventually("the notice goes out again",
                   lambda: receiver.got[-1].headers["webhook-id"] == before[1]["id"]
                   and len(receiver.got) >= 3, 15)
        same(feed(caller, start)["events"], before, "the feed")


@test("notices: who loses a mapping is told once, in the feed and at the webhook alike")
def displaced(w):
    box = w.main
    loser, winner = box.provider("notice-loser"), box.provider("notice-winner")
    start, sii, user = told_so_far(loser), new_phone(), new_user()
    mapping = loser.prove(sii, user)["mapping"]
    with Receiver(box, "notice-loser") as receiver:
        key = put(loser, receiver.url, [])["public_key"]
        proven = winner.prove(sii, new_user())
        decided = winner.call("POST", f"/v1/mappings/{proven['mapping']['id']}/decision",
                              {"action": "replace"}, headers={"Idempotency-Key": new_key()})
        same(decided.status, 200, f"the decision ({decided.problem()})")
        events = eventually("the notice", lambda: feed(loser, start)["events"])
        same([one["type"] for one in events], ["mapping.removed"])
        data = events[0]["data"]
        same((data["user_id"], data["mapping_id"], data["change_id"]),
             (user, mapping["id"], decided.json()["change_id"]))
        same(data["by"], {"provider_id": "notice-winner", "provider_name": "Notice Winner"})
        true(data["restore_until"] > events[0]["created_at"], "the time to restore")
        got = receiver.wait_for(1)
        same(got.json(), events[0], "the same at the webhook")
        true(signed_by(got, key), "the signature")
        same(got.body.decode().count(sii[4:]), 0, "no identifier")
    same(feed(winner, told_so_far(winner))["events"], [], "nothing for the winner")
