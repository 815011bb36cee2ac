"""`bridge send SOURCE FILE...`: sends payloads as their vendor would, rightly signed."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import requests

from bridge import config as configuration
from bridge.app import sources
from bridge.app.sending import ToSend, request_of
from bridge.cli.settings import environment
from bridge.clock import system_clock
from bridge.errors import BridgeError, SecretMissing
from bridge.mapping.mapping import Mapping as SourceMapping
from bridge.model import Json

_PATIENCE = 30


@click.command()
@click.argument("source")
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--url", help="Where the bridge listens; default: this machine, PORT or 8000.")
@click.option("--json", "as_json", is_flag=True, help="Print each answer as a line of JSON.")
def send(source: str, files: tuple[Path, ...], url: str | None, as_json: bool) -> None:
    """Send FILE (a payload, or an example of the mapping) to the bridge, signed as SOURCE would.

    Several files are sent one after another, without a pause. Headers may stand beside a payload
    NAME.json in NAME.headers.json. The secret is the source's own environment variable, or the one
    that `bridge run` made up in this folder.
    """
    variables = environment()
    config = configuration.read(variables)
    mapping = sources.mapping_of(sources.load(config), source)
    base = (url or f"http://127.0.0.1:{config.port}").rstrip("/")
    answers = [_sent(mapping, file, variables, base, as_json) for file in files]
    sys.exit(0 if all(answers) else 1)


def _sent(
    mapping: SourceMapping, file: Path, variables: Mapping[str, str], base: str, as_json: bool
) -> bool:
    """Send one file, print the answer, and say whether it was accepted."""
    try:
        to_send = request_of(mapping, file, variables, base, system_clock(), secrets.token_hex(8))
    except SecretMissing as error:
        hint = "`bridge run` in this folder makes one up, or set it as the bridge has it"
        raise BridgeError(f"{error}; {hint}") from None
    answer = _post(to_send, base)
    told = _told(answer)
    if as_json:
        click.echo(json.dumps({"status": answer.status_code, **told}))
    else:
        click.echo(_sentence(answer.status_code, told), err=not answer.ok)
    return answer.ok


def _post(to_send: ToSend, base: str) -> requests.Response:
    try:
        return requests.post(
            to_send.url,
            data=to_send.body,
            headers=to_send.headers,
            timeout=_PATIENCE,
            allow_redirects=False,
        )
    except requests.ConnectionError:
        hint = "start it with `bridge run`, or name its address with --url"
        raise BridgeError(f"nothing listens at {base}: {hint}") from None
    except requests.Timeout:
        raise BridgeError(f"no answer from {base} within {_PATIENCE} s") from None
    except (requests.RequestException, ValueError):
        raise BridgeError(
            f"{base} is no address to send to, such as http://127.0.0.1:8000"
        ) from None


def _told(answer: requests.Response) -> dict[str, Json]:
    try:
        told = answer.json()
    except requests.JSONDecodeError:
        told = None
    if isinstance(told, dict):
        return told
    if answer.ok and "X-Request-Id" in answer.headers:
        return {}  # what the sender wants as an answer: a page, or words of its own
    return {"error": "this answer is not the bridge's"}


def _sentence(status: int, told: dict[str, Json]) -> str:
    ids = [str(one) for one in told.get("events", ())]
    if "error" in told:
        stored = f" (kept as event {', '.join(ids)})" if ids else ""
        return f"{status}: {told['error']}{stored}"
    if "events" not in told:
        return f"{status}: taken. See: bridge events list"
    if not ids:
        return f"{status}: stored; there is no event in it"
    again = " (seen before: nothing is applied twice)" if told.get("duplicate") else ""
    noun = "event" if len(ids) == 1 else "events"
    return f"{status}: stored as {noun} {', '.join(ids)}{again}. See: bridge events show {ids[0]}"
