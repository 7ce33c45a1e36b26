"""What a laptop sent of a day becomes the fields of scores; what it could not see stays unknown."""

import pytest

from server.ingest.derive import scoring_fields
from server.ingest.models import device_day

EMPTY = dict.fromkeys(column.name for column in device_day.columns)


def fields(**sent: object) -> dict:
    return scoring_fields(EMPTY | sent)


def test_units_become_those_of_the_score() -> None:
    found = fields(usage_s=23400.0, on_s=36000.0, app_s=18000.0, rtt_ms=42.0, patch_age_d=3.0)
    assert (found["usage_hours"], found["on_hours"], found["app_hours"]) == (6.5, 10.0, 5.0)
    assert (found["net_latency_ms"], found["patch_age_days"]) == (42.0, 3.0)


def test_shares_are_of_the_active_minutes() -> None:
    found = fields(active_min=400.0, cpu_min=40.0, mem_min=0.0, disk_min=None)
    shares = found["cpu_busy_share"], found["mem_pressure_share"], found["disk_busy_share"]
    assert shares == (0.1, 0.0, None)
    assert fields(active_min=0.0, cpu_min=0.0)["cpu_busy_share"] is None


def test_loss_is_a_share_of_the_probes() -> None:
    assert fields(probes=400, probes_failed=3)["net_loss_pct"] == 0.75
    assert fields(probes=0, probes_failed=0)["net_loss_pct"] is None


def test_waits_are_what_exceeds_the_allowance() -> None:
    found = fields(boots=2, boot_list_s=[95.0, 40.0], signins=1, signin_list_s=[50.0])
    assert (found["boot_wait_s"], found["signin_wait_s"]) == (35.0, 20.0)


@pytest.mark.parametrize(
    ("boots", "lengths", "wait"),
    [
        (0, None, 0.0),
        (0, [], 0.0),
        (2, None, None),
        (2, [], None),
        (2, [None, 80.0], 20.0),
        (None, None, None),
    ],
)
def test_a_start_that_was_not_measured_is_unknown_and_none_is_no_wait(boots, lengths, wait) -> None:
    assert fields(boots=boots, boot_list_s=lengths)["boot_wait_s"] == wait


@pytest.mark.parametrize(
    ("hangs", "lengths", "seconds"),
    [
        (2, [45.0, None], 75.0),
        (1, [5000.0], 600.0),
        (3, [10.0], 70.0),
        (2, None, 60.0),
        (0, [], 0.0),
        (None, None, None),
    ],
)
def test_hangs_of_unknown_length_count_as_usual_ones(hangs, lengths, seconds) -> None:
    assert fields(app_hangs=hangs, hang_list_s=lengths)["hang_s"] == seconds


@pytest.mark.parametrize("state", ["denied", "absent"])
def test_a_source_that_could_not_be_read_makes_its_fields_unknown(state: str) -> None:
    found = fields(app_crashes=0, rtt_ms=20.0, offline_min=0.0, coverage={"crash": state, "network": state})
    assert (found["app_crashes"], found["net_latency_ms"], found["offline_minutes"]) == (None, None, None)


def test_a_gap_of_a_tenth_is_borne_and_more_is_not() -> None:
    sent = {"active_min": 400.0, "cpu_min": 40.0, "coverage": {"cpu": "gap"}}
    assert fields(**sent, gap_min={"cpu": 40.0})["cpu_busy_share"] == 0.1
    assert fields(**sent, gap_min={"cpu": 40.5})["cpu_busy_share"] is None
    assert fields(os_crashes=1, coverage={"oscrash": "gap"}, gap_min={"oscrash": 1.0})["os_crashes"] is None


def test_pressure_is_known_while_one_of_its_three_sources_is() -> None:
    two = {"cpu": "denied", "memory": "absent"}
    assert fields(pressure_min=9.0, coverage=two)["pressure_minutes"] == 9.0
    assert fields(pressure_min=9.0, coverage=two | {"disk": "denied"})["pressure_minutes"] is None
