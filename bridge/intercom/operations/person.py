"""Who is meant by a UserId and an e-mail address, before somebody is created twice.

First what the store knows, then Intercom's search by address: several users may share one, so an
address never overrules an id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bridge.intercom import calls
from bridge.intercom.operations.contacts import LEAD_ID, look_for_user
from bridge.intercom.operations.errors import Ambiguous
from bridge.intercom.operations.workspace import Work
from bridge.model import Identifier, Target


@dataclass(frozen=True, slots=True)
class Person:
    """A contact that may be the one meant; `answer` is there where Intercom was asked."""

    id: str
    role: str
    external_id: str | None
    updated_at: int
    answer: Mapping[str, Any] | None = None


def hold(work: Work, user_id: str | None, email: str | None) -> None:
    """Take holds on the identifiers."""
    named = {"external_id": user_id, LEAD_ID: user_id, "email": email}
    work.known.hold([f"{name}:{value}" for name, value in named.items() if value])


def users(work: Work, user_id: str | None, email: str | None) -> Iterator[Person]:
    """Give the users who may be meant, the surest first; raise Ambiguous where several are."""
    yield from _known_by(work, "external_id", user_id)
    if email:
        known = [one for one in _known_by(work, "email", email) if one.role == "user"]
        yield from _one_of(_fitting(known, user_id), email)
        if not known:
            yield from _one_of(_fitting(_searched(work, email, "user"), user_id), email)


def leads(work: Work, user_id: str | None, email: str | None) -> Iterator[Person]:
    """Give the leads, or users, who may be meant: a form may be filled in twice, or by a user."""
    yield from _known_by(work, LEAD_ID, user_id)
    yield from _known_by(work, "external_id", user_id)
    known = list(_known_by(work, "email", email))
    yield from _newest(known, email)
    if user_id and (found := look_for_user(work, user_id)):
        yield _person(found)
    if email and not known:
        yield from _newest(_searched(work, email, None), email)


def _known_by(work: Work, name: str, value: str | None) -> Iterator[Person]:
    if value is None:
        return
    for contact_id in work.known.find("contact", Identifier(name, value)):
        work.known.hold([f"contact:{contact_id}"])
        shadow = work.known.shadow(Target("contact", contact_id))
        role = str(shadow.get("role") or "user")
        yield Person(contact_id, role, shadow.get("external_id"), shadow.updated_at)


def _searched(work: Work, email: str, role: Literal["user"] | None) -> list[Person]:
    found = calls.search_by_email(work.client, email, role)
    same = (one for one in found if str(one.get("email") or "").lower() == email)
    return [_person(one) for one in same]


def _person(answer: Mapping[str, Any]) -> Person:
    is_user = answer.get("role") == "user"
    return Person(
        str(answer["id"]),
        str(answer.get("role")),
        answer.get("external_id") if is_user else None,
        int(answer.get("updated_at") or 0),
        answer,
    )


def _fitting(found: Iterable[Person], user_id: str | None) -> list[Person]:
    """Leave out who has another id; who has the same is surer than who has none."""
    if user_id is None:
        return list(found)
    fit = [one for one in found if one.external_id in {None, user_id}]
    return [one for one in fit if one.external_id == user_id] or fit


def _one_of(found: list[Person], email: str) -> Iterator[Person]:
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        raise Ambiguous(
            f"{len(found)} users have this e-mail address ({ids}): give the UserId of the one "
            "that is meant, or update it by Intercom's id"
        )
    yield from found


def _newest(found: list[Person], email: str | None) -> Iterator[Person]:
    """Give the one user, else the lead that was last changed: leads of one address are alike."""
    by_role = [one for one in found if one.role == "user"]
    if by_role and email:
        yield from _one_of(by_role, email)
    else:
        yield from sorted(found, key=lambda one: one.updated_at, reverse=True)[:1]
