"""The log: one stream, one line per event, nothing secret or personal in it."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bridge import logs
from bridge.errors import ConfigError
from tests.shop import logs_as_before


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    with logs_as_before():
        yield


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_the_program_and_its_libraries_write_lines_of_one_form(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A log drain parses one form."""
    logs.configure(readable=False)
    structlog.contextvars.bind_contextvars(request_id="r1")
    structlog.get_logger().info("received", events=[1])
    logging.getLogger("gunicorn.error").info("Booting %s", "worker")
    ours, theirs = lines(capsys)
    assert list(ours)[:3] == ["timestamp", "level", "event"]
    assert (ours["event"], ours["events"], ours["request_id"]) == ("received", [1], "r1")
    assert (theirs["event"], theirs["level"]) == ("Booting worker", "info")
    assert theirs["request_id"] == "r1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_token", "canary"),
        ("Authorization", "canary"),
        ("stripe_signature", "canary"),
        ("person", {"email": "canary", "more": [{"phone": "canary"}]}),
        ("reason", "no contact canary@example.com"),
        ("url", "postgres://user:canary@db.internal/x"),
        ("path", "/hooks/pipedrive/canary"),
        ("path", "/hooks/pipedrive?token=canary"),
    ],
)
def test_what_looks_secret_or_personal_is_hidden(
    name: str, value: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever it stands in a line."""
    logs.configure(readable=False)
    structlog.get_logger().error("x", **{name: value})
    logging.getLogger("gunicorn.error").error("x %s", value if isinstance(value, str) else "")
    text = capsys.readouterr().err
    assert len(text.splitlines()) == 2
    assert "canary" not in text.splitlines()[0]
    if name in ("reason", "url", "path"):
        assert "canary" not in text


def test_an_unforeseen_error_is_told_without_its_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """int('Ada') quotes what it was given; where it happened is enough to mend it."""
    logs.configure(readable=False)
    try:
        try:
            int("can" + "ary")
        except ValueError as error:
            raise KeyError("can" + "ary") from error
    except KeyError:
        structlog.get_logger().exception("fault")
        logging.getLogger("gunicorn.error").exception("fault")
    for line in lines(capsys):
        assert "canary" not in line["exception"]
        assert line["exception"].index("ValueError") < line["exception"].index("KeyError")
        assert "test_logs.py" in line["exception"]


def test_our_own_errors_are_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    """They are written for the operator, and name nobody."""
    logs.configure(readable=False)
    structlog.get_logger().error("x", exc_info=ConfigError(["PORT must be a number"]))
    structlog.get_logger().error("x", exc_info=TypeError("'NoneType' is not iterable"))
    first, second = lines(capsys)
    assert first["exception"].endswith("PORT must be a number")
    assert second["exception"] == "TypeError: 'NoneType' is not iterable"


def test_on_a_terminal_lines_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """No JSON, no empty values, and gunicorn only where something is wrong."""
    logs.configure(readable=True)
    structlog.get_logger().info("event done", event_id=7, reason="", retry_in=None)
    logging.getLogger("gunicorn.error").info("Booting worker")
    (line,) = capsys.readouterr().err.splitlines()
    assert "event done" in line
    assert "7" in line
    assert "{" not in line
    assert "reason" not in line
    assert "retry_in" not in line


def test_a_sender_that_falls_silent_leaves_no_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Anybody can do that, as often as they like."""
    logs.configure(readable=False)
    try:
        raise BlockingIOError(11, "Resource temporarily unavailable")
    except BlockingIOError:
        logging.getLogger("gunicorn.error").exception("Socket error processing request.")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("text", "level"), [("debug", "DEBUG"), ("", "INFO"), ("loud", "INFO")])
def test_a_wrong_level_is_told_later_with_everything_else(text: str, level: str) -> None:
    """Until then the log works."""
    assert logs.level_of(text) == level


def test_what_nobody_caught_is_a_line_like_any_other(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a thread too; and without the message."""
    for module, name in (("sys", "excepthook"), ("threading", "excepthook")):
        target = __import__(module)
        monkeypatch.setattr(target, name, getattr(target, name))
    logs.configure(readable=False)
    logs.take_uncaught()

    def fails() -> None:
        raise ValueError("can" + "ary")

    thread = threading.Thread(target=fails, name="lane")
    thread.start()
    thread.join()
    (line,) = lines(capsys)
    assert (line["level"], line["thread"]) == ("critical", "lane")
    assert "canary" not in str(line)
