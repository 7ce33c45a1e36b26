"""The score models that were adopted, with what each changed, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from dashboards.formats import number, percent
from dashboards.names import SIGNALS
from dashboards.signal_values import anchors
from dashboards.words import gettext
from server.privacy.model_versions import model_of
from server.privacy.models import ModelVersionRow
from server.scoring.parameters import BUILT_IN, IN_FORCE, Model


@dataclass(frozen=True, slots=True)
class Adopted:
    """A decision. `changed`: what the model holds otherwise than the one that held before it."""

    name: str
    from_week: str
    decided_on: date
    reason: str
    changed: Sequence[str]


def model_history(decided: Sequence[ModelVersionRow]) -> list[Adopted]:
    """The newest decision first; each beside what held in its first week when it was made."""
    models = {**BUILT_IN, **{row.name: model_of(row) for row in decided}}
    found = []
    for i, row in enumerate(decided):
        held = [earlier.name for earlier in decided[:i] if earlier.from_week <= row.from_week]
        before = models[held[-1]] if held else IN_FORCE
        changed = list(_changed(models[row.name], before))
        found.append(Adopted(row.name, row.from_week, row.decided_on, row.reason, changed))
    return found[::-1]


def _changed(model: Model, before: Model) -> Iterator[str]:
    for name, signal in model.signals.items():
        was, title = before.signals[name], SIGNALS[name].title
        if signal.weight != was.weight:
            yield gettext(
                "%(signal)s: weight %(new)s instead of %(old)s",
                signal=title,
                new=percent(100 * signal.weight, 1),
                old=percent(100 * was.weight, 1),
            )
        if signal.curve != was.curve:
            points = ", ".join(f"{value}: {score}" for value, score in anchors(signal))
            yield gettext("%(signal)s: another curve, %(points)s", signal=title, points=points)
    if model.technology_share != before.technology_share:
        share = percent(100 * model.technology_share, 1)
        yield gettext("Technology is %(share)s of the score", share=share)
    if (model.good, model.fair) != (before.good, before.fair):
        yield gettext(
            "Good starts at %(good)s, fair at %(fair)s", good=number(model.good), fair=number(model.fair)
        )
