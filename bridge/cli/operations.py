"""`bridge company|lead|user OPERATION`: the fifteen operations, one command each."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from sqlalchemy import make_url

from bridge import config
from bridge.app import nearby
from bridge.app.operations import Operations
from bridge.config import Config
from bridge.intercom.operations import OPERATIONS, Operation, Parameter
from bridge.model import Json
from bridge.store.database import Database, connect

_ABOUT = {
    "company": "Create, get, list and update companies in Intercom.",
    "lead": "Create, get, list, update and delete leads in Intercom.",
    "user": "Create, get, list, update and delete users in Intercom.",
}


def _group(resource: str, about: str) -> click.Group:
    commands = [_command(one) for one in OPERATIONS.values() if one.resource == resource]
    return click.Group(resource, commands=commands, help=about)


def _command(operation: Operation) -> click.Command:
    def run(as_json: bool, objects_as_text: bool, **options: str | None) -> None:
        body = {
            one.seed: options[one.name]
            for one in operation.parameters
            if options[one.name] is not None
        }
        answer = _performed(operation, body, objects_as_text)
        click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(_told(answer)))
        sys.exit(1 if answer["ErrorMessage"] else 0)

    return click.Command(
        operation.name,
        callback=run,
        help=f"{operation.title}.\n\n{operation.doc}",
        short_help=operation.title,
        params=[
            *(_option(one) for one in operation.parameters),
            click.Option(["--objects-as-text"], is_flag=True, help="Objects as JSON text."),
            click.Option(["--json", "as_json"], is_flag=True, help="Print JSON."),
        ],
    )


def _option(parameter: Parameter) -> click.Option:
    needed = " (required)" if parameter.required else ""
    label = parameter.kind.label.upper() if " " not in parameter.kind.label else "TEXT"
    told = f"{parameter.doc} {_kind(parameter)}{needed}".rstrip()
    # Not required by click: what is missing is answered like anything else that is wrong.
    return click.Option([parameter.option, parameter.name], metavar=label, help=told)


def _kind(parameter: Parameter) -> str:
    return f"[{parameter.kind.label}]" if " " in parameter.kind.label else ""


def _performed(
    operation: Operation, body: Mapping[str, Json], objects_as_text: bool
) -> dict[str, Json]:
    found = config.read({**os.environ, **nearby.settings(os.environ)})
    db = _database(found)
    operations = Operations(found, db)
    try:
        return operations(operation, body, objects_as_text=objects_as_text)
    finally:
        operations.close()
        if db is not None:
            db.dispose()


def _database(found: Config) -> Database | None:
    """Open the store; None where its file is not there: then nothing is remembered."""
    name = make_url(found.database_url).database or "" if found.is_sqlite else ""
    missing = found.is_sqlite and (not name or name == ":memory:" or not Path(name).exists())
    return None if missing else connect(found.database_url)


def _told(answer: Mapping[str, Json]) -> Iterator[str]:
    """Give the answer for a person to read: a line for each output."""
    width = max(map(len, answer))
    for name, value in answer.items():
        yield f"{name:<{width}}  {_shown(value)}".rstrip()


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return "" if value is None else json.dumps(value)


company, lead, user = (_group(resource, about) for resource, about in _ABOUT.items())
