"""Whether an agreement was countersigned: RSASSA-PSS with SHA-384 over its canonical bytes.

A key is known by the SHA-256 of its SubjectPublicKeyInfo, as `openssl pkey -pubout -outform DER | sha256sum`
prints it. Apart from `agent.agreed.policy`, because the service need not keep this in memory.
"""

import hashlib
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Any

from agent.agreed.agreement import canonical
from agent.pulse.blind import PublicKey, verify

KEY_BYTES = 384
"""Keys have 3072 bits and the exponent 65537: they are good for as long as agreements live."""
HAND_OVERS_MOST = 20
"""Editions in which a hand-over is looked for: each costs a signature to verify."""
_BEFORE = bytes.fromhex("308201a2300d06092a864886f70d01010105000382018f003082018a0282018100")
_AFTER = bytes.fromhex("0203010001")


def fingerprint(modulus: bytes) -> str:
    """The name of a key."""
    return hashlib.sha256(_BEFORE + modulus + _AFTER).hexdigest()


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document's canonical bytes. Raises Unreadable."""
    return hashlib.sha256(canonical(document)).hexdigest()


def signed_by(agreement: Mapping[str, Any]) -> str:
    """Fingerprint of the key that signed this agreement's document; empty if no signature fits it."""
    key, signature = _bytes(agreement.get("key")), _bytes(agreement.get("signature"))
    document = agreement.get("document")
    if len(key) != KEY_BYTES or key[0] < 0x80 or not isinstance(document, dict):
        return ""
    good = verify(PublicKey(int.from_bytes(key)), canonical(document), signature)
    return fingerprint(key) if good else ""


def successor(agreement: Mapping[str, Any], pinned: str) -> str:
    """The key that signs now in place of the pinned one, by hand-overs that each key before has signed.

    An edition hands over by naming the fingerprint of the `next_key`. `handed_over` are earlier editions that
    did, for laptops that were away then. Raises Unreadable.
    """
    earlier = agreement.get("handed_over")
    known = earlier[:HAND_OVERS_MOST] if isinstance(earlier, list) else []
    editions = [edition for edition in (*known, agreement) if _hands_over(edition)]
    handed = {signed_by(edition): edition["document"]["next_key"] for edition in editions}
    handed.pop("", None)
    while pinned in handed:
        pinned = handed.pop(pinned)
    return pinned


def _hands_over(edition: object) -> bool:
    document = edition.get("document") if isinstance(edition, dict) else None
    following = document.get("next_key") if isinstance(document, dict) else None
    return isinstance(following, str) and re.fullmatch(r"[0-9a-f]{64}", following) is not None


def _bytes(text: object) -> bytes:
    try:
        return b64decode(text, validate=True) if isinstance(text, str) else b""
    except (NotBase64, ValueError):
        return b""
