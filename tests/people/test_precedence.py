"""Whatever systems say, and whoever goes first: when all said it twice, nothing changes any more."""

from hypothesis import given
from hypothesis import strategies as st

from server.people.precedence import Precedence, accepted

FIELDS = ("name", "email", "site")
VALUES = st.one_of(st.none(), st.sampled_from("abc"))
SYSTEMS = ("hr", "mail", "payroll")


@given(
    says=st.fixed_dictionaries(
        {name: st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, VALUES)) for name in SYSTEMS}
    ),
    ranks=st.permutations(range(len(SYSTEMS))),
    first=st.sampled_from(FIELDS),
    turns=st.lists(st.sampled_from(SYSTEMS), max_size=6),
)
def test_systems_that_disagree_never_write_to_and_fro(
    says: dict[str, dict[str, str | None]], ranks: list[int], first: str, turns: list[str]
) -> None:
    precedence = Precedence(dict(zip(SYSTEMS, ranks, strict=True)), {"payroll": frozenset({first})})
    stored: dict[str, str | None] = dict.fromkeys(FIELDS)
    told: dict[str, frozenset[str]] = {}

    def tell(system: str) -> list[tuple[str, str]]:
        counts, disagreed, told[system] = accepted(says[system], stored, told, system, precedence)
        stored.update(counts)
        return disagreed

    for system in (*turns, *SYSTEMS, *SYSTEMS):
        tell(system)
    settled = dict(stored)
    for system in SYSTEMS:
        disagreed = tell(system)
        assert stored == settled
        assert {name for name, _ in disagreed} == {
            name for name, value in says[system].items() if value is not None and value != stored[name]
        }
    for name in FIELDS:
        having = [system for system in SYSTEMS if says[system].get(name) is not None]
        wanted = says[precedence.first(having, name)][name] if having else None
        assert stored[name] == wanted
