"""What is told of a day, read as people mean it."""

from zoneinfo import ZoneInfo

import pytest
from scim2_models import InvalidValueException
from scim_directory import user

from server.scim.schemas import MODELS, PROVIDER, USER
from server.scim.told import told_by

BERLIN = ZoneInfo("Europe/Berlin")


def told(**values: object) -> dict[str, object]:
    made = MODELS[USER].model_validate(user(**values), scim_policy=PROVIDER.policy)
    return dict(told_by(made, BERLIN))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-31", "2026-03-31"),
        ("2026-03-31T00:00:00Z", "2026-03-31"),
        ("2026-03-31T00:00:00+09:00", "2026-03-31"),
        ("2026-03-31T00:00:00", "2026-03-31"),
        ("2026-03-30T22:00:00Z", "2026-03-31"),
        ("2026-03-30T21:59:59.5Z", "2026-03-30"),
    ],
)
def test_a_moment_is_the_day_on_which_people_work(text: str, day: str) -> None:
    assert str(told(lifecycle={"hire": text})["hire"]) == day


@pytest.mark.parametrize("text", ["31.03.2026", "2026-3-31", "2026-03-31T", "2026-03-31T25:00:00Z", "soon"])
def test_anything_else_is_no_day(text: str) -> None:
    with pytest.raises(InvalidValueException, match="date"):
        told(lifecycle={"hire": text})


def test_the_address_at_work_counts_and_one_of_no_kind_stands_in() -> None:
    home, work = {"value": "h@example.org", "type": "home"}, {"value": "w@example.org", "type": "work"}
    assert told(emails=[home, work])["email"] == "w@example.org"
    assert told(emails=[home])["email"] is None
    assert told(emails=[home, {"value": "a@example.org"}])["email"] == "a@example.org"


def test_a_name_is_put_together_where_none_is_shown() -> None:
    parts = {"givenName": "Anna", "familyName": "One"}
    assert told(name=parts)["name"] == "Anna One"
    assert told(name={**parts, "formatted": "Dr. Anna One"})["name"] == "Dr. Anna One"
    assert told(name=parts, displayName="Anna")["name"] == "Anna"
