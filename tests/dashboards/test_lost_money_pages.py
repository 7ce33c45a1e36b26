"""Lost hours in money on the pages: where a price is set, for whom hours are exact, and in each language."""

from collections.abc import Iterator

import pytest

from dashboards.formats import money
from server.access.roles import Role
from server.people.models import Organisation


@pytest.fixture
def priced(demo) -> Iterator[object]:
    _say(demo, 48.0, "EUR")
    yield demo
    _say(demo, None, None)


def _say(demo, per_hour: float | None, currency: str | None) -> None:
    with demo.store.transaction() as session:
        organisation = session.get_one(Organisation, demo.org_id)
        organisation.cost_per_hour, organisation.cost_currency = per_hour, currency


def lost_of(demo, role: Role) -> dict[str, dict]:
    listed = demo.signed_in(role).get("/api/v1/groups").json["groups"]
    return {group["group"]: group["lost_time"] for group in listed if group.get("lost_time")}


@pytest.mark.parametrize("role", [Role.HR, Role.IT])
def test_money_stands_at_exact_hours_alone(priced, role):
    lost = lost_of(priced, role)
    with_it = {group for group, found in lost.items() if found["cost"]}
    assert "company:company" in with_it < lost.keys()
    assert with_it == {group for group, found in lost.items() if not found["about"]}
    cost = lost["company:company"]["cost"]
    assert cost["value"] == cost["hours"] * 48
    assert cost["low"] < cost["value"] < cost["high"]


def test_overview_and_group_page_say_it_with_its_interval(priced, look):
    cost = lost_of(priced, Role.HR)["company:company"]["cost"]
    page = look().open(priced.link(Role.HR))
    for path in ("/overview", "/groups/company/company"):
        page.goto(priced.url + path)
        card = page.locator(".figures .card", has_text="Minutes lost").inner_text()
        assert f"about €{cost['value']:,.0f} in the weeks that were measured" in card
        assert f"€{cost['low']:,.0f} to €{cost['high']:,.0f}" in card
        assert "at €48 each" in card
    team = next(group for group, found in lost_of(priced, Role.HR).items() if found["about"])
    page.goto(f"{priced.url}/groups/{team.replace(':', '/', 1)}")
    assert "€" not in page.locator("main").inner_text()


def test_without_a_price_there_is_no_money(demo):
    assert {str(found["cost"]) for found in lost_of(demo, Role.HR).values()} == {"None"}
    assert "€" not in demo.signed_in(Role.HR).get("/overview").text


@pytest.mark.parametrize(
    ("language", "whole", "part"),
    [
        ("en", "€12,345", "€48.50"),
        ("de", "12.345\xa0€", "48,50\xa0€"),
        ("fa", "\u200e€\xa0۱۲٬۳۴۵", "\u200e€\xa0۴۸٫۵۰"),
    ],
)
def test_an_amount_is_written_as_the_language_does(demo, language, whole, part):
    with demo.app.test_request_context(f"/?lang={language}"):
        assert money(12345.0, "EUR") == whole
        assert money(48.5, "EUR") == part
