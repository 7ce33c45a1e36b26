"""Nobody comes in by a token that is forged, of another, or used before; nor by a provider that lies."""

import json
import re
import time
from base64 import urlsafe_b64encode
from urllib.parse import urlencode

import openid_issuer
import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from openid_issuer import CLIENT_ID, CLIENT_SECRET, through, way_back

from server.access import oidc
from server.access.cookies import COOKIE
from server.access.models import PageSession


@pytest.fixture
def store(sqlite_store):
    """What is refused never comes to the store; one kind will do."""
    return sqlite_store


def unsigned(_token, claims):
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."


def by_the_client_secret(_token, claims):
    key = OctKey.import_key(CLIENT_SECRET)
    return jwt.encode({"alg": "HS256"}, claims, key, algorithms=["HS256"])


FORGED = {
    "algorithm none": {"forge": unsigned},
    "signed by the client's own secret": {"forge": by_the_client_secret},
    "signed by another key of the same name": {
        "signs_with": RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
    },
    "signed by a key that is not published": {
        "signs_with": RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
    },
    "cut short": {"forge": lambda token, _claims: token[:-9]},
    "no token at all": {"forge": lambda *_: ""},
    "another issuer": {"changed": {"iss": "https://elsewhere.example.org"}},
    "no issuer": {"changed": {"iss": None}},
    "for another client": {"changed": {"aud": "another"}},
    "for another client, brought by ours": {"changed": {"aud": "another", "azp": CLIENT_ID}},
    "for ours, brought by another": {"changed": {"aud": [CLIENT_ID, "another"], "azp": "another"}},
    "for nobody": {"changed": {"aud": None}},
    "another nonce": {"changed": {"nonce": "of another sign-in"}},
    "no nonce": {"changed": {"nonce": None}},
    "about nobody": {"changed": {"sub": None}},
    "expired": {"changed": {"exp": 1_000_000_000}},
    "without an end": {"changed": {"exp": None}},
    "of the future": {"changed": {"iat": 4_000_000_000}},
    "not valid yet": {"changed": {"nbf": 4_000_000_000}},
    "details of another issuer": {"described": {"issuer": "https://elsewhere.example.org"}},
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_token_signs_nobody_in(visitor, store, org, issuer, how):
    issuer.person |= {"groups": ["dex-admins"]}
    for name, value in FORGED[how].items():
        setattr(issuer, name, value)
    begun = visitor.get("/auth/oidc/login")
    answer = begun if begun.status_code != 302 else through(visitor)
    assert (answer.status_code, answer.json["type"]) == (403, "urn:employee-dex:problem:sign-in-refused")
    assert visitor.get_cookie(COOKIE) is None
    with store.reading() as session:
        assert session.scalar(sa.select(PageSession).where(PageSession.org_id == org.org_id)) is None


def test_clocks_may_differ_a_little(visitor, issuer):
    issuer.person |= {"groups": ["dex-it"]}
    issuer.changed = {
        "iat": int(time.time()) + oidc.SKEW_SECONDS // 2,
        "exp": int(time.time()) - oidc.SKEW_SECONDS // 2,
    }
    assert through(visitor).status_code == 302


def test_keys_may_change_between_two_sign_ins(visitor, issuer):
    issuer.person |= {"groups": ["dex-it"]}
    through(visitor)
    through(visitor)
    assert issuer.asked_for_keys == 1
    issuer.key, issuer.alg = openid_issuer.another_key("second"), "ES256"
    assert through(visitor).status_code == 302
    assert issuer.asked_for_keys == 2


def test_a_way_back_leads_in_once(visitor, issuer):
    issuer.person |= {"groups": ["dex-it"]}
    back = way_back(visitor)
    assert visitor.get(back).status_code == 302
    assert visitor.get(back).status_code == 403


def test_a_code_that_was_used_is_refused_though_the_browser_kept_all_it_had(visitor, issuer):
    issuer.person |= {"groups": ["dex-it"]}
    back = way_back(visitor)
    kept = visitor.get_cookie("dex_form").value
    visitor.get(back)
    other = visitor.application.test_client()
    other.set_cookie("dex_form", kept)
    assert other.get(back).status_code == 403
    assert other.get_cookie(COOKIE) is None


def test_nobody_is_signed_in_by_a_way_that_another_browser_began(visitor, issuer):
    issuer.person |= {"groups": ["dex-it"]}
    back = way_back(visitor)
    victim = visitor.application.test_client()
    assert victim.get(back).status_code == 403
    assert victim.get_cookie(COOKIE) is None


def test_an_answer_that_names_another_sender_is_refused(visitor, issuer):
    issuer.person |= {"groups": ["dex-it"]}
    assert visitor.get(way_back(visitor) + "&iss=https://elsewhere.example.org").status_code == 403
    assert visitor.get(way_back(visitor) + f"&iss={issuer.url}").status_code == 302


def test_a_refusal_of_the_provider_signs_nobody_in(visitor):
    state = re.search(r"state=([^&]+)", visitor.get("/auth/oidc/login").location)[1]
    assert visitor.get(f"/auth/oidc/callback?error=access_denied&state={state}").status_code == 403


def test_a_provider_that_is_down_leaves_the_other_ways_open(visitor, issuer):
    issuer.is_down = True
    answer = visitor.get("/auth/oidc/login")
    assert (answer.status_code, answer.json["type"]) == (503, "urn:employee-dex:problem:provider-away")
    assert visitor.get("/sign-in").status_code == 200


def test_a_provider_that_is_down_is_not_asked_for_by_everybody(visitor, issuer):
    """Threads that wait for it are missing where laptops deliver."""
    issuer.is_down = True
    for _ in range(5):
        assert visitor.get("/auth/oidc/login").status_code == 503
    assert issuer.asked_while_down == 1
    issuer.is_down = False
    client = visitor.application.extensions["openid_clients"][""]
    client._away_until = 0.0
    assert visitor.get("/auth/oidc/login").status_code == 302


def test_few_wait_for_a_provider_at_a_time(visitor, issuer):
    client = visitor.application.extensions["openid_clients"][""]
    for _ in range(oidc.MOST_ASKING):
        client._places.acquire()
    assert visitor.get("/auth/oidc/login").status_code == 503
    assert visitor.get("/signed-out?provider=").status_code == 200
    client._places.release()
    assert visitor.get("/auth/oidc/login").status_code == 302


def test_a_provider_that_goes_down_on_the_way_signs_nobody_in(visitor, issuer):
    issuer.person |= {"groups": ["dex-it"]}
    back = way_back(visitor)
    issuer.is_down = True
    assert visitor.get(back).status_code == 503
    assert visitor.get_cookie(COOKIE) is None
    issuer.is_down = False
    assert through(visitor).status_code == 302


@pytest.mark.parametrize("lie", [{"token_endpoint": None}, {"jwks_uri": 7}])
def test_a_description_that_is_none_is_as_good_as_no_answer(visitor, issuer, lie):
    issuer.described = lie
    issuer.person |= {"groups": ["dex-it"]}
    begun = visitor.get("/auth/oidc/login")
    answer = begun if begun.status_code != 302 else through(visitor)
    assert answer.status_code in (403, 503)


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("/method?lang=de", "/method?lang=de"),
        ("https://elsewhere.example.org/", "/"),
        ("//elsewhere.example.org/", "/"),
        ("/\\elsewhere.example.org/", "/"),
        ("/\n/elsewhere.example.org/", "/"),
        ("method", "/"),
    ],
)
def test_signing_in_leads_to_pages_of_ours_alone(visitor, issuer, wanted, where):
    issuer.person |= {"groups": ["dex-it"]}
    path = f"/auth/oidc/login?{urlencode({'next': wanted})}"
    assert through(visitor, path).location == where
