"""Indexes for each way to list events; a lane that goes finds its events."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = ("lane_id", "state", "source", "type", "subject")


def upgrade() -> None:
    op.execute("UPDATE events SET type = substr(type, 1, 200) WHERE length(type) > 200")
    op.drop_index("ix_events_destination_state_id", "events")
    for column in COLUMNS:
        op.create_index(f"ix_events_{column}_id", "events", [column, "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(
            "ix_events_received_at",
            "events",
            ["received_at"],
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on"},
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_events_received_at", "events")
    for column in COLUMNS:
        op.drop_index(f"ix_events_{column}_id", "events")
    op.create_index("ix_events_destination_state_id", "events", ["destination", "state", "id"])
