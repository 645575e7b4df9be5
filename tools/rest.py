"""A small HTTPS client with a client certificate; standard library only."""

import base64
import http.client
import json
import ssl
import urllib.parse


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body) if self.body else {}

    def problem(self):
        """The problem's short name, or an empty string for any other answer."""
        try:
            kind = self.json().get("type", "")
        except (ValueError, AttributeError):
            return ""
        return kind.rsplit(":", 1)[-1]


class Unexpected(Exception):
    """An answer other than the one a step needs. It names no body: bodies hold identifiers."""


class Client:
    """One caller: a base URL, the authorities it trusts, the certificate it shows."""

    def __init__(self, base_url, ca, folder, timeout=10):
        parts = urllib.parse.urlsplit(base_url)
        self.where = (parts.hostname, parts.port)
        self.timeout = timeout
        self.context = ssl.create_default_context(cafile=ca)
        self.context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
        self.token = None

    def call(self, method, path, body=None, headers=None, form=None, raw=None):
        data, sent = self.prepared(body, headers, form)
        data = raw if raw is not None else data
        link = self.link()
        try:
            return self.exchange(link, method, path, data, sent)
        finally:
            link.close()

    def prepared(self, body=None, headers=None, form=None):
        """(content, headers) of a request: JSON of `body`, or `form` encoded."""
        sent = dict(headers or {})
        data = None
        if form is not None:
            data = urllib.parse.urlencode(form)
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif body is not None:
            data = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        return data, sent

    def link(self):
        return http.client.HTTPSConnection(*self.where, timeout=self.timeout,
                                           context=self.context)

    @staticmethod
    def exchange(link, method, path, data, headers):
        link.request(method, path, body=data, headers=headers)
        answer = link.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    def need(self, expected, method, path, body=None, **more):
        """As `call`, but raises `Unexpected` for any status but the expected one(s)."""
        answer = self.call(method, path, body, **more)
        allowed = expected if isinstance(expected, tuple) else (expected,)
        if answer.status not in allowed:
            raise Unexpected(f"{method} {path.split('?')[0]} answered {answer.status} "
                             f"{answer.problem()}, expected {expected}")
        return answer

    def sign_in(self, client):
        """Takes a token with the content of a client.json; later calls use it."""
        user = urllib.parse.quote(client["client_id"], safe="")
        secret = urllib.parse.quote(client["client_secret"], safe="")
        basic = base64.b64encode(f"{user}:{secret}".encode()).decode()
        answer = self.need(200, "POST", "/oauth2/token", form={"grant_type": "client_credentials"},
                           headers={"Authorization": f"Basic {basic}"})
        self.token = answer.json()["access_token"]
        return answer.json()


CHECKS = ("business", "availability", "messaging", "reputation", "spam")


def enrol(first, second, provider, name, cert_folder, scopes):
    """Takes a provider through application, checks and approval as two operators, and registers its
    certificate. Returns {"provider_id","client_id","client_secret"}."""
    applied = first.need(201, "POST", "/admin/v1/applications", {
        "provider_id": provider, "name": name, "contact": "operator on this machine",
        "website": f"https://{provider}.example", "apps": [f"{name} for phones"],
        "scopes": scopes}).json()
    application = f"/admin/v1/applications/{applied['id']}"
    for check in CHECKS:
        first.need(201, "POST", f"{application}/checks", {
            "check": check, "result": "pass", "evidence": "throw-away provider of a sandbox",
            "note": "made by the start script"})
    client = second.need(201, "POST", f"{application}/approve").json()
    with open(f"{cert_folder}/cert.pem", encoding="ascii") as file:
        pem = file.read()
    first.need((200, 201), "POST", f"/admin/v1/providers/{provider}/certificates", {"pem": pem})
    return client
