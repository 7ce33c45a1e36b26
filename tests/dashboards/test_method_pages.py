"""How the score is made, and what is collected: open to every role and true to the code."""

import hashlib
import re
from datetime import date
from html import unescape

import pulse_company
import pytest
from countersigner import COUNCIL, edition, fingerprint_of, modulus_of, signature
from synthetic_company import FIVE_TEAMS

from agent.signals import LIMITS
from dashboards.curve_chart import curve_chart
from dashboards.field_words import PARTS
from dashboards.privacy import what_is_seen
from server.access.permissions import MAY, PEOPLE
from server.access.roles import Role
from server.agreement.store import end, put_in_force, register_key
from server.people.models import Organisation
from server.policy.store import add_service
from server.privacy.release_store import last_release
from server.pulse.jobs import start_period
from server.scoring.parameters import SIGNALS
from server.terms import choose_term

PATHS = ("/method", "/privacy")


@pytest.fixture
def asked(site, monkeypatch):
    """A period of the pulse has begun."""
    pulse_company.quick_keys(monkeypatch)
    site.clock.now = pulse_company.MONDAY
    with site.store.reading() as session:
        org = session.get_one(Organisation, site.org_id)
    pulse_company.hire(site.store, org)
    assert start_period(site.store, org, site.clock())
    return site


def words(answer) -> str:
    """What a page says, without its marks."""
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


@pytest.mark.parametrize("path", PATHS)
def test_everybody_who_is_signed_in_may_read_it(released, path):
    for role in PEOPLE:
        assert released.signed_in(role=role).get(path).status_code == 200
    assert released.app.test_client().get(path).status_code == 401
    assert released.app.test_client().get("/privacy/labels.json").status_code == 401


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_nobody_is_kept_out(released, asked, look, path, language):
    seen = look()
    page = seen.open(released.link(Role.HR))
    seen.open(f"{released.url}{path}?lang={language}")
    if language == "en":
        page.evaluate("document.querySelectorAll('details').forEach(found => found.open = true)")
    seen.check(released)


def test_an_empty_store_says_what_is_missing(site):
    works_council = site.signed_in(role=Role.WORKS_COUNCIL)
    assert "No week has been released yet." in words(works_council.get("/method"))
    assert "No period is running now." in words(works_council.get("/privacy"))
    assert works_council.get("/privacy/labels.json").status_code == 404


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("fleet.fleet", "how many laptops there are"),
        ("equipment.overview", "rates of versions, models and places"),
        ("alarms.alarms", "what got worse than usual"),
        ("experiments.experiments", "what experiments did"),
    ],
)
def test_a_page_that_few_may_open_is_told_of_each_role_that_may_and_of_no_other(site, page, words):
    with site.app.test_request_context("/?lang=en"):
        told = {role for role in Role if words in "; ".join(what_is_seen(role))}
    assert told == MAY[page].roles


def test_weights_and_curves_are_those_that_count(site, look):
    page = look().open(site.link(Role.IT))
    page.goto(site.url + "/method")
    page.get_by_text("The same as a table").click()
    rows = page.locator("table.sticky tbody tr").all()
    assert len(rows) == len(SIGNALS)
    weights = [int(row.locator("td").first.inner_text().removesuffix(" %")) for row in rows]
    assert sorted(weights) == sorted(round(100 * signal.weight) for signal in SIGNALS.values())
    start = (
        page.locator("table.sticky tr", has_text="Start of the laptop").locator(".anchor").all_inner_texts()
    )
    assert start == ["20 s: 100", "60 s: 70", "120 s: 30", "300 s: 0"]
    assert page.locator("svg.curve").count() == len(SIGNALS)


def test_a_curve_is_drawn_to_scale():
    drawn = curve_chart("c", "t", "d", SIGNALS["space"].curve.anchors)
    dots = re.findall(r'<circle[^>]* cx="([\d.]+)%" cy="([\d.]+)"', drawn)
    across, down = ([float(dot[i]) for dot in dots] for i in (0, 1))
    assert across == pytest.approx([0, 100 * 3 / 18, 100 * 8 / 18, 100], abs=0.01)
    assert down == sorted(down, reverse=True)  # more room is better, and better is further up
    thirty, hundred = down[1], down[3]
    assert (down[0] - thirty) / (down[0] - hundred) == pytest.approx(0.3, abs=0.01)


def test_places_move_with_the_weights_and_by_chance(released, look):
    page = look().open(released.link(Role.HR))
    page.goto(released.url + "/method")
    rows = page.locator("#places ~ .table tbody tr").all_inner_texts()
    assert [row.split("\t")[0] for row in rows] == sorted(FIVE_TEAMS)
    by_weights = {row.split("\t")[0]: row.split("\t")[1] for row in rows}
    assert by_weights["South"] == "5"  # its starts are so slow that no weight hides it
    ranges = [[int(end) for end in place.split(" to ")] for place in by_weights.values()]
    assert all(1 <= ends[0] <= ends[-1] <= len(FIVE_TEAMS) for ends in ranges)


@pytest.mark.parametrize("role", [Role.LEAD, Role.WORKS_COUNCIL])
def test_who_may_not_see_all_teams_sees_no_places(released, role):
    said = words(released.signed_in(role=role, group_name="Web").get("/method"))
    assert "Roles that see the results of all teams" in said
    assert not [team for team in FIVE_TEAMS if f" {team} " in said]


def test_the_page_says_which_days_a_score_is_about(released):
    said = words(released.signed_in(role=Role.HR).get("/method"))
    assert "week 2026-W13" in said
    assert "about Monday, March 2, 2026 to Sunday, March 29, 2026" in said
    assert "counts a quarter after 9 days and in full after 30" in said


def test_numbers_are_in_the_digits_of_each_reader(site):
    reader = site.signed_in(role=Role.HR)
    persian = words(reader.get("/method?lang=fa"))
    assert "≈ ۷۰" in persian
    assert not re.search("[۰-۹]", words(reader.get("/method?lang=en")))


def test_all_that_can_leave_a_laptop_is_listed(site):
    page = site.signed_in(role=Role.EMPLOYEE).get("/privacy").text
    for part in PARTS:
        for field in part.fields:
            assert f"<code>{field.name}</code>" in page
            assert field.purpose in page
            assert f"<code>{field.basis}</code>" in page


def test_terms_are_those_in_force(site):
    with site.store.transaction() as session:
        choose_term(session, "rows", 60)
        choose_term(session, "releases", 200)
    said = words(site.signed_in(role=Role.WORKS_COUNCIL).get("/privacy"))
    for sentence in (
        f"minutes, on the laptop alone {LIMITS.minute_days} days",
        "bytes as a laptop sent them 30 days",
        "days and events of a laptop 60 days",
        "a person’s week, added up 26 weeks",
        "no persons are in them 200 weeks",
    ):
        assert sentence in said


def test_thresholds_are_those_of_the_organisation(site):
    with site.store.transaction() as session:
        organisation = session.get_one(Organisation, site.org_id)
        organisation.k, organisation.group_least = 11, 13
    reader = site.signed_in(role=Role.EMPLOYEE)
    said = words(reader.get("/privacy"))
    assert "No group with fewer than 11 people" in said
    assert "Teams smaller than 13" in said
    assert "at least 11 people who can answer" in said
    assert "fewer than 11 people, or kept back" in words(reader.get("/method"))


def test_the_fingerprint_of_the_newest_release_stands_there(released):
    with released.store.reading() as session:
        newest = last_release(session, released.org_id)
    said = words(released.signed_in(role=Role.WORKS_COUNCIL).get("/privacy"))
    assert newest.digest in said
    assert "/api/v1/releases" not in said  # its role sees no results
    assert f"/api/v1/releases/{newest.week}" in words(released.signed_in(role=Role.HR).get("/privacy"))


def test_the_list_of_labels_fits_its_fingerprint_and_its_head_counts(asked, look):
    page = look().open(asked.link(Role.WORKS_COUNCIL))
    page.goto(asked.url + "/privacy")
    page.get_by_text("groups of this period").click()
    rows = page.locator("#answers ~ details tbody tr")
    shown = {row.split("\t")[0]: row.split("\t")[1:] for row in rows.all_inner_texts()}
    assert shown["Web"] == ["9", "9"]
    assert shown["First month"] == ["9", "9"]
    assert shown["everybody, for comments"] == ["27", "27"]
    with page.expect_download() as download:
        page.get_by_role("link", name="Keep the list as it was published").click()
    assert download.value.suggested_filename == "labels-2026-P03.json"
    kept = download.value.path().read_bytes()
    assert hashlib.sha256(kept).hexdigest() in page.locator("main").inner_text()


def test_what_was_agreed_stands_there_and_fits_its_hash(site):
    reader = site.signed_in(role=Role.EMPLOYEE)
    assert "Nobody has agreed on this yet." in words(reader.get("/privacy"))
    agreement = edition(1, services=[{"name": "Mail", "host": "mail.example.org", "port": 993}])
    del agreement["summary"]["usage_s"]
    with site.store.transaction() as session:
        register_key(session, site.org_id, modulus_of(COUNCIL), date(2026, 3, 4))
        put_in_force(session, site.org_id, agreement, signature(agreement), date(2026, 3, 4))
        add_service(session, site.org_id, agreement["services"][0])
    said = words(reader.get("/privacy"))
    for text in (
        "Edition 1 is in force since",
        fingerprint_of(COUNCIL),
        "Mail mail.example.org:993",
        "these of the fields above: usage_s",
        "up to 4 hours",
    ):
        assert text in said
    assert hashlib.sha256(reader.get("/privacy/agreement.json").data).hexdigest() in said
    with site.store.transaction() as session:
        end(session, site.org_id, date(2026, 4, 5))
    said = words(reader.get("/privacy"))
    assert "The agreement ended on" in said
    assert "Mail" not in said
    assert site.app.test_client().get("/privacy/agreement.json").status_code == 401
