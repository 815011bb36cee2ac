"""`bridge send SOURCE FILE`: sends a payload as its vendor would, rightly signed."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path

import click
import requests

from bridge import config as configuration
from bridge.app import sources
from bridge.app.sending import request_of
from bridge.cli.settings import environment
from bridge.clock import system_clock
from bridge.errors import ConfigError


@click.command()
@click.argument("source")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", help="Where the bridge listens; default: this machine.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def send(source: str, file: Path, url: str | None, as_json: bool) -> None:
    """Send FILE (a payload, or an example of the mapping) to the bridge, signed as SOURCE would."""
    variables = environment()
    config = configuration.read(variables)
    mapping = sources.mapping_of(sources.load(config), source)
    base = (url or f"http://127.0.0.1:{config.port}").rstrip("/")
    to_send = request_of(mapping, file, variables, base, system_clock(), secrets.token_hex(8))
    try:
        answer = requests.post(to_send.url, data=to_send.body, headers=to_send.headers, timeout=30)
    except requests.ConnectionError:
        raise ConfigError([f"nothing listens at {base}: start it with `bridge run`"]) from None
    told = answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
    if as_json:
        click.echo(json.dumps({"status": answer.status_code, **told}))
    else:
        click.echo(_sentence(answer.status_code, told))
    sys.exit(0 if answer.ok else 1)


def _sentence(status: int, told: dict[str, object]) -> str:
    if "error" in told:
        return f"{status}: {told['error']}"
    ids = told.get("events")
    numbers = ", ".join(str(one) for one in ids) if isinstance(ids, list) else ""
    again = " (seen before: nothing is applied twice)" if told.get("duplicate") else ""
    return f"{status}: stored as event {numbers}{again}. See: bridge events show {numbers}"
