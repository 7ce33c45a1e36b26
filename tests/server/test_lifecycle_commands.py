"""`dex-server lifecycle` and `dex-server tasks`: what they print, take and refuse."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import company
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from server.access.audit_models import AuditRow
from server.cli import main
from server.clock import utc_now
from server.config import Settings
from server.db import Store
from server.people.models import Organisation
from server.privacy.lifecycle_models import LifecycleSumRow
from server.privacy.lifecycle_outcomes import PRODUCTIVE, Outcome
from server.privacy.lifecycle_release import Passed, make_lifecycle_period, period_on
from server.privacy.lifecycle_store import save_period

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, store: Store, org: Organisation, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DEX_DATABASE_URL", settings.database_url)
    return lambda *words: CliRunner().invoke(main, [*words, "--org", org.slug, "--data", str(settings.data)])


def test_figures_are_printed_and_held_against_their_digests(
    run: Run, store: Store, org: Organisation
) -> None:
    assert run("lifecycle", "show").stdout.startswith("Nothing is released yet")
    period = period_on(date(2026, 1, 1))
    outcome = Outcome({"within_5_days": True, "within_10_days": True}, 2)
    release = make_lifecycle_period(period, [Passed(PRODUCTIVE, "Sales", outcome)] * 12, 5)
    with store.transaction() as session:
        save_period(session, org.org_id, release, period.last)
    shown = run("lifecycle", "show").stdout
    assert "productive, Sales, 12 people: within_5_days 100 % (76 to 100)" in shown
    assert "productive, company: median 2 working days (2 to 2), 12 people" in shown
    assert "day_one: too few people" in shown
    assert json.loads(run("lifecycle", "show", "--json").stdout)["periods"][0]["first"] == "2026-01-01"
    assert run("lifecycle", "show", "--verify").exit_code == 0
    with store.transaction() as session:
        session.execute(sa.update(LifecycleSumRow).where(LifecycleSumRow.org_id == org.org_id).values(y=1))
    assert run("lifecycle", "show", "--verify").exit_code == 1


def test_an_application_is_required_only_if_laptops_tell_of_it(
    run: Run, store: Store, org: Organisation
) -> None:
    assert run("lifecycle", "require", "firefox", "--team", "North").exit_code == 0
    assert run("lifecycle", "require", "firefox").exit_code == 0
    assert run("lifecycle", "required").stdout == "-\tfirefox\nNorth\tfirefox\n"
    refused = run("lifecycle", "require", "minesweeper")
    assert (refused.exit_code, "Laptops tell nothing of “minesweeper”" in refused.stderr) == (2, True)
    assert run("lifecycle", "unrequire", "firefox").exit_code == 0
    assert run("lifecycle", "required").stdout == "North\tfirefox\n"
    with store.reading() as session:
        actions = session.scalars(sa.select(AuditRow.action).where(AuditRow.org_id == org.org_id)).all()
    assert sorted(actions) == ["required application added"] * 2 + ["required application removed"]


def test_tasks_are_listed_and_marked(run: Run, store: Store, org: Organisation) -> None:
    last, began = utc_now().date() - timedelta(days=3), date(2025, 6, 2)
    place = {"person": "e-1", "from": began, "unit": "U", "team": "T"}
    with store.transaction() as session:
        company.bring_in_people(session, org, [{"person": "e-1", "hire": began, "last_day": last}], [place])
        for name in ("one", "two"):
            company.enrol(session, org.org_id, name, "e-1", began, began)
    listed = [line.split("\t") for line in run("tasks", "list").stdout.splitlines()]
    assert [(kind, day, person) for kind, day, person, *_ in listed] == [
        *[("collect", str(last), "e-1")] * 2,
        ("close", str(last), "e-1"),
    ]
    several = run("tasks", "done", "collect", "e-1")
    assert (several.exit_code, "2 laptops" in several.stderr) == (2, True)
    laptop = str(company.device_id_of(org.org_id, "one"))
    assert run("tasks", "done", "collect", "e-1", laptop).exit_code == 0
    assert run("tasks", "done", "close", "e-1").exit_code == 0
    assert run("tasks", "done", "close", "e-1").exit_code == 2
    assert run("tasks", "done", "close", "nobody").exit_code == 2
    assert len(run("tasks", "list").stdout.splitlines()) == 1
