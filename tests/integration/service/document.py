"""The published OpenAPI document, and what every answer is held to by it."""

import json
import re
import warnings

import embed_openapi
import yaml

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jsonschema
    from jsonschema import Draft202012Validator, RefResolver

METHODS = ("get", "put", "post", "delete", "patch")


class Violation(Exception):
    """An answer that the document does not know."""


class Document:
    """Read once, asked for every answer; remembers what was provoked."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            text = yaml.load(file, Loader=embed_openapi.Strict)
        self.tree = embed_openapi.text_keys(text)
        self.tree.pop("x-shared", None)
        self.seen = {}
        self.problems = set()  # (status, name) of every problem that was answered
        self._resolver = RefResolver("", self.tree)
        self._validators = {}
        self._operations = []
        for path_text, item in self.tree["paths"].items():
            pattern = re.compile(re.sub(r"\\\{[^}]*\\\}", "([^/]+)", re.escape(path_text)) + r"\Z")
            for method in METHODS:
                if method in item:
                    self._operations.append((method.upper(), pattern, item[method]))

    def operations(self):
        return [operation for _, _, operation in self._operations]

    def find(self, method, path):
        """The operation, or None for a request that belongs to none."""
        bare = path.split("?")[0]
        found = [(pattern.groups, operation) for known, pattern, operation in self._operations
                 if known == ("GET" if method == "HEAD" else method) and pattern.match(bare)]
        return min(found, key=lambda pair: pair[0])[1] if found else None

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            node = self._resolver.resolve(node["$ref"])[1]
        return node

    def valid(self, schema, value):
        mark = json.dumps(schema, sort_keys=True)
        if mark not in self._validators:
            self._validators[mark] = Draft202012Validator(schema, resolver=self._resolver)
        return next(iter(self._validators[mark].iter_errors(value)), None)

    def hold(self, method, path, answer):
        """Raises `Violation` unless the document lists such an answer."""
        where = f"{method} {re.sub(r'sii=.*', 'sii=', path)} -> {answer.status}"
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", answer.headers.get("X-Request-Id") or ""):
            raise Violation(f"{where}: no X-Request-Id")
        if (answer.headers.get("Content-Type") or "").startswith("application/problem+json"):
            self.problems.add((answer.status, answer.problem()))
        operation = self.find(method, path)
        if operation is None:
            return
        listed = operation["responses"]
        if str(answer.status) not in listed:
            raise Violation(f"{where}: {operation['operationId']} lists no such status "
                            f"({answer.problem()})")
        self.seen.setdefault(operation["operationId"], set()).add(str(answer.status))
        response = self.resolve(listed[str(answer.status)])
        self._hold_headers(where, response, answer)
        if method != "HEAD":
            self._hold_body(where, response, answer)

    def _hold_headers(self, where, response, answer):
        for name, node in response.get("headers", {}).items():
            header = self.resolve(node)
            text = answer.headers.get(name)
            if text is None:
                if header.get("required"):
                    raise Violation(f"{where}: header {name} is missing")
                continue
            schema = self.resolve(header.get("schema", {}))
            value = text
            if schema.get("type") in ("integer", "number"):
                value = int(text) if text.lstrip("-").isdigit() else text
            why = self.valid(header.get("schema", {}), value)
            if why is not None:
                raise Violation(f"{where}: header {name}: {why.message}")

    def _hold_body(self, where, response, answer):
        content = response.get("content")
        if not content:
            if answer.body:
                raise Violation(f"{where}: a body where the document has none")
            return
        kind = (answer.headers.get("Content-Type") or "").split(";")[0].strip()
        if kind not in content:
            raise Violation(f"{where}: content type {kind!r}, the document has {list(content)}")
        if kind.endswith("json") and kind != "application/x-ndjson":
            try:
                value = json.loads(answer.body)
            except ValueError:
                raise Violation(f"{where}: the body is no JSON") from None
        else:
            value = answer.body.decode()
        why = self.valid(content[kind].get("schema", {}), value)
        if why is not None:
            place = "/".join(str(part) for part in why.absolute_path)
            raise Violation(f"{where}: body at /{place}: {why.message[:300]}")

    def never_provoked(self):
        """{operationId: statuses} that the document lists and nothing provoked."""
        out = {}
        for operation in self.operations():
            name = operation["operationId"]
            missing = sorted(set(operation["responses"]) - self.seen.get(name, set()))
            if missing:
                out[name] = missing
        return out


def check_schema(tree):
    """Every schema of the document is one (2020-12)."""
    for name, schema in tree["components"]["schemas"].items():
        try:
            Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as why:
            raise Violation(f"schema {name}: {why.message}") from None
