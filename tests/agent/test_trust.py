"""Whom the agent believes to be its collector: whatever the system trusts, and never anybody else."""

import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from recording_collector import RecordingCollector
from service_servers import Authority

from agent.config import Config
from agent.errors import UsageError
from agent.sending.delivery import deliver
from agent.sending.transport import Transport
from agent.store.local_store import LocalStore
from agent.system import trust

HERE = "127.0.0.1"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority of a company that opens TLS on the way, or signs for its own servers."""
    return Authority(tmp_path_factory.mktemp("company"))


@pytest.fixture
def secure(company: Authority, recording: RecordingCollector, enrolled_config: Config) -> Config:
    """An enrolled laptop whose collector has a certificate of the company's authority."""
    recording.use_tls(company.context(HERE))
    return replace(enrolled_config, server=recording.url)


@pytest.fixture
def trusting(company: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The company's authority is in the system's trust store."""
    monkeypatch.setenv("SSL_CERT_FILE", str(company.file))


def test_an_authority_in_the_systems_store_is_trusted(
    secure: Config, trusting: None, local_store: LocalStore
) -> None:
    assert deliver(secure).trouble == ""


def test_an_authority_that_the_system_does_not_know_is_not(
    secure: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    assert "not trusted" in deliver(secure).trouble
    assert recording.requests == []


def test_the_systems_bundle_is_used_where_no_folder_is(
    company: Authority, secure: Config, local_store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on systems whose certificates are in one file."""
    for name in trust.NAMED_BY:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(trust, "FOLDERS", ())
    monkeypatch.setattr(trust, "FILES", (str(company.file),))
    assert deliver(secure).trouble == ""


def test_another_certificate_of_the_collector_needs_nothing(
    company: Authority, secure: Config, trusting: None, recording: RecordingCollector, tmp_path: Path
) -> None:
    """Renewed, by the same authority or another one that the system trusts."""
    other = Authority(tmp_path, "other")
    both = tmp_path / "both.pem"
    both.write_bytes(company.file.read_bytes() + other.file.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(both))
        for context in (company.context(HERE), other.context(HERE)):
            recording.change_certificate(context)
            assert Transport(secure).get_policy("dexd_0", "").status == 200


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ends_in_days": -1.0}, "has expired"),
        ({"ends_in_days": 30.0, "lasts_days": 20.0}, "not valid yet"),
        ({"host": "dex.example.org"}, "another name"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said_and_nothing_is_lost(
    wrong: dict[str, object],
    sentence: str,
    company: Authority,
    secure: Config,
    trusting: None,
    local_store: LocalStore,
    recording: RecordingCollector,
) -> None:
    recording.change_certificate(company.context(**{"host": HERE, **wrong}))  # type: ignore[arg-type]
    assert sentence in deliver(secure).trouble
    assert recording.requests == []


def test_a_server_that_speaks_no_tls_is_not_taken_for_an_untrusted_one(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    plain = replace(enrolled_config, server=recording.url.replace("http:", "https:"))
    assert "does not speak TLS" in deliver(plain).trouble


def test_a_named_file_is_trusted_and_nothing_else(
    company: Authority, secure: Config, trusting: None, tmp_path: Path
) -> None:
    assert Transport(replace(secure, ca_file=str(company.file))).get_policy("dexd_0", "").status == 200
    stranger = Authority(tmp_path, "stranger")
    assert "not trusted" in deliver(replace(secure, ca_file=str(stranger.file))).trouble


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_named_file_that_cannot_be_used_is_one_sentence(
    content: str | None, agent_config: Config, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UsageError, match=r"The certificates in .*ca\.pem cannot be read"):
        Transport(replace(agent_config, ca_file=str(file)))


def test_tls_older_than_1_2_is_not_spoken(
    company: Authority, secure: Config, trusting: None, recording: RecordingCollector
) -> None:
    old = company.context(HERE)
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    recording.change_certificate(old)
    assert "TLS" in deliver(secure).trouble
