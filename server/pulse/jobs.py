"""The periodic work of the pulse. Each function may run again at any time and does what is still missing."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from agent.signals import PULSE_SECOND, PULSE_SLOTS
from server.db import Store
from server.people.models import Organisation
from server.people.organisations import for_each_organisation, local_day
from server.pulse.blind_sign import SigningKey, new_key
from server.pulse.eligible import asking_devices, candidates
from server.pulse.labels import label_people, least_people
from server.pulse.models import PulsePeriod
from server.pulse.periods import START_DAYS, period_named, period_on
from server.pulse.published import new_keys
from server.pulse.queries import is_tired
from server.pulse.release import close_period
from server.pulse.shuffle import forget_old_order, shuffle_messages
from server.pulse.store import begin_period


def pulse_period_start(store: Store, now: datetime) -> str:
    """Begin the running period in every organisation that can be asked."""
    begun = sum(for_each_organisation(store, lambda org: start_period(store, org, now)))
    return f"{begun} pulse periods begun"


def start_period(
    store: Store,
    org: Organisation,
    now: datetime,
    slots: Sequence[str] = PULSE_SLOTS,
    make_key: Callable[[], SigningKey] = new_key,
) -> bool:
    """Begin this organisation's running period; False if it has begun, is past its first week, or if too few
    people can be asked (that may change within the week)."""
    today = local_day(org, now)
    period = period_on(today)
    if today >= period.first + timedelta(days=START_DAYS):
        return False
    with store.transaction() as session:
        if session.get(PulsePeriod, (org.org_id, period.id)) is not None:
            return False
        devices = asking_devices(session, org.org_id, period.first)
        members = candidates(session, org, period, devices) if devices else ()
        if is_tired(session, org.org_id):
            slots = [slot for slot in slots if slot != PULSE_SECOND]
    labelling = label_people(members, least_people(org.k))
    if not labelling.labels:
        return False
    keys = new_keys(labelling, slots, make_key)  # takes seconds, so no transaction waits for it
    try:
        with store.transaction() as session:
            begin_period(session, org.org_id, period, labelling, devices, keys, org.k)
    except IntegrityError:  # another worker began it meanwhile
        return False
    return True


def pulse_shuffle(store: Store, now: datetime) -> str:
    """Once a day: take away the order in which messages came."""

    def shuffle(org: Organisation) -> int:
        with store.transaction() as session:
            return shuffle_messages(session, org.org_id)

    try:
        written = sum(for_each_organisation(store, shuffle))
    finally:  # also of those before one that failed
        forget_old_order(store)
    return f"{written} messages written anew in random order"


def pulse_release(store: Store, now: datetime) -> str:
    """Close every period whose last Wednesday 03:00 has passed."""
    closed: list[bool] = []

    def close(org: Organisation) -> None:
        for period in _due(store, org, now):
            with store.transaction() as session:
                closed.append(close_period(session, org.org_id, period) is not None)

    try:
        for_each_organisation(store, close)
    finally:  # also of those before one that failed
        if any(closed):
            forget_old_order(store)
    return f"{sum(closed)} pulse periods closed"


def _due(store: Store, org: Organisation, now: datetime) -> list[str]:
    with store.reading() as session:
        query = sa.select(PulsePeriod.period).where(
            PulsePeriod.org_id == org.org_id, PulsePeriod.closed.is_(False)
        )
        unfinished = sorted(session.scalars(query))
    return [p for p in unfinished if period_named(p).closes_at(org.timezone) <= now]
