"""Charts: numbers in, shapes out, with nothing the content policy refuses."""

import re
from xml.etree import ElementTree

import pytest

from dashboards.charts import Part, Point, bar, interval_bar, strip, trend, waterfall

POINTS = [
    Point("week 1", 70, 66, 74),
    Point("week 2", 71, 67, 75),
    Point("week 3", None),
    Point("week 4", 60, 50, 70, "uncertain"),
    Point("week 5", 62, 52, 72, "modelled"),
]

ALL = {
    "trend": trend("t", "Score", "By week", POINTS, 0, 100),
    "interval": interval_bar("i", 71, 68, 74, "fair"),
    "interval uncertain": interval_bar("u", 71, 68, 74, "poor", "uncertain"),
    "bar": bar(10, 20, "good", (0, 100)),
    "strip": strip("s", "Lost", "By day", [3.0, None, 12.0], 12),
}


@pytest.mark.parametrize("name", ALL)
def test_a_chart_is_well_formed_and_has_no_style(name):
    root = ElementTree.fromstring(ALL[name])
    assert root.tag == "svg"
    assert "style=" not in ALL[name]


@pytest.mark.parametrize("name", ["trend", "strip"])
def test_a_picture_is_named_for_those_who_do_not_see_it(name):
    root = ElementTree.fromstring(ALL[name])
    assert root.get("role") == "img"
    named = {child.get("id"): child.text for child in root if child.tag in ("title", "desc")}
    assert set(root.get("aria-labelledby").split()) == set(named)
    assert all(named.values())


@pytest.mark.parametrize("name", ["interval", "bar"])
def test_shapes_beside_their_number_are_decoration(name):
    assert ElementTree.fromstring(ALL[name]).get("aria-hidden") == "true"


def test_a_gap_stays_a_gap():
    lines = re.findall(r'class="line" fill="none"', ALL["trend"])
    assert len(lines) == 2  # weeks 1-2 and 4-5; nothing is drawn through week 3


def test_what_is_not_certain_is_drawn_differently():
    assert ALL["trend"].count("stroke-dasharray") == 1
    assert 'class="band certain"' in ALL["trend"]
    assert 'class="band unsure" fill="url(#t-hatch)"' in ALL["trend"]
    assert "url(#u-hatch)" in ALL["interval uncertain"]
    assert "hatch" not in ALL["interval"]


def test_where_certainty_ends_the_line_goes_on_in_another_way():
    drawn = trend("t", "x", "y", [*POINTS[:2], Point("c", 71, 60, 80, "uncertain")], 0, 100)
    first, second = re.findall(r'class="line" fill="none" [^>]*d="(M[^"]*)"', drawn)
    assert first.split("L")[-1] == second[1:].split("L")[0]


def test_half_a_year_is_a_few_kilobytes():
    points = [Point(f"week {n}", 70.25 + n / 7, 66.5, 74.5) for n in range(26)]
    assert len(trend("t", "Score", "By week", points, 0, 100)) < 3000


def test_a_trend_hits_its_corners():
    drawn = trend("t", "x", "y", [Point("a", 0), Point("b", 100)], 0, 100)
    assert 'd="M0.0 100.0L1000.0 0.0"' in drawn


def test_bars_of_a_waterfall_follow_each_other():
    rows = waterfall(100, [Part("sign-in", -20), Part("crashes", -9)], (0, 100))
    assert [after for _, after, _ in rows] == [80, 71]
    assert 'x="80.0%"' in rows[0][2]
    assert 'width="20.0%"' in rows[0][2]
    assert 'x="71.0%"' in rows[1][2]


def test_a_value_beyond_the_scale_stays_inside():
    assert 'width="100.0%"' in bar(-50, 500, "good", (0, 100))


def test_a_day_without_knowledge_is_no_empty_day():
    shapes = strip("s", "Lost", "By day", [0.0, None], 10)
    assert shapes.count("url(#s-hatch)") == 1


def test_words_cannot_break_out_of_a_chart():
    drawn = trend("t", "<script>", '"&', POINTS, 0, 100)
    assert "<script>" not in drawn
    ElementTree.fromstring(drawn)


def test_a_line_starts_anew_where_periods_cannot_be_compared():
    drawn = trend("t", "x", "y", [*POINTS[:2], Point("c", 71, 60, 80, fresh=True)], 0, 100)
    assert len(re.findall(r'class="line" fill="none"', drawn)) == 1


def test_a_hollow_point_stands_at_the_end_of_time():
    drawn = trend("t", "x", "y", POINTS[:2], 0, 100, second=POINTS[:2], alone=40.0, levels=[75])
    assert drawn.count("M1000 60.0h0.01") == 2
    assert 'd="M0 25.0H1000"' in drawn
    assert len(re.findall(r'class="line second" fill="none"', drawn)) == 1


def test_where_what_is_measured_changes_stands_an_upright_line_between_two_points():
    drawn = trend("t", "Score", "By week", POINTS, 0, 100, breaks=[3])
    assert re.findall(r'class="break"[^>]* d="([^"]+)"', drawn) == ["M625.0 0V100"]
    assert "break" not in ALL["trend"]
