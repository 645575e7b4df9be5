"""The authorities of a sandbox and what they sign: listeners, operators, providers, nodes."""

import os

import certificates
import processes


def make(home, providers, operators):
    """Everything that one node needs; `operators` are roles by name."""
    at = home.at
    authorities = {}
    for kind in ("provider", "admin"):
        authorities[kind] = at("tls", f"{kind}-authority")
        certificates.make_authority(authorities[kind], f"GLADOS {kind} authority")
        certificates.make_leaf(at("tls", kind), f"GLADOS {kind} listener", authorities[kind])
    both = ""
    for folder in authorities.values():
        with open(os.path.join(folder, "cert.pem"), encoding="ascii") as file:
            both += file.read()
    processes.write_atomically(at("ca.pem"), both)
    rows = []
    for name, role in operators.items():
        certificates.make_leaf(at("admin", name), name, authorities["admin"])
        rows.append(f"{role} {name} {certificates.thumbprint(at('admin', name, 'cert.pem'))}\n")
    processes.write_atomically(at("tls", "admin-certificates"), "".join(rows))
    for name in providers:
        certificates.make_leaf(at("providers", name), name, authorities["provider"])


def make_nodes(home, numbers):
    """What nodes show each other, where it is missing. Their authority signs nothing else: whoever
    holds one of its certificates is a node."""
    authority = home.at("tls", "cluster-authority")
    if not os.path.exists(os.path.join(authority, "cert.pem")):
        certificates.make_authority(authority, "GLADOS cluster authority")
    for number in numbers:
        folder = home.at("tls", f"node-{number}")
        if not os.path.exists(os.path.join(folder, "cert.pem")):
            certificates.make_leaf(folder, f"node-{number}", authority)


def write_profiles(home, url, operators):
    """admin/admin.toml, for `glados admin --profile-file`: one profile an operator."""
    lines = ['default = "operator"']
    for name in operators:
        lines += ["", f"[profile.{name}]", f'url = "{url}"', 'ca = "../ca.pem"',
                  f'certificate = "{name}/cert.pem"', f'key = "{name}/key.pem"']
    processes.write_atomically(home.at("admin", "admin.toml"), "\n".join(lines) + "\n")
