"""What holds for each page there is, whoever adds one."""

import re
from pathlib import Path

import pytest

import dashboards
from server.access.roles import Role

NO_PAGES = ("/api/", "/scim/", "/static/", "/metrics", "/healthz", "/readyz", "/sign-in/")


def pages(site) -> list[str]:
    return [
        rule.rule
        for rule in site.app.url_map.iter_rules()
        if "GET" in rule.methods
        and not rule.arguments
        and not rule.rule.startswith(NO_PAGES)
        and not rule.rule.endswith(".json")
    ]


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.IT])
def test_it_speaks_the_language_of_its_address_and_english_in_place_of_an_unknown_one(site, role):
    signed_in = site.signed_in(role=role, device_id=site.enrol().device_id)
    for page in pages(site):
        for asked, given in {"fa": 'lang="fa" dir="rtl"', "xx": 'lang="en" dir="ltr"'}.items():
            answer = signed_in.get(
                f"{page}?lang={asked}", headers={"Accept": "text/html"}, follow_redirects=True
            )
            assert f"<html {given}>" in answer.text, f"{page}?lang={asked}: {answer.status}"
            assert answer.status_code < 500


def test_pages_are_found(site):
    assert {"/", "/me"} <= set(pages(site))


def test_every_form_that_changes_something_brings_its_token():
    templates = Path(dashboards.__file__).parent / "templates"
    forms = [
        (page.name, form)
        for page in templates.glob("*.html")
        for form in re.findall(r"<form.*?</form>", page.read_text("utf-8"), re.DOTALL)
        if 'method="post"' in form
    ]
    assert len(forms) > 10
    assert [name for name, form in forms if 'name="csrf_token" value="{{ csrf_token() }}"' not in form] == []
