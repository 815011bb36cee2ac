"""One stream of logs for gunicorn, libraries and the program: JSON, or readable on a terminal.

No payloads, secrets or personal data: events log ids and names of things, never their contents.
As a second line of defence every line passes through `redact`.
"""

from __future__ import annotations

import logging.config
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_KEYS = re.compile(r"token|secret|password|authorization|signature|cookie|email|phone", re.I)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


def redact(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide values under telling names, and anything that looks like an email address."""
    for key, value in line.items():
        if _SECRET_KEYS.search(key):
            line[key] = "[hidden]"
        elif isinstance(value, str):
            line[key] = _EMAIL.sub("[email]", value)
    return line


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    redact,
]


def settings(level: str, *, readable: bool) -> dict[str, Any]:
    """Give the `logging` configuration, for gunicorn's `logconfig_dict` and for `configure`."""
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if readable
        else structlog.processors.JSONRenderer(sort_keys=False)
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        "foreign_pre_chain": _SHARED,
    }
    handler = {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}
    inherit = {"handlers": [], "propagate": True, "level": level}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": formatter},
        "handlers": {"stream": handler},
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            "gunicorn.error": inherit,
            "gunicorn.access": {**inherit, "level": "WARNING"},
            "werkzeug": {**inherit, "level": "WARNING"},
            "alembic": {**inherit, "level": "WARNING"},
            "urllib3": {**inherit, "level": "WARNING"},
        },
    }


def configure(level: str = "INFO", *, readable: bool | None = None) -> None:
    """Set up structlog and logging for this process; readable lines where stderr is a terminal."""
    if readable is None:
        readable = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED[:-2],
            structlog.processors.format_exc_info,
            redact,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(settings(level, readable=readable))
