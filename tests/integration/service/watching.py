"""What operators watch the service by: metrics and their page, alert rules, runbook, dashboard."""

import json
import os
import re
import subprocess
import tempfile

import yaml

from checks import Failed, same, test, true
from home import ROOT
from world import new_phone, new_user

PAGE = os.path.join("docs", "metrics.md")
RULES = os.path.join("config", "alerts.yaml")
CASES = os.path.join("tests", "integration", "service", "alerts_test.yaml")
BOARD = os.path.join("config", "grafana-dashboard.json")
RUNBOOK = os.path.join("docs", "runbook.md")
FOLDERS = ("actors", "app", "cluster", "delivery", "http", "storage", "telemetry")
# What Prometheus adds by itself.
ADDED = {"job", "instance", "le"}
PROBE = "glados_probe_"
NAME = re.compile(r"\bglados_[a-z0-9_]+")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def promtool(*words, folder=ROOT, stdin=subprocess.DEVNULL):
    try:
        done = subprocess.run(["promtool", *words], cwd=folder, capture_output=True, text=True,
                              check=False, stdin=stdin)
    except FileNotFoundError:
        raise Failed("there is no promtool: install Debian's package prometheus") from None
    true(done.returncode == 0, f"promtool {' '.join(words)}: {done.stdout}{done.stderr}")


def documented(probe=True):
    """{name: (type, labels)} of the tables of docs/metrics.md, those of the prober if wanted."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|([^|]*)\| (.+) \|$", read(PAGE), re.M)
    rows = [row for row in rows if probe or not row[0].startswith(PROBE)]
    found = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels, _ in rows}
    same(len(found), len(rows), "rows of the page, each metric once")
    return found


def published(text):
    """The same of what a node answers; the labels of families without a series are unknown."""
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M))
    labels = {}
    for name, inside in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.M):
        base = name if name in kinds else re.sub(r"_(bucket|sum|count)$", "", name)
        labels.setdefault(base, set()).update(re.findall(r'(\w+)="', inside))
    return {name: (kind, labels[name] - ADDED if name in labels else None)
            for name, kind in kinds.items()}


def in_sources():
    names = set()
    for folder in FOLDERS:
        for name in os.listdir(os.path.join(ROOT, folder)):
            if name.endswith((".cpp", ".hpp")):
                names |= set(re.findall(r'"(glados_\w+)"', read(os.path.join(folder, name))))
    return names


@test("watching: docs/metrics.md, a node and the sources have the same metrics")
def metrics_page(w):
    caller = w.main.known("alpha")
    caller.prove(new_phone(), new_user())
    told = published(w.main.admin().need(200, "GET", "/metrics").body.decode())
    page = documented(probe=False)
    same(sorted(page), sorted(told), "metrics of the page and of a node")
    same(sorted(page), sorted(in_sources()), "metrics of the page and of the sources")
    for name, (kind, labels) in told.items():
        same(page[name][0], kind, f"type of {name}")
        true(labels is not None, f"{name} has a series")
        same(page[name][1], labels, f"labels of {name}")


def rules():
    for group in yaml.safe_load(read(RULES))["groups"]:
        yield from group["rules"]


def hold_names(where, expression):
    """Every metric and label of an expression is one of the page."""
    page = documented()
    text = re.sub(r'"[^"]*"', '""', expression)
    allowed = set(ADDED)
    for name in NAME.findall(text):
        base = name if name in page else re.sub(r"_(bucket|sum|count)$", "", name)
        true(base in page, f"{where}: no metric {name}")
        true(base == name or page[base][0] == "histogram", f"{where}: {name} of no histogram")
        allowed |= page[base][1]
    used = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"\"", text))
    for inside in re.findall(r"\b(?:by|on|ignoring|without)\s*\(([^)]*)\)", text):
        used |= {word.strip() for word in inside.split(",") if word.strip()}
    same(sorted(used - allowed), [], f"{where}: labels that its metrics lack")


@test("watching: promtool takes the alert rules; each is complete and of metrics that exist")
def alert_rules(w):
    promtool("check", "rules", RULES)
    for rule in rules():
        name = rule["alert"]
        true(rule["labels"].get("severity") in ("page", "ticket"), f"severity of {name}")
        true(rule["annotations"].get("summary") and rule["annotations"].get("description"),
             f"summary and description of {name}")
        same(rule["annotations"].get("runbook"), f"{RUNBOOK}#{name.lower()}", f"runbook of {name}")
        hold_names(name, rule["expr"])


@test("watching: each alert fires when it should, alone, and is quiet just short of that")
def alert_cases(w):
    promtool("test", "rules", CASES)
    fires, quiet = [], []
    for case in yaml.safe_load(read(CASES))["tests"]:
        asked = case.get("promql_expr_test", [])
        for one in asked:
            same(one["expr"], 'sum by (alertname) (ALERTS{alertstate="firing"})', "the question")
        if not asked:
            continue
        name, how = case["name"].split(" ", 1)
        told = [sample["labels"] for one in asked for sample in one["exp_samples"]]
        same(told, [f'{{alertname="{name}"}}'] if how == "fires" else [], case["name"])
        (fires if how == "fires" else quiet).append(name)
    names = sorted(rule["alert"] for rule in rules())
    same((sorted(fires), sorted(quiet)), (names, names), "alerts with both cases")


def sections(text):
    """{anchor: section} of the level-two headings of a page."""
    parts = re.split(r"^## (.+)$", text, flags=re.M)
    return {title.lower().replace(" ", "-"): body
            for title, body in zip(parts[1::2], parts[2::2])}


def hold_command(glados, line):
    """The program has the command of this line, and each of its options."""
    words = line.split()
    name = [word for word in words[1:4] if re.fullmatch(r"[a-z-]+", word)]
    if words[1] != "admin":
        name = name[:2]
    while True:
        done = subprocess.run([glados, *name, "--help"], capture_output=True, text=True,
                              check=False)
        if done.returncode == 0 or len(name) == 1:
            break
        name.pop()  # a word that was a name already
    true(done.returncode == 0 and len(name) > 1, f"no command: {line}")
    for option in re.findall(r"--[a-z-]+", line):
        true(option in done.stdout, f"no option {option}: {line}")


@test("watching: each alert has its section in the runbook, whose commands exist")
def runbook(w):
    text = read(RUNBOOK)
    found = sections(text)
    names = [rule["alert"] for rule in rules()]
    same(sorted(found), sorted(name.lower() for name in names), "sections of the runbook")
    for name in names:
        body = found[name.lower()]
        at = [body.find(word) for word in ("**Means**: ", "**Do**:\n```sh\n", "**Wake**: ")]
        true(-1 < at[0] < at[1] < at[2], f"{name} says what it means, what to do, whom to wake")
    for anchor in re.findall(r"\]\(#([\w-]+)\)", text):
        true(anchor in found, f"the link #{anchor} of the runbook")
    for page, anchor in re.findall(r"\]\((\w+\.md)#([\w-]+)\)", text + read(PAGE)):
        titles = re.findall(r"^#+ (.+)$", read(os.path.join("docs", page)), re.M)
        true(anchor in {title.lower().replace(" ", "-") for title in titles}, f"{page}#{anchor}")
    commands = re.findall(r"`(glados [^`\n]+)`", text)
    for block in re.findall(r"```sh\n(.*?)```", text, re.S):
        commands += [line.split("#")[0].strip() for line in block.splitlines()
                     if line.startswith("glados ")]
    for line in sorted(set(commands)):
        if len(line.split()) > 2:  # `glados admin` alone is the program
            hold_command(w.glados, line)


def panels():
    for panel in json.loads(read(BOARD))["panels"]:
        if panel["type"] != "row":
            yield panel


@test("watching: the dashboard's panels are whole, apart, and of metrics that exist")
def dashboard(w):
    board = json.loads(read(BOARD))
    ids = [panel["id"] for panel in board["panels"]]
    same(len(ids), len(set(ids)), "ids of panels")
    taken, expressions, shown = {}, [], set()
    for panel in panels():
        title = panel["title"]
        true(panel.get("description"), f"description of {title}")
        true(panel["fieldConfig"]["defaults"].get("unit"), f"unit of {title}")
        true(panel["targets"], f"something to see in {title}")
        at = panel["gridPos"]
        for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"])
                     for y in range(at["y"], at["y"] + at["h"])):
            true(cell[0] < 24, f"{title} leaves the page")
            true(cell not in taken, f"{title} lies over {taken.get(cell)}")
            taken[cell] = title
        for target in panel["targets"]:
            hold_names(title, target["expr"])
            true(PROBE in target["expr"] or 'instance=~"$node"' in target["expr"],
                 f"{title} obeys the choice of a node")
            expressions.append(target["expr"])
    for text in expressions:
        shown |= set(NAME.findall(text))
    missing = [name for name, (kind, _) in documented().items()
               if name not in shown and name + "_bucket" not in shown]
    same(missing, [], "metrics on no panel")
    parse_all(expressions)


def parse_all(expressions):
    """promtool reads every expression, as Grafana would send it."""
    listed = [{"record": f"panel:{number}", "expr": text.replace("$__rate_interval", "5m").replace(
        "$node", ".*")} for number, text in enumerate(expressions)]
    with tempfile.TemporaryDirectory(prefix="glados-rules-") as folder:
        with open(os.path.join(folder, "panels.yaml"), "w", encoding="utf-8") as file:
            yaml.safe_dump({"groups": [{"name": "panels", "rules": listed}]}, file)
        promtool("check", "rules", "panels.yaml", folder=folder)
