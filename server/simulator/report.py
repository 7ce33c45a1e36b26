"""What came of a run, for a person and for a machine."""

from collections.abc import Iterator
from typing import Any

from server.simulator.fleet import Fleet
from server.simulator.plan import Plan
from server.simulator.tally import Tally, percentile
from server.simulator.verify import Verified

_SHARES = (50, 90, 99, 100)


def figures(plan: Plan, fleet: Fleet, unsent: int, tally: Tally, verified: Verified | None) -> dict[str, Any]:
    """All numbers of a run; times in milliseconds, `verified` None where the store was not looked into."""
    return {
        "laptops": {"wanted": plan.devices, "enrolled": fleet.enrolled, "copies": tally.copies},
        "batches": {
            "acknowledged": tally.acknowledged,
            "of_earlier_days": tally.acknowledged_earlier,
            "refused_as_expected": tally.expected_refusals,
            "not_acknowledged": unsent,
            "answers_lost": tally.lost_answers,
            "sent_again": tally.repeats,
        },
        "seconds": round(tally.took, 1),
        "acknowledged_per_second": round(tally.acknowledged / tally.took, 1) if tally.took else 0.0,
        "per_second_by_quarter": [round(rate, 1) for rate in tally.by_quarter(tally.by_tenth)],
        "on_time_by_quarter": [round(rate, 1) for rate in tally.by_quarter(tally.on_time_by_tenth)],
        "answer_ms": {f"p{share}": _ms(percentile(tally.answers, share / 100)) for share in _SHARES},
        "delay_ms": {f"p{share}": _ms(percentile(tally.delays, share / 100)) for share in _SHARES},
        "told_to_wait": dict(tally.told_to_wait),
        "errors": dict(tally.errors),
        "compress": plan.compress,
        "verified": None
        if verified is None
        else {
            "rows": verified.rows,
            "kept_without_answer": verified.unanswered,
            "differences": dict(verified.differences),
        },
    }


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The same in words."""
    laptops, batches, verified = found["laptops"], found["batches"], found["verified"]
    copies = f", {laptops['copies']} of them found out to be copies" if laptops["copies"] else ""
    yield f"laptops enrolled: {laptops['enrolled']} of {laptops['wanted']}{copies}"
    yield (
        f"batches acknowledged: {batches['acknowledged']}, refused for their date: "
        f"{batches['refused_as_expected']}, not acknowledged: {batches['not_acknowledged']}"
    )
    yield f"answers lost on purpose: {batches['answers_lost']}, sent again: {batches['sent_again']}"
    yield f"told to wait: {_counted(found['told_to_wait'])}"
    quarters = " ".join(f"{rate:g}" for rate in found["per_second_by_quarter"])
    yield (
        f"acknowledged a second: {found['acknowledged_per_second']:g} over {found['seconds']:g} s "
        f"(by quarter: {quarters})"
    )
    yield f"answer, ms: {_times(found['answer_ms'])}"
    quarters = " ".join(f"{rate:g}" for rate in found["on_time_by_quarter"])
    yield f"of what was not late before, ms from when it was due: {_times(found['delay_ms'])}"
    yield f"of that, a second by quarter: {quarters}"
    yield f"errors: {_counted(found['errors'])}"
    if verified is None:
        yield "store: not looked into; with a key of its own, only the collector that gave it can say"
        return
    if verified["kept_without_answer"]:
        yield f"kept although no answer came: {verified['kept_without_answer']}"
    yield f"store: {verified['rows']} rows, differences: {_counted(verified['differences'])}"


def _counted(counts: dict[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} x {what}" for what, count in ordered) or "none"


def _times(by_share: dict[str, int]) -> str:
    return " ".join(f"{share} {ms}" for share, ms in by_share.items())


def _ms(seconds: float) -> int:
    return round(1000 * seconds)
