"""The variables the bridge reads, one row each: docs/configuration.md is made from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bridge.config import parse


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable: `parse` turns its text into a value or raises ValueError."""

    name: str
    default: str
    meaning: str
    parse: Callable[[str], Any] = str


SETTINGS = (
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
        "Says that the disk under SQLite survives restarts.",
        parse.switch,
    ),
    Setting(
        "INTERCOM_ACCESS_TOKEN",
        "",
        "The access token of your Intercom app. Absent: `bridge run` uses the sandbox, "
        "`bridge web` runs and stores, `bridge worker` waits.",
    ),
    Setting("INTERCOM_REGION", "us", "Where the workspace is hosted: us, eu or au.", parse.region),
    Setting(
        "INTERCOM_BASE_URL",
        "",
        "Overrides the region's address; https, or http on loopback.",
        parse.base_url,
    ),
    Setting(
        "INTERCOM_VERSION", "2.16", "API version sent on every call; 2.13 or later.", parse.version
    ),
    Setting(
        "INTERCOM_CALLS_PER_MINUTE",
        "10000",
        "Upper bound of calls a minute; the real window is learnt from Intercom's answers.",
        parse.number(1, 1_000_000),
    ),
    Setting(
        "BRIDGE_MAPPINGS",
        "mappings",
        "Folders of mappings, separated by `:`; a later file of the same source wins.",
    ),
    Setting(
        "BRIDGE_ADMIN_TOKEN",
        "",
        "`name:token` pairs separated by spaces, each token 32 characters or more; bearer of the "
        "APIs. Absent: those answer 503 with the reason.",
        parse.tokens,
    ),
    Setting("BRIDGE_READ_TOKEN", "", "Bearer for reading only.", parse.tokens),
    Setting(
        "BRIDGE_DRY_RUN",
        "0",
        "1: everything happens but writes to Intercom; events end `skipped: dry run`.",
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
        "Seconds a lane's first event waits for more to fold.",
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
    Setting(
        "BRIDGE_MAX_BODY",
        "1048576",
        "Largest body accepted, in bytes.",
        parse.number(1, 64 * 2**20),
    ),
    Setting(
        "BRIDGE_RETENTION_DAYS",
        "30",
        "Days that payloads of ended events are kept.",
        parse.number(1, 3650),
    ),
    Setting(
        "BRIDGE_PUBLIC_URL",
        "",
        "The address senders use; never taken from a header.",
        parse.public_url,
    ),
    Setting(
        "BRIDGE_TRUSTED_PROXIES",
        "0",
        "Number of proxies whose forwarded headers count.",
        parse.number(0, 10),
    ),
    Setting(
        "BRIDGE_INLINE_WORKER",
        "0",
        "1: the worker lives beside the web process (one dyno).",
        parse.switch,
    ),
    Setting("HOST", "", "Address to listen on (`bridge run`: 127.0.0.1, `bridge web`: 0.0.0.0)."),
    Setting("PORT", "8000", "Port to listen on.", parse.number(0, 65535)),
    Setting(
        "WEB_CONCURRENCY",
        "1",
        "Web processes; on SQLite one is used, whatever this says.",
        parse.number(1, 64),
    ),
    Setting("LOG_LEVEL", "INFO", "debug, info, warning or error.", parse.log_level),
)
