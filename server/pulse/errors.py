"""What the doors of the pulse refuse, each with its stable problem type."""

from server.errors import BadRequest, Conflict, Forbidden, Unprocessable


class IdentityRefused(BadRequest):
    slug = "pulse-identity"
    title = "An anonymous message must not say whose it is"


class PulseClosed(Unprocessable):
    slug = "pulse-closed"
    title = "This period of the pulse is not open"


class NotAsked(Forbidden):
    slug = "pulse-not-asked"
    title = "This laptop does not ask in this period"


class WrongLabels(Unprocessable):
    slug = "pulse-labels"
    title = "The tokens asked for are not those of this laptop's labels"


class NotBlinded(Unprocessable):
    slug = "pulse-blinded"
    title = "What was to be signed is no blinded token"


class AlreadyIssued(Conflict):
    slug = "pulse-issued"
    title = "The tokens of this period were handed out before"


class InvalidToken(Forbidden):
    slug = "pulse-token"
    title = "The token was not signed for this label, slot and period"


class TokenSpent(Conflict):
    slug = "pulse-spent"
    title = "This token was used before"


class InvalidAnswer(Unprocessable):
    slug = "pulse-answer"
    title = "The answer does not fit the question"
