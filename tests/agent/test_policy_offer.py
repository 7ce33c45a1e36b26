"""What becomes of a policy: taken, refused, or taken as far as it is agreed."""

from typing import Any

import pytest
from countersigner import SOMEBODY_ELSE, edition, fingerprint_of, signed
from hypothesis import given, settings
from hypothesis import strategies as st
from offered_policy import COUNCILS_KEY, INTRANET, asked, named, offer
from recording_collector import unsigned

from agent.agreed.agreement import Unreadable, built_in_document
from agent.agreed.countersign import digest, signed_by
from agent.agreed.policy import Policy, load_policy
from agent.agreed.policy_offer import judge
from agent.service.budget import Budget, budget_of
from agent.store.local_store import LocalStore


def test_a_signed_change_is_taken_without_enrolling_again(local_store: LocalStore) -> None:
    more = edition(2, applications=["firefox", "saplogon"], services=[INTRANET])
    assert asked(local_store, offer(signed(edition(1)))) == ""
    assert asked(local_store, offer(signed(more), applications=["saplogon"], services=[INTRANET])) == ""
    in_force = load_policy(local_store.db)
    assert [service.host for service in in_force.services] == ["intranet.example.org"]
    assert named(local_store, "saplogon") == ["saplogon"]


def test_what_goes_beyond_is_refused_by_name_and_the_old_policy_stays(local_store: LocalStore) -> None:
    agreement = signed(edition(1, applications=["firefox", "code"]))
    assert asked(local_store, offer(agreement)) == ""
    said = asked(local_store, offer(agreement, applications=["code", "diary"], services=[INTRANET]))
    assert said.splitlines() == [
        "The collector asks for more than was agreed for this laptop. The old policy stays in force.",
        "Not agreed: naming the applications diary.",
        "Not agreed: trying the services Intranet (https://intranet.example.org/health).",
    ]
    assert named(local_store, "firefox", "code") == ["firefox", "other"]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"keep_days": {"rows": 400}}, "Not agreed: keeping data for 400 days. Agreed: 90."),
        ({"intervals": {"policy_s": 5}}, "Not agreed: contact every 5 s. Agreed: every 300 s."),
        ({"budget": {"rss_mib": 900}}, "Not agreed: up to 900 MiB of memory. Agreed: 128."),
        ({"pause": {"allowed": False}}, "Not agreed: pauses of 0 hours at most. Agreed: 2."),
        (
            {"references": [{"host": f"r{n}.example.org", "port": 443} for n in range(7)]},
            "Not agreed: trying the network with 7 computers. Agreed: 5.",
        ),
    ],
)
def test_numbers_have_bounds_too(local_store: LocalStore, parts: dict[str, Any], words: str) -> None:
    document = edition(1)
    document["at_least"] = document["at_least"] | {"pause_hours": 2}
    assert words in asked(local_store, offer(signed(document), **parts)).splitlines()
    assert load_policy(local_store.db).document == {}


def test_an_agreement_that_somebody_else_signed_is_refused(local_store: LocalStore) -> None:
    asked(local_store, offer(signed(edition(1, applications=["firefox"]))))
    wide = edition(2, applications=["firefox", "diary"])
    said = asked(local_store, offer(signed(wide, SOMEBODY_ELSE), applications=["diary"]))
    assert fingerprint_of(SOMEBODY_ELSE) in said
    assert named(local_store, "firefox", "diary") == ["firefox", "other"]


def test_a_forged_signature_is_worth_nothing(local_store: LocalStore) -> None:
    asked(local_store, offer(signed(edition(1, applications=["firefox"]))))
    honest = signed(edition(2, applications=["firefox"]))
    forged = honest | {"document": edition(2, applications=["firefox", "diary"])}
    forged["hash"] = unsigned(forged["document"])["hash"]
    assert signed_by(forged) == ""
    assert "diary" in asked(local_store, offer(forged, applications=["diary"]))
    for broken in ({"signature": ""}, {"signature": "Zm9v"}, {"key": "Zm9v"}, {"key": 7}, {"document": []}):
        assert signed_by(honest | broken) == ""
    assert "does not fit its hash" in asked(local_store, offer(honest | {"hash": "0" * 64}))


def test_an_older_edition_is_not_taken_again(local_store: LocalStore) -> None:
    wide, narrow = edition(1, applications=["firefox", "code"]), edition(2, applications=["firefox"])
    for document in (wide, narrow):
        assert asked(local_store, offer(signed(document))) == ""
    assert "older agreement" in asked(local_store, offer(signed(wide), applications=["code"]))
    assert named(local_store, "code") == ["other"]


def test_a_narrower_agreement_needs_no_signature_and_the_signed_one_holds_again(
    local_store: LocalStore,
) -> None:
    wide = offer(signed(edition(1, applications=["firefox", "code"])), applications=["firefox", "code"])
    assert asked(local_store, wide) == ""
    assert asked(local_store, offer(unsigned(edition(1, applications=["code"])), applications=["code"])) == ""
    assert named(local_store, "firefox", "code") == ["other", "code"]
    assert asked(local_store, wide) == ""
    assert named(local_store, "firefox", "code") == ["firefox", "code"]


some_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


PARTS = ("applications", "services", "references", "intervals", "pause", "budget", "keep_days", "agreement")


@given(
    parts=st.dictionaries(st.sampled_from(PARTS), some_json, max_size=4),
    within=st.dictionaries(st.sampled_from(sorted(built_in_document())), some_json, max_size=3),
    pinned=st.sampled_from(["", COUNCILS_KEY]),
)
@settings(max_examples=100, deadline=None)
def test_whatever_a_collector_answers_becomes_a_yes_or_a_sentence(
    parts: dict[str, Any], within: dict[str, Any], pinned: str
) -> None:
    agreement = built_in_document() | within
    try:
        hashed = digest(agreement)
    except Unreadable:
        hashed = ""
    document = {"agreement": {"hash": hashed, "document": agreement}} | parts
    verdict = judge(Policy(document), pinned, None)
    assert verdict.taken or verdict.sentences
    if verdict.taken:
        taken = Policy(document)
        assert set(taken.texts("applications")) >= set(taken.applications._names.values())
        assert taken.references == taken.every_reference[: int(taken.bounds.most["references"])]


def test_a_budget_that_is_no_budget_does_not_reach_the_service(local_store: LocalStore) -> None:
    for number in (10**400, float("nan"), -1, "much", None):
        asked(local_store, offer(unsigned(built_in_document()), budget={"rss_mib": number}), pinned="")
        assert budget_of(load_policy(local_store.db).document) == Budget()


def test_without_a_key_what_nobody_signed_for_is_left_out_and_the_rest_is_taken(
    local_store: LocalStore,
) -> None:
    wide = edition(0, applications=["firefox", "diary"], services=[INTRANET])
    for agreement in (unsigned(wide), signed(wide)):
        said = asked(
            local_store,
            offer(agreement, applications=["firefox", "diary"], services=[INTRANET], budget={"rss_mib": 900}),
            pinned="",
        )
        assert "Not agreed: naming the applications diary." in said
        assert named(local_store, "firefox", "diary") == ["firefox", "other"]
        in_force = load_policy(local_store.db)
        assert (in_force.services, in_force.document["budget"]) == ((), {"rss_mib": 128})
    assert COUNCILS_KEY in said
