"""Asking an OpenID provider who somebody is: authorisation code with PKCE, state and nonce, by Authlib.

The library checks signatures and claims; here stands what it leaves to its user: that the provider is the one
that was named, which kinds of signature count, whom a token is for, and how long anything is waited for.
"""

import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from authlib.oidc.core import CodeIDToken
from flask import request, session
from joserfc.errors import JoseError

from server.access.providers import Provider
from server.access.refusals import ProviderAway, SignInRefused
from server.errors import Problem

log = structlog.get_logger()

SKEW_SECONDS = 60
"""A provider's clock may differ by so much."""
TIMEOUT_SECONDS = 10
MOST_ASKING = 8
"""Threads of this process that wait for one provider; laptops need the others."""
AWAY_SECONDS = 5
"""A provider whose description was not to be had is not asked again so soon."""
METADATA_SECONDS = 3600
"""So long a provider's description and keys are believed; a key that is not among them is asked for."""
MOST_BEGUN = 4
"""Ways to providers that one browser has begun and not ended; of more, the oldest are forgotten."""
SIGNED_BY = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Kinds of signature whose secret the provider alone has."""
SCOPES = ("openid", "profile", "email")
GROUPS_SCOPE = "groups"
"""Asked for where the provider knows it."""
_STATE = "_state_"


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider vouches for, and the token that says so."""

    claims: Mapping[str, Any]
    id_token: str
    next: str


class OpenIdClient:
    """One provider, as this process knows it."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._places = threading.BoundedSemaphore(MOST_ASKING)
        self._lock = threading.Lock()
        self._known: Any = None
        self._known_at = 0.0
        self._away_until = 0.0

    def authorize_url(self, redirect_uri: str, next_path: str) -> str:
        """Where somebody says who they are; what is expected back is kept in their browser, signed."""
        with self._place():
            client = self._client()
        known = client.server_metadata.get("scopes_supported") or ()
        scopes = (*SCOPES, *((GROUPS_SCOPE,) if GROUPS_SCOPE in known else ()))
        with _trouble(self.provider):
            begun = client.create_authorization_url(redirect_uri, scope=" ".join(scopes))
        _forget_oldest()
        url = begun.pop("url")
        client.save_authorize_data(redirect_uri=redirect_uri, next=next_path, **begun)
        return str(url)

    def told(self) -> Told:
        """Whom the provider sent back with this request. Raises SignInRefused and ProviderAway."""
        with self._place():
            client = self._client()
            begun = client.framework.get_state_data(session, request.args.get("state"))
            if begun is None:
                self._refuse("a way that this browser did not begin, or has ended")
            self._check_sender(client.server_metadata)
            with _trouble(self.provider):
                token = client.authorize_access_token(
                    claims_cls=CodeIDToken, claims_options=self._expected(), leeway=SKEW_SECONDS
                )
                claims = token.get("userinfo")
                if claims is None:
                    self._refuse("no ID token")
                claims = self._completed(client, token, claims)
        return Told(claims, str(token["id_token"]), str(begun["next"]))

    def logout_url(self, id_token: str, back: str) -> str | None:
        """Where somebody signs out at the provider too; None if it has no such place, or is away."""
        try:
            with self._place():
                client = self._client()
        except Problem:
            return None
        if not client.server_metadata.get("end_session_endpoint"):
            return None
        made = client.create_logout_url(back, id_token or None, client_id=self.provider.client_id)
        return str(made["url"])

    @contextmanager
    def _place(self) -> Iterator[None]:
        """One of few, so that a provider that is slow does not keep all threads waiting."""
        if not self._places.acquire(blocking=False):
            raise ProviderAway("Many sign in at the same time. Try again in a moment.")
        try:
            yield
        finally:
            self._places.release()

    def _client(self) -> Any:
        """Authlib's client with the provider's description, which is read anew now and then."""
        with self._lock:
            now = time.monotonic()
            if now < self._away_until:
                raise ProviderAway("Try again in a moment.")
            if self._known is None or now - self._known_at > METADATA_SECONDS:
                try:
                    self._known, self._known_at = self._described(), now
                except Problem:
                    self._away_until = time.monotonic() + AWAY_SECONDS
                    raise
            return self._known

    def _described(self) -> Any:
        """A client that has read what the provider says of itself."""
        made = FlaskOAuth2App(
            FlaskIntegration(f"oidc-{self.provider.name}"),
            client_id=self.provider.client_id,
            client_secret=self.provider.client_secret or None,
            server_metadata_url=self.provider.metadata_url,
            client_kwargs={
                "scope": " ".join(SCOPES),
                "code_challenge_method": "S256",
                "default_timeout": TIMEOUT_SECONDS,
                "verify": _authorities(),
            },
        )
        with _trouble(self.provider):
            self._check_description(made.load_server_metadata())
        return made

    def _check_description(self, metadata: dict[str, Any]) -> None:
        """Authlib believes whatever issuer the description names, and whichever signatures it allows."""
        if metadata.get("issuer") != self.provider.issuer:
            self._refuse("a description of another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if self.provider.issuer.startswith("https://") and not metadata[name].startswith("https://"):
                self._refuse(f"a {name} without TLS")
        offered = metadata.get("id_token_signing_alg_values_supported") or ("RS256",)
        metadata["id_token_signing_alg_values_supported"] = [one for one in offered if one in SIGNED_BY]

    def _check_sender(self, metadata: Mapping[str, Any]) -> None:
        """That the answer comes from where the question went (RFC 9207)."""
        sender = request.args.get("iss")
        says_it = metadata.get("authorization_response_iss_parameter_supported") is True
        if sender != self.provider.issuer and (says_it or sender is not None):
            self._refuse("an answer of another issuer")

    def _expected(self) -> dict[str, dict[str, Any]]:
        """Authlib by itself would take a token that is for somebody else."""
        return {
            "iss": {"essential": True, "value": self.provider.issuer},
            "aud": {"essential": True, "value": self.provider.client_id},
            "nonce": {"essential": True},
        }

    def _completed(self, client: Any, token: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
        """With what the provider tells of the same person beside the ID token, where that lacks something."""
        wanted = ("email", self.provider.groups_claim, self.provider.person_claim)
        if all(name in claims for name in wanted if name) or not client.server_metadata.get(
            "userinfo_endpoint"
        ):
            return dict(claims)
        more = client.userinfo(token=token)
        if more.get("sub") != claims["sub"]:
            self._refuse("details of another person")
        return {**more, **claims}

    def _refuse(self, why: str) -> None:
        log.warning("sign-in refused", provider=self.provider.label, why=why)
        raise SignInRefused("Begin again at the page for signing in.")


@contextmanager
def _trouble(provider: Provider) -> Iterator[None]:
    """What goes wrong between a provider and us, as one of two problems; the log says which."""
    try:
        yield
    except (requests.RequestException, KeyError, TypeError, AttributeError) as error:
        log.warning("sign-in provider away", provider=provider.label, error=type(error).__name__)
        raise ProviderAway("Try again in a moment.") from error
    except (OAuthError, JoseError, ValueError, RuntimeError) as error:
        log.warning("sign-in refused", provider=provider.label, why=type(error).__name__)
        raise SignInRefused("Begin again at the page for signing in.") from error


def _authorities() -> str | bool:
    """Where the certificates lie that this system trusts, or SSL_CERT_FILE names; else the library's own."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or True


def _forget_oldest() -> None:
    """What a browser keeps of ways it began must stay small: it is sent along with each request."""
    begun = sorted((key for key in session if key.startswith(_STATE)), key=lambda key: session[key]["exp"])
    for key in begun[: -(MOST_BEGUN - 1)]:
        session.pop(key)
