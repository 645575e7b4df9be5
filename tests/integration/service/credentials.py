"""Rotation of secrets and certificates, by operators and by the provider itself."""

import datetime

import certificates
from checks import basic, eventually, refused, same, test, true, within
from world import Caller, new_phone


def pem_of(folder):
    with open(f"{folder}/cert.pem", encoding="ascii") as file:
        return file.read()


def try_token(caller, secret):
    return caller.call("POST", "/oauth2/token", form={"grant_type": "client_credentials"}, headers={
        "Authorization": basic(caller.secret["client_id"], secret)}).status


def seconds_until(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


@test("credentials: an own new secret works after its delay only, two live at most")
def own_secret(w):
    box = w.quick
    caller = box.provider("rotator")
    answer = caller.call("POST", "/v1/credentials/secrets")
    same(answer.status, 201)
    made = answer.json()
    box.kept_secret(made["client_secret"])
    true(0.5 < seconds_until(made["valid_from"]) < 2.5, "it settles for 2 s in this sandbox")
    same(try_token(caller, made["client_secret"]), 401, "before its time")
    refused(caller.call("POST", "/v1/credentials/secrets", {}), 409, "conflict", "a third one")
    eventually("the new secret works", lambda: try_token(caller, made["client_secret"]) == 200)
    same(try_token(caller, caller.secret["client_secret"]), 200, "the old one still works")
    same(caller.call("DELETE", "/v1/credentials/secrets/1").status, 204)
    with within(1.0, "the end of a secret"):
        eventually("refused",
                   lambda: try_token(caller, caller.secret["client_secret"]) == 401, 1)
    refused(caller.call("DELETE", "/v1/credentials/secrets/1"), 404, "not-found")
    refused(caller.call("DELETE", "/v1/credentials/secrets/x"), 404, "not-found")
    refused(caller.call("POST", "/v1/credentials/secrets", {"a": 1}), 400, "malformed-request",
            pointer="/a")
    same(try_token(caller, made["client_secret"]), 200, "the new one is left")


@test("credentials: an own new certificate works after its delay only, three live at most")
def own_certificate(w):
    box = w.quick
    caller = box.provider("renewer")
    page = "/v1/credentials/certificates"
    folders = [box.at("providers", f"renewer-{number}") for number in (1, 2, 3)]
    for folder in folders:
        certificates.make_leaf(folder, "renewer")  # self-signed, pinned
    made = [caller.call("POST", page, {"pem": pem_of(folder)}) for folder in folders]
    same([answer.status for answer in made], [201, 201, 409], "three live ones at most")
    refused(caller.call("POST", page, {"pem": pem_of(folders[0])}), 409, "conflict", "twice")
    true(seconds_until(made[0].json()["valid_from"]) > 0.3, "it waits")
    other = Caller(box, box.node()["base_url"], folders[0], "renewer")
    other.secret = caller.secret

    def works():
        try:
            return try_token(other, caller.secret["client_secret"]) == 200
        except OSError:
            return False  # refused in the handshake
    true(not works(), "it does not work before its time")
    eventually("the new certificate works", works)
    other.sign_in()
    same(other.lookup(new_phone()).status, 404, "a lookup over it")
    same(caller.call("DELETE", f"{page}/{made[0].json()['id']}").status, 204)
    with within(1.0, "the end of a certificate"):
        eventually("refused", lambda: other.lookup(new_phone()).status == 401, 1)
    refused(caller.call("DELETE", f"{page}/{made[0].json()['id']}"), 404, "not-found")
    refused(caller.call("DELETE", f"{page}/x"), 404, "not-found")


@test("credentials: what is no certificate, or another provider's, is refused")
def bad_certificates(w):
    box = w.quick
    caller = box.provider("clumsy")
    page = "/v1/credentials/certificates"
    for body, pointer in (({"pem": "no"}, "/pem"), ({"pem": 7}, "/pem"), ({}, "/pem"),
                          ({"pem": pem_of(box.known("alpha").folder) * 2}, "/pem")):
        refused(caller.call("POST", page, body), 400, "malformed-request", pointer=pointer)
    refused(caller.call("POST", page, {"pem": pem_of(box.known("alpha").folder)}), 409, "conflict")
    same(caller.call("POST", page, raw="x", headers={"Content-Type": "text/plain"}).status, 415)
    bare = caller.again()
    bare.token = None
    for method, path in (("POST", page), ("POST", "/v1/credentials/secrets"),
                         ("DELETE", f"{page}/x"), ("DELETE", "/v1/credentials/secrets/1")):
        refused(bare.call(method, path, {"pem": "x"} if path == page else None), 401,
                "unauthorized")


@test("credentials: operators rotate them too; a removed certificate ends open connections' rights")
def by_operators(w):
    box, operator = w.main, w.main.admin()
    caller = box.provider("managed")
    page = "/admin/v1/providers/managed"
    shown = operator.call("POST", f"{page}/secrets")
    same(shown.status, 201)
    box.kept_secret(shown.json()["client_secret"])
    same(try_token(caller, shown.json()["client_secret"]), 200, "at once")
    refused(operator.call("POST", f"{page}/secrets"), 409, "conflict")
    same(operator.call("DELETE", f"{page}/secrets/{shown.json()['number']}").status, 204)
    with within(1.0, "the end of a secret"):
        eventually("refused",
                   lambda: try_token(caller, shown.json()["client_secret"]) == 401, 1)
    for number in ("7", "x"):
        refused(operator.call("DELETE", f"{page}/secrets/{number}"), 404, "not-found")
    folder = box.at("providers", "managed-2")
    certificates.make_leaf(folder, "managed")
    added = operator.call("POST", f"{page}/certificates", {"pem": pem_of(folder)})
    same(added.status, 201)
    same(added.json()["thumbprint"], certificates.thumbprint(f"{folder}/cert.pem"))
    refused(operator.call("POST", f"{page}/certificates", {"pem": "no"}), 400,
            "malformed-request", pointer="/pem")
    refused(operator.call("POST", f"{page}/certificates",
                          {"pem": pem_of(box.known("alpha").folder)}), 409, "conflict")
    same(caller.lookup(new_phone()).status, 404, "before")
    mine = certificates.thumbprint(f"{caller.folder}/cert.pem")
    same(operator.call("DELETE", f"{page}/certificates/{mine}").status, 204)
    with within(1.0, "the end of a certificate"):
        eventually("refused", lambda: caller.lookup(new_phone()).status == 401, 1)
    refused(operator.call("DELETE", f"{page}/certificates/{mine}"), 404, "not-found")
    refused(operator.call("DELETE", f"{page}/certificates/x"), 404, "not-found")
