"""People who countersign agreements, each with a key of their own: for tests of both sides."""

import functools
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA384

from agent.agreed.agreement import built_in_document, canonical
from agent.agreed.countersign import digest, fingerprint
from agent.config import Config
from agent.store.identity import load_identity

COUNCIL, SOMEBODY_ELSE = "council", "somebody else"


@functools.cache
def key_of(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 3072)


def modulus_of(name: str) -> bytes:
    return key_of(name).public_key().public_numbers().n.to_bytes(384)


def fingerprint_of(name: str) -> str:
    return fingerprint(modulus_of(name))


def edition(number: int = 1, **parts: Any) -> dict[str, Any]:
    """The built-in agreement with other parts."""
    return built_in_document() | {"number": number} | parts


def signature(document: Mapping[str, Any], by: str = COUNCIL) -> bytes:
    pss = padding.PSS(mgf=padding.MGF1(SHA384()), salt_length=48)
    return key_of(by).sign(canonical(document), pss, SHA384())


def signed(document: Mapping[str, Any], by: str = COUNCIL) -> dict[str, Any]:
    """An agreement as a collector shows it."""
    return {
        "hash": digest(document),
        "agreed": True,
        "text": "",
        "document": document,
        "signature": b64encode(signature(document, by)).decode(),
        "key": b64encode(modulus_of(by)).decode(),
    }


def trust(config: Config, whom: str = COUNCIL) -> None:
    """This laptop was enrolled under an agreement that they signed."""
    identity = load_identity(config.identity_path)
    assert identity is not None
    replace(identity, agreement_key=fingerprint_of(whom)).save(config.identity_path)
