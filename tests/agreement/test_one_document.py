"""One document holds everything that is agreed, has one hash, and says in plain language what it changes."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from countersigner import edition, signed
from offered_policy import COUNCILS_KEY

from agent.agreed.agreement import BUILT_IN, Unreadable, bounds_of, built_in_document, canonical
from agent.agreed.policy import Policy
from agent.agreed.policy_offer import judge
from server.agreement import promise_words, words
from server.agreement.editions import Edition, built_in, check_next, check_readable, digest
from server.agreement.promises import kept, roles_now
from server.agreement.words import difference
from server.cli import main
from server.db import Store
from server.errors import UsageError
from server.people.models import Organisation
from server.policy.settings import Settings, draft
from server.terms import PROMISED, TERMS

OF_0_5 = (Path(__file__).parent / "edition_of_0_5.json").read_bytes()
"""An edition as the release 0.5 made and laptops signed off: without faults, roles and terms."""
ITS_HASH = "d56794f7b4fb12723342bec14a29f0e4d018f2fd3c00eabf81af0a8d37a41266"


def lines(new: dict[str, Any], old: dict[str, Any]) -> list[str]:
    return [str(line) for line in difference(new, old)]


def test_the_document_names_faults_roles_and_terms_beside_what_leaves_a_laptop() -> None:
    document = draft(Settings(), built_in())
    assert set(document) == {
        *("format", "number", "summary", "event", "events", "facts", "applications", "services", "servers"),
        *("at_most", "at_least", "faults", "roles", "keep"),
    }
    assert document["faults"]["full-disk"] == {"below_pct": 5}
    assert "faults" in document["roles"]["it"]
    assert "faults" not in document["roles"].get("hr", [])
    assert document["keep"]["person_weeks"] == {"weeks": 26}
    named = {*document["keep"], "batches", "rows"}
    assert named == {term.name for term in TERMS}


def test_an_edition_of_an_earlier_release_keeps_its_bytes_and_its_hash() -> None:
    document = json.loads(OF_0_5)
    assert canonical(document) == OF_0_5
    assert digest(document) == hashlib.sha256(OF_0_5).hexdigest() == ITS_HASH


def test_what_it_does_not_name_is_not_done() -> None:
    old = Edition(json.loads(OF_0_5), signature=b"s")
    assert old.faults == {}
    assert not {path for path in old.bounds.named if path[0] == "faults"}


def test_a_laptop_takes_it_as_before_and_a_signed_edition_with_the_new_parts_after_it() -> None:
    old = json.loads(OF_0_5)
    policy = {"version": 1, "applications": ["firefox"]}
    first = judge(Policy(policy | {"agreement": signed(old)}), COUNCILS_KEY, None)
    assert (first.taken, first.sentences) == (True, ())
    new = draft(Settings(applications=("firefox",)), Edition(old, b"s"))
    second = judge(Policy(policy | {"agreement": signed(new)}), COUNCILS_KEY, first.signed)
    assert (second.taken, second.sentences) == (True, ())


def test_an_agent_of_the_earlier_release_reads_the_same_bounds_of_the_new_document() -> None:
    """It looks at the parts that it knows; the hash and the signature are over all of them."""
    new = draft(Settings(), built_in())
    as_it_reads = {name: part for name, part in new.items() if name not in ("faults", "roles", "keep")}
    its, ours = bounds_of(as_it_reads), bounds_of(new)
    assert {path for path in ours.named if path[0] != "faults"} == its.named
    assert (its.most, its.least) == (ours.most, ours.least)


def test_a_rule_a_role_and_a_longer_term_are_more_and_the_other_way_less() -> None:
    old = edition(1) | {"roles": {"it": ["fleet"]}, "keep": {"comments": {"weeks": 40}}}
    new = edition(2) | {"roles": {"it": ["faults", "fleet"]}, "keep": {"comments": {"weeks": 52}}}
    old["faults"] = {name: limits for name, limits in old["faults"].items() if name != "full-disk"}
    assert lines(new, old) == [
        "+ tells IT by the asset tag: Less than 5 percent of the system disk is free.",
        "+ the role IT sees faults of laptops, by asset tag",
        "+ keeps for 52 weeks (before: 40 weeks): comments",
    ]
    assert lines(old, new) == [
        "- ends: tells IT by the asset tag: Less than 5 percent of the system disk is free.",
        "- ends: the role IT sees faults of laptops, by asset tag",
        "- keeps for 40 weeks (before: 52 weeks): comments",
    ]
    assert lines(new, new) == []


def test_another_number_of_a_rule_stands_there_as_it_is_and_as_it_was() -> None:
    old, new = edition(1), edition(2)
    new["faults"] = new["faults"] | {"full-disk": {"below_pct": 8}}
    said = lines(new, old)
    assert said == [
        "+ tells IT by the asset tag: Less than 8 percent of the system disk is free.",
        "- ends: tells IT by the asset tag: Less than 5 percent of the system disk is free.",
    ]


def test_against_an_edition_of_an_earlier_release_everything_new_is_said() -> None:
    said = "\n".join(lines(draft(Settings(), built_in()), json.loads(OF_0_5)))
    assert "+ tells IT by the asset tag: A security update has waited for more than 30 days." in said
    assert "+ the role team lead sees published results of groups" in said
    assert "+ keeps for 104 weeks: the audit log" in said


@pytest.mark.parametrize(
    "part",
    [
        {"faults": ["full-disk"]},
        {"faults": {"full-disk": {"below_pct": "many"}}},
        {"roles": {"it": "everything"}},
        {"keep": {"comments": 52}},
        {"keep": {"comments": {"weeks": True}}},
    ],
)
def test_a_part_that_cannot_be_read_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        check_readable(edition(1) | part)


def test_a_fault_that_nobody_knows_how_to_find_cannot_be_signed() -> None:
    with pytest.raises(UsageError, match="the fault works-late, which"):
        check_next(edition(1, faults={"works-late": {}}), built_in())


def test_whatever_a_role_sees_has_words() -> None:
    views = {view for seen in roles_now().values() for view in seen}
    assert views - set(promise_words.SEES) == set(), "say in promise_words.py what is seen there"
    assert set(kept(PROMISED)) == set(promise_words.KEPT)
    assert all(
        rule in BUILT_IN.named for rule in (("faults", name) for name in built_in_document()["faults"])
    )
    assert len(list(words.sentences())) > 15


@pytest.fixture
def run(sqlite_store: Store, tmp_path: Path) -> Callable[..., Result]:
    url = sqlite_store.engine.url.render_as_string(hide_password=False)

    def call(*arguments: str) -> Result:
        return CliRunner(env={"DEX_DATABASE_URL": url}).invoke(main, [*arguments, "--data", str(tmp_path)])

    return call


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


def test_nothing_is_kept_longer_than_a_signed_edition_says(
    run: Callable[..., Result], org: Organisation, tmp_path: Path
) -> None:
    assert run("agreement", "key", str(tmp_path / "key.pem")).exit_code == 0
    assert run("db", "retention", "--keep", "comments=20").exit_code == 0
    assert run("agreement", "sign", "--key", str(tmp_path / "key.pem")).exit_code == 0
    assert run("db", "retention", "--keep", "comments=10").exit_code == 0
    refused = run("db", "retention", "--keep", "comments=21")
    assert (refused.exit_code, "kept for 20 weeks, not 21" in refused.output) == (2, True)
