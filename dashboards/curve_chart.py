"""The curve of a signal as a small drawing: values from left to right, scores from 0 to 100 upwards.

Like dashboards/charts.py: shapes alone, no words, no `style=`. Horizontal positions are percentages.
"""

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from dashboards.charts import COLOURS

HEIGHT = 72
TOP, BOTTOM = 5, 5
"""Room for the dots at 100 and at 0."""
LEVELS = (70, 30)


def curve_chart(name: str, title: str, description: str, anchors: Sequence[tuple[float, float]]) -> Markup:
    """Dots at the anchors (value, score), straight lines between; `name` is unique on the page."""
    first, last = anchors[0][0], anchors[-1][0]
    spots = [(round(100 * (x - first) / (last - first), 2), _down(score)) for x, score in anchors]
    shapes = [_level(score) for score in LEVELS]
    shapes += [_line(*a, *b) for a, b in pairwise(spots)]
    shapes += [_dot(*spot) for spot in spots]
    return Markup(
        '<svg class="plot curve" role="img" aria-labelledby="{n}-t {n}-d" width="100%" height="{h}">'
        '<title id="{n}-t">{t}</title><desc id="{n}-d">{d}</desc>{shapes}</svg>'
    ).format(n=name, t=title, d=description, h=HEIGHT, shapes=Markup("").join(shapes))


def _down(score: float) -> float:
    """From a score to pixels below the upper edge."""
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - score / 100), 1)


def _level(score: float) -> Markup:
    return Markup('<line class="level" stroke="{c}" x1="0%" x2="100%" y1="{y}" y2="{y}"/>').format(
        c=COLOURS["line"], y=_down(score)
    )


def _line(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup(
        '<line class="line" stroke="{c}" stroke-width="2" stroke-linecap="round"'
        ' x1="{x1}%" y1="{y1}" x2="{x2}%" y2="{y2}"/>'
    ).format(c=COLOURS["accent"], x1=x1, y1=y1, x2=x2, y2=y2)


def _dot(x: float, y: float) -> Markup:
    return Markup('<circle class="accent" fill="{c}" cx="{x}%" cy="{y}" r="4"/>').format(
        c=COLOURS["accent"], x=x, y=y
    )
