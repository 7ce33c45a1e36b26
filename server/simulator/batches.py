"""The batches of a laptop: what the store must hold of it follows from these functions alone. Pure."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from agent.signals import LIMITS
from server.demo.habits import day_batch
from server.simulator.day import Part, parts_of_day
from server.simulator.fleet import Fleet, Laptop, Waiting
from server.simulator.plan import Plan

Content = dict[str, Any]
SUMMARY_EVERY = 4
"""Of a laptop that is heard throughout a fleet's return every fourth batch is an edition of the day."""
_GZIP_LEVEL = 6
_DAY = timedelta(days=1)


def contents_of_day(
    plan: Plan, fleet: Fleet, laptop: Laptop, index: int, after_seq: int
) -> Iterator[Content]:
    """The batches made on a day of the run, numbered after `after_seq`."""
    day = plan.workdays[index]
    parts = parts_of_day(laptop.seed, laptop.employee, day, fleet.effects, laptop.fate.bursts)
    away = is_away(plan, laptop, index)
    # Where a wrong date lets two days meet under one, the later one's editions have the higher numbers.
    revision = 0 if laptop.fate.clock_on is None else 100 * index
    seq = after_seq
    for number, part in enumerate(parts):
        revision += part.summary is not None
        if away and _superseded(part):
            continue
        seq += 1
        yield _content(laptop, index, number, seq, _dated(laptop, index, day), part, revision)


def live_content(plan: Plan, fleet: Fleet, laptop: Laptop, seq: int) -> Content:
    """What a laptop that was never away sends as its `seq`th batch: an event of today, or an edition."""
    whole = day_batch(laptop.seed, laptop.employee, plan.today, fleet.effects, laptop.install)
    if seq % SUMMARY_EVERY == 0:
        return _content(laptop, -1, seq, seq, plan.today, Part(1.0, whole["summary"]), seq)
    random = Random(f"live {laptop.who} {seq}")
    crash = {
        "event_id": str(_uuid(random)),
        "kind": "crash",
        "hour": seq % 24,
        "app": "firefox",
        "version": "128.5",
        "detail": {"signal": "SIGSEGV"},
    }
    return _content(laptop, -1, seq, seq, plan.today, Part(0.0, events=(crash,)), 0)


def not_acknowledged(plan: Plan, fleet: Fleet) -> int:
    """How many of all batches, also of those never made, neither were acknowledged nor refused."""
    left = 0
    for laptop in fleet.laptops:
        left += laptop.seq - (laptop.acknowledged | laptop.refused).bit_count()
        for index in range(plan.days if laptop.live else laptop.made_days, plan.days):
            left += sum(1 for _ in contents_of_day(plan, fleet, laptop, index, laptop.seq))
    return left


def is_away(plan: Plan, laptop: Laptop, index: int) -> bool:
    """Without a network on this day: what is made waits, and an edition makes an earlier one superfluous."""
    return plan.returning or index in laptop.fate.offline


def packed(content: Content) -> bytes:
    return gzip.compress(msgspec.json.encode(content), _GZIP_LEVEL, mtime=0)


def waiting(plan: Plan, content: Content, due: float | None) -> Waiting:
    day = date.fromisoformat(content["day"])
    return Waiting(
        UUID(content["batch_id"]),
        UUID(content["install_id"]),
        content["seq"],
        packed(content),
        due,
        earlier=day < plan.today - _DAY,
        refused=_refused(plan, day),
    )


def under(install: UUID, batch: Waiting) -> Waiting:
    """The same batch of another installation, as a copied laptop makes it when it hears that it is one."""
    content = msgspec.json.decode(gzip.decompress(batch.body)) | {"install_id": str(install)}
    return replace(batch, install=install, body=packed(content))


def _superseded(part: Part) -> bool:
    return part.summary is not None and part.at < 1.0


def _dated(laptop: Laptop, index: int, day: date) -> date:
    fate = laptop.fate
    off = index == fate.clock_on and not (index == 0 and fate.clock_days == -1)
    return day + fate.clock_days * _DAY if off else day


def _refused(plan: Plan, day: date) -> bool:
    return not plan.today - LIMITS.days_back * _DAY <= day <= plan.today + 2 * _DAY


def _content(
    laptop: Laptop, index: int, number: int, seq: int, day: date, part: Part, revision: int
) -> Content:
    content: Content = {
        "batch_id": str(_uuid(Random(f"batch {laptop.who} {index} {number}"))),
        "install_id": str(laptop.install),
        "seq": seq,
        "day": day.isoformat(),
    }
    if part.summary is not None:
        content["summary"] = {**part.summary, "revision": revision}
    if part.events:
        content["events"] = list(part.events)
    return content


def _uuid(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)
