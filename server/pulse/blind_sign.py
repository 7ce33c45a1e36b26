"""Blind signatures, the server's half (RFC 9474, section 4.3): signs what it cannot read.

`cryptography` makes and checks keys and verifies tokens, but offers no raw private operation; that one
is here. Python's `pow` takes a time that depends on its input, so every number is multiplied by a fresh
random one before the private key touches it, and the result is checked, because a fault in half of the
computation would give the key away.
"""

import math
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA384

EXPONENT = 65537
MODULUS_BITS = 2048
MODULUS_BYTES = MODULUS_BITS // 8
PRIME_BYTES = MODULUS_BYTES // 2
TOKEN_BYTES = 64
"""A token: 32 random bytes of prefix and 32 of nonce."""

_PSS = padding.PSS(mgf=padding.MGF1(SHA384()), salt_length=48)


class NotSignable(ValueError):
    """What was given is no blinded message for this key."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Two primes. Made once per label, slot and period, and deleted with the period."""

    p: int = field(repr=False)
    q: int = field(repr=False)

    @property
    def modulus(self) -> int:
        return self.p * self.q

    @property
    def size(self) -> int:
        return (self.modulus.bit_length() + 7) // 8


def new_key() -> SigningKey:
    """A fresh key of 2048 bits."""
    numbers = rsa.generate_private_key(EXPONENT, MODULUS_BITS).private_numbers()
    return SigningKey(numbers.p, numbers.q)


def signable(modulus: int, blinded: bytes) -> int:
    """The blinded number; NotSignable for a wrong length or a number no device can have made."""
    size = (modulus.bit_length() + 7) // 8
    if len(blinded) != size:
        raise NotSignable(f"A blinded token has {size} bytes, this one {len(blinded)}.")
    number = int.from_bytes(blinded)
    if number >= modulus:
        raise NotSignable("A blinded token is a number below the modulus of its key.")
    if math.gcd(number, modulus) != 1:
        raise NotSignable("A blinded token has no factor in common with its key.")
    return number


def blind_sign(key: SigningKey, blinded: bytes) -> bytes:
    """The blind signature, as long as the modulus. Raises NotSignable like `signable`."""
    n = key.modulus
    number = signable(n, blinded)
    cover = _invertible_below(n)
    covered = number * pow(cover, EXPONENT, n) % n
    signature = _private_power(key, covered) * pow(cover, -1, n) % n
    if pow(signature, EXPONENT, n) != number:
        raise ArithmeticError("a signature did not verify; nothing was handed out")
    return signature.to_bytes(key.size)


def is_signed(modulus: int, token: bytes, signature: bytes) -> bool:
    """Whether this token was signed, blind or not, by the key with this modulus."""
    key = rsa.RSAPublicNumbers(EXPONENT, modulus).public_key()
    try:
        key.verify(signature, token, _PSS, SHA384())
    except InvalidSignature:
        return False
    return True


def _invertible_below(modulus: int) -> int:
    while True:
        drawn = secrets.randbelow(modulus - 1) + 1
        if math.gcd(drawn, modulus) == 1:
            return drawn


def _private_power(key: SigningKey, number: int) -> int:
    """number^d modulo the modulus, by way of both primes (RFC 8017, 5.1.2): three times as fast."""
    p, q = key.p, key.q
    d = pow(EXPONENT, -1, math.lcm(p - 1, q - 1))
    from_p, from_q = pow(number, d % (p - 1), p), pow(number, d % (q - 1), q)
    return from_q + q * ((from_p - from_q) * pow(q, -1, p) % p)
