"""The way through an OpenID provider and back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, current_app, redirect, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue

from server.access.cookies import give_cookie, give_id_token, local_path, session_cookie
from server.access.providers import FIRST, Providers, providers_of
from server.access.queries import GroupsOf, Rules, grant_of, no_groups
from server.access.refusals import NotAdmitted
from server.access.store import close_session, open_for_subject
from server.access.subjects import organisation_of, subject_of
from server.config import Settings
from server.errors import NotFound

if TYPE_CHECKING:
    from server.access.oidc import OpenIdClient, Told

bp = Blueprint("oidc", __name__)


def sign_in_by_providers(app: Flask, settings: Settings, groups_of: GroupsOf = no_groups) -> None:
    """Read the providers from the settings; `groups_of` says who is in which group of the directory."""
    providers = providers_of(settings.oidc)
    app.extensions["providers"] = providers
    app.extensions["openid_clients"] = _clients(providers)
    app.extensions["access_rules"] = Rules(
        {provider.issuer: provider.role_map for provider in providers.values()}, groups_of
    )


def _clients(providers: Providers) -> Mapping[str, "OpenIdClient"]:
    if not providers:
        return {}
    from server.access.oidc import OpenIdClient  # what it imports costs memory that few installations need

    return {name: OpenIdClient(provider) for name, provider in providers.items()}


@bp.get("/auth/oidc/login", defaults={"provider": FIRST})
@bp.get("/auth/oidc/<provider>/login")
def login(provider: str) -> ResponseReturnValue:
    """Go to the provider; `next` names the page that was wanted."""
    url = _client(provider).authorize_url(_callback(provider), local_path(request.args.get("next", "/")))
    return redirect(url)


@bp.get("/auth/oidc/callback", defaults={"provider": FIRST})
@bp.get("/auth/oidc/<provider>/callback")
def callback(provider: str) -> ResponseReturnValue:
    """Come back from it: a session begins for whoever may come in, in place of the one before."""
    client = _client(provider)
    told = client.told()
    cookie = _opened(client, told)
    form_session.clear()
    response = redirect(local_path(told.next))
    give_cookie(response, cookie)
    give_id_token(response, told.id_token)
    return response


def _opened(client: "OpenIdClient", told: "Told") -> str:
    """The cookie of a new session. Raises NotAdmitted, and then nothing was written."""
    today = current_app.extensions["clock"]().date()
    with current_app.extensions["store"].transaction() as session:
        org_id = organisation_of(session, client.provider)
        if org_id is None:
            raise NotAdmitted("The organisation to which this provider should lead is not there.")
        subject = subject_of(session, org_id, client.provider, told.claims, today)
        cookie = open_for_subject(session, org_id, subject, today)
        session.flush()
        if grant_of(session, cookie, today, current_app.extensions["access_rules"]) is None:
            raise NotAdmitted("Whoever runs this installation can say which groups come in.")
        close_session(session, session_cookie())
    return cookie


def _client(provider: str) -> "OpenIdClient":
    clients: Mapping[str, Any] = current_app.extensions["openid_clients"]
    if provider not in clients:
        raise NotFound("No such provider is set up here.")
    found: OpenIdClient = clients[provider]
    return found


def _callback(provider: str) -> str:
    """The address that the provider must know; without a language, and under the public name."""
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url + url_for("oidc.callback", provider=provider, lang=None)
