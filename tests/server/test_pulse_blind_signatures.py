"""Both halves of the blind signatures: against the RFC's vectors, against each other, and against misuse."""

import json
import secrets
from pathlib import Path

import pytest

from agent.pulse import blind
from server.pulse import blind_sign

VECTORS = json.loads((Path(__file__).parent.parent / "recorded" / "rfc9474_vectors.json").read_text())[
    "vectors"
]


def number(text: str) -> int:
    return int(text, 16)


def octets(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


@pytest.fixture(scope="module")
def key() -> blind_sign.SigningKey:
    return blind_sign.new_key()


@pytest.mark.parametrize("vector", VECTORS, ids=[v["name"] for v in VECTORS])
def test_the_vectors_of_the_rfc(vector: dict[str, str]) -> None:
    public = blind.PublicKey(number(vector["n"]), number(vector["e"]))
    signing = blind_sign.SigningKey(number(vector["p"]), number(vector["q"]))
    inverse = number(vector["inv"])
    prepared = octets(vector["input_msg"])
    assert prepared == octets(vector["msg_prefix"]) + octets(vector["msg"])

    blinded = blind.blind(public, prepared, octets(vector["salt"]), pow(inverse, -1, public.modulus))
    assert blinded.message == octets(vector["blinded_msg"])
    assert blinded.inverse == inverse

    blind_signature = blind_sign.blind_sign(signing, blinded.message)
    assert blind_signature == octets(vector["blind_sig"])

    signature = blind.finalize(public, prepared, blind_signature, inverse, number(vector["sLen"]))
    assert signature == octets(vector["sig"])


def test_a_token_of_the_agent_is_accepted_by_the_server(key: blind_sign.SigningKey) -> None:
    public = blind.PublicKey(key.modulus)
    token = blind.new_token()
    blinded = blind.blind(public, token)
    signature = blind.finalize(public, token, blind_sign.blind_sign(key, blinded.message), blinded.inverse)
    assert len(token) == blind_sign.TOKEN_BYTES
    assert blind_sign.is_signed(key.modulus, token, signature)
    assert not blind_sign.is_signed(key.modulus, blind.new_token(), signature)
    assert not blind_sign.is_signed(blind_sign.new_key().modulus, token, signature)
    assert not blind_sign.is_signed(key.modulus, token, signature[:-1])


def test_the_same_token_blinded_twice_looks_different_and_is_signed_alike(key: blind_sign.SigningKey) -> None:
    public = blind.PublicKey(key.modulus)
    token = blind.new_token()
    one, two = blind.blind(public, token), blind.blind(public, token)
    assert one.message != two.message
    for made in (one, two):
        blind.finalize(public, token, blind_sign.blind_sign(key, made.message), made.inverse)


def test_whatever_was_blinded_could_be_any_token(key: blind_sign.SigningKey) -> None:
    """For every signed pair of token and signature there is a blinding that turns it into what the server
    saw of somebody else: so what it saw says nothing about which token is whose."""
    public = blind.PublicKey(key.modulus)
    seen = blind.blind(public, blind.new_token()).message
    other = blind.new_token()
    made = blind.blind(public, other)
    signature = blind.finalize(public, other, blind_sign.blind_sign(key, made.message), made.inverse)
    encoded = pow(int.from_bytes(signature), public.exponent, public.modulus)
    ratio = int.from_bytes(seen) * pow(encoded, -1, public.modulus) % public.modulus
    factor = int.from_bytes(
        blind_sign.blind_sign(key, ratio.to_bytes(public.size))
    )  # exists, whatever `seen` is
    assert encoded * pow(factor, public.exponent, public.modulus) % public.modulus == int.from_bytes(seen)


@pytest.mark.parametrize("length", [0, 255, 257])
def test_the_server_signs_nothing_of_another_length(key: blind_sign.SigningKey, length: int) -> None:
    with pytest.raises(blind_sign.NotSignable, match="256 bytes"):
        blind_sign.blind_sign(key, bytes(length))


def test_the_server_signs_no_number_beyond_its_modulus(key: blind_sign.SigningKey) -> None:
    for outside in (key.modulus, 2**2048 - 1):
        with pytest.raises(blind_sign.NotSignable, match="below the modulus"):
            blind_sign.blind_sign(key, outside.to_bytes(256))
    for factor in (0, key.p):
        with pytest.raises(blind_sign.NotSignable, match="factor in common"):
            blind_sign.blind_sign(key, factor.to_bytes(256))


def test_a_faulty_computation_hands_nothing_out(
    key: blind_sign.SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blind_sign, "_private_power", lambda key, number: number ^ 1)
    with pytest.raises(ArithmeticError):
        blind_sign.blind_sign(key, (12345).to_bytes(256))


def test_the_agent_refuses_what_another_key_signed(key: blind_sign.SigningKey) -> None:
    public = blind.PublicKey(key.modulus)
    token = blind.new_token()
    made = blind.blind(public, token)
    for answer in (secrets.token_bytes(256), bytes(256), made.message):
        with pytest.raises(blind.BlindingError, match="something else"):
            blind.finalize(public, token, answer, made.inverse)
    with pytest.raises(blind.BlindingError, match="length"):
        blind.finalize(public, token, bytes(255), made.inverse)
