"""What a route makes of an event, block by block, as rows of a table on a source's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridge.mapping.wording import condition, in_words
from bridge.model import Json

Row = tuple[str, str, str]
"""What stands in Intercom, where it comes from, and what is special about it."""

Lets = Mapping[str, str]

CHANGES = ("company", "user", "lead", "contact", "track", "intercom", "records")
"""The blocks of a route, in the order in which they are applied and printed."""

_TITLES = {
    "company": "A company",
    "user": "A user",
    "lead": "A lead",
    "contact": "A contact, whatever its role",
    "track": "A data event",
    "intercom": "What is learnt of Intercom",
    "records": "What is kept in the bridge's own records",
}
_POLICIES = {
    "missing": "where nobody is known",
    "archived": "where the contact is archived",
    "ambiguous": "where several contacts fit",
    "attributes": "attributes that Intercom lacks",
    "payload_attributes": "those that only the payload names",
    "fold": "seconds to wait for more",
}
_CHOICES = {
    "create": "one is created",
    "skip": "the event is skipped",
    "park": "somebody must decide",
    "unarchive": "the contact is taken back",
    "newest": "the one changed last",
    "drop": "are left out",
}
_LISTS = {
    ("tags", "add"): ("tag", ""),
    ("tags", "remove"): ("tag", "taken away"),
    ("subscriptions", "in"): ("subscription", "opted in"),
    ("subscriptions", "out"): ("subscription", "opted out"),
}


def title(name: str, block: Mapping[str, Json], lets: Lets) -> str:
    """Say what a block makes, how often, and when."""
    said = f"**{_TITLES[name]}**"
    if "each" in block:
        said += f", one for each of {in_words(block['each'], lets)}"
    if "when" in block:
        said += f", only where {condition(str(block['when']), lets)}"
    return said + ":"


def rows(name: str, block: Mapping[str, Json], lets: Lets) -> Iterator[Row]:
    """Give a row for everything that a block says; a key without words is shown as written."""
    for key, value in block.items():
        if key in ("when", "each"):
            continue
        if key in _ROWS:
            yield from _ROWS[key](name, value, lets)
        elif key in _POLICIES:
            yield _POLICIES[key], _choice(value), ""
        elif name == "records":
            yield from _record(key, value, lets)
        else:
            yield key, in_words(value, lets), ""


def _choice(value: Json) -> str:
    if not isinstance(value, dict):
        return _CHOICES.get(str(value), str(value))
    words = {"wait": "the event waits", "then": "then", "at_most": "are created, at most"}
    said = (f"{words[key]} {_CHOICES.get(str(one), one)}" for key, one in value.items())
    return ", ".join(said)


def _match(name: str, value: Json, lets: Lets) -> Iterator[Row]:
    whom = "finds the company" if name == "company" else "finds the person"
    yield from ((f"`{key}`", in_words(one, lets), whom) for key, one in value.items())


def _fields(name: str, value: Json, lets: Lets, remark: str = "") -> Iterator[Row]:
    for key, one in value.items():
        if key == "custom_attributes" and isinstance(one, dict):
            yield from _fields(name, one, lets, remark)
        elif key == "custom_attributes":
            yield "attributes the payload names", in_words(one, lets), remark
        else:
            yield f"`{key}`", in_words(one, lets), remark or _clears(one)


def _clears(value: Json) -> str:
    cleared = isinstance(value, str) and value.startswith("=or_clear(")
    return "emptied where the sender says it is empty" if cleared else ""


def _listed(key: str, value: Json, lets: Lets) -> Iterator[Row]:
    for way, ones in value.items():
        what, remark = _LISTS[key, way]
        for one in ones if isinstance(ones, list) else [ones]:
            yield what, in_words(one, lets), remark


def _metadata(_name: str, value: Json, lets: Lets) -> Iterator[Row]:
    if not isinstance(value, dict):
        yield "its details", in_words(value, lets), ""
        return
    yield from ((f"its `{key}`", in_words(one, lets), "") for key, one in value.items())


def _only(_name: str, value: Json, _lets: Lets) -> Iterator[Row]:
    yield "names allowed", ", ".join(value if isinstance(value, list) else [value]), ""


def _unlink(_name: str, value: Json, _lets: Lets) -> Iterator[Row]:
    for one in value if isinstance(value, list) else [value]:
        yield f"`{one}`", "", "means this person no longer"


def _delete(_name: str, value: Json, _lets: Lets) -> Iterator[Row]:
    yield "the person", "", "deleted for good" if value == "permanently" else "archived"


def _record(name: str, value: Json, lets: Lets) -> Iterator[Row]:
    for key, one in value.items():
        if key == "keep" and isinstance(one, dict):
            yield from ((f"`{name}`: `{kept}`", in_words(at, lets), "") for kept, at in one.items())
        elif key == "when":
            yield f"`{name}`, only where", condition(str(one), lets), ""
        else:
            yield f"`{name}`: {key}", in_words(one, lets), ""


_ROWS = {
    "match": _match,
    "set": _fields,
    "set_once": lambda name, value, lets: _fields(name, value, lets, "only where empty"),
    "tags": lambda _, value, lets: _listed("tags", value, lets),
    "subscriptions": lambda _, value, lets: _listed("subscriptions", value, lets),
    "metadata": _metadata,
    "only": _only,
    "unlink": _unlink,
    "delete": _delete,
}
