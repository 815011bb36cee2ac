"""Rows that are kept of a source's subjects; the mapping says which, and what they add up to.

They outlive their events, as what is known of people does, and go when their person is erased.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, select, tuple_

from bridge.model import Moment, Row
from bridge.store.database import Database, destination_of
from bridge.store.schema import records
from bridge.store.upsert import upsert

_KEY = ("destination", "source", "subject", "record", "key")
_MOMENT = ("time", "version", "event_id")


def of_subject(db: Database, source: str, subject: str) -> list[Row]:
    """Give all rows of a source's subject, in no order."""
    mine = select(records).where(
        records.c.destination == db.destination,
        records.c.source == source,
        records.c.subject == subject,
    )
    with db.read() as connection:
        return [
            Row(row.record, row.key, Moment(row.time, row.version, row.event_id), row.row_values)
            for row in connection.execute(mine)
        ]


def write(connection: Connection, source: str, subject: str, told: Sequence[Row]) -> None:
    """Keep rows that events told of a subject; of the same key the newest fact stays."""
    newest = {(row.record, row.key): row for row in sorted(told, key=lambda row: row.moment)}
    if not newest:
        return
    statement = upsert(connection.dialect.name, records)
    new = [statement.excluded[name] for name in _MOMENT]
    old = [records.c[name] for name in _MOMENT]
    anew = {name: statement.excluded[name] for name in (*_MOMENT, "row_values")}
    statement = statement.on_conflict_do_update(
        index_elements=list(_KEY), set_=anew, where=tuple_(*new) >= tuple_(*old)
    )
    place = {"destination": destination_of(connection), "source": source, "subject": subject}
    rows = [
        {
            **place,
            "record": row.record,
            "key": row.key,
            "time": row.moment.time,
            "version": row.moment.version,
            "event_id": row.moment.arrival,
            "row_values": row.values,
        }
        for row in newest.values()
    ]
    connection.execute(statement, rows)


def forget(connection: Connection, sources: Collection[str], subjects: Collection[str]) -> None:
    """Remove all that is kept of these subjects of these sources."""
    here = records.c.destination == destination_of(connection)
    theirs = (records.c.source.in_(sources), records.c.subject.in_(subjects))
    connection.execute(delete(records).where(here, *theirs))


def forget_told(connection: Connection, event_ids: Collection[int]) -> None:
    """Remove the rows that these events told."""
    connection.execute(delete(records).where(records.c.event_id.in_(event_ids)))
