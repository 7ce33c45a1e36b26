"""What an answer means for a batch: the table accept, reject, keep."""

import pytest

from agent.errors import PROBLEM_MEDIA
from agent.sending.answers import Answer, Outcome, outcome

JSON = "application/json"
OURS = {"batch_id": "b1", "accepted": True, "dropped": []}


def problem(status: int, slug: str) -> Answer:
    return Answer(status, PROBLEM_MEDIA, {"type": f"urn:employee-dex:problem:{slug}", "detail": "Why."})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200, JSON, OURS), Outcome.ACCEPT),
        (Answer(202, JSON, OURS), Outcome.ACCEPT),
        (Answer(200, JSON, OURS | {"batch_id": "b2"}), Outcome.KEEP),
        (Answer(200, JSON, {"accepted": False, "batch_id": "b1"}), Outcome.KEEP),
        (Answer(200, "text/html"), Outcome.KEEP),
        (Answer(302, "text/html"), Outcome.KEEP),
        (problem(400, "malformed-body"), Outcome.REJECT),
        (problem(422, "day-too-old"), Outcome.REJECT),
        (problem(413, "body-too-large"), Outcome.REJECT),
        (Answer(413, "text/html"), Outcome.REJECT),
        (Answer(400, "text/html"), Outcome.KEEP),
        (Answer(422, JSON, {"detail": "not ours"}), Outcome.KEEP),
        (problem(409, "install-cloned"), Outcome.CLONED),
        (problem(409, "conflict"), Outcome.KEEP),
        (problem(401, "unauthorized"), Outcome.KEEP),
        (problem(503, "try-later"), Outcome.KEEP),
        (Answer(500, "text/html"), Outcome.KEEP),
        (Answer(404, "text/html"), Outcome.KEEP),
    ],
)
def test_only_the_collectors_own_words_end_a_batch(answer: Answer, expected: Outcome) -> None:
    assert outcome(answer, "b1") is expected


def test_an_answer_says_what_it_is_for_a_person() -> None:
    assert problem(422, "day-too-old").sentence == "Why."
    assert "text/html" in Answer(200, "text/html").sentence
