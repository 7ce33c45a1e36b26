"""What each table of the store is for, and whom its rows are about. Every table must be here.

Docs and tests read it, so that no table comes into the product without a purpose.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from server.legal.purposes import Purpose


class About(StrEnum):
    """Whom a row can tell about."""

    PERSON = "one person"
    LAPTOP = "one laptop, and so its owner"
    GROUP = "groups above the threshold"
    TEXT = "nobody, but a text may name somebody"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Held:
    purpose: Purpose
    about: About


_NAMES: Mapping[tuple[Purpose, About], str] = {
    (Purpose.EXPERIENCE, About.LAPTOP): "raw_batch device_day app_day service_day event device_drop",
    (Purpose.EXPERIENCE, About.PERSON): "person_week cohort_queue experiment_person",
    (Purpose.EXPERIENCE, About.GROUP): (
        "release release_plan release_pool release_sum release_team reporting_group hours_class funnel "
        "cohort_card sentiment_release sentiment_sum equipment_release equipment_sum alarm alarm_look "
        "lifecycle_release lifecycle_sum lifecycle_median alarm_series "
        "driver experiment experiment_reading experiment_team week_left_out period_left_out"
    ),
    (Purpose.EXPERIENCE, About.NOBODY): "organisation partner model_version calendar_day calendar_place",
    (Purpose.EQUIPMENT, About.LAPTOP): "device device_fact device_fault",
    (Purpose.EQUIPMENT, About.GROUP): "fleet_count",
    (Purpose.EQUIPMENT, About.NOBODY): (
        "fault_look policy_application policy_reference policy_service policy_settings "
        "required_application collector_hour job"
    ),
    (Purpose.ASKING, About.PERSON): "pulse_member",
    (Purpose.ASKING, About.TEXT): "pulse_comment",
    (Purpose.ASKING, About.NOBODY): "pulse_answer pulse_spent pulse_key pulse_period",
    (Purpose.ASKING, About.GROUP): "pulse_histogram pulse_label",
    (Purpose.PEOPLE, About.PERSON): (
        "person absence assignment move past_spell stage_feed inventory device_person directory_change "
        "person_source scim_user scim_member sign_in_name task_done"
    ),
    (Purpose.PEOPLE, About.NOBODY): "people_source scim_group team_rename sign_in_key",
    (Purpose.SUPPORT, About.LAPTOP): "support_look",
    (Purpose.SUPPORT, About.NOBODY): "support_setting",
    (Purpose.ACCESS, About.PERSON): (
        "access_closed account login_link session provider_identity role_grant notice_recipient outbox"
    ),
    (Purpose.ACCESS, About.NOBODY): "api_key enrolment_key scim_token",
    (Purpose.ACCOUNT, About.PERSON): "audit person_request receipt restriction",
    (Purpose.ACCOUNT, About.NOBODY): ("agreement agreement_key audit_checkpoint audit_head chosen_term"),
}


def _held() -> Iterator[tuple[str, Held]]:
    for (purpose, about), names in _NAMES.items():
        for name in names.split():
            yield name, Held(purpose, about)


HELD: Mapping[str, Held] = dict(_held())
