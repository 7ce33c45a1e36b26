"""A company in the store, made from plain rows: people by the real import, days by the real way in."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy.orm import Session

from server.db import Store
from server.devices.models import Device
from server.devices.store import assign
from server.ingest.partitions import ensure_partitions
from server.ingest.payload import parse_batch
from server.ingest.store import Delivery, Outcome, keep
from server.people.csv_import import read_people
from server.people.models import MoveRow, Organisation
from server.people.store import person_id_of, save_inventory, save_people
from server.people.weeks import monday_of
from server.pulse.models import PulseHistogram, PulseLabel, PulsePeriod

Row = Mapping[str, Any]

LONG_AGO = date(2020, 1, 1)

_numbers = count()  # two batches of one installation under one number would look like a clone


def after(week: str) -> datetime:
    """A moment at which the week may be released: noon of the Wednesday that follows it."""
    return datetime.combine(monday_of(week) + timedelta(days=9), time(12), UTC)


def bring_in_people(
    session: Session, org: Organisation, people: Iterable[Row], assignments: Iterable[Row]
) -> None:
    """People with hire, notice, last_day, known, moves; assignments with person, from, unit, team."""
    places: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(assignments, key=lambda row: str(row["from"])):
        places[row["person"]].append(row)
    people = list(people)
    for round_number in range(max(len(found) for found in places.values())):
        lines = ["employee_id,unit,team,assignment_from,hire,notice,last_day,last_day_known"]
        for person in people:
            if round_number < len(places[person["person"]]):
                place = places[person["person"]][round_number]
                cells = [person["person"], place["unit"], place["team"], place["from"]]
                cells += [person.get(name) for name in ("hire", "notice", "last_day", "known")]
                lines.append(",".join("" if cell is None else str(cell) for cell in cells))
        file = read_people("\n".join(lines).encode())
        assert not file.faults, file.faults[:3]
        save_people(session, org.org_id, file, LONG_AGO)
    for person in people:
        for day in person.get("moves", ()):
            person_id = person_id_of(org.org_id, person["person"])
            session.add(MoveRow(org_id=org.org_id, person_id=person_id, role_change=date.fromisoformat(day)))
    session.flush()


def bring_in_absences(session: Session, org: Organisation, absences: Iterable[Row]) -> None:
    lines = [f"{row['person']},{row['from']},{row['to'] or ''}" for row in absences]
    file = read_people("\n".join(["employee_id,absence_from,absence_to", *lines]).encode())
    assert not file.faults
    save_people(session, org.org_id, file, LONG_AGO)


def device_id_of(org_id: UUID, name: str) -> UUID:
    return uuid5(org_id, name)


def enrol(
    session: Session,
    org_id: UUID,
    name: str,
    person: str,
    enrolled: date,
    since: date,
    until: date | None = None,
) -> None:
    """A laptop of this name is enrolled, and a person's from a day on."""
    device_id = device_id_of(org_id, name)
    device = Device(
        org_id=org_id,
        device_id=device_id,
        install_id=device_id,
        token_hash=device_id.bytes,
        enrolled_on=enrolled,
    )
    session.add(device)
    session.flush()
    assign(session, org_id, device_id, person_id_of(org_id, person), since)
    if until is not None:
        assign(session, org_id, device_id, None, until + timedelta(days=1))


def send_days(store: Store, org_id: UUID, days: Iterable[Row], received: date | None = None) -> None:
    """Device-days in the fields of docs/scoring.md 3, as laptops would send them: a batch for each day.

    They arrive on the day they are about, unless another one is given.
    """
    deliveries = []
    for row in days:
        body = json.dumps(
            {
                "batch_id": str(uuid4()),
                "install_id": str(device_id_of(org_id, row["device"])),
                "seq": next(_numbers),
                "day": row["date"],
                "summary": summary_of(row),
            }
        ).encode()
        batch = parse_batch(body).batch
        deliveries.append(Delivery(org_id, device_id_of(org_id, row["device"]), batch, body))
    if not deliveries:
        return
    ensure_partitions(store, min(d.batch.day for d in deliveries), max(d.batch.day for d in deliveries))
    for start in range(0, len(deliveries), 128):
        group = deliveries[start : start + 128]
        with store.engine.begin() as connection:
            outcomes = keep(connection, org_id, group, received or group[0].batch.day)
        assert set(outcomes) == {Outcome.KEPT}


def good_day(device: str, on: date, **other: float) -> dict[str, Any]:
    """Fields of a device-day, for `send_days`, of which each signal but those in `other` is at its best."""
    return {
        "device": device,
        "date": str(on),
        "usage_hours": 6.0,
        "boot_s": 20.0,
        "signin_s": 5.0,
        "cpu_busy_share": 0.0,
        "mem_pressure_share": 0.0,
        "disk_busy_share": 0.0,
        "net_latency_ms": 10.0,
        "net_loss_pct": 0.0,
        "disk_free_pct": 50.0,
        "patch_age_days": 0,
    } | other


def summary_of(row: Row) -> dict[str, Any]:
    """The day summary from which the server derives these fields again, as exactly as doubles allow."""
    active = 60.0 * row["usage_hours"] or None
    shares = {"cpu_min": "cpu_busy_share", "mem_min": "mem_pressure_share", "disk_min": "disk_busy_share"}
    loss = row.get("net_loss_pct")
    summary = {
        "revision": 1,
        "usage_s": 3600 * row["usage_hours"],
        "on_s": _times(3600, row.get("on_hours")),
        "app_s": _times(3600, row.get("app_hours")),
        "active_min": active,
        "probes": None if loss is None else 100_000,
        "probes_failed": None if loss is None else round(1000 * loss),
        "rtt_ms": row.get("net_latency_ms"),
        "patch_age_d": row.get("patch_age_days"),
        "boot_list_s": row.get("boot_list_s"),
        "offline_min": row.get("offline_min"),
    }
    for name in ("boot_s", "signin_s", "app_crashes", "app_hangs", "os_crashes"):
        summary[name] = row.get(name)
    for name in ("battery_health_pct", "disk_free_pct"):
        summary[name] = row.get(name)
    for minutes, share in shares.items():
        summary[minutes] = None if active is None else _times(active, row.get(share))
    return {name: value for name, value in summary.items() if value is not None}


def _times(factor: float, value: float | None) -> float | None:
    return None if value is None else factor * value


def bring_in_answers(session: Session, org: Organisation, answers: Iterable[Row]) -> None:
    """Closed pulse periods: rows with period, kind (row or col), unit, team, stage, value, count."""
    labels: dict[tuple[str, str], PulseLabel] = {}
    answered: dict[str, int] = defaultdict(int)
    for row in answers:
        place = {name: row[name] or "" for name in ("unit", "team", "stage")}
        label = ":".join([row["kind"], *place.values()])
        key = (row["period"], label)
        if key not in labels:
            labels[key] = PulseLabel(
                org_id=org.org_id,
                period=row["period"],
                label=label,
                kind=row["kind"],
                members=0,
                eligible=0,
                **place,
            )
            session.add(labels[key])
        session.add(
            PulseHistogram(
                org_id=org.org_id,
                period=row["period"],
                label=label,
                item="tech_sat",
                value=row["value"],
                count=row["count"],
            )
        )
        answered[row["period"]] += row["count"]
    for period, total in answered.items():
        session.add(
            PulsePeriod(
                org_id=org.org_id,
                period=period,
                first_day=LONG_AGO,
                last_day=LONG_AGO,
                labels=b"",
                labels_hash="",
                closed=True,
                answered=total,
            )
        )
    session.flush()


def stock(session: Session, org: Organisation, owners: Mapping[str, str], since: date) -> None:
    """The asset list: whose laptop each serial number is."""
    ids = {serial: person_id_of(org.org_id, person) for serial, person in owners.items()}
    save_inventory(session, org.org_id, ids, since)


def hand_over(session: Session, org_id: UUID, device: str, person: str, since: date) -> None:
    """A laptop becomes another person's from a day on."""
    assign(session, org_id, device_id_of(org_id, device), person_id_of(org_id, person), since)
