"""The life of the package on a machine: from the first installation to the purge. The functions of
`LIFE` run in that order; the first one is the walk of docs/operations.md, whose three nodes, two
operators and one provider the others go on with."""

import json
import os
import re
import shutil
import subprocess
import time

import page
from machine import Wrong

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAGE = os.path.join(ROOT, "docs", "operations.md")
NODES = ("glados@1", "glados@2", "glados@3")
TOLD_SECONDS = 1  # until every node refuses what was taken back
PORTS = ("8441", "8442", "8443")
LARGEST_EXPOSURE = 1.5  # of systemd-analyze security, which counts from 0 (none) to 10
# As an upgrade without a person does it: an edited glados.toml stays.
INSTALL = "apt-get install -y -o Dpkg::Options::=--force-confold"
SETTLED = ("for i in $(seq 300); do glados admin cluster status | grep -q 'without owner *0$' && "
           "exit 0; sleep 0.1; done; exit 1")


AS_ALPHA = "curl -sS --cacert pki/server/cert.pem --cert alpha.pem --key alpha.key "
# What a node publishes about its keys.
PUBLISHED = AS_ALPHA + "https://127.0.0.1:8442/.well-known/glados"
LOOKUP = (AS_ALPHA + "-H \"Authorization: Bearer $(cat token)\" "
          "-H 'Content-Type: application/json' -d '{\"sii\":\"tel:+14155550123\"}' "
          "https://127.0.0.1:8443/v1/lookup")


def told(seen):
    """What the asker saw, in words. No question may be lost or put off."""
    if seen["answered"] < 100 or seen["failed"] or seen["put_off"]:
        raise Wrong(str(seen))
    return (f"{seen['answered']} answers, none lost or put off, {seen['moved']} asked at the next "
            f"node, longest {seen['longest_ms']} ms")


class Life:
    """What the tests share: the machine, the package, and a folder of their own."""

    def __init__(self, machine, package, folder):
        self.machine = machine
        self.package = package
        self.folder = folder
        self.asking = self.post = None
        self.identity = "alpha.pem alpha.key"  # of the provider

    def need(self, truth, what):
        if not truth:
            raise Wrong(what)

    def main_pid(self, unit):
        return self.machine.need(f"systemctl show -P MainPID {unit}").strip()

    def pids(self):
        return {unit: self.main_pid(unit) for unit in NODES}

    def version(self):
        return self.machine.need("dpkg-query -W -f '${Version}' glados")

    def remade(self, version, change):
        """The package again, as another version, after `change(folder)`."""
        folder = os.path.join(self.folder, version)
        subprocess.run(["dpkg-deb", "-R", self.package, folder], check=True)
        control = os.path.join(folder, "DEBIAN", "control")
        with open(control, encoding="utf-8") as file:
            text = file.read()
        with open(control, "w", encoding="utf-8") as file:
            file.write(re.sub(r"(?m)^Version: .*$", f"Version: {version}", text))
        change(folder)
        made = os.path.join(self.folder, version + ".deb")
        subprocess.run(["dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "-b", folder, made],
                       check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder)
        self.machine.put(made, f"{version}.deb")
        return f"./{version}.deb"

    def sign_in(self, secret, node=PORTS[0]):
        """Puts a token for the provider into the file `token`."""
        certificate, key = self.identity.split()
        with open(os.path.join(HERE, "sign_in.sh"), encoding="utf-8") as file:
            self.machine.need(f"set -- {certificate} {key} {secret} {node}\n{file.read()}")

    def walk(self, name):
        """Runs one walk of the page; the number of its blocks."""
        with open(PAGE, encoding="utf-8") as file:
            found = page.blocks(file.read(), name)
        self.need(found, f"the page has lost its walk {name}")
        return len(list(page.run(found, self.machine.enter())))

    def begin_asking(self):
        self.machine.put(os.path.join(HERE, "asker.py"), "asker.py")
        command = f"cd; exec python3 asker.py pki/server/cert.pem {self.identity} token "
        self.asking = subprocess.Popen(self.machine.enter("bash", "-c", command + " ".join(PORTS)),
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def close(self):
        for process in (self.asking, self.post):
            if process is not None:
                process.kill()
                process.wait()

    def end_asking(self):
        said, _ = self.asking.communicate(timeout=60)
        self.asking = None
        return json.loads(said)


def walk_the_page(life):
    """every command of docs/operations.md, from the package to three nodes and a provider"""
    life.machine.put(life.package, os.path.basename(life.package))
    return f"{life.walk('trial')} blocks"


def belongings(life):
    """the files belong to whom they should, completion and manual are found"""
    wanted = {"/etc/glados": "root glados 750", "/etc/glados/tls": "root glados 750",
              "/etc/glados/glados.toml": "root root 644", "/var/lib/glados": "glados glados 700",
              "/var/lib/glados/1": "glados glados 700", "/etc/glados/keys": "glados glados 700"}
    for path, owner in wanted.items():
        seen = life.machine.need(f"stat -c '%U %G %a' {path}").strip()
        life.need(seen == owner or path == "/etc/glados/tls", f"{path}: {seen}")
    shell = life.machine.need("getent passwd glados").strip().split(":")
    life.need(shell[5:] == ["/var/lib/glados", "/usr/sbin/nologin"], str(shell))
    life.machine.need("source /usr/share/bash-completion/completions/glados; complete -p glados")
    text = life.machine.need("zcat /usr/share/man/man8/glados.8.gz")
    life.need("@" not in re.sub(r"glados@NAME", "", text), "the manual has a gap")


def sound_units(life):
    """systemd finds nothing to say against the units, and little that they could do"""
    units = [f"/lib/systemd/system/{name}.service" for name in ("glados", "glados@",
                                                                "glados-probe")]
    said = life.machine.need(f"systemd-analyze verify --man=no {' '.join(units)} 2>&1")
    life.need("glados" not in said, said)
    exposures = []
    for unit in (units[0], units[2]):
        said = life.machine.need("systemd-analyze security --no-pager --offline=true "
                                 f"{unit} | tail -n 1")
        exposures.append(float(re.search(r"service: ([0-9.]+) ", said)[1]))
        life.need(exposures[-1] <= LARGEST_EXPOSURE, said)
    return f"exposure {exposures} of 10"


def confinement(life):
    """a serving node is confined: no capability, no other program, nothing to write"""
    pid = life.main_pid(NODES[0])
    status = life.machine.need(f"cat /proc/{pid}/status")
    for wanted in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1",
                   "Seccomp:\t2"):
        life.need(wanted in status, f"{wanted} is not in\n{status}")
    life.need(life.machine.need(f"ps -o user= -p {pid}").strip() == "glados", "its user")
    limits = life.machine.need(f"cat /proc/{pid}/limits")
    life.need(re.search(r"Max core file size +0 +0", limits), limits)
    most = life.machine.need("awk '/open files/ { print $5 }' /proc/1/limits").strip()
    # Where this machine may not raise its own limit, systemd gives what there is.
    life.need(re.search(rf"Max open files +(262144|{most}) +", limits), limits)
    inside = f"nsenter -t {pid} -m "
    for what, word in ((inside + "/usr/bin/true", "Permission denied"),
                       (inside.replace(" -m ", " -m -r ") + "/usr/bin/env true", "Permission")):
        code, said = life.machine.run(what)
        life.need(code != 0 and word in said, f"{what}: {code} {said}")
    mounts = life.machine.need(f"cat /proc/{pid}/mounts")
    for line in mounts.splitlines():
        place, options = line.split()[1], line.split()[3].split(",")
        if place in ("/", "/etc", "/usr", "/var"):
            life.need("ro" in options, line)
    for unit in NODES:
        said = life.machine.need(f"systemctl show -P StatusText {unit}").strip()
        life.need(said == "serving", f"{unit}: {said}")


def reload(life):
    """a reload takes a new operator in, and ends no node"""
    before = life.pids()
    life.machine.need(
        "glados pki issue ~/pki operator ada --role auditor --out ~/ada | sed -n 's/^row *//p' "
        ">> /etc/glados/admin-certificates; systemctl reload 'glados@*'")
    call = ("glados admin --url https://127.0.0.1:9443 --ca ~/pki/server/cert.pem "
            "--cert ~/ada/cert.pem --key ~/ada/key.pem whoami")
    said = life.machine.need(f"for i in $(seq 50); do {call} && exit 0; sleep 0.1; done; exit 1")
    life.need("auditor" in said, said)
    life.need(life.pids() == before, "a node was restarted")


def quota(life):
    """two operators raise the quota of the provider, for the load that follows"""
    raised = "providers quota alpha --lookup-daily 100000000"
    code, said = life.machine.run(f"glados admin {raised}")
    life.need(code == 4, f"{code}: {said}")
    life.machine.need(f"glados admin --profile ben {raised}")
    life.sign_in("alpha.secret")


def rotation(life):
    """every key that the page rotates is another one afterwards, and no question is lost"""
    shown = ("for port in 8441 8442 8443 7441 7442 7443; do openssl s_client -connect "
             "127.0.0.1:$port < /dev/null 2> /dev/null | openssl x509 -noout -fingerprint; done")
    before, keys = life.machine.need(shown).split(), life.machine.need(PUBLISHED)
    life.begin_asking()
    blocks = life.walk("rotate")
    seen = life.end_asking()
    said_of_load = told(seen)
    after = life.machine.need(shown).split()
    life.need(len(after) == 12 and not {*before[1::2]} & {*after[1::2]}, f"{before} {after}")
    added = life.machine.need(PUBLISHED).count('"kid"') - keys.count('"kid"')
    life.need(added == 2, f"{added} new keys that sign")
    signers = "python3 -c 'import json; print(len(json.load(open(\"audit.state\"))[\"keys\"]))'"
    life.need(life.machine.need(signers).strip() == "2", "the auditor believes another number")
    life.machine.need("redis-cli --user glados -a \"$(cat redis.glados-2)\" PING | grep PONG")
    code, said = life.machine.run("redis-cli --user glados -a \"$(cat redis.glados)\" PING")
    life.need("PONG" not in said, f"{code}: {said}")
    code, said = life.machine.run(
        "glados admin --url https://127.0.0.1:9442 --ca pki/server/cert.pem "
        "--cert anna/cert.pem --key anna/key.pem whoami")
    life.need(code == 1, f"{code}: {said}")
    return f"{blocks} blocks, {said_of_load}"


def retirement(life):
    """what the provider had before is refused, and what it has now is good"""
    life.need('"status":404' in life.machine.need(LOOKUP), "the old ones before")
    life.walk("retire")
    until = time.monotonic() + TOLD_SECONDS
    code, said = life.machine.run(LOOKUP)
    while '"status":401' not in said and time.monotonic() < until:
        code, said = life.machine.run(LOOKUP)
    life.need('"status":401' in said, f"{code}: {said}")
    life.identity = "alpha-2.pem alpha-2.key"
    life.sign_in("alpha.secret-2")


def prober(life):
    """the prober's unit proves its canary by a mail, and its metrics say so"""
    life.machine.need("cp pki/server/cert.pem /usr/local/share/ca-certificates/pki.crt; "
                      "update-ca-certificates 2>&1")
    life.machine.put(os.path.join(HERE, "letterbox.py"), "letterbox.py")
    life.post = subprocess.Popen(life.machine.enter(
        "bash", "-c", "cd; umask 0; exec python3 letterbox.py server-2/cert.pem server-2/key.pem "
        "/var/lib/glados-probe/mail"))
    life.walk("prober")
    metrics, wanted = "/var/lib/glados-probe/glados-probe.prom", "glados_probe_success 1"
    code, said = life.machine.run(f"for i in $(seq 300); do grep -qx '{wanted}' {metrics} && "
                                  "exit 0; sleep 0.1; done; exit 1")
    if code != 0:
        raise Wrong(said + life.machine.run(f"cat {metrics}; journalctl -u glados-probe")[1])
    life.need(life.machine.need(f"stat -c %a {metrics}").strip() == "644", "who may read it")
    pid = life.main_pid("glados-probe")
    life.need(life.machine.need(f"ls -A /proc/{pid}/cwd/etc/glados/keys") == "",
              "it sees the keys of the service")


def upgrade(life):
    """an upgrade restarts node after node under load: no question is lost, edits and data stay"""
    life.machine.need("echo '# an edit of the operator' >> /etc/glados/glados.toml")
    before, old = life.pids(), life.version()

    def change(folder):
        with open(folder + "/etc/glados/glados.toml", "a", encoding="utf-8") as file:
            file.write("# a line of the next version\n")

    path = life.remade(old + "+next", change)
    life.machine.need(SETTLED)
    life.begin_asking()
    life.machine.need(f"{INSTALL} {path}")
    life.machine.need(SETTLED)
    seen = life.end_asking()
    life.need(life.version() == old + "+next", life.version())
    after = life.pids()
    for unit in NODES:
        life.need(after[unit] not in ("0", before[unit]), f"{unit} was not restarted")
        runs = life.machine.need(f"readlink /proc/{after[unit]}/exe").strip()
        life.need(runs == "/usr/bin/glados", f"{unit} runs {runs}")
    text = life.machine.need("cat /etc/glados/glados.toml")
    life.need("an edit of the operator" in text and "next version" not in text, text)
    life.need("alpha" in life.machine.need("glados admin providers list"), "data was lost")
    return told(seen)


def broken_upgrade(life):
    """a version that does not start stops at the first node, says so, and can be taken back"""
    before, good = life.pids(), life.version()

    def change(folder):
        with open(folder + "/usr/bin/glados", "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexit 1\n")

    path = life.remade(good + "+broken", change)
    code, said = life.machine.run(f"{INSTALL} {path}")
    life.need(code != 0 and "does not start in version" in said, f"{code}: {said}")
    after = life.pids()
    life.need(sum(after[unit] == before[unit] for unit in NODES) == 2, f"{before} -> {after}")
    life.machine.need(f"{INSTALL} --allow-downgrades ./{good}.deb")
    life.machine.need(SETTLED)
    life.need(life.version() == good, life.version())
    life.machine.need("systemctl is-active " + " ".join(NODES))


def removal(life):
    """removal ends the nodes and keeps configuration, keys and data for the next installation"""
    good = life.version()
    kept = ("find /etc/glados /var/lib/glados -type f ! -name '*.dpkg-*' | sort | "
            "xargs sha256sum")
    before = life.machine.need(kept)
    life.machine.need("apt-get remove -y glados")
    life.need(life.machine.run("pgrep -x glados")[0] == 1, "a node lives on")
    life.need(life.machine.run("test -e /usr/bin/glados")[0] == 1, "the program is there")
    life.need(life.machine.need(kept) == before, "what was kept has changed")
    life.machine.need(f"{INSTALL} ./{good}.deb")
    life.machine.need("systemctl start " + " ".join(NODES))
    life.machine.need(SETTLED)
    life.need("alpha" in life.machine.need("glados admin providers list"), "data was lost")


def purge(life):
    """a purge leaves nothing but the user"""
    life.machine.need("apt-get purge -y glados")
    left = life.machine.need(
        "find /etc /usr /var/lib /lib -name '*glados*' ! -path '/etc/redis/*' "
        "! -path '/var/lib/redis/*' ! -path '/etc/systemd/system/*redis-server@glados*' "
        "! -path '/var/lib/systemd/*' -print 2>/dev/null | grep -v '/proc/' || true")
    shown = [path for path in left.split() if not path.startswith(ROOT)]
    life.need(not shown, " ".join(shown))
    life.machine.need("getent passwd glados")


LIFE = (walk_the_page, belongings, sound_units, confinement, reload, quota, rotation,
        retirement, prober, upgrade, broken_upgrade, removal, purge)
