"""Imports go one way. This test reads every import of the product and fails when one goes up."""

import ast
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# From the bottom up; a module may import from its own layer and from those below it.
SERVER_LAYERS: tuple[tuple[str, ...], ...] = (
    (
        "server.clock",
        "server.cluster",
        "server.config",
        "server.errors",
        "server.db",
        "server.web.body",
        "server.bulk",
        "server.contract",
        "server.digests",
        "server.web.ending",
        "server.drops",
        "server.hold",
        "server.web.hosts",
        "server.impatient",
        "server.metrics",
        "server.postgresql",
        "server.web.rates",
        "server.web.reading",
        "server.terms",
    ),
    ("server.people",),
    (
        "server.agreement",
        "server.policy",
        "server.devices",
        "server.access",
        "server.outbox",
        "server.rights",
    ),
    ("server.scim",),
    ("server.ingest",),
    ("server.faults", "server.fleet", "server.lifecycle", "server.pulse", "server.support"),
    ("server.scoring",),
    ("server.privacy",),
    ("server.experiments",),
    ("server.released_out",),
    ("server.*.views",),
    ("server",),  # create_app, cli, commands, jobs and all else that ties features together
)

AGENT_LAYERS: tuple[tuple[str, ...], ...] = (
    (
        "agent.advice",
        "agent.config",
        "agent.errors",
        "agent.language",
        "agent.local_time",
        "agent.notices",
        "agent.sign_in_name",
        "agent.signals",
        "agent.version",
    ),
    ("agent.records",),
    ("agent.reading", "agent.store"),  # what a look gives, and where it is kept
    ("agent.system",),
    ("agent.companion",),
    ("agent.business_services",),
    ("agent.pulse",),
    ("agent.agreed",),
    ("agent.collectors",),
    ("agent.sending",),
    ("agent.service",),
    ("agent.showing",),
    ("agent.commands", "agent.parse"),
    ("agent.__main__",),
)

# Thinking without a clock, a database or the web: values in, values out.
PURE = (
    "server.agreement.editions",
    "server.agreement.promise_words",
    "server.agreement.promises",
    "server.agreement.said",
    "server.agreement.words",
    "server.devices.sign_in",
    "server.policy.settings",
    "server.scoring",
    "server.scim.limits",
    "server.scim.schemas",
    "server.scim.shapes",
    "server.scim.told",
    "server.simulator.batches",
    "server.simulator.day",
    "server.simulator.plan",
    "server.simulator.trouble",
    "server.people.changes",
    "server.people.csv_import",
    "server.people.day_format",
    "server.people.differences",
    "server.lifecycle.journey",
    "server.people.file_directory",
    "server.people.own_profile",
    "server.people.precedence",
    "server.people.profile",
    "server.people.profiles",
    "server.people.renames",
    "server.people.table_file",
    "server.people.stages",
    "server.people.groups",
    "server.people.weeks",
    "server.people.working_days",
    "server.experiments.mixing",
    "server.experiments.points",
    "server.faults.rules",
    "server.faults.shape",
    "server.fleet.counts",
    "server.privacy.alarm_look",
    "server.privacy.alarm_values",
    "server.privacy.crossing",
    "server.privacy.equipment_picture",
    "server.privacy.equipment_release",
    "server.privacy.equipment_shapes",
    "server.privacy.funnel",
    "server.privacy.people_of_week",
    "server.privacy.lifecycle_outcomes",
    "server.privacy.lifecycle_release",
    "server.privacy.plan",
    "server.privacy.preview",
    "server.privacy.records",
    "server.privacy.release",
    "server.privacy.sentiment_release",
    "server.privacy.wall",
    "server.privacy.window_sums",
    "server.privacy.what_if",
    "server.privacy.windows",
    "server.pulse.periods",
    "server.pulse.labels",
)

# urllib3 is the part of requests that leaves out the headers which would tell whose answer it is.
AGENT_LIBRARIES = {"psutil", "requests", "truststore", "urllib3", "evtx"}

# What laptop and collector must not differ over: the vocabulary, what is agreed of it, scrambled names.
SHARED = (
    "agent.signals",
    "agent.agreed.agreement",
    "agent.agreed.fault_rules",
    "agent.agreed.listed_applications",
    "agent.sign_in_name",
)

# The one place where the server plays laptops, and so uses their half of the blind signatures.
PLAYS_LAPTOPS = {"server.demo.tokens": "agent.pulse.blind"}


def modules() -> dict[str, Path]:
    found = {}
    for package in ("agent", "server", "dashboards"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = path
    return found


MODULES = modules()


def imports(name: str) -> Iterator[tuple[str, int, bool]]:
    """Every imported module of this one: its name, the line, and whether it hides in a function."""
    tree = ast.parse(MODULES[name].read_text("utf-8"))
    hidden = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef))
        for inner in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} line {node.lineno}: write the whole name"
            base = node.module or ""
            targets = [f"{base}.{a.name}" if f"{base}.{a.name}" in MODULES else base for a in node.names]
        else:
            continue
        for target in targets:
            yield target, node.lineno, id(node) in hidden


def layer(name: str) -> int:
    if name.endswith(".views"):
        return SERVER_LAYERS.index(("server.*.views",))
    return place(name, SERVER_LAYERS)


def place(name: str, layers: tuple[tuple[str, ...], ...]) -> int:
    for number, prefixes in enumerate(layers):
        if any(name == p or name.startswith(p + ".") for p in prefixes):
            return number
    raise AssertionError(f"{name} has no place among the layers")


def ours(target: str) -> bool:
    return target.split(".")[0] in ("agent", "server", "dashboards")


def test_the_document_has_the_same_layers_in_the_same_order() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8").partition("## Who imports whom")[2]
    rows = [
        line for line in text.partition("\n## ")[0].splitlines() if line.startswith("| `") or "ground" in line
    ]
    ground, *layers = SERVER_LAYERS[:-2]
    assert [name for name in ground if f"`{name.rpartition('.')[2]}.py`" not in rows[-2]] == []
    told = {
        name: number for number, row in enumerate(rows) for name in row.split("`") if row.startswith("| `")
    }
    found = [{told[name.replace(".", "/")] for name in layer} for layer in layers]
    assert all(max(upper) < min(lower) for lower, upper in itertools.pairwise(found) if upper != lower)
    folders = {name.split(".")[1] for name in MODULES if name.count(".") > 1 and name.startswith("server.")}
    assert sorted(name for name in folders - {"migrations"} if name not in " ".join(rows)) == []


@pytest.mark.parametrize("name", [m for m in MODULES if m.split(".")[0] == "agent"])
def test_the_agent_stands_alone(name: str) -> None:
    for target, line, _hidden in imports(name):
        top = target.split(".")[0]
        assert top == "agent" or top in AGENT_LIBRARIES or top in sys.stdlib_module_names, (
            f"{name} line {line}: {target}"
        )


@pytest.mark.parametrize("name", [m for m in MODULES if m.startswith("agent.")])
def test_agent_imports_go_down(name: str) -> None:
    own = place(name, AGENT_LAYERS)
    for target, line, _hidden in imports(name):
        if target.startswith("agent."):
            assert place(target, AGENT_LAYERS) <= own, f"{name} line {line}: {target} is above it"


@pytest.mark.parametrize("name", [m for m in MODULES if m.split(".")[0] == "server"])
def test_server_imports_go_down(name: str) -> None:
    for target, line, _hidden in imports(name):
        if not ours(target):
            continue
        if target.split(".")[0] == "agent":
            allowed = (*SHARED, PLAYS_LAPTOPS.get(name))
            assert target in allowed, f"{name} line {line}: of the agent, only what both sides share"
            continue
        assert not target.startswith("dashboards"), f"{name} line {line}: {target}"
        assert layer(target) <= layer(name), f"{name} line {line}: {target} is above it"


@pytest.mark.parametrize("name", [m for m in MODULES if m.split(".")[0] == "dashboards"])
def test_pages_know_the_agent_by_its_vocabulary_alone(name: str) -> None:
    for target, line, _hidden in imports(name):
        if target.split(".")[0] == "agent":
            known = ("agent.signals", "agent.advice", "agent.agreed.fault_rules")
            assert target in known, f"{name} line {line}: {target}"


@pytest.mark.parametrize("name", [m for m in MODULES if any(m == p or m.startswith(p + ".") for p in PURE)])
def test_pure_files_know_no_database_and_no_web(name: str) -> None:
    for target, line, _hidden in imports(name):
        assert target.split(".")[0] not in ("flask", "sqlalchemy", "datetime.now"), f"{name} line {line}"
        assert not target.startswith(("server.db", "server.clock")), f"{name} line {line}: {target}"


ALLOWED_HIDDEN = {
    "server.access.oidc_views": "Authlib costs 13 MiB, which only an installation with a provider pays",
    "agent.sending.sender": "requests is imported in the short-lived child, so that the service stays small",
    "agent.collectors.services": "ssl costs 4 MiB, which only a laptop with listed services pays",
}


@pytest.mark.parametrize("name", list(MODULES))
def test_no_import_hides_in_a_function(name: str) -> None:
    if name in ALLOWED_HIDDEN or name in ("server", "dashboards"):
        return
    hidden = [(target, line) for target, line, inside in imports(name) if inside and ours(target)]
    assert not hidden, f"{name}: {hidden}"


def test_the_empty_package_the_server_imports_through() -> None:
    assert MODULES["agent"].read_text("utf-8").strip() == ""


# Tables in which a row is about one person or one person's laptop, and the modules that may read them.
ROWS_OF_PERSONS = {
    "server.ingest.models": {"raw_batch", "device_day", "app_day", "service_day", "event"},
    "server.privacy.models": {"PersonWeekRow", "CohortQueueRow"},
    "server.privacy.alarm_models": {"AlarmSeriesRow"},
    "server.experiments.models": {"ExperimentPersonRow"},
}

MAY_READ_THEM = {
    "server.ingest.store": "writes them",
    "server.ingest.partitions": "makes and drops their weeks",
    "server.ingest.shuffle": "writes them in another order",
    "server.ingest.refold": "writes them anew from the batches",
    "server.ingest.own_page": "shows people their own",
    "server.ingest.first_day": "the oldest day of a company, of whichever laptop",
    "server.faults.evidence": "finds what is wrong with a laptop, for IT and its owner",
    "server.fleet.queries": "counts laptops for IT",
    "server.support.signals": "shows IT one laptop, for a reason that its owner sees",
    "server.pulse.eligible": "who was active, to be asked",
    "server.privacy.person_weeks": "makes person-weeks, the core of a release",
    "server.privacy.alarm_rows": "makes what is watched of a day, of large enough groups",
    "server.privacy.alarm_state": "keeps sums that nothing but the watch reads",
    "server.privacy.equipment_days": "makes the days of laptops that the equipment view is released from",
    "server.privacy.lifecycle_rows": "how it went for people who joined, moved or left, before it is summed",
    "server.privacy.cohorts": "stage passages, until eight make a card",
    "server.experiments.lot": "draws by lot, and reads what was drawn",
    "server.upkeep.retention": "deletes them",
    "server.upkeep.retention_rules": "says which of them go when",
    "server.simulator.verify": "holds laptops that do not exist against what was acknowledged to them",
    "server.privacy.retention": "deletes them",
    "server.schema": "names all tables",
}


# Modules that give rows of persons to who calls them, and the modules that may call.
HANDED_TO = {
    "server.ingest.own_page": {"dashboards.me", "dashboards.own_data", "server.own_data.holdings"},
    "server.support.signals": {"dashboards.support"},
    "server.own_data.holdings": {
        "dashboards.own_data",
        "server.commands.person",
        "server.own_data.erase",
        "server.own_data.export",
    },
    "server.privacy.own_page": {"dashboards.own_score"},
    "server.privacy.person_weeks": {
        "server.privacy.alarm_rows",
        "server.privacy.cohorts",
        "server.privacy.lifecycle_rows",
        "server.privacy.own_page",
        "server.privacy.weekly",
    },
    "server.privacy.alarm_rows": {"server.privacy.alarm_job"},
    "server.privacy.cohorts": {"server.privacy.weekly"},
    "server.privacy.lifecycle_rows": {"server.privacy.lifecycle_job"},
    "server.privacy.equipment_days": {"server.privacy.equipment_daily"},
    "server.pulse.eligible": {"server.pulse.jobs"},
    "server.experiments.lot": {
        "server.commands.experiments",
        "server.demo.trial",
        "server.experiments.readings",
        "server.experiments.register",
    },
}
_TABLE_NAMES = re.compile(
    r"\b(raw_batch|device_day|app_day|service_day|person_week|cohort_queue|experiment_person)\b"
)


@pytest.mark.parametrize("name", [m for m in MODULES if m.split(".")[0] in ("server", "dashboards")])
def test_rows_of_persons_have_few_readers(name: str) -> None:
    """A page or report that needs one of these tables must get its numbers from a release instead."""
    if name in MAY_READ_THEM or ".migrations." in name:
        return
    for node in ast.walk(ast.parse(MODULES[name].read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            read = ROWS_OF_PERSONS.get(node.module or "", set()) & {alias.name for alias in node.names}
            assert not read, f"{name} line {node.lineno}: {sorted(read)}"
            whole = {f"{node.module}.{alias.name}" for alias in node.names} & set(ROWS_OF_PERSONS)
            assert not whole, f"{name} line {node.lineno}: name the tables you need of {sorted(whole)}"
        elif isinstance(node, ast.Import):
            whole = {alias.name for alias in node.names} & set(ROWS_OF_PERSONS)
            assert not whole, f"{name} line {node.lineno}: name the tables you need of {sorted(whole)}"
        elif isinstance(node, ast.Call) and name not in ROWS_OF_PERSONS:
            words = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            text = " ".join(word for word in words if isinstance(word, str))
            called = ast.unparse(node.func).rsplit(".", 1)[-1]
            assert called not in ("text", "table") or not _TABLE_NAMES.search(text), (
                f"{name} line {node.lineno}: a table of persons by its name"
            )


def test_rows_of_persons_are_handed_to_few() -> None:
    callers: dict[str, set[str]] = {name: set() for name in HANDED_TO}
    for name in MODULES:
        for target, _line, _hidden in imports(name):
            if target in callers:
                callers[target].add(name)
    assert callers == HANDED_TO


def test_the_list_of_readers_names_modules_that_exist() -> None:
    assert set(MAY_READ_THEM) <= set(MODULES)
