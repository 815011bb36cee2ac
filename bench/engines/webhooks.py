"""The table that the other engines' users would keep webhooks in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy import make_url

from bench.engines.engine import BODY, Fact

WEBHOOKS = "CREATE TABLE webhooks (id bigserial PRIMARY KEY, key text NOT NULL, body bytea)"


def write_webhooks(connection: psycopg.Connection[Any], facts: Sequence[Fact]) -> None:
    """Write the webhook of each event."""
    statement = "INSERT INTO webhooks (key, body) SELECT one, %s FROM unnest(%s::text[]) one"
    connection.execute(statement, (BODY, [one.key for one in facts]))


def plain(url: str) -> str:
    """Give the URL as psycopg itself takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
