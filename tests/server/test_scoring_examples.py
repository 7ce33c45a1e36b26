"""The worked examples hold to 1e-9, and the check that says so can say otherwise."""

import json
from pathlib import Path

import pytest

from server.check import FUNCTIONS, check_case, check_file, exit_code

EXAMPLES = Path(__file__).with_name("scoring_examples.json")
CASES = json.loads(EXAMPLES.read_text())["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_worked_example_holds(case):
    result = check_case(case)
    assert (result.state, result.detail) == ("ok", "")


def test_every_function_of_the_examples_is_built():
    assert {case["function"] for case in CASES} <= FUNCTIONS.keys()
    assert exit_code([check_case(case) for case in CASES if case["function"] != "score"]) == 0


def case_named(name):
    return json.loads(json.dumps(next(case for case in CASES if case["name"] == name)))


def test_a_number_off_by_two_billionths_fails_and_says_where():
    case = case_named("own score")
    case["expected"]["signals"]["crash"] *= 1 + 2e-9
    result = check_case(case)
    assert result.state == "failed"
    assert result.detail.startswith("signals.crash is 66.739101")
    assert exit_code([result]) == 1


def test_a_number_off_by_half_a_billionth_holds():
    case = case_named("own score")
    case["expected"]["signals"]["crash"] *= 1 + 5e-10
    assert check_case(case).state == "ok"


def test_a_field_too_many_and_one_missing_fail():
    case = case_named("eNPS 12/5/8")
    case["expected"]["median"] = case["expected"].pop("low")
    assert check_case(case).detail == "the result has low and lacks median"


def test_a_case_that_raises_fails_with_its_sentence():
    case = case_named("release plan: below the threshold")
    case["input"]["persons"] = [["U1", "A", "steady", -1]]
    assert check_case(case).detail == "ValueError: -1 persons in team A: a number of persons is never below 0"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read"),
        ("{", "is not JSON"),
        ("[]", "has no list of cases"),
        ('{"cases": [{"name": "x", "function": "curve", "input": []}]}', "case 1 has no 'expected'"),
    ],
)
def test_a_file_without_cases_gets_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "cases.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ValueError, match=sentence):
        check_file(path)
