"""What one look becomes as a minute."""

from agent.signals import Sample
from agent.store.minutes import fold

NOON = 1_772_600_400.0


def test_nobody_uses_a_laptop_longer_than_it_is_awake() -> None:
    """The first look after a start speaks of a whole minute; the agent saw three seconds of it."""
    used = Sample("active_s", 60.0, attributes={"source": "terminal"})
    assert fold(NOON, [used, Sample("on_s", 3.0)], {}, 0.0).active_s == 3.0
    assert fold(NOON, [used], {}, 0.0).active_s == 0.0
    assert fold(NOON, [used, Sample("on_s", 60.4)], {}, 0.0).active_s == 60.0


def test_use_that_cannot_be_read_stays_unknown() -> None:
    assert fold(NOON, [Sample("on_s", 60.0)], {"active": "denied"}, 0.0).active_s is None
