"""The configuration as the commands see it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from bridge import config
from bridge.app import local
from bridge.config import Config


def configured() -> Config:
    """Read the configuration of this environment; raise ConfigError with every problem."""
    return config.read(os.environ)


def environment() -> Mapping[str, str]:
    """Give the environment with the secrets that `bridge run` made up behind it."""
    return {**local.read_env(), **os.environ}
