"""What every template about groups needs: names, sentences and addresses of groups."""

import functools
from typing import Any

from flask import request, url_for

from dashboards import sentences
from dashboards.group_figures import middle_words, score_bar, signal_bar, week_end
from dashboards.names import (
    ALIKE,
    CAUSES,
    KINDS,
    SIGNALS,
    STAGE_SAYS,
    group_name,
    in_sentence,
    stage_name,
)
from dashboards.signal_values import rate_unit, value_words
from server.people.models import Organisation
from server.privacy.results import Group


def group_words(organisation: Organisation) -> dict[str, Any]:
    """By the name under which the templates know each."""
    return {
        "organisation": organisation,
        "name_of": functools.partial(group_name, company=organisation.name),
        "in_sentence": functools.partial(in_sentence, company=organisation.name),
        "link_to": link_to,
        "stage_name": stage_name,
        "signal_names": SIGNALS,
        "cause_names": CAUSES,
        "kind_names": KINDS,
        "alike": ALIKE,
        "stage_says": STAGE_SAYS,
        "verdict": sentences.verdict,
        "standing": sentences.standing,
        "movement": sentences.movement,
        "largest_losses": sentences.largest_losses,
        "outstanding": sentences.outstanding,
        "answered": sentences.answered,
        "period": sentences.period,
        "week_end": week_end,
        "score_bar": score_bar,
        "signal_bar": signal_bar,
        "middle_words": middle_words,
        "value_words": value_words,
        "rate_unit": rate_unit,
    }


def link_to(group: Group | str) -> str:
    """The page of a group, in the week that is being looked at."""
    kind, name = (group if isinstance(group, str) else group.group).split(":", 1)
    return url_for("groups.group", kind=kind, name=name, week=request.args.get("week"))
