"""Charts drawn on the server: numbers in, a small SVG out, and the same numbers as a table beside it.

Shapes stand in the SVG; every word stands in HTML around it (templates/charts.html), so that right-to-left
text, zoom, print and screen readers work as everywhere else. Colours are presentation attributes that the
style sheet may override by class; there is no `style=`, which the content policy would refuse. Horizontal
positions are percentages: one drawing fits a phone and a desk. docs/decisions/0003-charts.md says why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from markupsafe import Markup

State = Literal["certain", "uncertain", "modelled", "hidden", "insufficient"]
"""How sure a figure is. Certain is solid, uncertain hatched, modelled dotted; the last two have no figure
and are named by a word in its place."""

Band = Literal["good", "fair", "poor", "unknown"]

COLOURS: dict[str, str] = {
    "good": "#1b7f5c",
    "fair": "#8a5a00",
    "poor": "#b3261e",
    "unknown": "#57606a",
    "accent": "#0b57d0",
    "second": "#d55e00",
    "line": "#d0d7de",
}
"""What is drawn where the style sheet does not reach, such as a mail; the light theme of the tokens."""

BAR = 14
"""Height of a bar in pixels."""


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a trend. `value` None leaves a gap; `low` and `high` bound its interval.

    `fresh`: it cannot be compared with the period before, so the line starts anew.
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    state: State = "certain"
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a waterfall: what it is called, and how much it takes (negative) or gives."""

    label: str
    value: float


def trend(
    name: str,
    title: str,
    description: str,
    points: Sequence[Point],
    lowest: float,
    highest: float,
    second: Sequence[Point] = (),
    alone: float | None = None,
    levels: Sequence[float] = (),
    breaks: Sequence[int] = (),
) -> Markup:
    """A line with its interval as a band, left to right in time; `name` is unique on the page.

    Gaps stay gaps. Stretches whose newer end is uncertain or modelled are dotted, their band hatched.
    `second`: another line over the same periods, without band. `alone`: a hollow point in the last period.
    `levels`: where thin lines cross. `breaks`: points before which an upright line stands, as what comes
    after it is measured otherwise.
    """
    spots = [_Spot.of(i, p, len(points), lowest, highest) for i, p in enumerate(points)]
    others = [_Spot.of(i, p, len(second), lowest, highest) for i, p in enumerate(second)]
    runs, shapes = _runs(spots), [_level(100 - _share(level, lowest, highest)) for level in levels]
    shapes += [_break(spots[i - 1].x, spots[i].x) for i in breaks]
    shapes += [*(_band(name, run) for run in runs), *(_line(run, "line second") for run in _runs(others))]
    shapes += [_dots(others, "line second"), *map(_line, runs), _dots(spots)]
    if alone is not None:
        shapes.append(_hollow(round(100 - _share(alone, lowest, highest), 2)))
    return Markup(
        '<svg class="plot trend" role="img" aria-labelledby="{n}-t {n}-d" viewBox="0 0 1000 100"'
        ' preserveAspectRatio="none" width="100%" height="160">'
        '<title id="{n}-t">{t}</title><desc id="{n}-d">{d}</desc>{defs}{shapes}</svg>'
    ).format(n=name, t=title, d=description, defs=hatch(name), shapes=Markup("").join(shapes))


@dataclass(frozen=True, slots=True)
class _Spot:
    """A point in the coordinates of the drawing: x 0..1000, y 0 (top) to 100."""

    x: float
    y: float | None
    top: float | None
    bottom: float | None
    state: State
    fresh: bool

    @property
    def sure(self) -> bool:
        return self.state == "certain"

    @classmethod
    def of(cls, index: int, point: Point, count: int, lowest: float, highest: float) -> "_Spot":
        def height(value: float | None) -> float | None:
            return None if value is None else round(100 - _share(value, lowest, highest), 2)

        x = round(1000 * index / (count - 1), 1) if count > 1 else 1000.0
        return cls(x, height(point.value), height(point.high), height(point.low), point.state, point.fresh)


def _runs(spots: Sequence[_Spot]) -> list[list[_Spot]]:
    """Stretches without a gap whose newer ends are all certain, or all not; each begins where one ended."""
    runs: list[list[_Spot]] = []
    for a, b in pairwise(spots):
        if a.y is None or b.y is None or b.fresh:
            continue
        if runs and runs[-1][-1] is a and a.sure == b.sure:
            runs[-1].append(b)
        else:
            runs.append([a, b])
    return runs


def _band(name: str, run: Sequence[_Spot]) -> Markup:
    """The interval of a stretch: along its upper ends and back along the lower ones."""
    edge = [s for s in run if s.top is not None and s.bottom is not None]
    if len(edge) < len(run):
        return Markup("")
    ways = [f"{s.x} {s.top}" for s in edge] + [f"{s.x} {s.bottom}" for s in reversed(edge)]
    sure = run[-1].sure
    return Markup('<path class="band {k}" fill="{f}" fill-opacity="{o}" d="M{d}Z"/>').format(
        k="certain" if sure else "unsure",
        f=COLOURS["accent"] if sure else f"url(#{name}-hatch)",
        o="0.18" if sure else "0.5",
        d="L".join(ways),
    )


_COLOUR_OF = {"line": COLOURS["accent"], "line second": COLOURS["second"]}


def _line(run: Sequence[_Spot], role: str = "line") -> Markup:
    dashes = Markup("") if run[-1].sure else Markup(' stroke-dasharray="2 4"')
    return Markup(
        '<path class="{role}" fill="none" stroke="{c}" stroke-width="2"{dashes}'
        ' vector-effect="non-scaling-stroke" d="M{d}"/>'
    ).format(role=role, c=_COLOUR_OF[role], dashes=dashes, d="L".join(f"{s.x} {s.y}" for s in run))


def _dots(spots: Sequence[_Spot], role: str = "line") -> Markup:
    """Lines without length and with round ends: circles that keep their form however they are stretched."""
    return Markup(
        '<path class="{role}" stroke="{c}" stroke-width="{w}" stroke-linecap="round"'
        ' vector-effect="non-scaling-stroke" d="{d}"/>'
    ).format(
        role=role,
        c=_COLOUR_OF[role],
        w=6 if role == "line" else 4,
        d="".join(f"M{s.x} {s.y}h0.01" for s in spots if s.y is not None),
    )


def _hollow(height: float) -> Markup:
    """A ring at the end of time: a wide dot under a narrower one in the colour of the ground."""
    return Markup(
        '<g stroke-linecap="round"><path class="line second" stroke="{c}" stroke-width="12"'
        ' vector-effect="non-scaling-stroke" d="{d}"/><path class="inside" stroke="#ffffff"'
        ' stroke-width="7" vector-effect="non-scaling-stroke" d="{d}"/></g>'
    ).format(c=COLOURS["second"], d=f"M1000 {height}h0.01")


def _level(height: float) -> Markup:
    return Markup(
        '<path class="level" stroke="{c}" vector-effect="non-scaling-stroke" d="M0 {y}H1000"/>'
    ).format(c=COLOURS["line"], y=round(height, 2))


def _break(before: float, after: float) -> Markup:
    return Markup(
        '<path class="break" stroke="{c}" stroke-width="2" stroke-dasharray="6 4"'
        ' vector-effect="non-scaling-stroke" d="M{x} 0V100"/>'
    ).format(c=COLOURS["unknown"], x=round((before + after) / 2, 1))


def interval_bar(
    name: str,
    value: float,
    low: float,
    high: float,
    band: Band = "unknown",
    state: State = "certain",
    span: tuple[float, float] = (0.0, 100.0),
) -> Markup:
    """A mark at the value inside a bar from low to high, on a scale of `span`. Decoration: the numbers
    stand beside it in words."""
    left, right, middle = (round(_share(v, *span), 2) for v in (low, high, value))
    return Markup(
        '<svg class="plot" aria-hidden="true" width="100%" height="{h}">{defs}'
        '<rect class="track" fill="{track}" x="0" y="{mid}" width="100%" height="2"/>'
        '<rect class="{filled}" fill="{fill}" fill-opacity="0.45" x="{left}%" y="2"'
        ' width="{width}%" height="{bar}" rx="2"/><line class="mark {band}" stroke="{colour}"'
        ' stroke-width="3" x1="{middle}%" x2="{middle}%" y1="0" y2="{h}"/></svg>'
    ).format(
        h=BAR + 4,
        mid=BAR / 2 + 1,
        bar=BAR,
        defs=hatch(name, COLOURS[band]) if state != "certain" else "",
        track=COLOURS["line"],
        band=band,
        filled=band if state == "certain" else "",
        fill=COLOURS[band] if state == "certain" else f"url(#{name}-hatch)",
        colour=COLOURS[band],
        left=left,
        width=round(max(right - left, 0.5), 2),
        middle=middle,
    )


def waterfall(
    start: float, parts: Iterable[Part], span: tuple[float, float]
) -> list[tuple[Part, float, Markup]]:
    """Steps from `start`: each part, the level after it, and its bar. The rows of a table are the chart."""
    rows, level = [], start
    for part in parts:
        after = level + part.value
        rows.append(
            (
                part,
                after,
                bar(min(level, after), max(level, after), "poor" if part.value < 0 else "good", span),
            )
        )
        level = after
    return rows


def bar(low: float, high: float, band: Band | Literal["accent"], span: tuple[float, float]) -> Markup:
    """A plain bar from low to high on a scale of `span`; its number stands beside it."""
    left, right = (round(_share(v, *span), 2) for v in (low, high))
    return Markup(
        '<svg class="plot" aria-hidden="true" width="100%" height="{h}">'
        '<rect class="{band}" fill="{fill}" x="{left}%" y="0" width="{width}%" height="{h}" rx="2"/></svg>'
    ).format(h=BAR, band=band, fill=COLOURS[band], left=left, width=round(max(right - left, 0.3), 2))


def strip(name: str, title: str, description: str, values: Sequence[float | None], highest: float) -> Markup:
    """One column per day, its height the value; a day without a value is a short hatched foot."""
    width = 100 / max(len(values), 1)
    columns = Markup("").join(_column(name, i * width, width, v, highest) for i, v in enumerate(values))
    return Markup(
        '<svg class="plot strip" role="img" aria-labelledby="{n}-t {n}-d" width="100%" height="88">'
        '<title id="{n}-t">{t}</title><desc id="{n}-d">{d}</desc>{defs}{columns}'
        '<rect class="track" fill="{line}" x="0" y="86" width="100%" height="2"/></svg>'
    ).format(n=name, t=title, d=description, defs=hatch(name), columns=columns, line=COLOURS["line"])


def _column(name: str, left: float, width: float, value: float | None, highest: float) -> Markup:
    tall = 8.0 if value is None else max(84 * _share(value, 0, highest) / 100, 2.0)
    return Markup('<rect class="{c}" fill="{f}" x="{x}%" y="{y}" width="{w}%" height="{h}"/>').format(
        c="" if value is None else "accent",
        f=f"url(#{name}-hatch)" if value is None else COLOURS["accent"],
        x=round(left + width * 0.12, 2),
        y=round(86 - tall, 1),
        w=round(width * 0.76, 2),
        h=round(tall, 1),
    )


def hatch(name: str, colour: str = COLOURS["unknown"]) -> Markup:
    """The pattern for what is uncertain or not known."""
    return Markup(
        '<defs><pattern id="{n}-hatch" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect class="hatch" fill="{c}" width="2" height="6"/>'
        "</pattern></defs>"
    ).format(n=name, c=colour)


def _share(value: float, lowest: float, highest: float) -> float:
    """Where the value lies between the two, in percent, kept inside."""
    if highest <= lowest:
        return 0.0
    return min(max((value - lowest) / (highest - lowest), 0.0), 1.0) * 100
