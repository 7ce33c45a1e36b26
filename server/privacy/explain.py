"""Every term that led to a score, in lines of text; with them the score can be worked out by hand.

Rates are told as rates, sizes as classes. Hours of use are told of nobody (docs/privacy.md).
"""

from collections.abc import Iterator, Sequence
from math import sqrt

from server.privacy.plan import COMPANY
from server.privacy.windows import HIDDEN, INSUFFICIENT, MODELLED, Block, Window
from server.scoring.dex import FULL, SENTIMENT, technology_share
from server.scoring.parameters import (
    CORRELATION,
    GAUGES,
    LEAST_COVERAGE,
    LEAST_WEEKS,
    LEAST_WEIGHT,
    RATES,
    Model,
    Z,
)
from server.scoring.size_class import size_class
from server.scoring.technology import SignalScore, Technology

_WHY = {
    HIDDEN: "hidden: too few people took part, or it could be worked out from other groups.",
    INSUFFICIENT: (
        f"not enough data: fewer than {LEAST_WEEKS} weeks, less than {LEAST_COVERAGE:.0%} of its people, "
        f"or signals of less than {LEAST_WEIGHT} weight."
    ),
}


def explain(window: Window, group: str) -> list[str]:
    """The lines of one group. KeyError if the window does not list it."""
    block = window.blocks[group]
    lines = [f"{group}, {window.weeks[0]} to {window.weeks[-1]}, model {window.model.name}"]
    if block.status in _WHY:
        return [*lines, _WHY[block.status]]
    if block.status == MODELLED:
        return [*lines, *_modelled(window, block)]
    return [*lines, *_measured(window, block)]


def _modelled(window: Window, block: Block) -> Iterator[str]:
    """A cell of the grid: estimated from totals."""
    kind, name = block.group.split(":", 1)
    left, stage = name.split("|", 1)
    names = (f"{'team' if kind == 'cell' else 'unit'}:{left}", f"stage:{stage}", COMPANY)
    parts = [found for name in names if (found := window.blocks[name].dex) is not None]
    assert block.dex is not None
    yield "Estimated from totals, not measured."
    yield from (
        f"  {name}: DEX {part.value:.6f}, sd {part.sd:.6f}" for name, part in zip(names, parts, strict=True)
    )
    yield f"DEX = {names[0]} + {names[1]} - {names[2]} = {block.dex.value:.6f} (cut to 0..100)"
    yield f"sd = sqrt of the sum of the three variances = {block.dex.sd:.6f}"


def _measured(window: Window, block: Block) -> Iterator[str]:
    technology, dex = block.technology, block.dex
    assert technology is not None
    assert dex is not None
    yield (
        f"people: {size_class(block.n or 0)}, coverage {block.coverage or 0:.0%}, "
        f"in the plan of {block.weeks} of {len(window.weeks)} weeks"
    )
    if block.group == COMPANY:
        yield "working-time wall: its hours are exact, and used for nothing but its rates"
    else:
        yield f"working-time wall: hours class j = {window.release.hours_class.get(block.group, 0)}"
    yield ""
    yield from _score(block, window.model)
    yield ""
    yield from _gauges(window, block, technology)
    yield ""
    yield from _rates(window, block, technology)
    yield ""
    yield from _spread(technology)
    yield ""
    yield from _sentiment(window, block)
    yield from _lost_time(window, block)


def _score(block: Block, model: Model) -> Iterator[str]:
    technology, dex, sentiment = block.technology, block.dex, block.sentiment
    assert technology is not None
    assert dex is not None
    certain = "the whole interval is in this band" if dex.band_certain else "the interval crosses a band"
    yield f"DEX {dex.value:.6f}, 95 % from {dex.low:.6f} to {dex.high:.6f}: {dex.band}, {certain}"
    if sentiment is None:
        yield f"  = T {technology.value:.6f} alone: there is no released sentiment ({dex.kind})"
    else:
        yield (
            f"  = {model.technology_share:g} T {technology.value:.6f} + "
            f"{model.sentiment_share:g} S {sentiment.value:.6f}"
        )
    share = technology_share(dex.kind == FULL, model)
    yield "points lost = share of DEX x (100 - score):"
    for name, lost in block.points_lost.items():
        if name == SENTIMENT and sentiment is not None:
            yield f"  {name:10} {model.sentiment_share:.6f} x (100 - {sentiment.value:.6f}) = {lost:.6f}"
        else:
            signal = technology.signals[name]
            yield f"  {name:10} {share * signal.share:.6f} x (100 - {signal.score:.6f}) = {lost:.6f}"
    total = sum(block.points_lost.values())
    yield f"  together   {total:.6f}; 100 - {total:.6f} = {100 - total:.6f}"
    if block.last_week is not None:
        yield f"technology score of the last week alone: {block.last_week:.6f}"


def _gauges(window: Window, block: Block, technology: Technology) -> Iterator[str]:
    b, spread = technology.pull.b, window.shared.spread
    yield f"gauges: score = own - B (own - company), B = {b:.6f}"
    if block.group != COMPANY:
        yield (
            f"  B from variance within groups {spread.within:.6f}, between groups {spread.between:.6f}, "
            f"{spread.groups} teams"
        )
    for name in GAUGES:
        if name in technology.signals:
            yield "  " + _gauge(technology.signals[name], b, window.model)


def _gauge(signal: SignalScore, b: float, model: Model) -> str:
    return (
        f"{signal.signal:10} weight {model.signals[signal.signal].weight:g}, share {signal.share:.6f}: "
        f"{signal.raw:.6f} - {b:.6f} ({signal.raw:.6f} - {signal.company:.6f}) = {signal.score:.6f}, "
        f"95 % {signal.low:.6f} to {signal.high:.6f}, people {size_class(signal.n)}"
    )


def _rates(window: Window, block: Block, technology: Technology) -> Iterator[str]:
    yield "rates: after the pull = own - W (own - usual), then read on the curve"
    for name in RATES:
        if name in technology.signals:
            yield "  " + _rate(window, block, technology.signals[name])
            anchors = ", ".join(f"{v:g}: {score:g}" for v, score in window.model.signals[name].curve.anchors)
            yield f"             curve {anchors}"


def _rate(window: Window, block: Block, signal: SignalScore) -> str:
    convention, phi = window.model.signals[signal.signal], window.shared.phi[signal.signal]
    if block.group == COMPANY:
        pull = "half an event more than there were"
    else:
        prior = window.shared.priors[signal.signal]
        usual = prior.shape / prior.hours * convention.per_hours
        pull = f"W = {prior.hours / (prior.hours + (signal.hours or 0.0) / phi):.6f}, usual {usual:.6f}"
    return (
        f"{signal.signal:10} weight {convention.weight:g}, share {signal.share:.6f}: own {signal.raw:.6f}, "
        f"company {signal.company:.6f}, {pull}, after the pull {signal.rate:.6f} {convention.unit}; "
        f"score {signal.score:.6f}, 95 % {signal.low:.6f} to {signal.high:.6f}, "
        f"people {size_class(signal.n)}, overdispersion {phi:.6f}"
    )


def _spread(technology: Technology) -> Iterator[str]:
    yield f"sd of T {technology.sd:.6f}, from t = share x sd, correlation {CORRELATION} between any two:"
    for name, share, sd in technology.components:
        yield f"  {name:10} {share:.6f} x {sd:.6f} = {share * sd:.6f}"
    yield f"intervals are value +- {Z:.6f} sd, cut to 0..100"


def _sentiment(window: Window, block: Block) -> Iterator[str]:
    sentiment = block.sentiment
    if sentiment is None:
        yield "sentiment: none released"
        return
    yield (
        f"sentiment S {sentiment.value:.6f}, sd {sqrt(sentiment.variance):.6f}, source {sentiment.source}, "
        f"periods {', '.join(window.periods)}"
    )


def _lost_time(window: Window, block: Block) -> Iterator[str]:
    lost = block.lost_time
    if lost is None:
        return
    yield f"lost time {lost.lost:.6f} minutes per active hour, 95 % from {lost.low:.6f} to {lost.high:.6f}"
    for cause, minutes in lost.causes.items():
        readable = window.readable.get(cause, 0.0)
        yield f"  {cause:10} {minutes:.6f} (readable in {readable:.0%} of the company's person-weeks)"


def matches(window: Window, name: str) -> Sequence[str]:
    """Groups whose name without its kind is this."""
    return [group for group in window.blocks if group.split(":", 1)[1] == name]
