"""The connection to SQLite or PostgreSQL: one transaction at a time, one clock, one kind of error.

The database's clock is the only one that leases and schedules are measured with, because hosts
disagree. SQLite: WAL, every commit synced to the disk, a writing transaction takes the write lock
when it begins. PostgreSQL: READ COMMITTED, no session state, so that PgBouncer in transaction
mode works; statements are prepared where no pooler stands between.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Engine,
    create_engine,
    exc,
    make_url,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from bridge.clock import Micros
from bridge.errors import ConfigError, StoreUnavailable
from bridge.store import postgres, sqlite

_SILENCE = {
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
"""When a host that says nothing is gone, in milliseconds and seconds: the system waits for hours.

The system of a host that is there answers for it, however long a statement takes.
"""


class now(FunctionElement[Micros]):  # noqa: N801
    """The database's clock in microseconds, as a scalar subquery: read once where it stands.

    So it can bound an index scan although clock_timestamp() is volatile. SQLite's clock has a
    resolution of a millisecond.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(now, "postgresql")
def _now_postgres(element: now, compiler: SQLCompiler, **_: Any) -> str:
    return "(SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"


@compiles(now, "sqlite")
def _now_sqlite(element: now, compiler: SQLCompiler, **_: Any) -> str:
    day = "julianday('now') - 2440587.5"
    return f"(SELECT CAST(round(({day}) * 86400000) AS INTEGER) * 1000)"


def normalise(url: str) -> str:
    """Name the driver in a PostgreSQL URL as platforms give it; leave any other as it is."""
    scheme, mark, rest = url.partition("://")
    return f"postgresql+psycopg{mark}{rest}" if scheme in ("postgres", "postgresql") else url


@dataclass(frozen=True, slots=True)
class Database:
    """An open database and the destination (one Intercom workspace) that it is used for."""

    engine: Engine
    destination: str = "default"

    @property
    def dialect(self) -> str:
        """Give "sqlite" or "postgresql"."""
        return self.engine.dialect.name

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that may write; it commits at the end, or leaves no trace.

        Raises StoreUnavailable where the database cannot be reached or written.
        """
        with _told(self.engine.url), self.engine.connect() as connection:
            connection.execution_options(bridge_write=True, bridge_destination=self.destination)
            with connection.begin():
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads; raises StoreUnavailable."""
        with _told(self.engine.url), self.engine.connect() as connection:
            connection.execution_options(bridge_destination=self.destination)
            if self.dialect == "postgresql":
                connection.execution_options(postgresql_readonly=True)
            with connection.begin():
                yield connection

    def single(self, *, writes: bool) -> AbstractContextManager[Connection]:
        """Open a connection for one statement, which is a transaction by itself.

        It saves PostgreSQL the way for BEGIN and COMMIT. Raises StoreUnavailable.
        """
        if self.dialect == "postgresql":
            return self._alone()
        return self.write() if writes else self.read()

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        with _told(self.engine.url), self.engine.connect() as connection:
            yield connection.execution_options(
                isolation_level="AUTOCOMMIT", bridge_destination=self.destination
            )

    def clock(self) -> Micros:
        """Give the time by the database's clock; raise StoreUnavailable."""
        with self.read() as connection:
            return int(connection.execute(select(now())).scalar_one())

    @contextmanager
    def beside(self) -> Iterator[Any]:
        """Open a connection beside the pool: the driver's own, outside of any transaction.

        Raises StoreUnavailable, also for what fails in the block.
        """
        single = connect(self.engine.url.render_as_string(hide_password=False), pool_size=1)
        raw = None
        try:
            raw = single.engine.raw_connection()
            yield raw.driver_connection
        except single.engine.dialect.loaded_dbapi.Error as error:
            raise StoreUnavailable(_message(self.engine.url, error)) from error
        finally:
            if raw is not None:
                raw.invalidate()
            single.dispose()

    def dispose(self) -> None:
        """Close every connection; the Database can still be used afterwards (after a fork)."""
        self.engine.dispose()


def destination_of(connection: Connection) -> str:
    """Give the destination that the transaction was opened for."""
    return str(connection.get_execution_options()["bridge_destination"])


def connect(url: str, *, pool_size: int = 4, destination: str = "default") -> Database:
    """Prepare a Database for a URL; the first connection is made when it is first used."""
    try:
        parsed = make_url(normalise(url))
    except exc.ArgumentError as error:
        problem = "DATABASE_URL cannot be read; it looks like postgres://user@host/name"
        raise ConfigError([problem]) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        engine = _sqlite(parsed, pool_size)
    elif backend == "postgresql":
        engine = _postgres(parsed, pool_size)
    else:
        raise ConfigError([f"DATABASE_URL: {backend} is not supported; use postgres or sqlite"])
    return Database(engine, destination)


def _postgres(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,
        use_native_hstore=False,
        connect_args={"prepare_threshold": None, "connect_timeout": 5, **_SILENCE},
    )
    postgres.prepare(engine)
    return engine


def _sqlite(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,
    )
    sqlite.prepare(engine)
    return engine


@contextmanager
def _told(url: URL) -> Iterator[None]:
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError) as error:
        raise StoreUnavailable(_message(url, error)) from error
    except exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) == "42P01":
            raise StoreUnavailable(_message(url, error)) from error
        raise


def _message(url: URL, error: Exception) -> str:
    """Say what failed and where; never the statement's parameters, which hold personal data."""
    place = f"{url.get_backend_name()} {url.host or ''}/{url.database}".replace(" /", " ")
    original = getattr(error, "orig", None)
    if getattr(original, "sqlstate", None) == "42P01" or "no such table" in str(original):
        return f"The database ({place}) has no tables yet; run: bridge migrate"
    kind = type(original or error).__name__
    detail = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    told = f"{kind}, {detail}" if detail else kind
    return f"The database ({place}) cannot be used ({told}); check DATABASE_URL and the server"
