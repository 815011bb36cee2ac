"""Loads mappings: from a YAML file to the compiled, immutable `Mapping`, or all its problems."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from pathlib import Path

from bridge.errors import MappingError, Problem
from bridge.mapping.document import open_document
from bridge.mapping.event import EventBlock, read_event_block
from bridge.mapping.keeping import read_records, record_names
from bridge.mapping.known import Known
from bridge.mapping.mapping import Mapping
from bridge.mapping.nodes import Block, Broken, Listing, Node, Scalar, to_json
from bridge.mapping.observation import INTERCOM
from bridge.mapping.openness import OPEN, check_open
from bridge.mapping.policy import read_fold, read_policy
from bridge.mapping.problems import Problems, nearest
from bridge.mapping.receive import ITEM, REQUEST, read_receive
from bridge.mapping.routes import read_lets, read_routes
from bridge.mapping.shape import Fields, shape
from bridge.mapping.writing import read_types
from bridge.model import Json, Verification

Schemes = MappingOf[str, Collection[str]]
"""The known signature schemes with the parameters each takes; told by the caller."""

SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
RESERVED_SOURCES = ("operation",)
SECRET = re.compile(r"[A-Z][A-Z0-9_]*")
KEPT_SECRETS = re.compile(r"INTERCOM_.*|BRIDGE_.*|DATABASE_URL")
OWN_SECRETS = {INTERCOM: "INTERCOM_CLIENT_SECRET"}
"""The one exception, for Intercom's own source: what it calls the client secret of an app."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All mappings by source, and the problems of those that cannot be used."""

    mappings: MappingOf[str, Mapping] = field(default_factory=dict)
    broken: MappingOf[str, MappingError] = field(default_factory=dict)


def load_mapping(path: Path, *, schemes: Schemes) -> Mapping:
    """Load one file; raise MappingError with every problem in it."""
    node, problems = open_document(path)
    return _compiled(node, problems, schemes)


def load_folders(folders: Sequence[Path], schemes: Schemes) -> Catalogue:
    """Load the *.yaml files of each folder; a later folder's file of a source wins, good or bad."""
    mappings: dict[str, Mapping] = {}
    broken: dict[str, MappingError] = {}
    for folder in folders:
        good, bad = _folder(folder, schemes)
        for source in [*good, *bad]:
            mappings.pop(source, None)
            broken.pop(source, None)
        mappings.update(good)
        broken.update(bad)
    return Catalogue(mappings, broken)


def _folder(folder: Path, schemes: Schemes) -> tuple[dict[str, Mapping], dict[str, MappingError]]:
    good: dict[str, Mapping] = {}
    bad: dict[str, MappingError] = {}
    if not folder.is_dir():
        bad[folder.name] = _failure(folder, "this folder of mappings does not exist")
    for path in sorted(folder.glob("*.yaml")):
        node, problems = open_document(path)
        try:
            mapping = _compiled(node, problems, schemes)
        except MappingError as error:
            bad[_source_of(node, path)] = error
            continue
        if mapping.source in good:
            other = good.pop(mapping.source).path
            bad[mapping.source] = _failure(path, f"`{other}` is for the same source: keep one")
        elif mapping.source not in bad:
            good[mapping.source] = mapping
    for path in sorted(folder.glob("*.yml")):
        bad.setdefault(path.stem, _failure(path, "name this file .yaml: it is not read as .yml"))
    return good, bad


def _failure(path: Path, message: str) -> MappingError:
    return MappingError([Problem(str(path), 1, 1, message)])


def _source_of(node: Node | None, path: Path) -> str:
    told = node.get("source") if isinstance(node, Block) else None
    text = told.value if isinstance(told, Scalar) else None
    return text if isinstance(text, str) and SOURCE.fullmatch(text) else path.stem


def _compiled(node: Node | None, problems: Problems, schemes: Schemes) -> Mapping:
    mapping = None
    if isinstance(node, Block):
        mapping = _mapping(shape(node, "mapping", problems), problems, schemes)
    elif node is not None and not isinstance(node, Broken):
        problems.add(node.place, "a mapping is a block of keys: begin with `source:`")
    problems.raise_found()
    if mapping is None:
        raise MappingError([Problem(problems.file, 1, 1, "the file holds no mapping")])
    return mapping


def _mapping(fields: Fields, problems: Problems, schemes: Schemes) -> Mapping:
    tables = _tables(fields, problems)
    known = Known(problems, fields.text("source"), tables=tables)
    known = replace(known, types=read_types(fields, known))
    known, fold = _defaults(fields, known)
    reception, known = read_receive(fields, known)
    known = known.recording(record_names(fields))
    lets, inner = read_lets(fields, known)
    routes = fields.nodes.get("routes")
    return Mapping(
        source=_source(fields, problems),
        title=fields.text("title", fields.text("source")),
        about=fields.text("about"),
        path=problems.file,
        verification=_verification(fields, problems, schemes),
        event=_event(fields, known),
        routes=read_routes(routes.items if isinstance(routes, Listing) else (), inner),
        reception=reception,
        fold=fold,
        policy=known.policy,
        types=known.types,
        tables=tables,
        let=lets,
        records=read_records(fields, inner, "record"),
        remarks=tuple(problems.remarks),
    )


def _source(fields: Fields, problems: Problems) -> str:
    name = fields.text("source")
    if "source" in fields and not SOURCE.fullmatch(name):
        problems.add(
            fields.nodes["source"].place,
            f"`{name}` cannot name a source: it is part of a URL; use a-z, 0-9, _ and -",
        )
    elif name in RESERVED_SOURCES:
        problems.add(
            fields.nodes["source"].place,
            f"`{name}` is a source of the bridge's own: choose another name",
        )
    return name


def _verification(fields: Fields, problems: Problems, schemes: Schemes) -> Verification:
    block = fields.block("verify")
    if block is None:
        return Verification("")
    scheme = block.get("scheme")
    name = scheme.text if isinstance(scheme, Scalar) else ""
    inner = shape(block, "verify", problems, more=schemes.get(name, ()))
    if name == OPEN:
        check_open(fields, problems)
    elif (receive := fields.block("receive")) and receive.get("form") is not None:
        problems.add(block.place, "`receive.form` is for browsers, which sign nothing: scheme open")
    if "scheme" in inner and name not in schemes:
        hint = nearest(name, sorted(schemes))
        problems.add(inner.nodes["scheme"].place, f"`{name}` is no signature scheme{hint}")
    elif name == OPEN and "secret" in inner.places:
        problems.add(inner.at("secret"), "an open source has no secret: a browser would show it")
    elif name != OPEN and "secret" not in inner.places:
        problems.add(
            block.place, "`secret` is missing here: name of the environment variable holding it"
        )
    _check_secret(inner, problems, fields.text("source"))
    told = {"scheme", "secret"}
    parameters = {key: to_json(one) for key, one in inner.nodes.items() if key not in told}
    return Verification(name, inner.text("secret") or None, parameters)


def _check_secret(fields: Fields, problems: Problems, source: str) -> None:
    node = fields.scalar("secret")
    if node is None or node.text == OWN_SECRETS.get(source):
        return
    if KEPT_SECRETS.fullmatch(node.text):
        problems.add(node.place, f"`{node.text}` is a setting of the bridge's own: name another")
    elif not SECRET.fullmatch(node.text):
        # A secret written into the file by mistake must not reach a log with the message.
        problems.add(
            node.place,
            "`secret` takes the name of an environment variable such as STRIPE_WEBHOOK_SECRET, "
            "never the secret itself",
        )


def _event(fields: Fields, known: Known) -> EventBlock:
    block = fields.block("event")
    if block is None:
        return EventBlock()
    inner = shape(block, "event", known.problems)
    item = (ITEM,) if ITEM in known.names else ()
    return read_event_block(inner, known.seeing((*REQUEST, *item)))


def _defaults(fields: Fields, known: Known) -> tuple[Known, float | None]:
    block = fields.block("defaults")
    if block is None:
        return known, None
    inner = shape(block, "defaults", known.problems)
    policy = read_policy(inner, known)
    return replace(known, policy=policy), read_fold(inner)


def _tables(fields: Fields, problems: Problems) -> dict[str, dict[str, Json]]:
    tables: dict[str, dict[str, Json]] = {}
    for entry in fields.entries("tables"):
        if not isinstance(entry.node, Block):
            problems.add(entry.node.place, f"table `{entry.key}` is a block of keys and values")
            continue
        tables[entry.key] = {row.key: to_json(row.node) for row in entry.node}
        for row in entry.node:
            if not isinstance(row.node, (Scalar, Broken)):
                problems.add(row.node.place, f"`{row.key}` of a table takes one literal value")
    return tables
