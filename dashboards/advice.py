"""What would help most, by people and points, and what a score would be if something were put right."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dashboards.advice_words import DO, PRIORITIES
from dashboards.group_words import group_words
from dashboards.names import SIGNALS
from dashboards.signal_values import in_unit, input_unit, value_words
from dashboards.words import gettext
from server.access.current import granted
from server.access.permissions import SEE_EQUIPMENT
from server.people.models import Organisation
from server.privacy.advice import Advice, advice_for, simulated_for
from server.privacy.plan import COMPANY
from server.privacy.results import Signal
from server.privacy.visible import sees_sentiment
from server.privacy.window_queries import latest_week
from server.scoring.advice import Action, Prospect
from server.scoring.parameters import PRIORITY_POINTS, TARGET_DEFAULT, Model

bp = Blueprint("advice", __name__)

VALUE, SCORE = "value", "score"
"""What the numbers in the form are."""
ACTIONS_SHOWN, GROUPS_SHOWN = 3, 3
LEAST_URGENT = 1 + len(PRIORITY_POINTS)
"""Of more the rest is folded, but for what is urgent."""


@bp.get("/advice")
def advice() -> ResponseReturnValue:
    grant, week = granted(), request.args.get("week")
    with current_app.extensions["store"].reading() as session:
        organisation = session.get_one(Organisation, grant.org_id)
        released = latest_week(session, grant.org_id) is not None
        found = advice_for(session, grant, week) if released else None
    words = group_words(organisation) | {"technical": not sees_sentiment(grant), "released": released}
    if found is None or not found.details:
        return render_template("advice.html", **words, helps=[], detail=None)
    detail = found.details[_chosen_group(found)]
    kind = VALUE if request.args.get("as") == VALUE else SCORE
    helps = [_help(action, found) for action in found.actions]
    fields = [_field(signal, found.model, kind) for signal in detail.signals]
    scores = {field.signal.name: field.score for field in fields if field.score is not None}
    return render_template(
        "advice.html",
        **words,
        helps=helps,
        ahead=max(ACTIONS_SHOWN, sum(help.action.priority < LEAST_URGENT for help in helps)),
        equipment=grant.role in SEE_EQUIPMENT,
        detail=detail,
        groups=found.details,
        kind=kind,
        fields=fields,
        simulated=simulated_for(detail, found.model, scores) if scores else None,
        priority_names=PRIORITIES,
        shown=GROUPS_SHOWN,
        best=TARGET_DEFAULT,
    )


@dataclass(frozen=True, slots=True)
class HelpRow:
    """One group of an action, with the address at which its effect is tried out."""

    prospect: Prospect
    tried: str


@dataclass(frozen=True, slots=True)
class HelpCard:
    """One action: `do` is what can be done about it; `target` is what its groups would come up to."""

    action: Action
    do: str
    target: float
    rows: Sequence[HelpRow]


def _help(action: Action, found: Advice) -> HelpCard:
    rows = list(_rows(action, found))
    return HelpCard(action, str(DO[action.signal]), _signal(action.groups[0], action, found).target, rows)


def _rows(action: Action, found: Advice) -> Iterator[HelpRow]:
    for group in action.groups:
        signal = _signal(group, action, found)
        chosen: dict[str, Any] = {"group": group, "as": SCORE, action.signal: signal.target}
        address = url_for("advice.advice", week=request.args.get("week"), _anchor="try", **chosen)
        yield HelpRow(found.prospects[group, action.signal], address)


def _signal(group: str, action: Action, found: Advice) -> Signal:
    return next(signal for signal in found.details[group].signals if signal.name == action.signal)


def _chosen_group(found: Advice) -> str:
    """The one that was asked for, else that of the dearest action."""
    asked = request.args.get("group", "")
    if asked in found.details:
        return asked
    if found.actions:
        return found.actions[0].groups[0]
    return COMPANY if COMPANY in found.details else next(iter(found.details))


@dataclass(frozen=True, slots=True)
class Field:
    """A line of the form. `typed`: what stands in it; `score`: what that scores, None if there is nothing.

    `fault`: why it was not understood.
    """

    signal: Signal
    title: str
    now: str
    unit: str
    typed: str
    score: float | None
    fault: str


def _field(signal: Signal, model: Model, kind: str) -> Field:
    typed = request.args.get(signal.name, "").strip()
    number = _number(typed)
    fault, score = "", None
    if typed and number is None:
        fault = gettext("This is no number.")
    elif number is not None and kind == SCORE:
        score = number if 0 <= number <= 100 else None
        fault = "" if score is not None else gettext("A score is 0 to 100.")
    elif number is not None:
        score = model.signals[signal.name].curve(in_unit(signal.unit, number))
    by_value = kind == VALUE
    return Field(
        signal=signal,
        title=str(SIGNALS[signal.name].title),
        now=value_words(signal),
        unit=input_unit(signal.unit) if by_value else gettext("of 100"),
        typed=typed,
        score=score,
        fault=fault,
    )


def _number(typed: str) -> float | None:
    """A finite number of at least 0, with a point or a comma."""
    try:
        number = float(typed.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
