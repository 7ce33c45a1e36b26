"""Comments wait, are decided once, and are released together, the same on both databases."""

from collections import Counter
from uuid import UUID, uuid4

import pytest

from server.db import Store
from server.errors import BadRequest, NotFound
from server.people.models import Organisation
from server.pulse.models import PulseComment, PulsePeriod
from server.pulse.moderation import decide, released, waiting
from server.pulse.queries import COMMENTS_LEAST

PERIOD = "2026-P01"


@pytest.fixture
def ids(store: Store, org: Organisation) -> list[UUID]:
    """As many comments as are needed, in a period that closed."""
    made = [uuid4() for _ in range(COMMENTS_LEAST)]
    with store.transaction() as session:
        session.add(
            PulsePeriod(
                org_id=org.org_id,
                period=PERIOD,
                first_day=org.created_on,
                last_day=org.created_on,
                labels=b"",
                labels_hash="",
                closed=True,
            )
        )
        session.add_all(
            PulseComment(org_id=org.org_id, comment_id=one, period=PERIOD, text="slow since Monday")
            for one in made
        )
    return made


def test_they_wait_until_each_was_decided_once(store: Store, org: Organisation, ids: list[UUID]) -> None:
    with store.reading() as session:
        assert {one.comment_id for one in waiting(session, org.org_id)} == set(ids)
    for one in ids[:-1]:
        with store.transaction() as session:
            assert decide(session, org.org_id, one, "slow") is None
    with store.reading() as session:
        assert released(session, org.org_id) == []
    with store.transaction() as session:
        with pytest.raises(BadRequest):
            decide(session, org.org_id, ids[-1], "fast")
        with pytest.raises(NotFound):
            decide(session, org.org_id, ids[0], "slow")
        with pytest.raises(NotFound):
            decide(session, uuid4(), ids[-1], "slow")
        assert decide(session, org.org_id, ids[-1], "slow since Monday") == PERIOD
    with store.reading() as session:
        assert waiting(session, org.org_id) == []
        [one] = released(session, org.org_id)
    assert one.period == PERIOD
    assert Counter(one.texts) == {"slow since Monday": 1, "slow […]": COMMENTS_LEAST - 1}
