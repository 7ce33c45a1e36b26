"""Names of accounts on macOS: the identity provider's where an account is tied to one, else the short name.

The single sign-on of the system writes `PlatformSSO:name` beside the account, programs for signing in write
NetworkUser; a Mac of an Active Directory domain knows the domain.
"""

import plistlib
import pwd
import subprocess
import sys
from collections.abc import Callable, Sequence
from xml.parsers.expat import ExpatError

assert sys.platform != "win32"

SECONDS = 5.0
NETWORK_USER, IDENTITIES = "dsAttrTypeStandard:NetworkUser", "dsAttrTypeStandard:AltSecurityIdentities"
SSO = "PlatformSSO:"
DOMAIN = "Active Directory Domain"

Output = Callable[[Sequence[str]], bytes]


def output_of(command: Sequence[str]) -> bytes:
    """What a program of the system prints; nothing where it fails or is not there."""
    try:
        return subprocess.run(command, capture_output=True, timeout=SECONDS, check=False).stdout  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return b""


def name_of(account: str, output: Output = output_of) -> str:
    short = _short_name(account)
    return tied_to(short, output) if short else ""


def tied_to(short: str, output: Output) -> str:
    """The name at the identity provider that the account with this short name is tied to, else that name."""
    values = attribute(output(_dscl(short, IDENTITIES)), IDENTITIES)
    sso = next((value.removeprefix(SSO) for value in values if value.startswith(SSO)), "")
    network = attribute(output(_dscl(short, NETWORK_USER)), NETWORK_USER)
    domain = ad_domain(output(("/usr/sbin/dsconfigad", "-show")))
    found = sso or next(iter(network), "")
    return found or (f"{short}@{domain}" if domain else short)


def attribute(printed: bytes, name: str) -> list[str]:
    """Values that dscl printed as a property list; what stands before it says which name is missing."""
    try:
        found = plistlib.loads(printed[printed.index(b"<?xml") :]).get(name, [])
    except (ValueError, ExpatError, AttributeError, plistlib.InvalidFileException):
        return []
    return [value for value in found if isinstance(value, str)] if isinstance(found, list) else []


def ad_domain(printed: bytes) -> str:
    """The domain that dsconfigad printed; empty on a Mac that belongs to none."""
    for line in printed.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == DOMAIN:
            return value.strip()
    return ""


def _dscl(short: str, name: str) -> Sequence[str]:
    return ("/usr/bin/dscl", "-plist", ".", "-read", f"/Users/{short}", name)


def _short_name(account: str) -> str:
    try:
        return pwd.getpwuid(int(account)).pw_name
    except (KeyError, ValueError, OverflowError):
        return ""
