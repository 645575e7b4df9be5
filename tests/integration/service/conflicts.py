"""A second proof of an identifier: the old preference stays, the conflict is shown."""

import time

from checks import same, test, true
from world import new_phone, new_user


@test("conflicts: a second provider's proof keeps the old preference and shows the conflict")
def second(w):
    alpha, beta = w.main.known("alpha"), w.main.known("beta")
    sii, one, two = new_phone(), new_user(), new_user()
    alpha.prove(sii, one)
    proven = beta.prove(sii, two)
    same((proven["mapping"]["preferred"], proven["mapping"]["user_id"]), (False, two))
    same(proven["conflict"]["existing"],
         [{"provider_id": "alpha", "provider_name": "Alpha Chat", "preferred": True}])
    true(proven["conflict"]["decide_by"] > proven["mapping"]["verified_at"], "decide_by")
    for caller in (alpha, beta, w.main.known("gamma")):
        same(caller.lookup(sii).json()["ssi"]["user_id"], one, "who is preferred")
    again = beta.prove(sii, two)
    same(again["mapping"]["preferred"], False, "proven again")
    true(again["conflict"]["decide_by"] > proven["conflict"]["decide_by"], "shown anew")
    same(alpha.prove(sii, one)["mapping"]["preferred"], True, "alpha's own proof")
    third = w.main.known("gamma").prove(sii, new_user())
    shown = {entry["provider_id"]: entry["preferred"] for entry in third["conflict"]["existing"]}
    same(shown.get("alpha"), True, "the third is shown the preferred one")


@test("conflicts: a proof by the same user is refreshed without one")
def refreshed(w):
    caller = w.main.known("alpha")
    sii, user = new_phone(), new_user()
    first = caller.prove(sii, user)
    time.sleep(0.01)  # times are told in milliseconds
    again = caller.prove(sii, user)
    same(again["conflict"], None)
    same((again["mapping"]["preferred"], again["mapping"]["id"] != ""), (True, True))
    true(again["mapping"]["verified_at"] > first["mapping"]["verified_at"], "verified_at moved")
    same(caller.lookup(sii).json()["ssi"]["user_id"], user)


@test("conflicts: between two users of one provider the entry shows the caller's own user")
def own(w):
    caller = w.main.known("alpha")
    sii, one, two = new_phone(), new_user(), new_user()
    caller.prove(sii, one)
    proven = caller.prove(sii, two)
    entry = proven["conflict"]["existing"][0]
    same((entry["provider_id"], entry["user_id"], entry["preferred"]), ("alpha", one, True))
    same(caller.lookup(sii).json()["ssi"]["user_id"], one, "the old one is answered")


@test("conflicts: before the proof nothing tells whether an identifier is mapped")
def secret(w):
    alpha, beta = w.main.known("alpha"), w.main.known("beta")
    taken, free = new_phone(), new_phone()
    alpha.prove(taken, new_user())
    answers = [beta.post_verification(sii, new_user()) for sii in (taken, free)]
    shapes = [(answer.status, sorted(answer.json()), len(answer.body),
               sorted(name for name, _ in answer.headers.items())) for answer in answers]
    same(shapes[0], shapes[1], "answer for a taken and for a free number")
