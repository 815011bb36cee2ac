"""`bridge sandbox`: a local Intercom."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import click

from bridge.cli.settings import log_everything
from bridge.intercom.sandbox.faults import SHORT, Fault, fault_of
from bridge.intercom.sandbox.model import Rules
from bridge.intercom.sandbox.notify import Subscription
from bridge.intercom.sandbox.rules import changed
from bridge.intercom.sandbox.serve import serve as serve_sandbox


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8400, show_default=True, help="Port to listen on; 0: any.")
@click.option("--state", type=click.Path(dir_okay=False), help="File to keep its people in.")
@click.option(
    "--lag",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="Seconds before searches show what was written.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=10_000,
    show_default=True,
    help="Calls a minute before it answers 429.",
)
@click.option(
    "--latency",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Milliseconds that every call takes at least.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar=SHORT,
    callback=lambda _, __, given: _ordered(given),
    help="Trouble from the start, such as lose:POST:/contacts:3; may be repeated.",
)
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="NAME=VALUE",
    callback=lambda _, __, given: _named(given),
    help="Any other rule, such as fail_unarchive=true; may be repeated.",
)
@click.option(
    "--notify",
    metavar="URL",
    help="Address that is told what changes, as Intercom's webhooks would.",
)
@click.option(
    "--notify-secret",
    envvar="INTERCOM_CLIENT_SECRET",
    help="What notifications are signed with (else INTERCOM_CLIENT_SECRET).",
)
@click.option(
    "--notify-delay",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="Seconds by which notifications come late.",
)
@click.option("--quiet", is_flag=True, help="Do not say where it listens.")
def sandbox(
    host: str,
    port: int,
    state: str | None,
    lag: float,
    limit: int,
    latency: int,
    faults: list[Fault],
    rules: dict[str, str],
    notify: str | None,
    notify_secret: str | None,
    notify_delay: float,
    quiet: bool,
) -> None:
    """Serve a local Intercom to try things on; its page shows people as they change.

    Kinds of faults: lose, status=503, after=503 (carried out all the same), delay=2, drip=0.1,
    throttle, race. TIMES 0 is always. While it runs they are ordered at /_sandbox/faults and the
    rules changed at /_sandbox/rules.
    """
    log_everything()
    for number in (signal.SIGINT, signal.SIGTERM):
        # A background job of a shell is born deaf to SIGINT; its people must be saved all the same.
        signal.signal(number, signal.default_int_handler)
    told = Rules(search_lag=lag, calls_per_minute=limit, latency=latency / 1000)
    file = Path(state) if state else None
    try:
        serve_sandbox(
            host,
            port,
            file=file,
            rules=changed(told, rules),
            faults=faults,
            notify=_subscription(notify, notify_secret, notify_delay),
            ready=_tell(quiet),
        )
    except KeyboardInterrupt:
        sys.exit(0)


def _subscription(url: str | None, secret: str | None, delay: float) -> Subscription | None:
    if url is None:
        return None
    if not secret:
        told = "--notify needs a secret: --notify-secret, or INTERCOM_CLIENT_SECRET"
        raise click.UsageError(told)
    return Subscription(url, secret, delay)


def _ordered(given: tuple[str, ...]) -> list[Fault]:
    try:
        return [fault_of(one) for one in given]
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _named(given: tuple[str, ...]) -> dict[str, str]:
    parts = (one.partition("=") for one in given)
    named = {name: value for name, _, value in parts}
    try:
        changed(Rules(), named)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return named


def _tell(quiet: bool) -> Callable[[str], None]:
    def ready(url: str) -> None:
        if not quiet:
            click.echo(f"The sandbox is at {url}/ (INTERCOM_BASE_URL={url}). Ctrl-C ends it.")

    return ready
