"""The pages about groups, over a demo company: what they say, to whom, and what they never show."""

import re
from datetime import timedelta
from urllib.parse import quote

import laptop_days
import pytest
from jsonschema import Draft202012Validator

from server.access.roles import Role
from server.interface.openapi import document
from server.people.weeks import monday_of, week_before, week_of
from server.privacy.weekly import release_week

TEAM = "Helpdesk"
SLOW_UNIT = "Customer Care"  # all of its teams sit on the site with the slow line
UNITS = ("Office", "Product", "Sales")


def api(client, path: str):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json


def path_of(group: str) -> str:
    return "/groups/" + quote(group.replace(":", "/", 1))


@pytest.fixture
def hr(demo):
    return demo.signed_in(Role.HR)


# What is read on the pages


def test_the_first_page_says_it_in_one_sentence(demo, look):
    page = look().open(demo.link(Role.HR))
    assert page.url == f"{demo.url}/overview"
    sentence = page.locator("p.sentence").inner_text()
    score = api(demo.signed_in(Role.HR), "/api/v1/groups/company/company")["result"]["score"]
    assert f"{score['display']} of 100" in sentence
    assert "to Sunday, February 22, 2026" in page.locator("p.sentence + p").inner_text()
    figures = page.locator(".figures h2").all_inner_texts()
    assert figures == ["Score", "Technology", "Minutes lost", "Satisfaction"]


def test_the_slow_line_is_found_from_pages_alone(demo, look):
    page = look().open(demo.link(Role.HR))
    row = page.locator(".groups tr", has_text=SLOW_UNIT).first
    assert "Worse than in the company: slow answers of the network" in row.inner_text()
    lost = {}
    for unit in (SLOW_UNIT, *UNITS):
        page.goto(demo.url + path_of(f"unit:{unit}"))
        points = page.locator(".waterfall tr", has_text="Network delay").locator("td").first
        lost[unit] = number(points.inner_text())
    assert lost[SLOW_UNIT] < 3 * min(lost[unit] for unit in UNITS) < 0


def test_joiners_without_a_ready_laptop_are_found_through_their_stage(demo, look):
    page = look().open(demo.link(Role.HR))
    page.get_by_role("link", name="First month", exact=True).click()
    worse = page.locator("p.sentence").inner_text().partition("Worse than in the company: ")[2]
    assert set(worse.removesuffix(".").split(", and ")) <= JOINERS_LACK
    page.goto(demo.url + "/groups/stage/steady")
    assert "Worse than in the company" not in page.locator("p.sentence").inner_text()


JOINERS_LACK = {
    "slow starts",
    "slow sign-ins",
    "crashes of applications",
    "waiting for the processor",
    "shortage of memory",
    "waiting for the disk",
    "missing security updates",
}
"""What is planted for people in their first month: starts, sign-ins, crashes, pressure and updates."""


def test_a_change_is_called_clear_only_where_it_is(demo, hr):
    seen_by_it = api(demo.signed_in(Role.IT), "/api/v1/groups")["groups"]
    changes = {g["group"]: g["change"] for g in seen_by_it if g["kind"] == "unit"}
    assert changes.pop(f"unit:{SLOW_UNIT}")["points"] < -3
    assert {change["state"] for change in changes.values()} == {"no_clear_change"}
    assert {change["points"] for change in changes.values()} == {None}
    company = api(hr, "/api/v1/groups/company/company")["result"]
    assert company["change"]["state"] == "not_comparable"  # satisfaction has come in since


def test_what_is_shown_adds_up(hr):
    for group in api(hr, "/api/v1/groups")["groups"]:
        if group["status"] == "ok":
            shown = hr.get(path_of(group["group"])).text
            table = shown[shown.index('class="waterfall"') :].partition("</table>")[0]
            parts, total = table.split("<tfoot>")
            taken = [number(part) for part in re.findall(r'<td class="n(?: muted)?">([^<]+)</td>', parts)]
            [score] = re.findall(r'<td class="n">([^<]+)</td>', total)
            assert len(taken) >= 14, group["group"]
            assert round(100 + sum(taken), 1) == number(score) == group["score"]["value"]


def number(shown: str) -> float:
    return float(shown.replace("−", "-"))


def test_minutes_by_cause_add_up(hr):
    lost = api(hr, "/api/v1/groups/company/company")["result"]["lost_time"]
    total = sum(cause["value"] for cause in lost["causes"]) + lost["rounding"]
    assert round(total, 1) == lost["minutes_per_hour"]["value"]


def test_every_term_of_a_score_is_explained(demo, look):
    page = look().open(demo.link(Role.HR))
    page.goto(demo.url + path_of(f"team:{TEAM}"))
    for summary in page.locator("#how ~ details > summary").all():
        summary.click()
    text = page.locator("main").inner_text()
    assert "0.7 ×" in text
    assert "The pull here is about 0." in text
    assert page.get_by_role("region", name="Signals that are counted").locator("tbody tr").count() == 3


def test_pairs_are_estimated_only_on_request(demo, look):
    page = look().open(demo.link(Role.HR))
    assert page.locator(".modelled").count() == 0
    page.get_by_role("link", name="Estimate the others from totals").click()
    assert page.locator(".grid .modelled").count() > 10
    assert "estimated from totals, not measured" in page.locator("#pairs + p").inner_text()


def test_an_older_week_stays_in_the_address(demo, look):
    page = look().open(demo.link(Role.HR))
    page.goto(demo.url + "/overview?week=2026-W06&lang=de")
    page.locator(".groups a").first.click()
    assert page.url.endswith("week=2026-W06&lang=de") or page.url.endswith("lang=de&week=2026-W06")


# What is never shown


def test_hidden_groups_have_no_number_anywhere(demo, hr):
    listed = api(hr, "/api/v1/groups")["groups"]
    silent = [group for group in listed if group["status"] != "ok"]
    assert any(group["status"] == "hidden" for group in silent)
    for group in silent:
        told = {name for name, value in group.items() if value not in (None, [])}
        assert told <= {"group", "kind", "name", "status", "unit"}
        page = hr.get(path_of(group["group"])).text
        assert not set(re.findall(r'class="(figure|waterfall|score|plot)', page))
        said = re.sub(r"<[^>]*>", " ", page.partition("</h1>")[2].partition("</main>")[0])
        if group["status"] == "hidden":
            assert re.findall(r"\d+", said.partition("Model ")[0]) == ["5"]  # fewer than 5 people


def test_pairs_that_are_not_published_are_not_listed(hr):
    for path in ("/api/v1/groups", "/api/v1/groups?grid=1"):
        pairs = [group for group in api(hr, path)["groups"] if "|" in group["group"]]
        assert pairs
        assert {group["status"] for group in pairs} <= {"ok", "modelled", "insufficient_data"}
    assert hr.get("/api/v1/groups/cell/Legal%7Csteady").status_code == 404


def test_nobody_but_the_privacy_officer_sees_exact_terms(demo):
    exact = demo.signed_in(Role.PRIVACY_OFFICER).get(path_of(f"team:{TEAM}")).text
    assert "variance within groups" in exact
    for role in (Role.HR, Role.IT, Role.EXPERIENCE_MANAGER, Role.EMPLOYEE):
        text = demo.signed_in(role).get(path_of(f"team:{TEAM}")).text
        assert "variance within groups" not in text
        assert not re.search(r"\d\.\d{3,}", re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL))


def test_people_are_classes_and_coverage_steps(hr):
    for group in api(hr, "/api/v1/groups")["groups"]:
        if group["status"] == "ok":
            assert group["people"] in {"5-9", "10-19", "20-49", "50-99", "100-249", "250-999", "1000+"}
            assert group["coverage_pct"] % 10 == 0


# Who sees what

ALL, NONE, OWN = "all", "none", "own"
ROLES = {
    Role.HR: ALL,
    Role.IT: ALL,
    Role.EXPERIENCE_MANAGER: ALL,
    Role.PRIVACY_OFFICER: ALL,
    Role.EMPLOYEE: ALL,
    Role.LEAD: OWN,
    Role.WORKS_COUNCIL: NONE,
}
GROUPS = {
    "company:company": {ALL, OWN},
    "stage:steady": {ALL, OWN},
    f"unit:{SLOW_UNIT}": {ALL, OWN},
    f"team:{TEAM}": {ALL, OWN},
    f"unit_stage:{SLOW_UNIT}|steady": {ALL, OWN},
    "unit:Sales": {ALL},
    "team:Retail": {ALL},
    "unit_stage:Sales|steady": {ALL},
}


@pytest.mark.parametrize("role", ROLES)
def test_every_route_is_open_to_its_roles_alone(demo, role):
    client = demo.signed_in(role, group_name=TEAM if role is Role.LEAD else None)
    sees = ROLES[role]
    for group, open_to in GROUPS.items():
        expected = 200 if sees in open_to else 403
        assert client.get(path_of(group)).status_code == expected, group
        assert client.get("/api/v1" + path_of(group)).status_code == expected, group
    results = 200 if sees != NONE else 403
    for path in ("/overview", "/api/v1/groups", "/api/v1/releases/2026-W08"):
        assert client.get(path).status_code == results, path
    for path in ("/privacy", "/method"):
        assert client.get(path).status_code == 200, path
    listed = client.get("/api/v1/groups?grid=1")
    if sees == OWN:
        others = [
            g["group"] for g in listed.json["groups"] if "Sales" in g["group"] or "Retail" in g["group"]
        ]
        assert others == []


def test_nobody_gets_in_without_signing_in(demo):
    client = demo.app.test_client()
    for path in ("/overview", "/groups/company/company", "/privacy", "/method", "/api/v1/groups"):
        assert client.get(path).status_code == 401, path


def test_a_lead_without_a_team_sees_the_company(demo):
    client = demo.signed_in(Role.LEAD)
    kinds = {group["kind"] for group in api(client, "/api/v1/groups")["groups"]}
    assert kinds == {"company", "stage"}


def test_a_lead_finds_the_own_team_after_it_was_joined_with_others(demo):
    client = demo.signed_in(Role.LEAD, group_name="Legal")
    assert client.get(path_of("team:Legal + People")).status_code == 200


def test_it_sees_technology_made_without_any_answer(demo, hr):
    it = demo.signed_in(Role.IT)
    for path in ("/api/v1/groups", "/api/v1/groups?grid=1"):
        shown = api(it, path)
        assert shown["periods"] == []
        assert {g["score"]["kind"] for g in shown["groups"] if g["score"]} == {"technology_only"}
        assert not any(g["sentiment"] for g in shown["groups"])
    detail = api(it, "/api/v1/groups/company/company")
    assert "sentiment" not in [part["name"] for part in detail["points_lost"]]
    company = api(hr, "/api/v1/groups/company/company")["result"]
    assert detail["result"]["score"]["value"] == company["technology"]["value"]
    assert "Satisfaction" not in it.get("/overview").text


# For programs


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/v1/groups?grid=1", "/api/v1/groups"),
        ("/api/v1/groups/company/company", "/api/v1/groups/{kind}/{name}"),
        ("/api/v1/groups/stage/role_change", "/api/v1/groups/{kind}/{name}"),
        ("/api/v1/releases/2026-W08", "/api/v1/releases/{week}"),
    ],
)
def test_answers_are_as_described(hr, path, route):
    content = document()["paths"][route]["get"]["responses"]["200"]["content"]["application/json"]
    schema = content["schema"] | {"components": document()["components"]}
    Draft202012Validator(schema).validate(api(hr, path))


@pytest.mark.parametrize("path", ["/groups?week=2026-W40", "/releases/2026-W40", "/groups?week=nonsense"])
def test_a_week_that_was_not_released_is_a_problem_with_a_name(hr, path):
    answer = hr.get("/api/v1" + path)
    assert answer.status_code == 404
    assert answer.json["type"].endswith(":not-released")


# For everybody's eyes


@pytest.mark.parametrize(
    "path",
    [
        "/overview?grid=1",
        "/groups/team/Helpdesk",
        "/groups/stage/role_change",
        "/overview?lang=fa",
    ],
)
def test_pages_about_groups_are_open_to_everybody(demo, look, path):
    seen = look()
    page = seen.open(demo.link(Role.HR))
    page.goto(demo.url + path)
    for summary in page.locator("details > summary").all():
        summary.click()
    if "fa" in path:
        assert page.locator("html").get_attribute("dir") == "rtl"
    seen.check(demo)


def test_pages_about_groups_need_no_script(demo, look):
    page = look(java_script_enabled=False).open(demo.link(Role.IT))
    assert page.locator("svg.trend").is_visible()
    assert page.locator(".groups tbody tr").count() >= 15


# Before there is anything


def test_before_the_first_release_the_page_says_when(site, look):
    seen = look()
    page = seen.open(site.link(Role.HR))
    assert "no week has been released" in page.locator("p.sentence").inner_text()
    assert "Wednesday, March 18, 2026" in page.locator("main").inner_text()
    seen.check(site)


def test_one_laptop_is_not_a_group(site, look):
    enrolled = site.enrol()
    week = week_before(week_of(site.today), 1)
    for back in (0, 1):
        site.deliver(
            enrolled, laptop_days.batch(monday_of(week) + timedelta(days=back), summary=laptop_days.summary())
        )
    release_week(site.store, site.org_id, week, site.clock())
    seen = look()
    page = seen.open(site.link(Role.HR))
    assert page.locator("p.sentence").inner_text().startswith("Nothing can be shown")
    assert page.locator(".figure").count() == 0
    seen.check(site)
