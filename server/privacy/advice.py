"""What would help, and what it would do: for somebody, from rounded results alone.

The simulator adds to a rounded score. On exact ones, asked again and again with other numbers, it would tell
the digits that rounding takes away.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from server.access.roles import Grant
from server.privacy.model_versions import models_of
from server.privacy.result_queries import details_for
from server.privacy.results import GroupDetail
from server.privacy.rounding import one
from server.scoring.advice import Action, Prospect, ranked_actions
from server.scoring.dex import FULL, technology_share
from server.scoring.parameters import IN_FORCE, Model
from server.scoring.size_class import lower_end_of
from server.scoring.variance import held

_APART = ("team", "unit", "company")
"""Kinds whose groups share nobody, the finest first."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The actions that are open to a role, the dearest first.

    `prospects`: by group and signal, what they were added up from. `details`: every scored group that the
    role sees.
    """

    model: Model
    actions: list[Action]
    prospects: Mapping[tuple[str, str], Prospect]
    details: Mapping[str, GroupDetail]


def advice_for(session: Session, grant: Grant, week: str | None = None) -> Advice:
    """Over the finest kind of groups of which the role sees a score. Forbidden where it sees no groups."""
    details = details_for(session, grant, week)
    by_kind = {kind: [found for found in details if found.result.kind == kind] for kind in _APART}
    chosen = next((found for found in by_kind.values() if found), [])
    prospects = [
        Prospect(found.result.group, signal.name, signal.gain, lower_end_of(found.result.people or ""))
        for found in chosen
        for signal in found.signals
        if signal.gain > 0
    ]
    return Advice(
        model=models_of(session, grant.org_id)[details[0].model] if details else IN_FORCE,
        actions=ranked_actions(prospects),
        prospects={(found.group, found.signal): found for found in prospects},
        details={found.result.group: found for found in details},
    )


@dataclass(frozen=True, slots=True)
class Simulated:
    """A group's score before and after, and the points that each signal brings; all with one decimal."""

    before: float
    after: float
    points: Mapping[str, float]


def simulated_for(detail: GroupDetail, model: Model, scores: Mapping[str, float]) -> Simulated | None:
    """The group's score if these signals had these scores; None for a group without a score."""
    if detail.result.score is None:
        return None
    share = technology_share(detail.result.score.kind == FULL, model)
    now = {signal.name: signal.score.value for signal in detail.signals}
    total = model.weight_of(now)
    points = {
        name: share * model.signals[name].weight / total * (score - now[name])
        for name, score in scores.items()
        if name in now
    }
    before = detail.result.score.value
    return Simulated(before, one(held(before + sum(points.values()))), {s: one(p) for s, p in points.items()})
