"""What a mapping would make of a payload, without a store, a worker or Intercom."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bridge.app.sending import JSON, contents
from bridge.clock import SECOND, system_clock
from bridge.errors import BridgeError, Skipped
from bridge.mapping.examples import load_example, load_examples
from bridge.mapping.lint import known, mapped
from bridge.mapping.mapping import Mapping
from bridge.mapping.records import NOTHING, Records
from bridge.model import Event, Json, Mapped, Receipt, StoredEvent
from bridge.sources.body import read_body
from bridge.worker.payload import payload, whole


def preview(mapping: Mapping, file: Path) -> list[tuple[dict[str, str], Mapped]]:
    """Give what each event in a file is read as, and the Changes it leads to.

    Raises Unreadable where the file is no readable body, BridgeError where an event is not.
    """
    found = contents(mapping, file)
    named = {name.lower(): value for name, value in found.headers.items()}
    named.setdefault("content-type", JSON)
    headers = list(named.items())
    receipt = Receipt(mapping.source, system_clock(), headers, found.query, found.body)
    body = read_body(named["content-type"], found.body)
    events = mapping.read(body, receipt, apply_tests=True)
    before = _before(mapping, file)
    return [
        (_shown(one), _mapped(mapping, body, one, receipt, before.get(one.subject, NOTHING)))
        for one in events
    ]


def _before(mapping: Mapping, file: Path) -> dict[str, Records]:
    """Give the records that the examples tell which are given before this one."""
    if not mapping.record_names or file.suffix not in {".yaml", ".yml"}:
        return {}
    return known(mapping, load_example(mapping, file), load_examples(mapping))


def _mapped(
    mapping: Mapping, body: Json, event: Event, receipt: Receipt, records: Records
) -> Mapped:
    if event.problem is not None:
        raise BridgeError(event.problem)
    if event.skip is not None:
        return Mapped(skipped=event.skip)
    return mapped(mapping, body, event, receipt, records)


def preview_stored(mapping: Mapping, event: StoredEvent) -> tuple[dict[str, str], Mapped]:
    """Give what a mapping makes of an event of the store, as a replay would; without records."""
    try:
        found = mapping.map(payload(event), event, apply_tests=True, whole=lambda: whole(event))
    except Skipped as error:
        return {}, Mapped(skipped=str(error))
    except BridgeError as error:
        return {"error": str(error)}, Mapped(skipped="it fails")
    return {}, found


def _shown(event: Event) -> dict[str, str]:
    when = datetime.fromtimestamp(event.time / SECOND, UTC)
    return {
        "type": event.type,
        "id": event.key,
        "time": f"{when:%Y-%m-%d %H:%M:%S} UTC",
        "subject": event.subject,
        **({"remarks": "; ".join(event.notes)} if event.notes else {}),
    }
