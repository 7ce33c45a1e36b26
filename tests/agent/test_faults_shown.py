"""Who sits at a laptop reads the faults that IT is told of, in the same words and on the same day."""

import json
from typing import Any

import pytest
from countersigner import edition, signed
from offered_policy import asked, offer

from agent.__main__ import main
from agent.agreed.agreement import built_in_document
from agent.agreed.fault_rules import FAULT_RULES
from agent.agreed.fault_words import fault_lines
from agent.agreed.policy import Policy, load_policy
from agent.config import Config
from agent.showing import show
from agent.showing.show_page import page
from agent.store.local_store import LocalStore

DISK = {"fault": "full-disk", "since": "2026-03-01", "severity": "high", "ticket": None, "says": "in English"}
ZOOM = {"fault": "crashing-application:zoom", "since": "2026-03-02", "ticket": "INC-7", "says": "…"}


def told(document: dict[str, Any], faults: Any) -> list[str]:
    return fault_lines(Policy({"agreement": {"document": document}, "faults": faults}))


def test_it_says_what_it_sees_with_the_numbers_of_the_agreement() -> None:
    document = built_in_document()
    document["faults"]["full-disk"] = {"below_pct": 3}
    lines = told(document, [DISK, ZOOM])
    assert lines[0].startswith("Less than 3 percent of the system disk is free. (since ")
    assert "zoom crashed at least 5 times in 7 days" in lines[1]
    assert lines[1].endswith(", ticket INC-7)")


def test_a_source_has_the_name_that_doctor_gives_it() -> None:
    row = {"fault": "unreadable-source:crash", "since": "2026-03-01", "says": "…"}
    assert "Crash" in told(built_in_document(), [row])[0]


@pytest.mark.parametrize("name", FAULT_RULES)
def test_every_rule_has_words(name: str) -> None:
    [line] = told(built_in_document(), [{"fault": f"{name}:zoom", "since": "2026-03-01"}])
    assert "{" not in line


def test_a_fault_that_is_not_agreed_is_named_as_such() -> None:
    document = built_in_document()
    del document["faults"]["full-disk"]
    unknown = {"fault": "works-late", "since": "2026-03-01", "says": "Works late."}
    lines = told(document, [DISK, unknown])
    assert lines[0].startswith("Not agreed, but listed: in English (since ")
    assert lines[1].startswith("Not agreed, but listed: Works late. (since ")


@pytest.mark.parametrize(
    "faults", [None, 7, "full-disk", [7, {}, {"fault": 7}, {"fault": "full-disk", "since": "x"}]]
)
def test_what_cannot_be_read_is_left_out(faults: Any) -> None:
    assert told(built_in_document(), faults) == []


def test_a_collector_that_adds_a_fault_rule_without_a_signature_is_refused(local_store: LocalStore) -> None:
    fewer = {"faults": {"full-disk": {}}}
    assert asked(local_store, offer(signed(edition(1, **fewer)))) == ""
    more = {**edition(2, **fewer), "faults": {"full-disk": {}, "old-agent": {}}}
    refusal = asked(local_store, offer({**signed(more), "signature": ""}))
    assert "Not agreed: telling IT of the faults old-agent." in refusal
    assert {path for path in load_policy(local_store.db).bounds.named if path[0] == "faults"} == {
        ("faults", "full-disk")
    }


def test_show_has_them_on_the_terminal_as_json_and_on_its_page(
    enrolled_config: Config, local_store: LocalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(local_store, offer(signed(edition(1)), faults=[DISK])) == ""
    assert main(["--config", str(enrolled_config.path), "show"]) == 0
    text = capsys.readouterr().out
    assert "Less than 5 percent of the system disk is free." in text.split("IT is told")[1]
    assert main(["--config", str(enrolled_config.path), "show", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["faults"]) == 1
    assert "What IT is told is wrong with this laptop" in page(show.report(local_store.db, 0.0, 1))
