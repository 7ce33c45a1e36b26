"""What goes with each answer: pages are guarded, and a laptop does not pay for what only browsers heed."""

from dashboards.layout import HEADERS

SHORT = 400
"""Bytes; a laptop asks for its policy 24 times a day."""


def test_a_page_carries_every_guard(site):
    answer = site.app.test_client().get("/")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_an_answer_without_a_token_is_guarded_like_a_page(site):
    answer = site.app.test_client().get("/api/v1/policy")
    assert answer.status_code == 401
    assert answer.headers["Content-Security-Policy"]


def test_an_answer_to_a_laptop_is_short(site):
    laptop, client = site.enrol(), site.app.test_client()
    known = client.get("/api/v1/policy", headers=laptop.headers).headers["ETag"]
    answer = client.get("/api/v1/policy", headers=laptop.headers | {"If-None-Match": known})
    assert answer.status_code == 304
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len(str(answer.headers)) < SHORT
