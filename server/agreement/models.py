"""Tables of the agreement: the keys that may countersign it, and every edition that was in force."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class AgreementKeyRow(Base):
    """The public half of a countersigner's key; the newest counts. The private half is never here."""

    __tablename__ = "agreement_key"
    __table_args__ = (
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    modulus: Mapped[bytes]
    registered_on: Mapped[date]


class AgreementRow(Base):
    """One edition; the one with the highest number is in force. None: the built-in one is.

    `document` holds the bytes that were signed. An agreement can be ended without a signature, never begun.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[bytes]
    digest: Mapped[str]
    signature: Mapped[bytes | None]
    modulus: Mapped[bytes | None]
    """Of the key that signed."""
    since: Mapped[date]
