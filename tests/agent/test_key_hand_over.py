"""The key that signs agreements hands over to another one, and laptops believe that one untouched."""

import json
from typing import Any

import pytest
from countersigner import COUNCIL, SOMEBODY_ELSE, edition, fingerprint_of, signed, trust
from recording_collector import RecordingCollector

from agent.agreed.agreement import number_of
from agent.agreed.countersign import successor
from agent.config import Config, load_config
from agent.sending.delivery import deliver
from agent.store.identity import load_identity
from agent.store.local_store import LocalStore, get, put

NEXT, THIRD = "next council", "third council"


def look(config: Config, store: LocalStore) -> None:
    put(store.db, "policy_checked_at", "")
    assert deliver(config).trouble == ""


def known(config: Config) -> str:
    identity = load_identity(config.identity_path)
    assert identity is not None
    return identity.agreement_key


def in_force(store: LocalStore) -> int:
    return number_of(json.loads(get(store.db, "agreement_signed") or "{}"))


def hand_over(number: int, by: str = COUNCIL, to: str = NEXT) -> dict[str, Any]:
    return signed(edition(number, next_key=fingerprint_of(to)), by)


def later(agreement: dict[str, Any], *handed_over: dict[str, Any]) -> dict[str, Any]:
    return agreement | {"handed_over": list(handed_over)}


def test_a_laptop_that_sees_the_hand_over_takes_what_the_next_key_signs(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    trust(enrolled_config)
    recording.policy["agreement"] = hand_over(2)
    look(enrolled_config, local_store)
    assert known(enrolled_config) == fingerprint_of(NEXT)
    assert in_force(local_store) == 2
    look(enrolled_config, local_store)
    assert get(local_store.db, "policy_refused") == ""
    wider = edition(3, applications=["firefox", "okular", "private-diary"])
    recording.policy["agreement"] = signed(wider, NEXT)
    look(enrolled_config, local_store)
    assert in_force(local_store) == 3
    assert get(local_store.db, "policy_refused") == ""


def test_a_laptop_that_was_away_follows_each_hand_over(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    trust(enrolled_config)
    wider = edition(5, applications=["firefox", "private-diary"])
    recording.policy["agreement"] = later(signed(wider, THIRD), hand_over(2), hand_over(4, NEXT, THIRD))
    look(enrolled_config, local_store)
    assert known(enrolled_config) == fingerprint_of(THIRD)
    assert in_force(local_store) == 5


def test_a_key_that_has_handed_over_signs_no_more(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    trust(enrolled_config)
    recording.policy["agreement"] = hand_over(2)
    look(enrolled_config, local_store)
    recording.policy["agreement"] = signed(edition(3, applications=["private-diary"]))
    look(enrolled_config, local_store)
    assert in_force(local_store) == 2
    assert "private-diary" in get(local_store.db, "policy_refused")
    assert known(enrolled_config) == fingerprint_of(NEXT)


@pytest.mark.parametrize(
    "agreement",
    [
        later(signed(edition(3), SOMEBODY_ELSE), hand_over(2, SOMEBODY_ELSE, SOMEBODY_ELSE)),
        later(signed(edition(3), SOMEBODY_ELSE), hand_over(2) | {"signature": ""}),
        later(signed(edition(3), SOMEBODY_ELSE), {"document": "none"}, "none", {}),
        signed(edition(3, next_key="short"), COUNCIL),
        signed(edition(3, next_key=7), COUNCIL),
        signed(edition(3), COUNCIL) | {"handed_over": "none"},
        {},
    ],
)
def test_nobody_else_can_hand_over(agreement: dict[str, Any]) -> None:
    assert successor(agreement, fingerprint_of(COUNCIL)) == fingerprint_of(COUNCIL)


def test_hand_overs_in_a_circle_end() -> None:
    agreement = later(signed(edition(5), SOMEBODY_ELSE), hand_over(2), hand_over(3, NEXT, COUNCIL))
    assert successor(agreement, fingerprint_of(COUNCIL)) == fingerprint_of(COUNCIL)


def test_a_key_in_the_configuration_stays_and_its_hand_overs_hold(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    with enrolled_config.path.open("a") as file:
        file.write(f'agreement_key = "{fingerprint_of(COUNCIL)}"\n')
    config = load_config(enrolled_config.path, {})
    recording.policy["agreement"] = later(signed(edition(3), NEXT), hand_over(2))
    look(config, local_store)
    assert in_force(local_store) == 3
    assert known(config) == ""
