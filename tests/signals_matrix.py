"""The matrix of docs/signals.md, made from the collectors; `python -m tests.signals_matrix` writes it."""

import ast
import inspect
import sys
from collections.abc import Callable
from pathlib import Path

from agent.collectors import all_linux, all_macos, all_windows, network, services, space
from agent.collectors.options import CollectorOptions
from agent.companion.companions import Companions
from agent.reading import Collector
from agent.signals import COVERED

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "signals.md"
BEGIN, END = "<!-- matrix: made from the code -->\n", "<!-- end of matrix -->\n"

Collectors = Callable[[CollectorOptions, Companions], tuple[Collector, ...]]
SYSTEMS: dict[str, Collectors] = {
    "Linux": all_linux.collectors,
    "Windows": all_windows.collectors,
    "macOS": all_macos.collectors,
}
NOTHING = "*no reader*"


def matrix() -> str:
    """For each source the reader on each system, and for each reader what its file says of itself."""
    readers = {system: _readers(collectors) for system, collectors in SYSTEMS.items()}
    lines = ["| source | " + " | ".join(SYSTEMS) + " |", "|---|" + "---|" * len(SYSTEMS)]
    for source in COVERED:
        cells = (", ".join(readers[system].get(source, [NOTHING])) for system in SYSTEMS)
        lines.append(f"| `{source}` | " + " | ".join(cells) + " |")
    beside = (", ".join(readers[system][""]) for system in SYSTEMS)
    lines.append("| *(beside them)* | " + " | ".join(beside) + " |")
    names = sorted({name for of in readers.values() for found in of.values() for name in found})
    lines += ["", "| reader | what it does |", "|---|---|"]
    lines += [f"| {name} | {_first_sentence(name)} |" for name in names]
    return "\n".join(lines) + "\n"


def _readers(collectors: Collectors) -> dict[str, list[str]]:
    """Files by the source they feed; under no name those that feed none."""
    found: dict[str, list[str]] = {}
    options, companions = CollectorOptions(), Companions(None)
    everywhere = (
        space.collector(options),
        network.collector(network.Network(())),
        services.collector(options),
    )
    for collector in (*everywhere, *collectors(options, companions)):
        collect = inspect.unwrap(collector.collect)
        owner = getattr(collect, "__self__", collect)
        module = getattr(owner, "__module__", type(owner).__module__).rpartition(".")[2]
        for source in collector.covers or ("",):
            found.setdefault(source, []).append(f"`{module}`")
    return found


def _first_sentence(reader: str) -> str:
    file = ROOT / "agent" / "collectors" / f"{reader.strip('`')}.py"
    text = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split()).partition(". ")[0].rstrip(".") + "."


def with_matrix(page: str) -> str:
    before, _, rest = page.partition(BEGIN)
    _, _, behind = rest.partition(END)
    return f"{before}{BEGIN}\n{matrix()}\n{END}{behind}"


if __name__ == "__main__":
    PAGE.write_text(with_matrix(PAGE.read_text("utf-8")), "utf-8")
    print(f"{PAGE} is written.", file=sys.stderr)
