"""Keys of countersigners: RSA of 3072 bits, RSASSA-PSS with SHA-384. Public halves alone are kept here."""

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA384

from server.errors import UsageError

BITS, EXPONENT = 3072, 65537
_PSS = padding.PSS(mgf=padding.MGF1(SHA384()), salt_length=48)


def make_key(path: Path) -> rsa.RSAPrivateKey:
    """A new key in a new file that only its owner can read. UsageError if there is a file already."""
    key = rsa.generate_private_key(EXPONENT, BITS)
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except FileExistsError:
        raise UsageError(f"There is a file {path} already; a key is never overwritten.") from None
    except OSError as error:
        raise UsageError(f"The key cannot be written to {path}: {error.strerror}.") from error
    return key


def private_key(path: Path) -> rsa.RSAPrivateKey:
    """The countersigner's key from a PEM file without a passphrase. UsageError if it is none."""
    try:
        key = serialization.load_pem_private_key(read(path), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path} holds no private key in PEM without a passphrase.") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UsageError(f"{path} holds another kind of key than RSA.")
    modulus_of(key.public_key())
    return key


def public_modulus(path: Path) -> bytes:
    """The modulus of a public key from a PEM file. UsageError if it is none of ours."""
    try:
        key = serialization.load_pem_public_key(read(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path} holds no public key in PEM.") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise UsageError(f"{path} holds another kind of key than RSA.")
    return modulus_of(key)


def modulus_of(key: rsa.RSAPublicKey) -> bytes:
    numbers = key.public_numbers()
    if key.key_size != BITS or numbers.e != EXPONENT:
        raise UsageError(f"A key that signs agreements has {BITS} bits and the exponent {EXPONENT}.")
    return numbers.n.to_bytes(BITS // 8)


def fingerprint(modulus: bytes) -> str:
    """SHA-256 of the key as `openssl pkey -pubin -outform DER` writes it."""
    content = _public(modulus).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(content).hexdigest()


def sign(key: rsa.RSAPrivateKey, content: bytes) -> bytes:
    return key.sign(content, _PSS, SHA384())


def is_signed(modulus: bytes, content: bytes, signature: bytes) -> bool:
    try:
        _public(modulus).verify(signature, content, _PSS, SHA384())
    except InvalidSignature:
        return False
    return True


def _public(modulus: bytes) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(EXPONENT, int.from_bytes(modulus)).public_key()


def read(path: Path) -> bytes:
    """Content of a file that somebody named."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
