"""Configuration: environment only, read once, every problem told in one message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from bridge.config.parse import REGIONS, is_loopback
from bridge.config.settings import SETTINGS
from bridge.errors import ConfigError

_EPHEMERAL = ("DYNO", "RENDER", "FLY_APP_NAME", "K_SERVICE")
_ALIKE = 0.85
"""How alike two names are where one is a slip of the other; what platforms set is less alike."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings as read at start, and the environment that holds the sources' secrets.

    Each field is the setting of that name in capitals, with or without `BRIDGE_` before it.
    """

    database_url: str = field(repr=False)
    sqlite_is_durable: bool
    intercom_access_token: str = field(repr=False)
    intercom_region: str
    intercom_base_url: str
    intercom_version: str
    intercom_calls_per_minute: int
    mappings: tuple[str, ...]
    admin_token: Mapping[str, str] = field(repr=False)
    read_token: Mapping[str, str] = field(repr=False)
    dry_run: bool
    test_events: bool
    worker_threads: int
    fold_seconds: float
    lease_seconds: int
    search_lag_seconds: float
    max_body: int
    retention_days: int
    public_url: str
    trusted_proxies: int
    inline_worker: bool
    host: str
    port: int
    web_concurrency: int
    log_level: str
    environment: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def base_url(self) -> str:
        """Give the address of Intercom's API: the one set, else the region's."""
        return self.intercom_base_url or REGIONS[self.intercom_region]

    @property
    def is_sandbox(self) -> bool:
        """Say whether calls go to this machine, where nothing real can be changed."""
        return is_loopback(urlsplit(self.base_url).hostname)

    @property
    def applies_tests(self) -> bool:
        """Say whether events that their source marks as test are applied."""
        return self.test_events or self.is_sandbox

    @property
    def is_sqlite(self) -> bool:
        """Say whether the store is one file on this machine."""
        return self.database_url.startswith("sqlite")


def read(environment: Mapping[str, str]) -> Config:
    """Read the configuration; raise ConfigError that lists every problem at once."""
    values: dict[str, Any] = {}
    problems = [*_misspelt(environment)]
    for setting in SETTINGS:
        text = environment.get(setting.name, "").strip() or setting.default
        try:
            values[setting.field] = setting.parse(text)
        except ValueError as error:
            problems.append(f"{setting.name} {error}. {setting.meaning}")
    problems += _lost_at_restart(environment, values)
    if problems:
        raise ConfigError(problems)
    return Config(**values, environment=dict(environment))


def _misspelt(environment: Mapping[str, str]) -> Iterator[str]:
    """Tell names that are nearly a setting's: a slip in BRIDGE_DRY_RUN must not go unnoticed."""
    known = [setting.name for setting in SETTINGS]
    for name in sorted(environment.keys() - set(known)):
        if name.startswith(("BRIDGE_", "INTERCOM_")):
            for near in get_close_matches(name, known, 1, _ALIKE):
                yield f"{name} is not a setting; {near} is: rename it, or remove it"


def _lost_at_restart(environment: Mapping[str, str], values: Mapping[str, Any]) -> Iterator[str]:
    platform = next((name for name in _EPHEMERAL if environment.get(name)), None)
    on_sqlite = str(values.get("database_url", "")).startswith("sqlite")
    if platform and on_sqlite and not values.get("sqlite_is_durable"):
        yield (
            f"DATABASE_URL must name a PostgreSQL database: this platform ({platform} is set) "
            "does not keep a file between restarts. Add its database, or set "
            "BRIDGE_SQLITE_IS_DURABLE=1 if the file is on a disk that lasts."
        )
