"""From a window to what is shown of it: rounded, with size classes, so that nothing exact comes out.

Scores have one decimal, parts add up with a line for the rounding, people are a size class and coverage a
step of 10 % (docs/scoring.md 9).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import sqrt

import msgspec

from server.privacy.plan import COMPANY
from server.privacy.results import (
    Cause,
    Change,
    Cost,
    Group,
    GroupDetail,
    Groups,
    Help,
    Interval,
    Lost,
    Part,
    Score,
    Sentiment,
    Signal,
    Status,
    Week,
)
from server.privacy.rounding import in_steps, one, two_digits
from server.privacy.terms import terms_of
from server.privacy.window_queries import Since
from server.privacy.windows import MODELLED, OK, Block, Window
from server.scoring.dex import TECHNOLOGY_ONLY, Dex, band, scored, technology_share
from server.scoring.gain import percentile
from server.scoring.lost_time import LostTime
from server.scoring.parameters import LEAST_GROUPS, Model
from server.scoring.sentiment import Sentiment as ExactSentiment
from server.scoring.size_class import lower_end, size_class
from server.scoring.technology import SignalScore
from server.scoring.variance import interval

Price = tuple[float, str]
"""What an hour costs, and the currency of it."""
HELPS = 3
MOST_STANDING_OUT = 2
_LEVELS = ("unit", "team", "company")


def groups_of(
    window: Window, seen: Iterable[Block], changed: Mapping[str, Since], price: Price | None = None
) -> Groups:
    """The figures of the groups that somebody may see."""
    blocks = list(seen)
    return Groups(
        week=window.week,
        weeks=list(window.weeks),
        periods=list(window.periods),
        model=window.model.name,
        groups=[group_of(window, block, changed, price) for block in blocks],
        helps=_helps(_comparable(blocks)),
    )


def detail_of(
    window: Window,
    block: Block,
    changed: Mapping[str, Since],
    trend: Sequence[Week] = (),
    price: Price | None = None,
) -> GroupDetail:
    """A group with its signals and where its points went."""
    lost = {name: one(points) for name, points in block.points_lost.items()}
    parts = sorted(lost.items(), key=lambda part: -part[1])
    rounding = 100 - one(block.dex.value) - sum(lost.values()) if block.dex and lost else 0.0
    return GroupDetail(
        week=window.week,
        weeks=list(window.weeks),
        periods=list(window.periods),
        model=window.model.name,
        bands=(window.model.fair, window.model.good),
        technology_share=window.model.technology_share,
        result=group_of(window, block, changed, price),
        points_lost=[Part(name, points) for name, points in parts],
        rounding=one(rounding),
        last_week=one(block.last_week) if block.last_week is not None else None,
        signals=list(_signals(window, block)),
        helps=_helps([block]),
        terms=terms_of(window, block),
        trend=list(trend),
    )


def group_of(window: Window, block: Block, changed: Mapping[str, Since], price: Price | None = None) -> Group:
    """A group's figures; those of a group that is not scored are its status."""
    plain = Group(
        group=block.group,
        kind=block.kind,
        name=block.name,
        status=status_of(block.status),
        unit=window.release.teams.get(block.name) if block.kind == "team" else None,
    )
    if block.status == MODELLED and block.dex is not None:
        return msgspec.structs.replace(plain, score=score_of(block.dex, window.model))
    if block.status != OK or block.dex is None or block.technology is None:
        return plain
    technology = scored(block.technology.value, block.technology.sd, TECHNOLOGY_ONLY, window.model)
    return msgspec.structs.replace(
        plain,
        people=size_class(block.n or 0),
        coverage_pct=in_steps(block.coverage or 0),
        score=score_of(block.dex, window.model),
        technology=score_of(technology, window.model),
        sentiment=_sentiment(block.sentiment) if block.sentiment else None,
        lost_time=_lost(block.lost_time, window.readable, price) if block.lost_time else None,
        change=_change(changed[block.group]) if block.group in changed else None,
        most_lost=_most_lost(window, block),
        stands_out=_stands_out(window, block),
    )


def status_of(status: str) -> Status:
    """The status, as one of those that are shown."""
    found: Status = msgspec.convert(status, Status)
    return found


def score_of(dex: Dex, model: Model) -> Score:
    """A score as it is shown."""
    rounded = {name: one(getattr(dex, name)) for name in ("value", "low", "high")}
    ends = {f"{name}_band": band(rounded[name], model) for name in ("low", "high")}
    plain = {name: getattr(dex, name) for name in ("display", "band", "band_certain", "kind")}
    return msgspec.convert(rounded | ends | plain, Score)


def _sentiment(found: ExactSentiment) -> Sentiment:
    low, high = interval(found.value, sqrt(found.variance))
    rounded = {"value": one(found.value), "low": one(low), "high": one(high), "source": found.source}
    return msgspec.convert(rounded, Sentiment)


def _lost(found: LostTime, readable: Mapping[str, float], price: Price | None) -> Lost:
    causes = [
        Cause(cause, one(minutes), in_steps(readable.get(cause, 0)))
        for cause, minutes in sorted(found.causes.items(), key=lambda pair: -pair[1])
    ]
    total = Interval(one(found.lost), one(found.low), one(found.high))
    return Lost(
        minutes_per_hour=total,
        undisturbed_pct=one(100 * found.undisturbed),
        hours_per_person_week=Interval(
            one(found.hours_per_person_week), one(found.hours_low), one(found.hours_high)
        ),
        about=found.about,
        causes=causes,
        rounding=one(total.value - sum(cause.value for cause in causes)),
        cost=_cost(found, price) if price and not found.about else None,
    )


def _cost(found: LostTime, price: Price) -> Cost:
    """Made of hours that are rounded before, so that no other price tells them more exactly."""
    per_hour, currency = price
    per_rate = found.hours / found.lost if found.lost else 0.0
    hours = two_digits(found.hours)
    return Cost(
        value=_whole(hours * per_hour),
        low=_whole(two_digits(per_rate * found.low) * per_hour),
        high=_whole(two_digits(per_rate * found.high) * per_hour),
        currency=currency,
        per_hour=per_hour,
        hours=hours,
    )


def _whole(amount: float) -> float:
    return float(round(amount))


def _change(since: Since) -> Change:
    if not since.change.comparable:
        return Change(since.week, "not_comparable")
    if not since.change.flag:
        return Change(since.week, "no_clear_change")
    return Change(since.week, "clear", one(since.delta))


def _most_lost(window: Window, block: Block) -> list[str]:
    """The signal that costs most points; the next one too where its interval does not set it apart."""
    assert block.technology is not None
    share = technology_share(block.sentiment is not None, window.model)
    weights = {name: share * signal.share for name, signal in block.technology.signals.items()}
    signals = sorted(block.technology.signals.values(), key=lambda s: -weights[s.signal] * (100 - s.score))
    first, *others = signals
    sure = weights[first.signal] * (100 - first.high)
    found = [first.signal]
    for other in others[:1]:
        if weights[other.signal] * (100 - other.low) > sure:
            found.append(other.signal)
    return found


def _stands_out(window: Window, block: Block) -> list[str]:
    company = window.blocks[COMPANY].technology
    if company is None or block.technology is None:
        return []
    worse = {
        name: signal.share * (company.signals[name].score - signal.score)
        for name, signal in block.technology.signals.items()
        if name in company.signals and signal.high < company.signals[name].score
    }
    return sorted(worse, key=lambda name: -worse[name])[:MOST_STANDING_OUT]


def _signals(window: Window, block: Block) -> Iterator[Signal]:
    if block.technology is None:
        return
    alike = [b.technology.signals for b in window.blocks.values() if b.kind == block.kind and b.technology]
    share = technology_share(block.sentiment is not None, window.model)
    for name, found in block.technology.signals.items():
        gain, signal = block.gains[name], window.model.signals[name]
        yield Signal(
            name=name,
            facet=signal.facet,
            unit=signal.unit,
            weight=signal.weight,
            share_pct=one(100 * share * found.share),
            score=Interval(one(found.score), one(found.low), one(found.high)),
            company=_company_score(window, name),
            value=two_digits(signal.curve.value_at(one(found.score))),
            points_lost=one(block.points_lost[name]),
            gain=one(gain.points),
            target=one(gain.target),
            middle=_middle([signals[name] for signals in alike if name in signals]),
        )


def _company_score(window: Window, name: str) -> float | None:
    company = window.blocks[COMPANY].technology
    return one(company.signals[name].score) if company and name in company.signals else None


def _middle(scores: Sequence[SignalScore]) -> tuple[float, float] | None:
    """The quarter points of the scores, if there are enough groups to speak of a middle."""
    if len(scores) < LEAST_GROUPS:
        return None
    ordered = [signal.score for signal in scores]
    return one(percentile(ordered, 0.25)), one(percentile(ordered, 0.75))


def _comparable(blocks: Sequence[Block]) -> list[Block]:
    """The groups of the highest level below the company that somebody sees, so that nobody counts twice."""
    for kind in _LEVELS:
        found = [block for block in blocks if block.kind == kind and block.technology]
        if found:
            return found
    return []


def _helps(blocks: Sequence[Block]) -> list[Help]:
    """What would help most: points to gain times the people who would gain them, by size class."""
    found = [
        Help(block.group, name, one(gain.points), lower_end(block.n or 0), one(gain.target))
        for block in blocks
        for name, gain in block.gains.items()
        if one(gain.points) > 0
    ]
    return sorted(found, key=lambda h: (-h.points * h.people_at_least, h.group, h.signal))[:HELPS]
