"""Whom this laptop trusts over TLS: what its system trusts, so that a company's own authority counts too.

On Windows and macOS the system itself judges each certificate. Costs 4 MiB, so it is imported where TLS is
spoken and nowhere else.
"""

import os
import ssl
import sys

if sys.platform == "linux":
    from ssl import SSLContext
else:
    from truststore import SSLContext

FOLDERS = ("/etc/ssl/certs", "/etc/pki/ca-trust/extracted/pem/directory-hash")
"""Where Linux systems keep certificates by their hash, so that only those that are needed are read."""
FILES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, Red Hat
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine
)
NAMED_BY = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables by which OpenSSL is told of another trust store than its own."""


def trusting_system(ca_file: str = "") -> ssl.SSLContext:
    """Trusts the system's certificates, and those in `ca_file` beside them. OSError: that cannot be read."""
    context: ssl.SSLContext = SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    if sys.platform == "linux":
        _load_system(context)
    return context


def trusting_only(ca_file: str) -> ssl.SSLContext:
    """Trusts nothing but the certificates in this file. OSError: it cannot be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=ca_file)
    return context


def _load_system(context: ssl.SSLContext) -> None:
    file, folder = (os.environ.get(name) for name in NAMED_BY)
    by_hash = next((found for found in ((folder,) if folder else FOLDERS) if _is_by_hash(found)), None)
    if by_hash is not None and (not file or file in FILES):
        context.load_verify_locations(capath=by_hash)
        return
    context.load_default_certs()
    bundle = next((found for found in FILES if os.path.isfile(found)), None)
    if bundle is not None and not file:
        context.load_verify_locations(cafile=bundle)


def _is_by_hash(folder: str) -> bool:
    """Whether files there are named by the hash of their subject (openssl-rehash(1))."""
    return os.path.isdir(folder) and any(name.endswith(".0") for name in os.listdir(folder))
