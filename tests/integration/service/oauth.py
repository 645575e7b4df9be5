"""Client credentials bound to a certificate: RFC 6749, 7009, 7662, 8705 (api.md section 3)."""

import http.client
import ssl
import time

import rest
from checks import Failed, basic, eventually, refused, same, test, true, within
from world import new_phone, new_user

GRANT = {"grant_type": "client_credentials"}


def token(caller, headers=None, **form):
    return caller.call("POST", "/oauth2/token", form=form or GRANT, headers=headers)


def anonymous(box, name):
    """A caller with this provider's certificate and no token."""
    caller = box.known(name).again()
    caller.token = None
    return caller


def oauth_error(answer, status, error):
    same((answer.status, answer.json().get("error")), (status, error), "OAuth error")
    same(answer.headers.get("Cache-Control"), "no-store", "Cache-Control")
    if status == 401:
        true("Basic" in (answer.headers.get("WWW-Authenticate") or ""), "no WWW-Authenticate")


@test("oauth: a token by either way of authentication, with all scopes or those asked for")
def tokens(w):
    caller = anonymous(w.main, "alpha")
    client = w.main.client("alpha")
    for headers, form in (
            ({"Authorization": basic(client["client_id"], client["client_secret"])}, GRANT),
            ({}, dict(GRANT, client_id=client["client_id"],
                      client_secret=client["client_secret"]))):
        answer = token(caller, headers, **form)
        same(answer.status, 200, "token")
        told = answer.json()
        w.main.kept_secret(told["access_token"])
        same((told["token_type"], told["expires_in"]), ("Bearer", 600))
        same(set(told["scope"].split()), {"lookup", "map", "events"})
        same(answer.headers.get("Cache-Control"), "no-store", "Cache-Control")
    less = token(caller, {"Authorization": basic(client["client_id"], client["client_secret"])},
                 **GRANT, scope="lookup").json()
    same(less["scope"], "lookup", "the scope asked for")
    caller.token = less["access_token"]
    answer = caller.post_verification(new_phone(), new_user())
    refused(answer, 403, "insufficient-scope", required_scope="map")


@test("oauth: errors are those of RFC 6749 section 5.2")
def errors(w):
    caller = anonymous(w.main, "alpha")
    client = w.main.client("alpha")
    right = {"Authorization": basic(client["client_id"], client["client_secret"])}
    oauth_error(token(caller), 401, "invalid_client")
    for client_id, secret in ((client["client_id"], "no"), ("nobody", client["client_secret"])):
        oauth_error(token(caller, {"Authorization": basic(client_id, secret)}), 401,
                    "invalid_client")
    oauth_error(token(caller, {"Authorization": "Basic !!!"}), 401, "invalid_client")
    oauth_error(token(caller, right, **GRANT, client_id=client["client_id"],
                      client_secret=client["client_secret"]), 400, "invalid_request")
    oauth_error(token(caller, right, scope="lookup"), 400, "invalid_request")
    oauth_error(token(caller, right, grant_type="password"), 400, "unsupported_grant_type")
    oauth_error(token(caller, right, **GRANT, scope="bulk"), 400, "invalid_scope")
    oauth_error(token(caller, right, **GRANT, scope="all of them"), 400, "invalid_scope")
    twice = caller.call("POST", "/oauth2/token", raw="grant_type=client_credentials&scope=map&scope"
                        "=lookup", headers=dict(right, **{
                            "Content-Type": "application/x-www-form-urlencoded"}))
    oauth_error(twice, 400, "invalid_request")
    same(caller.call("POST", "/oauth2/token", GRANT, headers=right).status, 415, "JSON body")
    # the right credentials over another provider's certificate
    oauth_error(token(anonymous(w.main, "beta"), right), 401, "invalid_client")


@test("oauth: a token over another certificate, a wrong one and none are refused")
def bound(w):
    alpha, thief = w.main.known("alpha"), anonymous(w.main, "beta")
    for stolen in (alpha.token, "x" * 43, ""):
        thief.token = stolen
        answer = refused(thief.lookup(new_phone()), 401, "unauthorized")
        true('Bearer error="invalid_token"' in answer.headers["WWW-Authenticate"], "challenge")
    thief.token = None
    refused(thief.lookup(new_phone()), 401, "unauthorized")
    same(alpha.lookup(new_phone()).status, 404, "the token where it belongs")


@test("oauth: revoked tokens end within 1 s, those of others stay")
def revoke(w):
    alpha, beta = w.main.known("alpha"), w.main.known("beta")
    victim = alpha.again()
    victim.sign_in()
    same(victim.lookup(new_phone()).status, 404, "before")

    def give_back(caller, text):
        client = caller.secret
        return caller.call("POST", "/oauth2/revoke", form={"token": text}, headers={
            "Authorization": basic(client["client_id"], client["client_secret"])})
    same(give_back(beta, victim.token).status, 200, "another's token: no oracle")
    same(victim.lookup(new_phone()).status, 404, "it still works")
    same(give_back(alpha, "unknown").status, 200, "an unknown token")
    same(give_back(alpha, victim.token).status, 200)
    with within(1.0, "revocation"):
        eventually("the token is refused", lambda: victim.lookup(new_phone()).status == 401, 1)
    client = alpha.secret
    head = {"Authorization": basic(client["client_id"], client["client_secret"])}
    oauth_error(alpha.call("POST", "/oauth2/revoke", form={"x": "y"}, headers=head), 400,
                "invalid_request")
    oauth_error(alpha.call("POST", "/oauth2/revoke", form={"token": "x"}, headers={
        "Authorization": basic("nobody", "x")}), 401, "invalid_client")
    same(alpha.call("POST", "/oauth2/revoke", {"token": "x"}, headers=head).status, 415)


@test("oauth: introspection shows own tokens with their certificate, nothing of others")
def introspect(w):
    alpha, beta = w.main.known("alpha"), w.main.known("beta")

    def ask(caller, text):
        client = caller.secret
        return caller.call("POST", "/oauth2/introspect", form={"token": text}, headers={
            "Authorization": basic(client["client_id"], client["client_secret"])})
    told = ask(alpha, alpha.token).json()
    same((told["active"], told["client_id"], told["exp"] - told["iat"]),
         (True, alpha.secret["client_id"], 600))
    true(abs(told["iat"] - time.time()) < 900, "iat is the time of issue")
    with open(f"{alpha.folder}/cert.pem", encoding="ascii") as file:
        der = ssl.PEM_cert_to_DER_cert(file.read())
    import base64
    import hashlib
    mark = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
    same(told["cnf"]["x5t#S256"], mark, "thumbprint")
    same(ask(beta, alpha.token).json(), {"active": False}, "another's token")
    same(ask(alpha, "unknown").json(), {"active": False}, "an unknown token")
    client = alpha.secret
    head = {"Authorization": basic(client["client_id"], client["client_secret"])}
    oauth_error(alpha.call("POST", "/oauth2/introspect", form={"y": "x"}, headers=head), 400,
                "invalid_request")
    oauth_error(alpha.call("POST", "/oauth2/introspect", form={"token": "x"}), 401,
                "invalid_client")
    same(alpha.call("POST", "/oauth2/introspect", {"token": "x"}, headers=head).status, 415)


@test("oauth: a client holds no more live tokens than it may, and can end them all")
def many(w):
    caller = w.quick.provider("hoarder")
    first = caller.token
    client = caller.secret
    right = {"Authorization": basic(client["client_id"], client["client_secret"])}
    statuses = [token(caller, right).status for _ in range(30)]
    same(statuses, [200] * 29 + [429], "30 live tokens are allowed in this sandbox")
    refused(token(caller, right), 429, "rate-limited", policy="tokens")
    caller.token = first
    same(caller.call("DELETE", "/v1/tokens").status, 204)
    with within(1.0, "the end of all tokens"):
        eventually("refused", lambda: caller.lookup(new_phone()).status == 401, 1)
    refused(caller.call("DELETE", "/v1/tokens"), 401, "unauthorized")
    caller.sign_in()
    same(caller.lookup(new_phone()).status, 404, "with a new token")


@test("oauth: suspension ends every credential within 1 s, mappings go on being answered")
def suspend(w):
    caller, operator = w.main.provider("naughty"), w.main.admin()
    sii, user = new_phone(), new_user()
    caller.prove(sii, user)
    page = "/admin/v1/providers/naughty"
    same(operator.call("POST", f"{page}/suspend", {"reason": "a test"}).status, 200)
    with within(1.0, "suspension"):
        eventually("refused", lambda: caller.lookup(sii).status == 403, 1)
    refused(caller.lookup(sii), 403, "provider-suspended")
    client = caller.secret
    oauth_error(token(caller, {"Authorization": basic(client["client_id"],
                                                      client["client_secret"])}),
                401, "invalid_client")
    found = w.main.known("beta").lookup(sii)
    same((found.status, found.json()["ssi"]["user_id"]), (200, user), "lookup by another")
    same(operator.call("POST", f"{page}/reinstate").status, 200)
    with within(1.0, "reinstatement"):
        eventually("served again", lambda: caller.lookup(sii).status == 200, 1)


def handshake(where, ca, folder=None):
    """Asks for the root over TLS; the status, or the name of what went wrong."""
    context = ssl.create_default_context(cafile=ca)
    if folder:
        context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
    link = http.client.HTTPSConnection(*where, timeout=10, context=context)
    try:
        link.request("GET", "/.well-known/glados")
        return link.getresponse().status
    except (ssl.SSLError, OSError, http.client.HTTPException) as why:
        return type(why).__name__
    finally:
        link.close()


@test("oauth: no listener talks to a stranger's certificate, to the other's callers or to nobody")
def strangers(w):
    import certificates
    box = w.main
    certificates.make_leaf(box.at("stranger"), "stranger")
    provider, admin = box.known("alpha"), box.admin()
    same(handshake(provider.where, box.at("ca.pem"), provider.folder), 200, "a provider")
    for where, folder in ((provider.where, None), (provider.where, box.at("stranger")),
                          (provider.where, admin.folder), (admin.where, None),
                          (admin.where, provider.folder), (admin.where, box.at("stranger"))):
        seen = handshake(where, box.at("ca.pem"), folder)
        if isinstance(seen, int):
            raise Failed(f"{folder} was served with status {seen}")
    true(isinstance(provider.call("GET", "/.well-known/glados"), rest.Answer), "still serving")
