"""Every call of the interface, with bodies and addresses made up from its own description: right ones, wrong
ones, with credentials and without. Each answer must be one that the description foretells.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dashboards import create_app
from server.access.cookies import COOKIE
from server.access.roles import Grant, Role
from server.access.store import open_session
from server.devices.store import create_enrolment_key
from server.interface.calls import CALLS

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
REFUSE_WHAT_IS_WRONG = {"signTokens", "sendAnswer"}
"""Other calls leave single values out and take the rest."""
QUICKLY, LONG = 6, 4000
"""Examples of each call, on each database."""
LAPTOPS = 100_000


@pytest.fixture
def measured_by_nobody(settings, store, clock) -> Iterator[Flask]:
    """The collector with its pages; one laptop may ask at any rate."""
    made = create_app(
        replace(settings, device_rate=0.0, released_as="it", released_token="released"), store, clock
    )
    yield made
    made.extensions["writer"].close()


@pytest.fixture
def credentials(store, org, enrolled, clock) -> Mapping[str, Mapping[str, str]]:
    """Headers with which each kind of caller is let in."""
    today = clock().date()
    with store.transaction() as session:
        key = create_enrolment_key(session, org.org_id, today, uses=LAPTOPS)
        cookie = open_session(session, Grant(org.org_id, Role.EXPERIENCE_MANAGER), today)
    return {
        "device": enrolled.headers,
        "key": {"Authorization": f"Bearer {key}"},
        "session": {"Cookie": f"{COOKIE}={cookie}"},
        "watcher": {},
        "reader": {"Authorization": "Bearer released"},
        "nobody": {},
    }


def hold(app: Flask, credentials: Mapping[str, Mapping[str, str]], name: str, examples: int) -> None:
    """The call answers as described, whatever it is asked, and by whomever."""
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    call = next(each for each in CALLS if each.name == name)
    operation = described[call.path][call.method.upper()]
    cases = operation.as_strategy(GenerationMode.POSITIVE)
    if call.takes or call.asks or call.path_says or call.conditional:  # else there is nothing to do wrong
        cases |= operation.as_strategy(GenerationMode.NEGATIVE)
    checks = [*CHECKS, *([negative_data_rejection] if name in REFUSE_WHAT_IS_WRONG else [])]

    @effort(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, who=st.sampled_from([call.who, *credentials]))
    def ask(case: schemathesis.Case, who: str) -> None:
        answer = case.call(headers={"Authorization": "Bearer dexd_unknown"} | credentials[who])
        case.validate_response(answer, checks=checks)

    ask()


@pytest.mark.parametrize("name", [call.name for call in CALLS])
def test_a_call_answers_as_described_whatever_it_is_asked(measured_by_nobody, credentials, name: str) -> None:
    hold(measured_by_nobody, credentials, name, QUICKLY)


@pytest.mark.soak
@pytest.mark.parametrize("name", [call.name for call in CALLS])
def test_a_call_answers_as_described_for_long(measured_by_nobody, credentials, name: str) -> None:
    hold(measured_by_nobody, credentials, name, LONG)
