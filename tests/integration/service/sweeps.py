"""What time makes of records that nobody uses, and of the sends that proven users earn."""

from checks import eventually, refused, same, test
from world import new_phone, new_user


def told(caller):
    page = caller.need(200, "GET", "/v1/events?limit=500").json()
    return [one["data"] for one in page["events"] if one["type"] == "mapping.refresh_due"]


def weighted(caller):
    return caller.need(200, "GET", "/v1/quota").json()["users"]["weighted"]


@test("sweeps: an old proof is told once, counts half until it is renewed, and lookups go on")
def refresh(w):
    caller = w.aging.provider("forgetful")
    sii, user = new_phone(), new_user()
    mapping = caller.prove(sii, user)["mapping"]
    notice = eventually("mapping.refresh_due", lambda: told(caller), 40, 0.2)[0]
    same((notice["mapping_id"], notice["user_id"]), (mapping["id"], user), "whose proof is due")
    same((notice["by"], notice["change_id"], notice["restore_until"]), (None, None, None),
         "nobody's change")
    eventually("it counts half", lambda: weighted(caller) == 0.5, 20, 0.2)
    same(caller.lookup(sii).json()["ssi"]["user_id"], user, "lookups go on")
    same(len(told(caller)), 1, "notices")
    caller.prove(sii, user)
    second = eventually("due once more", lambda: told(caller)[1:], 40, 0.2)[0]
    same(second["sequence"], notice["sequence"] + 1, "sequence")


@test("sweeps: a user proven in a country earns one more send there, no other does")
def country(w):
    box = w.aging
    caller = box.provider("local")
    caller.prove(new_phone(), new_user())
    eventually("one more send", lambda: caller.post_verification(
        new_phone(), new_user()).status == 202, 10, 0.2)
    third = caller.post_verification(new_phone(), new_user())
    refused(third, 429, "rate-limited", policy="country")
