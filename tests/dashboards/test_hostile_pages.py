"""Pages under requests that nobody's browser makes: an answer in words, never a fault of ours."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from server.access.roles import Role

QUICKLY, LONG = 60, 5000
TEXT = st.text(max_size=30) | st.sampled_from(
    [
        "\x00",
        "%00",
        "..",
        "../../etc/passwd",
        "' OR 1=1 --",
        "<script>",
        "2026-W99",
        "9" * 5000,
        "{{7*7}}",
        "\ud7ff",
        "",
    ]
)
NAMES = st.sampled_from(["lang", "week", "grid", "stage", "page", "q", "csrf_token"]) | TEXT
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Accept",
            "Accept-Language",
            "Content-Type",
            "Cookie",
            "If-None-Match",
            "If-Modified-Since",
            "Range",
            "Referer",
            "X-CSRFToken",
            "X-Forwarded-For",
            "X-Request-ID",
            "Authorization",
        ]
    ),
    st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=60),
    max_size=3,
)


def addresses(app) -> st.SearchStrategy[str]:
    """Of every page and call, with anything in place of its arguments; and others."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "access.sign_out"]

    def filled(rule, words: list[str]) -> str:
        parts = iter(words)
        return "".join(
            quote(next(parts), safe="") if is_argument else text for is_argument, text in rule._trace
        ).replace("|", "", 1)

    known = st.builds(filled, st.sampled_from(rules), st.lists(TEXT, min_size=6, max_size=6))
    return known | TEXT.map(lambda text: "/" + quote(text, safe="/"))


def hold(app, client, examples: int) -> None:
    @effort(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        address=addresses(app),
        query=st.dictionaries(NAMES, TEXT, max_size=3),
        form=st.none() | st.dictionaries(NAMES, TEXT, max_size=3),
        headers=HEADERS,
        method=st.sampled_from(["GET", "GET", "GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE"]),
    )
    def ask(address, query, form, headers, method) -> None:
        answer = client.open(address, method=method, query_string=query, data=form, headers=headers)
        assert answer.status_code < 500, answer.text

    ask()


def test_a_page_of_somebody_who_is_signed_in_is_never_at_fault(demo):
    hold(demo.app, demo.signed_in(Role.EXPERIENCE_MANAGER), QUICKLY)


def test_a_page_of_it_is_never_at_fault(demo):
    hold(demo.app, demo.signed_in(Role.IT), QUICKLY)


def test_a_page_of_nobody_is_never_at_fault(site):
    hold(site.app, site.app.test_client(), QUICKLY)


@pytest.mark.soak
@pytest.mark.parametrize("role", list(Role))
def test_no_page_is_ever_at_fault(demo, role):
    hold(demo.app, demo.signed_in(role), LONG)
