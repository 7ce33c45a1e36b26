"""Every way by which something leaves the server, and what an attacker reads there.

Each route of the web application, each command and each periodic job is a *door*. It stands in READ, with
the addresses at which people ask, or it is named with the reason why nothing about others comes out of it.
What is read is kept as it came; what it says of groups of people is taken out as facts. Whoever adds a door
adds it here: `test_doors.py` fails on one that is missing.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from uuid import UUID

import company
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from dashboards import create_app
from server.access.roles import Grant, Role
from server.access.store import create_link
from server.cli import main
from server.config import Settings
from server.db import Store
from server.people.models import Organisation
from server.people.stages import STAGES
from server.people.store import person_id_of
from server.scoring.parameters import SIGNALS

TOKEN = "for whoever watches"


@dataclass(frozen=True, slots=True)
class Known:
    """What an attacker knows before: how units and teams are called, and which weeks there were."""

    teams: Sequence[tuple[str, str]]
    weeks: Sequence[str]

    def groups(self) -> list[tuple[str, str]]:
        """Kind and name of every group there may be."""
        units, teams = sorted({unit for unit, _ in self.teams}), sorted(team for _, team in self.teams)
        single = [("company", "company"), *product(("unit",), units), *product(("team",), teams)]
        single += [("stage", stage) for stage in STAGES]
        pairs = [("unit_stage", f"{unit}|{stage}") for unit, stage in product(units, STAGES)]
        return single + pairs + [("cell", f"{team}|{stage}") for team, stage in product(teams, STAGES)]


Addresses = Callable[[Known], Iterator[str]]


def _once(address: str) -> Addresses:
    return lambda known: iter([address])


def _each_week(address: str) -> Addresses:
    return lambda known: (address.format(week=week) for week in known.weeks)


def _each_group(address: str) -> Addresses:
    """In the newest week: the interface gives earlier ones as a trend."""
    return lambda known: (
        address.format(kind=kind, name=name, week=known.weeks[-1]) for kind, name in known.groups()
    )


def _in_turn(*asked: Addresses) -> Addresses:
    return lambda known: (address for each in asked for address in each(known))


READ: dict[str, Addresses] = {
    "/": _once("/"),
    "/advice": _each_week("/advice?week={week}"),
    "/alarms": _once("/alarms"),
    "/api/v1/groups": _in_turn(
        _each_week("/api/v1/groups?week={week}"), _each_week("/api/v1/groups?grid&week={week}")
    ),
    "/api/v1/groups/<kind>/<path:name>": _each_group("/api/v1/groups/{kind}/{name}?week={week}"),
    "/api/v1/releases/<week>": _each_week("/api/v1/releases/{week}"),
    "/equipment": _once("/equipment"),
    "/equipment/<signal>": lambda known: (f"/equipment/{signal}" for signal in SIGNALS),
    "/experiments": _once("/experiments"),
    "/experiments/<name>": _once("/experiments/none"),
    "/fleet": _once("/fleet"),
    "/groups/<kind>/<path:name>": _each_group("/groups/{kind}/{name}?week={week}"),
    "/me": _once("/me"),
    "/method": _once("/method"),
    "/metrics/released": _once("/metrics/released"),
    "/overview": _in_turn(_each_week("/overview?week={week}"), _each_week("/overview?grid&week={week}")),
    "/privacy": _once("/privacy"),
    "/privacy/agreement.json": _once("/privacy/agreement.json"),
    "/privacy/labels.json": _once("/privacy/labels.json"),
}
"""Route -> the addresses at which every role asks."""

TELLS_NOTHING_OF_OTHERS = {
    "/access": "who was given which role, to administrators: no rows of anybody, and no day but the grant's",
    "/access/grant": "takes a role for somebody",
    "/access/switch": "takes whether an account is used",
    "/access/withdraw": "takes a role away",
    "/auth/logout": "ends the own session",
    "/auth/oidc/<provider>/callback": "takes what a provider says of whoever signs in",
    "/auth/oidc/<provider>/login": "leads to a provider",
    "/auth/oidc/callback": "takes what the provider says of whoever signs in",
    "/auth/oidc/login": "leads to the provider",
    "/auth/role": "takes which of the own roles is meant",
    "/password": "takes the own password",
    "/password/<secret>": "takes the password of the link's account, which it names",
    "/sign-in": "takes a name and a password; `tests/access/test_accounts.py` holds that names are not told",
    "/signed-out": "that nobody is signed in",
    "/comments": "what a moderator left of what people wrote, of the whole company, from ten on",
    "/comments/waiting": "the same before, to the moderator alone",
    "/comments/waiting/<uuid:comment_id>": "takes what is left of it",
    "/agreement/next": "what the next agreement would change",
    "/agreement/next.json": "the next agreement",
    "/alarms/<day>/<signal>": "takes a word about an alarm",
    "/api": "describes the interface",
    "/api/v1/batches": "takes what laptops send",
    "/api/v1/enroll": "lets a laptop in",
    "/audit": "that somebody looked, never what was seen",
    "/me/data": "the own rows",
    "/me/data/export.<ending>": "the own rows",
    "/me/data/looks/<uuid:device_id>/<uuid:look_id>": "allows or ends a look at the own laptop",
    "/me/data/requests": "takes a request",
    "/me/data/requests/<uuid:request_id>/withdraw": "takes a request back",
    "/requests": "who waits for an answer about the own data, for the privacy officer",
    "/requests/<uuid:request_id>/carry-out": "carries out what somebody asked for",
    "/requests/<uuid:request_id>/refuse": "takes an answer",
    "/support": "the own looks; `tests/rights/test_support_attack.py` attacks them",
    "/support/<uuid:device_id>/<uuid:look_id>": "one laptop that was named, attacked by the same",
    "/support/<uuid:device_id>/<uuid:look_id>/end": "ends a look",
    "/api/v1/audit": "that somebody looked, never what was seen",
    "/api/v1/openapi.json": "describes the interface",
    "/api/v1/policy": "what one laptop is asked for",
    "/api/v1/pulse/answers": "takes an answer",
    "/api/v1/pulse/labels": "the same bytes as /privacy/labels.json",
    "/api/v1/pulse/tokens": "signs what it cannot read",
    "/journey": "what /api/v1/lifecycle shows of the whole company",
    "/tasks": "laptops and accounts of people who join and leave; `tests/server/test_tasks.py` attacks it",
    "/api/v1/lifecycle": "each person counts in one period; `tests/server/test_lifecycle.py` attacks it",
    "/api/v1/fleet": "the counts of /fleet",
    "/api/v1/faults": "laptops and what is wrong with them; `tests/server/test_faults_tell.py` attacks it",
    "/healthz": "whether the process lives",
    "/me/batches/<day>/<uuid:batch_id>": "the own rows",
    "/me/batches/<day>/<uuid:batch_id>/body": "the own rows",
    "/metrics": "counts of requests and of rows, for whoever runs the host",
    "/problems/<slug>": "describes the interface",
    "/readyz": "whether the store answers",
    **dict.fromkeys(
        (
            *("/scim/v2/", "/scim/v2/<path:path>", "/scim/v2/.search", "/scim/v2/Bulk", "/scim/v2/Me"),
            *("/scim/v2/ServiceProviderConfig", "/scim/v2/Schemas", "/scim/v2/ResourceTypes"),
            *("/scim/v2/Schemas/<resource_id>", "/scim/v2/ResourceTypes/<resource_id>"),
            *("/scim/v2/<resource_endpoint>", "/scim/v2/<resource_endpoint>/.search"),
            "/scim/v2/<resource_endpoint>/<resource_id>",
        ),
        "what a directory told itself, to whoever brings its token; nothing that is measured",
    ),
    "/sign-in/<token>": "gives a session",
    "/static/<path:filename>": "files of the product",
}

READ_COMMANDS: dict[str, Callable[[Known], Iterator[tuple[str, ...]]]] = {
    "explain": lambda known: (
        ("explain", f"{kind}:{name}", known.weeks[-1]) for kind, name in known.groups()
    ),
    "score": lambda known: (("score", "--week", week) for week in known.weeks),
}
"""Commands on the host that print figures of groups."""

COMMANDS_WITHOUT_FIGURES = {
    "teams": "how teams are called and joined",
    "accounts": "accounts and their roles, for whoever runs the host",
    "api-keys": "keys",
    "calendar": "holidays",
    "agreement": "the agreement and its signature",
    "alarms": "what /alarms shows",
    "audit": "who looked and changed what, never what was seen",
    "db": "the store as a whole: copies it, checks it, ends what is old",
    "demo": "people who do not exist",
    "devices": "laptops that were let in, for whoever runs the host",
    "enroll-key": "keys",
    "equipment": "what /equipment shows, which `tests/server/test_equipment_release.py` attacks",
    "faults": "what /api/v1/faults shows",
    "experiments": "what /experiments shows",
    "groups": "how teams are joined, before anything is measured",
    "jobs": "when jobs ran",
    "lifecycle": "what /api/v1/lifecycle shows",
    "mail": "whether mail can be sent",
    "notices": "who gets messages",
    "organisation": "settings",
    "outbox": "which messages wait",
    "people": "brings lists of people in",
    "person": "one person's own data, for whoever runs the host to hand out",
    "policy": "settings",
    "pulse": "labels, and histograms that `tests/server/test_pulse_release.py` attacks",
    "recompute": "whether scores come out as they did",
    "scim-token": "tokens of directories",
    "simulate": "laptops that do not exist",
    "support": "a setting",
    "tasks": "what /tasks shows",
}

JOBS_THAT_SEND = {"push_released": "the figures of /metrics/released, held in `test_released_out.py`"}

JOBS_THAT_STAY = {
    "take_people_files": "takes files of the directory; its message names the source alone",
    "assign_by_sign_in": "finds whose laptop it is",
    "pack_weeks": "packs rows",
    "read_experiments": "writes what /experiments shows",
    "release_equipment": "writes what /equipment shows",
    "release_lifecycle": "writes what /api/v1/lifecycle shows; its message names no group",
    "watch_days": "writes what /alarms shows; its message names no group",
    "count_fleets": "writes what /fleet shows",
    "look_for_faults": "writes what /api/v1/faults shows, which `tests/server/test_faults_tell.py` attacks",
    "forget_passages": "deletes",
    "forget_sessions": "deletes",
    "make_weeks": "makes room",
    "pulse_period_start": "writes what /privacy/labels.json shows",
    "pulse_release": "writes what scores are made of",
    "pulse_shuffle": "writes rows in another order",
    "retention": "deletes",
    "shuffle_received": "writes rows in another order",
    "watch_store": "tells operators of the store",
    "weekly_release": "writes what pages show; its message names the week alone",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody got at an address, without what differs each time it is asked for."""

    viewer: str
    address: str
    status: int
    text: str
    json: object = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something was said of a group, in the window that ends with a week: of a signal, or of all (`base`)."""

    week: str
    group: str
    signal: str


@dataclass(frozen=True, slots=True)
class Count:
    """So many people of a unit (None: the company) in a week, with one outcome (None: all)."""

    week: str
    unit: str | None
    outcome: str | None
    people: int


_EACH_TIME = re.compile(r'(name="csrf_token" value="|urn:[a-z:]*|"instance": ?")[^"]*')


class Attackers:
    """All who may look at an organisation, and put together what they see."""

    def __init__(
        self,
        store: Store,
        org: Organisation,
        folder: Path,
        known: Known,
        roles: Collection[Role] = frozenset(Role),
    ) -> None:
        self._store, self._org_id, self._slug, self._folder = store, org.org_id, org.slug, folder
        self._now = company.after(known.weeks[-1])
        self.known, self._roles = known, roles

    def looks(self, pages_of: Collection[Role] = frozenset(Role)) -> list[Look]:
        """Everything that is behind every door that is read; pages as these roles get them."""
        return [*self._by_web(pages_of), *self._by_watching(), *self._by_commands()]

    def _by_web(self, pages_of: Collection[Role]) -> Iterator[Look]:
        settings = Settings(self._folder, "", secret_key="only for tests", address_rate=1e9)
        app = create_app(settings, self._store, lambda: self._now)
        for viewer, grant in self._grants().items():
            client = self._signed_in(app, grant)
            for route, addresses in READ.items():
                if route == "/metrics/released" or not (grant.role in pages_of or route.startswith("/api/")):
                    continue
                for address in addresses(self.known):
                    yield _seen(client, viewer, address)
        app.extensions["writer"].close()

    def _grants(self) -> dict[str, Grant]:
        """One of each role, and two leads who put together what they see."""
        roles = [role for role in Role if role in self._roles and role is not Role.LEAD]
        grants = {role.value: Grant(self._org_id, role) for role in roles}
        ends = {self.known.teams[0][1], self.known.teams[-1][1]} if Role.LEAD in self._roles else set()
        return grants | {f"lead of {t}": Grant(self._org_id, Role.LEAD, group_name=t) for t in sorted(ends)}

    def _signed_in(self, app: Flask, grant: Grant) -> FlaskClient:
        with self._store.transaction() as session:
            link = create_link(session, grant, self._now, timedelta(hours=1))
        client = app.test_client()
        client.get(f"/sign-in/{link}")
        return client

    def _by_watching(self) -> Iterator[Look]:
        settings = Settings(self._folder, "", secret_key="only for tests", released_token=TOKEN)
        for role in (Role.HR, Role.IT):
            app = create_app(replace(settings, released_as=role.value), self._store, lambda: self._now)
            headers = {"Authorization": f"Bearer {TOKEN}"}
            yield _seen(app.test_client(), f"watcher as {role.value}", "/metrics/released", headers)
            app.extensions["writer"].close()

    def _by_commands(self) -> Iterator[Look]:
        """On the host, where exact figures of released groups are printed."""
        url = self._store.engine.url.render_as_string(hide_password=False)
        runner = CliRunner(env={"DEX_DATABASE_URL": url})
        for asked in READ_COMMANDS.values():
            for words in asked(self.known):
                given = runner.invoke(main, [*words, "--org", self._slug, "--data", str(self._folder)])
                yield Look("host", " ".join(words), given.exit_code, given.output)


def _seen(client: FlaskClient, viewer: str, address: str, headers: dict[str, str] | None = None) -> Look:
    answer = client.get(address, headers=headers)
    return Look(
        viewer,
        address,
        answer.status_code,
        _EACH_TIME.sub(r"\1", answer.text),
        answer.get_json(silent=True) if answer.is_json else None,
    )


def facts_of(looks: Sequence[Look]) -> tuple[set[Fact], set[Count]]:
    """What all of them together say of groups, in the interface, in metrics and on the host."""
    facts: set[Fact] = set()
    counts: set[Count] = set()
    for look in looks:
        if look.address.startswith("/api/v1/groups") and look.status == 200:
            facts |= set(_facts_of_groups(look.json))
        elif look.address.startswith("/api/v1/releases/") and look.status == 200:
            counts |= set(_counts_of(look.json))
        elif look.address == "/metrics/released" and look.status == 200:
            facts |= set(_facts_of_metrics(look.text))
        elif look.address.startswith("explain ") and look.status == 0:
            facts |= set(_facts_of_explanation(look.text))
        elif look.address.startswith("score ") and look.status == 0:
            facts |= set(_facts_of_scores(look))
    return facts, counts


def _facts_of_groups(answer: dict) -> Iterator[Fact]:
    """A listed group, or one taken apart. What is modelled is made of three groups that are shown as well."""
    detail = [answer["result"]] if "result" in answer else answer["groups"]
    for group in detail:
        if group["status"] != "modelled" and any(
            group.get(name) for name in ("score", "people", "technology")
        ):
            yield Fact(answer["week"], group["group"], "base")
        if group.get("lost_time"):
            yield Fact(answer["week"], group["group"], "lost")
        for name in group.get("most_lost", []) + group.get("stands_out", []):
            yield Fact(answer["week"], group["group"], name)
    for signal in answer.get("signals", []):
        yield Fact(answer["week"], answer["result"]["group"], signal["name"])
    for week in answer.get("trend", []):
        if week["score"]:
            yield Fact(week["week"], week["group"], "base")
            yield from (Fact(week["week"], week["group"], s) for s in week["basket"] if s != "sentiment")


def _counts_of(answer: dict) -> Iterator[Count]:
    for line in answer["who_counts"]:
        yield Count(answer["week"], line["unit"], line["outcome"], line["people"])


def _facts_of_metrics(text: str) -> Iterator[Fact]:
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    week = next((s.labels["week"] for s in samples if "week" in s.labels), "")
    for sample in samples:
        if "kind" in sample.labels:
            signal = sample.labels.get("signal") or ("lost" if "lost_time" in sample.name else "base")
            yield Fact(week, f"{sample.labels['kind']}:{sample.labels['group']}", signal)


def _facts_of_explanation(text: str) -> Iterator[Fact]:
    """Lines of a measured group: `  boot       weight ...`, `  crash      weight ...`."""
    head, *lines = text.splitlines()
    group, _, weeks = head.partition(", ")
    week = weeks.partition(", ")[0].split(" to ")[-1]
    if not any(line.startswith("people: ") for line in lines):
        return
    yield Fact(week, group, "base")
    for line in lines:
        if found := re.match(r"  (\w+) +weight", line):
            yield Fact(week, group, found[1])
        if line.startswith("lost time"):
            yield Fact(week, group, "lost")


def _facts_of_scores(look: Look) -> Iterator[Fact]:
    for line in look.text.splitlines():
        group, *cells = line.split("\t")
        if len(cells) > 1:
            yield Fact(look.address.split()[-1], group, "base")


def own_names(org_id: UUID, people: Sequence[str]) -> list[str]:
    """What would point at a person or a laptop: numbers of the directory and ids of the store."""
    ids = [str(person_id_of(org_id, name)) for name in people]
    ids += [str(company.device_id_of(org_id, name)) for name in people]
    return [*ids, *(found.replace("-", "") for found in ids)]
