"""Who is who for good: workspaces read as a whole, people found twice, people erased."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
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


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def upgrade() -> None:
    op.add_column("assertions", sa.Column("route", sa.Text(), nullable=False, server_default=""))
    seen = sa.Column("seen_at", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("shadow", seen)
    op.create_index("ix_shadow_seen", "shadow", ["destination", "kind", "seen_at"])
    op.add_column("events", sa.Column("candidates", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("destinations", _number("listening_since", nullable=True))
    op.add_column("destinations", _number("heard_at", nullable=True))
    op.add_column("destinations", sa.Column("erasure_key", sa.Text(), nullable=True))
    op.add_column("attempts", sa.Column("folded_into", ID, nullable=True))
    op.create_table(
        "readings",
        _key("destination"),
        _key("workspace"),
        _text("kind"),
        _text("cursor"),
        _number("done"),
        _number("total"),
        _number("began_at"),
        _number("read_at"),
        _number("ended_at", nullable=True),
        _primary("readings", "destination", "workspace", "kind"),
    )
    op.create_table(
        "duplicates",
        _key("destination"),
        _key("workspace"),
        _text("kind"),
        _key("one_id"),
        _key("other_id"),
        _key("name"),
        _text("how"),
        _key("source"),
        sa.Column("event_id", ID, nullable=True),
        _number("found_at"),
        _number("settled_at", nullable=True),
        _primary("duplicates", "destination", "workspace", "kind", "one_id", "other_id"),
    )
    other = ["destination", "workspace", "kind", "other_id"]
    op.create_index("ix_duplicates_other", "duplicates", other)
    op.create_table(
        "tombstones",
        _key("destination"),
        _key("digest"),
        _key("person"),
        _number("erased_at"),
        _primary("tombstones", "destination", "digest"),
    )
    op.create_table(
        "payload_names",
        _key("destination"),
        _key("workspace"),
        _text("kind"),
        _key("name"),
        _number("number"),
        _number("created_at"),
        _primary("payload_names", "destination", "workspace", "kind", "name"),
        sa.UniqueConstraint(
            "destination", "workspace", "kind", "number", name="uq_payload_names_number"
        ),
    )


def downgrade() -> None:
    for table in ("payload_names", "tombstones", "duplicates", "readings"):
        op.drop_table(table)
    for column in ("erasure_key", "heard_at", "listening_since"):
        op.drop_column("destinations", column)
    op.drop_index("ix_shadow_seen", "shadow")
    op.drop_column("shadow", "seen_at")
    op.drop_column("events", "candidates")
    op.drop_column("attempts", "folded_into")
    op.drop_column("assertions", "route")
