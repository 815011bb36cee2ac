"""Reading request bodies: which fields there are, of which type, and the refusal of any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bridge.intercom.sandbox.model import DataAttribute, Refusal, invalid
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Json

Reader = Callable[[str, Json], Any]
MAX_SPEND = 2_147_483_647


def an_object(body: Json) -> dict[str, Any]:
    """Give a body that is a JSON object."""
    if not isinstance(body, dict):
        raise invalid("The request body must be a JSON object")
    return body


def text(name: str, value: Json) -> str | None:
    """Give a text field; blank is empty."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(f"{name} must be a string")
    return value if value.strip() else None


def owner(name: str, value: Json) -> str | None:
    """Give the id of an admin, which was a number before 2.16 and is a string since."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(name, value)


def moment(name: str, value: Json) -> int | None:
    """Give a time in Unix seconds."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(f"{name} must be a UNIX timestamp in seconds")
    return value


def flag(name: str, value: Json) -> bool:
    """Give a yes or no; null is no."""
    if value is not None and not isinstance(value, bool):
        raise invalid(f"{name} must be true or false")
    return bool(value)


def count(name: str, value: Json) -> int | None:
    """Give a whole number."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise invalid(f"{name} must be an integer")
    return value


def spend(name: str, value: Json) -> int:
    """Give an amount as the live API keeps it: cut off to a whole number."""
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(f"{name} must be a number")
    if abs(value) > MAX_SPEND:
        raise invalid(f"{name} must be {MAX_SPEND} or less")
    return int(value)


CONTACT: Mapping[str, Reader] = {
    "phone": text,
    "name": text,
    "avatar": text,
    "owner_id": owner,
    "signed_up_at": moment,
    "last_seen_at": moment,
    "unsubscribed_from_emails": flag,
}
COMPANY: Mapping[str, Reader] = {
    "name": text,
    "plan": text,
    "size": count,
    "website": text,
    "industry": text,
    "monthly_spend": spend,
    "remote_created_at": moment,
}


def contact_fields(state: Sandbox, body: Mapping[str, Json]) -> dict[str, Any]:
    """Give the fields that a contact's body writes, identifiers and role aside.

    Keys that contacts do not have are passed over, as the live API does.
    """
    if body.get("email_verified") is not None and not body.get("email"):
        raise invalid("email_verified must be supplied together with an email")
    written = _read(CONTACT, body)
    if body.get("custom_attributes") is not None:
        written["custom_attributes"] = custom(state, "contact", body["custom_attributes"])
    return written


def company_fields(
    state: Sandbox, body: Mapping[str, Json], allowed: frozenset[str]
) -> dict[str, Any]:
    """Give the fields that a company's body writes; a key that is not allowed is refused."""
    for name in body:
        if name not in allowed:
            raise Refusal(400, "bad_request", f"bad '{name}' parameter")
    written = _read(COMPANY, body)
    if body.get("custom_attributes") is not None:
        written["custom_attributes"] = custom(state, "company", body["custom_attributes"])
    return written


def _read(readers: Mapping[str, Reader], body: Mapping[str, Json]) -> dict[str, Any]:
    return {name: read(name, body[name]) for name, read in readers.items() if name in body}


def custom(state: Sandbox, model: str, values: Json) -> dict[str, Json]:
    """Give custom attributes once each is known, writable and of its type."""
    known = {
        each.name: each for each in state.attributes.values() if each.model == model and each.custom
    }
    for name, value in an_object(values).items():
        attribute = known.get(name)
        if attribute is None or attribute.archived:
            raise invalid(f"Custom attribute '{name}' does not exist")
        if value is not None:
            _check(attribute, value)
    return dict(values)


def _check(attribute: DataAttribute, value: Json) -> None:
    if not _is(attribute.data_type, value):
        raise invalid(f"Custom attribute '{attribute.name}' must be of type {attribute.data_type}")
    if attribute.options and value not in attribute.options:
        raise invalid(f"'{value}' is not an option of custom attribute '{attribute.name}'")


def _is(data_type: str, value: Json) -> bool:
    if isinstance(value, bool):
        return data_type == "boolean"
    if isinstance(value, int):
        return data_type in {"integer", "float", "date"}
    if isinstance(value, float):
        return data_type == "float" or (data_type == "integer" and value.is_integer())
    return isinstance(value, str) and data_type in {"string", "options"}
