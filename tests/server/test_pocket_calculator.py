"""A stranger with a pocket calculator: the terms that are printed are enough to work a score out anew.

Only what the explanation prints, to six decimals, goes in; weights are those on the page about the method.
"""

import re
from itertools import pairwise

import pytest
from synthetic_company import Company

from server.privacy.explain import explain
from server.privacy.records import SentimentPeriod
from server.privacy.windows import score_window

TEAMS = {"Fast": "U", "Slow": "U", "Other": "V", "Same": "V", "Fifth": "V"}
PERIODS = [SentimentPeriod("2026-P02", groups={"company:company": {3: 20, 5: 30}, "team:Slow": {1: 9, 2: 6}})]
NUMBER = r"(-?[\d.]+)"
GAUGE = re.compile(rf"^  (\w+) +weight {NUMBER}, .*?: {NUMBER} - {NUMBER} \({NUMBER} - {NUMBER}\) = {NUMBER}")
RATE = re.compile(
    rf"^  (\w+) +weight {NUMBER}, .*: own {NUMBER}, .*W = {NUMBER}, usual {NUMBER}, after the pull {NUMBER} "
    rf".*score {NUMBER}, 95"
)
CURVE = re.compile(rf"{NUMBER}: {NUMBER}")


@pytest.fixture(scope="module")
def window():
    return score_window(Company(TEAMS, 12, slow=["Slow"]).releases(), PERIODS)


def on_curve(line: str, value: float) -> float:
    points = [(float(x), float(y)) for x, y in CURVE.findall(line)]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 <= value <= x1:
            return y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    return points[0][1] if value < points[0][0] else points[-1][1]


@pytest.mark.parametrize("team", TEAMS)
def test_the_score_of_a_team_can_be_worked_out_by_hand(window, team):
    lines = explain(window, f"team:{team}")
    scores: dict[str, tuple[float, float]] = {}
    for i, line in enumerate(lines):
        if found := GAUGE.match(line):
            name, (weight, own, b, own_again, company, printed) = found[1], map(float, found.groups()[1:])
            assert own == own_again
            score = own - b * (own - company)
        elif found := RATE.match(line):
            name, (weight, own, w, usual, pulled, printed) = found[1], map(float, found.groups()[1:])
            rate = own - w * (own - usual)
            assert rate == pytest.approx(pulled, abs=2e-5)
            score = on_curve(lines[i + 1], rate)
        else:
            continue
        assert score == pytest.approx(printed, abs=1e-3), line
        scores[name] = weight, score
    assert len(scores) == 13
    technology = sum(w * s for w, s in scores.values()) / sum(w for w, _ in scores.values())
    text = "\n".join(lines)
    sentiment = float(re.search(rf"sentiment S {NUMBER}", text)[1])
    score = float(re.search(rf"DEX {NUMBER},", text)[1])
    assert 0.7 * technology + 0.3 * sentiment == pytest.approx(score, abs=1e-3)
    sds = [
        float(found[1]) for found in re.finditer(rf" = {NUMBER}$", text.partition("sd of T")[2], re.MULTILINE)
    ]
    parts = sum(a * b * (1 if i == j else 0.5) for i, a in enumerate(sds) for j, b in enumerate(sds))
    assert parts**0.5 == pytest.approx(float(re.search(rf"sd of T {NUMBER}", text)[1]), abs=1e-4)
