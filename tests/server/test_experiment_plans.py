"""What is planned of a change, refused or begun, and the commands from the plan to the end."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from experiment_company import EXPECTED, PEOPLE, TEAMS, TODAY, Told

from server.cli import main
from server.experiments.register import BadPlan, Plan, register
from server.experiments.schedule import ENDED, RUNNING

UNSOUND = (
    ({"name": "Two words"}, "A name has"),
    ({"title": " "}, "A title"),
    ({"hypothesis": ""}, "A hypothesis"),
    ({"measure": "mood"}, "cannot be measured"),
    ({"weeks": 21}, "1 to 20 weeks"),
    ({"teams": {"Nobody": None}}, "has a team “Nobody”"),
    ({"teams": dict.fromkeys(TEAMS)}, "one of them with a start"),
    ({"teams": dict.fromkeys(TEAMS, "2026-W20")}, "must lie ahead"),
    ({"teams": dict.fromkeys(TEAMS, "soon")}, "not an ISO week"),
    ({"teams": dict.fromkeys(TEAMS, "2026-W21")}, "nobody to compare with"),
    ({"teams": dict.fromkeys(TEAMS[1:]) | {"Sales": "2026-W21", "Care": "2026-W40"}}, "starts after"),
)


def test_a_plan_that_cannot_be_run_is_refused_in_a_sentence(told: Told) -> None:
    plan = {"name": "try", "title": "Try it", "hypothesis": EXPECTED, "measure": "signin", "weeks": 4}
    for change, says in UNSOUND:
        with pytest.raises(BadPlan, match=says), told.store.transaction() as session:
            register(session, told.org, Plan(**(plan | change)), TODAY)


def test_commands_from_the_plan_to_the_end(told: Told, tmp_path: Path, monkeypatch) -> None:
    url = told.store.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DEX_DATABASE_URL", url)

    def run(*words: str) -> str:
        result = CliRunner().invoke(main, ["experiments", *words, "--data", str(tmp_path), "--org", "main"])
        assert result.exit_code == 0, result.output
        return result.output

    planned = run("plan", "try", "--title", "Try it", "--hypothesis", EXPECTED, "--weeks", "2")
    assert "is found in four cases of five" in planned
    assert len([line for line in run("start", "try").splitlines() if line.count("-") == 4]) == PEOPLE // 2
    assert run("laptops", "try").count("\n") == PEOPLE // 2
    assert RUNNING in run("list")
    run("stop", "try")
    assert ENDED in run("show", "try")
    again = CliRunner().invoke(main, ["experiments", "stop", "try", "--data", str(tmp_path), "--org", "main"])
    assert again.exit_code == 2
    assert "has ended already" in again.output
