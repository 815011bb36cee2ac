"""The variables the bridge reads, one row each: docs/configuration.md is made from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bridge.config import parse


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable: `parse` turns its text into a value or raises ValueError.

    `is_used` is false where the value is checked but nothing in this release depends on it.
    """

    name: str
    default: str
    meaning: str
    parse: Callable[[str], Any] = str
    is_used: bool = True

    @property
    def field(self) -> str:
        """Give the name of the field of Config that holds the value."""
        return self.name.removeprefix("BRIDGE_").lower()


_STORE = (
    Setting(
        "DATABASE_URL",
        "sqlite:///bridge.db",
        "Where everything is kept; `postgres://` and `postgresql://` both work. SQLite is refused "
        "where the platform's disk does not last, unless `BRIDGE_SQLITE_IS_DURABLE=1`.",
        parse.database_url,
    ),
    Setting(
        "BRIDGE_SQLITE_IS_DURABLE",
        "0",
        "1: the disk under SQLite survives restarts, whatever the platform.",
        parse.switch,
    ),
    Setting(
        "BRIDGE_RETENTION_DAYS",
        "30",
        "Days that ended events are kept with what was sent; parked, failed and waiting ones are "
        "kept 90 days at least. Who is who and who said what stays.",
        parse.number(1, 3650),
    ),
)
_INTERCOM = (
    Setting(
        "INTERCOM_ACCESS_TOKEN",
        "",
        "The access token of your Intercom app. Absent: `bridge run` uses the sandbox, "
        "`bridge web` runs and stores, `bridge worker` waits.",
        parse.access_token,
    ),
    Setting("INTERCOM_REGION", "us", "Where the workspace is hosted: us, eu or au.", parse.region),
    Setting(
        "INTERCOM_BASE_URL",
        "",
        "Overrides the region's address; https, or http on this machine.",
        parse.base_url,
    ),
    Setting(
        "INTERCOM_VERSION", "2.16", "API version sent on every call; 2.13 or later.", parse.version
    ),
    Setting(
        "INTERCOM_CALLS_PER_MINUTE",
        "10000",
        "Calls a minute that are made at most; Intercom's own limit is learnt from its answers.",
        parse.number(60, 1_000_000),
    ),
)
_EVENTS = (
    Setting(
        "BRIDGE_MAPPINGS",
        "mappings",
        "Folders of mappings, separated by `:`; a later file of the same source wins.",
        parse.folders,
    ),
    Setting(
        "BRIDGE_DRY_RUN",
        "0",
        "1: everything happens but writes to Intercom; each event tells what it would have changed "
        "and ends `skipped: dry run`, to be replayed later.",
        parse.switch,
    ),
    Setting(
        "BRIDGE_TEST_EVENTS",
        "0",
        "1: also apply events that their source marks as test; the sandbox always does.",
        parse.switch,
    ),
    Setting(
        "BRIDGE_WORKER_THREADS",
        "16",
        "Lanes worked on at a time by one worker.",
        parse.number(1, 256),
    ),
    Setting(
        "BRIDGE_FOLD_SECONDS",
        "1",
        "Seconds that the first event of a subject waits for more, to be applied with them as one; "
        "a mapping's `defaults.fold` wins. 0: at once.",
        parse.seconds,
    ),
    Setting(
        "BRIDGE_LEASE_SECONDS",
        "60",
        "Seconds of a lane's or hold's lease, renewed at a third.",
        parse.number(3, 3600),
    ),
    Setting(
        "BRIDGE_SEARCH_LAG_SECONDS",
        "180",
        "Seconds after which Intercom's search shows what was written: so long a lead is looked "
        "for before it is made again when an answer was lost.",
        parse.seconds,
    ),
)
_WEB = (
    Setting(
        "BRIDGE_MAX_BODY",
        "1048576",
        "Largest body accepted, in bytes; a mapping's `receive.max_body` wins.",
        parse.number(1, 64 * 2**20),
    ),
    Setting(
        "BRIDGE_PUBLIC_URL",
        "",
        "The address senders use, for those that sign it; never taken from a header.",
        parse.public_url,
    ),
    Setting(
        "BRIDGE_TRUSTED_PROXIES",
        "0",
        "Number of proxies in front whose forwarded headers count.",
        parse.number(0, 10),
    ),
    Setting(
        "BRIDGE_INLINE_WORKER",
        "0",
        "1: the worker lives beside the web process (one dyno).",
        parse.switch,
    ),
    Setting(
        "BRIDGE_ADMIN_TOKEN",
        "",
        "`name:token` pairs separated by spaces, each token 32 characters or more: bearer of the "
        "API. Absent: the API answers 503.",
        parse.tokens,
    ),
    Setting(
        "BRIDGE_READ_TOKEN",
        "",
        "The same, for reading only: bearer of `GET` requests.",
        parse.tokens,
    ),
    Setting("HOST", "", "Address to listen on (`bridge run`: 127.0.0.1, `bridge web`: 0.0.0.0)."),
    Setting("PORT", "8000", "Port to listen on.", parse.number(1, 65535)),
    Setting(
        "WEB_CONCURRENCY",
        "1",
        "Web processes; on SQLite one is used, whatever this says.",
        parse.number(1, 64),
    ),
    Setting("LOG_LEVEL", "INFO", "debug, info, warning or error.", parse.log_level),
)

SECTIONS = {
    "The database": _STORE,
    "Intercom": _INTERCOM,
    "Mappings and the worker": _EVENTS,
    "The web process": _WEB,
}
"""The settings as the docs group them."""

SETTINGS = tuple(setting for group in SECTIONS.values() for setting in group)
