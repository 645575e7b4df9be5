"""What the console is made of: its files, who looks at it, what operators read of a provider."""

import re

from checks import eventually, refused, same, test, true
from notices import Receiver, put
from world import new_phone, new_user

PAGE = "/admin/v1/providers/desk-subject"


@test("desk: the console's page and files are served, cached by their hashes, and no others")
def files(w):
    caller = w.main.admin("auditor")
    page = caller.call("GET", "/console")
    same(page.headers["Content-Type"], "text/html; charset=utf-8")
    names = re.findall(r'(?:href|src)="(/console/[^"]+)"', page.body.decode())
    same(sorted(name.rsplit(".", 1)[1] for name in names), ["css", "js", "svg"])
    true("<script>" not in page.body.decode() and " style=" not in page.body.decode(), "inline")
    for name in names:
        answer = caller.call("GET", name)
        same(answer.status, 200, name)
        true("immutable" in answer.headers["Cache-Control"], name)
        true("default-src 'none'" in answer.headers["Content-Security-Policy"], name)
        again = caller.call("GET", name, headers={"If-None-Match": answer.headers["ETag"]})
        same((again.status, again.body), (304, b""), name)
    refused(caller.call("GET", "/console/main.js"), 404, "not-found")
    same(caller.call("GET", "/console", headers={"If-None-Match": page.headers["ETag"]}).status,
         304, "the page")
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document"}
    same(caller.call("GET", "/console", headers=link).status, 200, "a link to it")
    refused(caller.call("GET", "/admin/v1/providers", headers=link), 403, "insufficient-scope")


@test("desk: every operator is told name, role and node; shards have their owners")
def who(w):
    for name, role in (("operator", "operator"), ("auditor", "auditor")):
        told = w.main.admin(name).call("GET", "/admin/v1/self").json()
        same((told["name"], told["role"], told["node_id"]), (name, role, "node-1"))
        same((told["sandbox"], told["two_person"]), (True, False))
    told = w.main.admin().call("GET", "/admin/v1/cluster/shards").json()
    same((told["nodes"], set(told["owners"]), len(told["owners"])), (["node-1"], {0}, 1024))


@test("desk: an operator reads of a provider what it reads itself")
def provider(w):
    caller, operator = w.main.provider("desk-subject"), w.main.admin("auditor")
    for name in ("quota", "usage", "webhook", "webhook/deliveries"):
        refused(operator.call("GET", f"/admin/v1/providers/desk-nobody/{name}"), 404, "not-found")
    refused(operator.call("GET", f"{PAGE}/webhook"), 404, "not-found", "no webhook yet")
    with Receiver(w.main, "desk-subject") as receiver:
        made = put(caller, receiver.url)
        caller.need(202, "POST", "/v1/webhook/test")
        receiver.wait_for(1)
        same(operator.call("GET", f"{PAGE}/webhook").json(), made, "the webhook")
        posted = eventually("the delivery is listed", lambda: operator.call(
            "GET", f"{PAGE}/webhook/deliveries").json()["deliveries"])
        same(posted, caller.call("GET", "/v1/webhook/deliveries").json()["deliveries"])
    before = caller.call("GET", "/v1/quota").json()
    same(operator.call("GET", f"{PAGE}/quota").json()["users"], before["users"])
    caller.prove(new_phone(), new_user())
    sends = {one["name"]: one for one in operator.call("GET", f"{PAGE}/quota").json()["policies"]}
    same(sends["sends"]["quota"] - sends["sends"]["remaining"], 1, "codes sent")
    used = operator.call("GET", f"{PAGE}/usage").json()
    same(used["sends"], [{"channel": "sms", "country": "DE", "count": 1}])
    refused(operator.call("GET", f"{PAGE}/usage?month=may"), 400, "malformed-request",
            pointer="/month")


@test("desk: codes sent and confirmed are counted by country and channel")
def conversion(w):
    caller = w.main.known("alpha")

    def seen(name):
        text = w.main.admin().need(200, "GET", "/metrics").body.decode()
        found = re.search(rf'^glados_codes_{name}_total{{country="NO",channel="sms"}} (\S+)$', text,
                          re.M)
        return int(float(found[1])) if found else 0
    sent, confirmed = seen("sent"), seen("confirmed")
    caller.prove("tel:+4790612345", new_user())
    caller.open("tel:+4790612346", new_user())
    same((seen("sent") - sent, seen("confirmed") - confirmed), (2, 1))
