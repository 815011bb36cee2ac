"""What Intercom notifies of when a contact or company changed: topics and what they show. Pure.

Topics as in Intercom's webhook reference of 2.16; the shape of what they show as in deliveries
recorded in January 2026: times are text, what was deleted or archived shows its id alone, and the
company of an attachment is shown in part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from bridge.intercom.sandbox import shapes
from bridge.intercom.sandbox.model import Company, Contact, Version
from bridge.intercom.sandbox.shapes import Object
from bridge.intercom.sandbox.state import Sandbox

News = tuple[str, Object]
"""A topic, and the item that it shows."""

_VERSION: Version = (2, 16)
_IN_PART = ("size", "website", "industry", "plan", "tags", "segments")


def of_contact(state: Sandbox, old: Contact | None, new: Contact) -> Iterator[News]:
    """Tell what became of a contact."""
    if old is None:
        yield f"contact.{new.role}.created", _contact(state, new)
    elif old.standing != new.standing:
        yield from _standing(state, new)
    elif new.standing == "live":
        yield from _fields(state, old, new)
        yield from _tags(state, old, new)
        yield from _companies(state, old, new)


def _standing(state: Sandbox, new: Contact) -> Iterator[News]:
    short = {"id": new.id, "external_id": new.external_id, "type": "contact"}
    if new.standing == "live":
        yield "contact.unarchived", _contact(state, new)
    elif new.standing == "merged":
        into = state.contacts[new.merged_into or ""]
        merged_from = {"type": "contact", "id": new.id}
        yield "contact.merged", _contact(state, into) | {"merged_from": merged_from}
    else:
        yield f"contact.{new.standing}", short | {new.standing: True}


def _fields(state: Sandbox, old: Contact, new: Contact) -> Iterator[News]:
    shown = _contact(state, new)
    if old.role != new.role:
        yield "contact.lead.signed_up", shown
    if old.email != new.email:
        added = new.role == "lead" and not old.email
        yield "contact.lead.added_email" if added else "contact.email.updated", shown
    if _bare(old) != _bare(new):
        yield f"contact.{new.role}.updated", shown


def _bare(contact: Contact) -> Contact:
    """Give a contact without what has topics of its own."""
    plain = replace(contact, updated_at=0, standing="live", merged_into=None)
    return replace(plain, tags={}, companies=(), subscriptions={})


def _tags(state: Sandbox, old: Contact, new: Contact) -> Iterator[News]:
    shown = _contact(state, new)
    for tag_id in sorted(old.tags.keys() ^ new.tags.keys()):
        became = "created" if tag_id in new.tags else "deleted"
        tag = shapes.tag(state.tags[tag_id])
        item = {"type": "contact_tag", "tag": tag, "contact": shown}
        yield f"contact.{new.role}.tag.{became}", item


def _companies(state: Sandbox, old: Contact, new: Contact) -> Iterator[News]:
    for company_id in sorted({*old.companies} ^ {*new.companies}):
        company = _company(state, state.companies[company_id])
        in_part = {name: one for name, one in company.items() if name not in _IN_PART}
        became = "attached" if company_id in new.companies else "detached"
        item = {"company": in_part, "contact": _contact(state, new)}
        yield f"company.contact.{became}", item


def of_company(state: Sandbox, old: Company | None, new: Company | None) -> Iterator[News]:
    """Tell what became of a company; None stands for one that is not there."""
    if new is None and old is not None:
        yield "company.deleted", {"id": old.id, "type": "company", "deleted": True}
    elif new is not None and old is None:
        yield "company.created", _company(state, new)
    elif new is not None and old is not None and replace(old, tags=new.tags) != new:
        yield "company.updated", _company(state, new)


# --- how they are shown ---------------------------------------------------------------------------


def _contact(state: Sandbox, contact: Contact) -> Object:
    return _with_texts(shapes.contact(state, contact, _VERSION))


def _company(state: Sandbox, company: Company) -> Object:
    """Give a company with its empty fields, which answers leave out."""
    empty = dict.fromkeys(("name", "remote_created_at", "size", "website", "industry"))
    return _with_texts(empty | shapes.company(state, company))


def _with_texts(shown: Object) -> Object:
    return {
        name: _iso(one) if name.endswith("_at") and isinstance(one, int) else one
        for name, one in shown.items()
    }


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
