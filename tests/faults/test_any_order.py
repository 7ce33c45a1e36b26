"""Any order, any repetition, any delay, any grouping and any two collectors at once: the same rows."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID, uuid5

import factories
import msgspec
import pytest
import sqlalchemy as sa
from factories import EnrolledDevice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.db import Store
from server.devices.models import DeviceDrop, DeviceFact
from server.ingest.models import app_day, device_day, event, raw_batch
from server.ingest.payload import parse_batch
from server.ingest.store import Delivery, Outcome, keep
from server.ingest.writer import Writer
from server.people.weeks import week_of

FACT, DROP = (sa.inspect(model).local_table for model in (DeviceFact, DeviceDrop))
TODAY = date(2026, 3, 4)
SPACE = UUID("6e8bc430-9c3a-41d9-9669-0800200c9a66")


@st.composite
def histories(draw: st.DrawFn) -> list[dict]:
    """What two laptops say about three days: editions of summaries, and events that may come twice."""
    batches = []
    for laptop in range(2):
        editions = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), unique=True, max_size=6))
        events = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=4))
        said = [("summary", day, number) for day, number in editions]
        said += [("events", day, number) for day, number in events]
        for seq, (part, day, number) in enumerate(said, 1):
            batches.append({"laptop": laptop, "seq": seq, "part": part, "day": day, "number": number})
    return batches


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[dict], list[list[int]]]:
    """A history, and groups of its places: everything at least once, in any order."""
    history = draw(histories())
    places = list(range(len(history)))
    repeated = draw(st.lists(st.sampled_from(places), max_size=8)) if places else []
    order = draw(st.permutations(places + repeated))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=4)))
    bounds = [0, *cuts, len(order)]
    return history, [order[a:b] for a, b in pairwise(bounds)]


def delivery(devices: Sequence[EnrolledDevice], said: dict) -> Delivery:
    device = devices[said["laptop"]]
    number, seq = said["number"], said["seq"]
    if said["part"] == "summary":
        apps = [{"name": f"app{n}", "crashes": number} for n in range(number)]
        parts = {"summary": factories.summary(revision=number, offline_min=float(number), apps=apps)}
        parts |= {"facts": {"model": f"model {seq}"}}
    else:
        parts = {"events": [factories.event() | {"event_id": str(uuid_of(device, "event", number))}]}
    day = TODAY - timedelta(days=said["day"])
    content = factories.batch(device, seq=seq, day=day, **parts)
    content["batch_id"] = str(uuid_of(device, "batch", seq))
    body = msgspec.json.encode(content)
    drops = {("unknown", "summary"): number}
    return Delivery(device.org_id, device.device_id, parse_batch(body).batch, body, drops)


def uuid_of(device: EnrolledDevice, *names: object) -> UUID:
    return UUID(int=uuid5(SPACE, f"{device.device_id} {names}").int, version=4)


def expected(sent: Iterable[Delivery]) -> dict[str, set]:
    """The rows that must be there, said as simply as possible."""
    days: dict[tuple, Delivery] = {}
    events = set()
    facts: dict[tuple, Delivery] = {}
    drops: Counter[tuple] = Counter()
    for d in sent:
        key = (d.device_id, d.batch.day)
        if d.batch.summary and (key not in days or days[key].batch.revision < d.batch.revision):
            days[key] = d
        events |= {(*key, e.event_id) for e in d.batch.events}
        if d.batch.facts and (key not in facts or facts[key].batch.seq < d.batch.seq):
            facts[key] = d
        drops[d.device_id, week_of(d.batch.day)] += sum(d.drops.values())
    return {
        "batches": {(d.device_id, d.batch.day, d.batch.batch_id, body_of(d, days)) for d in sent},
        "days": {(*key, d.batch.revision, float(d.batch.revision)) for key, d in days.items()},
        "apps": {(*key, app.name, app.crashes) for key, d in days.items() for app in d.batch.summary.apps},
        "events": events,
        "facts": {(*key, d.batch.seq, d.batch.facts.model) for key, d in facts.items()},
        "drops": {(*key, count) for key, count in drops.items()},
    }


def body_of(sent: Delivery, days: dict[tuple, Delivery]) -> bytes | None:
    """Its bytes; None for an edition that was replaced, whose bytes may be gone."""
    newest = days.get((sent.device_id, sent.batch.day))
    replaced = sent.batch.summary and not sent.batch.events and sent.batch.revision < newest.batch.revision
    return None if replaced else sent.body


def found(store: Store, org_id: UUID) -> dict[str, list]:
    wanted = {
        "batches": (raw_batch, "day", "batch_id", "body"),
        "days": (device_day, "day", "revision", "offline_min"),
        "apps": (app_day, "day", "app", "crashes"),
        "events": (event, "day", "event_id"),
        "facts": (FACT, "since", "seq", "model"),
        "drops": (DROP, "week", "count"),
    }
    with store.reading() as session:
        return {
            name: [
                tuple(row)
                for row in session.execute(
                    sa.select(table.c.device_id, *(table.c[c] for c in columns)).where(
                        table.c.org_id == org_id
                    )
                )
            ]
            for name, (table, *columns) in wanted.items()
        }


def forget(store: Store, org_id: UUID) -> None:
    with store.transaction() as session:
        for table in (raw_batch, device_day, app_day, event, FACT, DROP):
            session.execute(sa.delete(table).where(table.c.org_id == org_id))


def assert_same(store: Store, org_id: UUID, sent: Iterable[Delivery]) -> None:
    for name, rows in found(store, org_id).items():
        wanted = expected(sent)[name]
        if name == "batches":  # the bytes of an edition that came after its successor stay for some days
            gone = {row[:-1] for row in wanted if row[-1] is None}
            rows = [(*row[:-1], None) if row[:-1] in gone else row for row in rows]
        assert len(rows) == len(wanted), name  # nothing twice
        assert set(rows) == wanted, name


@pytest.fixture
def laptops(store: Store, org, clock) -> list[EnrolledDevice]:
    with store.transaction() as session:
        return [factories.enrol_device(session, org.org_id, clock().date()) for _ in range(2)]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(plan=deliveries())
def test_any_order_and_repetition_gives_the_same_rows(store: Store, org, laptops, plan) -> None:
    history, groups = plan
    sent = [delivery(laptops, said) for said in history]
    try:
        for late, group in enumerate(groups):
            with store.engine.begin() as connection:
                arrived = TODAY + timedelta(days=late)
                outcomes = keep(connection, org.org_id, [sent[place] for place in group], arrived)
            assert Outcome.CLONE not in outcomes
        assert_same(store, org.org_id, sent)
    finally:
        forget(store, org.org_id)


def test_two_collectors_at_once_give_the_same_rows(store: Store, org, laptops, clock) -> None:
    dice = random.Random(7)
    history = [
        {
            "laptop": laptop,
            "seq": seq,
            "part": dice.choice(["summary", "events"]),
            "day": seq % 3,
            "number": seq,
        }
        for laptop in range(2)
        for seq in range(1, 40)
    ]
    sent = [delivery(laptops, said) for said in history]
    collectors = [Writer(store, clock), Writer(store, clock)]
    offered = [(writer, d) for writer in collectors for d in sent] * 2
    dice.shuffle(offered)
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda pair: pair[0].submit(pair[1]).result(30), offered))
    for writer in collectors:
        writer.close()
    assert outcomes.count(Outcome.KEPT) == len(sent)
    assert outcomes.count(Outcome.REPEAT) == 3 * len(sent)
    assert_same(store, org.org_id, sent)
