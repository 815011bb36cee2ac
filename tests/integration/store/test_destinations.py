"""The destination tells whether Intercom's own notifications come, and since when."""

from __future__ import annotations

from sqlalchemy import select, update

from bridge.clock import SECOND, Micros
from bridge.store import destinations
from bridge.store.database import Database, now
from bridge.store.schema import destinations as table
from bridge.store.schema import holds

HOUR = 3600 * SECOND


def listening(database: Database) -> tuple[Micros, Micros] | None:
    """Give since when Intercom was heard without a long silence, and when last."""
    heard = select(table.c.listening_since, table.c.heard_at)
    with database.read() as connection:
        row = connection.execute(heard).one_or_none()
    return None if row is None or row.heard_at is None else (row.listening_since, row.heard_at)


def ago(database: Database, hours: float) -> None:
    """Let the last notification have come so many hours ago."""
    last = now() - int(hours * HOUR)
    with database.write() as connection:
        connection.execute(update(table).values(listening_since=last - HOUR, heard_at=last))


def test_nothing_was_heard_at_first(database: Database) -> None:
    """Nor where the destination was only paused."""
    destinations.pause(database, "the token is not accepted")
    assert listening(database) is None


def test_the_first_notification_begins_the_listening(database: Database) -> None:
    """Also on a destination that is paused, which stays so."""
    destinations.pause(database, "the token is not accepted")
    destinations.heard(database)
    heard = listening(database)
    assert heard is not None
    assert 0 <= heard[1] - heard[0] < SECOND  # two looks at one clock
    assert destinations.paused(database) == "the token is not accepted"


def test_it_is_written_once_a_minute_at_most(database: Database) -> None:
    """Thousands of notifications an hour must not all wait for one row."""
    destinations.heard(database)
    first = listening(database)
    destinations.heard(database)
    assert listening(database) == first


def test_listening_goes_on_from_one_notification_to_the_next(database: Database) -> None:
    """Since the first of them."""
    destinations.heard(database)
    ago(database, 20)
    before = listening(database)
    destinations.heard(database)
    after = listening(database)
    assert before is not None
    assert after is not None
    assert after[0] == before[0]
    assert after[1] > before[1]


def test_after_a_day_of_silence_it_begins_anew(database: Database) -> None:
    """Nobody knows what was missed."""
    destinations.heard(database)
    ago(database, 25)
    destinations.heard(database)
    heard = listening(database)
    assert heard is not None
    assert 0 <= heard[1] - heard[0] < SECOND  # two looks at one clock


def test_only_the_first_to_pause_has_to_tell(database: Database) -> None:
    """Sixteen threads meet the refused token at once: that is one alarm."""
    assert destinations.pause(database, "refused") is True
    assert destinations.pause(database, "refused again") is False
    assert destinations.paused(database) == "refused"
    destinations.resume(database)
    assert destinations.pause(database, "refused") is True


def test_one_of_many_workers_may_ask_whether_the_pause_is_over(database: Database) -> None:
    """And nobody else for as long as was said."""
    assert destinations.may_ask(database, 60)
    assert not destinations.may_ask(database, 60)
    with database.write() as connection:
        connection.execute(update(holds).values(expires_at=1))
    assert destinations.may_ask(database, 60)
