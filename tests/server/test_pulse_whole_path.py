"""One person at a terminal, the real agent, the real collector, and what is stored in the end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pulse_company
import pytest
import sqlalchemy as sa
from collector_process import ROOT, Collector

from agent.config import Config, load_config
from agent.pulse.memory import memory_path
from agent.sending.delivery import run_pulse
from agent.store.identity import Identity
from server.db import Store
from server.people.organisations import MAIN, create_organisation
from server.pulse.jobs import start_period
from server.pulse.models import PulseAnswer, PulseComment, PulseMember
from server.pulse.periods import period_on

TODAY = datetime.now(UTC).date()
PERIOD = period_on(TODAY)
EIGHT = {("U", "A"): 8}
MONDAY = datetime.combine(PERIOD.first, datetime.min.time(), UTC).replace(hour=9)


@pytest.fixture
def collector(tmp_path: Path, sqlite_url: str) -> Iterator[Collector]:
    made = Collector(tmp_path, sqlite_url)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def config(tmp_path: Path, sqlite_store: Store, collector: Collector) -> Config:
    """An enrolled laptop whose person can be asked, in a company of eight such people."""
    with sqlite_store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", PERIOD.first)
    colleagues = pulse_company.hire(sqlite_store, org, EIGHT, newcomers=0, first_day=PERIOD.first)
    device = colleagues[0].device
    assert start_period(sqlite_store, org, MONDAY)
    path = tmp_path / "agent.toml"
    path.write_text(f'server = "{collector.address}"\n')
    made = load_config(path, {})
    Identity(made.server, str(device.device_id), device.token, str(org.org_id)).save(made.identity_path)
    brought = dex_agent(made, "send")  # the policy
    assert brought.returncode == 0, brought.stderr
    return made


def dex_agent(config: Config, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent", "--config", str(config.path), *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def make_messages_due(config: Config) -> int:
    db = sa.create_engine(f"sqlite:///{memory_path(config.state)}")
    with db.begin() as connection:
        waiting = connection.execute(sa.text("UPDATE message SET due_at = 0")).rowcount
    db.dispose()
    return waiting


def test_an_answer_from_the_terminal_to_the_store(config: Config, sqlite_store: Store) -> None:
    asked = dex_agent(config, "pulse", "--now", "--lang", "fr", typed="l\n")
    assert asked.returncode == 0, asked.stderr
    while "à l’égard des outils numériques" not in unwrapped(
        asked.stdout
    ):  # the second question may be the first to come
        assert dex_agent(config, "pulse", "--now", typed="s\n").returncode == 0
        asked = dex_agent(config, "pulse", "--now", "--lang", "fr", typed="l\n")
    assert "Anonyme" in asked.stdout
    assert "parmi 8 personnes (A)" in unwrapped(asked.stdout)

    typed = "9\n2\n4\n\nMoins de mots de passe, paul@example.org\n"
    answered = dex_agent(config, "pulse", "--now", "--lang", "fr", typed=typed)
    assert answered.returncode == 0, answered.stderr
    assert "Merci." in answered.stdout
    assert "3 messages" in answered.stdout
    status = json.loads(dex_agent(config, "pulse", "--status", "--json").stdout)
    assert status["messages_waiting"] == 3
    assert [label["eligible"] for label in status["labels"]] == [8, 8]
    assert "core" not in status["asks"]

    while make_messages_due(config):
        run_pulse(config)
    with sqlite_store.reading() as session:
        answers = session.scalars(sa.select(PulseAnswer).where(PulseAnswer.org_id.is_not(None))).all()
        assert sorted((a.label, a.item, a.value) for a in answers) == [
            ("col:stage:steady", "tech_sat", 4),
            ("row:team:A", "tech_sat", 4),
        ]
        said = session.scalars(sa.select(PulseComment.text).where(PulseComment.org_id.is_not(None))).all()
        assert said == ["Moins de mots de passe, …"]
        issued = session.scalars(sa.select(PulseMember.issued).where(PulseMember.org_id.is_not(None))).all()
        assert sum(digest is not None for digest in issued) == 1


def test_the_terminal_says_plainly_why_nothing_is_asked(config: Config, collector: Collector) -> None:
    collector.kill()
    unreachable = dex_agent(config, "pulse", "--now")
    assert unreachable.returncode == 1, dex_agent(config, "pulse", "--status").stdout
    assert "cannot be reached" in unreachable.stderr
    assert unreachable.stderr.count("\n") == 1
    status = dex_agent(config, "pulse", "--status")
    assert status.returncode == 0
    assert "cannot be reached" in status.stdout
