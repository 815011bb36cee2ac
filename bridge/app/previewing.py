"""What a mapping would make of a payload, without a store, a worker or Intercom."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bridge.app.sending import contents
from bridge.clock import SECOND, system_clock
from bridge.errors import BridgeError
from bridge.mapping.mapping import Mapping
from bridge.model import Event, Mapped, Receipt, State, StoredEvent
from bridge.sources.body import read_body


def preview(mapping: Mapping, file: Path) -> tuple[dict[str, str], Mapped]:
    """Give what the event is read as, and the Changes it leads to.

    Raises Unreadable where the file is no readable body, BridgeError where the event is not.
    """
    raw, headers = contents(mapping, file)
    named = {name.lower(): value for name, value in headers.items()}
    named.setdefault("content-type", "application/json")
    receipt = Receipt(mapping.source, system_clock(), list(named.items()), {}, raw)
    body = read_body(named["content-type"], raw)
    event = mapping.read(body, receipt, apply_tests=True)[0]
    if event.problem is not None:
        raise BridgeError(event.problem)
    if event.skip is not None:
        return _shown(event), Mapped(skipped=event.skip)
    return _shown(event), mapping.map(body, _stored(event, receipt))


def _shown(event: Event) -> dict[str, str]:
    when = datetime.fromtimestamp(event.time / SECOND, UTC)
    return {
        "type": event.type,
        "id": event.key,
        "time": f"{when:%Y-%m-%d %H:%M:%S} UTC",
        "subject": event.subject,
        **({"remarks": "; ".join(event.notes)} if event.notes else {}),
    }


def _stored(event: Event, receipt: Receipt) -> StoredEvent:
    return StoredEvent(
        id=0,
        destination="default",
        source=receipt.source,
        key=event.key,
        type=event.type,
        time=event.time,
        version=event.version,
        subject=event.subject,
        lane_id=0,
        position=0,
        state=State.PENDING,
        reason="",
        notes=event.notes,
        tries=0,
        payload=event.payload,
        receipt=receipt,
        received_at=receipt.received_at,
        updated_at=receipt.received_at,
    )
