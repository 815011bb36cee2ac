"""Time slots for calls to Intercom; indexes by which what an event left goes with it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "limits",
        sa.Column("destination", KEY, nullable=False),
        _number("next_at"),
        _number("window_calls"),
        _number("shut_until"),
        _number("slow_every"),
        _number("slow_until"),
        sa.PrimaryKeyConstraint("destination", name="pk_limits"),
    )
    for table in ("journal", "waits"):
        op.create_index(f"ix_{table}_event_id", table, ["event_id"])


def downgrade() -> None:
    for table in ("waits", "journal"):
        op.drop_index(f"ix_{table}_event_id", table)
    op.drop_table("limits")
