"""A laptop is given to who signs in to it, by scrambled names, and to nobody where that is several people."""

import os
from base64 import b64encode
from pathlib import Path

import pytest
from real_fleet import Firmware, Fleet
from said_by_companions import NOW, listening, minute, say

from agent.agreed.agreement import built_in_document
from agent.agreed.policy import Policy
from agent.config import Config
from agent.sending import signed_in
from agent.service.askers import Askers
from agent.sign_in_name import digest, read, scrambled
from agent.store.local_store import LocalStore

ANNA, BEN = "anna@example.org", "ben@example.org"


def test_a_laptop_is_its_only_users_from_the_day_they_signed_in(fleet: Fleet) -> None:
    anna = fleet.person("P1", email="Anna@Example.org")
    fleet.ask_for_names()
    laptop = fleet.laptop()
    laptop.enrol()
    laptop.day("1000", ANNA)
    fleet.days_pass(1)
    assert fleet.settle().assigned == 1
    assert laptop.owner.person == anna
    assert fleet.settle().changes == []


def test_a_name_that_only_the_directory_file_has_is_found_too(fleet: Fleet) -> None:
    anna = fleet.person("P1", "EXAMPLE\\ameyer")
    fleet.ask_for_names()
    laptop = fleet.laptop()
    laptop.enrol()
    laptop.day("1000", "ameyer")
    fleet.settle()
    assert laptop.owner.person == anna


def test_several_people_within_two_weeks_share_a_laptop_and_it_scores_nobody(fleet: Fleet) -> None:
    fleet.person("P1", email=ANNA)
    ben = fleet.person("P2", email=BEN)
    fleet.ask_for_names()
    laptop = fleet.laptop()
    laptop.enrol()
    laptop.day("1000", ANNA)
    fleet.settle()
    fleet.days_pass(2)
    laptop.day("1001", BEN)
    assert fleet.settle().shared == 1
    assert (laptop.owner.person, laptop.owner.shared) == (None, True)
    assert fleet.settle().changes == []
    for _ in range(14):
        fleet.days_pass(1)
        laptop.day("1001")
    fleet.settle()
    assert (laptop.owner.person, laptop.owner.shared) == (ben, False)


def test_who_the_directory_does_not_know_says_nothing(fleet: Fleet) -> None:
    anna = fleet.person("P1", email=ANNA)
    fleet.ask_for_names()
    laptop = fleet.laptop()
    laptop.enrol()
    laptop.day("1001", "contractor@agency.example")
    fleet.settle()
    assert laptop.owner.person is None
    laptop.day("1000", ANNA)
    laptop.day("1002", "adm-karl@example.org")
    fleet.settle()
    assert (laptop.owner.person, laptop.owner.shared) == (anna, False)


def test_a_contractor_whom_the_directory_names_is_one_of_its_people(fleet: Fleet) -> None:
    kim = fleet.person("C9", email="kim@agency.example")
    fleet.ask_for_names()
    laptop = fleet.laptop()
    laptop.enrol()
    laptop.day("1000", "kim_agency.example#EXT#@example.onmicrosoft.com")
    fleet.settle()
    assert laptop.owner.person == kim


def test_a_name_of_two_people_is_nobodys(fleet: Fleet) -> None:
    fleet.person("P1", "anna")
    fleet.person("P2", "anna")
    fleet.ask_for_names()
    laptop = fleet.laptop()
    laptop.enrol()
    laptop.day("1000", "anna")
    fleet.settle()
    assert laptop.owner.person is None


def test_two_laptops_of_one_person_are_both_theirs(fleet: Fleet) -> None:
    anna = fleet.person("P1", email=ANNA)
    fleet.ask_for_names()
    both = [fleet.laptop(Firmware(serial=f"5QJT7K{n}")) for n in range(2)]
    for laptop in both:
        laptop.enrol()
        laptop.day("1000", ANNA)
    assert fleet.settle().assigned == 2
    assert [laptop.owner.person for laptop in both] == [anna, anna]


def test_under_another_key_laptops_say_it_anew_and_keep_their_people(fleet: Fleet) -> None:
    anna = fleet.person("P1", email=ANNA)
    fleet.ask_for_names()
    laptop, silent = fleet.laptop(), fleet.laptop(Firmware(serial="5QJT7K9"))
    for each in (laptop, silent):
        each.enrol()
        each.day("1000", ANNA)
    fleet.settle()
    fleet.days_pass(1)
    fleet.ask_for_names()
    laptop.day("1000")
    first, second = fleet.told(laptop)[-2:]
    assert (first or "")[:2] == "1:"
    assert (second or "")[:2] == "2:"
    assert (first or "")[2:] != (second or "")[2:]
    assert fleet.settle().changes == []
    fleet.days_pass(200)
    fleet.ask_for_names()
    fleet.ask_for_names()
    assert fleet.settle().changes == []
    assert [each.owner.person for each in (laptop, silent)] == [anna, anna]


def test_nothing_is_told_where_nobody_asked(fleet: Fleet) -> None:
    laptop = fleet.laptop()
    laptop.enrol()
    laptop.day("1000", ANNA)
    assert fleet.told(laptop) == [None]


def test_who_is_in_session_is_the_kernels_word_and_no_companions(tmp_path: Path) -> None:
    companions = listening(tmp_path / "companion.sock")
    store = LocalStore(tmp_path / "spool.sqlite3")
    peer = say(tmp_path / "companion.sock", minute(NOW), session="ben@example.org")
    companions.hear(NOW)
    with store.transaction() as db:
        Askers(Config(tmp_path / "agent.toml"), store, companions).note(db, "2026-03-04")
    policy = Policy(
        {
            "organisation": "org",
            "sign_in": {"number": 7, "key": b64encode(b"k" * 32).decode()},
            "agreement": {"document": built_in_document()},
        }
    )
    at = 1_772_600_000.0  # on that day
    named = {str(os.getuid()): ANNA}.__getitem__
    told = read(signed_in.fact(store.db, policy, at, named)["signin_hmac"])
    assert told == (7, (scrambled(b"k" * 32, digest("org", ANNA)),))
    assert signed_in.fact(store.db, policy, at + 15 * 86_400, named) == {}
    peer.close()
    companions.close()
    store.close()


@pytest.mark.parametrize(
    "asked",
    [
        None,
        {},
        [],
        {"number": 1},
        {"number": True, "key": b64encode(b"k" * 32).decode()},
        {"number": 1, "key": "no base64!"},
        {"number": 1, "key": b64encode(b"short").decode()},
        {"number": -1, "key": b64encode(b"k" * 32).decode()},
    ],
)
def test_a_key_that_is_none_asks_for_nothing(tmp_path: Path, asked: object) -> None:
    store = LocalStore(tmp_path / "spool.sqlite3")
    policy = Policy({"sign_in": asked, "agreement": {"document": built_in_document()}})
    assert signed_in.state(store.db, policy, 1.7e9) == ""
    assert signed_in.fact(store.db, policy, 1.7e9) == {}
    store.close()
