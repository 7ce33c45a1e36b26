"""The way to the collector: certificates are always checked, proxies are used, answers are bounded."""

import datetime
import ipaddress
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from recording_collector import RecordingCollector

from agent.config import Config
from agent.errors import Unreachable
from agent.sending.transport import Transport
from agent.system.calls import ANSWER_BYTES


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "collector")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate, secret


@pytest.fixture
def certificate(tmp_path: Path, recording: RecordingCollector) -> Path:
    """The recording collector speaks TLS with a certificate of its own."""
    found, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(found, key)
    recording.use_tls(context)
    return found


def test_a_certificate_that_nobody_trusts_ends_the_call(
    certificate: Path, agent_config: Config, recording: RecordingCollector
) -> None:
    config = replace(agent_config, server=recording.url)
    with pytest.raises(Unreachable, match="signed itself"):
        Transport(config).get_policy("dexd_0", "")
    assert recording.requests == []


def test_the_environment_cannot_replace_the_certificates_we_trust(
    certificate: Path,
    agent_config: Config,
    recording: RecordingCollector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(certificate))
    with pytest.raises(Unreachable):
        Transport(replace(agent_config, server=recording.url)).get_policy("dexd_0", "")
    assert recording.requests == []


def test_a_named_certificate_is_trusted(
    certificate: Path, agent_config: Config, recording: RecordingCollector
) -> None:
    config = replace(agent_config, server=recording.url, ca_file=str(certificate))
    assert Transport(config).get_policy("dexd_0", "").status == 200


def test_a_proxy_of_the_configuration_is_used(agent_config: Config, recording: RecordingCollector) -> None:
    config = replace(agent_config, server="http://dex.test.invalid", proxy=recording.url)
    assert Transport(config).get_policy("dexd_0", "").status == 200
    assert recording.requests[0][0] == "http://dex.test.invalid/api/v1/policy"


def test_a_proxy_that_is_away_is_named_as_such(agent_config: Config) -> None:
    config = replace(agent_config, server="http://dex.test.invalid", proxy="http://127.0.0.1:9")
    with pytest.raises(Unreachable, match="through the proxy"):
        Transport(config).get_policy("dexd_0", "")


def test_an_endless_answer_is_cut_off(agent_config: Config, recording: RecordingCollector) -> None:
    recording.answer = lambda path, content: (200, '{"a": "' + "x" * (ANSWER_BYTES + 10) + '"}', {})
    assert Transport(agent_config).get_policy("dexd_0", "").document == {}


def test_no_answer_is_followed_elsewhere(agent_config: Config, recording: RecordingCollector) -> None:
    """A redirect would carry the token to whoever sent it."""
    recording.answer = lambda path, content: (307, "<html></html>", {"Location": recording.url + "/other"})
    assert Transport(agent_config).get_policy("dexd_0", "").status == 307
    assert [path for path, _, _ in recording.requests] == ["/api/v1/policy"]


def test_a_password_file_cannot_take_the_tokens_place(
    agent_config: Config, recording: RecordingCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = tmp_path / "netrc"
    passwords.write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(passwords))
    Transport(agent_config).get_policy("dexd_0", "")
    assert recording.requests[0][1]["Authorization"] == "Bearer dexd_0"
