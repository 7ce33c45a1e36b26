"""Holds a file of worked examples against the product's own code (`dex-server score --check FILE`).

A file is `{"cases": [{"name", "function", "input", "expected"}]}`. Every field is compared: numbers at a
relative 1e-9 (absolute below 1), everything else exactly.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.check.over_time import OVER_TIME
from server.check.score import check_score
from server.check.small import SMALL

TOLERANCE = 1e-9
OK, FAILED, NOT_BUILT = "ok", "failed", "not_built"

FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {**SMALL, **OVER_TIME, "score": check_score}


@dataclass(frozen=True)
class CaseResult:
    """One case: `state` is `ok`, `failed` or `not_built`; `detail` says where a failed one differs first."""

    name: str
    function: str
    state: str
    detail: str = ""

    def line(self) -> str:
        return f"{self.state:9} {self.function}: {self.name}{f' ({self.detail})' if self.detail else ''}"


def check_file(path: str | Path) -> list[CaseResult]:
    """The result of each case, in order. ValueError with one sentence if the file holds no cases."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    cases = content.get("cases") if isinstance(content, dict) else None
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise ValueError(f"{path} has no list of cases")
    for number, case in enumerate(cases, 1):
        for key in ("name", "function", "input", "expected"):
            if key not in case:
                raise ValueError(f"{path}: case {number} has no {key!r}")
    return [check_case(case) for case in cases]


def check_case(case: Mapping[str, Any]) -> CaseResult:
    """One case; an exception of the product is a failure with its sentence."""
    name, function = str(case["name"]), str(case["function"])
    if function not in FUNCTIONS:
        return CaseResult(name, function, NOT_BUILT)
    try:
        got = FUNCTIONS[function](case["input"])
    except Exception as error:  # whatever a malformed input raises is that case's result
        return CaseResult(name, function, FAILED, f"{type(error).__name__}: {error}")
    difference = first_difference(got, case["expected"])
    return CaseResult(name, function, FAILED if difference else OK, difference)


def exit_code(results: Sequence[CaseResult]) -> int:
    """0 if all hold, 1 if one fails, 3 if the rest hold and some functions are not built."""
    states = {result.state for result in results}
    return 1 if FAILED in states else 3 if NOT_BUILT in states else 0


def first_difference(got: Any, expected: Any, where: str = "") -> str:
    """A sentence about the first field that differs, empty if none does."""
    place = where or "the result"
    if isinstance(expected, dict) and isinstance(got, Mapping):
        if got.keys() != expected.keys():
            return f"{place} has {_only(got, expected)} and lacks {_only(expected, got)}"
        parts = ((got[key], expected[key], f"{where}.{key}" if where else str(key)) for key in expected)
    elif isinstance(expected, list) and isinstance(got, list | tuple):
        if len(got) != len(expected):
            return f"{place} has {len(got)} entries, not {len(expected)}"
        parts = ((a, b, f"{where}[{i}]") for i, (a, b) in enumerate(zip(got, expected, strict=True)))
    else:
        return "" if _equal(got, expected) else f"{place} is {got!r}, not {expected!r}"
    return next((found for part in parts if (found := first_difference(*part))), "")


def _only(these: Mapping[str, Any], others: Mapping[str, Any]) -> str:
    return ", ".join(sorted(str(key) for key in these.keys() - others.keys())[:3]) or "nothing else"


def _equal(got: Any, expected: Any) -> bool:
    if _is_number(got) and _is_number(expected):
        return bool(abs(got - expected) <= TOLERANCE * max(1.0, abs(expected)))
    return type(got) is type(expected) and bool(got == expected)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
