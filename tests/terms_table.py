"""The tables of docs/privacy.md about what is kept how long, made from the rules that end it.

`python -m tests.terms_table` prints them.
"""

from collections.abc import Iterator

from agent.signals import RAW_DAYS
from server.ingest.models import raw_batch
from server.terms import BY_NAME, TERMS
from server.upkeep.retention_rules import OF_AUDIT, OF_INSTALLATION, OF_LEAVERS, STAYS, WEEKLY, rules


def tables() -> str:
    return "\n".join([*_kept(), "", *_stays()]) + "\n"


def _kept() -> Iterator[str]:
    yield "| term | kept | may be | what ends by it |"
    yield "|---|---|---|---|"
    ends: dict[str, list[str]] = {term.name: [] for term in TERMS}
    ends["batches"] = [f"the bytes in `{raw_batch.name}`; the ledger of arrivals stays {RAW_DAYS} days"]
    ends["replaced"] = [f"the bytes in `{raw_batch.name}` of a summary that a later one replaced"]
    ends["rows"] = ["days and events of laptops: " + ", ".join(f"`{table.name}`" for table in WEEKLY)]
    for rule in (*rules(), *OF_INSTALLATION):
        by_name = rule.says.startswith("by ")
        ends[rule.term].append(f"`{rule.table.name}`" if by_name else f"`{rule.table.name}` ({rule.says})")
    ends[OF_AUDIT[1]] = [f"`{OF_AUDIT[0].name}` ({OF_AUDIT[2]})"]
    ends["leavers"] = [
        "everything of people who left: " + ", ".join(f"`{table.name}`" for table, _ in OF_LEAVERS)
    ]
    for name, what in ends.items():
        term = BY_NAME[name]
        bounds = f"{term.least} to {term.most} {term.unit}"
        yield f"| `{name}` | {term.length} {term.unit} | {bounds} | {'; '.join(what)} |"


def _stays() -> Iterator[str]:
    yield "| stays | why |"
    yield "|---|---|"
    for table, reason in STAYS.items():
        yield f"| `{table}` | {reason} |"


if __name__ == "__main__":
    print(tables(), end="")
