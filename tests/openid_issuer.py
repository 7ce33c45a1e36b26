"""An OpenID provider on loopback that signs what a test wants it to sign, true or forged."""

import hashlib
import re
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from flask import Flask, jsonify, redirect, request
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

CLIENT_ID, CLIENT_SECRET = "dex", "a secret of the client"
FIRST_KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})


@dataclass
class Issuer:
    """What it answers can be changed in the middle of a sign-in."""

    url: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "s-1"})
    """Claims about whoever signs in."""
    changed: dict[str, Any] = field(default_factory=dict)
    """Claims of the ID token that are not as they should be; None leaves one out."""
    described: dict[str, Any] = field(default_factory=dict)
    """Parts of its description that are not as they should be."""
    beside: dict[str, Any] = field(default_factory=dict)
    """Claims that stand in the details beside the ID token alone."""
    key: Any = field(default_factory=lambda: FIRST_KEY)
    signs_with: Any = None
    """Another key than the published one."""
    alg: str = "RS256"
    forge: Any = None
    """Makes something else of the finished ID token."""
    is_down: bool = False
    asked_while_down: int = 0
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked_for_keys: int = 0
    last: dict[str, str] = field(default_factory=dict)
    """What the last authorisation asked for."""

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.person,
            **self.changed,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self.signs_with or self.key
        header = {"alg": self.alg, "kid": key.kid}
        token = jwt.encode(header, claims, key, algorithms=[self.alg])
        return self.forge(token, claims) if self.forge else token

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "end_session_endpoint": f"{self.url}/logout",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
            "scopes_supported": ["openid", "profile", "email", "groups"],
            **self.described,
        }


def _app(issuer: Issuer) -> Flask:
    app = Flask("issuer")

    @app.before_request
    def down() -> Any:
        issuer.asked_while_down += issuer.is_down
        return ("gone", 502) if issuer.is_down else None

    @app.get("/.well-known/openid-configuration")
    def description() -> Any:
        return jsonify(issuer.description())

    @app.get("/jwks")
    def jwks() -> Any:
        issuer.asked_for_keys += 1
        return jsonify(KeySet([issuer.key]).as_dict(private=False))

    @app.get("/authorize")
    def authorize() -> Any:
        issuer.last = request.args.to_dict()
        code = secrets.token_urlsafe(8)
        issuer.codes[code] = issuer.last
        back = {"code": code, "state": issuer.last["state"]}
        return redirect(f"{issuer.last['redirect_uri']}?{urlencode(back)}")

    @app.post("/token")
    def token() -> Any:
        begun = issuer.codes.pop(request.form["code"], None)
        verifier = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        proof = urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if begun is None or begun.get("code_challenge") != proof:
            return jsonify(error="invalid_grant"), 400
        return jsonify(access_token="a", token_type="Bearer", id_token=issuer.id_token(begun["nonce"]))

    @app.get("/userinfo")
    def userinfo() -> Any:
        return jsonify(issuer.person | issuer.beside)

    @app.get("/logout")
    def logout() -> Any:
        issuer.last = request.args.to_dict()
        return redirect(request.args["post_logout_redirect_uri"])

    return app


@contextmanager
def running() -> Iterator[Issuer]:
    issuer = Issuer()
    server = make_server("127.0.0.1", 0, _app(issuer), threaded=True)
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield issuer
    server.shutdown()
    thread.join(10)
    server.server_close()


def settings_for(issuer: Issuer) -> dict[str, str]:
    """What an operator says of it in the environment."""
    given = {"ISSUER": issuer.url, "CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET}
    return {f"DEX_OIDC_{name}": value for name, value in given.items()}


def through(client: FlaskClient, path: str = "/auth/oidc/login") -> TestResponse:
    """Go to the provider and come back; the answer to the browser that came back."""
    return client.get(way_back(client, path))


def way_back(client: FlaskClient, path: str = "/auth/oidc/login") -> str:
    """Go to the provider; the address on which it sends the browser back."""
    there = client.get(path).location
    back = requests.get(there, allow_redirects=False, timeout=10).headers["Location"]
    return f"{urlsplit(back).path}?{urlsplit(back).query}"


def role_of(client: FlaskClient) -> str | None:
    """As which role the pages know whoever signed in; None for nobody."""
    page = client.get("/privacy", headers={"Accept": "text/html"})
    found = re.search(r'Signed in as ([\w ]+)<|value="([\w-]+)" selected', page.text)
    return (found[1] or found[2]).lower() if page.status_code == 200 and found else None


def form_token(client: FlaskClient, path: str = "/privacy") -> str:
    """What a form of this page is protected with."""
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)[1]


def another_key(kid: str) -> Any:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})
