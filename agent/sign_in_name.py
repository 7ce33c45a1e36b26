"""How the name of an account becomes a scrambled one, on laptops and for the names of the directory.

A laptop sends HMAC-SHA-256 of a name's digest, under a key of its organisation that changes now and then. The
server keeps digests of the directory's names, and so finds whose it is while it keeps no name, also after
the key has changed. Standard library only, because both sides share it.
"""

import hmac
import re
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import NamedTuple

NAMES_MOST = 8
"""So many names a laptop tells at most; with two it is shared already."""
SCRAMBLED_BYTES = 16
"""Half of the hash, which RFC 2104 allows at least: so that NAMES_MOST fit into one text of the contract."""

NOBODYS = frozenset(
    {
        # Linux, and the first user of its images
        *("root", "nobody", "ubuntu", "debian", "fedora", "centos", "rocky", "almalinux", "opensuse", "core"),
        *("arch", "ec2-user", "cloud-user", "cloud", "azureuser", "opc", "vagrant", "pi", "liveuser", "live"),
        *("gdm", "sddm", "lightdm", "gnome-initial-setup", "oem"),
        # Windows
        *("administrator", "defaultaccount", "wdagutilityaccount", "guest", "system", "local service"),
        *("network service", "autopilot", "oobe"),
        # macOS
        *("_mbsetupuser", "_windowserver", "_securityagent"),
        # anywhere
        *(
            "admin",
            "user",
            "users",
            "setup",
            "install",
            "kiosk",
            "test",
            "temp",
            "gast",
            "invité",
            "invitado",
        ),
    }
)
"""Accounts of systems, of set-up and of kiosks. Only without a domain: those of a directory are its own."""
_NUMBERED = re.compile(r"(defaultuser|kioskuser|dwm-|umfd-|guest-?)\d*")
_GUEST = re.compile(r"(.+)_([^_@]+)#ext#@.+")
"""How Entra names a guest: anna_partner.example#EXT#@company.example."""


class Told(NamedTuple):
    """What a laptop says: the number of the key, and the scrambled names of the last days."""

    key: int
    names: tuple[str, ...]


def normalised(name: str) -> str:
    """One spelling of a name, whichever system wrote it; empty if it is nobody's.

    `EXAMPLE\\Anna` and `anna` are the same, `Anna@Example.org` is a name of its own.
    """
    text = unicodedata.normalize("NFKC", name).casefold().strip()
    text = text.rpartition("\\")[2].strip()
    guest = _GUEST.fullmatch(text)
    if guest:
        text = f"{guest[1]}@{guest[2]}"
    local, _, domain = text.partition("@")
    domain = domain.rstrip(".")
    if not local or (not domain and (local in NOBODYS or _NUMBERED.fullmatch(local))):
        return ""
    return f"{local}@{domain}" if domain else local


def digest(organisation: str, name: str) -> bytes:
    """Of a normalised name; two organisations have different ones of the same name."""
    return hmac.digest(organisation.encode(), name.encode(), "sha256")


def scrambled(key: bytes, name_digest: bytes) -> str:
    """What leaves the laptop instead of a name."""
    whole = hmac.digest(key, name_digest, "sha256")
    return urlsafe_b64encode(whole[:SCRAMBLED_BYTES]).rstrip(b"=").decode()


def written(key: int, names: Iterable[str]) -> str:
    """The text of the fact `signin_hmac`: in no order that would tell who came when."""
    return f"{key}:{' '.join(sorted(set(names))[:NAMES_MOST])}"


def read(text: str) -> Told | None:
    """None for a text that no agent of ours wrote."""
    number, colon, names = text.partition(":")
    if not colon or not number.isascii() or not number.isdigit() or len(number) > 9:
        return None
    return Told(int(number), tuple(names.split()[:NAMES_MOST]))
