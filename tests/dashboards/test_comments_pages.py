"""Comments wait for the moderator, who can take words out and nothing else, and are read when none waits."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from server.access.audit_models import AuditRow
from server.access.roles import Role
from server.pulse.models import PulseComment, PulsePeriod
from server.pulse.moderation import RELEASED, WITHHELD
from server.pulse.queries import COMMENTS_LEAST
from server.pulse.taking_out import GAP, with_words_taken_out

SAID = "Anna in Lyon waits for her new laptop since March"


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (SAID, SAID),
        ("waits for her new laptop", "[…] waits for her new laptop […]"),
        ("[…] waits  for […] laptop since March", "[…] waits for […] laptop since March"),
        ("", ""),
        (" […] ", ""),
        ("Anna waits for a new laptop", None),
        ("new laptop waits", None),
        ("waits waits", None),
    ],
)
def test_words_can_be_taken_out_and_none_put_in(left: str, shown: str | None) -> None:
    assert with_words_taken_out(SAID, left) == shown


@given(st.lists(st.sampled_from(["ab", "c", GAP]), max_size=8), st.data())
def test_whatever_is_taken_out_the_rest_stands_in_its_order(said: list[str], data: st.DataObject) -> None:
    keep = [word for word in said if data.draw(st.booleans())]
    shown = with_words_taken_out(" ".join(said), " ".join(keep))
    assert shown is not None
    assert [word for word in shown.split() if word != GAP] == [word for word in keep if word != GAP]


def write(site, period: str, texts: list[str], closed: bool = True) -> list[UUID]:
    ids = [uuid4() for _ in texts]
    with site.store.transaction() as session:
        first = site.today - timedelta(days=60)
        session.add(
            PulsePeriod(
                org_id=site.org_id,
                period=period,
                first_day=first,
                last_day=first + timedelta(days=27),
                labels=b"",
                labels_hash="",
                closed=closed,
            )
        )
        session.add_all(
            PulseComment(org_id=site.org_id, comment_id=comment_id, period=period, text=text)
            for comment_id, text in zip(ids, texts, strict=True)
        )
    return ids


def texts(number: int = COMMENTS_LEAST) -> list[str]:
    return [f"Remark {n} of Anna" for n in range(number)]


def states(site) -> set[tuple[str | None, str]]:
    with site.store.reading() as session:
        query = sa.select(PulseComment.state, PulseComment.text).where(PulseComment.org_id == site.org_id)
        return {(row.state, row.text) for row in session.execute(query)}


def decided(client, comment_id: UUID, **form: str):
    client.application.config["WTF_CSRF_METHODS"] = []
    return client.post(f"/comments/waiting/{comment_id}", data=form)


def test_nothing_is_shown_of_a_period_that_runs_or_of_few_comments(site) -> None:
    write(site, "2026-P01", texts(COMMENTS_LEAST - 1))
    write(site, "2026-P02", texts(), closed=False)
    moderator = site.signed_in(Role.MODERATOR)
    page = moderator.get("/comments/waiting").text
    assert "No comment waits" in page
    assert "Remark" not in page


def test_comments_are_read_when_none_waits_any_more(site) -> None:
    ids = write(site, "2026-P01", texts(COMMENTS_LEAST + 1))
    moderator, hr = site.signed_in(Role.MODERATOR), site.signed_in(Role.HR)
    assert f"{COMMENTS_LEAST + 1} comments wait" in moderator.get("/comments/waiting").text
    for number, comment_id in enumerate(ids[:-1]):
        assert decided(moderator, comment_id, left=f"Remark {number}").status_code == 302
        assert "Remark" not in hr.get("/comments").text, "one still waits"
    assert decided(moderator, ids[-1], left="Remark", withhold="1").status_code == 302
    read = hr.get("/comments").text
    assert "Remark 0 […]" in read
    assert "Anna" not in read
    assert states(site) == {(RELEASED, f"Remark {n} […]") for n in range(COMMENTS_LEAST)} | {(WITHHELD, "")}
    with site.store.reading() as session:
        entries = session.scalars(sa.select(AuditRow).where(AuditRow.org_id == site.org_id)).all()
    assert [(entry.action, entry.about) for entry in entries] == [("comments moderated", "2026-P01")]


def test_too_few_that_are_left_are_not_read(site) -> None:
    ids = write(site, "2026-P01", texts())
    moderator = site.signed_in(Role.MODERATOR)
    for comment_id in ids[:-1]:
        decided(moderator, comment_id, left="Remark")
    decided(moderator, ids[-1], left="")
    assert "Remark" not in site.signed_in(Role.HR).get("/comments").text


def test_a_moderator_can_put_no_word_in_and_decides_once(site) -> None:
    ids = write(site, "2026-P01", texts())
    moderator = site.signed_in(Role.MODERATOR)
    assert decided(moderator, ids[0], left="Remark 0 of Bob").status_code == 400
    assert decided(moderator, ids[0], left="Remark 0").status_code == 302
    assert decided(moderator, ids[0], left="Remark").status_code == 404
    assert decided(moderator, uuid4(), left="x").status_code == 404


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.AUDITOR}))
def test_each_role_has_the_page_that_is_meant_for_it(site, role: Role) -> None:
    client = site.signed_in(role)
    waits = client.get("/comments/waiting").status_code == 200
    read = client.get("/comments").status_code == 200
    assert (waits, read) == (role is Role.MODERATOR, role in (Role.HR, Role.EXPERIENCE_MANAGER))


def test_the_pages_are_fine_in_a_browser_in_every_size(site, look) -> None:
    ids = write(site, "2026-P01", texts())
    seen = look()
    page = seen.open(site.link(Role.MODERATOR))
    page.goto(f"{site.url}/comments/waiting")
    seen.check(site)
    first = page.get_by_label("What may be read of it").first
    first.fill(first.input_value().replace(" of Anna", ""))
    page.get_by_role("button", name="Release").first.click()
    page.get_by_text("9 comments wait").wait_for()
    with site.store.transaction() as session:
        session.execute(
            sa.update(PulseComment)
            .where(PulseComment.org_id == site.org_id, PulseComment.comment_id.in_(ids))
            .values(state=RELEASED)
        )
    reader = look()
    reader.open(site.link(Role.HR)).goto(f"{site.url}/comments")
    assert "Remark" in reader.page.content()
    reader.check(site)
