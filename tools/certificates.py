"""A throw-away certificate authority, made with the openssl command: EC P-256 keys without a
passphrase, certificates for both sides of a connection on this machine."""

import hashlib
import os
import secrets
import ssl
import subprocess
import tempfile

# Who shows a certificate may be reached by these.
ADDRESSES = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"]

_SETTINGS = """
[req]
distinguished_name = subject
prompt = no
string_mask = utf8only
[subject]
CN = {name}
O = GLADOS sandbox
[authority]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = {addresses}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def _make(folder, name, kind, more):
    os.makedirs(folder, mode=0o700, exist_ok=True)
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    with tempfile.NamedTemporaryFile("w", suffix=".cnf") as settings:
        settings.write(_SETTINGS.format(name=name, addresses=",".join(ADDRESSES)))
        settings.flush()
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:prime256v1", "-nodes", "-sha256", "-days", "3650",
                   "-config", settings.name, "-extensions", kind, "-keyout", key, "-out", cert,
                   "-set_serial", f"0x{secrets.token_hex(16)}", *more]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl could not make a certificate for {name}: {done.stderr}")
    os.chmod(key, 0o600)
    os.chmod(cert, 0o600)


def make_authority(folder, name):
    """folder/{cert,key}.pem of an authority that may sign leaves only."""
    _make(folder, name, "authority", [])


def make_leaf(folder, name, authority=None):
    """folder/{cert,key}.pem signed by the authority in that folder, or by itself without one."""
    signer = []
    if authority is not None:
        signer = ["-CA", os.path.join(authority, "cert.pem"),
                  "-CAkey", os.path.join(authority, "key.pem")]
    _make(folder, name, "leaf", signer)


def thumbprint(cert):
    """SHA-256 of the certificate in lower-case hex, as the service names certificates."""
    with open(cert, encoding="ascii") as file:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest()
