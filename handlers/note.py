"""A note on the contact: written once per event, and looked for where its answer was lost.

Intercom would write the same note again silently, so that it is noted beforehand that it is begun.
What was told stays told: a replay writes only words that were not written yet.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from typing import Any

from bridge.clock import SECOND, Micros
from bridge.errors import IntercomBusy, IntercomError
from bridge.intercom import calls
from bridge.model import Target
from bridge.store.record import TOLD
from handlers.work import Work

_TAG = re.compile(r"<[^>]*>")
_SKEW = 60
"""Seconds by which Intercom's clock may be behind ours."""
_NOT_BEGUN: Micros = 0


def note(text: str, person: Target, work: Work) -> None:
    """Write plain text as a note on a contact, once."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    step = f"{TOLD}note {person.id} {digest}"
    begun = work.ledger.finished(step) or _NOT_BEGUN
    if begun is True:
        return
    if begun == _NOT_BEGUN or not _is_there(text, begun, person, work):
        _write(text, person, step, work)
    work.ledger.finish_step(step, True)
    work.ledger.save()


def _write(text: str, person: Target, step: str, work: Work) -> None:
    work.ledger.finish_step(step, work.clock())
    work.ledger.save()
    try:
        calls.add_note(work.intercom, person.id, as_html(text))
    except IntercomError as error:
        if not (isinstance(error, IntercomBusy) and error.lost):
            work.ledger.finish_step(step, _NOT_BEGUN)
        raise


def _is_there(text: str, begun: Micros, person: Target, work: Work) -> bool:
    """Say whether a try that began then wrote the note, though its answer was lost."""
    since = begun // SECOND - _SKEW
    found = calls.list_notes(work.intercom, person.id)
    return any(_reads(one, text) and int(one.get("created_at") or 0) >= since for one in found)


def _reads(shown: Mapping[str, Any], text: str) -> bool:
    """Say whether a note reads like a text; Intercom wraps it in tags of its own."""
    told = html.unescape(_TAG.sub(" ", str(shown.get("body") or "")))
    return told.split() == text.split()


def as_html(text: str) -> str:
    """Give plain text as Intercom takes notes: nothing in it counts as a tag, lines stay lines."""
    return html.escape(text, quote=False).replace("\n", "<br>")
