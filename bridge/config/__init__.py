"""Configuration: environment only, read once, every problem told in one message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bridge.config.parse import REGIONS, is_loopback
from bridge.config.settings import SETTINGS
from bridge.errors import ConfigError

_EPHEMERAL = ("DYNO", "RENDER", "FLY_APP_NAME", "K_SERVICE")


@dataclass(frozen=True, slots=True)
class Config:
    """The settings as read at start, and the environment that holds the sources' secrets."""

    database_url: str = field(repr=False)
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


_ATTRIBUTE_NAMES = {
    "BRIDGE_MAPPINGS": "mappings",
    "BRIDGE_SQLITE_IS_DURABLE": None,
}


def _attribute(variable: str) -> str | None:
    if variable in _ATTRIBUTE_NAMES:
        return _ATTRIBUTE_NAMES[variable]
    return variable.removeprefix("BRIDGE_").lower()


def read(environment: Mapping[str, str]) -> Config:
    """Read the configuration; raise ConfigError that lists every problem at once."""
    problems: list[str] = []
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = environment.get(setting.name, "").strip() or setting.default
        try:
            values[setting.name] = setting.parse(text)
        except ValueError as error:
            problems.append(f"{setting.name} {error}. {setting.meaning}")
    problems += _ephemeral_sqlite(environment, values)
    if problems:
        raise ConfigError(problems)
    values["BRIDGE_MAPPINGS"] = tuple(values["BRIDGE_MAPPINGS"].split(":"))
    fields = {name: values[key] for key in values if (name := _attribute(key)) is not None}
    return Config(**fields, environment=dict(environment))


def _ephemeral_sqlite(environment: Mapping[str, str], values: Mapping[str, Any]) -> list[str]:
    platform = next((name for name in _EPHEMERAL if environment.get(name)), None)
    on_sqlite = str(values.get("DATABASE_URL", "")).startswith("sqlite")
    if platform is None or not on_sqlite or values.get("BRIDGE_SQLITE_IS_DURABLE"):
        return []
    return [
        f"DATABASE_URL must name a PostgreSQL database: this platform ({platform} is set) does not "
        "keep a file between restarts. Add its database, or set BRIDGE_SQLITE_IS_DURABLE=1 if the "
        "file is on a disk that lasts."
    ]
