"""The interface for programs as pages: complete, in everybody's reach, and without a dead end."""

import re

import pytest

from server.interface.calls import CALLS
from server.interface.explained import problem_types
from server.interface.openapi import document

BROWSER = {"Accept": "text/html"}


@pytest.fixture
def client(site):
    """Somebody who is not signed in."""
    return site.app.test_client()


def test_every_call_shape_and_problem_type_is_on_the_page(client):
    page = client.get("/api", headers=BROWSER).text
    for call in CALLS:
        assert f'id="call-{call.name}"' in page
        assert f"{call.method.upper()} {call.path}" in page
    for name, shape in document()["components"]["schemas"].items():
        assert f'id="shape-{name}"' in page
        for field in shape.get("properties", ()):
            assert f"<code>{field}</code>" in page
    for explained in problem_types().values():
        assert f'href="{explained.page}"' in page


def test_every_link_of_the_page_leads_somewhere(client):
    page = client.get("/api", headers=BROWSER).text
    for place in set(re.findall(r'href="#([^"]+)"', page)):
        assert f'id="{place}"' in page
    for address in set(re.findall(r'href="(/[^"]*)"', page)):
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("slug", sorted(problem_types()))
def test_every_problem_type_has_a_page_that_says_why_and_what_helps(client, slug):
    explained = problem_types()[slug]
    page = client.get(explained.page, headers=BROWSER).text
    for said in (explained.uri, explained.title, explained.why, explained.helps):
        assert str(said).replace("'", "&#39;") in page


def test_a_refusal_leads_to_its_page(client):
    refused = client.get("/api/v1/policy")
    [page] = re.findall(r'<([^>]+)>; rel="help"', refused.headers["Link"])
    assert refused.json["type"] in client.get(page).text


def test_no_page_for_a_problem_that_there_is_not(client):
    assert client.get("/problems/nothing", headers=BROWSER).status_code == 404


def test_it_is_readable_in_every_size_and_theme(site, look):
    seen = look()
    seen.open(f"{site.url}/problems/unknown-host")
    seen.check(site)


@pytest.mark.soak
def test_the_whole_interface_is_readable_in_every_size_and_theme(site, look):
    seen = look()
    seen.open(f"{site.url}/api")
    seen.check(site)
