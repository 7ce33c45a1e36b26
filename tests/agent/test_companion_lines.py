"""Lines between companion and service: what comes of any bytes, and of honest ones."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.companion.message import (
    APPS_PER_LINE,
    LINE_BYTES,
    BadLine,
    Greeting,
    Hello,
    Hung,
    InFront,
    MinuteTold,
    minute_of,
    read,
    written,
)
from agent.companion.stream import Lines

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
MINUTE = MinuteTold(7, 60.0, "", (InFront("firefox", "128", 59.5),), (Hung("soffice.bin", "", 1.7e9, 12.5),))


@pytest.mark.parametrize(
    "message",
    [
        Hello("3 :0", "x11"),
        MINUTE,
        MinuteTold(7, None),
        Greeting("https://dex.example.org", True, "ab", ("a",)),
    ],
)
def test_what_was_written_is_read(message: Hello | MinuteTold | Greeting) -> None:
    assert read(written(message)[:-1]) == message


@given(st.binary(max_size=200) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_no_line_does_more_than_be_refused(line: bytes) -> None:
    with pytest.raises(BadLine):
        read(line)


@given(
    st.fixed_dictionaries(
        {"is": st.sampled_from(["Hello", "MinuteTold", "Greeting"])},
        optional=dict.fromkeys(
            ("number", "active_s", "front_unknown", "apps", "stalls", "session", "senses", "server"), ANY_JSON
        ),
    )
)
def test_a_message_that_is_taken_holds_what_it_may(found: dict[str, object]) -> None:
    try:
        message = read(json.dumps(found).encode())
    except BadLine:
        return
    if isinstance(message, MinuteTold):
        assert message.active_s is None or 0 <= message.active_s <= 60
        assert sum(app.seconds for app in message.apps) <= 60.1
        assert all(math.isfinite(stall.began_at) for stall in message.stalls)


@pytest.mark.parametrize(
    "change",
    [
        {"active_s": 61},
        {"active_s": -1},
        {"active_s": math.nan},
        {"active_s": True},
        {"number": "7"},
        {"apps": [["a", "", 40], ["b", "", 40]]},
        {"apps": [["a", "", 0]] * (APPS_PER_LINE + 1)},
        {"apps": [["a", "", "60"]]},
        {"apps": {"a": 1}},
        {"stalls": [["a", "", 0, 1e6]]},
        {"stalls": [["a", "", -1, 6]]},
        {"pages": ["https://example.org"]},
    ],
)
def test_a_minute_out_of_its_bounds_is_refused(change: dict[str, object]) -> None:
    line = json.loads(written(MINUTE)) | change
    with pytest.raises(BadLine):
        read(json.dumps(line).encode())


def test_nothing_a_companion_says_can_write_on_a_terminal() -> None:
    told = MINUTE._replace(front_unknown="\x1b[2J\u202eno", apps=(InFront("a\x07b\n", "", 1.0),))
    found = read(written(told)[:-1])
    assert isinstance(found, MinuteTold)
    assert (found.front_unknown, found.apps[0].program) == (" [2J no", "a b ")
    with pytest.raises(BadLine):
        read(written(Hello("1", "x11\x1b[2J"))[:-1])


def test_a_minute_full_of_long_names_still_fits_a_line() -> None:
    apps = tuple(InFront("\u0645" * 100 + str(n), "1" * 100, 1.0) for n in range(APPS_PER_LINE))
    assert len(written(MINUTE._replace(apps=apps))) <= LINE_BYTES + 1


@given(st.lists(st.binary(max_size=50).map(lambda b: b.replace(b"\n", b"")), max_size=8), st.integers(1, 40))
def test_lines_come_whole_however_they_are_cut(lines: list[bytes], size: int) -> None:
    data = b"".join(line + b"\n" for line in lines)
    buffer, found = Lines(), []
    for start in range(0, len(data), size):
        found += buffer.of(data[start : start + size])
    assert found == lines


def test_a_line_without_an_end_is_not_kept() -> None:
    buffer = Lines()
    with pytest.raises(BadLine):
        list(map(buffer.of, [b"x" * 2000] * 10))


def test_a_companion_speaks_just_before_the_service_looks() -> None:
    assert minute_of(119.9) == minute_of(120.0) == minute_of(176.9) == 2
    assert minute_of(177.0) == 3
