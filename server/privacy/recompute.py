"""Scores made anew from stored releases, and held against what is shown (docs/scoring.md 12).

Equal digests of releases mean equal scores, to the last byte, at every run and on both databases.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from server.people.reporting import earlier_names
from server.people.weeks import WEEKS_IN_WINDOW, window_of
from server.privacy.model_curves import midway, under_curves
from server.privacy.model_versions import models_of
from server.privacy.records import Release
from server.privacy.release_store import load_releases
from server.privacy.sentiment_store import load_sentiment
from server.privacy.what_if import WhatIf, what_if
from server.privacy.windows import Window, score_window
from server.scoring.parameters import Model

_ENCODER = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A week's scores made anew: `canonical` is JSON with sorted keys, `digest` its SHA-256 in hex."""

    window: Window
    canonical: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.canonical).hexdigest()


def recompute(
    session: Session, org_id: UUID, weeks: Sequence[str], other: Model | None = None
) -> Iterator[Recomputed]:
    """The scores of these released weeks, in order, from the releases of their windows and nothing else.

    Each under the model that it was released under; or all under another one, as `what_if` has them.
    """
    models = models_of(session, org_id)
    known = models if other is None else {**models, other.name: other}
    periods = load_sentiment(session, org_id)
    read: dict[str, Release] = {}
    for week in weeks:
        missing = [then for then in window_of(week) if then not in read]
        read |= {release.week: release for release in load_releases(session, org_id, missing)}
        in_window = [read[then] for then in window_of(week) if then in read]
        chosen = [under_curves(other, r, models, midway) for r in in_window] if other else in_window
        window = score_window(chosen, periods, earlier_names(session, org_id, week), known)
        yield Recomputed(window, canonical_scores(window))
        read = {release.week: release for release in in_window[1 - WEEKS_IN_WINDOW :]}


def what_if_of(session: Session, org_id: UUID, week: str, model: Model) -> WhatIf:
    """A released week under its own model and under another."""
    releases = load_releases(session, org_id, window_of(week))
    periods, names = load_sentiment(session, org_id), earlier_names(session, org_id, week)
    return what_if(releases, periods, names, model, models_of(session, org_id))


def canonical_scores(window: Window) -> bytes:
    """Every group's score with every term that led to it, as JSON with sorted keys and no blanks."""
    return _ENCODER.encode({"week": window.week, "model": window.model.name, "blocks": window.blocks})
