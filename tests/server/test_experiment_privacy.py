"""No experiment singles anybody out: what would be of too few, or of whole teams, is not said."""

from itertools import product
from random import Random

import sqlalchemy as sa
from experiment_company import EXPECTED, TODAY, Told, lot_of

from server.experiments.mixing import LEAST_IN_ARM, may_be_published, touched_at_least
from server.experiments.models import WITHHELD
from server.experiments.register import Plan, register
from server.people.weeks import week_before
from server.privacy.models import ReleaseRow
from server.privacy.plan import Place


def test_what_a_difference_of_arms_touches_is_what_no_other_sum_can_cancel() -> None:
    """Every choice of what is taken from each place, gone through one by one."""
    rng = Random(1)
    for _ in range(50):
        people = [
            (Place("u", rng.choice("abc"), None), rng.random() < 0.5) for _ in range(rng.randint(1, 14))
        ]
        places = sorted({place for place, _ in people})
        fewest = min(
            sum(dict(zip(places, taken, strict=True))[place] != value for place, value in people)
            for taken in product((True, False, None), repeat=len(places))
        )
        assert touched_at_least(people) == fewest


def test_arms_that_are_whole_teams_are_not_published_though_they_are_large() -> None:
    whole = [(Place("u", team, "steady"), team == "a") for team in "ab" for _ in range(LEAST_IN_ARM)]
    mixed = [(Place("u", team, "steady"), i % 2 == 0) for team in "ab" for i in range(LEAST_IN_ARM)]
    assert not may_be_published(whole, k=5)
    assert may_be_published(mixed, k=5)
    assert not may_be_published(mixed[2:], k=5)


def test_what_would_be_found_is_not_told_of_fewer_people_than_two_arms_need(told: Told) -> None:
    """How far four people are apart is a figure about four people."""
    for back, present in ((0, 2 * LEAST_IN_ARM - 1), (-1, 2 * LEAST_IN_ARM)):
        told.release(week_before("2026-W20", back), present=present)
        with told.store.transaction() as session:
            plan = Plan(f"try-{present}", "Try it", EXPECTED, "signin", 1)
            row = register(session, told.org, plan, TODAY)
        assert bool(row.power) is (present == 2 * LEAST_IN_ARM)


def test_a_week_with_too_few_people_is_withheld_and_the_next_one_read(told: Told) -> None:
    lot_of(told)
    told.release("2026-W20")
    told.release("2026-W21", present=30)
    told.release("2026-W22")
    assert told.read("2026-W22") == 2
    first, last = told.readings()
    assert (first.says, first.effect, first.treated) == (WITHHELD, None, None)
    assert last.effect is not None


def test_an_experiment_changes_no_release(told: Told) -> None:
    def digests() -> list[str]:
        with told.store.reading() as session:
            query = sa.select(ReleaseRow.digest).where(ReleaseRow.org_id == told.org.org_id)
            return list(session.scalars(query.order_by(ReleaseRow.week)))

    before = digests()
    lot_of(told)
    assert digests() == before
