"""Both halves of the demo company's tokens (docs/pulse.md).

This is the one place where the server plays laptops, and so the one that uses the laptop's half of the
blind signatures.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from agent.pulse.blind import Blinded, PublicKey, blind, finalize, new_token
from server.pulse.blind_sign import SigningKey, blind_sign


@dataclass(frozen=True)
class Asked:
    """A token of a laptop on its way to be signed under a label."""

    label: str
    token: bytes
    public: PublicKey
    blinded: Blinded


def ask(label: str, modulus: bytes) -> Asked:
    """A fresh token, blinded for the published key of this label."""
    public, token = PublicKey(int.from_bytes(modulus)), new_token()
    return Asked(label, token, public, blind(public, token))


def signatures(wanted: Iterable[tuple[Asked, SigningKey]]) -> list[bytes]:
    """Signed blind by the server, and finished by the laptop. Takes most of the time of a load."""
    return [
        finalize(asked.public, asked.token, blind_sign(key, asked.blinded.message), asked.blinded.inverse)
        for asked, key in wanted
    ]
