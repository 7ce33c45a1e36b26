"""The configuration file says what it does not understand, and where."""

import sys
from pathlib import Path

import pytest

from agent.config import DEFAULT_PATH, default_config, load_config
from agent.errors import UsageError


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(text)
    return path


def refusal(path: Path, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        load_config(path, environ or {})
    return str(caught.value)


def test_an_unknown_key_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, '# comment\nserver = "https://a.example"\n\n  colour = "red"\n')
    said = refusal(path)
    assert "line 4" in said
    assert "'colour'" in said
    assert "server" in said.split("Settings are")[1]


def test_an_unknown_table_is_refused_with_its_line(tmp_path: Path) -> None:
    assert "line 2" in refusal(written(tmp_path, 'server = "https://a.example"\n[proxies]\nhttp = "x"\n'))


def test_a_value_of_the_wrong_kind_is_refused_with_its_line(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, 'server = "https://a.example"\nplain_http = "yes"\n'))
    assert "line 2" in said
    assert "true or false" in said


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    assert "line 2" in refusal(written(tmp_path, 'server = "https://a.example"\nproxy = \n'))


def test_a_missing_file_names_the_command_that_makes_it(tmp_path: Path) -> None:
    assert "enroll" in refusal(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("dex.example.org", "must look like"),
        ("ftp://dex.example.org", "must look like"),
        ("https://", "must look like"),
        ("http://dex.example.org", "must begin with https://"),
        ("https://dex.example.org/?a=1", "an address alone"),
        ("https://dex.example.org:99999", "cannot be read"),
    ],
)
def test_a_wrong_server_address_gets_one_sentence(tmp_path: Path, address: str, said: str) -> None:
    assert said in refusal(written(tmp_path, f'server = "{address}"\n'))


def test_a_laptop_is_the_companys_or_private_and_nothing_else(tmp_path: Path) -> None:
    assert "company" in refusal(written(tmp_path, 'ownership = "mine"\n'))
    assert load_config(written(tmp_path, 'ownership = "private"\n'), {}).ownership == "private"


def test_plain_http_is_for_this_machine_or_on_request(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, 'server = "http://127.0.0.1:8765/"\n'), {}).server.endswith("8765")
    text = 'server = "http://10.77.1.1"\nplain_http = true\n'
    assert load_config(written(tmp_path, text), {}).server == "http://10.77.1.1"


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, 'server = "https://a.example"\n')
    found = load_config(path, {"DEX_AGENT_SERVER": "https://b.example", "DEX_AGENT_STATE": "kept"})
    assert found.server == "https://b.example"
    assert found.state == tmp_path / "kept"
    assert "DEX_AGENT_PLAIN_HTTP" in refusal(path, {"DEX_AGENT_PLAIN_HTTP": "perhaps"})


def test_state_lies_beside_the_file_unless_named(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, ""), {}).store_path == tmp_path / "spool.sqlite3"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it lies beside the file")
def test_service_and_commands_find_the_same_state_without_an_environment() -> None:
    assert default_config(DEFAULT_PATH, "https://dex.example.org", {}).state == Path("/var/lib/dex-agent")
    assert default_config(DEFAULT_PATH, "https://dex.example.org", {"DEX_AGENT_STATE": "/srv"}).state == Path(
        "/srv"
    )


def test_a_key_that_is_no_fingerprint_is_refused_before_anything_is_judged_by_it(tmp_path: Path) -> None:
    assert "64 digits" in refusal(written(tmp_path, 'agreement_key = "ab12"\n'))
    grouped = ":".join(["aB"] * 32)
    assert load_config(written(tmp_path, f'agreement_key = "{grouped}"\n'), {}).agreement_key == grouped
