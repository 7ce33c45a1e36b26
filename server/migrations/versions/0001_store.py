"""The store: organisations, laptops, what they send, sign-in and jobs."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001_store"
down_revision = None

_JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    _organisation()
    _devices()
    _days()
    _runtime()


def _organisation() -> None:
    op.create_table(
        "organisation",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("group_least", sa.Integer(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("org_id"),
    )


def _devices() -> None:
    op.create_table(
        "device",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("install_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("enrolled_on", sa.Date(), nullable=False),
        sa.Column("clone_seen_on", sa.Date()),
        sa.PrimaryKeyConstraint("org_id", "device_id"),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
    )
    op.create_table(
        "device_fact",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hostname", sa.String()),
        sa.Column("serial", sa.String()),
        sa.Column("model", sa.String()),
        sa.Column("maker", sa.String()),
        sa.Column("os", sa.String()),
        sa.Column("os_version", sa.String()),
        sa.Column("memory_gib", sa.Double()),
        sa.Column("disk_gib", sa.Double()),
        sa.Column("cpu", sa.String()),
        sa.Column("cores", sa.Integer()),
        sa.Column("bios_date", sa.String()),
        sa.Column("connections", sa.String()),
        sa.Column("desktop", sa.String()),
        sa.Column("signin_hmac", sa.String()),
        sa.PrimaryKeyConstraint("org_id", "device_id", "since"),
        _of_device(),
    )
    op.create_table(
        "device_person",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "device_id", "since"),
        _of_device(),
    )
    op.create_index("ix_device_person_org_id_person_id", "device_person", ["org_id", "person_id"])
    op.create_table(
        "enrolment_key",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("uses_left", sa.Integer()),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "key_id"),
        sa.UniqueConstraint("org_id", "key_hash"),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
    )


def _of_device() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["org_id", "device_id"], ["device.org_id", "device.device_id"], ondelete="CASCADE"
    )


def _days() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE SCHEMA IF NOT EXISTS dex_part")
    _by_week(
        "raw_batch",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("install_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("received_day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer()),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        key=("batch_id",),
        index=("org_id", "device_id", "seq"),
    )
    _by_week("device_day", *_summary_columns())
    _by_week(
        "app_day",
        sa.Column("app", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("hours", sa.Double()),
        sa.Column("crashes", sa.Integer()),
        sa.Column("hangs", sa.Integer()),
        key=("app", "version"),
    )
    _by_week(
        "service_day",
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("checks", sa.Integer()),
        sa.Column("failures", _JSON),
        sa.Column("first_byte_ms", sa.Double()),
        key=("service",),
    )
    _by_week(
        "event",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("hour", sa.Integer()),
        sa.Column("app", sa.String()),
        sa.Column("version", sa.String()),
        sa.Column("value", sa.Double()),
        sa.Column("detail", _JSON),
        key=("event_id",),
    )


def _by_week(
    name: str,
    *columns: sa.Column[Any],
    key: tuple[str, ...] = (),
    index: tuple[str, ...] = ("org_id", "day"),
) -> None:
    op.create_table(
        name,
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("org_id", "device_id", "day", *key),
        postgresql_partition_by="RANGE (day)",
    )
    op.create_index(f"ix_{name}_{'_'.join(index)}", name, list(index))


def _summary_columns() -> list[sa.Column[Any]]:
    """The vocabulary as it was when this migration was written."""
    return [
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("received_day", sa.Date(), nullable=False),
        sa.Column("usage_s", sa.Double()),
        sa.Column("on_s", sa.Double()),
        sa.Column("app_s", sa.Double()),
        sa.Column("app_source", sa.String()),
        sa.Column("active_source", sa.String()),
        sa.Column("boots", sa.Integer()),
        sa.Column("boot_s", sa.Double()),
        sa.Column("boot_locked_s", sa.Double()),
        sa.Column("boot_update_s", sa.Double()),
        sa.Column("boot_list_s", _JSON),
        sa.Column("signins", sa.Integer()),
        sa.Column("signin_s", sa.Double()),
        sa.Column("signin_list_s", _JSON),
        sa.Column("app_crashes", sa.Integer()),
        sa.Column("app_hangs", sa.Integer()),
        sa.Column("hang_list_s", _JSON),
        sa.Column("os_crashes", sa.Integer()),
        sa.Column("active_min", sa.Double()),
        sa.Column("cpu_min", sa.Double()),
        sa.Column("cpu_source", sa.String()),
        sa.Column("mem_min", sa.Double()),
        sa.Column("mem_source", sa.String()),
        sa.Column("disk_min", sa.Double()),
        sa.Column("disk_source", sa.String()),
        sa.Column("pressure_min", sa.Double()),
        sa.Column("offline_min", sa.Double()),
        sa.Column("probes", sa.Integer()),
        sa.Column("probes_failed", sa.Integer()),
        sa.Column("rtt_ms", sa.Double()),
        sa.Column("battery_health_pct", sa.Double()),
        sa.Column("disk_free_pct", sa.Double()),
        sa.Column("patch_age_d", sa.Double()),
        sa.Column("coverage", _JSON),
        sa.Column("gap_min", _JSON),
        sa.Column("agent_version", sa.String()),
        sa.Column("agent_cpu_s", sa.Double()),
        sa.Column("agent_rss_peak_mib", sa.Double()),
        sa.Column("agent_bytes_sent", sa.BigInteger()),
        sa.Column("agent_dropped", _JSON),
        sa.Column("agent_clock_offset_s", sa.Double()),
    ]


def _runtime() -> None:
    op.create_table(
        "job",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("last_result", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "collector_hour",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hour"),
    )
    op.create_table(
        "login_link",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("device_id", sa.Uuid()),
        sa.Column("group_name", sa.String()),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "token_hash"),
    )
    op.create_table(
        "session",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("device_id", sa.Uuid()),
        sa.Column("group_name", sa.String()),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "token_hash"),
    )
