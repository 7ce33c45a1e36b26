"""`dex-server organisation`: the first step in a new store."""

import pytest
from click.testing import CliRunner, Result

from server.cli import main


@pytest.fixture
def run(store, tmp_path, monkeypatch):
    monkeypatch.setenv("DEX_DATABASE_URL", store.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("DEX_DATA", str(tmp_path))

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, words)

    return run


def test_a_new_store_asks_for_an_organisation_and_takes_it_once(run):
    assert "organisation create" in run("enroll-key", "create").stderr
    assert run("organisation", "create", "Example Ltd", "--timezone", "Europe/Berlin").exit_code == 0
    slug, zone, _day, name = run("organisation", "list").stdout.strip().split("\t")
    assert (slug, zone, name) == ("main", "Europe/Berlin", "Example Ltd")
    assert run("enroll-key", "create").stdout.startswith("dexe_")
    again = run("organisation", "create", "Example Ltd")
    assert (again.exit_code, again.stderr) == (2, "dex-server: There is an organisation “main” already.\n")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--timezone", "Berlin"), "time zone"),
        (("--timezone", "../etc"), "time zone"),
        (("--slug", "A b"), "short"),
    ],
)
def test_what_is_no_time_zone_and_no_short_name_is_said(run, given, said):
    done = run("organisation", "create", "Example", *given)
    assert done.exit_code == 2
    assert said in done.stderr
    assert run("organisation", "list").stdout == ""
