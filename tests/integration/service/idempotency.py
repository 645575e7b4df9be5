"""Idempotency-Key of POST /v1/verifications."""

from checks import refused, same, test, true
from world import new_key, new_phone, new_user


@test("idempotency: the same call again is the same answer and no second message")
def replay(w):
    caller, operator = w.main.known("alpha"), w.main.admin()
    sii, user, key = new_phone(), new_user(), new_key()
    first = caller.post_verification(sii, user, key)
    same((first.status, first.headers.get("Idempotent-Replayed")), (202, None))
    same(first.headers["Location"], f"/v1/verifications/{first.json()['id']}")
    for _ in range(3):
        again = caller.post_verification(sii, user, key)
        same((again.status, again.headers.get("Idempotent-Replayed")), (202, "true"))
        same(again.json()["id"], first.json()["id"])
    found = operator.call("GET", "/admin/v1/sandbox/messages?sii=" + sii.replace("+", "%2B"))
    same(len(found.json()["messages"]), 1, "messages")


@test("idempotency: the key is required, bound to its body, and to its provider")
def bound(w):
    alpha, beta = w.main.known("alpha"), w.main.known("beta")
    sii, user, key = new_phone(), new_user(), new_key()
    body = {"sii": sii, "user_id": user}
    for headers in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "x" * 65},
                    {"Idempotency-Key": "a b"}):
        refused(alpha.call("POST", "/v1/verifications", body, headers=headers), 400,
                "idempotency-key-missing", str(headers))
    same(alpha.post_verification(sii, user, key).status, 202)
    for changed in ((sii, new_user()), (new_phone(), user)):
        refused(alpha.post_verification(*changed, key), 422, "idempotency-key-reused")
    refused(alpha.post_verification(sii, user, key, locale="de"), 422, "idempotency-key-reused")
    other = beta.post_verification(sii, user, key)
    same((other.status, other.headers.get("Idempotent-Replayed")), (202, None), "another provider")
    same(alpha.post_verification(sii, user, "k" * 64).status, 202, "64 characters")


@test("idempotency: a refusal leaves the key free")
def refusals(w):
    caller, key = w.main.known("alpha"), new_key()
    refused(caller.post_verification("tel:+1", "u", key), 422, "identifier-invalid")
    refused(caller.post_verification(new_phone(), "", key), 400, "malformed-request")
    answer = caller.post_verification(new_phone(), new_user(), key)
    same((answer.status, answer.headers.get("Idempotent-Replayed")), (202, None))


@test("idempotency: of many calls with one key at once exactly one opens a session")
def at_once(w):
    from concurrent.futures import ThreadPoolExecutor
    caller = w.main.known("alpha")
    for _ in range(5):
        sii, user, key = new_phone(), new_user(), new_key()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: caller.post_verification(sii, user, key), range(8)))
        seen = {answer.status for answer in answers}
        true(seen <= {202, 409}, f"statuses {seen}")
        same(len({answer.json()["id"] for answer in answers if answer.status == 202}), 1, "ids")
        found = w.main.admin().call("GET", "/admin/v1/sandbox/messages?sii="
                                    + sii.replace("+", "%2B"))
        same(len(found.json()["messages"]), 1, "messages")
