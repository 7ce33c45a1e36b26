"""Which OpenID providers people sign in by, from the environment: DEX_OIDC_… for the first, DEX_OIDC_NAME_…
for each further one."""

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from server.access.roles import GRANTABLE, Role
from server.config import OIDC as PREFIX
from server.errors import UsageError

FIRST = ""
"""The name of the provider that has none."""
DEFAULT_ROLES = {"dex-admins": Role.ADMIN, "dex-it": Role.IT, "dex-hr": Role.HR}
_PARTS = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "ROLE_MAP", "LABEL", "ORG", "GROUPS_CLAIM", "PERSON_CLAIM")
_VARIABLE = re.compile(rf"{PREFIX}(?:([A-Z0-9]+)_)?({'|'.join(_PARTS)})")


@dataclass(frozen=True, slots=True)
class Provider:
    """`name` stands in addresses, `label` on the button. `org` is the short name of the organisation whose
    people it knows; empty: the one that commands mean by default.

    `groups_claim` holds the names of groups. `person_claim` holds the employee id, if some claim does.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    role_map: Mapping[str, Role] = field(default_factory=lambda: dict(DEFAULT_ROLES))
    label: str = ""
    org: str = ""
    groups_claim: str = "groups"
    person_claim: str = ""

    @property
    def metadata_url(self) -> str:
        return self.issuer.rstrip("/") + "/.well-known/openid-configuration"


Providers = Mapping[str, Provider]
"""By name."""


def providers_of(environ: Mapping[str, str]) -> Providers:
    """The providers that the environment names. UsageError for one that is not whole."""
    given: dict[str, dict[str, str]] = {}
    for variable, value in environ.items():
        found = _VARIABLE.fullmatch(variable)
        if found is not None and value.strip():
            given.setdefault((found[1] or FIRST).lower(), {})[found[2].lower()] = value.strip()
        elif found is None and variable.startswith(PREFIX):
            raise UsageError(f"There is no setting {variable}; a provider has {', '.join(_PARTS)}.")
    made = {name: _provider(name, parts) for name, parts in sorted(given.items())}
    if len({provider.issuer for provider in made.values()}) < len(made):
        raise UsageError("Two providers have the same issuer; give one of them more groups instead.")
    return made


def _provider(name: str, parts: Mapping[str, str]) -> Provider:
    prefix = PREFIX + (f"{name.upper()}_" if name else "")
    for needed in ("issuer", "client_id"):
        if needed not in parts:
            raise UsageError(f"A provider needs {prefix}ISSUER and {prefix}CLIENT_ID.")
    _check_issuer(f"{prefix}ISSUER", parts["issuer"])
    role_map = parts.get("role_map")
    return Provider(
        name,
        parts["issuer"],
        parts["client_id"],
        parts.get("client_secret", ""),
        dict(DEFAULT_ROLES) if role_map is None else _role_map(f"{prefix}ROLE_MAP", role_map),
        label=parts.get("label") or name or (urlsplit(parts["issuer"]).hostname or ""),
        org=parts.get("org", ""),
        groups_claim=parts.get("groups_claim", "groups"),
        person_claim=parts.get("person_claim", ""),
    )


def _check_issuer(variable: str, issuer: str) -> None:
    """An issuer is an address of https; on this machine, for trying, http will do."""
    parts = urlsplit(issuer)
    if parts.scheme == "https" and parts.hostname and not parts.query and not parts.fragment:
        return
    if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        return
    raise UsageError(f"{variable} must be an address that begins with https://; it is “{issuer}”.")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _role_map(variable: str, text: str) -> dict[str, Role]:
    """`group=role` with commas between, or a JSON object where names of groups hold such signs."""
    try:
        given = json.loads(text) if text.startswith("{") else _pairs(text)
        return {str(group): _role(str(role)) for group, role in given.items()}
    except ValueError as error:
        roles = ", ".join(role.value for role in GRANTABLE)
        raise UsageError(
            f"{variable} must be like dex-it=it,dex-hr=hr, with roles out of {roles}; it is “{text}”."
        ) from error


def _pairs(text: str) -> dict[str, str]:
    pairs = [pair.rpartition("=") for pair in text.split(",") if pair.strip()]
    if not all(group.strip() for group, _, _ in pairs):
        raise ValueError("a pair without a group")
    return {group.strip(): role.strip() for group, _, role in pairs}


def _role(text: str) -> Role:
    role = Role(text)
    if role not in GRANTABLE:
        raise ValueError(f"{role} is not given by a group")
    return role
