"""The queries of a Grafana dashboard as Grafana would ask them."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_WORDS = {"$__rate_interval": "1m", "$__interval": "15s"}


def queries(dashboard: Path, variables: Mapping[str, str]) -> Iterator[str]:
    """Every query, of panels and of variables, with values for the variables."""
    content = json.loads(dashboard.read_text("utf-8"))
    asked = [target["expr"] for panel in content["panels"] for target in panel["targets"]]
    for variable in content["templating"]["list"]:
        if variable["type"] == "query":
            asked.append(re.sub(r"label_values\((.*), \w+\)", r"\1", variable["definition"]))
    for query in asked:
        for name, value in (_WORDS | {f"${n}": v for n, v in variables.items()}).items():
            query = query.replace(name, value)
        assert "$" not in query, query
        yield query


def metrics(query: str) -> set[str]:
    """Names of the metrics in a query."""
    without_labels = re.sub(r"{[^}]*}|\b(?:by|without) \([^)]*\)", "", query)
    return set(re.findall(r"\b(?:dex_\w+|process_\w+|up)\b", without_labels))
