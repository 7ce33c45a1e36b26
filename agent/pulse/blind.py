"""Blind signatures, the device's half: RSABSSA-SHA384-PSS-Randomized (RFC 9474).

The server signs a number that tells nothing about the token inside it. Standard library only; big
integers are Python's own, so run times depend on the values: that is why the server blinds its own side
again (server/pulse/blind_sign.py) and why nothing secret but the one-time `inverse` is handled here.
"""

import hashlib
import hmac
import math
import secrets
from dataclasses import dataclass, field

EXPONENT = 65537
MODULUS_BYTES = 256
PREFIX_BYTES = 32
NONCE_BYTES = 32
SALT_BYTES = 48

_HASH = "sha384"
_HASH_BYTES = 48


class BlindingError(Exception):
    """A key, a signature or a message does not fit the others."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An RSA key that may sign tokens: modulus and public exponent."""

    modulus: int
    exponent: int = EXPONENT

    @property
    def size(self) -> int:
        """Length of the modulus, and of every signature, in bytes."""
        return (self.modulus.bit_length() + 7) // 8


@dataclass(frozen=True, slots=True)
class Blinded:
    """A blinded message, which may be shown, and the inverse that takes the blinding off, which may not."""

    message: bytes
    inverse: int = field(repr=False)


def prepare(message: bytes) -> bytes:
    """The message behind a random prefix (section 4.1, PrepareRandomize): the signer cannot choose it."""
    return secrets.token_bytes(PREFIX_BYTES) + message


def new_token() -> bytes:
    """A prepared message of its own: 32 random bytes of prefix and 32 of nonce."""
    return prepare(secrets.token_bytes(NONCE_BYTES))


def blind(key: PublicKey, prepared: bytes, salt: bytes | None = None, factor: int | None = None) -> Blinded:
    """Section 4.2. `salt` and `factor` are drawn at random; the vectors of the RFC give their own."""
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    encoded = int.from_bytes(_encode(prepared, key.modulus.bit_length() - 1, salt))
    if math.gcd(encoded, key.modulus) != 1:
        raise BlindingError("the message and the key share a factor")
    if factor is None:
        factor = _invertible_below(key.modulus)
    number = encoded * pow(factor, key.exponent, key.modulus) % key.modulus
    return Blinded(number.to_bytes(key.size), pow(factor, -1, key.modulus))


def finalize(
    key: PublicKey, prepared: bytes, blind_signature: bytes, inverse: int, salt_length: int = SALT_BYTES
) -> bytes:
    """Section 4.4: the signature of the prepared message. BlindingError if the signer did not sign it."""
    if len(blind_signature) != key.size:
        raise BlindingError("the blind signature has the wrong length")
    number = int.from_bytes(blind_signature) * inverse % key.modulus
    signature = number.to_bytes(key.size)
    if not verify(key, prepared, signature, salt_length):
        raise BlindingError("the server signed something else than it was given")
    return signature


def verify(key: PublicKey, prepared: bytes, signature: bytes, salt_length: int = SALT_BYTES) -> bool:
    """RSASSA-PSS-VERIFY of RFC 8017, 8.1.2, with SHA-384 for message and mask."""
    number = int.from_bytes(signature)
    if len(signature) != key.size or number >= key.modulus:
        return False
    bits = key.modulus.bit_length() - 1
    encoded = pow(number, key.exponent, key.modulus)
    if encoded.bit_length() > bits:
        return False
    return _fits(prepared, encoded.to_bytes((bits + 7) // 8), bits, salt_length)


def _invertible_below(modulus: int) -> int:
    while True:
        drawn = secrets.randbelow(modulus - 1) + 1
        if math.gcd(drawn, modulus) == 1:
            return drawn


def _encode(message: bytes, bits: int, salt: bytes) -> bytes:
    """EMSA-PSS-ENCODE (RFC 8017, 9.1.1)."""
    length = (bits + 7) // 8
    padding = length - _HASH_BYTES - len(salt) - 2
    if padding < 0:
        raise BlindingError("the key is too short")
    digest = _salted_digest(message, salt)
    block = bytes(padding) + b"\x01" + salt
    masked = bytearray(_xor(block, _mask(digest, len(block))))
    masked[0] &= 0xFF >> (8 * length - bits)
    return bytes(masked) + digest + b"\xbc"


def _fits(message: bytes, encoded: bytes, bits: int, salt_length: int) -> bool:
    """EMSA-PSS-VERIFY (RFC 8017, 9.1.2): encoded again with the salt found inside, it must be the same."""
    masked, digest = encoded[: -_HASH_BYTES - 1], encoded[-_HASH_BYTES - 1 : -1]
    block = _xor(masked, _mask(digest, len(masked)))
    salt = block[len(block) - salt_length :]
    return hmac.compare_digest(_encode(message, bits, salt), encoded)


def _salted_digest(message: bytes, salt: bytes) -> bytes:
    return hashlib.new(_HASH, bytes(8) + hashlib.new(_HASH, message).digest() + salt).digest()


def _mask(seed: bytes, length: int) -> bytes:
    """MGF1 (RFC 8017, appendix B.2.1)."""
    blocks = (length + _HASH_BYTES - 1) // _HASH_BYTES
    made = b"".join(hashlib.new(_HASH, seed + count.to_bytes(4)).digest() for count in range(blocks))
    return made[:length]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
