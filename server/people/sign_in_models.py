"""Table of the names by which people sign in to laptops: digests alone."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class SignInNameRow(Base):
    """One more name of a person beside the e-mail address; `source` is where the directory has it from.

    `sign_in_name` is its digest, as agent/sign_in_name.py makes it.
    """

    __tablename__ = "sign_in_name"
    __table_args__ = (
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    sign_in_name: Mapped[bytes] = mapped_column(primary_key=True)
