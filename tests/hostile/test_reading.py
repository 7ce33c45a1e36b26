"""Places where bodies are read: for everybody some, for one address not all."""

import io

import pytest

from server.web.body import BodyTooLarge
from server.web.rates import TooManyRequests
from server.web.reading import MOST_BYTES, Measured, Places, TooManyBodies


def test_one_address_leaves_places_to_others() -> None:
    places = Places(most=3, most_of_one=2)
    places.enter("192.0.2.7")
    places.enter("192.0.2.7")
    with pytest.raises(TooManyRequests) as refused:
        places.enter("192.0.2.7")
    assert int(refused.value.headers["Retry-After"]) >= 30
    places.enter("192.0.2.8")
    places.leave("192.0.2.7")
    places.enter("192.0.2.7")


def test_an_address_that_speaks_for_all_is_measured_with_all_alone() -> None:
    places = Places(most=3, most_of_one=2)
    for _ in range(3):
        assert not places.are_full
        places.enter("")
    with pytest.raises(TooManyBodies):
        places.enter("192.0.2.8")
    places.leave("")
    places.enter("192.0.2.8")


def read_whole(stream: Measured, sizes: int) -> None:
    while stream.read(sizes):
        pass


@pytest.mark.parametrize("sizes", [-1, 1000])
def test_no_body_is_read_beyond_its_limit(sizes: int) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            assert size >= 0, "everything at once"
            self.given += size
            return b" " * size

    endless, places = Endless(), Places()
    with pytest.raises(BodyTooLarge):
        read_whole(Measured(endless, places, ""), sizes)
    assert endless.given == MOST_BYTES
    places.enter("192.0.2.7")


def test_a_form_is_no_longer_than_any_other_body(client) -> None:
    client.set_cookie("dex_session", "x")
    long = "a=" + "b" * MOST_BYTES
    answer = client.post("/sign-out", data=long, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert answer.json["type"].endswith("body-too-large")
