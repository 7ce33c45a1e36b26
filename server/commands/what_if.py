"""`dex-server score --model FILE --compare`: who would move under another score model, and why."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from server.commands.people import count_of, file_content
from server.errors import UsageError
from server.privacy.what_if import Moved, WhatIf
from server.scoring.curves import Curve
from server.scoring.model_file import read_model
from server.scoring.parameters import Model
from server.scoring.places import Places

SEEN = 0.05  # points from which a change shows in a score with one decimal
TOLD = 0.005  # points from which a part of a change is told
CAUSES = 4  # signals that are named for a group, those that move it most

model_option = click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="Another score model, as TOML or JSON (docs/scoring.md 12).",
)


def model_of(file: Path, base: Model) -> Model:
    """The model in this file, beside the one that it changes. UsageError if it holds none."""
    content = file_content(file)
    try:
        return read_model(content, base)
    except ValueError as error:
        raise UsageError(f"{file}: {error}.") from error


def what_if_lines(found: WhatIf) -> Iterator[str]:
    """Both models, and every group whose score changes, in words."""
    yield f"{found.week}: {found.model.name} beside {found.then.name}, which stays in force."
    yield from differences(found.model, found.then)
    if gauges := found.model.gauges_read_otherwise(found.then):
        yield (
            f"  Days were scored by {', '.join(gauges)} before they were released: what another curve does "
            "is known within the bounds behind ±."
        )
    still = 0
    for moved in found.moved:
        if abs(moved.change) < SEEN and moved.before.band == moved.after.band:
            still += 1
            continue
        yield _line(moved, found.by_weights.get(moved.group))
        yield f"    {_causes(moved.points)}"
    if still:
        yield f"{count_of(still, 'group stays', 'groups stay')} where they are."
    for groups, words in ((found.lost, "No score any more"), (found.won, "A score for the first time")):
        if groups:
            yield f"{words}: {', '.join(groups)}."


def _causes(points: Mapping[str, float]) -> str:
    """The signals that move a group most, and what all others do together."""
    ordered = sorted(points.items(), key=lambda part: (-abs(part[1]), part[0]))
    named = [(name, found) for name, found in ordered[:CAUSES] if abs(found) >= TOLD]
    rest = sum(points.values()) - sum(found for _, found in named)
    if abs(rest) >= TOLD:
        named.append(("all others", rest))
    return ", ".join(f"{name} {found:+.2f}" for name, found in named)


def differences(model: Model, before: Model) -> Iterator[str]:
    """What the model holds otherwise than the one before."""
    for name, signal in model.signals.items():
        now = before.signals[name]
        if signal.weight != now.weight:
            yield f"  weight of {name}: {signal.weight:g}, in force {now.weight:g}"
        if signal.curve.anchors != now.curve.anchors:
            yield f"  curve of {name}: {_anchors(signal.curve)}; in force {_anchors(now.curve)}"
    for words, value, now_value in (
        ("share of technology", model.technology_share, before.technology_share),
        ("good from", model.good, before.good),
        ("fair from", model.fair, before.fair),
    ):
        if value != now_value:
            yield f"  {words}: {value:g}, in force {now_value:g}"


def _anchors(curve: Curve) -> str:
    return " ".join(f"{value:g}:{score:g}" for value, score in curve.anchors)


def _line(moved: Moved, by_weights: Places | None) -> str:
    doubt = f" ± {moved.doubt:.1f}" if moved.doubt >= SEEN else ""
    before, after = moved.before, moved.after
    values = f"{before.value:.1f} -> {after.value:.1f}{doubt}"
    band = before.band if before.band == after.band else f"{before.band} -> {after.band}"
    place = _place(moved)
    if by_weights is not None:
        place += f", by weights {_places(by_weights)}"
    return f"{moved.group}\t{values}\t{moved.change:+.2f}\t{band}\t{place}"


def _place(moved: Moved) -> str:
    """Places are shared as far as intervals overlap; only one that was impossible before is a move."""
    before, after = _places(moved.places_before), _places(moved.places_after)
    if moved.certainly_moves:
        return f"place {before} -> {after}"
    shared = " shared" if " to " in after else ""
    return f"place {after}{shared}{f' (before {before})' if before != after else ''}"


def _places(places: Places) -> str:
    best, worst = places
    return str(best) if best == worst else f"{best} to {worst}"
