"""`dex-agent enroll` from the command line: the files it leaves, and one sentence for everything wrong."""

import json
import os
import socket
from pathlib import Path

import pytest
from recording_collector import RecordingCollector, problem

from agent.__main__ import main
from agent.config import load_config
from agent.store.identity import load_identity

SERVICE = 12345
"""An account that is not the one these tests run as."""


def enroll(path: Path, *more: str) -> int:
    return main(["--config", str(path), "enroll", *more])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "agent.toml"


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence on standard error; never a trace, never a key."""
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert "Traceback" not in text
    assert "dexe_secret" not in text
    return text


def test_a_new_laptop_gets_a_configuration_and_an_identity_of_its_own(
    file: Path, recording: RecordingCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enroll(file, "--server", recording.url + "/", "--key", "dexe_secret", "--person", "E7") == 0
    assert capsys.readouterr().out == "d1\n"
    identity_path = file.parent / "identity.json"
    assert identity_path.stat().st_mode & 0o777 == 0o600
    identity = load_identity(identity_path)
    assert identity is not None
    assert (identity.token, identity.agreement_key) == ("dexd_1", "")
    path, headers, body = recording.requests[0]
    asked = json.loads(body)
    assert (path, headers["Authorization"]) == ("/api/v1/enroll", "Bearer dexe_secret")
    assert asked["person"] == "E7"
    assert asked["facts"]["os"] == "linux"
    assert main(["--config", str(file), "status"]) == 1  # enrolled, and the service does not run


@pytest.mark.parametrize(("more", "told"), [((), "unmarked"), (("--company-owned",), "company")])
def test_it_says_whose_the_laptop_is_and_a_new_configuration_keeps_that(
    file: Path, recording: RecordingCollector, more: tuple[str, ...], told: str
) -> None:
    assert enroll(file, "--server", recording.url, "--key", "dexe_secret", *more) == 0
    assert json.loads(recording.requests[0][2])["ownership"] == told
    assert load_config(file, {}).ownership == ("company" if more else "")


def test_a_laptop_that_is_marked_as_private_asks_no_collector(
    file: Path,
    recording: RecordingCollector,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DEX_AGENT_OWNERSHIP", "private")
    assert enroll(file, "--server", recording.url, "--key", "dexe_secret") == 2
    assert "private" in said(capsys)
    assert recording.requests == []


def test_enrolling_again_is_the_same_installation(file: Path, recording: RecordingCollector) -> None:
    for _ in range(2):
        assert enroll(file, "--server", recording.url, "--key", "dexe_secret") == 0
    first, second = (json.loads(body)["install_id"] for _, _, body in recording.requests)
    assert first == second


def test_a_wrong_server_address(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert enroll(file, "--server", "dex.example.org", "--key", "dexe_secret") == 2
    assert "must look like https://" in said(capsys)
    assert not file.exists()


def test_a_server_that_is_not_there(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert enroll(file, "--server", address, "--key", "dexe_secret") == 1
    assert "cannot be reached (Connection refused)" in said(capsys)
    assert not file.exists(), "the next try may name another address"


def test_a_name_that_is_not_known(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert enroll(file, "--server", "https://nowhere.invalid", "--key", "dexe_secret") == 1
    assert "nowhere.invalid" in said(capsys)


def test_a_server_that_is_something_else(
    file: Path, recording: RecordingCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    recording.answer = lambda path, content: (404, "<html>Not here</html>", {})
    assert enroll(file, "--server", recording.url, "--key", "dexe_secret") == 1
    assert "There is no DEX collector" in said(capsys)
    assert not (file.parent / "identity.json").exists()


@pytest.mark.parametrize(
    ("status", "slug"),
    [(401, "key-unknown"), (403, "key-expired"), (403, "key-used-up"), (403, "key-revoked")],
)
def test_a_refused_key_says_why(
    status: int, slug: str, file: Path, recording: RecordingCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    recording.answer = lambda path, content: problem(status, slug, "Its last day was 2026-03-01.")
    assert enroll(file, "--server", recording.url, "--key", "dexe_secret") == 1
    assert "Its last day was 2026-03-01." in said(capsys)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, which may open any file")
def test_what_root_enrols_or_does_not_belongs_to_the_account_of_the_folder(
    file: Path, recording: RecordingCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, SERVICE, SERVICE)
    monkeypatch.setenv("DEX_AGENT_STATE", str(state))
    for answer, code, left in (
        (problem(401, "key-unknown"), 1, {"spool.sqlite3", "spool.losses"}),
        (None, 0, {"spool.sqlite3", "spool.losses", "identity.json"}),
    ):
        recording.answer = lambda path, content, answer=answer: answer
        assert enroll(file, "--server", recording.url, "--key", "dexe_secret") == code
        files = {found.name: found.stat() for found in state.iterdir()}
        assert set(files) == left
        assert {(found.st_uid, found.st_mode & 0o777) for found in files.values()} == {(SERVICE, 0o600)}


def test_without_a_key(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert enroll(file, "--server", "https://a.example") == 2
    assert "key is needed" in said(capsys)


def test_the_key_may_come_from_the_environment(
    file: Path, recording: RecordingCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEX_AGENT_KEY", "dexe_secret")
    assert enroll(file, "--server", recording.url) == 0


def test_another_server_than_the_file_names_is_refused(
    agent_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enroll(agent_file, "--server", "https://other.example", "--key", "dexe_secret") == 2
    assert "change its line" in said(capsys)


@pytest.mark.parametrize("command", ["run", "send", "status", "show", "doctor"])
def test_every_command_refuses_an_unknown_key_with_its_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "agent.toml"
    path.write_text('server = "https://a.example"\nsever = "typo"\n')
    assert main(["--config", str(path), command]) == 2
    assert "line 2" in said(capsys)
