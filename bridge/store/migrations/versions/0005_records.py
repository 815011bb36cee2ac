"""Rows that mappings keep of a subject, so that several invoices or subscriptions add up."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, KEY, nullable=False)


def upgrade() -> None:
    op.create_table(
        "records",
        _key("destination"),
        _key("source"),
        _key("subject"),
        _key("record"),
        _key("key"),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("row_values", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "destination", "source", "subject", "record", "key", name="pk_records"
        ),
    )
    op.create_index("ix_records_subject", "records", ["subject"])
    op.create_index("ix_records_event_id", "records", ["event_id"])


def downgrade() -> None:
    op.drop_table("records")
