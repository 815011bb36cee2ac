"""`bridge people`: who somebody is, and why each field holds what it holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress

import click

from bridge.cli.duplicates import duplicates
from bridge.cli.profile import WIDTH, lines
from bridge.cli.settings import opened
from bridge.errors import BridgeError
from bridge.mapping.identify import Unusable, usable
from bridge.model import Identifier
from bridge.store import people as stored
from bridge.store.database import Database
from bridge.store.people import Profile
from bridge.web.profile import nobody, shown

_NAMES = {
    "email": "Their email address.",
    "external_id": "Their id in your own system.",
    "intercom_id": "Intercom's id of the contact or company.",
    "phone": "Their phone number.",
    "company_id": "A company, by its id in your own system.",
}


@click.group()
def people() -> None:
    """See who is known, and where each field's value comes from."""


people.add_command(duplicates)


@people.command()
@click.argument("word", required=False)
@click.option("--email", help=_NAMES["email"])
@click.option("--external-id", help=_NAMES["external_id"])
@click.option("--intercom-id", help=_NAMES["intercom_id"])
@click.option("--phone", help=_NAMES["phone"])
@click.option("--company", "company_id", help=_NAMES["company_id"])
@click.option("--link", metavar="NAME=VALUE", help="A source's own id: stripe_customer=cus_9.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(word: str | None, link: str | None, as_json: bool, **options: str | None) -> None:
    """Show a person or company: each field's value, who said it, when, and why it counts.

    Name them by one identifier; a bare WORD is looked for among all kinds of identifiers.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if len(given) + (link is not None) + (word is not None) != 1:
        raise click.UsageError("name one identifier: --email, --link stripe_customer=cus_9, …")
    exact = [identifier(given, link)] if word is None else []
    db = opened()
    wanted = exact or _anything(db, word or "")
    found = stored.find(db, wanted)
    if as_json:
        click.echo(json.dumps([shown(one) for one in found], ensure_ascii=False))
    else:
        _print(found)
    if not found:
        raise BridgeError(nobody(db, wanted))


def _anything(db: Database, word: str) -> list[Identifier]:
    """Give a word as every kind of identifier that there is."""
    found = []
    for name in sorted({*_NAMES, *stored.names(db)}):
        with suppress(Unusable):
            found += [Identifier(name, text)] if (text := usable(name, word)) else []
    return found


def identifier(given: dict[str, str], link: str | None) -> Identifier:
    """Give the one identifier that was named; raise UsageError where it can be nobody's."""
    [(name, value)] = given.items() if link is None else [_pair(link)]
    try:
        text = usable(name, value)
    except Unusable as unusable:
        raise click.UsageError(f"this {name} {unusable}") from unusable
    if text is None:
        raise click.UsageError(f"{value!r} can be nobody's {name}")
    return Identifier(name, text)


def _pair(link: str) -> tuple[str, str]:
    name, equals, value = link.partition("=")
    if not (name and equals and value):
        raise click.UsageError("--link wants NAME=VALUE, such as stripe_customer=cus_9")
    return name, value


def _print(found: Sequence[Profile]) -> None:
    if len(found) > 1:
        click.echo(f"{len(found)} are known by this:\n")
    for number, one in enumerate(found):
        click.echo(f"\n{'─' * WIDTH}\n" if number else "", nl=False)
        for line in lines(one):
            click.echo(line)
