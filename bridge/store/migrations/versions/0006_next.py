"""What comes while a lane is worked on waits for more, as what comes before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("next_at", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("lanes", column)


def downgrade() -> None:
    op.drop_column("lanes", "next_at")
