"""The strongest attack on a table of published sums: every linear combination of them at once.

Persons who are in the same published groups cannot be told apart, so they form a class. A combination of sums
touches the persons whose coefficient in it is not zero. Somebody is disclosed if a combination touches at
least one person and fewer than k. With M the matrix groups x classes, a combination that vanishes outside a
set Z of classes, but not on it, exists exactly if the rows of a null space basis of M that belong to Z are
linearly dependent. So all sets of classes with fewer than k persons are tried, with exact arithmetic.
"""

from collections.abc import Collection, Iterator, Mapping

from server.privacy.plan import Place

# Arithmetic modulo a prime is exact here: a minor of a 0/1 matrix of order 60 is smaller than this
# (Hadamard), so none that is not zero becomes zero.
PRIME = 2**127 - 1

Vector = list[int]


def disclosed(
    crowd: Mapping[Place, int], published: Collection[str], k: int, among: Collection[Place] | None = None
) -> list[Place] | None:
    """Places of 1..k-1 persons whom a combination of the published sums isolates, None if there are none.

    `among`: of a larger organisation only sets of these places are tried. There the prime could be too small
    for one of its minors, by a chance that no test will live to see.
    """
    rows: dict[tuple[bool, ...], list[Place]] = {}
    groups = sorted(published)
    for place in crowd:
        rows.setdefault(tuple(is_in(place, group) for group in groups), []).append(place)
    classes = [key for key in rows if any(key)]
    matrix = [[int(key[i]) for key in classes] for i in range(len(groups))]
    assert among is not None or min(len(groups), len(classes)) <= 60, "too large for this prime to be exact"
    sizes = [sum(crowd[place] for place in rows[key]) for key in classes]
    if among is not None:
        sizes = [n if set(rows[key]) <= set(among) else k for key, n in zip(classes, sizes, strict=True)]
    for chosen in _dependent(null_space(matrix, len(classes)), sizes, k):
        return [place for i in chosen for place in rows[classes[i]]]
    return None


def is_in(place: Place, group: str) -> bool:
    """Whether persons at a place count in a group, by the group's name."""
    kind, name = group.split(":", 1)
    own = {
        "company": "company",
        "unit": place.unit,
        "team": place.team,
        "stage": place.stage,
        "unit_stage": f"{place.unit}|{place.stage}",
        "cell": f"{place.team}|{place.stage}",
    }
    return own[kind] == name


def null_space(matrix: list[Vector], width: int) -> list[Vector]:
    """For each column of the matrix, its row of a basis of the null space."""
    reduced, pivots = [], []
    for row in matrix:
        row = [value % PRIME for value in row]
        for pivot, known in zip(pivots, reduced, strict=True):
            row = _minus(row, row[pivot], known)
        lead = next((i for i, value in enumerate(row) if value), None)
        if lead is None:
            continue
        inverse = pow(row[lead], -1, PRIME)
        row = [value * inverse % PRIME for value in row]
        reduced = [_minus(known, known[lead], row) for known in reduced]
        reduced.append(row)
        pivots.append(lead)
    free = [i for i in range(width) if i not in pivots]
    basis: list[Vector] = [[] for _ in range(width)]
    for position, i in enumerate(free):
        basis[i] = [int(j == position) for j in range(len(free))]
    for pivot, row in zip(pivots, reduced, strict=True):
        basis[pivot] = [-row[i] % PRIME for i in free]
    return basis


def _minus(row: Vector, factor: int, other: Vector) -> Vector:
    return [(a - factor * b) % PRIME for a, b in zip(row, other, strict=True)] if factor else row


def _dependent(vectors: list[Vector], sizes: list[int], k: int) -> Iterator[tuple[int, ...]]:
    """Sets of indices with total size below k whose vectors are linearly dependent."""
    small = sorted((i for i in range(len(vectors)) if sizes[i] < k), key=lambda i: sizes[i])

    def extend(chosen: tuple[int, ...], start: int, left: int, echelon: list[tuple[int, Vector]]) -> Iterator:
        for position in range(start, len(small)):
            i = small[position]
            if sizes[i] > left:
                return
            vector = vectors[i]
            for lead, known in echelon:
                vector = _minus(vector, vector[lead], known)
            lead = next((j for j, value in enumerate(vector) if value), None)
            if lead is None:
                yield (*chosen, i)
                continue
            inverse = pow(vector[lead], -1, PRIME)
            unit = [value * inverse % PRIME for value in vector]
            yield from extend((*chosen, i), position + 1, left - sizes[i], [*echelon, (lead, unit)])

    yield from extend((), 0, k - 1, [])
