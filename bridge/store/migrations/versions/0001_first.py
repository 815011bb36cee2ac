"""The first schema: inbox, lanes, holds, what is known, and what was tried."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, KEY, nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _small(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _id() -> sa.Column[Any]:
    return sa.Column("id", ID, autoincrement=True, nullable=False)


def _event_id() -> sa.Column[Any]:
    return sa.Column("event_id", ID, nullable=False)


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _of_event(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["event_id"], ["events.id"], name=f"fk_{table}_event_id_events", ondelete="CASCADE"
    )


def upgrade() -> None:
    _inbox()
    _leases()
    _known()
    _tried()


def _inbox() -> None:
    op.create_table(
        "receipts",
        _id(),
        _key("destination"),
        _key("source"),
        _number("received_at"),
        _text("headers"),
        _text("query"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _text("verdict"),
        _primary("receipts", "id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "lanes",
        _id(),
        _key("destination"),
        _key("source"),
        _key("subject"),
        _number("seq"),
        _number("ready_at"),
        _number("token"),
        _small("tries"),
        _primary("lanes", "id"),
        sa.UniqueConstraint(
            "destination", "source", "subject", name="uq_lanes_destination_source_subject"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lanes_destination_ready_at", "lanes", ["destination", "ready_at"])
    _events()
    op.create_table(
        "dedup",
        _key("destination"),
        _key("source"),
        _key("key"),
        sa.Column("event_id", ID, nullable=True),
        _number("expires_at"),
        _primary("dedup", "destination", "source", "key"),
    )
    op.create_index("ix_dedup_expires_at", "dedup", ["expires_at"])


def _events() -> None:
    op.create_table(
        "events",
        _id(),
        _key("destination"),
        _key("source"),
        _key("key"),
        _text("type"),
        _number("time"),
        _number("version"),
        _key("subject"),
        sa.Column("lane_id", ID, nullable=False),
        _number("position"),
        _text("state"),
        _text("reason"),
        _text("notes"),
        _small("tries"),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("receipt_id", ID, nullable=False),
        _number("received_at"),
        _number("updated_at"),
        _number("due_by", nullable=True),
        _text("route"),
        _primary("events", "id"),
        sa.ForeignKeyConstraint(["lane_id"], ["lanes.id"], name="fk_events_lane_id_lanes"),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipts.id"], name="fk_events_receipt_id_receipts"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_receipt_id", "events", ["receipt_id"])
    op.create_index("ix_events_destination_state_id", "events", ["destination", "state", "id"])
    _partial("ix_events_due", "events", ["lane_id", "position"], "state IN ('pending', 'working')")
    _partial("ix_events_waiting", "events", ["destination", "due_by"], "state = 'waiting'")


def _partial(
    name: str, table: str, columns: list[str], condition: str, *, unique: bool = False
) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _leases() -> None:
    op.create_table(
        "holds",
        _key("destination"),
        _key("key"),
        _key("owner"),
        _number("expires_at"),
        _primary("holds", "destination", "key"),
    )
    op.create_index("ix_holds_destination_owner", "holds", ["destination", "owner"])
    op.create_table(
        "destinations",
        _key("destination"),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        _number("paused_at", nullable=True),
        _primary("destinations", "destination"),
    )


def _known() -> None:
    op.create_table(
        "links",
        _key("destination"),
        _key("workspace"),
        _text("kind"),
        _key("name"),
        _key("value"),
        _key("target_id"),
        _key("source"),
        sa.Column("event_id", ID, nullable=True),
        _number("created_at"),
        _primary("links", "destination", "workspace", "kind", "name", "value", "target_id"),
    )
    op.create_index("ix_links_target", "links", ["destination", "workspace", "kind", "target_id"])
    _partial(
        "ux_links_single",
        "links",
        ["destination", "workspace", "kind", "name", "value"],
        "name NOT IN ('email', 'phone')",
        unique=True,
    )
    op.create_table(
        "assertions",
        _id(),
        _key("destination"),
        _text("kind"),
        _key("target_id"),
        _key("field"),
        _key("source"),
        _text("value"),
        _number("first_time"),
        _number("first_version"),
        _number("first_arrival"),
        _number("last_time"),
        _number("last_version"),
        _number("last_arrival"),
        sa.Column("event_id", ID, nullable=True),
        _primary("assertions", "id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_assertions_target", "assertions", ["destination", "kind", "target_id"])
    op.create_table(
        "shadow",
        _key("destination"),
        _text("kind"),
        _key("target_id"),
        _text("fields"),
        _number("updated_at"),
        sa.Column("complete", sa.Boolean(), nullable=False),
        _primary("shadow", "destination", "kind", "target_id"),
    )


def _tried() -> None:
    op.create_table(
        "journal",
        _key("destination"),
        _event_id(),
        _key("step"),
        _text("result"),
        _number("at"),
        _primary("journal", "destination", "event_id", "step"),
        _of_event("journal"),
    )
    op.create_table(
        "attempts",
        _id(),
        _key("destination"),
        _event_id(),
        _small("number"),
        _number("started_at"),
        _small("took"),
        _text("calls"),
        _text("outcome"),
        _text("error"),
        _primary("attempts", "id"),
        _of_event("attempts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attempts_event_id", "attempts", ["event_id"])
    op.create_table(
        "waits",
        _key("destination"),
        _event_id(),
        _key("name"),
        _key("value"),
        _primary("waits", "destination", "event_id", "name", "value"),
        _of_event("waits"),
    )
    op.create_index("ix_waits_destination_name_value", "waits", ["destination", "name", "value"])


def downgrade() -> None:
    for table in ("waits", "attempts", "journal", "shadow", "assertions", "links"):
        op.drop_table(table)
    for table in ("destinations", "holds", "dedup", "events", "lanes", "receipts"):
        op.drop_table(table)
