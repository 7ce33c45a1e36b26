"""Who sits at a laptop reads who of IT looked at it, on which day and why."""

import json
from typing import Any

import pytest
from countersigner import edition, signed
from offered_policy import asked, offer

from agent.__main__ import main
from agent.agreed.look_words import look_lines
from agent.agreed.policy import Policy
from agent.config import Config
from agent.showing import show
from agent.showing.show_page import page
from agent.store.local_store import LocalStore

LOOKED = {
    "day": "2026-03-03",
    "role": "it",
    "name": "Ines",
    "reason": "starts take <minutes>",
    "ticket": "INC-7",
    "state": "ended",
    "looked": True,
}


def told(*looks: Any) -> list[str]:
    return look_lines(Policy({"looks": list(looks)}))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, "IT, Ines looked, ticket INC-7: starts take <minutes>"),
        ({"name": "", "state": "open"}, "IT looked, ticket INC-7"),
        ({"state": "asked", "looked": False}, "asks to look, ticket INC-7: starts take <minutes> (allow"),
        ({"state": "allowed", "looked": False}, "may look now"),
        ({"state": "refused", "looked": False}, "did not look"),
        ({"state": "something new", "looked": False}, "did not look"),
    ],
)
def test_each_look_is_a_line(changed: dict[str, Any], says: str) -> None:
    (line,) = told({**LOOKED, **changed})
    assert says in line
    assert "3" in line.partition(":")[0], "the day"


@pytest.mark.parametrize("look", [None, 7, "x", {}, {**LOOKED, "day": "yesterday"}, {**LOOKED, "name": 7}])
def test_what_cannot_be_read_is_left_out(look: Any) -> None:
    assert told(look) == []
    assert look_lines(Policy({"looks": look})) == []


def test_show_and_its_page_tell_it(enrolled_config: Config, local_store: LocalStore, capsys) -> None:
    assert asked(local_store, offer(signed(edition(1)), looks=[LOOKED])) == ""
    found = show.report(local_store.db, 0.0, 0)
    assert "starts take &lt;minutes&gt;" in page(found)
    assert main(["--config", str(enrolled_config.path), "show"]) == 0
    assert "Who of IT looked at this laptop, and why" in capsys.readouterr().out
    assert main(["--config", str(enrolled_config.path), "show", "--json"]) == 0
    (line,) = json.loads(capsys.readouterr().out)["looks"]
    assert "Ines" in line
