"""What `bridge check` says of mappings beyond what makes them unusable."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bridge.clock import SECOND
from bridge.errors import ExpressionError, MappingError, Problem
from bridge.mapping.example import Example
from bridge.mapping.examples import load_examples
from bridge.mapping.load import Catalogue
from bridge.mapping.mapping import Mapping
from bridge.mapping.records import NOTHING, Records
from bridge.model import Event, Json, Mapped, Receipt, State, StoredEvent

Severity = Literal["error", "warning"]

SENT_AT = 1_767_225_600 * SECOND
"""When examples are taken to be received: 2026-01-01."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend (`error`) or to look at (`warning`)."""

    problem: Problem
    severity: Severity

    def __str__(self) -> str:
        sign = "warning: " if self.severity == "warning" else ""
        found = self.problem
        return f"{found.file}:{found.line}:{found.column}: {sign}{found.message}"


NOBODY: MappingOf[str, Records] = {}

ReadBody = Callable[[Receipt], Json]
"""Gives the parsed body of a receipt; raises ValueError where it cannot be read."""


def read_json(receipt: Receipt) -> Json:
    """Parse a body as JSON."""
    return json.loads(receipt.body)


def lint_catalogue(
    catalogue: Catalogue, *, examples_required: bool = False, read_body: ReadBody = read_json
) -> list[Finding]:
    """Give the findings of all mappings, those of the broken ones first."""
    broken = [
        Finding(problem, "error")
        for error in catalogue.broken.values()
        for problem in error.problems
    ]
    return broken + [
        finding
        for mapping in catalogue.mappings.values()
        for finding in lint(mapping, examples_required=examples_required, read_body=read_body)
    ]


def lint(
    mapping: Mapping, *, examples_required: bool = False, read_body: ReadBody = read_json
) -> list[Finding]:
    """Give the findings of one mapping.

    `examples_required` makes a route without an example an error; `read_body` parses the body of
    an example that is not JSON.
    """
    found = [Finding(problem, "warning") for problem in mapping.remarks]
    try:
        examples = load_examples(mapping)
    except MappingError as error:
        return found + [Finding(problem, "error") for problem in error.problems]
    severity: Severity = "error" if examples_required else "warning"
    return found + [Finding(problem, severity) for problem in untried(mapping, examples, read_body)]


def untried(
    mapping: Mapping, examples: Sequence[Example], read_body: ReadBody = read_json
) -> list[Problem]:
    """Give a problem for each route that no example takes."""
    taken = {
        mapped.route
        for example in examples
        for _, mapped in try_example(mapping, example, read_body, known(mapping, example, examples))
    }
    folder = Path(mapping.path).parent / mapping.source
    return [
        Problem(
            mapping.path,
            route.place.line,
            route.place.column,
            f"no example takes route {route.name}: add one in {folder}",
        )
        for route in mapping.routes
        if route.name not in taken
    ]


def try_example(
    mapping: Mapping,
    example: Example,
    read_body: ReadBody = read_json,
    known: MappingOf[str, Records] = NOBODY,
) -> list[tuple[Event, Mapped]]:
    """Give the events of an example with what the mapping makes of each, without any IO.

    `known` are the records of each subject. A body or an event that cannot be read gives none, for
    that may be what the example shows.
    """
    receipt = receipt_of(example)
    try:
        body = read_body(receipt)
    except ValueError:
        return []
    tried = []
    for event in mapping.read(body, receipt, apply_tests=True):
        try:
            records = known.get(event.subject, NOTHING)
            tried.append((event, mapped(mapping, body, event, receipt, records)))
        except ExpressionError:
            continue
    return tried


def known(
    mapping: Mapping,
    example: Example,
    examples: Sequence[Example],
    read_body: ReadBody = read_json,
) -> dict[str, Records]:
    """Give the records of each subject after what is given before an example was sent."""
    by_title = {one.title: one for one in examples}
    found: dict[str, Records] = {}
    for title in example.given:
        for event, told in try_example(mapping, by_title[title], read_body, found):
            found[event.subject] = found.get(event.subject, NOTHING).told(told.rows)
    return found


def mapped(
    mapping: Mapping, body: Json, event: Event, receipt: Receipt, records: Records = NOTHING
) -> Mapped:
    """Give what a mapping makes of an event just read from a request; raise ExpressionError."""
    payload = body if event.payload is None else json.loads(event.payload)
    return mapping.map(payload, stored(event, receipt), whole=lambda: body, records=records)


def receipt_of(example: Example) -> Receipt:
    """Give the receipt that sending an example would make, unsigned."""
    headers = [(name.lower(), value) for name, value in example.headers.items()]
    return Receipt(example.mapping_source, SENT_AT, headers, example.query, example.body)


def stored(event: Event, receipt: Receipt) -> StoredEvent:
    """Give an event as the store would give it back, for previews."""
    return StoredEvent(
        id=1,
        destination="default",
        source=receipt.source,
        key=event.key,
        type=event.type,
        time=event.time,
        version=event.version,
        subject=event.subject,
        lane_id=1,
        position=1,
        state=State.PENDING,
        reason="",
        notes=event.notes,
        tries=0,
        payload=event.payload,
        receipt=receipt,
        received_at=receipt.received_at,
        updated_at=receipt.received_at,
    )
