"""Damaged and hostile files end in records or in one sentence, never in an exception, and soon."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parsed_output import WORDS, check, samples

SEEDS = samples(without="journal")  # journalctl reads those

edits = st.lists(
    st.tuples(
        st.floats(0, 1), st.integers(0, 5000), st.one_of(st.binary(max_size=40), st.sampled_from(WORDS))
    ),
    max_size=12,
)


def damaged(seed: bytes, changes: list[tuple[float, int, bytes]], end: float) -> bytes:
    """The seed with stretches replaced, each at a fraction of its length, and cut off at a fraction."""
    content = bytearray(seed)
    for where, length, replacement in changes:
        start = int(where * len(content))
        content[start : start + length] = replacement
    return bytes(content[: max(1, int(end * len(content)))])


def fuzz(examples: int, folder: Path) -> None:
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(seed=st.sampled_from(SEEDS), changes=edits, end=st.floats(0.01, 1))
    def run(seed: bytes, changes: list[tuple[float, int, bytes]], end: float) -> None:
        check(damaged(seed, changes, end), folder / "given")

    run()


def test_damaged_files_never_break_the_reader(tmp_path):
    fuzz(300, tmp_path)


@pytest.mark.soak
def test_damaged_files_never_break_the_reader_for_long(tmp_path):
    fuzz(20_000, tmp_path)


needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris is made for Linux on x86-64 alone; there: pip install -r requirements.lock",
)


def guided(seconds: int, folder: Path, seed: int) -> None:
    """Every reader by itself, its inputs led by the code that they reach; see tests/fuzz_records.py."""
    program = Path(__file__).parents[1] / "fuzz_records.py"
    # Forked by a shell: a child of ours would begin with our own peak of memory, held to its limit.
    by_itself = ["sh", "-c", '"$@"; exit $?', "sh"]
    done = subprocess.run(
        [*by_itself, sys.executable, str(program), str(folder), str(seconds), str(seed)],
        capture_output=True,
        timeout=seconds + 120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-6000:]


@needs_atheris
def test_inputs_that_reach_new_code_never_break_a_reader(tmp_path):
    guided(4, tmp_path, seed=1)


@needs_atheris
@pytest.mark.soak
def test_inputs_that_reach_new_code_never_break_a_reader_for_long(tmp_path):
    guided(900, tmp_path, seed=0)
