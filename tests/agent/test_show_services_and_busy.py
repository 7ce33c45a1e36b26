"""What `dex-agent show` and its page say of business services, and of who was busy in slow minutes."""

import json
import time
from datetime import UTC, datetime

import pytest
from countersigner import COUNCIL, edition, fingerprint_of, signed

from agent.__main__ import main
from agent.agreed.policy import load_policy
from agent.agreed.policy_offer import take
from agent.config import Config
from agent.local_time import clock_time
from agent.reading import Happening, Reading
from agent.sending import batches, revisions
from agent.showing import ledger
from agent.showing.show import report
from agent.showing.show_page import page
from agent.signals import Sample
from agent.store import observations
from agent.store.busy_processes import BusyProcess
from agent.store.local_store import LocalStore
from agent.store.observations import SourceState, Tick
from agent.store.service_checks import ServiceCheck


@pytest.fixture
def at(enrolled_config: Config, local_store: LocalStore) -> float:
    """A slow minute, a service that is down, one that answers, and a day that waits to be sent."""
    now = time.time()
    listed = [{"name": name, "host": f"{name}.example.org", "port": 443} for name in ("Wiki", "Mail")]
    agreed = {"agreement": signed(edition(1, services=listed)), "services": listed}
    reading = Reading(
        samples=[Sample("on_s", 60.0), Sample("active_s", 60.0), Sample("cpu_pressed", 1.0)],
        events=[
            Happening(
                "service_down",
                datetime.fromtimestamp(now - 5, UTC),
                detail={"service": "Wiki", "cause": "refused"},
            )
        ],
        services=[ServiceCheck("Wiki", "refused"), ServiceCheck("Mail", "", 41.5)],
        busiest=[BusyProcess("build", 0.624, 0.04), BusyProcess("<b>mail", 0.1, 0.31)],
    )
    states = {name: SourceState("ok") for name in ("active", "cpu", "services")}
    with local_store.transaction() as db:
        assert take(db, agreed, "", fingerprint_of(COUNCIL)) == ""
        observations.record(db, Tick(now, {"all": reading}, states))
        revisions.make_all_due(db, now)
        batches.compose(db, now, load_policy(db), 20.0)
    return now


def show(config: Config, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["--config", str(config.path), "show", *arguments]) == 0
    return capsys.readouterr().out


def test_who_was_busy_stands_on_the_terminal_and_never_in_what_left(
    at: float, enrolled_config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, _, left = show(enrolled_config, capsys, "--bytes").partition("Waiting (")
    minute = clock_time(int((at - 30) // 60) * 60)
    assert f"{minute}  build: 62 % of the processors, 4 % of memory" in kept
    assert "A business service could not be reached" in left
    assert "build" not in left
    assert "<b>mail" not in left


def test_who_was_busy_stands_on_the_page_as_text(at: float, local_store: LocalStore) -> None:
    shown = page(report(local_store.db, time.time(), 10))
    assert "&lt;b&gt;mail: 10 % of the processors, 31 % of memory" in shown
    assert "<b>mail" not in shown


def test_who_was_busy_as_json(at: float, enrolled_config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(show(enrolled_config, capsys, "--json"))["busiest"]
    assert [(one["name"], one["cpu"], one["memory"]) for one in told] == [
        ("build", 0.624, 0.04),
        ("<b>mail", 0.1, 0.31),
    ]
    assert told[0]["at"] == int((at - 30) // 60) * 60


def test_services_are_told_in_words(
    at: float, enrolled_config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, _, left = show(enrolled_config, capsys).partition("Waiting (")
    assert "A business service could not be reached: Wiki" in kept
    assert "A business service could not be reached (Wiki, it refused)" in left
    for part in (kept, left):
        assert (
            "Wiki: How often the service was tried: 1, How often it failed, by cause: it refused: 1" in part
        )
        assert "Median time to its first answer: 41.5 ms" in part


def test_a_day_without_services_says_nothing_of_them() -> None:
    assert ledger.summary_words({"usage_s": 60.0}) == ["How long the laptop was in active use: 1 min"]
