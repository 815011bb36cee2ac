"""What an open source may do: whoever can see a page can send what its form sends.

It may create leads, add listed tags and data events, and fill empty fields; nothing that is known
of anybody can be changed by it. Everything else is refused when the mapping is loaded.
"""

from __future__ import annotations

from bridge.mapping.nodes import Block, Entry, Listing, Node, Scalar
from bridge.mapping.problems import Problems
from bridge.mapping.shape import Fields

OPEN = "open"
MAY = (
    "anybody can send to an open source, so it may only create leads, add listed tags and data "
    "events, and fill empty fields"
)
_ROUTE = ("on", "when", "let", "lead", "track")
_LEAD = (
    *("when", "match", "missing", "set_once", "tags"),
    *("archived", "ambiguous", "attributes", "payload_attributes", "fold"),
)


def check_open(fields: Fields, problems: Problems) -> None:
    """Report whatever of a mapping goes beyond what an open source may do."""
    receive = fields.block("receive")
    if receive is None or receive.get("form") is None:
        told = "an open source needs `receive.form`: which pages may send, and what is kept"
        problems.add(fields.at("verify"), told)
    for entry in receive or ():
        if entry.key == "each":
            _refuse(entry, problems)
    if "records" in fields.places:
        problems.add(fields.at("records"), f"`records` is not for this source: {MAY}")
    defaults = fields.block("defaults")
    if defaults is not None:
        _check_policy(defaults, problems)
    routes = fields.nodes.get("routes")
    for route in routes.items if isinstance(routes, Listing) else ():
        _check_route(route, problems)


def _refuse(entry: Entry, problems: Problems) -> None:
    problems.add(entry.place, f"`{entry.key}` is not for this source: {MAY}")


def _check_route(route: Node, problems: Problems) -> None:
    for entry in route if isinstance(route, Block) else ():
        if entry.key not in _ROUTE:
            _refuse(entry, problems)
        elif entry.key == "lead" and isinstance(entry.node, Block):
            _check_lead(entry.node, problems)
        elif entry.key == "track" and isinstance(entry.node, Block):
            _check_track(entry.node, problems)


def _check_lead(lead: Block, problems: Problems) -> None:
    for entry in lead:
        if entry.key == "set":
            told = "`set` overwrites what is known: write `set_once`, which fills what is empty"
            problems.add(entry.place, told)
        elif entry.key not in _LEAD:
            _refuse(entry, problems)
    _check_policy(lead, problems)
    match, tags = lead.get("match"), lead.get("tags")
    if isinstance(match, Block):
        _check_match(match, problems)
    for entry in tags if isinstance(tags, Block) else ():
        if entry.key == "remove":
            _refuse(entry, problems)
        elif any(_is_expression(node) for node in _each(entry.node)):
            told = "the tags of an open source are listed here: an expression could give any"
            problems.add(entry.place, told)


def _check_match(match: Block, problems: Problems) -> None:
    names = [entry.key for entry in match]
    if len(names) > 1 or not {"email", "phone"}.issuperset(names):
        told = "an open source knows people by `email` alone, or by `phone` alone: it links nothing"
        problems.add(match.place, told)


def _check_policy(block: Block, problems: Problems) -> None:
    for entry in block:
        waits = entry.key in ("missing", "payload_attributes") and isinstance(entry.node, Block)
        revives = entry.key == "archived" and not _says(entry.node, "park", "skip")
        if waits or revives:
            _refuse(entry, problems)


def _check_track(track: Block, problems: Problems) -> None:
    name = track.get("name")
    if name is not None and _is_expression(name) and track.get("only") is None:
        told = "`name` of an open source's data event is fixed text, or one that `only` lists"
        problems.add(name.place, told)


def _each(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Listing) else (node,)


def _is_expression(node: Node) -> bool:
    return isinstance(node, Scalar) and node.text.startswith("=") and node.text[1:2] != "="


def _says(node: Node, *words: str) -> bool:
    return isinstance(node, Scalar) and node.text in words
