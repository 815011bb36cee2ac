"""The rules of notes: texts on contacts and, since 2.16, on companies.

As in Intercom's OpenAPI description 2.16: createNote, listNotes, createCompanyNote, retrieveNote.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.intercom.sandbox.model import Note, Refusal
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Json


def add(state: Sandbox, about: str, body: Mapping[str, Json]) -> Note:
    """Put a note on the contact or company of that id; the same text again is another note."""
    text, admin = body.get("body"), body.get("admin_id")
    if not isinstance(text, str) or not text.strip():
        raise Refusal(400, "parameter_not_found", "body is required")
    if admin is not None and not str(admin).isdigit():
        raise Refusal(404, "not_found", "Resource Not Found")
    return state.put_note(Note(state.next_number(), about, text, state.now()))


def get(state: Sandbox, note_id: int) -> Note:
    """Give a note by its id."""
    note = state.notes.get(note_id)
    if note is None:
        raise Refusal(404, "not_found", "Resource Not Found")
    return note
