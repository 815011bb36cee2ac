"""One stream of logs for gunicorn, libraries and the program: JSON, or readable on a terminal.

No payloads, secrets or personal data: events log ids and names of things, never their contents.
As a second line of defence every line passes through `redact`, and of an unforeseen error only
its type and the places it passed are told, because its message may quote what was being read.
"""

from __future__ import annotations

import logging
import logging.config
import re
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import structlog

from bridge.errors import BridgeError

Line = MutableMapping[str, Any]

_SECRET_KEYS = re.compile(r"token|secret|password|authorization|signature|cookie|email|phone", re.I)
_HIDDEN = "[hidden]"
_SECRET_TEXT = (
    (re.compile(r"://[^/\s@]+@"), f"://{_HIDDEN}@"),
    (re.compile(r"(/hooks/[^/\s?\"']+)[/?][^\s\"']+"), rf"\1/{_HIDDEN}"),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "[email]"),
)
_QUOTE_NOTHING = (BridgeError, OSError, TypeError, AttributeError, NameError, ImportError)
"""Errors whose messages name things of the program, never values of a payload."""


def redact(_: Any, __: str, line: Line) -> Line:
    """Hide values under telling names, and whatever looks like a login, token or email address."""
    for key, value in line.items():
        line[key] = _HIDDEN if _SECRET_KEYS.search(key) else _redacted(value)
    return line


def _redacted(value: Any) -> Any:
    match value:
        case str():
            for pattern, instead in _SECRET_TEXT:
                value = pattern.sub(instead, value)
            return value
        case Mapping():
            return dict(redact(None, "", dict(value)))
        case list() | tuple():
            return [_redacted(one) for one in value]
    return value


def _explained(_: Any, __: str, line: Line) -> Line:
    """Put what is told of an error in the place of the error."""
    error = line.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        line["exception"] = "\n".join(_told(error))
    return line


def _told(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _told(cause)
        yield "which led to:"
    if error.__traceback__ is not None:
        yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    message = f": {error}" if isinstance(error, _QUOTE_NOTHING) else ""
    yield f"{type(error).__name__}{message}"


def _headed(_: Any, __: str, line: Line) -> Line:
    """Put first what a reader looks for first."""
    first = {name: line.pop(name) for name in ("timestamp", "level", "event") if name in line}
    return {**first, **line}


def _without_blanks(_: Any, __: str, line: Line) -> Line:
    """Leave out what says nothing, for a person's eyes."""
    return {name: value for name, value in line.items() if value not in (None, "")}


def _answers_the_patient(record: logging.LogRecord) -> bool:
    """Leave out gunicorn's traceback of a sender that fell silent: it is cut off, no more."""
    return not (record.exc_info and isinstance(record.exc_info[1], BlockingIOError))


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _explained,
    redact,
]


def level_of(text: str) -> str:
    """Give the level that a variable's text names; INFO where it names none."""
    level = text.strip().upper()
    return level if level in logging.getLevelNamesMapping() else "INFO"


def settings(level: str, *, readable: bool) -> dict[str, Any]:
    """Give the `logging` configuration, for gunicorn's `logconfig_dict` and for `configure`."""
    lines: list[Any] = [structlog.processors.JSONRenderer()]
    if readable:
        told = structlog.dev.plain_traceback
        lines = [
            _without_blanks,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(exception_formatter=told, pad_event_to=24),
        ]
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _headed, *lines],
        "foreign_pre_chain": _SHARED,
    }
    handler = {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}
    quiet = {"handlers": [], "propagate": True, "level": "WARNING"}
    gunicorn = {**quiet, "filters": ["silence"]}
    libraries = ("gunicorn.access", "werkzeug", "alembic", "urllib3")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": formatter},
        "filters": {"silence": {"()": lambda: _answers_the_patient}},
        "handlers": {"stream": handler},
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            "gunicorn.error": {**gunicorn, "level": "WARNING" if readable else level},
            **dict.fromkeys(libraries, quiet),
        },
    }


def configure(level: str = "INFO", *, readable: bool | None = None) -> None:
    """Set up structlog and logging for this process; readable lines where stderr is a terminal."""
    if readable is None:
        readable = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(settings(level, readable=readable))


def take_uncaught() -> None:
    """Log what nobody caught, in any thread, instead of a bare traceback with its messages."""
    log = structlog.get_logger()

    def told(error: BaseException | None, thread: str) -> None:
        log.critical("a fault that nobody caught", thread=thread, exc_info=error)

    sys.excepthook = lambda _, error, __: told(error, "main")
    threading.excepthook = lambda one: told(one.exc_value, one.thread.name if one.thread else "")
