"""What somebody may see of equipment: the picture of a released day, rounded (docs/scoring.md 11.5)."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from server.access.permissions import SEE_EQUIPMENT
from server.access.roles import Grant
from server.errors import Forbidden, NotFound
from server.privacy.equipment_curves import read_alike
from server.privacy.equipment_picture import GroupPicture, Picture, SignalPicture, Since, picture
from server.privacy.equipment_shapes import (
    Equipment,
    EquipmentDimension,
    EquipmentGroup,
    EquipmentSignal,
    PastEquipment,
    RateInterval,
    RateSince,
    RatioInterval,
    Stands,
)
from server.privacy.equipment_store import last_equipment_day, load_equipment_days, was_released
from server.privacy.rounding import two_digits
from server.scoring.equipment import EquipmentRate, Ratio
from server.scoring.equipment_limits import MOST_RATIO, TREND_DAYS, limit_of, unit_of
from server.scoring.parameters import RATES, Model
from server.scoring.size_class import size_class


def equipment_for(
    session: Session, grant: Grant, until: date | None = None, series: tuple[str, str] | None = None
) -> Equipment:
    """The picture of a day for a role, as `equipment_of`."""
    if grant.role not in SEE_EQUIPMENT:
        raise Forbidden("Your role does not see equipment.")
    return equipment_of(session, grant.org_id, until, series)


def equipment_of(
    session: Session, org_id: UUID, until: date | None = None, series: tuple[str, str] | None = None
) -> Equipment:
    """The picture of a released day, the newest by default, of all signals or of one (signal, application).

    NotFound if nothing, or not that day, was released.
    """
    last = last_equipment_day(session, org_id)
    if last is None:
        raise NotFound("No day has been released yet; a day is released four days later.")
    until = until or last.day
    if not was_released(session, org_id, until):
        raise NotFound(f"The day {until} has not been released; the newest is {last.day}.")
    since = until - timedelta(days=TREND_DAYS - 1)
    days = load_equipment_days(session, org_id, since, until, series)
    model, begun = read_alike(session, org_id, since, until)
    return _rounded(picture(days, begun), model)


def _rounded(found: Picture, model: Model) -> Equipment:
    signals = [_signal(one, model) for one in found.signals]
    return Equipment(found.first, found.last, list(found.weeks), signals)


def _signal(found: SignalPicture, model: Model) -> EquipmentSignal:
    factor, unit = unit_of(found.signal)
    return EquipmentSignal(
        signal=found.signal,
        app=found.app,
        unit=unit,
        limit=None if found.signal in RATES else limit_of(found.signal, model),
        laptops=size_class(found.laptops),
        rate=_interval(factor, found.rate, found.low, found.high),
        since=_since(found.since, factor),
        weeks=_weeks(found.weeks, factor),
        dimensions=[
            EquipmentDimension(name, [_group(group, factor) for group in groups])
            for name, groups in found.dimensions.items()
        ],
        past=[PastEquipment(one.dimension, one.name, _weeks(one.weeks, factor)) for one in found.past],
    )


def _group(found: GroupPicture, factor: float) -> EquipmentGroup:
    rate = found.found
    return EquipmentGroup(
        name=found.name,
        laptops=size_class(found.laptops),
        rate=_interval(factor, rate.rate, rate.low, rate.high),
        ratio=_ratio(rate.against) if rate.against else None,
        stands_out=_stands_out(rate),
        since=_since(found.since, factor),
        weeks=_weeks(found.weeks, factor),
    )


def _stands_out(rate: EquipmentRate) -> Stands:
    if not rate.stands_out or rate.against is None:
        return "no"
    return "more" if rate.against.ratio > 1 else "less"


def _interval(factor: float, value: float, low: float, high: float) -> RateInterval:
    return RateInterval(*(two_digits(factor * number) for number in (value, low, high)))


def _ratio(found: Ratio) -> RatioInterval:
    return RatioInterval(_bounded(found.ratio), two_digits(found.low), _bounded(found.high))


def _bounded(value: float) -> float | None:
    return None if value > MOST_RATIO else two_digits(value)


def _since(found: Since | None, factor: float) -> RateSince | None:
    if found is None:
        return None
    return RateSince(
        day=found.day,
        earliest=found.earliest,
        latest=found.latest,
        before=two_digits(factor * found.before),
        after=two_digits(factor * found.after),
        began_with=list(found.began_with),
    )


def _weeks(weeks: Iterable[float | None], factor: float) -> list[float | None]:
    return [None if rate is None else two_digits(factor * rate) for rate in weeks]
