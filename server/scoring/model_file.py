"""Read another score model from a TOML or JSON file; what it does not name is as in the model in force.

`name`; `technology_share` (the rest is sentiment's); tables `weights` (signal -> weight, all together 1),
`curves` (signal -> list of [value, score]) and `bands` (`good`, `fair`).
"""

import hashlib
import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from server.scoring.curves import Curve
from server.scoring.parameters import IN_FORCE, LEAST_WEIGHT, RATES, Model

MOST_BYTES = 64 * 1024
MOST_ANCHORS = 20
_NAME = re.compile(r"[a-z][a-z0-9.-]{0,31}")
_KEYS = ("name", "technology_share", "weights", "curves", "bands")


def read_model(content: bytes, base: Model = IN_FORCE) -> Model:
    """The model that a file describes; what it does not name is as in `base`. ValueError with one sentence if
    it describes none."""
    told = _document(content)
    _known(told, _KEYS, "The file")
    weights, curves = (_table(told, key, tuple(base.signals)) for key in ("weights", "curves"))
    signals = {
        name: replace(
            signal,
            weight=_weight(name, weights[name]) if name in weights else signal.weight,
            curve=_curve(name, curves[name], signal.curve) if name in curves else signal.curve,
        )
        for name, signal in base.signals.items()
    }
    total = math.fsum(signal.weight for signal in signals.values())
    if round(total, 9) != 1:
        raise ValueError(f"The weights add up to {total:g}, not to 1")
    of_rates = math.fsum(signals[name].weight for name in RATES)
    if round(of_rates, 9) >= LEAST_WEIGHT:
        raise ValueError(
            f"{', '.join(RATES)} weigh {of_rates:g} together, which must be less than {LEAST_WEIGHT:g}: "
            "no score is made of them alone"
        )
    share, sentiment_share = base.technology_share, base.sentiment_share
    if "technology_share" in told:
        share = _number("technology_share", told["technology_share"], 0, 1)
        sentiment_share = round(1 - share, 12)
    bands = _table(told, "bands", ("good", "fair"))
    good, fair = (
        _number(f"bands.{name}", bands.get(name, now), 0, 100)
        for name, now in (("good", base.good), ("fair", base.fair))
    )
    if not fair < good:
        raise ValueError(f"The band “fair” begins at {fair:g}, which is not below “good” at {good:g}")
    return Model(_name(told, base), signals, share, sentiment_share, good, fair)


def document_of(model: Model) -> dict[str, Any]:
    """The whole model in the form of such a file: reading it back over any other gives the same model."""
    signals = model.signals.values()
    return {
        "name": model.name,
        "technology_share": model.technology_share,
        "weights": {signal.name: float(signal.weight) for signal in signals},
        "curves": {
            signal.name: [[float(x), float(y)] for x, y in signal.curve.anchors] for signal in signals
        },
        "bands": {"good": float(model.good), "fair": float(model.fair)},
    }


def canonical(model: Model) -> str:
    """The whole model as JSON, the same for equal models: sorted keys, no blanks, numbers as 20.0."""
    return json.dumps(document_of(model), sort_keys=True, separators=(",", ":"))


def fingerprint(model: Model) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(model).encode()).hexdigest()


def _document(content: bytes) -> Mapping[str, Any]:
    if len(content) > MOST_BYTES:
        raise ValueError(f"The file is larger than {MOST_BYTES // 1024} KiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("The file is not UTF-8 text") from error
    is_json = text.lstrip().startswith("{")
    try:
        told = json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The file is not {'JSON' if is_json else 'TOML'}: {error}") from error
    if not isinstance(told, dict):
        raise ValueError("The file holds no table")
    return told


def _known(table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in keys:
            raise ValueError(f"{where} names “{key}”, which is none of {', '.join(keys)}")


def _name(told: Mapping[str, Any], base: Model) -> str:
    name = told.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError("The model needs a name of small letters, digits, dots and hyphens, such as dex-2")
    if name == base.name:
        raise ValueError(f"“{name}” is the model in force; another one needs another name")
    return name


def _table(told: Mapping[str, Any], key: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
    table = told.get(key, {})
    if not isinstance(table, dict):
        raise ValueError(f"“{key}” is not a table")
    _known(table, keys, f"“{key}”")
    return table


def _number(where: str, value: Any, low: float, high: float) -> float:
    """A number strictly between two others."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low < value < high:
        raise ValueError(f"“{where}” must be a number between {low:g} and {high:g}")
    return float(value)


def _weight(name: str, value: Any) -> float:
    return _number(f"weights.{name}", value, 0, 1)


def _curve(name: str, anchors: Any, now: Curve) -> Curve:
    """Anchors with rising values whose scores go the same way as those in force."""
    where = f"“curves.{name}”"
    if not isinstance(anchors, list) or not 2 <= len(anchors) <= MOST_ANCHORS:
        raise ValueError(f"{where} must be a list of 2 to {MOST_ANCHORS} pairs [value, score]")
    points: list[tuple[float, float]] = []
    for anchor in anchors:
        if not (isinstance(anchor, list) and len(anchor) == 2 and all(_is_finite(part) for part in anchor)):
            raise ValueError(f"{where} must be a list of pairs [value, score] of numbers")
        points.append((float(anchor[0]), float(anchor[1])))
    values, scores = zip(*points, strict=True)
    if any(not 0 <= score <= 100 for score in scores):
        raise ValueError(f"{where} has a score outside 0..100")
    if list(values) != sorted(set(values)):
        raise ValueError(f"The values of {where} must rise")
    falls = now.anchors[0][1] > now.anchors[-1][1]
    if list(scores) != sorted(set(scores), reverse=falls):
        raise ValueError(f"The scores of {where} must {'fall' if falls else 'rise'}")
    return Curve(*points)


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
