"""Equipment: which versions, models and places have more trouble than the others, and since when. For IT."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from dashboards import equipment_words as words
from dashboards.equipment_figures import rate_bars, rate_trend
from dashboards.names import SIGNALS
from server.access.current import granted
from server.errors import NotFound
from server.privacy.equipment_results import equipment_for
from server.privacy.equipment_shapes import Equipment, EquipmentGroup, EquipmentSignal
from server.privacy.equipment_store import last_equipment_day, released_equipment_days
from server.scoring.equipment_limits import LEAST_LAPTOPS, PICTURE_DAYS, TREND_DAYS

bp = Blueprint("equipment", __name__, url_prefix="/equipment")


@bp.get("")
def overview() -> ResponseReturnValue:
    grant, day = granted(), _day()
    with current_app.extensions["store"].reading() as session:
        if last_equipment_day(session, grant.org_id) is None:
            return render_template("equipment_empty.html")
        found = equipment_for(session, grant, day)
        released = released_equipment_days(session, grant.org_id)
    signals = sorted(found.signals, key=lambda s: (s.since is None, s.signal, s.app))
    return render_template(
        "equipment.html",
        **_shared(found),
        found=found,
        findings=sorted(_findings(found), key=lambda finding: -finding.at_least),
        signals=signals,
        day=day,
        earlier=_neighbour(found.last, -PICTURE_DAYS, released),
        later=_neighbour(found.last, PICTURE_DAYS, released),
    )


@bp.get("/<signal>")
def signal(signal: str) -> ResponseReturnValue:
    grant, day, app = granted(), _day(), request.args.get("app", "")
    with current_app.extensions["store"].reading() as session:
        found = equipment_for(session, grant, day, (signal, app))
    if not found.signals:
        raise NotFound("Nothing is released of this in these days.")
    [shown] = found.signals
    return render_template(
        "equipment_signal.html",
        **_shared(found),
        shown=shown,
        bars=rate_bars(shown),
        trend=rate_trend(found, shown),
        day=day,
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """A group that has more of something than the others."""

    signal: EquipmentSignal
    dimension: str
    group: EquipmentGroup

    @property
    def at_least(self) -> float:
        return self.group.ratio.low if self.group.ratio else 0.0


def _findings(found: Equipment) -> Iterator[Finding]:
    for one in found.signals:
        for dimension in one.dimensions:
            for group in dimension.groups:
                if group.stands_out == "more":
                    yield Finding(one, dimension.name, group)


def _shared(found: Equipment) -> dict[str, Any]:
    return {
        "words": words,
        "names": SIGNALS,
        "period": words.period_words(found.first, found.last),
        "least": LEAST_LAPTOPS,
        "weeks_back": TREND_DAYS // 7,
    }


def _day() -> date | None:
    text = request.args.get("day")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise NotFound("There is no such day.") from error


def _neighbour(day: date, days: int, released: Any) -> date | None:
    """The picture before or after this one, if that day was released."""
    other = day + timedelta(days=days)
    if released[0] <= other <= released[-1]:
        return other
    return released[-1] if days > 0 and day < released[-1] else None
