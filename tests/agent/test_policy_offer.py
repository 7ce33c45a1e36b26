"""What becomes of a policy: taken, refused, or taken as far as it is agreed."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from countersigner import COUNCIL, SOMEBODY_ELSE, edition, fingerprint_of, signed, trust
from hypothesis import given, settings
from hypothesis import strategies as st
from recording_collector import RecordingCollector, unsigned

from agent.__main__ import main
from agent.agreed.agreement import Unreadable, built_in_document, canonical, ended_document
from agent.agreed.countersign import digest, signed_by
from agent.agreed.policy import Policy, load_policy
from agent.agreed.policy_offer import judge, take
from agent.collectors import all_collectors
from agent.collectors.options import collector_options
from agent.config import Config, load_config
from agent.local_time import day_of
from agent.reading import Happening, Reading
from agent.sending import batches, revisions
from agent.sending.delivery import deliver
from agent.sending.sender import Sender
from agent.service.budget import Budget, budget_of
from agent.service.runner import Runner
from agent.signals import Sample
from agent.store import bodies, observations, spool
from agent.store.identity import load_identity
from agent.store.local_store import LocalStore, get, put
from agent.store.observations import SourceState, Tick

COUNCILS_KEY = fingerprint_of(COUNCIL)
INTRANET = {"name": "Intranet", "url": "https://intranet.example.org/health"}


def offer(agreement: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"version": 1, "agreement": agreement, "applications": ["firefox"], **parts}


def asked(store: LocalStore, document: dict[str, Any], pinned: str = COUNCILS_KEY) -> str:
    """What the laptop says to this policy."""
    with store.transaction() as db:
        return take(db, document, "", pinned)


def named(store: LocalStore, *programs: str) -> list[str]:
    applications = load_policy(store.db).applications
    return [applications.name_of(program) for program in programs]


def saw_a_crash(store: LocalStore, app: str = "firefox") -> None:
    at = time.time()
    reading = Reading(
        [Sample("on_s", 60.0), Sample("active_s", 60.0, attributes={"source": "input"})],
        [Happening("crash", datetime.fromtimestamp(at, UTC), app, "1")],
    )
    with store.transaction() as db:
        observations.record(db, Tick(at, {"all": reading}, {"active": SourceState("ok")}))
        revisions.make_all_due(db, at)


def waiting(store: LocalStore) -> list[dict[str, Any]]:
    return [bodies.unpacked(batch.body) for batch in spool.waiting(store.db)]


# Signed changes


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


# Nobody signed


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


# Releases of laptop and collector


def test_a_newer_collector_brings_fields_that_this_laptop_does_not_know(local_store: LocalStore) -> None:
    newer = edition(0, facts=[*built_in_document()["facts"], "gpu"])
    newer["summary"]["gpu_min"] = []
    for pinned in ("", COUNCILS_KEY):
        assert asked(local_store, offer(unsigned(newer)), pinned) == ""
    assert asked(local_store, offer(signed(newer | {"number": 1}))) == ""


def test_a_newer_laptop_under_an_older_agreement_sends_the_old_fields_alone(local_store: LocalStore) -> None:
    older = edition(1)
    del older["summary"]["usage_s"], older["events"]["oom"]
    for pinned, agreement in (("", unsigned(older)), (COUNCILS_KEY, signed(older))):
        assert asked(local_store, offer(agreement), pinned) == ""
        saw_a_crash(local_store)
        with local_store.transaction() as db:
            batches.compose(db, time.time(), load_policy(db), 1.0)
        (content,) = waiting(local_store)
        assert "active_min" in content["summary"]
        assert "usage_s" not in content["summary"]
        with local_store.transaction() as db:
            spool.remove_waiting(db)


def test_a_collector_of_the_first_releases_is_understood(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    document = built_in_document() | {"agreed": False, "text": "…"}
    document["summary"] = list(document["summary"])
    for name in ("format", "number", "event", "at_most", "at_least"):
        del document[name]
    recording.policy["agreement"] = {"hash": "f" * 64, "agreed": False, "document": document}
    saw_a_crash(local_store)
    assert deliver(enrolled_config).trouble == ""
    assert get(local_store.db, "policy_refused") == ""
    assert [event["app"] for event in recording.events] == ["firefox"]


def test_an_identity_of_the_first_releases_is_read(enrolled_config: Config) -> None:
    path = enrolled_config.identity_path
    path.write_text(path.read_text().replace('"agreement_key": ""', f'"agreement": "{"a" * 64}"'))
    identity = load_identity(path)
    assert identity is not None
    assert (identity.device_id, identity.agreement_key) == ("d0", "")


def test_what_another_release_refused_is_asked_for_again(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    """A collector that answers “not changed” would leave the refusal as it is."""
    put(local_store.db, "policy_etag", '"1"')
    put(local_store.db, "policy_refused", "The collector's policy rests on another agreement.")
    recording.answer = lambda path, content: None
    deliver(enrolled_config)
    headers = next(headers for path, headers, _ in recording.requests if path.endswith("/policy"))
    assert "If-None-Match" not in headers
    assert get(local_store.db, "policy_refused") == ""
    put(local_store.db, "policy_checked_at", "")
    deliver(enrolled_config)
    assert [h.get("If-None-Match") for p, h, _ in recording.requests if p.endswith("/policy")][-1] == '"1"'


# The end, and what waits


@pytest.mark.parametrize("is_signed", [True, False])
def test_an_ended_agreement_stops_everything(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector, is_signed: bool
) -> None:
    trust(enrolled_config)
    recording.policy["agreement"] = signed(edition(1))
    assert deliver(enrolled_config).trouble == ""
    before = recording.batches
    saw_a_crash(local_store)
    end = ended_document(2)
    recording.policy["agreement"] = signed(end) if is_signed else unsigned(end)
    put(local_store.db, "policy_checked_at", "")
    assert deliver(enrolled_config).trouble == ""
    assert recording.batches == before
    assert (spool.count(local_store.db, spool.WAITING), spool.days_with_events(local_store.db)) == (0, [])
    in_force = load_policy(local_store.db)
    assert in_force.ended
    assert all_collectors(collector_options(enrolled_config, in_force)) == ()
    assert get(local_store.db, "policy_refused") == ""
    recording.policy["agreement"] = signed(edition(1))  # as whoever runs the collector could show again
    put(local_store.db, "policy_checked_at", "")
    deliver(enrolled_config)
    assert load_policy(local_store.db).ended is is_signed


def test_the_service_looks_at_nothing_after_the_end_and_tells_nothing_of_that_time_later(
    enrolled_config: Config, local_store: LocalStore
) -> None:
    asked(local_store, offer(signed(edition(1))))
    runner = Runner(enrolled_config, local_store, sender=NoSender(enrolled_config))
    runner.tick()
    assert runner.watches
    minutes_before = count_minutes(local_store)
    asked(local_store, offer(signed(ended_document(2))))
    runner._after_delivery()
    put(local_store.db, "ended_at", str(time.time() - 600))
    runner.tick()
    assert runner.watches == []
    assert Runner(enrolled_config, local_store, sender=NoSender(enrolled_config)).watches == []
    assert count_minutes(local_store) == minutes_before
    asked(local_store, offer(signed(edition(3))))
    runner._after_delivery()
    assert runner.watches
    before = datetime.fromtimestamp(time.time() - 700, UTC)
    meanwhile = datetime.fromtimestamp(time.time() - 300, UTC)
    found = [Happening("crash", at, app) for at, app in ((before, "before"), (meanwhile, "meanwhile"))]
    with local_store.transaction() as db:
        observations.record(db, Tick(time.time(), {"all": Reading((), found)}, {}))
    apps = local_store.db.execute("SELECT app FROM happening WHERE kind = 'crash'").fetchall()
    assert apps == [("before",)]


class NoSender(Sender):
    def start(self, store: LocalStore, inherited: Sequence[int] = (), pulse: bool = False) -> None:
        pass


def count_minutes(store: LocalStore) -> int:
    return int(store.db.execute("SELECT count(*) FROM minute").fetchone()[0])


def test_what_waits_is_narrowed_with_the_agreement(local_store: LocalStore) -> None:
    asked(local_store, offer(signed(edition(1))))
    saw_a_crash(local_store)
    with local_store.transaction() as db:
        batches.compose(db, time.time(), load_policy(db), 1.0)
    assert "usage_s" in waiting(local_store)[0]["summary"]
    narrow = edition(2, applications=["code"])
    del narrow["summary"]["usage_s"], narrow["summary"]["coverage"]
    assert asked(local_store, offer(signed(narrow), applications=["code"])) == ""
    (content,) = waiting(local_store)
    assert not {"usage_s", "coverage"} & set(content["summary"])
    assert [event["app"] for event in content["events"]] == ["other"]
    narrow = edition(3, events={}, summary={})
    assert asked(local_store, offer(signed(narrow))) == ""
    assert waiting(local_store) == []


def test_a_laptop_that_lost_its_store_sends_nothing_before_it_knows_what_is_agreed(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    trust(enrolled_config)
    saw_a_crash(local_store)
    recording.answer = lambda path, content: (503, "away", {}) if path.endswith("/policy") else None
    deliver(enrolled_config)
    assert spool.days_with_events(local_store.db) == [day_of(time.time())]
    assert waiting(local_store) == []


# Whose key


def test_the_enrolment_pins_the_key_and_the_configuration_comes_first(
    agent_file: Path, recording: RecordingCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording.policy["agreement"] = signed(edition(1))
    enrol = ["--config", str(agent_file), "enroll", "--key", "dexe_1"]
    assert main(enrol) == 0
    config = load_config(agent_file, {})
    identity = load_identity(config.identity_path)
    assert identity is not None
    assert identity.agreement_key == COUNCILS_KEY
    monkeypatch.setenv("DEX_AGENT_AGREEMENT_KEY", fingerprint_of(SOMEBODY_ELSE))
    recording.policy["agreement"] = signed(edition(1, services=[INTRANET]))
    assert main(enrol) == 0
    store = LocalStore(config.store_path)
    assert "another key" in get(store.db, "policy_refused")
    store.close()


def test_somebody_can_tell_a_laptop_whom_to_trust(
    enrolled_config: Config,
    local_store: LocalStore,
    recording: RecordingCollector,
    capsys: pytest.CaptureFixture[str],
) -> None:
    recording.policy |= {"agreement": signed(edition(1, services=[INTRANET])), "services": [INTRANET]}
    deliver(enrolled_config)
    assert load_policy(local_store.db).services == ()
    command = ["--config", str(enrolled_config.path), "agreement"]
    assert main(command) == 0
    assert COUNCILS_KEY in capsys.readouterr().out
    assert main([*command, "trust", "not a fingerprint"]) == 2
    in_groups = " ".join(COUNCILS_KEY[at : at + 8] for at in range(0, 64, 8)).upper()
    assert main([*command, "trust", in_groups]) == 0
    deliver(enrolled_config)
    asked_anew = [headers for path, headers, _ in recording.requests if path.endswith("/policy")][-1]
    assert "If-None-Match" not in asked_anew  # the answer is the same, the judgement is not
    assert [service.name for service in load_policy(local_store.db).services] == ["Intranet"]
    capsys.readouterr()
    assert main([*command, "--document"]) == 0
    assert capsys.readouterr().out.encode() == canonical(edition(1, services=[INTRANET]))


@pytest.mark.parametrize("command", ["status", "show", "doctor", "agreement"])
def test_a_refusal_is_shown(
    enrolled_config: Config,
    local_store: LocalStore,
    recording: RecordingCollector,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    trust(enrolled_config)
    recording.policy |= {"agreement": signed(edition(1)), "applications": ["diary"]}
    deliver(enrolled_config)
    main(["--config", str(enrolled_config.path), command])
    assert "Not agreed: naming the applications diary." in capsys.readouterr().out
