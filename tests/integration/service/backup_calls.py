"""Back-up and restore by the calls that `glados admin` makes of them."""

from backups import answer_of, lose_everything, own_box
from checks import same, test, true
from operator_line import DONE, Operator
from world import new_phone, new_user


def pages(op, path, body, first):
    """All pages of what a call tells, from `first` to its end."""
    after, told = first, []
    while after is not None:
        page = op.need(200, "POST", path, {**body, "after": after}).json()
        told.append(page["content"])
        done = page["next"] in ("", after)
        after = None if done else page["next"]
    return told


@test("back-up: by its calls, without the command")
def by_calls(w):
    box = w.boxes.get("lost") or own_box(w, "lost")
    alpha, op = box.known("alpha"), box.admin()
    mapped = {new_phone(): new_user() for _ in range(4)}
    for sii, user in mapped.items():
        alpha.prove(sii, user)
    begun = op.need(200, "POST", "/admin/v1/backup/begin", {"name": "by-hand"}).json()
    rows, total = {}, 0
    for shard in range(1024):
        at = f"/admin/v1/backup/shards/{shard}"
        names = op.need(200, "POST", f"{at}/begin", {"name": "by-hand"}).json()["names"]
        rows[shard] = pages(op, f"{at}/read", {"name": "by-hand", "names": names}, "")
    records = [content for kind in ("application", "provider", "report")
               for content in pages(op, "/admin/v1/backup/records", {"kind": kind}, "")]
    standings = pages(op, "/admin/v1/backup/standings", {}, "")
    links = pages(op, "/admin/v1/backup/audit", {}, 0)
    log = op.need(200, "POST", "/admin/v1/backup/changes", {}).json()
    true(log["last"] >= begun["changes"], "the change log goes on from there")

    lose_everything(box)
    op = box.admin()
    name = {"name": "by-hand"}
    state = op.need(200, "POST", "/admin/v1/restore/begin", {**name, "names": begun["names"]})
    same(state.json()["names"], begun["names"], "names in use")
    for shard, contents in rows.items():
        for content in contents:
            at = f"/admin/v1/restore/shards/{shard}"
            same(op.need(200, "POST", f"{at}/names", {"content": content}).json()["content"],
                 content, "the index key is the same")
            told = op.need(200, "POST", at, {**name, "content": content}).json()
            same(told["there"], 0)
            total += told["written"]
    true(total >= len(mapped), f"{total} rows")
    for content in links:
        op.need(200, "POST", "/admin/v1/restore/audit", {**name, "content": content})
    for content in standings:
        op.need(200, "POST", "/admin/v1/restore/standings", {**name, "content": content})
    for content in records:
        op.need(200, "POST", "/admin/v1/restore/records", {**name, "content": content})
    state = op.need(200, "POST", "/admin/v1/restore/end", {**name, "rows": total}).json()
    same(state["state"], "ended")
    for sii, user in mapped.items():
        same(answer_of(box.known("beta"), sii), user)
    Operator(w, box).need(DONE, "audit", "verify")
