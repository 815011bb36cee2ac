"""The configuration as the commands see it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import make_url

from bridge import config, logs
from bridge.app import local
from bridge.config import Config
from bridge.errors import BridgeError
from bridge.store.database import Database, connect


def configured() -> Config:
    """Read the configuration of this environment; raise ConfigError with every problem."""
    return config.read(os.environ)


def environment() -> Mapping[str, str]:
    """Give the environment with the secrets that `bridge run` made up behind it."""
    return local.behind(os.environ, local.read_env())


def log_everything() -> None:
    """Log as the processes do that run for long; commands that end only tell what is wrong."""
    logs.configure(logs.level_of(os.environ.get("LOG_LEVEL", "")))
    logs.take_uncaught()


def opened() -> Database:
    """Open the database to look at it; BridgeError where its file is not there."""
    found = configured()
    db = connect(found.database_url)
    name = make_url(found.database_url).database or "" if found.is_sqlite else ""
    if name and name != ":memory:" and not Path(name).exists():
        raise BridgeError(
            f"there is no database {name} here: go to the folder where `bridge run` runs, or name "
            "the database in DATABASE_URL"
        )
    return db
