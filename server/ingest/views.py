"""What the web framework has to do with batches: it answers those that the door (`door.py`) refused."""

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue

from server.ingest.door import PATH, REFUSED, Door
from server.ingest.writer import Writer

bp = Blueprint("ingest", __name__)


def open_door(app: Flask) -> None:
    """Let batches come to the door first."""
    app.extensions["writer"] = Writer(app.extensions["store"], app.extensions["clock"])
    app.wsgi_app = Door(app, app.wsgi_app)  # type: ignore[method-assign]


@bp.post(PATH)
def answer_refused() -> ResponseReturnValue:
    """A batch that was not taken, for the reason that the door found."""
    refused: Exception = request.environ[REFUSED]
    raise refused
