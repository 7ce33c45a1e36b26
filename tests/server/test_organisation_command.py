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


def test_an_hour_costs_nothing_until_somebody_says_so_and_again_afterwards(run):
    run("organisation", "create", "Example Ltd")
    assert run("organisation", "cost").stdout == "none\n"
    assert run("organisation", "cost", "48", "--currency", "EUR").stdout == "48.00 EUR\n"
    assert run("organisation", "cost").stdout == "48.00 EUR\n"
    assert run("organisation", "cost", "--none").stdout == "none\n"
    assert run("organisation", "cost").stdout == "none\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("48",), "PER_HOUR and --currency together"),
        (("--currency", "EUR"), "PER_HOUR and --currency together"),
        (("48", "--currency", "EUR", "--none"), "--none alone"),
        (("48", "--currency", "EURO"), "no currency “EURO”"),
        (("0", "--currency", "EUR"), "more than 0"),
        (("nan", "--currency", "EUR"), "more than 0"),
        (("2000000", "--currency", "EUR"), "at most 1000000"),
    ],
)
def test_what_is_no_price_is_said_and_changes_nothing(run, given, said):
    run("organisation", "create", "Example Ltd")
    done = run("organisation", "cost", *given)
    assert done.exit_code == 2
    assert said in done.stderr
    assert run("organisation", "cost").stdout == "none\n"
